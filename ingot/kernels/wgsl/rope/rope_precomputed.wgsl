//! op: rope
//! formula: the pair (a, b) of q becomes (a * c - b * s, a * s + b * c), (c, s) = table[pos + r, pair]
//! bind: q f32[rows,heads,head_dim] rw; table f32[capacity,rot] r; state r
//! grid: linear(ceil(rows * heads * (rot / 2), WG))
//! range: INTERLEAVED = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid rotate
//! require: invocations >= WG
//! tolerance: elementwise(2)
//! variant: rope { }
struct Params {
  rows: u32,
  heads: u32,
  head_dim: u32,
  rot: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> q: array<f32>;
@group(0) @binding(2) var<storage, read> table: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read> state: array<u32>;

override INTERLEAVED: bool = false;  // pairs are neighbours, not half of `rot` apart
override WG: u32 = 64u;

// A thread owns one pair, so q may be changed in place. Elements from rot on stay as they are.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let item = linear(g) * WG + t.index;
  let pairs = p.rot >> 1u;
  let head_row = item / pairs;
  let pair = item - head_row * pairs;
  let r = head_row / p.heads;
  if (r >= p.rows) {
    return;
  }
  let turn = table[(state[0] + r) * pairs + pair];
  let at = pair_places(head_row * p.head_dim, pair);
  let v = turned(q[at.x], q[at.y], turn);
  q[at.x] = v.x;
  q[at.y] = v.y;
}
