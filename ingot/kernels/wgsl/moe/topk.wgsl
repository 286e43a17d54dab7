//! op: topk
//! op: top_k { FUSED_SOFTMAX = false, SIGMOID = false, HAS_BIAS = false, bias_at = 0, scale = 1 }
//! key: moe
//! formula: routes[r, :] = the top_k greatest of s[r, :] + bias, greatest first, ties to the lower index; y = scale * their s; s = x, sigmoid(x) or softmax(x)
//! bind: x f32[rows,experts] r; vectors f32 r if HAS_BIAS; routes u32[rows,top_k] rw; y f32[rows,top_k] rw
//! grid: SMALL_K ? linear(ceil(rows, WG)) : linear(rows)
//! range: FUSED_SOFTMAX = {false, true} flag
//! range: SIGMOID = {false, true} flag, where SIGMOID == false or FUSED_SOFTMAX == false
//! range: RENORM = {false, true} flag
//! range: HAS_BIAS = {false, true} flag
//! range: SMALL_K = {false, true} tune
//! range: WG = {64, 128, 256} tune
//! range: USE_SUBGROUPS = {false, true} tune
//! use: grid best reduce sigmoid
//! shared: 12 * WG + 4096
//! require: invocations >= WG
//! require: USE_SUBGROUPS == false or (subgroups and WG % subgroup_max == 0)
//! require: experts <= 1024 and top_k <= 32 and top_k <= experts
//! require: SMALL_K == false or (experts <= 64 and top_k <= 8)
//! tolerance: exp
//! variant: topk { SMALL_K = false, FUSED_SOFTMAX = false }
//! variant: topk_small { SMALL_K = true }
//! variant: softmax_topk { SMALL_K = false, FUSED_SOFTMAX = true }
struct Params {
  rows: u32,
  experts: u32,
  top_k: u32,
  bias_at: u32,
  scale: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> vectors: array<f32>;
@group(0) @binding(3) var<storage, read_write> routes: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

override FUSED_SOFTMAX: bool = false;
override SIGMOID: bool = false;
override RENORM: bool = false;
override HAS_BIAS: bool = false;
override SMALL_K: bool = false;  // a thread for each row, not a workgroup
override WG: u32 = 64u;
override USE_SUBGROUPS: bool = false;  // which text of the reductions is taken

const MOST = 1024u;

// The scores that are still to be chosen from.
var<workgroup> score: array<f32, 1024>;

// Before any expert: it gives way to each, also to one whose score is -inf.
const NO_EXPERT = vec2<u32>(0x7fc00000u, 0xffffffffu);

const LEAST_SUM = 6.103515625e-5;  // 2^-14

fn raw_score(row: u32, i: u32) -> f32 {
  let v = x[row * p.experts + i];
  if (SIGMOID) {
    return sigmoid(vec4<f32>(v)).x;
  }
  return v;
}
// What decides beside the score; it is no part of the weight.
fn bias_of(i: u32) -> f32 {
  if (HAS_BIAS) {
    return vectors[p.bias_at + i];
  }
  return 0.0;
}

fn factor_of(sum: f32) -> f32 {
  if (RENORM) {
    return p.scale / max(sum, LEAST_SUM);
  }
  return p.scale;
}

// One row by one thread. Two words say which experts are taken.
fn small_row(row: u32) {
  var largest = NEG;
  for (var i = 0u; i < p.experts; i++) {
    largest = max(largest, raw_score(row, i));
  }
  var total = 0.0;
  for (var i = 0u; i < p.experts; i++) {
    total += exp(raw_score(row, i) - largest);
  }
  var taken = vec2<u32>(0u);
  var sum = 0.0;
  for (var n = 0u; n < p.top_k; n++) {
    var winner = NO_EXPERT;
    var weight = 0.0;
    for (var i = 0u; i < p.experts; i++) {
      if (((select(taken.x, taken.y, i >= 32u) >> (i & 31u)) & 1u) == 1u) {
        continue;
      }
      let raw = raw_score(row, i);
      let s = select(raw, exp(raw - largest) / total, FUSED_SOFTMAX);
      let next = vec2<u32>(bitcast<u32>(s + bias_of(i)), i);
      if (beats(next, winner)) {
        winner = next;
        weight = s;
      }
    }
    let bit = 1u << (winner.y & 31u);
    taken |= select(vec2<u32>(bit, 0u), vec2<u32>(0u, bit), winner.y >= 32u);
    routes[row * p.top_k + n] = winner.y;
    y[row * p.top_k + n] = weight;
    sum += weight;
  }
  for (var n = 0u; n < p.top_k; n++) {
    y[row * p.top_k + n] *= factor_of(sum);
  }
}

fn load_scores(g: Grp, t: Thr, row: u32) {
  var largest = NEG;
  for (var i = t.index; i < p.experts; i += WG) {
    let s = raw_score(row, i);
    score[i & (MOST - 1u)] = s;
    largest = max(largest, s);
  }
  if (FUSED_SOFTMAX) {
    let top = wg_max(g, t, largest);
    var total = 0.0;
    for (var i = t.index; i < p.experts; i += WG) {
      let e = exp(score[i & (MOST - 1u)] - top);
      score[i & (MOST - 1u)] = e;
      total += e;
    }
    let inverse = 1.0 / wg_sum(g, t, total);
    for (var i = t.index; i < p.experts; i += WG) {
      score[i & (MOST - 1u)] *= inverse;
    }
  }
  workgroupBarrier();
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  if (SMALL_K) {
    let row = linear(g) * WG + t.index;
    if (row < p.rows) {
      small_row(row);
    }
    return;
  }
  let row = linear(g);
  if (row >= p.rows) {
    return;
  }
  load_scores(g, t, row);
  // Which of its experts a thread has given away: MOST / WG of them at the most.
  var taken = 0u;
  var sum = 0.0;
  for (var n = 0u; n < p.top_k; n++) {
    var own = NO_EXPERT;
    for (var i = t.index; i < p.experts; i += WG) {
      let next = vec2<u32>(bitcast<u32>(score[i & (MOST - 1u)] + bias_of(i)), i);
      if (((taken >> (i / WG)) & 1u) == 0u && beats(next, own)) {
        own = next;
      }
    }
    let winner = wg_best(t, own);
    taken |= select(0u, 1u << (winner.y / WG), winner.y % WG == t.index);
    let weight = score[winner.y & (MOST - 1u)];
    sum += weight;
    if (t.index == 0u) {
      routes[row * p.top_k + n] = winner.y;
      y[row * p.top_k + n] = weight;
    }
  }
  if (t.index == 0u) {
    for (var n = 0u; n < p.top_k; n++) {
      y[row * p.top_k + n] *= factor_of(sum);
    }
  }
}
