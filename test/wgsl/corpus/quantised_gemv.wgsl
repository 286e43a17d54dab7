//! op: matmul
//! bind: x act[rows,depth] r; w wt[cols,depth] r; y act[rows,cols] rw
override WG: u32 = 128u;
override LANES: u32 = 32u;
override ROWS: u32 = WG / LANES;
override USE_VEC4: bool = true;
struct Params { cols: u32, depth: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> w: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;
var<workgroup> red: array<f32, WG>;

fn word(byte: u32) -> u32 {
  let i = byte >> 2u;
  let shift = 8u * (byte & 3u);
  return select((w[i] >> shift) | (w[i + 1u] << (32u - shift)), w[i], shift == 0u);
}
fn half_at(byte: u32) -> f32 { return unpack2x16float(word(byte)).x; }
fn signed(q: u32, j: u32) -> f32 { return f32(bitcast<i32>(q << (24u - 8u * j)) >> 24u); }

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) g: vec3<u32>, @builtin(local_invocation_index) t: u32) {
  let lane = t & (LANES - 1u);
  let row = g.x * ROWS + t / LANES;
  var sum = 0.0;
  if (row < p.cols) {
    for (var b = lane; b < p.depth >> 5u; b += LANES) {
      let at = 34u * (row * (p.depth >> 5u) + b);
      let d = half_at(at);
      var part = 0.0;
      for (var i = 0u; i < 8u; i++) {
        let q = word(at + 2u + 4u * i);
        let xs = bitcast<vec4<f32>>(x[8u * b + i]);
        part += dot(vec4<f32>(signed(q, 0u), signed(q, 1u), signed(q, 2u), signed(q, 3u)), xs);
      }
      sum = fma(d, part, sum);
    }
  }
  red[t] = sum;
  for (var d = LANES >> 1u; d > 0u; d >>= 1u) {
    workgroupBarrier();
    if (lane < d) { red[t] += red[t + d]; }
  }
  if (lane == 0u && row < p.cols) { y[row] = bitcast<u32>(red[t]); }
}
