//! op: sample_full
//! key: sample
//! formula: the token: top-k of any k (0: all), min-p, top-p, then a draw by mass
//! bind: logits f32[rows,stride] r; state rw; tokens u32 rw
//! grid: 1
//! range: WG = {64, 128, 256} tune
//! use: grid best sampler
//! shared: 8 * WG + 128 + 32
//! require: invocations >= WG
//! tolerance: exact
//! variant: sample_full { }
struct Params {
  row: u32,     // of logits
  stride: u32,  // of logits
  vocab: u32,
  slot: u32,
  ring: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> logits: array<u32>;
@group(0) @binding(2) var<storage, read_write> state: array<u32>;
@group(0) @binding(3) var<storage, read_write> tokens: array<u32>;

override WG: u32 = 256u;

// Candidates stand in one order: greater values first, then lower indices. Every cut keeps a
// beginning of it, so a cut is the last candidate that stays. It is found without sorting: by
// weights (1 each, or masses) summed over the 16 values of the next four bits of the key, from the
// highest bits down, then over those of the index, each time within what was found so far.
struct Cut {
  key: u32,
  index: u32,
}
const WEIGH_ONE = 0u;    // every candidate counts
const WEIGH_CUT = 1u;    // masses at the temperature of the cuts
const WEIGH_DRAW = 2u;   // masses at the temperature

// Sums of masses in two parts of 12 bits, so that neither overflows: 2^18 candidates of 2^23 at the
// most. Integers, so the order of the additions does not matter.
var<workgroup> lower: array<atomic<u32>, 16>;
var<workgroup> upper: array<atomic<u32>, 16>;
var<workgroup> found: array<u32, 8>;  // digit, and the weight before it as (upper, lower) word

fn is_in(key: u32, index: u32, cut: Cut) -> bool {
  return key > cut.key || (key == cut.key && index <= cut.index);
}

fn weight_of(bits: u32, greatest: u32, kind: u32) -> u32 {
  if (kind == WEIGH_ONE) {
    return 1u;
  }
  return mass_of(bits, greatest, select(temperature(), cut_temperature(), kind == WEIGH_CUT));
}

// What count_digits looks for.
struct Search {
  greatest: u32,
  kind: u32,
  cut: Cut,
  prefix: Cut,
  in_index: bool,
  shift: u32,
  least: u32,
}

fn count_entry(i: u32, s: Search) {
  if (i >= p.vocab) {
    return;
  }
  let bits = logits[p.row * p.stride + i];
  let key = order_key(bits);
  let above = select(0xffffffffu << (s.shift + 4u), 0u, s.shift == 28u);
  let same = select((key & above) == (s.prefix.key & above),
                    key == s.prefix.key && (i & above) == (s.prefix.index & above), s.in_index);
  if (key > order_key(NOTHING.x) && same && is_in(key, i, s.cut)) {
    let weight = weight_of(bits, s.greatest, s.kind);
    if (weight >= s.least) {
      let digit = (select(key, i, s.in_index) >> s.shift) & 15u;
      atomicAdd(&lower[digit], weight & 0xfffu);
      atomicAdd(&upper[digit], weight >> 12u);
    }
  }
}

// Adds the weights of what lies within `cut` and has the key or index bits of `prefix` above
// `shift`, by the next four bits. Four logits a pass: Mesa's software driver ends the loops of a
// thread after 65,535 passes of all together.
fn count_digits(t: Thr, greatest: u32, kind: u32, cut: Cut, prefix: Cut, in_index: bool, shift: u32,
                least: u32) {
  if (t.index < 16u) {
    atomicStore(&lower[t.index], 0u);
    atomicStore(&upper[t.index], 0u);
  }
  workgroupBarrier();
  let search = Search(greatest, kind, cut, prefix, in_index, shift, least);
  for (var i = t.index; i < p.vocab; i += 4u * WG) {
    count_entry(i, search);
    count_entry(i + WG, search);
    count_entry(i + 2u * WG, search);
    count_entry(i + 3u * WG, search);
  }
  workgroupBarrier();
}

fn digit_weight(digit: u32) -> vec2<u32> {
  let high = atomicLoad(&upper[digit]);
  let sum = vec2<u32>(high >> 20u, high << 12u);
  return wide_add(sum, vec2<u32>(0u, atomicLoad(&lower[digit])));
}

// The first digit in the order at which `before` and all up to it reach `goal`, or the last that
// has any weight; in found[0], with the weight before it. One thread looks, all get it.
fn pick_digit(t: Thr, before: vec2<u32>, goal: vec2<u32>, in_index: bool) {
  if (t.index == 0u) {
    var sum = before;
    var digit = 0u;
    var sum_before = before;
    for (var i = 0u; i < 16u; i++) {
      let candidate = select(15u - i, i, in_index);
      let weight = digit_weight(candidate);
      if (weight.x != 0u || weight.y != 0u) {
        digit = candidate;
        sum_before = sum;
        sum = wide_add(sum, weight);
        if (!wide_less(sum, goal)) {
          break;
        }
      }
    }
    found[0] = digit;
    found[1] = sum_before.x;
    found[2] = sum_before.y;
  }
  workgroupBarrier();
}

// The first candidate within `cut`, of at least the weight `least`, at which the running weight
// reaches `goal`; the last one if none does.
fn find(t: Thr, greatest: u32, kind: u32, cut: Cut, least: u32, goal: vec2<u32>) -> Cut {
  var at = Cut(0u, 0u);
  var before = vec2<u32>(0u);
  for (var step = 0u; step < 16u; step++) {
    let in_index = step >= 8u;
    let shift = 28u - (step & 7u) * 4u;
    count_digits(t, greatest, kind, cut, at, in_index, shift, least);
    pick_digit(t, before, goal, in_index);
    let digit = workgroupUniformLoad(&found[0]) << shift;
    before = vec2<u32>(workgroupUniformLoad(&found[1]), workgroupUniformLoad(&found[2]));
    at = Cut(select(at.key | digit, at.key, in_index), select(at.index, at.index | digit, in_index));
  }
  return at;
}

// The weight of all that lies within `cut` and weighs at least `least`.
fn weight_within(t: Thr, greatest: u32, kind: u32, cut: Cut, least: u32) -> vec2<u32> {
  count_digits(t, greatest, kind, cut, Cut(0u, 0u), false, 28u, least);
  var sum = vec2<u32>(0u);
  for (var digit = 0u; digit < 16u; digit++) {
    sum = wide_add(sum, digit_weight(digit));
  }
  workgroupBarrier();
  return sum;
}

fn within_both(a: Cut, b: Cut) -> Cut {
  if (is_in(a.key, a.index, b)) {
    return a;
  }
  return b;
}

fn best_logit(t: Thr) -> vec2<u32> {
  var own = NOTHING;
  for (var i = t.index; i < p.vocab; i += WG) {
    let next = vec2<u32>(logits[p.row * p.stride + i], i);
    if (beats(next, own)) {
      own = next;
    }
  }
  return wg_best(t, own);
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  if (linear(g) != 0u) {
    return;
  }
  let winner = best_logit(t);
  // One thread reads the record for all: a barrier may not depend on what is written here.
  if (t.index == 0u) {
    let is_found = order_key(winner.x) > order_key(NOTHING.x);
    found[3] = select(0u, 1u, is_found && !is_greedy());
    found[4] = record(10u);
    found[5] = record(11u);
    if (found[3] == 0u) {
      put_token(select(NOTHING.y, winner.y, is_found));
    }
  }
  workgroupBarrier();
  if (workgroupUniformLoad(&found[3]) == 0u) {
    return;
  }
  let top_k = workgroupUniformLoad(&found[4]);
  let top_p = workgroupUniformLoad(&found[5]);
  let least = least_mass();
  var cut = Cut(0u, 0xffffffffu);  // all
  if (top_k > 0u && top_k < p.vocab) {
    cut = find(t, winner.x, WEIGH_ONE, cut, 1u, vec2<u32>(0u, top_k));
  }
  let total = weight_within(t, winner.x, WEIGH_CUT, cut, 1u);
  let reach = wide_part(top_p, total, 0xffffffu);
  cut = within_both(cut, find(t, winner.x, WEIGH_CUT, cut, least, reach));
  // What min-p left out is not within the cut that was just found, since masses fall along it.
  let kept = weight_within(t, winner.x, WEIGH_DRAW, cut, 1u);
  let goal = wide_add(wide_part(draw(), kept, 0u), vec2<u32>(0u, 1u));
  let drawn = find(t, winner.x, WEIGH_DRAW, cut, 1u, goal);
  if (t.index == 0u) {
    put_token(drawn.index);
  }
}
