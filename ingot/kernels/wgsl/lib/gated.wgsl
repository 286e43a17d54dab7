//! fragment: gated
//! use: columns quads
// The two inputs of an activation: g, which it is applied to, and u, which the result is multiplied
// with. The main declares x, up, vectors and y, the uniforms size, dim and bias_at, and as overrides
// or constants HAS_GATE, HAS_BIAS, U_BIASED, LAYOUT, IN_PLACE and F16_IO. LAYOUT says where g and u stand:
// 0 in x and up; 1 in x in turns; 2 all g, then all u; 3 in each row of x first g, then u.
struct Gated {
  g: vec4<f32>,
  u: vec4<f32>,
}

fn input(i: u32) -> f32 {
  return element_of(x[place(i >> 2u)], i);
}

fn input_quad(quad: u32) -> vec4<f32> {
  return quad_of(x[place(quad)], quad);
}

fn input4(first: u32) -> vec4<f32> {
  if ((first & 3u) == 0u) {
    return input_quad(first >> 2u);
  }
  return vec4<f32>(input(first), input(first + 1u), input(first + 2u), input(first + 3u));
}

// Row r of x begins where 2 * r rows of y would.
fn split_rows(first: u32) -> Gated {
  var before = first / p.dim * p.dim;
  if ((p.dim & 3u) == 0u) {
    return Gated(input4(before + first), input4(before + first + p.dim));
  }
  var v: Gated;
  for (var i = 0u; i < 4u; i++) {
    before += select(0u, p.dim, first + i == before + p.dim);
    v.g[i] = input(before + first + i);
    v.u[i] = input(before + first + i + p.dim);
  }
  return v;
}

fn gated(quad: u32) -> Gated {
  let first = quad * 4u;
  var v: Gated;
  if (LAYOUT == 1u) {
    let a = input_quad(quad * 2u);
    let b = input_quad(quad * 2u + 1u);
    v = Gated(vec4<f32>(a.xz, b.xz), vec4<f32>(a.yw, b.yw));
  } else if (LAYOUT == 2u) {
    v = Gated(input_quad(quad), input4(p.size + first));
  } else if (LAYOUT == 3u) {
    v = split_rows(first);
  } else {
    let at = place(quad);
    v.g = quad_of(select(x[at], y[at], IN_PLACE), quad);
    v.u = select(vec4<f32>(1.0), quad_of(up[at], quad), HAS_GATE);
  }
  // The bias of u stands beside that of g as u stands beside g in a row.
  if (HAS_BIAS && U_BIASED) {
    let step = select(1u, 2u, LAYOUT == 1u);
    v.g += of_columns(p.bias_at, step, first, p.dim);
    v.u += of_columns(p.bias_at + select(p.dim, 1u, LAYOUT == 1u), step, first, p.dim);
  } else if (HAS_BIAS) {
    v.g += of_columns(p.bias_at, 1u, first, p.dim);
  }
  return v;
}
