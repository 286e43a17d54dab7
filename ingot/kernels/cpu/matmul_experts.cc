// Products with the weights of the experts that each row is routed to. The pairs of (row, expert)
// are taken expert by expert, so that a weight is decoded once for all rows that need it.
#include "ingot/kernels/cpu/matmul.h"
#include "ingot/kernels/cpu/row.h"

namespace ingot::kernels::cpu {
namespace {

// Pair p has row p / x_div of x and row p of y.
struct ExpertCall {
  explicit ExpertCall(const Args& args)
      : x(args.In<float>(0)),
        routes(args.In<uint32_t>(1)),
        w(args.In<uint8_t>(2)),
        y(args.Out<float>(3)),
        pairs(args.U32(0)),
        cols(args.U32(1)),
        depth(args.U32(2)),
        experts(args.U32(3)),
        x_div(args.U32(4)) {
    one.format = Matmul::FormatOf(args);
    one.row_bytes = depth / Traits(one.format).block * Traits(one.format).bytes;
    one.cols = cols;
    one.depth = depth;
    one.pool = args.pool;
  }

  const float* XRow(uint64_t pair) const { return x + pair / x_div * depth; }

  // The product of `rows` rows with one expert's weights.
  Matmul With(uint64_t expert, uint64_t rows, const float* from, float* to) const {
    Matmul op = one;
    op.w = w + expert * cols * one.row_bytes;
    op.rows = rows;
    op.x = from;
    op.y = to;
    return op;
  }

  const float* x;
  const uint32_t* routes;
  const uint8_t* w;
  float* y;
  uint64_t pairs, cols, depth, experts, x_div;
  Matmul one;  // what the products have in common
};

template <typename Run>
void MatmulExperts(const Args& args, const Run& run) {
  const ExpertCall call(args);
  std::vector<std::vector<uint64_t>> pairs_of(call.experts);
  for (uint64_t pair = 0; pair < call.pairs; ++pair) {
    const uint32_t expert = call.routes[pair];
    if (expert < call.experts) {
      pairs_of[expert].push_back(pair);
    } else {
      std::fill_n(call.y + pair * call.cols, call.cols, 0.0f);
    }
  }
  std::vector<float> x, y;  // rows of one expert, beside each other
  for (uint64_t expert = 0; expert < call.experts; ++expert) {
    const std::vector<uint64_t>& pairs = pairs_of[expert];
    if (pairs.empty()) continue;
    if (pairs.size() == 1) {
      run(call.With(expert, 1, call.XRow(pairs[0]), call.y + pairs[0] * call.cols));
      continue;
    }
    x.resize(pairs.size() * call.depth);
    y.resize(pairs.size() * call.cols);
    ForItems(args, pairs.size(), call.depth, [&](uint64_t begin, uint64_t end) {
      for (uint64_t i = begin; i < end; ++i) {
        std::copy_n(call.XRow(pairs[i]), call.depth, &x[i * call.depth]);
      }
    });
    run(call.With(expert, pairs.size(), x.data(), y.data()));
    ForItems(args, pairs.size(), call.cols, [&](uint64_t begin, uint64_t end) {
      for (uint64_t i = begin; i < end; ++i) {
        std::copy_n(&y[i * call.cols], call.cols, call.y + pairs[i] * call.cols);
      }
    });
  }
}

KernelDesc ExpertsDesc(std::string name, Numerics numerics, int priority) {
  KernelDesc desc = MatmulDesc(std::move(name), numerics, priority);
  desc.op = "expert_matmul";
  desc.formula = "y[p, n] = sum_k x[p / x_div, k] * w[routes[p], n, k]";
  desc.bindings = {Reads("x"), Reads("routes"), Reads("w", "blocks"), Writes("y")};
  desc.uniforms = {U("rows"), U("cols"), U("depth"), U("experts"), U("x_div")};
  return desc;
}

}  // namespace

std::vector<CpuKernel> ExpertKernels() {
  KernelDesc fast = ExpertsDesc("expert_matmul_fast", Numerics::kFast, 50);
  fast.features = {"avx2"};
  return {{ExpertsDesc("expert_matmul", Numerics::kExact, 30),
           [](const Args& args) {
             MatmulExperts(args, [](const Matmul& op) { MatmulParallel(op, BestFloatPath()); });
           }},
          {std::move(fast), [](const Args& args) {
             static const FastFunctions functions = ChooseFastFunctions(CpuFeatures());
             MatmulExperts(args, [](const Matmul& op) { MatmulFast(op, functions); });
           }}};
}

}  // namespace ingot::kernels::cpu
