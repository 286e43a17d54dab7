//! op: matmul
//! formula: y[m,n] = sum_k x[m,k] * w[n,k]
//! range: TILE = {8, 16, 32} tune
//!
override TILE: u32 = 16u;
override TILE_WORDS: u32 = TILE * (TILE + 1u);
override TRANSPOSED: bool = false;
alias comp_t = f32;
struct Params { rows: u32, cols: u32, depth: u32, alpha: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
var<workgroup> a: array<comp_t, TILE_WORDS>;
var<workgroup> b: array<comp_t, TILE_WORDS>;

fn at(row: u32, col: u32) -> u32 { return row * (TILE + 1u) + col; }

@compute @workgroup_size(TILE * TILE)
fn main(@builtin(workgroup_id) g: vec3<u32>, @builtin(local_invocation_index) t: u32) {
  let r = t / TILE;
  let c = t % TILE;
  let row = g.y * TILE + r;
  let col = g.x * TILE + c;
  var sum = comp_t(0);
  for (var k0 = 0u; k0 < p.depth; k0 += TILE) {
    a[at(r, c)] = select(0.0, x[row * p.depth + k0 + c], row < p.rows && k0 + c < p.depth);
    if (TRANSPOSED) {
      b[at(r, c)] = select(0.0, w[(k0 + r) * p.cols + col], col < p.cols && k0 + r < p.depth);
    } else {
      b[at(c, r)] = select(0.0, w[(g.x * TILE + r) * p.depth + k0 + c], k0 + c < p.depth);
    }
    workgroupBarrier();
    for (var k = 0u; k < TILE; k++) { sum = fma(a[at(r, k)], b[at(k, c)], sum); }
    workgroupBarrier();
  }
  if (row < p.rows && col < p.cols) { y[row * p.cols + col] = p.alpha * sum; }
}
