//! fragment: halves
// f16 and bf16 by integer code, exact: what the hardware's own conversion does with subnormals and
// overflow differs from device to device.

fn f16_value(h: u32) -> f32 {
  let magnitude = h & 0x7fffu;
  let sign = (h & 0x8000u) << 16u;
  let normal = (magnitude << 13u) + 0x38000000u;
  let small = bitcast<u32>(f32(magnitude) * 5.9604644775390625e-8);  // 2^-24
  return bitcast<f32>(sign | select(normal, small, magnitude < 0x400u));
}

fn bf16_value(h: u32) -> f32 {
  return bitcast<f32>(h << 16u);
}

// To the nearest f16, ties to even; magnitudes above 65,504 become 65,504, NaN becomes 0x7e00.
fn f16_bits(v: f32) -> u32 {
  let bits = bitcast<u32>(v);
  let sign = (bits >> 16u) & 0x8000u;
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) {
    return 0x7e00u;
  }
  if (magnitude >= 0x477ff000u) {  // would round up to 65,536
    return sign | 0x7bffu;
  }
  if (magnitude >= 0x38800000u) {  // normal in f16
    let rounded = magnitude + 0xfffu + ((magnitude >> 13u) & 1u);
    return sign | ((rounded - 0x38000000u) >> 13u);
  }
  if (magnitude < 0x33000000u) {  // below half of the least f16
    return sign;
  }
  // A subnormal counts in 2^-24: the mantissa moves right until its exponent is that.
  let shift = 126u - (magnitude >> 23u);
  let mantissa = (magnitude & 0x7fffffu) | 0x800000u;
  let kept = mantissa >> shift;
  let rest = mantissa - (kept << shift);
  let middle = 1u << (shift - 1u);
  let up = rest > middle || (rest == middle && (kept & 1u) == 1u);
  return sign | (kept + select(0u, 1u, up));
}
