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

fn f16_value(h: u32) -> f32 {
  let magnitude = h & 0x7fffu;
  let sign = (h & 0x8000u) << 16u;
  let normal = (magnitude << 13u) + 0x38000000u;
  let small = bitcast<u32>(f32(magnitude) * 5.9604644775390625e-8);
  return bitcast<f32>(sign | select(normal, small, magnitude < 0x400u));
}

fn bf16_value(h: u32) -> f32 {
  return bitcast<f32>(h << 16u);
}

fn f16_bits(v: f32) -> u32 {
  let bits = bitcast<u32>(v);
  let sign = (bits >> 16u) & 0x8000u;
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) {
    return 0x7e00u;
  }
  if (magnitude >= 0x477ff000u) {
    return sign | 0x7bffu;
  }
  if (magnitude >= 0x38800000u) {
    let rounded = magnitude + 0xfffu + ((magnitude >> 13u) & 1u);
    return sign | ((rounded - 0x38000000u) >> 13u);
  }
  if (magnitude < 0x33000000u) {
    return sign;
  }
  let shift = 126u - (magnitude >> 23u);
  let mantissa = (magnitude & 0x7fffffu) | 0x800000u;
  let kept = mantissa >> shift;
  let rest = mantissa - (kept << shift);
  let middle = 1u << (shift - 1u);
  let up = rest > middle || (rest == middle && (kept & 1u) == 1u);
  return sign | (kept + select(0u, 1u, up));
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
  vocab: u32,
  embed_scale: f32,
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

@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read> table: array<u32>;
override TABLE_FORMAT: u32 = 0u;

fn x0_at(m: u32, k: u32) -> f32 {
  let id = ids[m];
  if (id >= p.vocab) {
    return 0.0;
  }
  let i = id * p.depth + k;
  if (TABLE_FORMAT == 0u) {
    return p.embed_scale * bitcast<f32>(table[i]);
  }
  let h = (table[i >> 1u] >> ((i & 1u) * 16u)) & 0xffffu;
  if (TABLE_FORMAT == 1u) {
    return p.embed_scale * f16_value(h);
  }
  return p.embed_scale * bf16_value(h);
}

fn x0_begin(g: Grp, t: Thr, m0: u32) {}

fn x0_at4(m: u32, k4: u32) -> vec4<f32> {
  var v = vec4<f32>(0.0);
  {
    {
      const i = 0u;
      if (k4 * 4u + i < p.depth) {
        v[i] = x0_at(m, k4 * 4u + i);
      }
    }
    {
      const i = 1u;
      if (k4 * 4u + i < p.depth) {
        v[i] = x0_at(m, k4 * 4u + i);
      }
    }
    {
      const i = 2u;
      if (k4 * 4u + i < p.depth) {
        v[i] = x0_at(m, k4 * 4u + i);
      }
    }
    {
      const i = 3u;
      if (k4 * 4u + i < p.depth) {
        v[i] = x0_at(m, k4 * 4u + i);
      }
    }
  }
  return v;
}

fn x0_inner4(m: u32, k4: u32) -> vec4<f32> {
  let k = k4 * 4u;
  return vec4<f32>(x0_at(m, k), x0_at(m, k + 1u), x0_at(m, k + 2u), x0_at(m, k + 3u));
}

fn x0_finish(g: Grp, t: Thr, m0: u32) {}

fn x0_factor(i: u32) -> f32 {
  return 1.0;
}

fn combine0_apply(v: array<f32, HEADS>) -> f32 {
  return v[0];
}

@group(0) @binding(3) var<storage, read_write> y: array<f32>;

fn sink0_put(at: At, v: f32) {
  y_put(at, v);
}

fn sink0_end(g: Grp, t: Thr) {}
