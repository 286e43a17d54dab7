//! fragment: rope_angle
//! use: phase
// How far a pair is turned at a position. The main declares `vectors: array<u32>` and the uniforms
// and overrides named below.
//   HOST_FREQ: turns a position, 64 bits of fraction each, computed by the host with its scaling:
//     two words a pair from p.freq_at on.
//   Else frequency i is base^(-2i / rot), divided by factor i with HAS_FACTORS (from p.factors_at
//     on), then scaled by SCALING: 0 linear, 1 NTK, 2 YaRN, 3 llama3.

fn pair_factor(i: u32) -> f32 {
  if (HAS_FACTORS) {
    return bitcast<f32>(vectors[p.factors_at + i]);
  }
  return 1.0;
}

// The dimension whose wave turns `turns` times over the original context.
fn yarn_dimension(turns: f32) -> f32 {
  let waves = p.orig_ctx / (turns * 6.2831853);
  return f32(p.rot) * log2(waves) / (2.0 * p.base_log2);
}

// The share of the unscaled frequency is 1 - ramp.
fn yarn_ramp(i: u32) -> f32 {
  var low = yarn_dimension(p.beta_fast);
  var high = yarn_dimension(p.beta_slow);
  if (p.yarn_round != 0u) {
    low = floor(low);
    high = ceil(high);
  }
  low = max(low, 0.0);
  high = min(high, f32(p.rot) - 1.0);
  return clamp((f32(i) - low) / max(high - low, 1e-3), 0.0, 1.0);
}

fn llama3_scaled(f: f32) -> f32 {
  let wave = 6.2831853 / f;
  let slow = f / p.scale;
  if (wave < p.orig_ctx / p.high_factor) {
    return f;
  }
  if (wave > p.orig_ctx / p.low_factor) {
    return slow;
  }
  let kept = (p.orig_ctx / wave - p.low_factor) / (p.high_factor - p.low_factor);
  return (1.0 - kept) * slow + kept * f;
}

// Radians a position.
fn pair_frequency(i: u32) -> f32 {
  var base_log2 = p.base_log2;
  if (SCALING == 1u && p.rot > 2u) {
    base_log2 += log2(p.scale) * f32(p.rot) / (f32(p.rot) - 2.0);
  }
  let f = exp2(-2.0 * f32(i) / f32(p.rot) * base_log2) / pair_factor(i);
  switch SCALING {
    case 0u: { return f / p.scale; }
    case 2u: {
      let ramp = yarn_ramp(i);
      return f * ((1.0 - ramp) + ramp / p.scale);
    }
    case 3u: { return llama3_scaled(f); }
    default: { return f; }
  }
}

// (cos, sin) of pair i, with the attention factor.
fn pair_turn(position: u32, i: u32) -> vec2<f32> {
  if (HOST_FREQ) {
    let at = p.freq_at + 2u * i;
    return p.attn_factor * cos_sin(turns_of(position, vec2<u32>(vectors[at], vectors[at + 1u])));
  }
  return p.attn_factor * cos_sin(turns_of_angle(f32(position) * pair_frequency(i)));
}
