//! stage: Row
//! means: act_mul
//! bind: gate f32[rows,depth] r; up f32[rows,depth] r
//! range: GELU = {false, true} flag
//! use: grid sigmoid gelu
// act(gate) * up, act being silu, or gelu by tanh where GELU is true.
var<storage, read> gate: array<vec4<f32>>;
var<storage, read> up: array<vec4<f32>>;

override GELU: bool = false;

fn activated(v: vec4<f32>) -> vec4<f32> {
  if (GELU) {
    return gelu_tanh(v);
  }
  return v * sigmoid(v);
}
fn begin(g: Grp, t: Thr, m0: u32) {}
fn at(m: u32, k: u32) -> f32 {
  let i = m * p.depth + k;
  return activated(vec4<f32>(gate[i >> 2u][i & 3u])).x * up[i >> 2u][i & 3u];
}
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
  let i = m * (p.depth >> 2u) + k4;
  return activated(gate[i]) * up[i];
}
fn finish(g: Grp, t: Thr, m0: u32) {}
fn factor(i: u32) -> f32 { return 1.0; }
