//! op: sample
//! formula: token = the lowest index of the greatest of logits[row, 0..vocab)
//! bind: logits f32[rows,stride] r; cand u32[parts,2] rw; state rw; tokens u32 rw
//! grid: IS_REDUCE_PHASE or SINGLE_PASS ? 1 : linear(parts)
//! range: IS_REDUCE_PHASE = {false, true} flag
//! range: SINGLE_PASS = {false, true} flag
//! range: ITEMS = {4, 16, 64} tune
//! range: WG = {64, 128, 256} tune
//! set: parts = ceil(vocab, ITEMS * WG)
//! use: grid best
//! shared: 8 * WG
//! require: invocations >= WG
//! tolerance: exact
//! variant: argmax { }
//! variant: argmax_reduce { IS_REDUCE_PHASE = true }
//! variant: argmax_single { SINGLE_PASS = true }
struct Params {
  vocab: u32,
  stride: u32,
  row: u32,
  parts: u32,
  slot: u32,
  ring: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> logits: array<u32>;
@group(0) @binding(2) var<storage, read_write> cand: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read_write> state: array<u32>;
@group(0) @binding(4) var<storage, read_write> tokens: array<u32>;

override IS_REDUCE_PHASE: bool = false;  // one workgroup: cand to the token
override SINGLE_PASS: bool = false;      // one workgroup: logits to the token
override ITEMS: u32 = 16u;               // logits of a thread in the first phase
override WG: u32 = 128u;

fn candidate(i: u32) -> vec2<u32> {
  if (IS_REDUCE_PHASE) {
    return cand[i];
  }
  return vec2<u32>(logits[p.row * p.stride + i], i);
}

// Words 2, 3 and 4 of the state record are token, generated and stop; 4 as stop: no finite logit.
fn put_token(winner: vec2<u32>) {
  let record = 16u * p.slot;
  if (state[record + 4u] != 0u) {
    return;
  }
  if (order_key(winner.x) <= order_key(NOTHING.x)) {
    state[record + 4u] = 4u;
    return;
  }
  state[record + 2u] = winner.y;
  tokens[p.ring * p.slot + (state[record + 3u] & (p.ring - 1u))] = winner.y;
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let part = linear(g);
  let last = IS_REDUCE_PHASE || SINGLE_PASS;
  if (part >= select(p.parts, 1u, last)) {
    return;
  }
  let first = select(part * ITEMS * WG, 0u, last);
  let count = select(p.vocab, p.parts, IS_REDUCE_PHASE);
  let end = select(min(count, first + ITEMS * WG), count, last);
  var own = NOTHING;
  for (var i = first + t.index; i < end; i += WG) {
    let next = candidate(i);
    if (beats(next, own)) {
      own = next;
    }
  }
  let winner = wg_best(t, own);
  if (t.index == 0u) {
    if (last) {
      put_token(winner);
    } else {
      cand[part] = winner;
    }
  }
}
