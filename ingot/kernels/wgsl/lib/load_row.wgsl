//! fragment: load_row
// Port Row of slot x: plain f32 rows. The main declares `x: array<vec4<f32>>` and `p.depth`.

// Elements 4 * k4 and the three after it of row m, 0 past the depth.
fn x_at4(m: u32, k4: u32) -> vec4<f32> {
  let k = k4 * 4u;
  let at = m * p.depth + k;
  if ((p.depth & 3u) == 0u) {
    if (k < p.depth) {
      return x[at >> 2u];
    }
    return vec4<f32>(0.0);
  }
  // Rows of such a depth do not start at a vec4.
  var v = vec4<f32>(0.0);
  for (var i = 0u; i < 4u; i++) {
    if (k + i < p.depth) {
      v[i] = x[(at + i) >> 2u][(at + i) & 3u];
    }
  }
  return v;
}

// The same where the depth is a multiple of 4 and k4 is inside of the row.
fn x_inner4(m: u32, k4: u32) -> vec4<f32> {
  return x[m * (p.depth >> 2u) + k4];
}

// One element. REQUIRES: k is inside of the row.
fn x_at(m: u32, k: u32) -> f32 {
  let at = m * p.depth + k;
  return x[at >> 2u][at & 3u];
}

// A quad of four rows, with one test for all of them.
fn x_rows4(m: vec4<u32>, k4: u32) -> array<vec4<f32>, 4> {
  if ((p.depth & 31u) == 0u) {
    return array<vec4<f32>, 4>(x_inner4(m.x, k4), x_inner4(m.y, k4), x_inner4(m.z, k4),
                               x_inner4(m.w, k4));
  }
  return array<vec4<f32>, 4>(x_at4(m.x, k4), x_at4(m.y, k4), x_at4(m.z, k4), x_at4(m.w, k4));
}
