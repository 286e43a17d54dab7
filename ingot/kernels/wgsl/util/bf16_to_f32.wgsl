//! op: bf16_to_f32
//! formula: y[i] = f32(x[i])
//! bind: x u32 r; y u32 rw
//! grid: linear(ceil(size, (1 + PAIRS) * WG))
//! range: PAIRS = {false, true} tune
//! range: WG = {64, 128, 256} tune
//! use: grid
//! require: invocations >= WG
//! tolerance: exact
//! variant: bf16_to_f32 { PAIRS = true }
//! variant: bf16_to_f32_single { PAIRS = false }
struct Params {
  size: u32,
  src_base: u32,  // elements
  dst_base: u32,  // elements
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

override PAIRS: bool = true;  // a thread takes two elements
override WG: u32 = 64u;

fn put(i: u32) {
  if (i < p.size) {
    let at = p.src_base + i;
    y[p.dst_base + i] = select(x[at >> 1u] << 16u, x[at >> 1u] & 0xffff0000u, (at & 1u) == 1u);
  }
}

// Bits move, nothing is computed: what is no number stays as it is.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let item = linear(g) * WG + t.index;
  if (PAIRS) {
    // A number past the last of the grid is no element, also when it is doubled.
    let i = select(item * 2u, 0xffffffffu, item > 0x7fffffffu);
    put(i);
    put(select(i + 1u, 0xffffffffu, i == 0xffffffffu));
  } else {
    put(item);
  }
}
