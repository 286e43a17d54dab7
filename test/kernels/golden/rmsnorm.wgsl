struct Grp {
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) n: vec3<u32>,
}

struct Thr {
  @builtin(local_invocation_index) index: u32,
}

fn folded(g: Grp) -> u32 {
  return g.id.x + g.id.y * g.n.x;
}

fn linear(g: Grp) -> u32 {
  return select(folded(g), 0xffffffffu, g.id.z != 0u);
}

fn lane_of(g: Grp, t: Thr, lanes: u32) -> u32 {
  return t.index & (lanes - 1u);
}

fn team_of(g: Grp, t: Thr, lanes: u32) -> u32 {
  return t.index / lanes;
}

var<workgroup> red: array<f32, WG>;
const NEG: f32 = -3.40282346638528859e38;

fn lanes_sum(g: Grp, t: Thr, lanes: u32, v: f32) -> f32 {
  let lane = lane_of(g, t, lanes);
  red[t.index] = v;
  workgroupBarrier();
  for (var d = lanes >> 1u; d > 0u; d >>= 1u) {
    if (lane < d) {
      red[t.index] += red[(t.index + d) & (WG - 1u)];
    }
    workgroupBarrier();
  }
  let sum = red[t.index - lane];
  workgroupBarrier();
  return sum;
}

fn lanes_max(g: Grp, t: Thr, lanes: u32, v: f32) -> f32 {
  let lane = lane_of(g, t, lanes);
  red[t.index] = v;
  workgroupBarrier();
  for (var d = lanes >> 1u; d > 0u; d >>= 1u) {
    if (lane < d) {
      red[t.index] = max(red[t.index], red[(t.index + d) & (WG - 1u)]);
    }
    workgroupBarrier();
  }
  let largest = red[t.index - lane];
  workgroupBarrier();
  return largest;
}

fn wg_sum(g: Grp, t: Thr, v: f32) -> f32 {
  return lanes_sum(g, t, WG, v);
}

fn wg_max(g: Grp, t: Thr, v: f32) -> f32 {
  return lanes_max(g, t, WG, v);
}

struct Params {
  rows: u32,
  dim: u32,
  eps: f32,
  w_at: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> vectors: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
override SMALL_SIZE: bool = false;
override WG: u32 = 128u;
override USE_SUBGROUPS: bool = false;

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let r = linear(g);
  if (r >= p.rows) {
    return;
  }
  let row = r * p.dim;
  var kept = 0.0;
  var squares = 0.0;
  if (SMALL_SIZE) {
    if (t.index < p.dim) {
      kept = x[row + t.index];
    }
    squares = kept * kept;
  } else {
    for (var i = t.index; i < p.dim; i += WG) {
      squares += x[row + i] * x[row + i];
    }
  }
  let scale = inverseSqrt(wg_sum(g, t, squares) / f32(p.dim) + p.eps);
  if (SMALL_SIZE) {
    if (t.index < p.dim) {
      y[row + t.index] = kept * scale * vectors[p.w_at + t.index];
    }
  } else {
    for (var i = t.index; i < p.dim; i += WG) {
      y[row + i] = x[row + i] * scale * vectors[p.w_at + i];
    }
  }
}
