//! op: kv_write { HAS_ROPE = false }
//! op: rope_kv_write { HAS_ROPE = true }
//! formula: cache[0, 0, head, pos + r, :] = k[r, head, :], with HAS_ROPE its pairs turned as rope does; cache[1, ...] = v; positions from capacity on are left out
//! bind: k act[rows,kv_heads,head_dim] r; v act[rows,kv_heads,head_dim] r; cache kv rw; state r; table f32[capacity,rot] r if HAS_ROPE
//! grid: linear(ceil(rows * kv_heads * head_dim, WG))
//! range: F16_KV = {false, true} bound
//! range: HAS_ROPE = {false, true} flag
//! range: INTERLEAVED = {false, true} flag
//! range: F16_IO = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid half_pair halves
//! require: invocations >= WG
//! require: (F16_KV == false and F16_IO == false) or head_dim % 2 == 0
//! tolerance: elementwise(2)
//! variant: kv_write { F16_KV = false, HAS_ROPE = false }
//! variant: kv_write_f16 { F16_KV = true, HAS_ROPE = false }
//! variant: kv_write_f16io { F16_IO = true, HAS_ROPE = false }
//! variant: rope_kv_write { F16_KV = false, HAS_ROPE = true }
//! variant: rope_kv_write_f16 { F16_KV = true, HAS_ROPE = true }
struct Params {
  rows: u32,
  kv_heads: u32,
  head_dim: u32,
  capacity: u32,
  rot: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> k: array<u32>;
@group(0) @binding(2) var<storage, read> v: array<u32>;
@group(0) @binding(3) var<storage, read_write> cache: array<u32>;
@group(0) @binding(4) var<storage, read> state: array<u32>;
@group(0) @binding(5) var<storage, read> table: array<vec2<f32>>;

override F16_KV: bool = false;
override HAS_ROPE: bool = false;     // keys are turned on their way
override INTERLEAVED: bool = false;  // pairs are neighbours, not half of `rot` apart
override F16_IO: bool = false;       // k and v are pairs of f16
override WG: u32 = 64u;

fn word_at(i: u32) -> u32 {
  return i >> select(0u, 1u, F16_IO);
}

// Element i of the word that it stands in, exact: it may be stored as it was.
fn element_of(word: u32, i: u32) -> f32 {
  if (F16_IO) {
    return f16_value((word >> ((i & 1u) * 16u)) & 0xffffu);
  }
  return bitcast<f32>(word);
}

fn key_in(i: u32) -> f32 {
  return element_of(k[word_at(i)], i);
}

fn value_in(i: u32) -> f32 {
  return element_of(v[word_at(i)], i);
}

fn word(a: f32, b: f32) -> u32 {
  if (F16_KV) {
    return half_pair(vec2<f32>(a, b));
  }
  return bitcast<u32>(a);
}

// Element d of the key that starts at `head`, of position pos.
fn key(head: u32, d: u32, pos: u32) -> f32 {
  if (!HAS_ROPE || d >= p.rot) {
    return key_in(head + d);
  }
  let pairs = p.rot >> 1u;
  let is_second = select(d >= pairs, (d & 1u) == 1u, INTERLEAVED);
  let pair = select(select(d, d - pairs, is_second), d >> 1u, INTERLEAVED);
  let apart = select(pairs, 1u, INTERLEAVED);
  let turn = table[pos * pairs + pair];
  if (is_second) {
    return key_in(head + d - apart) * turn.y + key_in(head + d) * turn.x;
  }
  return key_in(head + d) * turn.x - key_in(head + d + apart) * turn.y;
}

// A thread owns one word of K and the same word of V, so no two threads write into one word.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let item = linear(g) * WG + t.index;
  let words = select(p.head_dim, p.head_dim >> 1u, F16_KV);
  let head_row = item / words;
  let d = item - head_row * words;
  let r = head_row / p.kv_heads;
  let head = head_row - r * p.kv_heads;
  let pos = state[0] + r;
  if (r >= p.rows || pos >= p.capacity) {
    return;
  }
  let first = select(d, d * 2u, F16_KV);
  let next = select(first, first + 1u, F16_KV);
  let src = head_row * p.head_dim;
  let dst = (head * p.capacity + pos) * words + d;
  cache[dst] = word(key(src, first, pos), key(src, next, pos));
  cache[dst + p.kv_heads * p.capacity * words] = word(value_in(src + first), value_in(src + next));
}
