//! op: cast_f32_to_f16
//! formula: y[i] = f16(x[i]), to nearest even; above 65,504 it stays there, NaN becomes 0x7e00; an odd size ends with a half of 0
//! bind: x u32 r; y u32 rw
//! grid: linear(ceil(ceil(size, 2), WG))
//! range: WG = {64, 128, 256} tune
//! use: grid halves
//! require: invocations >= WG
//! tolerance: exact
//! variant: cast_f32_to_f16 { }
struct Params {
  size: u32,
  src_base: u32,  // elements
  dst_base: u32,  // elements, even
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

override WG: u32 = 64u;

fn half_of(i: u32) -> u32 {
  if (i < p.size) {
    return f16_bits(bitcast<f32>(x[p.src_base + i]));
  }
  return 0u;
}

// A thread owns one word of y. Values come as bits: a load as f32 need not keep what is no number.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let i = (linear(g) * WG + t.index) * 2u;
  if (i < p.size) {
    y[(p.dst_base + i) >> 1u] = half_of(i) | (half_of(i + 1u) << 16u);
  }
}
