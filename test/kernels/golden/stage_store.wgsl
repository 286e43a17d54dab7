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

struct At {
  row: u32,
  col: u32,
  head: u32,
  expert: u32,
}

fn y_put(at: At, v: f32) {
  y[at.row * p.ldc + p.n_base + at.col] = v;
}

struct Params {
  rows: u32,
  cols: u32,
  depth: u32,
  n_base: u32,
  ldc: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
const HEADS: u32 = 2u;
override WG: u32 = 64u;
override LANES: u32 = 1u;
override ROWS: u32 = 1u;
override BATCH_ROWS: u32 = 1u;
override USE_SUBGROUPS: bool = false;
override ROW_BLOCK: u32 = BATCH_ROWS * ROWS;

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let m = g.id.z;
  x0_begin(g, t, m);
  var sum = vec4<f32>(0.0);
  for (var k4 = t.index; k4 * 4u < p.depth; k4 += WG) {
    sum += x0_at4(m, k4);
  }
  x0_finish(g, t, m);
  let at = At(m, t.index, 0u, 0u);
  let v = x0_factor(0u) * (sum.x + sum.y + (sum.z + sum.w));
  if (at.row < p.rows && at.col < p.cols) {
    sink0_put(at, combine0_apply(array<f32, HEADS>(v, 0.5 * v)));
  }
  sink0_end(g, t);
}

@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;

fn x0_begin(g: Grp, t: Thr, m0: u32) {}

fn x0_at4(m: u32, k4: u32) -> vec4<f32> {
  return x0_x_at4(m, k4);
}

fn x0_inner4(m: u32, k4: u32) -> vec4<f32> {
  return x0_x_inner4(m, k4);
}

fn x0_at(m: u32, k: u32) -> f32 {
  return x0_x_at(m, k);
}

fn x0_finish(g: Grp, t: Thr, m0: u32) {}

fn x0_factor(i: u32) -> f32 {
  return 1.0;
}

fn x0_x_at4(m: u32, k4: u32) -> vec4<f32> {
  let k = k4 * 4u;
  let at = m * p.depth + k;
  if ((p.depth & 3u) == 0u) {
    if (k < p.depth) {
      return x[at >> 2u];
    }
    return vec4<f32>(0.0);
  }
  var v = vec4<f32>(0.0);
  {
    {
      const i = 0u;
      if (k + i < p.depth) {
        v[i] = x[(at + i) >> 2u][(at + i) & 3u];
      }
    }
    {
      const i = 1u;
      if (k + i < p.depth) {
        v[i] = x[(at + i) >> 2u][(at + i) & 3u];
      }
    }
    {
      const i = 2u;
      if (k + i < p.depth) {
        v[i] = x[(at + i) >> 2u][(at + i) & 3u];
      }
    }
    {
      const i = 3u;
      if (k + i < p.depth) {
        v[i] = x[(at + i) >> 2u][(at + i) & 3u];
      }
    }
  }
  return v;
}

fn x0_x_inner4(m: u32, k4: u32) -> vec4<f32> {
  return x[m * (p.depth >> 2u) + k4];
}

fn x0_x_at(m: u32, k: u32) -> f32 {
  let at = m * p.depth + k;
  return x[at >> 2u][at & 3u];
}

fn x0_x_rows4(m: vec4<u32>, k4: u32) -> array<vec4<f32>, 4> {
  if ((p.depth & 31u) == 0u) {
    return array<vec4<f32>, 4>(x0_x_inner4(m.x, k4), x0_x_inner4(m.y, k4), x0_x_inner4(m.z, k4), x0_x_inner4(m.w, k4));
  }
  return array<vec4<f32>, 4>(x0_x_at4(m.x, k4), x0_x_at4(m.y, k4), x0_x_at4(m.z, k4), x0_x_at4(m.w, k4));
}

fn combine0_apply(v: array<f32, HEADS>) -> f32 {
  return v[0];
}

@group(0) @binding(2) var<storage, read_write> y: array<f32>;

fn sink0_put(at: At, v: f32) {
  y_put(at, v);
}

fn sink0_end(g: Grp, t: Thr) {}
