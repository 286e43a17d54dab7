//! op: matmul
//! formula: y[m, n_base + n] = alpha * sum over k of x[m, k] * w[n, k]
//! grid: linear(ceil(cols, WG / LANES * ROWS)), 1, ceil(rows, BATCH_ROWS)
//! slot: x Row = load_row
//! slot: w Weights[1..3] = weights
//! slot: pre Map*
//! slot: combine Combine = first
//! slot: map Map*
//! slot: sink Sink = store
//! range: LANES = {1, 4, 8, 16, 32, 64, 128, 256, 512} tune, where LANES <= WG
//! range: ROWS = {1, 2, 4} tune
//! range: BATCH_ROWS = {1, 2, 4, 8} tune
//! range: PIECES = {1, 2, 4} tune
//! range: WG = {32, 64, 128, 256, 512} tune
//! range: USE_SUBGROUPS = {false, true} tune
//! range: EXACT_UNPACK = {false, true} tune
//! alias: acc = array<f32, VALUES>
//! alias: acc_of_head = array<f32, OUTPUTS>
//! alias: words = array<Words, ROWS * PIECES>
//! alias: pieces_of_x = array<PieceOfX, PIECES>
//! use: grid lanes at codes team_sums
//! shared: 4 * PARTIALS
//! require: invocations >= WG
//! require: USE_SUBGROUPS == false or (subgroups and WG % subgroup_max == 0)
//! require: EXACT_UNPACK == false or exact_unpack
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

const HEADS: u32 = 1u;  // of slot w: weights whose products with x are combined

override LANES: u32 = 16u;      // threads that share an output, inside of its blocks
override ROWS: u32 = 1u;        // outputs of a team: they share the x in registers
override BATCH_ROWS: u32 = 1u;  // rows of x: they share the loaded weights
override PIECES: u32 = 1u;      // pieces of a row that a thread has in flight
override WG: u32 = 128u;
override USE_SUBGROUPS: bool = false;  // which text of the reductions is taken
override EXACT_UNPACK: bool = false;   // the device's unpack2x16float keeps subnormal numbers
override OUTPUTS: u32 = ROWS * BATCH_ROWS;
override VALUES: u32 = HEADS * OUTPUTS;
override ROW_BLOCK: u32 = BATCH_ROWS;  // rows of slot x that a workgroup reads
// A subgroup has four threads at the least.
override PARTIALS: u32 = select(WG, WG * max(VALUES / 4u, 1u), USE_SUBGROUPS);

// What of x belongs to a piece of a row, and its sums over the piece's two runs.
struct PieceOfX {
  v: array<vec4<f32>, 8>,
  sums: vec2<f32>,
}

fn piece_quad(head: u32, m: u32, piece: u32, i: u32) -> vec4<f32> {
  if (i < w_quads(head)) {
    return x_inner4(m, w_piece_k4(head, piece, i));
  }
  return vec4<f32>(0.0);
}

fn piece_of_x(head: u32, m: u32, piece: u32) -> PieceOfX {
  let v = array<vec4<f32>, 8>(
      piece_quad(head, m, piece, 0u), piece_quad(head, m, piece, 1u),
      piece_quad(head, m, piece, 2u), piece_quad(head, m, piece, 3u),
      piece_quad(head, m, piece, 4u), piece_quad(head, m, piece, 5u),
      piece_quad(head, m, piece, 6u), piece_quad(head, m, piece, 7u));
  let first = (v[0] + v[1]) + (v[2] + v[3]);
  let second = (v[4] + v[5]) + (v[6] + v[7]);
  return PieceOfX(v, vec2<f32>((first.x + first.y) + (first.z + first.w),
                               (second.x + second.y) + (second.z + second.w)));
}

// Adds the pieces that a lane has of its rows: `lane`, `lane` + LANES, ... All loads of a step come
// before its arithmetic. Rows past an end are the last one again, since all threads must reach the
// reductions.
fn add_pieces(head: u32, n0: u32, m0: u32, lane: u32, sums: ptr<function, acc_of_head>) {
  let pieces = w_pieces(head);
  for (var piece = lane; piece < pieces; piece += LANES * PIECES) {
    var loaded: words;
    for (var c = 0u; c < PIECES; c++) {
      for (var r = 0u; r < ROWS; r++) {
        let at = min(piece + c * LANES, pieces - 1u);
        loaded[c * ROWS + r] = w_fetch(head, min(n0 + r, p.cols - 1u), at);
      }
    }
    for (var b = 0u; b < BATCH_ROWS; b++) {
      var of_x: pieces_of_x;
      for (var c = 0u; c < PIECES; c++) {
        of_x[c] = piece_of_x(head, min(m0 + b, p.rows - 1u), min(piece + c * LANES, pieces - 1u));
      }
      for (var c = 0u; c < PIECES; c++) {
        let at = min(piece + c * LANES, pieces - 1u);
        for (var r = 0u; r < ROWS; r++) {
          let sum = w_dot(head, min(n0 + r, p.cols - 1u), at, loaded[c * ROWS + r], of_x[c].v,
                          of_x[c].sums);
          (*sums)[b * ROWS + r] += select(0.0, sum, piece + c * LANES < pieces);
        }
      }
    }
  }
}

// The same for dense rows that start at any element.
fn add_elements(head: u32, n0: u32, m0: u32, lane: u32, sums: ptr<function, acc_of_head>) {
  for (var k = lane; k < p.depth; k += LANES) {
    for (var i = 0u; i < OUTPUTS; i++) {
      let n = min(n0 + i % ROWS, p.cols - 1u);
      (*sums)[i] += w_at(head, n, k) * x_at(min(m0 + i / ROWS, p.rows - 1u), k);
    }
  }
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let lane = lane_of(g, t, LANES);
  let n0 = (folded(g) * (WG / LANES) + team_of(g, t, LANES)) * ROWS;
  let m0 = g.id.z * BATCH_ROWS;
  x_begin(g, t, m0);
  var sums: acc;
  for (var head = 0u; head < HEADS; head++) {
    var own: acc_of_head;
    for (var i = 0u; i < OUTPUTS; i++) {
      own[i] = 0.0;
    }
    if (w_is_odd(head)) {
      add_elements(head, n0, m0, lane, &own);
    } else {
      add_pieces(head, n0, m0, lane, &own);
    }
    for (var i = 0u; i < OUTPUTS; i++) {
      sums[head * OUTPUTS + i] = own[i];
    }
  }
  x_finish(g, t, m0);
  join_sums(g, t, &sums);
  for (var first = 0u; first < OUTPUTS; first += LANES) {
    let i = first + lane;
    let at = At(m0 + i / ROWS, n0 + i % ROWS, 0u, 0u);
    let is_ours = i < OUTPUTS && at.col < p.cols && at.row < p.rows;
    var v: array<f32, HEADS>;
    for (var head = 0u; head < HEADS; head++) {
      let sum = sum_of(g, t, &sums, head * OUTPUTS + first);
      if (is_ours) {
        v[head] = pre_apply(At(at.row, at.col, head, 0u), p.alpha * (x_factor(i / ROWS) * sum));
      }
    }
    if (is_ours) {
      sink_put(at, map_apply(at, combine_apply(v)));
    }
  }
  sink_end(g, t);
}
