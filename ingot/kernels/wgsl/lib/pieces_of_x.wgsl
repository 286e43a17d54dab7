//! fragment: pieces_of_x
//! use: codes
// What of a row of slot x belongs to a piece of slot w; for kernels that have both, w for heads.

// The elements, and their sums over the piece's two runs.
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
