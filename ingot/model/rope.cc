#include "ingot/model/rope.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ingot/base/text.h"

namespace ingot::model {
namespace {

constexpr double kTwoPi = 2 * std::numbers::pi;

Status Fail(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

}  // namespace

Result<RopeFrequencies> ComputeRope(const RopeParams& params) {
  size_t pairs = params.rot / 2;
  if (params.rot == 0 || params.rot % 2 != 0)
    return Fail(StrCat("rope dimensions (", params.rot, ") are not even"));
  if (!(params.base > 1) || !std::isfinite(params.base))
    return Fail(StrCat("rope base (", params.base, ") is not above 1"));
  if (!params.factors.empty() && params.factors.size() != pairs) {
    return Fail(
        StrCat("rope factors (", params.factors.size(), ") are not one a pair (", pairs, ")"));
  }
  double s = params.factor == 0 ? 1 : params.factor;
  if (!(s > 0) || !std::isfinite(s))
    return Fail(StrCat("rope scaling factor (", s, ") is not positive"));
  bool yarn = params.scaling == "yarn";
  if (!yarn && params.scaling != "linear" && params.scaling != "none") {
    return Fail(StrCat("rope scaling (", params.scaling, ") is not one of none, linear, yarn"));
  }
  if (params.scaling == "none") s = 1;
  if (yarn && !(params.orig_ctx > 0)) return Fail("yarn needs the original context");

  double low = 0, high = 0;
  if (yarn) {
    auto edge = [&params](double beta) {
      return params.rot * std::log(params.orig_ctx / (kTwoPi * beta)) / (2 * std::log(params.base));
    };
    low = edge(params.beta_fast);
    high = edge(params.beta_slow);
    if (params.yarn_round) {
      low = std::floor(low);
      high = std::ceil(high);
    }
    low = std::max(0.0, low);
    high = std::min(params.rot - 1.0, high);
  }
  RopeFrequencies out;
  for (size_t j = 0; j < pairs; ++j) {
    double theta = std::pow(params.base, -2.0 * static_cast<double>(j) / params.rot);
    if (!params.factors.empty()) {
      if (!(params.factors[j] > 0))
        return Fail(StrCat("rope factor ", j, " (", params.factors[j], ") is not positive"));
      theta /= params.factors[j];
    }
    if (yarn) {
      double ramp =
          std::clamp((static_cast<double>(j) - low) / std::max(high - low, 0.001), 0.0, 1.0);
      double keep = params.ext * (1 - ramp);
      theta = theta / s * (1 - keep) + theta * keep;
    } else {
      theta /= s;
    }
    out.turns.push_back(theta / kTwoPi);
  }
  if (yarn) out.factor = params.attn_factor * (params.ext != 0 ? 1 + 0.1 * std::log(s) : 1);
  return out;
}

void AppendRopeRows(const RopeFrequencies& frequencies, uint64_t begin, uint64_t end,
                    std::vector<float>& table) {
  for (uint64_t position = begin; position < end; ++position) {
    for (double turns : frequencies.turns) {
      // The whole turns go first, so that the angle stays small and exact.
      double turned = static_cast<double>(position) * turns;
      double angle = kTwoPi * (turned - std::floor(turned));
      table.push_back(static_cast<float>(std::cos(angle) * frequencies.factor));
      table.push_back(static_cast<float>(std::sin(angle) * frequencies.factor));
    }
  }
}

}  // namespace ingot::model
