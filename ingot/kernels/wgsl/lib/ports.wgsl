//! fragment: ports
//! use: grid at codes
// The ports of slots, as signatures: PORT_FUNCTION here is FUNCTION in a stage, and the kernel
// calls it as SLOT_FUNCTION. Nothing of this text is linked.

// Rows of what is multiplied, of which a workgroup works on ROW_BLOCK from m0 on. A stage may finish
// its work after the kernel has read the rows: then `factor` is what products with row m0 + i are
// to be multiplied by. `begin` and `finish` are called by all threads and end with a barrier where
// they fill workgroup memory.
fn Row_begin(g: Grp, t: Thr, m0: u32) {}
// Elements 4 * k4 and the three after it of row m, 0 past the depth.
fn Row_at4(m: u32, k4: u32) -> vec4<f32> {}
// The same where the depth is a multiple of 4 and k4 is inside of the row.
fn Row_inner4(m: u32, k4: u32) -> vec4<f32> {}
// One element, inside of the row.
fn Row_at(m: u32, k: u32) -> f32 {}
fn Row_finish(g: Grp, t: Thr, m0: u32) {}
fn Row_factor(i: u32) -> f32 {}

// Rows of weights in pieces, each what one thread loads at a time.
fn Weights_pieces() -> u32 {}
// Vec4s of a piece, and which vec4 of the row the i-th of them is.
fn Weights_quads() -> u32 {}
fn Weights_piece_k4(piece: u32, i: u32) -> u32 {}
// Loads a piece of row n and nothing else; the arithmetic on it follows in `dot`, where `sums` are
// of x over the piece's two runs.
fn Weights_fetch(n: u32, piece: u32) -> Words {}
fn Weights_dot(n: u32, piece: u32, w: Words, x: array<vec4<f32>, 8>, sums: vec2<f32>) -> f32 {}
// Whether rows start at any element: then `at` reads them one by one.
fn Weights_is_odd() -> bool {}
fn Weights_at(n: u32, k: u32) -> f32 {}

// The values of all heads to one.
fn Combine_apply(v: array<f32, HEADS>) -> f32 {}

// What becomes of a finished value.
fn Map_apply(at: At, v: f32) -> f32 {}

// Where a value goes. `end` is called by all threads after the last one.
fn Sink_put(at: At, v: f32) {}
fn Sink_end(g: Grp, t: Thr) {}
