// Cases of linked kernels: their op is a chain, `rms_norm+matmul+swiglu`, which is computed here op
// by op, with no knowledge of stages. A bound follows the values: what an input may be off by goes
// through each op by the greatest slope that the op has.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string>

#include "ingot/base/text.h"
#include "ingot/verify/case_fills.h"
#include "ingot/verify/tolerance.h"

namespace ingot::verify {
namespace {

// The chains that have a name of their own.
struct NamedChain {
  std::string_view op;
  std::string_view ops;
};
constexpr std::array kNamedChains = {
    NamedChain{"matmul_norm", "matmul+rms_norm"},
    NamedChain{"matmul_swiglu", "matmul+swiglu"},
};

std::string_view OpsOf(std::string_view op) {
  const auto named = std::ranges::find(kNamedChains, op, &NamedChain::op);
  return named == kNamedChains.end() ? op : named->ops;
}

struct Sizes {
  size_t rows, cols, depth;
};

// Values and how far off they may be.
struct Near {
  Values v;
  Values off;
};

Values Plus(const Values& a, const Values& b) { return Add(a, b); }

// `f` of values whose slope is at most `slope`, computed to `bound`.
Near Through(const Near& in, Values v, const Values& bound, double slope) {
  return {std::move(v), Plus(Scale(in.off, slope), bound)};
}

// The product of two, each off by a little.
Near Product(const Near& a, const Near& b) {
  Near out{Mul(a.v, b.v), SumBound(Mul(a.v, b.v), {})};
  for (size_t i = 0; i < out.v.size(); ++i) {
    out.off[i] += std::abs(a.v[i]) * b.off[i] + std::abs(b.v[i]) * a.off[i] + a.off[i] * b.off[i];
  }
  return out;
}

Near Product(const Near& x, const Values& w, const Sizes& sizes) {
  Near out{MatMul(x.v, w, sizes.depth, 1), MatMulBound(x.v, w, sizes.depth, 1)};
  Values magnitudes(w.size());
  for (size_t i = 0; i < w.size(); ++i) magnitudes[i] = std::abs(w[i]);
  return {std::move(out.v), Plus(out.off, MatMul(x.off, magnitudes, sizes.depth, 1))};
}

// Ops on one tensor after the matmul: the greatest slope of each.
struct MapRow {
  std::string_view op;
  Values (*apply)(const Values& x);
  double slope;
};
constexpr std::array kMaps = {
    MapRow{"silu", Silu, 1.1},
    MapRow{"gelu", Gelu, 1.13},
    MapRow{"gelu_tanh", GeluTanh, 1.13},
    MapRow{"relu", Relu, 1},
};

Near Activated(const Near& in, std::string_view op) {
  for (const MapRow& row : kMaps) {
    if (row.op == op) return Through(in, row.apply(in.v), ActivationBound(in.v), row.slope);
  }
  return {};
}

// gate and up, limited, as gpt-oss has them: (up + 1) * gate * sigmoid(1.702 * gate).
Near SwigluOai(Near gate, Near up, double limit) {
  for (double& v : gate.v) v = std::min(v, limit);
  for (double& v : up.v) v = std::clamp(v, -limit, limit) + 1;
  const Values curve = Mul(gate.v, Sigmoid(Scale(gate.v, 1.702)));
  return Product(Through(gate, curve, ActivationBound(gate.v), 1.2), up);
}

// The chain as it runs; what the ops ask for is drawn on the way.
class Chain {
 public:
  Chain(CaseData& data, const kernels::KernelDesc& kernel, const Sizes& sizes)
      : data_(data), kernel_(kernel), sizes_(sizes), count_(sizes.rows * sizes.depth) {
    if (Find("x") != nullptr) x_ = data_.Activations("x", count_);
  }

  // Adds to the expectation what it takes; false for an op that is not known here.
  bool Add(std::string_view op) {
    if (op == "matmul") return AddMatMul();
    return weights_.empty() ? AddBefore(op) : AddAfter(op);
  }

  Expected Run() const {
    std::vector<Near> now = {{x_, Values(x_.size())}};
    for (const auto& step : steps_) now = step(std::move(now));
    return {std::move(now[0].v), std::move(now[0].off)};
  }
  size_t heads() const { return weights_.size(); }

 private:
  using Heads = std::vector<Near>;

  bool AddMatMul() {
    for (const kernels::BindingDesc& binding : kernel_.bindings) {
      if (binding.layout != "blocks") continue;
      weights_.push_back(data_.Weight(binding.name, sizes_.cols, sizes_.depth));
    }
    const float alpha = static_cast<float>(data_.Number("alpha", 1));
    if (alpha != 1) data_.Need("alpha");
    data_.F32("alpha", alpha);
    steps_.push_back([=, this](Heads in) {
      Heads out;
      for (const Values& w : weights_) {
        const Near product = Product(in[0], w, sizes_);
        const Values y = Scale(product.v, alpha);
        const Values bound = alpha == 1 ? Values(y.size()) : SumBound(y, {});
        out.push_back(Through(product, y, bound, std::abs(alpha)));
      }
      return out;
    });
    return !weights_.empty();
  }

  const kernels::BindingDesc* Find(std::string_view name) const {
    for (const kernels::BindingDesc& binding : kernel_.bindings) {
      if (binding.name == name) return &binding;
    }
    return nullptr;
  }

  float Eps() {
    const float eps = static_cast<float>(data_.Number("eps", 1e-5));
    data_.F32("eps", eps);
    data_.F32("x0_eps", eps);
    return eps;
  }

  // The name of what a stage of slot x reads, where the main has another of that name.
  std::string OfX(std::string_view name) const {
    const std::string own = StrCat("x0_", name);
    const bool has_own = std::ranges::find(kernel_.uniforms, StrCat(own, "_at"),
                                           &kernels::UniformDesc::name) != kernel_.uniforms.end();
    return has_own ? own : std::string(name);
  }

  bool AddBefore(std::string_view op) {
    if (op == "rms_norm") return AddRmsNorm();
    if (op == "layer_norm") return AddLayerNorm();
    if (op == "act_mul") return AddActMul();
    if (op == "post_norm_add") return AddPostNorm();
    if (op == "embed") return AddEmbedding();
    return false;
  }

  bool AddRmsNorm() {
    const Values w = data_.Vector(OfX("norm"), sizes_.depth, 1, 0.3);
    const float eps = Eps();
    if (const kernels::BindingDesc* sums = Find("sumsq"); sums != nullptr) AddPartialSums(*sums);
    steps_.push_back([=, this](Heads in) {
      Values y = RmsNorm(in[0].v, w, eps);
      Values bound = Plus(RmsNormBound(y, sizes_.depth), NormOff(in[0], w, y, eps));
      return Heads{{std::move(y), std::move(bound)}};
    });
    return true;
  }

  // How far a norm of values that are off is off: by each one's own share, and by what all of them
  // change of the root.
  static Values NormOff(const Near& in, const Values& w, const Values& y, double eps) {
    const size_t dim = w.size();
    Values off(y.size());
    for (size_t row = 0; row < y.size(); row += dim) {
      double squares = 0, change = 0;
      for (size_t i = 0; i < dim; ++i) {
        squares += in.v[row + i] * in.v[row + i];
        change += std::abs(in.v[row + i]) * in.off[row + i];
      }
      const double size = static_cast<double>(dim), mean = squares / size + eps;
      for (size_t i = 0; i < dim; ++i) {
        off[row + i] = std::abs(w[i]) * in.off[row + i] / std::sqrt(mean) +
                       std::abs(y[row + i]) * change / (size * mean);
      }
    }
    return off;
  }

  // Sums of squares over parts of the rows, given or, where a stage leaves them, only room.
  void AddPartialSums(const kernels::BindingDesc& sums) {
    constexpr size_t kParts = 7;
    if (sums.access == Access::kReadWrite) return;
    Values parts(sizes_.rows * kParts);
    for (size_t i = 0; i < x_.size(); ++i) {
      parts[i / sizes_.depth * kParts + i % kParts] += x_[i] * x_[i];
    }
    data_.Floats("sumsq", parts);
    data_.U32("parts", kParts);
  }

  bool AddLayerNorm() {
    const Values w = data_.Vector("norm", sizes_.depth, 1, 0.3);
    const Values b = data_.Vector("shift", sizes_.depth, 0, 1);
    const float eps = Eps();
    steps_.push_back([=, this](Heads in) {
      Values y = LayerNorm(in[0].v, w, b, eps);
      Values bound = LayerNormBound(y, w, sizes_.depth);
      return Heads{{std::move(y), std::move(bound)}};
    });
    return true;
  }

  bool AddActMul() {
    const Values gate = data_.Activations("gate", count_), up = data_.Normal("up", count_);
    const bool is_gelu = data_.Size("GELU", 0) != 0;
    data_.Override("GELU", is_gelu);
    steps_.push_back([=](Heads) {
      const Near curve = Activated({gate, Values(gate.size())}, is_gelu ? "gelu_tanh" : "silu");
      return Heads{Product(curve, {up, Values(up.size())})};
    });
    return true;
  }

  bool AddPostNorm() {
    const Values branch = data_.Normal("branch", count_);
    const Values w = data_.Vector("norm", sizes_.depth, 1, 0.3);
    const float eps = Eps();
    auto summed = [=, this](const Values& x) {
      const Values normed = RmsNorm(branch, w, eps);
      return Near{verify::Add(x, normed),
                  Plus(RmsNormBound(normed, sizes_.depth), SumBound(x, normed))};
    };
    data_.Output(count_, "sum");
    data_.Expect(
        [&] {
          Near sum = summed(x_);
          return Expected{std::move(sum.v), std::move(sum.off)};
        },
        "sum");
    steps_.push_back([=](Heads in) { return Heads{summed(in[0].v)}; });
    return true;
  }

  bool AddEmbedding() {
    constexpr uint32_t kVocab = 11;
    const std::vector<uint32_t> ids = data_.Ids(sizes_.rows, kVocab);
    const Values table = data_.Normal("table", kVocab * sizes_.depth);
    const float scale = static_cast<float>(data_.Number("embed_scale", 2));
    data_.U32("vocab", kVocab);
    data_.F32("embed_scale", scale);
    data_.Override("TABLE_FORMAT", 0);
    steps_.push_back([=, this](Heads) {
      Values y = Embed(ids, table, sizes_.depth, scale);
      Values bound = SumBound(y, {});
      return Heads{{std::move(y), std::move(bound)}};
    });
    return true;
  }

  bool AddAfter(std::string_view op) {
    if (op == "add") {
      const Values r = data_.Normal("residual", sizes_.rows * sizes_.cols);
      steps_.push_back([=](Heads in) {
        return Heads{Through(in[0], verify::Add(in[0].v, r), SumBound(in[0].v, r), 1)};
      });
    } else if (op == "rms_norm") {
      AddNormOfProduct();
    } else if (op == "sumsq") {
      // Leaves sums beside the values, which stay as they are.
    } else if (op == "add_bias") {
      AddBiases();
    } else if (op == "scale") {
      const float factor = static_cast<float>(data_.Number("factor", 0.7));
      data_.F32("factor", factor);
      steps_.push_back([=](Heads in) {
        const Values y = Scale(in[0].v, factor);
        return Heads{Through(in[0], y, SumBound(y, {}), std::abs(factor))};
      });
    } else if (op == "softcap") {
      const float cap = static_cast<float>(data_.Number("cap", 30));
      data_.F32("cap", cap);
      steps_.push_back([=](Heads in) {
        return Heads{Through(in[0], Softcap(in[0].v, cap), ActivationBound(in[0].v), 1)};
      });
    } else if (op == "swiglu" || op == "geglu") {
      const std::string_view curve = op == "swiglu" ? "silu" : "gelu_tanh";
      steps_.push_back([=](Heads in) { return Heads{Product(Activated(in[0], curve), in[1])}; });
    } else if (op == "swiglu_oai") {
      const float limit = static_cast<float>(data_.Number("limit", 7));
      data_.F32("limit", limit);
      steps_.push_back([=](Heads in) { return Heads{SwigluOai(in[0], in[1], limit)}; });
    } else {
      const std::string curve(op);
      if (Activated({{0}, {0}}, op).v.empty()) return false;
      steps_.push_back([=](Heads in) { return Heads{Activated(in[0], curve)}; });
    }
    return true;
  }

  // Of the rows of the product, with what is added before or after.
  void AddNormOfProduct() {
    const Values w = data_.Vector("norm", sizes_.cols, 1, 0.3);
    const float eps = Eps();
    const size_t mode = data_.Size("RESIDUAL", 0);
    data_.Override("RESIDUAL", static_cast<double>(mode));
    const Values r = data_.Normal("residual", sizes_.rows * sizes_.cols);
    steps_.push_back([=, this](Heads in) {
      auto add = [&](Near& to) { to = Through(to, verify::Add(to.v, r), SumBound(to.v, r), 1); };
      if (mode == 1) add(in[0]);
      const Values y = RmsNorm(in[0].v, w, eps);
      Near normed{y, Plus(RmsNormBound(y, sizes_.cols), NormOff(in[0], w, y, eps))};
      if (mode == 2) add(normed);
      return Heads{std::move(normed)};
    });
  }

  // One bias a head, side by side.
  void AddBiases() {
    const Values bias = data_.Vector("bias", weights_.size() * sizes_.cols, 0, 1);
    data_.U32("bias_step", sizes_.cols);
    steps_.push_back([=, this](Heads in) {
      for (size_t h = 0; h < in.size(); ++h) {
        const auto first = bias.begin() + static_cast<ptrdiff_t>(h * sizes_.cols);
        const Values b(first, first + static_cast<ptrdiff_t>(sizes_.cols));
        in[h] = Through(in[h], AddBias(in[h].v, b), SumBound(in[h].v, b), 1);
      }
      return in;
    });
  }

  CaseData& data_;
  const kernels::KernelDesc& kernel_;
  const Sizes sizes_;
  const size_t count_;  // elements of x
  Values x_;
  std::vector<Values> weights_;
  std::vector<std::function<Heads(Heads)>> steps_;
};

// Of each row of what the chain gives.
Expected SumsOfSquares(const Expected& y, size_t cols) {
  Expected sums;
  for (size_t row = 0; row < y.want.size(); row += cols) {
    double sum = 0, off = 0;
    for (size_t i = row; i < row + cols; ++i) {
      sum += y.want[i] * y.want[i];
      off += (2 * std::abs(y.want[i]) + y.bound[i]) * y.bound[i];
    }
    sums.want.push_back(sum);
    sums.bound.push_back(off + DotBound(cols, sum));
  }
  return sums;
}

}  // namespace

bool IsChain(std::string_view op) { return OpsOf(op).find('+') != std::string_view::npos; }

Status LinkedCase(CaseData& data, const kernels::KernelDesc& kernel) {
  const Sizes sizes = {data.Size("rows", 1), data.Size("cols", 33), data.Size("depth", 256)};
  data.Size("pad", 3);  // of vectors, which not every chain has
  Chain chain(data, kernel, sizes);
  for (const std::string_view link : Split(kernel.op, '+')) {
    for (const std::string_view op : Split(OpsOf(link), '+')) {
      if (chain.Add(op)) continue;
      return Status(Code::kInvalidArgument,
                    StrCat(kernel.name, ": no cases for (", op, ") in op (", kernel.op, ")"));
    }
  }
  data.Output(sizes.rows * sizes.cols);
  data.U32("rows", sizes.rows);
  data.U32("cols", sizes.cols);
  data.U32("depth", sizes.depth);
  data.U32("n_base", 0);
  data.U32("ldc", sizes.cols);
  const size_t heads = chain.heads();
  const DTypeTraits& traits = Traits(data.format().value_or(DType::kF32));
  data.Moves(heads * sizes.cols * (sizes.depth / traits.block) * traits.bytes +
             sizes.rows * (sizes.depth + sizes.cols) * sizeof(float));
  data.Computes(2 * heads * sizes.rows * sizes.cols * sizes.depth);
  data.Expect([&] { return chain.Run(); });
  for (const kernels::BindingDesc& binding : kernel.bindings) {
    if (binding.name != "sumsq" || binding.access != Access::kReadWrite) continue;
    // Room for as many sums as there can be workgroups; what each has depends on those.
    data.Output(sizes.rows * sizes.cols, binding.name);
    data.ExpectParts([&] { return SumsOfSquares(chain.Run(), sizes.cols); }, binding.name, "parts");
  }
  return {};
}

}  // namespace ingot::verify
