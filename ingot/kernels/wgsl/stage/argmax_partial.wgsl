//! stage: Sink
//! means: argmax_partial
//! bind: cand u32[parts,2] rw
//! set: parts = ceil(cols, WG / LANES * ROWS)
//! require: BATCH_ROWS == 1
//! use: at best
// Of each workgroup the greatest value as (bits, column), the lower column among equals: what
// sample_argmax reduces. Values are not stored.
struct Params {
  parts: u32,
}
var<uniform> p: Params;
var<storage, read_write> cand: array<vec2<u32>>;
var<private> own: vec2<u32> = vec2<u32>(0xff7fffffu, 0xffffffffu);

fn put(at: At, v: f32) {
  let next = vec2<u32>(bitcast<u32>(v), p.n_base + at.col);
  if (beats(next, own)) {
    own = next;
  }
}
fn end(g: Grp, t: Thr) {
  let winner = wg_best(t, own);
  if (t.index == 0u && folded(g) < p.parts && g.id.z < p.rows) {
    cand[g.id.z * p.parts + folded(g)] = winner;
  }
}
