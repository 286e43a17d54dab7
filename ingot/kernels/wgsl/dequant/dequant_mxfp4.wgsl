//! op: dequant_mxfp4
//! key: dequant
//! formula: y[out_base + i] = element i of the MXFP4 blocks from block_base on, or of slice `expert`: 2^(s - 127) * code
//! bind: w u32 r; scales u32 r if PLANES; y u32 rw
//! grid: linear(ceil(blocks * 1 * (2 - USE_VEC4), WG))
//! range: W_FORMAT = {7} bound
//! range: PLANES = {false, true} flag
//! range: EXPERT = {false, true} flag
//! range: F16_OUT = {false, true} flag
//! range: USE_VEC4 = {false, true} tune
//! range: WG = {64, 128, 256} tune
//! use: dequantise
//! require: invocations >= WG
//! require: F16_OUT == false or out_base % 2 == 0
//! tolerance: elementwise(1)
//! variant: mxfp4 { F16_OUT = false, EXPERT = false, USE_VEC4 = false }
//! variant: mxfp4_vec4 { F16_OUT = false, EXPERT = false, USE_VEC4 = true }
//! variant: mxfp4_expert { EXPERT = true }
//! variant: mxfp4_f16 { F16_OUT = true, EXPERT = false }
struct Params {
  blocks: u32,
  block_base: u32,
  out_base: u32,  // elements; even if two of them share a word
  rows: u32,      // of an expert
  groups_per_row: u32,
  scale_row_bytes: u32,  // rows of the scales' plane may be padded
  expert: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> w: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> scales: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;

override W_FORMAT: u32 = 7u;
override PLANES: bool = false;  // nibbles and scales apart; byte j has elements 2j and 2j + 1
override EXPERT: bool = false;  // one slice of [experts, rows, groups_per_row]
override F16_OUT: bool = false;
override USE_VEC4: bool = false;  // a thread takes 32 elements, not 16
override WG: u32 = 64u;

fn first_block() -> u32 {
  return p.block_base + select(0u, p.expert * p.rows * p.groups_per_row, EXPERT);
}

// Four elements of a group: two bytes, a nibble each.
fn planes_four(group: u32, quad: u32) -> vec4<f32> {
  let bits = w[group][quad >> 1u] >> ((quad & 1u) * 16u);
  let bytes = (bits & 15u) | ((bits & 0xf0u) << 4u) | ((bits & 0xf00u) << 8u) |
              ((bits & 0xf000u) << 12u);
  let row = group / p.groups_per_row;
  let at = row * p.scale_row_bytes + (group - row * p.groups_per_row);
  let s = (scales[at >> 2u] >> ((at & 3u) * 8u)) & 255u;
  return mxfp4_scale(s) * code4(e2m1(vec4<u32>(bytes, 0u, 0u, 0u)).x, 12.0);
}

fn dequantise_planes(g: Grp, t: Thr) {
  let item = linear(g) * WG + t.index;
  let group = select(item >> 1u, item, USE_VEC4);
  if (group >= p.blocks) {
    return;
  }
  let first = select((item & 1u) * 4u, 0u, USE_VEC4);
  for (var i = 0u; i < select(4u, 8u, USE_VEC4); i++) {
    let quad = first + i;
    put_four(p.out_base + group * 32u + quad * 4u, planes_four(first_block() + group, quad));
  }
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  if (PLANES) {
    dequantise_planes(g, t);
  } else {
    dequantise(g, t);
  }
}
