// The angles of rope, by the formulas of the model files.
#include <algorithm>
#include <cmath>

#include "ingot/verify/reference.h"

namespace ingot::verify {
namespace {

const double kTurn = 2 * std::acos(-1.0);

// How much of the scaled frequency pair i takes.
double YarnRamp(const RopeAngles& angles, double i) {
  const auto rot = static_cast<double>(angles.rot);
  auto dimension = [&](double turns) {
    return rot * std::log(angles.orig_ctx / (turns * kTurn)) / (2 * std::log(angles.base));
  };
  double low = dimension(angles.beta_fast);
  double high = dimension(angles.beta_slow);
  if (angles.round) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, rot - 1);
  return std::clamp((i - low) / std::max(high - low, 1e-3), 0.0, 1.0);
}

double Llama3(const RopeAngles& angles, double frequency) {
  const double wave = kTurn / frequency;
  const double slow = frequency / angles.scale;
  if (wave < angles.orig_ctx / angles.high_factor) return frequency;
  if (wave > angles.orig_ctx / angles.low_factor) return slow;
  const double kept =
      (angles.orig_ctx / wave - angles.low_factor) / (angles.high_factor - angles.low_factor);
  return (1 - kept) * slow + kept * frequency;
}

}  // namespace

Values RopeFrequencies(const RopeAngles& angles, const Values& factors) {
  const auto rot = static_cast<double>(angles.rot);
  double base = angles.base;
  if (angles.scaling == RopeScaling::kNtk && angles.rot > 2) {
    base *= std::pow(angles.scale, rot / (rot - 2));
  }
  Values frequencies(angles.rot / 2);
  for (size_t i = 0; i < frequencies.size(); ++i) {
    const auto pair = static_cast<double>(i);
    double f = std::pow(base, -2 * pair / rot) / (factors.empty() ? 1 : factors[i]);
    switch (angles.scaling) {
      case RopeScaling::kLinear:
        f /= angles.scale;
        break;
      case RopeScaling::kNtk:
        break;
      case RopeScaling::kYarn: {
        const double ramp = YarnRamp(angles, pair);
        f *= 1 - ramp + ramp / angles.scale;
        break;
      }
      case RopeScaling::kLlama3:
        f = Llama3(angles, f);
        break;
    }
    frequencies[i] = f;
  }
  return frequencies;
}

Values RopeTable(const Values& frequencies, size_t first, size_t positions, double factor) {
  Values table;
  for (size_t i = 0; i < positions; ++i) {
    for (const double frequency : frequencies) {
      const double angle = static_cast<double>(first + i) * frequency;
      table.push_back(factor * std::cos(angle));
      table.push_back(factor * std::sin(angle));
    }
  }
  return table;
}

}  // namespace ingot::verify
