//! fragment: vector4
// Slices of `vectors: array<vec4<f32>>`, which a stage declares. A slice may start at any element.
fn vector1(i: u32) -> f32 {
  return vectors[i >> 2u][i & 3u];
}

// Elements 4 * k4 and the three after it of the slice from `at` on; past its end some other number.
fn vector4(at: u32, k4: u32, size: u32) -> vec4<f32> {
  if (((at | size) & 3u) == 0u) {
    return vectors[(at >> 2u) + k4];
  }
  let first = at + k4 * 4u;
  let last = at + size - 1u;
  return vec4<f32>(vector1(min(first, last)), vector1(min(first + 1u, last)),
                   vector1(min(first + 2u, last)), vector1(min(first + 3u, last)));
}
