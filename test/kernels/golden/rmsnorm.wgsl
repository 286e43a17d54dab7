alias elements = array<f32, 8>;

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
override KEEP: u32 = 8u;
override WG: u32 = 256u;
override USE_SUBGROUPS: bool = false;

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let r = linear(g);
  if (r >= p.rows) {
    return;
  }
  let row = r * p.dim;
  var kept: elements;
  var weights: elements;
  {
    {
      const i = 0u;
      let d = min(i * WG + t.index, p.dim - 1u);
      kept[i] = x[row + d];
      weights[i] = vectors[p.w_at + d];
    }
    {
      const i = 1u;
      let d = min(i * WG + t.index, p.dim - 1u);
      kept[i] = x[row + d];
      weights[i] = vectors[p.w_at + d];
    }
    {
      const i = 2u;
      let d = min(i * WG + t.index, p.dim - 1u);
      kept[i] = x[row + d];
      weights[i] = vectors[p.w_at + d];
    }
    {
      const i = 3u;
      let d = min(i * WG + t.index, p.dim - 1u);
      kept[i] = x[row + d];
      weights[i] = vectors[p.w_at + d];
    }
    {
      const i = 4u;
      let d = min(i * WG + t.index, p.dim - 1u);
      kept[i] = x[row + d];
      weights[i] = vectors[p.w_at + d];
    }
    {
      const i = 5u;
      let d = min(i * WG + t.index, p.dim - 1u);
      kept[i] = x[row + d];
      weights[i] = vectors[p.w_at + d];
    }
    {
      const i = 6u;
      let d = min(i * WG + t.index, p.dim - 1u);
      kept[i] = x[row + d];
      weights[i] = vectors[p.w_at + d];
    }
    {
      const i = 7u;
      let d = min(i * WG + t.index, p.dim - 1u);
      kept[i] = x[row + d];
      weights[i] = vectors[p.w_at + d];
    }
  }
  var squares = 0.0;
  {
    {
      const i = 0u;
      squares += select(0.0, kept[i] * kept[i], i * WG + t.index < p.dim);
    }
    {
      const i = 1u;
      squares += select(0.0, kept[i] * kept[i], i * WG + t.index < p.dim);
    }
    {
      const i = 2u;
      squares += select(0.0, kept[i] * kept[i], i * WG + t.index < p.dim);
    }
    {
      const i = 3u;
      squares += select(0.0, kept[i] * kept[i], i * WG + t.index < p.dim);
    }
    {
      const i = 4u;
      squares += select(0.0, kept[i] * kept[i], i * WG + t.index < p.dim);
    }
    {
      const i = 5u;
      squares += select(0.0, kept[i] * kept[i], i * WG + t.index < p.dim);
    }
    {
      const i = 6u;
      squares += select(0.0, kept[i] * kept[i], i * WG + t.index < p.dim);
    }
    {
      const i = 7u;
      squares += select(0.0, kept[i] * kept[i], i * WG + t.index < p.dim);
    }
  }
  for (var d = KEEP * WG + t.index; d < p.dim; d += WG) {
    squares += x[row + d] * x[row + d];
  }
  let scale = inverseSqrt(wg_sum(g, t, squares) / f32(p.dim) + p.eps);
  {
    {
      const i = 0u;
      let d = i * WG + t.index;
      if (d < p.dim) {
        y[row + d] = kept[i] * scale * weights[i];
      }
    }
    {
      const i = 1u;
      let d = i * WG + t.index;
      if (d < p.dim) {
        y[row + d] = kept[i] * scale * weights[i];
      }
    }
    {
      const i = 2u;
      let d = i * WG + t.index;
      if (d < p.dim) {
        y[row + d] = kept[i] * scale * weights[i];
      }
    }
    {
      const i = 3u;
      let d = i * WG + t.index;
      if (d < p.dim) {
        y[row + d] = kept[i] * scale * weights[i];
      }
    }
    {
      const i = 4u;
      let d = i * WG + t.index;
      if (d < p.dim) {
        y[row + d] = kept[i] * scale * weights[i];
      }
    }
    {
      const i = 5u;
      let d = i * WG + t.index;
      if (d < p.dim) {
        y[row + d] = kept[i] * scale * weights[i];
      }
    }
    {
      const i = 6u;
      let d = i * WG + t.index;
      if (d < p.dim) {
        y[row + d] = kept[i] * scale * weights[i];
      }
    }
    {
      const i = 7u;
      let d = i * WG + t.index;
      if (d < p.dim) {
        y[row + d] = kept[i] * scale * weights[i];
      }
    }
  }
  for (var d = KEEP * WG + t.index; d < p.dim; d += WG) {
    y[row + d] = x[row + d] * scale * vectors[p.w_at + d];
  }
}
