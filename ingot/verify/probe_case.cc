#include "ingot/verify/probe_case.h"

#include <cmath>

#include "ingot/verify/tolerance.h"

namespace ingot::verify {
namespace {

constexpr size_t kChains = 8;
constexpr size_t kUnrolled = 8;  // multiply-adds of a chain in a step

// What the chains of one element come to.
double RunChains(double x, double factor, size_t steps) {
  double sum = 0;
  for (size_t chain = 0; chain < kChains; ++chain) {
    double value = x + static_cast<double>(chain);
    for (size_t i = 0; i < kUnrolled * steps; ++i) value = factor * value + x;
    sum += value;
  }
  return sum;
}

}  // namespace

void ProbeCopyCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t size = data.Size("size", 4096);
  Values x = data.Activations("x", size);
  data.Output(size);
  data.U32("size", size);
  data.Moves(2 * size * sizeof(float));
  data.Expect([&] { return Expected{x, ExactBound(size)}; });
}

void ProbeFmaCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t size = data.Size("size", 260), steps = data.Size("steps", 2);
  // Below 1, so that a chain tends to a limit and roundings do not add up.
  const double factor = 0.5;
  Values x = data.Activations("x", size);
  data.Output(size);
  data.U32("size", size);
  data.U32("steps", steps);
  data.F32("factor", factor);
  data.Moves(2 * size * sizeof(float));
  data.Computes(2 * kChains * kUnrolled * steps * size);
  data.Expect([&] {
    Expected expected;
    for (double value : x) {
      expected.want.push_back(RunChains(value, factor, steps));
      const double magnitude = kChains * (2 * std::abs(value) + kChains);
      expected.bound.push_back(8 * kHalfUnit * magnitude);
    }
    return expected;
  });
}

void ProbeDirtCase(CaseData& data, const kernels::KernelDesc&) {
  constexpr uint32_t kWord = 0x7FC0BEEF;
  const size_t size = data.Size("size", 300);
  data.Output(size);
  data.U32("size", size);
  data.U32("word", kWord);
  data.Moves(size * sizeof(uint32_t));
  data.ExpectWords("y", std::vector<uint32_t>(size, kWord));
}

}  // namespace ingot::verify
