//! op: check_stop
//! formula: where stop is 0: pos += rows; with SAMPLED generated and step += 1, then stop = 1 for a token of `stops`, 2 at the token limit; 3 at the context limit; next = token
//! bind: stops u32[count] r; state rw; next u32[sequences] rw
//! grid: ceil(sequences, WG)
//! range: SAMPLED = {false, true} flag
//! range: WG = {64} tune
//! use: grid
//! require: invocations >= WG
//! tolerance: exact
//! variant: check_stop { SAMPLED = true }
//! variant: check_context { SAMPLED = false }
struct Params {
  rows: u32,       // of this run
  count: u32,      // of stop tokens
  slot: u32,       // of the first sequence
  sequences: u32,  // 1: all rows are its; more: each has one
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> stops: array<u32>;
@group(0) @binding(2) var<storage, read_write> state: array<u32>;
@group(0) @binding(3) var<storage, read_write> next: array<u32>;  // what the next step runs

override SAMPLED: bool = true;
override WG: u32 = 64u;

fn is_stop(token: u32) -> bool {
  for (var i = 0u; i < p.count; i++) {
    if (stops[i] == token) {
      return true;
    }
  }
  return false;
}

// A thread owns one sequence. Words of its record: 0 pos, 1 step, 2 token, 3 generated, 4 stop, 5
// token limit, 6 context limit.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let sequence = linear(g) * WG + t.index;
  if (sequence >= p.sequences) {
    return;
  }
  let at = 16u * (p.slot + sequence);
  var stop = state[at + 4u];
  if (stop == 0u) {
    let pos = state[at] + select(1u, p.rows, p.sequences == 1u);
    state[at] = pos;
    if (SAMPLED) {
      let generated = state[at + 3u] + 1u;
      state[at + 3u] = generated;
      state[at + 1u] += 1u;
      stop = select(select(0u, 2u, generated >= state[at + 5u]), 1u, is_stop(state[at + 2u]));
    }
    if (stop == 0u && pos >= state[at + 6u]) {
      stop = 3u;
    }
    state[at + 4u] = stop;
  }
  if (SAMPLED) {
    next[sequence] = state[at + 2u];
  }
}
