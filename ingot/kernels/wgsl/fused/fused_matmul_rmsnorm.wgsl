//! op: matmul_norm
//! formula: y[m, :] = z / sqrt(mean(z^2) + eps) * norm, z[n] = alpha * sum over k of x[m, k] * w[n, k]; RESIDUAL 1: z plus residual[m, :], 2: y plus residual[m, :]
//! slot: x Row = load_row
//! slot: w Weights[1..1] = weights
//! bind: vectors f32 r; residual f32[rows,cols] r if RESIDUAL > 0; y f32[rows,cols] rw
//! grid: linear(rows)
//! range: RESIDUAL = {0, 1, 2} flag
//! range: LANES = {1, 16, 64} tune, where LANES <= WG
//! range: WG = {64, 128, 256} tune
//! range: USE_SUBGROUPS = {false, true} tune
//! range: EXACT_UNPACK = {false, true} tune
//! use: grid lanes pieces_of_x reduce vector4
//! shared: 4 * WG
//! require: invocations >= WG
//! require: USE_SUBGROUPS == false or (subgroups and WG % subgroup_max == 0)
//! require: EXACT_UNPACK == false or exact_unpack
//! tolerance: norm
//! variant: matmul_rmsnorm { LANES = 64 }
//! variant: matmul_rmsnorm_small { LANES = 1 }
//! variant: matmul_rmsnorm_medium { LANES = 16 }
struct Params {
  rows: u32,
  cols: u32,
  depth: u32,
  alpha: f32,
  eps: f32,
  norm_at: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> vectors: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> residual: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

override RESIDUAL: u32 = 0u;
override LANES: u32 = 16u;  // threads that share an output
override WG: u32 = 128u;
override USE_SUBGROUPS: bool = false;  // which text of the reductions is taken
override EXACT_UNPACK: bool = false;   // the device's unpack2x16float keeps subnormal numbers
override TEAMS: u32 = WG / LANES;
override ROW_BLOCK: u32 = WG / WG;  // rows of slot x that a workgroup reads

// What a lane has of row m times row n of the weights.
fn share_of(m: u32, n: u32, lane: u32) -> f32 {
  var sum = 0.0;
  if (w_is_odd(0u)) {
    for (var k = lane; k < p.depth; k += LANES) {
      sum += w_at(0u, n, k) * x_at(m, k);
    }
    return sum;
  }
  let pieces = w_pieces(0u);
  for (var piece = lane; piece < pieces; piece += LANES) {
    let loaded = w_fetch(0u, n, piece);
    let of_x = piece_of_x(0u, m, piece);
    sum += w_dot(0u, n, piece, loaded, of_x.v, of_x.sums);
  }
  return sum;
}

// A workgroup makes a whole row, for only then is the mean of its squares known. The first lane of a
// team writes an output and reads it again, so nobody waits for another's writes.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let m = linear(g);
  if (m >= p.rows) {
    return;
  }
  x_begin(g, t, m);
  x_finish(g, t, m);
  let lane = lane_of(g, t, LANES);
  let team = team_of(g, t, LANES);
  let row = m * p.cols;
  var squares = 0.0;
  for (var first = 0u; first < p.cols; first += TEAMS) {
    let n = first + team;
    let sum = lanes_sum(g, t, LANES, share_of(m, min(n, p.cols - 1u), lane));
    if (lane == 0u && n < p.cols) {
      var z = p.alpha * (x_factor(0u) * sum);
      if (RESIDUAL == 1u) {
        z += residual[row + n];
      }
      y[row + n] = z;
      squares += z * z;
    }
  }
  let scale = inverseSqrt(wg_sum(g, t, squares) / f32(p.cols) + p.eps);
  if (lane == 0u) {
    for (var n = team; n < p.cols; n += TEAMS) {
      var v = y[row + n] * scale * vector1(p.norm_at + n);
      if (RESIDUAL == 2u) {
        v += residual[row + n];
      }
      y[row + n] = v;
    }
  }
}
