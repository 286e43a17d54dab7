#include "ingot/verify/cases.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "ingot/base/half.h"
#include "ingot/base/text.h"
#include "ingot/kernels/registry.h"
#include "ingot/kernels/resolver.h"
#include "ingot/verify/case_data.h"
#include "ingot/verify/probe_case.h"
#include "ingot/verify/query.h"
#include "ingot/verify/tolerance.h"

namespace ingot::verify {
namespace {

constexpr uint64_t kF32Bytes = sizeof(float);
constexpr size_t kRunState = 4;  // numbers before the sums of a run of split attention

// Where blocks are not whole, CaseData::For refuses the case.
uint64_t WeightBytes(CaseData& data, size_t rows, size_t cols) {
  const DTypeTraits& traits = Traits(data.Format(DType::kF32));
  return rows * (cols / traits.block) * traits.bytes;
}

void EmbedCase(CaseData& data, const kernels::KernelDesc&) {
  size_t rows = data.Size("rows", 3), dim = data.Size("dim", 64), vocab = data.Size("vocab", 11);
  float scale = static_cast<float>(data.Number("scale", 1));
  std::vector<uint32_t> ids = data.Ids(rows, static_cast<uint32_t>(vocab));
  Values table = data.Weight("table", vocab, dim);
  data.Output(rows * dim);
  data.U32("rows", rows);
  data.U32("dim", dim);
  data.U32("vocab", vocab);
  data.F32("scale", scale);
  data.Moves(WeightBytes(data, rows, dim) + rows * (dim + 1) * kF32Bytes);
  data.Expect([&] {
    Values want = Embed(ids, table, dim, scale);
    Values bound = scale == 1 ? ExactBound(want.size()) : SumBound(want, {});
    return Expected{std::move(want), std::move(bound)};
  });
}

void RmsNormCase(CaseData& data, const kernels::KernelDesc&) {
  size_t rows = data.Size("rows", 3), dim = data.Size("dim", 64);
  Values x = data.Activations("x", rows * dim);
  Values w = data.Vector("w", dim, 1, 0.3);
  float eps = static_cast<float>(data.Number("eps", 1e-5));
  data.Output(rows * dim);
  data.U32("rows", rows);
  data.U32("dim", dim);
  data.F32("eps", eps);
  data.Moves((2 * rows + 1) * dim * kF32Bytes);
  data.Expect([&] {
    Values want = RmsNorm(x, w, eps);
    Values bound = RmsNormBound(want, dim);
    return Expected{std::move(want), std::move(bound)};
  });
}

void LayerNormCase(CaseData& data, const kernels::KernelDesc&) {
  size_t rows = data.Size("rows", 3), dim = data.Size("dim", 64);
  bool has_bias = data.Size("HAS_BIAS", 0) != 0;
  Values x = data.Activations("x", rows * dim);
  Values w = data.Vector("w", dim, 1, 0.3);
  Values b = data.Vector("b", dim, 0, 1);
  float eps = static_cast<float>(data.Number("eps", 1e-5));
  if (!has_bias) b.clear();
  data.Output(rows * dim);
  data.U32("rows", rows);
  data.U32("dim", dim);
  data.F32("eps", eps);
  data.Override("HAS_BIAS", has_bias);
  data.Moves((2 * rows + (has_bias ? 2 : 1)) * dim * kF32Bytes);
  data.Expect([&] {
    Values want = LayerNorm(x, w, b, eps);
    Values bound = LayerNormBound(want, w, dim);
    return Expected{std::move(want), std::move(bound)};
  });
}

void MatMulCase(CaseData& data, const kernels::KernelDesc& kernel) {
  size_t rows = data.Size("rows", 3), cols = data.Size("cols", 33), depth = data.Size("depth", 256);
  Values x = data.Activations("x", rows * depth);
  Values w = data.Weight("w", cols, depth);
  data.Output(rows * cols);
  data.U32("rows", rows);
  data.U32("cols", cols);
  data.U32("depth", depth);
  data.U32("n_base", 0);
  data.U32("ldc", cols);
  data.F32("alpha", 1);
  bool fast = kernel.numerics == Numerics::kFast;
  data.Moves(WeightBytes(data, cols, depth) + rows * (depth + cols) * kF32Bytes);
  data.Computes(2 * rows * cols * depth);
  data.Expect([&] {
    Values bound = fast ? FastMatMulBound(x, w, depth, 1) : MatMulBound(x, w, depth, 1);
    return Expected{MatMul(x, w, depth, 1), std::move(bound)};
  });
}

void AddBiasCase(CaseData& data, const kernels::KernelDesc&) {
  size_t rows = data.Size("rows", 3), dim = data.Size("dim", 64);
  Values x = data.Activations("x", rows * dim);
  Values bias = data.Vector("bias", dim, 0, 1);
  data.Output(rows * dim);
  data.U32("size", rows * dim);
  data.U32("dim", dim);
  data.Moves((2 * rows + 1) * dim * kF32Bytes);
  data.Expect([&] { return Expected{AddBias(x, bias), SumBound(x, bias)}; });
}

void RopeCase(CaseData& data, const kernels::KernelDesc&) {
  RopeShape shape;
  size_t rows = data.Size("rows", 3);
  shape.heads = data.Size("heads", 2);
  shape.head_dim = data.Size("head_dim", 64);
  shape.rot = data.Size("rot", shape.head_dim);
  shape.pos = data.Size("pos", 0);
  shape.interleaved = data.Size("INTERLEAVED", 0) != 0;
  Values q = data.Activations("q", rows * shape.heads * shape.head_dim);
  Values table((shape.pos + rows) * shape.rot);
  for (size_t i = 0; i < table.size(); ++i) {
    double pair = static_cast<double>(i % shape.rot / 2) / static_cast<double>(shape.rot);
    double angle = static_cast<double>(i / shape.rot) * std::pow(10000.0, -2 * pair);
    table[i] = static_cast<float>(i % 2 == 0 ? std::cos(angle) : std::sin(angle));
  }
  data.Floats("table", table);
  data.State(shape.pos);
  data.U32("rows", rows);
  data.U32("heads", shape.heads);
  data.U32("head_dim", shape.head_dim);
  data.U32("rot", shape.rot);
  data.Override("INTERLEAVED", shape.interleaved);
  data.Moves((2 * q.size() + rows * shape.rot) * kF32Bytes);
  data.Expect([&] { return Expected{Rope(q, table, shape), RopeBound(q, shape)}; }, "q");
}

// Numbers of a cache for keys of [0, filled), NaN beyond; as f16 holds them if `dtype` is that.
Values CacheValues(const CacheShape& shape, size_t filled, DType dtype, const Values& draws) {
  Values cache(2 * shape.kv_heads * shape.capacity * shape.head_dim);
  for (size_t i = 0; i < cache.size(); ++i) {
    auto value = static_cast<float>(draws[i]);
    if (dtype == DType::kF16) value = F16ToF32(F32ToF16(value));
    cache[i] = i / shape.head_dim % shape.capacity < filled ? value : std::nan("");
  }
  return cache;
}

void KvWriteCase(CaseData& data, const kernels::KernelDesc&) {
  size_t rows = data.Size("rows", 3), pos = data.Size("pos", 5);
  CacheShape shape = {data.Size("kv_heads", 2), data.Size("capacity", 16),
                      data.Size("head_dim", 64)};
  DType dtype = data.Size("F16_KV", 0) != 0 ? DType::kF16 : DType::kF32;
  Values k = data.Activations("k", rows * shape.kv_heads * shape.head_dim);
  Values v = data.Normal("v", k.size());
  Values draws = data.Normal("cache", 2 * shape.kv_heads * shape.capacity * shape.head_dim);
  Values cache = CacheValues(shape, shape.capacity, dtype, draws);
  data.Floats("cache", cache, dtype);
  data.State(pos);
  data.U32("rows", rows);
  data.U32("kv_heads", shape.kv_heads);
  data.U32("head_dim", shape.head_dim);
  data.U32("capacity", shape.capacity);
  data.Override("F16_KV", dtype == DType::kF16);
  data.Moves(2 * k.size() * (kF32Bytes + Traits(dtype).bytes));
  auto reference = [&] {
    Values want = KvWrite(cache, k, v, shape, pos);
    for (double& value : want) {
      if (dtype == DType::kF16) value = F16ToF32(F32ToF16(static_cast<float>(value)));
    }
    Values bound = ExactBound(want.size());
    return Expected{std::move(want), std::move(bound)};
  };
  data.Expect(reference, "cache", dtype);
}

// The inputs of attention and of its first half.
struct AttentionInputs {
  AttentionShape shape;
  Values q, cache;
  uint64_t cache_bytes = 0;  // of keys and values that a row sees
};
AttentionInputs MakeAttention(CaseData& data) {
  size_t rows = data.Size("rows", 3);
  AttentionShape shape;
  shape.pos = data.Size("pos", 5);
  shape.group = data.Size("group", 2);
  shape.window = data.Size("window", 0);
  shape.softcap = data.Number("softcap", 0);
  shape.cache = {data.Size("kv_heads", 2), data.Size("capacity", shape.pos + rows + 3),
                 data.Size("head_dim", 64)};
  shape.scale = static_cast<float>(1 / std::sqrt(static_cast<double>(shape.cache.head_dim)));
  DType dtype = data.Size("F16_KV", 0) != 0 ? DType::kF16 : DType::kF32;
  size_t heads = shape.cache.kv_heads * shape.group;
  Values q = data.Activations("q", rows * heads * shape.cache.head_dim);
  Values draws =
      data.Normal("kv", 2 * shape.cache.kv_heads * shape.cache.capacity * shape.cache.head_dim);
  Values cache = CacheValues(shape.cache, shape.pos + rows, dtype, draws);
  data.Floats("kv", cache, dtype);
  data.State(shape.pos);
  data.U32("rows", rows);
  data.U32("heads", heads);
  data.U32("kv_heads", shape.cache.kv_heads);
  data.U32("group", shape.group);
  data.U32("capacity", shape.cache.capacity);
  data.U32("window", shape.window);
  data.F32("scale", shape.scale);
  data.F32("softcap", shape.softcap);
  data.Override("HEAD_DIM", static_cast<double>(shape.cache.head_dim));
  data.Override("F16_KV", dtype == DType::kF16);
  data.Override("HAS_SOFTCAP", shape.softcap != 0);
  const size_t first = shape.window == 0 || shape.pos + 1 < shape.window
                           ? 0
                           : shape.pos + 1 - shape.window;  // that the first row sees
  const size_t seen = shape.pos + rows - first;
  const uint64_t cache_bytes =
      2 * seen * shape.cache.kv_heads * shape.cache.head_dim * Traits(dtype).bytes;
  size_t pairs = 0;  // of a row and a position that it sees
  for (size_t row = 0; row < rows; ++row) {
    const size_t before = shape.pos + row + 1;
    pairs += shape.window == 0 ? before : std::min(before, shape.window);
  }
  data.Computes(4 * pairs * heads * shape.cache.head_dim);
  return {shape, std::move(q), std::move(cache), cache_bytes};
}

void AttentionCase(CaseData& data, const kernels::KernelDesc&) {
  AttentionInputs in = MakeAttention(data);
  data.Output(in.q.size());
  data.Moves(2 * in.q.size() * kF32Bytes + in.cache_bytes);
  data.Expect([&] {
    return Expected{Attention(in.q, in.cache, in.shape), AttentionBound(in.q, in.cache, in.shape)};
  });
}

void AttentionSplitCase(CaseData& data, const kernels::KernelDesc&) {
  AttentionInputs in = MakeAttention(data);
  size_t splits = data.Size("splits", 3);
  data.Override("SPLITS", static_cast<double>(splits));
  const size_t parts = in.q.size() / in.shape.cache.head_dim * splits;
  const size_t size = parts * (in.shape.cache.head_dim + kRunState);
  data.Output(size);
  data.Moves((in.q.size() + size) * kF32Bytes + in.cache_bytes);
  data.Expect([&] {
    return Expected{AttentionSplit(in.q, in.cache, in.shape, splits),
                    AttentionSplitBound(in.q, in.cache, in.shape, splits)};
  });
}

// Every third run has no keys, and the second head has none at all.
void AttentionMergeCase(CaseData& data, const kernels::KernelDesc&) {
  size_t rows = data.Size("rows", 1), heads = data.Size("heads", 3);
  size_t splits = data.Size("splits", 7), head_dim = data.Size("head_dim", 64);
  size_t width = head_dim + kRunState;
  Values part = data.Activations("part", rows * heads * splits * width);
  for (size_t i = 0; i < part.size() / width; ++i) {
    double* state = &part[i * width];
    bool empty = i % splits % 3 == 1 || i / splits % heads == 1;
    state[1] = empty ? 0 : std::abs(state[1]) + 1;
    state[2] = state[3] = 0;
    if (!empty) continue;
    state[0] = kMasked;
    std::fill_n(state + kRunState, head_dim, 0);
  }
  data.Floats("part", part);
  data.Output(rows * heads * head_dim);
  data.U32("rows", rows);
  data.U32("heads", heads);
  data.Override("HEAD_DIM", static_cast<double>(head_dim));
  data.Override("SPLITS", static_cast<double>(splits));
  data.Moves((part.size() + rows * heads * head_dim) * kF32Bytes);
  data.Expect([&] {
    Values bound = AttentionMergeBound(part, splits, head_dim);
    return Expected{AttentionMerge(part, splits, head_dim), std::move(bound)};
  });
}

void SoftmaxCase(CaseData& data, const kernels::KernelDesc&) {
  size_t outer = data.Size("outer", 3), inner = data.Size("inner", 64);
  Values x = data.Activations("x", outer * inner);
  data.Output(x.size());
  data.U32("outer", outer);
  data.U32("inner", inner);
  data.Moves(2 * x.size() * kF32Bytes);
  data.Expect([&] {
    Values want = Softmax(x, inner);
    Values bound = SoftmaxBounds(x, want, inner);
    return Expected{std::move(want), std::move(bound)};
  });
}

template <Values (*kOp)(const Values&)>
void ActivationCase(CaseData& data, const kernels::KernelDesc&) {
  size_t size = data.Size("size", 257);
  Values x = data.Activations("x", size);
  data.Output(size);
  data.U32("size", size);
  data.Moves(2 * size * kF32Bytes);
  data.Expect([&] { return Expected{kOp(x), ActivationBound(x)}; });
}

void TwoOperands(CaseData& data, bool product) {
  size_t size = data.Size("size", 257);
  Values a = data.Activations("a", size);
  Values b = data.Normal("b", size);
  data.Output(size);
  data.U32("size", size);
  data.Moves(3 * size * kF32Bytes);
  data.Expect([&] {
    if (!product) return Expected{Add(a, b), SumBound(a, b)};
    Values want = Mul(a, b);
    Values bound = SumBound(want, {});
    return Expected{std::move(want), std::move(bound)};
  });
}

void ScaleCase(CaseData& data, const kernels::KernelDesc&) {
  size_t size = data.Size("size", 257);
  float factor = static_cast<float>(data.Number("scale", 1e-3));
  Values x = data.Activations("x", size);
  data.Output(size);
  data.U32("size", size);
  data.F32("scale", factor);
  data.Moves(2 * size * kF32Bytes);
  data.Expect([&] {
    Values want = Scale(x, factor);
    Values bound = SumBound(want, {});
    return Expected{std::move(want), std::move(bound)};
  });
}

void SoftcapCase(CaseData& data, const kernels::KernelDesc&) {
  size_t size = data.Size("size", 257);
  double cap = data.Number("softcap", 30);
  Values x = data.Activations("x", size);
  data.Output(size);
  data.U32("size", size);
  data.F32("softcap", cap);
  data.Moves(2 * size * kF32Bytes);
  data.Expect([&] { return Expected{Softcap(x, cap), ActivationBound(x)}; });
}

void LastRowsCase(CaseData& data, const kernels::KernelDesc&) {
  size_t rows = data.Size("rows", 5), outputs = data.Size("outputs", 2), dim = data.Size("dim", 64);
  Values x = data.Activations("x", rows * dim);
  data.Output(outputs * dim);
  data.U32("rows", rows);
  data.U32("outputs", outputs);
  data.U32("dim", dim);
  data.Moves(2 * outputs * dim * kF32Bytes);
  data.Expect([&] { return Expected{LastRows(x, outputs, dim), ExactBound(outputs * dim)}; });
}

struct OpRow {
  std::string_view op;
  void (*fill)(CaseData& data, const kernels::KernelDesc& kernel);
};

constexpr std::array kOps = {
    OpRow{"embed", EmbedCase},
    OpRow{"rms_norm", RmsNormCase},
    OpRow{"layer_norm", LayerNormCase},
    OpRow{"matmul", MatMulCase},
    OpRow{"add_bias", AddBiasCase},
    OpRow{"rope", RopeCase},
    OpRow{"kv_write", KvWriteCase},
    OpRow{"attention", AttentionCase},
    OpRow{"attention_split", AttentionSplitCase},
    OpRow{"attention_merge", AttentionMergeCase},
    OpRow{"softmax", SoftmaxCase},
    OpRow{"silu", ActivationCase<Silu>},
    OpRow{"gelu_tanh", ActivationCase<GeluTanh>},
    OpRow{"gelu", ActivationCase<Gelu>},
    OpRow{"relu", ActivationCase<Relu>},
    OpRow{"sigmoid", ActivationCase<Sigmoid>},
    OpRow{"add", [](CaseData& data, const kernels::KernelDesc&) { TwoOperands(data, false); }},
    OpRow{"mul", [](CaseData& data, const kernels::KernelDesc&) { TwoOperands(data, true); }},
    OpRow{"scale", ScaleCase},
    OpRow{"softcap", SoftcapCase},
    OpRow{"last_rows", LastRowsCase},
    OpRow{"probe_copy", ProbeCopyCase},
    OpRow{"probe_fma", ProbeFmaCase},
};

// The kernel that the device would choose for a decode step; nullptr if there is none.
const kernels::KernelDesc* Chosen(const runtime::Device& device, std::string_view op,
                                  Numerics numerics) {
  auto query = QueryFor(device.kernels(), op, "", Phase::kDecode);
  if (!query.ok()) return nullptr;
  auto choice = kernels::Resolve(*query, {}, device.kernels(), device.facts(), numerics);
  return choice.ok() ? choice->kernel : nullptr;
}

Report SmokeReport(runtime::Device& device, const kernels::KernelDesc& kernel) {
  constexpr uint64_t kSeed = 1;
  auto kernel_case = MakeCase(kernel, "", "", kSeed);
  if (kernel_case.ok()) return Judge(device, *kernel_case);
  Report report;
  report.kernel = kernel.name;
  report.message = kernel_case.status().message();
  return report;
}

Result<KernelCase> Make(const kernels::KernelDesc& kernel, std::string_view variant,
                        std::string_view shape, uint64_t seed, Purpose purpose) {
  auto row = std::ranges::find(kOps, kernel.op, &OpRow::op);
  if (row == kOps.end()) {
    return Status(Code::kInvalidArgument,
                  StrCat(kernel.name, ": no cases for op (", kernel.op, ")"));
  }
  INGOT_ASSIGN(CaseData data, CaseData::Parse(shape, seed, purpose));
  row->fill(data, kernel);
  return data.For(kernel, variant);
}

}  // namespace

Result<KernelCase> MakeCase(const kernels::KernelDesc& kernel, std::string_view variant,
                            std::string_view shape, uint64_t seed) {
  return Make(kernel, variant, shape, seed, Purpose::kJudge);
}

Result<KernelCase> MakeTimedCase(const kernels::KernelDesc& kernel, std::string_view shape,
                                 uint64_t seed) {
  return Make(kernel, "", shape, seed, Purpose::kClock);
}

Result<KernelCase> DescribeCase(const kernels::KernelDesc& kernel, std::string_view shape) {
  return Make(kernel, "", shape, 0, Purpose::kDescribe);
}

std::vector<Report> SmokeTest(runtime::Device& device) {
  std::vector<Report> reports;
  for (const OpRow& row : kOps) {
    const kernels::KernelDesc* exact = Chosen(device, row.op, Numerics::kExact);
    const kernels::KernelDesc* fast = Chosen(device, row.op, Numerics::kFast);
    if (exact != nullptr) reports.push_back(SmokeReport(device, *exact));
    if (fast != nullptr && fast != exact) reports.push_back(SmokeReport(device, *fast));
  }
  return reports;
}

}  // namespace ingot::verify
