//! fragment: rms_row
//! use: norm_io reduce
// A row of a root-mean-square norm. The main declares what norm_io wants, vectors and sumsq, the
// uniforms dim, eps, w_at, w_add and parts, the overrides NO_WEIGHT, SUMSQ_GIVEN and KEPT with the
// alias `elements`, and `put_normed(i, h, v)`, which gets what went into the norm and what came out
// of it, a step's elements at once.

fn row_weight(d: u32) -> f32 {
  return select(vectors[p.w_at + d] + p.w_add, 1.0, NO_WEIGHT);
}

// One row has one workgroup and waits for its loads, so the first KEPT * WG elements and their
// weights are all asked for at once; what lies beyond is read twice.
fn rms_row(g: Grp, t: Thr, r: u32) {
  let row = r * p.dim;
  var kept: elements;
  var weights: elements;
  for (var i = 0u; i < KEPT; i++) {
    let d = min(column_of(t, i), p.dim - 1u);
    kept[i] = norm_input(row + d);
    weights[i] = row_weight(d);
  }
  var squares = 0.0;
  if (SUMSQ_GIVEN) {
    for (var i = t.index; i < p.parts; i += WG) {
      squares += sumsq[r * p.parts + i];
    }
  } else {
    for (var i = 0u; i < KEPT; i++) {
      squares += select(0.0, kept[i] * kept[i], column_of(t, i) < p.dim);
    }
    for (var d = KEPT * WG + t.index * STEP; d < p.dim; d += WG * STEP) {
      for (var j = 0u; j < STEP; j++) {
        let h = norm_input(row + d + j);
        squares += h * h;
      }
    }
  }
  let scale = inverseSqrt(wg_sum(g, t, squares) / f32(p.dim) + p.eps);
  for (var i = 0u; i < KEPT; i += STEP) {
    let d = column_of(t, i);
    if (d < p.dim) {
      let h = vec2<f32>(kept[i], kept[i + STEP - 1u]);
      put_normed(row + d, h, h * scale * vec2<f32>(weights[i], weights[i + STEP - 1u]));
    }
  }
  for (var d = KEPT * WG + t.index * STEP; d < p.dim; d += WG * STEP) {
    let last = d + STEP - 1u;
    let h = vec2<f32>(norm_input(row + d), norm_input(row + last));
    put_normed(row + d, h, h * scale * vec2<f32>(row_weight(d), row_weight(last)));
  }
}
