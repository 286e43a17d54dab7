//! op: dequant_q4_0
//! key: dequant
//! formula: y[out_base + i] = element i of the Q4_0 blocks from block_base on: d * (code - 8)
//! bind: w wt[1,32 * (block_base + blocks)] r; y u32 rw
//! grid: linear(ceil(blocks * 1 * (2 - USE_VEC4), WG))
//! range: W_FORMAT = {4} bound
//! range: F16_OUT = {false, true} flag
//! range: USE_VEC4 = {false, true} tune
//! range: WG = {64, 128, 256} tune
//! use: dequantise
//! require: invocations >= WG
//! require: F16_OUT == false or out_base % 2 == 0
//! tolerance: elementwise(1)
//! variant: q4_0 { F16_OUT = false, USE_VEC4 = false }
//! variant: q4_0_vec4 { F16_OUT = false, USE_VEC4 = true }
//! variant: q4_0_f16 { F16_OUT = true, USE_VEC4 = false }
//! variant: q4_0_f16_vec4 { F16_OUT = true, USE_VEC4 = true }
struct Params {
  blocks: u32,
  block_base: u32,
  out_base: u32,  // elements; even if two of them share a word
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> w: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

override W_FORMAT: u32 = 4u;
override F16_OUT: bool = false;
override USE_VEC4: bool = false;  // a thread takes 32 elements, not 16
override WG: u32 = 64u;

fn first_block() -> u32 { return p.block_base; }

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  dequantise(g, t);
}
