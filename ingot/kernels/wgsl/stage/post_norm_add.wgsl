//! stage: Row
//! means: post_norm_add
//! bind: x f32[rows,depth] r; branch f32[rows,depth] r; vectors f32 r; sum f32[rows,depth] rw
//! use: reduce load_row vector4
//! shared: 16 * ceil(ROW_BLOCK, 4)
// x + branch / sqrt(mean(branch^2) + eps) * norm: what a model adds whose blocks norm their results.
// The first workgroup of a row also writes it, for those that add to it later.
struct Params {
  eps: f32,
  norm_at: u32,
}
var<uniform> p: Params;
var<storage, read> x: array<vec4<f32>>;
var<storage, read> branch: array<f32>;
var<storage, read> vectors: array<vec4<f32>>;
var<storage, read_write> sum: array<f32>;
var<workgroup> factors: array<f32, ROW_BLOCK>;

fn begin(g: Grp, t: Thr, m0: u32) {
  let share = 1.0 / f32(p.depth);
  for (var i = 0u; i < ROW_BLOCK; i++) {
    let m = min(m0 + i, p.rows - 1u);
    var squares = 0.0;
    for (var k = t.index; k < p.depth; k += WG) {
      squares += branch[m * p.depth + k] * branch[m * p.depth + k];
    }
    let total = wg_sum(g, t, squares);
    if (t.index == 0u) {
      factors[i] = inverseSqrt(total * share + p.eps);
    }
  }
  workgroupBarrier();
  if (folded(g) == 0u) {
    for (var i = 0u; i < ROW_BLOCK && m0 + i < p.rows; i++) {
      for (var k = t.index; k < p.depth; k += WG) {
        sum[(m0 + i) * p.depth + k] = at(m0 + i, k);
      }
    }
  }
}

fn at(m: u32, k: u32) -> f32 {
  let scale = factors[m & (ROW_BLOCK - 1u)];
  return x_at(m, k) + branch[m * p.depth + k] * scale * vector1(p.norm_at + k);
}
fn branch4(m: u32, k4: u32) -> vec4<f32> {
  let i = m * p.depth + k4 * 4u;
  let last = (m + 1u) * p.depth - 1u;
  return vec4<f32>(branch[i], branch[min(i + 1u, last)], branch[min(i + 2u, last)],
                   branch[min(i + 3u, last)]);
}
fn at4(m: u32, k4: u32) -> vec4<f32> {
  let k = vec4<u32>(k4 * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
  return select(vec4<f32>(0.0), summed4(m, k4, x_at4(m, k4)), k < vec4<u32>(p.depth));
}
fn inner4(m: u32, k4: u32) -> vec4<f32> { return summed4(m, k4, x_inner4(m, k4)); }
fn summed4(m: u32, k4: u32, v: vec4<f32>) -> vec4<f32> {
  let scale = factors[m & (ROW_BLOCK - 1u)];
  return v + branch4(m, k4) * scale * vector4(p.norm_at, k4, p.depth);
}
fn finish(g: Grp, t: Thr, m0: u32) {}
fn factor(i: u32) -> f32 { return 1.0; }
