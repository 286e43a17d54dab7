//! op: sample_topk
//! key: sample
//! formula: PHASE 0, 1: the K_MAX best of each slice, best first; 2: the token: top-k, min-p, top-p, then a draw by mass
//! bind: logits f32[rows,stride] r; cand_in u32[count,2] r; cand_out u32[lists,2] rw; state rw; tokens u32 rw
//! grid: PHASE == 2 ? 1 : linear(ceil(count, SLICE))
//! range: PHASE = {0, 1, 2} flag
//! range: K_MAX = {32, 64, 128, 256} tune, where 2 * K_MAX <= SLICE
//! range: SLICE = {512, 1024, 2048} tune
//! range: WG = {64, 128, 256} tune
//! use: grid sampler
//! shared: 8 * SLICE
//! require: invocations >= WG
//! tolerance: exact
//! variant: topk_slice { PHASE = 0 }
//! variant: topk_merge { PHASE = 1 }
//! variant: topk_sample { PHASE = 2 }
struct Params {
  row: u32,     // of logits
  stride: u32,  // of logits
  count: u32,   // of logits, or entries of cand_in
  slot: u32,
  ring: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> logits: array<u32>;
@group(0) @binding(2) var<storage, read> cand_in: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read_write> cand_out: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read_write> state: array<u32>;
@group(0) @binding(5) var<storage, read_write> tokens: array<u32>;

override PHASE: u32 = 0u;
override K_MAX: u32 = 64u;
override SLICE: u32 = 512u;
override WG: u32 = 128u;

var<workgroup> list: array<vec2<u32>, SLICE>;

fn entry(i: u32) -> vec2<u32> {
  if (i >= p.count) {
    return NOTHING;
  }
  if (PHASE == 0u) {
    return vec2<u32>(logits[p.row * p.stride + i], i);
  }
  return cand_in[i];
}

// A bitonic network, best first: a total order, so the result does not depend on the network.
fn sort_list(t: Thr) {
  for (var size = 2u; size <= SLICE; size <<= 1u) {
    for (var d = size >> 1u; d > 0u; d >>= 1u) {
      for (var i = t.index; i < SLICE / 2u; i += WG) {
        let a = ((i & ~(d - 1u)) << 1u) | (i & (d - 1u));
        let b = a | d;
        let first = list[a & (SLICE - 1u)];
        let second = list[b & (SLICE - 1u)];
        let is_down = (a & size) == 0u || size == SLICE;
        if (select(beats(first, second), beats(second, first), is_down)) {
          list[a & (SLICE - 1u)] = second;
          list[b & (SLICE - 1u)] = first;
        }
      }
      workgroupBarrier();
    }
  }
}

// How many of the first k entries stay, after min-p and top-p.
fn kept_of(k: u32) -> u32 {
  let divisor = cut_temperature();
  var total = 0u;
  for (var i = 0u; i < k; i++) {
    total += mass_of(list[i].x, list[0].x, divisor);
  }
  let reach = wide_part(record(11u), vec2<u32>(0u, total), 0xffffffu).y;
  let least = least_mass();
  var running = MASS_OF_ONE;
  var kept = 1u;
  while (kept < k && running < reach) {
    let mass = mass_of(list[kept].x, list[0].x, divisor);
    if (mass < least) {
      break;
    }
    running += mass;
    kept++;
  }
  return kept;
}

// The sorted list's entry that the draw falls on.
fn drawn() -> u32 {
  if (order_key(list[0].x) <= order_key(NOTHING.x)) {
    return NOTHING.y;
  }
  if (is_greedy()) {
    return list[0].y;
  }
  let kept = kept_of(min(min(record(10u), K_MAX), p.count));
  var total = 0u;
  for (var i = 0u; i < kept; i++) {
    total += mass_of(list[i].x, list[0].x, temperature());
  }
  let goal = wide_part(draw(), vec2<u32>(0u, total), 0u).y;
  var running = 0u;
  for (var i = 0u; i < kept; i++) {
    running += mass_of(list[i].x, list[0].x, temperature());
    if (running > goal) {
      return list[i].y;
    }
  }
  return list[0].y;  // not reached: goal < total
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let slice = linear(g);
  let slices = select((p.count + SLICE - 1u) / SLICE, 1u, PHASE == 2u);
  if (slice >= slices) {
    return;
  }
  for (var i = t.index; i < SLICE; i += WG) {
    list[i & (SLICE - 1u)] = entry(slice * SLICE + i);
  }
  workgroupBarrier();
  sort_list(t);
  if (PHASE == 2u) {
    if (t.index == 0u) {
      put_token(drawn());
    }
  } else {
    for (var i = t.index; i < K_MAX; i += WG) {
      cand_out[slice * K_MAX + i] = list[i & (SLICE - 1u)];
    }
  }
}
