//! fragment: rotate_qk
//! use: grid rotate
// The pairs of q and k in one dispatch: of each row first the heads of q, then those of k. The main
// declares q and k, the uniforms rows, heads, k_heads, head_dim and rot, and INTERLEAVED.
struct PairOf {
  row: u32,
  head: u32,
  pair: u32,
}

fn pair_of(g: Grp, t: Thr) -> PairOf {
  let item = linear(g) * WG + t.index;
  let pairs = p.rot >> 1u;
  let head_row = item / pairs;
  let row = head_row / (p.heads + p.k_heads);
  return PairOf(row, head_row - row * (p.heads + p.k_heads), item - head_row * pairs);
}

fn rotate_qk(it: PairOf, turn: vec2<f32>) {
  if (it.head < p.heads) {
    let at = pair_places((it.row * p.heads + it.head) * p.head_dim, it.pair);
    let v = turned(q[at.x], q[at.y], turn);
    q[at.x] = v.x;
    q[at.y] = v.y;
    return;
  }
  let at = pair_places((it.row * p.k_heads + it.head - p.heads) * p.head_dim, it.pair);
  let v = turned(k[at.x], k[at.y], turn);
  k[at.x] = v.x;
  k[at.y] = v.y;
}
