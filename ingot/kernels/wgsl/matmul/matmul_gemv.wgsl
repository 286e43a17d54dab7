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
//! alias: acc_of_some = array<f32, SUMS_AT_ONCE>
//! alias: words = array<Words, WORDS_AT_ONCE>
//! alias: pieces_of_x = array<PieceOfX, PIECES>
//! use: grid lanes at pieces_of_x team_sums
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

const HEADS: u32 = 1u;     // of slot w: weights whose products with x are combined
const TOGETHER: u32 = 1u;  // heads that are loaded at once: all, where they are of one format

override LANES: u32 = 16u;      // threads that share an output, inside of its blocks
override ROWS: u32 = 1u;        // outputs of a team: they share the x in registers
override BATCH_ROWS: u32 = 1u;  // rows of x: they share the loaded weights
override PIECES: u32 = 1u;      // pieces of a row that a thread has in flight
override WG: u32 = 128u;
override USE_SUBGROUPS: bool = false;  // which text of the reductions is taken
override EXACT_UNPACK: bool = false;   // the device's unpack2x16float keeps subnormal numbers
override OUTPUTS: u32 = ROWS * BATCH_ROWS;
override VALUES: u32 = HEADS * OUTPUTS;
override SUMS_AT_ONCE: u32 = TOGETHER * OUTPUTS;
override WORDS_AT_ONCE: u32 = TOGETHER * ROWS * PIECES;
override ROW_BLOCK: u32 = BATCH_ROWS;  // rows of slot x that a workgroup reads
// A subgroup has four threads at the least.
override PARTIALS: u32 = select(WG, WG * max(VALUES / 4u, 1u), USE_SUBGROUPS);

// Adds the pieces that a lane has of its rows: `lane`, `lane` + LANES, ... All loads of a step come
// before its arithmetic. Rows past an end are the last one again, since all threads must reach the
// reductions. Of the heads from `first` on, which are cut into the same pieces.
fn add_pieces(first: u32, n0: u32, m0: u32, lane: u32, sums: ptr<function, acc_of_some>) {
  let pieces = w_pieces(first);
  for (var piece = lane; piece < pieces; piece += LANES * PIECES) {
    var loaded: words;
    for (var c = 0u; c < PIECES; c++) {
      for (var h = 0u; h < TOGETHER; h++) {
        for (var r = 0u; r < ROWS; r++) {
          let at = min(piece + c * LANES, pieces - 1u);
          loaded[(c * TOGETHER + h) * ROWS + r] =
              w_fetch(first + h, min(n0 + r, p.cols - 1u), at);
        }
      }
    }
    for (var b = 0u; b < BATCH_ROWS; b++) {
      var of_x: pieces_of_x;
      for (var c = 0u; c < PIECES; c++) {
        of_x[c] = piece_of_x(first, min(m0 + b, p.rows - 1u), min(piece + c * LANES, pieces - 1u));
      }
      for (var c = 0u; c < PIECES; c++) {
        let at = min(piece + c * LANES, pieces - 1u);
        for (var h = 0u; h < TOGETHER; h++) {
          for (var r = 0u; r < ROWS; r++) {
            let sum = w_dot(first + h, min(n0 + r, p.cols - 1u), at,
                            loaded[(c * TOGETHER + h) * ROWS + r], of_x[c].v, of_x[c].sums);
            (*sums)[h * OUTPUTS + b * ROWS + r] += select(0.0, sum, piece + c * LANES < pieces);
          }
        }
      }
    }
  }
}

// The same for dense rows that start at any element.
fn add_elements(first: u32, n0: u32, m0: u32, lane: u32, sums: ptr<function, acc_of_some>) {
  for (var k = lane; k < p.depth; k += LANES) {
    for (var i = 0u; i < SUMS_AT_ONCE; i++) {
      let n = min(n0 + i % ROWS, p.cols - 1u);
      let m = min(m0 + i % OUTPUTS / ROWS, p.rows - 1u);
      (*sums)[i] += w_at(first + i / OUTPUTS, n, k) * x_at(m, k);
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
  for (var head = 0u; head < HEADS; head += TOGETHER) {
    var own: acc_of_some;
    for (var i = 0u; i < SUMS_AT_ONCE; i++) {
      own[i] = 0.0;
    }
    if (w_is_odd(head)) {
      add_elements(head, n0, m0, lane, &own);
    } else {
      add_pieces(head, n0, m0, lane, &own);
    }
    for (var i = 0u; i < SUMS_AT_ONCE; i++) {
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
