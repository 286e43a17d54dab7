//! stage: Row
//! means: embed
//! bind: ids u32[rows] r; table f32[vocab,depth] r
//! range: TABLE_FORMAT = {0, 1, 2} flag
//! use: grid halves
// Rows of a table of F32 (0), F16 (1) or BF16 (2) by their ids, times a factor; zeros for an id
// outside of the table.
struct Params {
  vocab: u32,
  embed_scale: f32,
}
var<uniform> p: Params;
var<storage, read> ids: array<u32>;
var<storage, read> table: array<u32>;

override TABLE_FORMAT: u32 = 0u;

fn at(m: u32, k: u32) -> f32 {
  let id = ids[m];
  if (id >= p.vocab) {
    return 0.0;
  }
  let i = id * p.depth + k;
  if (TABLE_FORMAT == 0u) {
    return p.embed_scale * bitcast<f32>(table[i]);
  }
  let h = (table[i >> 1u] >> ((i & 1u) * 16u)) & 0xffffu;
  if (TABLE_FORMAT == 1u) {
    return p.embed_scale * f16_value(h);
  }
  return p.embed_scale * bf16_value(h);
}
fn begin(g: Grp, t: Thr, m0: u32) {}
fn at4(m: u32, k4: u32) -> vec4<f32> {
  var v = vec4<f32>(0.0);
  for (var i = 0u; i < 4u; i++) {
    if (k4 * 4u + i < p.depth) {
      v[i] = at(m, k4 * 4u + i);
    }
  }
  return v;
}
fn inner4(m: u32, k4: u32) -> vec4<f32> {
  let k = k4 * 4u;
  return vec4<f32>(at(m, k), at(m, k + 1u), at(m, k + 2u), at(m, k + 3u));
}
fn finish(g: Grp, t: Thr, m0: u32) {}
fn factor(i: u32) -> f32 { return 1.0; }
