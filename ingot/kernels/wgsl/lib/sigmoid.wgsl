//! fragment: sigmoid
// 1 / (1 + exp(-v)) without an exp that overflows.
fn sigmoid(v: vec4<f32>) -> vec4<f32> {
  let z = exp(-abs(v));
  return select(z, vec4<f32>(1.0), v >= vec4<f32>(0.0)) / (1.0 + z);
}

// tanh is 1 in f32 long before 15; above, some devices return NaN.
fn tanh_safe(v: vec4<f32>) -> vec4<f32> {
  return tanh(clamp(v, vec4<f32>(-15.0), vec4<f32>(15.0)));
}
