//! op: matmul
//! formula: y[m, n_base + n] = alpha * sum over k of x[m, k] * w[n, k]
//! bind: x f32[rows,depth] r; w wt[cols,depth] r; y f32[rows,ldc] rw
//! grid: linear(ceil(rows, TILE_M) * ceil(cols, TILE_N))
//! phase: prefill
//! range: W_FORMAT = 0..13 bound
//! range: TILE_M = {32, 64, 128} tune
//! range: TILE_N = {32, 64, 128} tune
//! range: WG = {64, 128, 256} tune, where TILE_M * TILE_N <= 64 * WG
//! alias: ctile = array<f32, TILE_M * TILE_N / WG>
//! use: grid load_row weights store
//! shared: 128 * (TILE_M + TILE_N)
//! require: invocations >= WG
//! tolerance: dot(depth)
//! variant: tile_small { TILE_M = 32, TILE_N = 32, WG = 64 }
//! variant: tile { TILE_M = 64, TILE_N = 64, WG = 128 }
//! variant: tile_large { TILE_M = 128, TILE_N = 64, WG = 256 }
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
override TILE_M: u32 = 32u;
override TILE_N: u32 = 32u;
override WG: u32 = 64u;

// A thread owns the rows ty, ty + THREADS_Y, ... and the columns tx, tx + 16, ... of the tile.
override THREADS_Y: u32 = WG / 16u;
override THREAD_ROWS: u32 = TILE_M / THREADS_Y;
override THREAD_COLS: u32 = TILE_N / 16u;
override X_QUADS: u32 = TILE_M * 8u;
override W_QUADS: u32 = TILE_N * 8u;

var<workgroup> x_tile: array<vec4<f32>, X_QUADS>;
var<workgroup> w_tile: array<vec4<f32>, W_QUADS>;

fn weight1(i: u32) -> u32 { return w[i >> 2u][i & 3u]; }
fn weight4(i: u32) -> vec4<u32> { return w[i]; }
fn weight_depth() -> u32 { return p.depth; }

// Where quad i of 8 of a tile's row stands: rows are 32 words, so without the swizzle all threads
// of a column of quads would ask one bank of the memory.
fn slot(row: u32, i: u32) -> u32 {
  return row * 8u + (i ^ (row & 7u));
}

// Rows and columns past the end are read as the last one and not written.
fn stage(t: Thr, m0: u32, n0: u32, chunk: u32) {
  for (var i = t.index; i < X_QUADS; i += WG) {
    x_tile[slot(i >> 3u, i & 7u)] = x_at4(min(m0 + (i >> 3u), p.rows - 1u), w_k4(chunk, i & 7u));
  }
  for (var i = t.index; i < TILE_N * 2u; i += WG) {
    let v = w_load16(min(n0 + (i >> 1u), p.cols - 1u), chunk, i & 1u);
    let first = (i & 1u) * 4u;
    w_tile[slot(i >> 1u, first)] = v[0];
    w_tile[slot(i >> 1u, first + 1u)] = v[1];
    w_tile[slot(i >> 1u, first + 2u)] = v[2];
    w_tile[slot(i >> 1u, first + 3u)] = v[3];
  }
}

// A step is one chunk of 32 along the depth, in the order in which the weights are decoded: scales
// are read once per 16 weights of a tile, whatever the format.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let tiles_n = (p.cols + TILE_N - 1u) / TILE_N;
  let tile = linear(g);
  let m0 = (tile / tiles_n) * TILE_M;
  let n0 = (tile % tiles_n) * TILE_N;
  if (m0 >= p.rows) {
    return;
  }
  let tx = t.index & 15u;
  let ty = t.index >> 4u;
  var sums: ctile;
  for (var i = 0u; i < THREAD_ROWS * THREAD_COLS; i++) {
    sums[i] = 0.0;
  }
  let chunks = (p.depth + 31u) / 32u;
  for (var chunk = 0u; chunk < chunks; chunk++) {
    stage(t, m0, n0, chunk);
    workgroupBarrier();
    for (var k = 0u; k < 8u; k++) {
      for (var c = 0u; c < THREAD_COLS; c++) {
        let b = w_tile[slot(tx + c * 16u, k)];
        for (var r = 0u; r < THREAD_ROWS; r++) {
          sums[r * THREAD_COLS + c] += dot(x_tile[slot(ty + r * THREADS_Y, k)], b);
        }
      }
    }
    workgroupBarrier();
  }
  for (var r = 0u; r < THREAD_ROWS; r++) {
    for (var c = 0u; c < THREAD_COLS; c++) {
      let row = m0 + ty + r * THREADS_Y;
      let col = n0 + tx + c * 16u;
      if (row < p.rows && col < p.cols) {
        y_put(At(row, col, 0u, 0u), p.alpha * sums[r * THREAD_COLS + c]);
      }
    }
  }
}
