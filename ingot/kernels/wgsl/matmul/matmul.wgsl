//! op: matmul { GROUPED = false, experts = 0, expert_base = 0, all_experts = 0, x_div = 1 }
//! op: expert_matmul_grouped { GROUPED = true }
//! formula: y[m, n_base + n] = alpha * sum over k of x[m, k] * w[n, k]; with GROUPED of x[m / x_div, k] and the weights of the expert of m
//! bind: x f32[rows,depth] r; w wt[cols,depth] r; y f32[rows,ldc] rw; order u32[all_experts+1+rows] r if GROUPED
//! grid: GROUPED ? linear((ceil(rows, TILE_M) + experts) * ceil(cols, TILE_N)) : linear(ceil(rows, TILE_M) * ceil(cols, TILE_N))
//! phase: prefill
//! range: W_FORMAT = 0..13 bound
//! range: GROUPED = {false, true} flag
//! range: TILE_M = {32, 64, 128} tune, where TILE_M >= 4 * THREAD_M and TILE_M * 2 <= WG
//! range: TILE_N = {32, 64, 128} tune, where TILE_N >= 8 * THREAD_N and TILE_N * 2 <= WG
//! range: THREAD_M = {4, 8} tune, where TILE_M * TILE_N <= WG * THREAD_M * THREAD_N
//! range: THREAD_N = {4, 8} tune, where WG * THREAD_M * THREAD_N <= 8 * TILE_M * TILE_N
//! range: WG = {64, 128, 256, 512} tune
//! range: UNROLL = {1, 2, 4} tune, where UNROLL * WG * THREAD_M * THREAD_N <= 8 * TILE_M * TILE_N
//! range: PREFETCH = {false, true} tune
//! use: grid load_row weight_pairs store
//! shared: 128 * (TILE_M + TILE_N)
//! require: invocations >= WG
//! tolerance: dot(depth)
//! variant: tile_small { TILE_M = 32, TILE_N = 32, THREAD_M = 4, THREAD_N = 4, WG = 64 }
//! variant: tile { TILE_M = 64, TILE_N = 64, THREAD_M = 8, THREAD_N = 8, WG = 256 }
//! variant: tile_low { TILE_M = 32, TILE_N = 64, THREAD_M = 8, THREAD_N = 8, WG = 128 }
//! variant: tile_tall { TILE_M = 128, TILE_N = 64, THREAD_M = 8, THREAD_N = 8, WG = 256 }
//! variant: tile_wide { TILE_M = 64, TILE_N = 128, THREAD_M = 8, THREAD_N = 8, WG = 256 }
//! variant: tile_large { TILE_M = 128, TILE_N = 128, THREAD_M = 8, THREAD_N = 8, WG = 256 }
struct Params {
  rows: u32,
  cols: u32,
  depth: u32,
  n_base: u32,
  ldc: u32,
  alpha: f32,
  experts: u32,      // whose weights are here, each of `cols` rows,
  expert_base: u32,  // from this one on
  all_experts: u32,
  x_div: u32,  // rows of y that share a row of x
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> w: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read> order: array<u32>;

override W_FORMAT: u32 = 1u;
override GROUPED: bool = false;  // a row is a pair of a row and one of its experts
override TILE_M: u32 = 32u;
override TILE_N: u32 = 32u;
override THREAD_M: u32 = 4u;  // a thread owns THREAD_M rows by THREAD_N columns of the tile
override THREAD_N: u32 = 4u;
override WG: u32 = 64u;
override UNROLL: u32 = 1u;       // quads of the depth in the body of the innermost loop
override PREFETCH: bool = true;  // the next step is loaded while this one is multiplied

// SLICE threads own a tile; slices beyond the first own it too, for other parts of the depth.
override SLICE: u32 = TILE_M * TILE_N / (THREAD_M * THREAD_N);
override SLICES: u32 = WG / SLICE;
override SLICE_QUADS: u32 = 8u / SLICES;
override M_QUADS: u32 = TILE_M / 4u;
override N_QUADS: u32 = TILE_N / 4u;
override W_AT: u32 = TILE_M * 8u;
override TILE_QUADS: u32 = W_AT + TILE_N * 8u;

// 32 elements of the depth, of the tile's rows and then of its columns. A vec4 is one element of
// the depth of four rows.
var<workgroup> tile: array<vec4<f32>, TILE_QUADS>;

fn weight1(i: u32) -> u32 { return w[i >> 2u][i & 3u]; }
fn weight4(i: u32) -> vec4<u32> { return w[i]; }
fn weight_depth() -> u32 { return p.depth; }

// Rows past the end are read as the last one and not written.
fn four_from(first: u32, end: u32) -> vec4<u32> {
  return min(vec4<u32>(first, first + 1u, first + 2u, first + 3u), vec4<u32>(end - 1u));
}

// The rows of a tile: places in the order with GROUPED.
struct Run {
  first: u32,
  end: u32,     // of the rows that there are
  expert: u32,  // of those whose weights are here
}

// Tiles are told out expert by expert; the last one of each may have few rows. Empty behind them.
fn run_of(number: u32) -> Run {
  if (!GROUPED) {
    return Run(number * TILE_M, p.rows, 0u);
  }
  var before = 0u;
  for (var e = 0u; e < p.experts; e++) {
    let first = order[p.expert_base + e];
    let end = order[p.expert_base + e + 1u];
    let tiles = (end - first + TILE_M - 1u) / TILE_M;
    if (number < before + tiles) {
      return Run(first + (number - before) * TILE_M, end, e);
    }
    before += tiles;
  }
  return Run(0u, 0u, 0u);
}

// Which row of y stands at a place.
fn row_at(place: u32) -> u32 {
  if (GROUPED) {
    return order[p.all_experts + 1u + place];
  }
  return place;
}

fn rows_of_x(places: vec4<u32>) -> vec4<u32> {
  if (GROUPED) {
    return vec4<u32>(row_at(places.x), row_at(places.y), row_at(places.z), row_at(places.w)) /
           vec4<u32>(p.x_div);
  }
  return places;
}

// Writes quad i of four rows. Threads that write side by side have the same rows: without the
// exclusive or all of them would want one bank of the memory.
fn put_turned(base: u32, quads: u32, row4: u32, i: u32, v: array<vec4<f32>, 4>) {
  let at = base + i * 4u * quads + (row4 ^ i);
  tile[at] = vec4<f32>(v[0].x, v[1].x, v[2].x, v[3].x);
  tile[at + quads] = vec4<f32>(v[0].y, v[1].y, v[2].y, v[3].y);
  tile[at + 2u * quads] = vec4<f32>(v[0].z, v[1].z, v[2].z, v[3].z);
  tile[at + 3u * quads] = vec4<f32>(v[0].w, v[1].w, v[2].w, v[3].w);
}

fn put_weights(col4: u32, i: u32, v: array<Pair, 4>) {
  put_turned(W_AT, N_QUADS, col4, i,
             array<vec4<f32>, 4>(w_first(v[0]), w_first(v[1]), w_first(v[2]), w_first(v[3])));
  if (w_block_quads() == 2u) {
    put_turned(W_AT, N_QUADS, col4, i + 4u,
               array<vec4<f32>, 4>(w_second(v[0]), w_second(v[1]), w_second(v[2]), w_second(v[3])));
  }
}

fn with_outer(sum: mat4x4<f32>, a: vec4<f32>, b: vec4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(fma(vec4<f32>(a.x), b, sum[0]), fma(vec4<f32>(a.y), b, sum[1]),
                     fma(vec4<f32>(a.z), b, sum[2]), fma(vec4<f32>(a.w), b, sum[3]));
}

// What a thread owns: four rows by four columns at its place of the tile, of the tile's right half,
// of its lower half, and of both. Smaller shares leave some of them unused.
struct Places {
  m: u32,
  n: u32,
  m_low: u32,
  n_right: u32,
}

// One element of the depth.
fn multiply1(k: u32, at: Places, sum: ptr<function, mat4x4<f32>>, right: ptr<function, mat4x4<f32>>,
             low: ptr<function, mat4x4<f32>>, corner: ptr<function, mat4x4<f32>>) {
  let a = tile[at.m + k * M_QUADS];
  let b = tile[at.n + k * N_QUADS];
  let a_low = tile[at.m_low + k * M_QUADS];
  let b_right = tile[at.n_right + k * N_QUADS];
  *sum = with_outer(*sum, a, b);
  if (THREAD_N == 8u) {
    *right = with_outer(*right, a, b_right);
  }
  if (THREAD_M == 8u) {
    *low = with_outer(*low, a_low, b);
  }
  if (THREAD_M == 8u && THREAD_N == 8u) {
    *corner = with_outer(*corner, a_low, b_right);
  }
}

// Quad q of the step.
fn multiply4(q: u32, tx: u32, ty: u32, sum: ptr<function, mat4x4<f32>>,
             right: ptr<function, mat4x4<f32>>, low: ptr<function, mat4x4<f32>>,
             corner: ptr<function, mat4x4<f32>>) {
  let m = q * 4u * M_QUADS;
  let n = W_AT + q * 4u * N_QUADS;
  let at = Places(m + (ty ^ q), n + (tx ^ q), m + (ty ^ q ^ (M_QUADS / 2u)),
                  n + (tx ^ q ^ (N_QUADS / 2u)));
  multiply1(0u, at, sum, right, low, corner);
  multiply1(1u, at, sum, right, low, corner);
  multiply1(2u, at, sum, right, low, corner);
  multiply1(3u, at, sum, right, low, corner);
}

// The first slice's sums plus those of slice `from`.
fn joined_slices(own: mat4x4<f32>, from_slice: u32, slice: u32, place: u32) -> mat4x4<f32> {
  if (slice == from_slice) {
    tile[place] = own[0];
    tile[place + SLICE] = own[1];
    tile[place + 2u * SLICE] = own[2];
    tile[place + 3u * SLICE] = own[3];
  }
  workgroupBarrier();
  var sum = own;
  if (slice == 0u) {
    sum += mat4x4<f32>(tile[place], tile[place + SLICE], tile[place + 2u * SLICE],
                       tile[place + 3u * SLICE]);
  }
  workgroupBarrier();
  return sum;
}

fn put_row(place: u32, end: u32, col: u32, v: vec4<f32>) {
  if (place >= end) {
    return;
  }
  let row = row_at(place);
  let scaled = p.alpha * v;
  if (col < p.cols) {
    y_put(At(row, col, 0u, 0u), scaled.x);
  }
  if (col + 1u < p.cols) {
    y_put(At(row, col + 1u, 0u, 0u), scaled.y);
  }
  if (col + 2u < p.cols) {
    y_put(At(row, col + 2u, 0u, 0u), scaled.z);
  }
  if (col + 3u < p.cols) {
    y_put(At(row, col + 3u, 0u, 0u), scaled.w);
  }
}

fn put_block(place: u32, end: u32, col: u32, v: mat4x4<f32>) {
  put_row(place, end, col, v[0]);
  put_row(place + 1u, end, col, v[1]);
  put_row(place + 2u, end, col, v[2]);
  put_row(place + 3u, end, col, v[3]);
}

// A step is a chunk of 32 along the depth, in the order in which the weights are decoded.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let tiles_n = (p.cols + TILE_N - 1u) / TILE_N;
  let number = linear(g);
  let run = run_of(number / tiles_n);
  let n0 = (number % tiles_n) * TILE_N;
  if (run.first >= run.end) {
    return;
  }

  // What the thread loads: a quad of four rows of x, and, at the other end of the workgroup, one or
  // two of four rows of weights.
  let x_row4 = t.index >> 3u;
  let x_i = t.index & 7u;
  let x_rows = rows_of_x(four_from(run.first + x_row4 * 4u, run.end));
  let loads_x = TILE_M * 2u == WG || t.index < TILE_M * 2u;
  let w_blocks = 8u / w_block_quads();
  let w_item = WG - 1u - t.index;
  let w_col4 = w_item / w_blocks;
  let w_i = w_item % w_blocks;
  let w_rows = vec4<u32>(run.expert * p.cols) + four_from(n0 + w_col4 * 4u, p.cols);
  let loads_w = w_col4 < N_QUADS;

  // What it owns: subgroups of 32 threads own a part of 4 by 8 shares.
  let slice = t.index / SLICE;
  let place = t.index % SLICE;
  let across = TILE_N / (THREAD_N * 8u);
  let tx = (place >> 5u) % across * 8u + (place & 7u);
  let ty = (place >> 5u) / across * 4u + ((place >> 3u) & 3u);
  var sum = mat4x4<f32>();
  var right = mat4x4<f32>();
  var low = mat4x4<f32>();
  var corner = mat4x4<f32>();

  let chunks = (p.depth + 31u) / 32u;
  var x_next: array<vec4<f32>, 4>;
  var w_next: array<Pair, 4>;
  if (PREFETCH && loads_x) {
    x_next = x_rows4(x_rows, w_k4(0u, x_i));
  }
  if (PREFETCH && loads_w) {
    w_next = w_fetch4(w_rows, 0u, w_i);
  }
  for (var chunk = 0u; chunk < chunks; chunk++) {
    if (loads_x) {
      if (!PREFETCH) {
        x_next = x_rows4(x_rows, w_k4(chunk, x_i));
      }
      put_turned(0u, M_QUADS, x_row4, x_i, x_next);
    }
    if (loads_w) {
      if (!PREFETCH) {
        w_next = w_fetch4(w_rows, chunk, w_i);
      }
      put_weights(w_col4, w_i, w_next);
    }
    workgroupBarrier();
    let next = min(chunk + 1u, chunks - 1u);
    if (PREFETCH && loads_x) {
      x_next = x_rows4(x_rows, w_k4(next, x_i));
    }
    if (PREFETCH && loads_w) {
      w_next = w_fetch4(w_rows, next, w_i);
    }
    for (var i = 0u; i < SLICE_QUADS; i += UNROLL) {
      let q = slice * SLICE_QUADS + i;
      multiply4(q, tx, ty, &sum, &right, &low, &corner);
      if (UNROLL >= 2u) {
        multiply4(q + 1u, tx, ty, &sum, &right, &low, &corner);
      }
      if (UNROLL >= 4u) {
        multiply4(q + 2u, tx, ty, &sum, &right, &low, &corner);
        multiply4(q + 3u, tx, ty, &sum, &right, &low, &corner);
      }
    }
    workgroupBarrier();
  }

  for (var from_slice = 1u; from_slice < SLICES; from_slice++) {
    sum = joined_slices(sum, from_slice, slice, place);
    if (THREAD_N == 8u) {
      right = joined_slices(right, from_slice, slice, place);
    }
    if (THREAD_M == 8u) {
      low = joined_slices(low, from_slice, slice, place);
    }
    if (THREAD_M == 8u && THREAD_N == 8u) {
      corner = joined_slices(corner, from_slice, slice, place);
    }
  }
  if (slice != 0u) {
    return;
  }
  let row = run.first + ty * 4u;
  let col = n0 + tx * 4u;
  put_block(row, run.end, col, sum);
  if (THREAD_N == 8u) {
    put_block(row, run.end, col + TILE_N / 2u, right);
  }
  if (THREAD_M == 8u) {
    put_block(row + TILE_M / 2u, run.end, col, low);
  }
  if (THREAD_M == 8u && THREAD_N == 8u) {
    put_block(row + TILE_M / 2u, run.end, col + TILE_N / 2u, corner);
  }
}
