//! fragment: rms_row
//! use: norm_io reduce
// A row of a root-mean-square norm. The main declares what norm_io wants, vectors and sumsq, the
// uniforms dim, eps, w_at, w_add and parts, the overrides NO_WEIGHT, SUMSQ_GIVEN and KEEP with the
// alias `elements`, and `put_normed(i, h, v)`, which gets what went into the norm and what came out.

fn row_weight(d: u32) -> f32 {
  return select(vectors[p.w_at + d] + p.w_add, 1.0, NO_WEIGHT);
}

// One row has one workgroup and waits for its loads, so the first KEEP * WG elements and their
// weights are all asked for at once; what lies beyond is read twice.
fn rms_row(g: Grp, t: Thr, r: u32) {
  let row = r * p.dim;
  var kept: elements;
  var weights: elements;
  for (var i = 0u; i < KEEP; i++) {
    let d = min(i * WG + t.index, p.dim - 1u);
    kept[i] = norm_input(row + d);
    weights[i] = row_weight(d);
  }
  var squares = 0.0;
  if (SUMSQ_GIVEN) {
    for (var i = t.index; i < p.parts; i += WG) {
      squares += sumsq[r * p.parts + i];
    }
  } else {
    for (var i = 0u; i < KEEP; i++) {
      squares += select(0.0, kept[i] * kept[i], i * WG + t.index < p.dim);
    }
    for (var d = KEEP * WG + t.index; d < p.dim; d += WG) {
      let h = norm_input(row + d);
      squares += h * h;
    }
  }
  let scale = inverseSqrt(wg_sum(g, t, squares) / f32(p.dim) + p.eps);
  for (var i = 0u; i < KEEP; i++) {
    let d = i * WG + t.index;
    if (d < p.dim) {
      put_normed(row + d, kept[i], kept[i] * scale * weights[i]);
    }
  }
  for (var d = KEEP * WG + t.index; d < p.dim; d += WG) {
    let h = norm_input(row + d);
    put_normed(row + d, h, h * scale * row_weight(d));
  }
}
