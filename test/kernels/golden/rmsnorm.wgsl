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

fn half_pair(v: vec2<f32>) -> u32 {
  return f16_bits(v.x) | (f16_bits(v.y) << 16u);
}

fn word_at(i: u32) -> u32 {
  return i >> select(0u, 1u, F16_IO);
}

fn element_of(word: u32, i: u32) -> f32 {
  if (F16_IO) {
    return unpack2x16float(word)[i & 1u];
  }
  return bitcast<f32>(word);
}

fn word_of(v: vec2<f32>) -> u32 {
  if (F16_IO) {
    return half_pair(v);
  }
  return bitcast<u32>(v.x);
}

fn column_of(t: Thr, i: u32) -> u32 {
  if (F16_IO) {
    return ((i >> 1u) * WG + t.index) * 2u + (i & 1u);
  }
  return i * WG + t.index;
}

fn norm_input(i: u32) -> f32 {
  let at = word_at(i);
  let v = element_of(select(x[at], y[at], IN_PLACE), i);
  return select(v, v + element_of(residual[at], i), RESIDUAL == 1u);
}

fn norm_result(i: u32, v: f32) -> f32 {
  return select(v, v + element_of(residual[word_at(i)], i), RESIDUAL == 2u);
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

fn row_weight(d: u32) -> f32 {
  return select(vectors[p.w_at + d] + p.w_add, 1.0, NO_WEIGHT);
}

fn rms_row(g: Grp, t: Thr, r: u32) {
  let row = r * p.dim;
  var kept: elements;
  var weights: elements;
  {
    {
      const i = 0u;
      let d = min(column_of(t, i), p.dim - 1u);
      kept[i] = norm_input(row + d);
      weights[i] = row_weight(d);
    }
    {
      const i = 1u;
      let d = min(column_of(t, i), p.dim - 1u);
      kept[i] = norm_input(row + d);
      weights[i] = row_weight(d);
    }
    {
      const i = 2u;
      let d = min(column_of(t, i), p.dim - 1u);
      kept[i] = norm_input(row + d);
      weights[i] = row_weight(d);
    }
    {
      const i = 3u;
      let d = min(column_of(t, i), p.dim - 1u);
      kept[i] = norm_input(row + d);
      weights[i] = row_weight(d);
    }
    {
      const i = 4u;
      let d = min(column_of(t, i), p.dim - 1u);
      kept[i] = norm_input(row + d);
      weights[i] = row_weight(d);
    }
    {
      const i = 5u;
      let d = min(column_of(t, i), p.dim - 1u);
      kept[i] = norm_input(row + d);
      weights[i] = row_weight(d);
    }
    {
      const i = 6u;
      let d = min(column_of(t, i), p.dim - 1u);
      kept[i] = norm_input(row + d);
      weights[i] = row_weight(d);
    }
    {
      const i = 7u;
      let d = min(column_of(t, i), p.dim - 1u);
      kept[i] = norm_input(row + d);
      weights[i] = row_weight(d);
    }
  }
  var squares = 0.0;
  if (SUMSQ_GIVEN) {
    for (var i = t.index; i < p.parts; i += WG) {
      squares += sumsq[r * p.parts + i];
    }
  } else {
    {
      {
        const i = 0u;
        squares += select(0.0, kept[i] * kept[i], column_of(t, i) < p.dim);
      }
      {
        const i = 1u;
        squares += select(0.0, kept[i] * kept[i], column_of(t, i) < p.dim);
      }
      {
        const i = 2u;
        squares += select(0.0, kept[i] * kept[i], column_of(t, i) < p.dim);
      }
      {
        const i = 3u;
        squares += select(0.0, kept[i] * kept[i], column_of(t, i) < p.dim);
      }
      {
        const i = 4u;
        squares += select(0.0, kept[i] * kept[i], column_of(t, i) < p.dim);
      }
      {
        const i = 5u;
        squares += select(0.0, kept[i] * kept[i], column_of(t, i) < p.dim);
      }
      {
        const i = 6u;
        squares += select(0.0, kept[i] * kept[i], column_of(t, i) < p.dim);
      }
      {
        const i = 7u;
        squares += select(0.0, kept[i] * kept[i], column_of(t, i) < p.dim);
      }
    }
    for (var d = KEPT * WG + t.index * STEP; d < p.dim; d += WG * STEP) {
      for (var j = 0u; j < STEP; j++) {
        let h = norm_input(row + d + j);
        squares += h * h;
      }
    }
  }
  let scale = inverseSqrt(wg_sum(g, t, squares) / f32(p.dim) + p.eps);
  {
    {
      const i = 0u;
      let d = column_of(t, i);
      if (d < p.dim) {
        let h = vec2<f32>(kept[i], kept[i + STEP - 1u]);
        put_normed(row + d, h, h * scale * vec2<f32>(weights[i], weights[i + STEP - 1u]));
      }
    }
    {
      const i = 1u;
      let d = column_of(t, i);
      if (d < p.dim) {
        let h = vec2<f32>(kept[i], kept[i + STEP - 1u]);
        put_normed(row + d, h, h * scale * vec2<f32>(weights[i], weights[i + STEP - 1u]));
      }
    }
    {
      const i = 2u;
      let d = column_of(t, i);
      if (d < p.dim) {
        let h = vec2<f32>(kept[i], kept[i + STEP - 1u]);
        put_normed(row + d, h, h * scale * vec2<f32>(weights[i], weights[i + STEP - 1u]));
      }
    }
    {
      const i = 3u;
      let d = column_of(t, i);
      if (d < p.dim) {
        let h = vec2<f32>(kept[i], kept[i + STEP - 1u]);
        put_normed(row + d, h, h * scale * vec2<f32>(weights[i], weights[i + STEP - 1u]));
      }
    }
    {
      const i = 4u;
      let d = column_of(t, i);
      if (d < p.dim) {
        let h = vec2<f32>(kept[i], kept[i + STEP - 1u]);
        put_normed(row + d, h, h * scale * vec2<f32>(weights[i], weights[i + STEP - 1u]));
      }
    }
    {
      const i = 5u;
      let d = column_of(t, i);
      if (d < p.dim) {
        let h = vec2<f32>(kept[i], kept[i + STEP - 1u]);
        put_normed(row + d, h, h * scale * vec2<f32>(weights[i], weights[i + STEP - 1u]));
      }
    }
    {
      const i = 6u;
      let d = column_of(t, i);
      if (d < p.dim) {
        let h = vec2<f32>(kept[i], kept[i + STEP - 1u]);
        put_normed(row + d, h, h * scale * vec2<f32>(weights[i], weights[i + STEP - 1u]));
      }
    }
    {
      const i = 7u;
      let d = column_of(t, i);
      if (d < p.dim) {
        let h = vec2<f32>(kept[i], kept[i + STEP - 1u]);
        put_normed(row + d, h, h * scale * vec2<f32>(weights[i], weights[i + STEP - 1u]));
      }
    }
  }
  for (var d = KEPT * WG + t.index * STEP; d < p.dim; d += WG * STEP) {
    let last = d + STEP - 1u;
    let h = vec2<f32>(norm_input(row + d), norm_input(row + last));
    put_normed(row + d, h, h * scale * vec2<f32>(row_weight(d), row_weight(last)));
  }
}

struct Params {
  rows: u32,
  dim: u32,
  eps: f32,
  w_at: u32,
  w_add: f32,
  parts: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> vectors: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<u32>;
@group(0) @binding(4) var<storage, read> sumsq: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<u32>;
override RESIDUAL: u32 = 0u;
override NO_WEIGHT: bool = false;
override SUMSQ_GIVEN: bool = false;
override IN_PLACE: bool = false;
override F16_IO: bool = false;
override KEEP: u32 = 8u;
override WG: u32 = 256u;
override USE_SUBGROUPS: bool = false;
override STEP: u32 = select(1u, 2u, F16_IO);
override KEPT: u32 = KEEP * STEP;

fn put_normed(i: u32, h: vec2<f32>, v: vec2<f32>) {
  y[word_at(i)] = word_of(vec2<f32>(norm_result(i, v.x), norm_result(i + STEP - 1u, v.y)));
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let r = linear(g);
  if (r < p.rows) {
    rms_row(g, t, r);
  }
}
