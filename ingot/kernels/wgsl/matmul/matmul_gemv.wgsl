//! op: matmul
//! formula: y[m, n_base + n] = alpha * sum over k of x[m, k] * w[n, k]
//! bind: x f32[rows,depth] r; w wt[cols,depth] r; y f32[rows,ldc] rw
//! grid: linear(ceil(cols, WG / LANES * ROWS)), 1, ceil(rows, BATCH_ROWS)
//! range: W_FORMAT = 0..13 bound
//! range: LANES = {1, 4, 8, 16, 32, 64, 128, 256} tune, where LANES <= WG
//! range: ROWS = {1, 2, 4} tune
//! range: BATCH_ROWS = {1, 2, 4, 8} tune
//! range: WG = {64, 128, 256} tune
//! range: USE_SUBGROUPS = {false, true} tune
//! alias: acc = array<f32, ROWS * BATCH_ROWS>
//! use: grid reduce load_row weights store
//! shared: 4 * WG
//! require: invocations >= WG
//! require: USE_SUBGROUPS == false or (subgroups and WG % subgroup_max == 0)
//! tolerance: dot(depth)
//! variant: gemv { LANES = 128 }
//! variant: gemv_naive { LANES = 1 }
//! variant: gemv_multicol { LANES = 8 }
//! variant: gemv_batched { LANES = 16, BATCH_ROWS = 4 }
//! variant: q4 { LANES = 16, ROWS = 2 }
//! variant: q4_multicol { LANES = 8, ROWS = 4 }
//! variant: gemv_subgroup { USE_SUBGROUPS = true, LANES = 32 }
//! variant: gemv_subgroup_multicol { USE_SUBGROUPS = true, LANES = 8, ROWS = 2 }
//! variant: gemv_subgroup_batched { USE_SUBGROUPS = true, LANES = 32, BATCH_ROWS = 4 }
struct Params {
  rows: u32,
  cols: u32,
  depth: u32,
  n_base: u32,
  ldc: u32,
  alpha: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> w: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

override W_FORMAT: u32 = 1u;
override LANES: u32 = 16u;      // threads that share an output, inside of its blocks
override ROWS: u32 = 1u;        // outputs of a team: they share the x in registers
override BATCH_ROWS: u32 = 1u;  // rows of x: they share the decoded weights
override WG: u32 = 128u;
override USE_SUBGROUPS: bool = false;  // which text of the reductions is taken

fn weight1(i: u32) -> u32 { return w[i >> 2u][i & 3u]; }
fn weight4(i: u32) -> vec4<u32> { return w[i]; }
fn weight_depth() -> u32 { return p.depth; }

fn x_chunk(m: u32, chunk: u32) -> array<vec4<f32>, 8> {
  return array<vec4<f32>, 8>(
      x_at4(m, w_k4(chunk, 0u)), x_at4(m, w_k4(chunk, 1u)), x_at4(m, w_k4(chunk, 2u)),
      x_at4(m, w_k4(chunk, 3u)), x_at4(m, w_k4(chunk, 4u)), x_at4(m, w_k4(chunk, 5u)),
      x_at4(m, w_k4(chunk, 6u)), x_at4(m, w_k4(chunk, 7u)));
}

fn dot8(a: array<vec4<f32>, 8>, b: array<vec4<f32>, 8>) -> f32 {
  return dot(a[0], b[0]) + dot(a[1], b[1]) + dot(a[2], b[2]) + dot(a[3], b[3]) +
         dot(a[4], b[4]) + dot(a[5], b[5]) + dot(a[6], b[6]) + dot(a[7], b[7]);
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let n0 = (folded(g) * (WG / LANES) + team_of(g, t, LANES)) * ROWS;
  let m0 = g.id.z * BATCH_ROWS;
  let chunks = (p.depth + 31u) / 32u;
  var sums: acc;
  for (var i = 0u; i < ROWS * BATCH_ROWS; i++) {
    sums[i] = 0.0;
  }
  // Teams past the last row work on that row again, since all must reach the reductions.
  for (var chunk = lane_of(g, t, LANES); chunk < chunks; chunk += LANES) {
    if (BATCH_ROWS == 1u) {
      let v = x_chunk(min(m0, p.rows - 1u), chunk);
      let sum_x = vec2<f32>(dot(v[0] + v[1] + v[2] + v[3], vec4<f32>(1.0)),
                            dot(v[4] + v[5] + v[6] + v[7], vec4<f32>(1.0)));
      for (var r = 0u; r < ROWS; r++) {
        sums[r] += w_dot32(min(n0 + r, p.cols - 1u), chunk, v, sum_x);
      }
    } else {
      for (var r = 0u; r < ROWS; r++) {
        let weights = w_load32(min(n0 + r, p.cols - 1u), chunk);
        for (var b = 0u; b < BATCH_ROWS; b++) {
          sums[b * ROWS + r] += dot8(weights, x_chunk(min(m0 + b, p.rows - 1u), chunk));
        }
      }
    }
  }
  for (var b = 0u; b < BATCH_ROWS; b++) {
    for (var r = 0u; r < ROWS; r++) {
      let sum = lanes_sum(g, t, LANES, sums[b * ROWS + r]);
      if (lane_of(g, t, LANES) == 0u && n0 + r < p.cols && m0 + b < p.rows) {
        y_put(At(m0 + b, n0 + r, 0u, 0u), p.alpha * sum);
      }
    }
  }
}
