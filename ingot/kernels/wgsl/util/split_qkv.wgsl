//! op: split_qkv
//! formula: q, k, v = parts of a row: [q | k | v], or LAYOUT 1 per KV head [its query heads | k | v]
//! bind: qkv act[rows,q_dim+k_dim+v_dim] r; q act[rows,q_dim] rw; k act[rows,k_dim] rw; v act[rows,v_dim] rw
//! grid: linear(ceil(rows * (q_dim + k_dim + v_dim), 2 * WG))
//! range: LAYOUT = {0, 1} flag
//! range: F16_OUT = {false, true} flag
//! range: F16_IO = {false, true} flag, where F16_IO == false or F16_OUT == false
//! range: WG = {64, 128, 256} tune
//! use: grid half_pair
//! require: invocations >= WG
//! require: (F16_OUT == false and F16_IO == false) or (q_dim % 2 == 0 and k_dim % 2 == 0 and v_dim % 2 == 0)
//! require: LAYOUT == 0 or head_dim % 2 == 0
//! tolerance: exact
//! variant: split_qkv { LAYOUT = 0, F16_OUT = false }
//! variant: split_qkv_grouped { LAYOUT = 1, F16_OUT = false }
//! variant: split_qkv_f16 { F16_OUT = true }
//! variant: split_qkv_f16io { F16_IO = true }
struct Params {
  rows: u32,
  q_dim: u32,
  k_dim: u32,
  v_dim: u32,
  head_dim: u32,
  group: u32,  // query heads of a KV head
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> qkv: array<u32>;
@group(0) @binding(2) var<storage, read_write> q: array<u32>;
@group(0) @binding(3) var<storage, read_write> k: array<u32>;
@group(0) @binding(4) var<storage, read_write> v: array<u32>;

override LAYOUT: u32 = 0u;
override F16_OUT: bool = false;  // q, k and v become pairs of f16
override F16_IO: bool = false;  // all are
override WG: u32 = 64u;

// Where a column of the joined row goes: which part, and the column there.
fn target_of(column: u32) -> vec2<u32> {
  if (LAYOUT == 0u) {
    if (column < p.q_dim) {
      return vec2<u32>(0u, column);
    }
    let rest = column - p.q_dim;
    return select(vec2<u32>(2u, rest - p.k_dim), vec2<u32>(1u, rest), rest < p.k_dim);
  }
  let width = (p.group + 2u) * p.head_dim;
  let kv_head = column / width;
  let place = column - kv_head * width;
  let head = place / p.head_dim;
  let d = place - head * p.head_dim;
  if (head < p.group) {
    return vec2<u32>(0u, kv_head * p.group * p.head_dim + place);
  }
  return vec2<u32>(head - p.group + 1u, kv_head * p.head_dim + d);
}

fn put(part: u32, at: u32, word: u32) {
  switch part {
    case 0u: { q[at] = word; }
    case 1u: { k[at] = word; }
    default: { v[at] = word; }
  }
}

fn width_of(part: u32) -> u32 {
  return select(select(p.v_dim, p.k_dim, part == 1u), p.q_dim, part == 0u);
}

fn copy_element(i: u32, width: u32) {
  if (i >= p.rows * width) {
    return;
  }
  let row = i / width;
  let to = target_of(i - row * width);
  put(to.x, row * width_of(to.x) + to.y, qkv[i]);
}

// A thread owns two columns, so that it owns a word of packed halves: parts then have even widths.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let width = p.q_dim + p.k_dim + p.v_dim;
  let first = (linear(g) * WG + t.index) * 2u;
  if (!F16_OUT && !F16_IO) {
    copy_element(first, width);
    copy_element(first + 1u, width);
    return;
  }
  if (first >= p.rows * width) {
    return;
  }
  let row = first / width;
  let to = target_of(first - row * width);
  var pair: u32;
  if (F16_IO) {
    pair = qkv[first >> 1u];
  } else {
    pair = half_pair(vec2<f32>(bitcast<f32>(qkv[first]), bitcast<f32>(qkv[first + 1u])));
  }
  put(to.x, (row * width_of(to.x) + to.y) >> 1u, pair);
}
