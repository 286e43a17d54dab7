#include "ingot/base/quant_k_fit.h"

#include <algorithm>
#include <cmath>

#include "ingot/base/half.h"

namespace ingot::quant {
namespace {

constexpr int kBlock = 256;
constexpr int kLanes = 8;           // partial sums, so that loops can use vectors
constexpr int kRounds = 3;          // of choosing codes and refitting the super-block's scales
constexpr float kNothing = 1e-15f;  // ranges below it are zero to f16

// To the nearest integer, ties to even. REQUIRES: |value| <= 2^22.
float Nearest(float value) { return (value + 0x1.8p23f) - 0x1.8p23f; }
float Clamp(float value, float least, float most) { return std::min(std::max(value, least), most); }
float ToF16(float value) { return F16ToF32(F32ToF16(value)); }
float Sum(const float (&lanes)[kLanes]) {
  return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) +
         ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
}

template <int kSub>
void Weigh(const float* x, float* w) {
  for (int s = 0; s < kBlock; s += kSub) {
    float squares = 0;
    for (int i = 0; i < kSub; ++i) squares += x[s + i] * x[s + i];
    float rms = std::sqrt(squares / kSub);
    for (int i = 0; i < kSub; ++i) w[s + i] = rms + std::fabs(x[s + i]);
  }
}

// Weighted error of x ~ scale * code - min with the best codes in [least, most].
template <int kSub>
float Error(const float* x, const float* w, float scale, float min, float least, float most) {
  float inverse = scale != 0 ? 1.0f / scale : 0.0f;
  float error[kLanes] = {};
  for (int i = 0; i < kSub; i += kLanes) {
    for (int k = 0; k < kLanes; ++k) {
      float code = Nearest(Clamp((x[i + k] + min) * inverse, least, most));
      float off = scale * code - min - x[i + k];
      error[k] += w[i + k] * off * off;
    }
  }
  return Sum(error);
}

template <int kSub>
void StoreCodes(const float* x, float scale, float min, float least, float most, int* codes) {
  float inverse = scale != 0 ? 1.0f / scale : 0.0f;
  for (int i = 0; i < kSub; ++i) {
    codes[i] = static_cast<int>(Nearest(Clamp((x[i] + min) * inverse, least, most)));
  }
}

struct Line {
  float scale;
  float min;  // subtracted, never negative
};

// The line of one sub-block with free scale and minimum: for a row of grids, codes first, then the
// line that fits them best.
template <int kSub>
Line FitLine(const float* x, const float* w, float top) {
  float lowest = 0, highest = x[0], sum_w = 0, sum_x = 0;
  for (int i = 0; i < kSub; ++i) {
    lowest = std::min(lowest, x[i]);
    highest = std::max(highest, x[i]);
    sum_w += w[i];
    sum_x += w[i] * x[i];
  }
  Line best{0, -lowest};
  if (highest - lowest < kNothing) return best;
  float best_gain = -INFINITY;  // the part of sum(w x^2) that the line explains
  for (int step = 0; step <= 20; ++step) {
    float inverse = (top - 1.0f + 0.1f * static_cast<float>(step)) / (highest - lowest);
    float q1[kLanes] = {}, q2[kLanes] = {}, qx[kLanes] = {};
    for (int i = 0; i < kSub; i += kLanes) {
      for (int k = 0; k < kLanes; ++k) {
        float code = Nearest(Clamp((x[i + k] - lowest) * inverse, 0.0f, top));
        float weighted = w[i + k] * code;
        q1[k] += weighted;
        q2[k] += weighted * code;
        qx[k] += weighted * x[i + k];
      }
    }
    float sum_q = Sum(q1), sum_qq = Sum(q2), sum_qx = Sum(qx);
    if (sum_qq <= 0) continue;
    float scale = sum_qx / sum_qq;  // through zero, unless a negative offset fits better
    float offset = 0;
    float determinant = sum_w * sum_qq - sum_q * sum_q;
    if (determinant > 1e-6f * sum_w * sum_qq) {  // else all codes are equal
      float free_offset = (sum_qq * sum_x - sum_q * sum_qx) / determinant;
      if (free_offset < 0) {
        offset = free_offset;
        scale = (sum_w * sum_qx - sum_x * sum_q) / determinant;
      }
    }
    float gain = scale * sum_qx + offset * sum_x;
    if (gain <= best_gain || scale < 0) continue;
    best_gain = gain;
    best = {scale, -offset};
  }
  return best;
}

// The scale of one sub-block with codes in [least, most], least = -(most + 1).
float FitScale(const float* x, const float* w, float least, float most) {
  constexpr int kSub = 16;
  float extreme = 0;
  for (int i = 0; i < kSub; ++i) {
    if (std::fabs(x[i]) > std::fabs(extreme)) extreme = x[i];
  }
  if (std::fabs(extreme) < kNothing) return 0;
  float best = 0, best_gain = -1;
  for (int step = -9; step <= 9; ++step) {
    float inverse = (least - 0.1f * static_cast<float>(step)) / extreme;
    float q2[kLanes] = {}, qx[kLanes] = {};
    for (int i = 0; i < kSub; i += kLanes) {
      for (int k = 0; k < kLanes; ++k) {
        float code = Nearest(Clamp(x[i + k] * inverse, least, most));
        q2[k] += w[i + k] * code * code;
        qx[k] += w[i + k] * code * x[i + k];
      }
    }
    float sum_qq = Sum(q2), sum_qx = Sum(qx);
    if (sum_qq <= 0 || sum_qx * sum_qx <= best_gain * sum_qq) continue;
    best = sum_qx / sum_qq;
    best_gain = best * sum_qx;
  }
  return best;
}

int NearestInt(float value, int least, int most) {
  return static_cast<int>(
      Nearest(Clamp(value, static_cast<float>(least), static_cast<float>(most))));
}

// Chooses scale and minimum of one sub-block near the free line, given the super-block's; returns
// the error.
template <int kSub>
float ChooseAffine(const float* x, const float* w, Line line, int top, int limit, int s,
                   AffineFit& fit) {
  int scale = fit.d > 0 ? NearestInt(line.scale / fit.d, 0, limit) : 0;
  int min = fit.dmin > 0 ? NearestInt(line.min / fit.dmin, 0, limit) : 0;
  float best = INFINITY;
  for (int a = std::max(0, scale - 1); a <= std::min(limit, scale + 1); ++a) {
    for (int b = std::max(0, min - 1); b <= std::min(limit, min + 1); ++b) {
      float error = Error<kSub>(x, w, fit.d * static_cast<float>(a),
                                fit.dmin * static_cast<float>(b), 0, static_cast<float>(top));
      if (error >= best) continue;
      best = error;
      fit.scale[s] = a;
      fit.min[s] = b;
    }
  }
  StoreCodes<kSub>(x, fit.d * static_cast<float>(fit.scale[s]),
                   fit.dmin * static_cast<float>(fit.min[s]), 0, static_cast<float>(top),
                   fit.code + kSub * s);
  return best;
}

// The super-block's scales that fit all codes best, as f16 holds them; unchanged if there are none.
template <int kSub>
void Refit(const float* x, const float* w, AffineFit& fit) {
  double aa = 0, ab = 0, bb = 0, ax = 0, bx = 0;  // x ~ d*a + dmin*b
  for (int i = 0; i < kBlock; ++i) {
    double a = fit.scale[i / kSub] * fit.code[i];
    double b = -fit.min[i / kSub];
    aa += w[i] * a * a;
    ab += w[i] * a * b;
    bb += w[i] * b * b;
    ax += w[i] * a * x[i];
    bx += w[i] * b * x[i];
  }
  double determinant = aa * bb - ab * ab;
  double d = fit.d, dmin = fit.dmin;
  if (determinant > 1e-12 * aa * bb) {
    d = (ax * bb - bx * ab) / determinant;
    dmin = (bx * aa - ax * ab) / determinant;
  } else if (bb == 0 && aa > 0) {
    d = ax / aa;
  }
  if (d <= 0 || dmin < 0) return;
  fit.d = ToF16(static_cast<float>(d));
  fit.dmin = ToF16(static_cast<float>(dmin));
}

float ChooseScale(const float* x, const float* w, float free_scale, float codes, int scales, int s,
                  SymmetricFit& fit) {
  int near = fit.d != 0 ? NearestInt(free_scale / fit.d, -scales, scales - 1) : 0;
  float best = INFINITY;
  for (int a = std::max(-scales, near - 1); a <= std::min(scales - 1, near + 1); ++a) {
    float error = Error<16>(x, w, fit.d * static_cast<float>(a), 0, -codes, codes - 1);
    if (error >= best) continue;
    best = error;
    fit.scale[s] = a;
  }
  StoreCodes<16>(x, fit.d * static_cast<float>(fit.scale[s]), 0, -codes, codes - 1,
                 fit.code + 16 * s);
  return best;
}

void Refit(const float* x, const float* w, SymmetricFit& fit) {
  double aa = 0, ax = 0;
  for (int i = 0; i < kBlock; ++i) {
    double a = fit.scale[i / 16] * fit.code[i];
    aa += w[i] * a * a;
    ax += w[i] * a * x[i];
  }
  if (aa > 0) fit.d = ToF16(static_cast<float>(ax / aa));
}

}  // namespace

template <int kSub>
AffineFit FitAffine(const float* x, int top, int limit) {
  constexpr int kSubs = kBlock / kSub;
  float w[kBlock];
  Weigh<kSub>(x, w);
  Line lines[kSubs];
  float most_scale = 0, most_min = 0;
  for (int s = 0; s < kSubs; ++s) {
    lines[s] = FitLine<kSub>(x + kSub * s, w + kSub * s, static_cast<float>(top));
    most_scale = std::max(most_scale, lines[s].scale);
    most_min = std::max(most_min, lines[s].min);
  }
  AffineFit fit{};
  fit.d = ToF16(most_scale / static_cast<float>(limit));
  fit.dmin = ToF16(most_min / static_cast<float>(limit));
  AffineFit best{};
  float best_error = INFINITY;
  for (int round = 0; round < kRounds; ++round) {
    float error = 0;
    for (int s = 0; s < kSubs; ++s) {
      error += ChooseAffine<kSub>(x + kSub * s, w + kSub * s, lines[s], top, limit, s, fit);
    }
    if (error >= best_error) break;
    best_error = error;
    best = fit;
    Refit<kSub>(x, w, fit);
  }
  return best;
}
template AffineFit FitAffine<16>(const float* x, int top, int limit);
template AffineFit FitAffine<32>(const float* x, int top, int limit);

SymmetricFit FitSymmetric(const float* x, int codes, int scales) {
  float w[kBlock];
  Weigh<16>(x, w);
  float lowest = static_cast<float>(-codes);
  float free_scales[16];
  float extreme = 0;
  for (int s = 0; s < 16; ++s) {
    free_scales[s] = FitScale(x + 16 * s, w + 16 * s, lowest, -lowest - 1);
    if (std::fabs(free_scales[s]) > std::fabs(extreme)) extreme = free_scales[s];
  }
  SymmetricFit fit{};
  fit.d = ToF16(extreme / static_cast<float>(-scales));
  SymmetricFit best{};
  float best_error = INFINITY;
  for (int round = 0; round < kRounds; ++round) {
    float error = 0;
    for (int s = 0; s < 16; ++s) {
      error += ChooseScale(x + 16 * s, w + 16 * s, free_scales[s], -lowest, scales, s, fit);
    }
    if (error >= best_error) break;
    best_error = error;
    best = fit;
    Refit(x, w, fit);
  }
  return best;
}

}  // namespace ingot::quant
