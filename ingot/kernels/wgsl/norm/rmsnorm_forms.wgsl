//! op: rms_norm
//! key: norm
//! formula: y[r, :] = h / sqrt(mean(h^2) + eps) * (w + w_add), h = x[r, :]; RESIDUAL 1: h = x + residual, 2: y + residual; SUMSQ_GIVEN: the sum of squares is that of `parts` numbers; IN_PLACE: x stands in y
//! bind: x act[rows,dim] r if IN_PLACE == false; vectors f32 r if NO_WEIGHT == false; residual act[rows,dim] r if RESIDUAL > 0; sumsq f32[rows,parts] r if SUMSQ_GIVEN; y act[rows,dim] rw
//! grid: linear(rows)
//! range: RESIDUAL = {0, 1, 2} flag
//! range: NO_WEIGHT = {false, true} flag
//! range: SUMSQ_GIVEN = {false, true} flag
//! range: IN_PLACE = {false, true} flag
//! range: F16_IO = {false, true} flag
//! range: KEEP = {1, 2, 4, 8, 16} tune
//! range: WG = {64, 128, 256} tune
//! range: USE_SUBGROUPS = {false, true} tune
//! alias: elements = array<f32, KEPT>
//! use: grid rms_row
//! shared: 4 * WG
//! require: invocations >= WG
//! require: F16_IO == false or dim % 2 == 0
//! require: USE_SUBGROUPS == false or (subgroups and WG % subgroup_max == 0)
//! tolerance: norm
//! variant: rmsnorm_f16 { F16_IO = true }
//! variant: rmsnorm_residual { RESIDUAL = 2 }
//! variant: rmsnorm_inplace_residual { RESIDUAL = 1, IN_PLACE = true }
//! variant: rmsnorm_from_partials { SUMSQ_GIVEN = true }
//! variant: rmsnorm_no_weight { NO_WEIGHT = true }
struct Params {
  rows: u32,
  dim: u32,
  eps: f32,
  w_at: u32,
  w_add: f32,
  parts: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> vectors: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<u32>;
@group(0) @binding(4) var<storage, read> sumsq: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<u32>;

override RESIDUAL: u32 = 0u;
override NO_WEIGHT: bool = false;
override SUMSQ_GIVEN: bool = false;
override IN_PLACE: bool = false;
override F16_IO: bool = false;  // x, residual and y are pairs of f16
override KEEP: u32 = 8u;  // words of a row that a thread holds in registers
override WG: u32 = 256u;
override USE_SUBGROUPS: bool = false;  // which text of the reductions is taken
override STEP: u32 = select(1u, 2u, F16_IO);
override KEPT: u32 = KEEP * STEP;  // elements

fn put_normed(i: u32, h: vec2<f32>, v: vec2<f32>) {
  y[word_at(i)] = word_of(vec2<f32>(norm_result(i, v.x), norm_result(i + STEP - 1u, v.y)));
}

// The forms of the norm that no op of a model asks for by itself. The plain one has a file of its own:
// with these in it a step of decode took one part in a hundred longer.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let r = linear(g);
  if (r < p.rows) {
    rms_row(g, t, r);
  }
}
