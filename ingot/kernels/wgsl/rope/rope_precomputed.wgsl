//! op: rope
//! formula: the pair (a, b) of q becomes (a * c - b * s, a * s + b * c), (c, s) = table[pos + r, pair]
//! bind: q act[rows,heads,head_dim] rw; table f32[capacity,rot] r; state r
//! grid: linear(ceil(rows * heads * (rot / (F16_IO == true and INTERLEAVED == false ? 4 : 2)), WG))
//! range: INTERLEAVED = {false, true} flag
//! range: F16_IO = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid half_pair rotate
//! require: invocations >= WG
//! require: F16_IO == false or (head_dim % 2 == 0 and rot % (INTERLEAVED == true ? 2 : 4) == 0)
//! tolerance: elementwise(2)
//! variant: rope { F16_IO = false }
//! variant: rope_f16 { F16_IO = true }
struct Params {
  rows: u32,
  heads: u32,
  head_dim: u32,
  rot: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> q: array<u32>;
@group(0) @binding(2) var<storage, read> table: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read> state: array<u32>;

override INTERLEAVED: bool = false;  // pairs are neighbours, not half of `rot` apart
override F16_IO: bool = false;       // q is pairs of f16
override WG: u32 = 64u;

// Of f16, whose words a thread may not share: the two of a pair are neighbours and thus one word, or
// the words of two pairs that follow each other are.
fn rotate_halves(at: vec2<u32>, turn: vec2<f32>, next_turn: vec2<f32>) {
  let a = unpack2x16float(q[at.x >> 1u]);
  if (INTERLEAVED) {
    q[at.x >> 1u] = half_pair(turned(a.x, a.y, turn));
    return;
  }
  let b = unpack2x16float(q[at.y >> 1u]);
  let v = turned(a.x, b.x, turn);
  let w = turned(a.y, b.y, next_turn);
  q[at.x >> 1u] = half_pair(vec2<f32>(v.x, w.x));
  q[at.y >> 1u] = half_pair(vec2<f32>(v.y, w.y));
}

// A thread owns what it turns, so q may be changed in place. Elements from rot on stay as they are.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let item = linear(g) * WG + t.index;
  let step = select(1u, 2u, F16_IO && !INTERLEAVED);
  let items = p.rot / (2u * step);
  let head_row = item / items;
  let pair = (item - head_row * items) * step;
  let r = head_row / p.heads;
  if (r >= p.rows) {
    return;
  }
  let row = (state[0] + r) * (p.rot >> 1u);
  let turn = table[row + pair];
  let at = pair_places(head_row * p.head_dim, pair);
  if (F16_IO) {
    rotate_halves(at, turn, table[row + pair + step - 1u]);
    return;
  }
  let v = turned(bitcast<f32>(q[at.x]), bitcast<f32>(q[at.y]), turn);
  q[at.x] = bitcast<u32>(v.x);
  q[at.y] = bitcast<u32>(v.y);
}
