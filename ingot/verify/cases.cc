#include "ingot/verify/cases.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>

#include "ingot/base/text.h"
#include "ingot/kernels/resolver.h"
#include "ingot/verify/case_fills.h"
#include "ingot/verify/probe_case.h"
#include "ingot/verify/query.h"
#include "ingot/verify/tolerance.h"

namespace ingot::verify {
namespace {

constexpr uint32_t kUntouched = 0x7FC0BEEF;

// Where blocks are not whole, CaseData::For refuses the case.
uint64_t WeightBytes(const CaseData& data, size_t rows, size_t cols) {
  const DTypeTraits& traits = Traits(data.format().value_or(DType::kF32));
  return rows * (cols / traits.block) * traits.bytes;
}

void EmbedCase(CaseData& data, const kernels::KernelDesc&) {
  size_t rows = data.Size("rows", 3), dim = data.Size("dim", 64), vocab = data.Size("vocab", 11);
  // The table is the end of a larger one, and all ids are of that end; or with `row_count` a part
  // of it, and rows of y whose ids are of another part stay as they are.
  const size_t row_base = data.Size("row_base", 0), end = vocab - row_base;
  const size_t row_count = data.Size("row_count", end);
  if (row_base > 0) data.Need("row_base");
  const bool is_end = row_count == end;
  float scale = static_cast<float>(data.Number("scale", 1));
  std::vector<uint32_t> ids =
      data.Ids(rows, static_cast<uint32_t>(vocab), static_cast<uint32_t>(is_end ? row_base : 0));
  const bool from_state = data.Size("FROM_STATE", 0) != 0;
  if (from_state) {
    std::vector<uint32_t> state(rows * 16, kUntouched);
    for (size_t row = 0; row < rows; ++row) state[row * 16 + 2] = ids[row];
    data.Words("state", state);
    data.Need("FROM_STATE");
  }
  data.Override("FROM_STATE", from_state);
  Values table = data.Weight("table", row_count, dim);
  const DType dtype = IoType(data);
  if (is_end) {
    data.Output(rows * dim, "y", dtype);
  } else {
    constexpr uint32_t kNoNumber = 0x7FFF7FFF;  // as f32 and as f16
    data.Words("y", std::vector<uint32_t>(rows * dim * Traits(dtype).bytes / 4, kNoNumber));
  }
  data.U32("rows", rows);
  data.U32("dim", dim);
  data.U32("vocab", vocab);
  data.U32("row_base", row_base);
  data.U32("row_count", row_count);
  data.F32("scale", scale);
  data.Moves(WeightBytes(data, rows, dim) + rows * (dim + 1) * sizeof(float));
  ExpectTensor(data, [&] {
    std::vector<uint32_t> rows_of_table = ids;
    for (uint32_t& id : rows_of_table) id -= static_cast<uint32_t>(row_base);
    Values want = Embed(rows_of_table, table, dim, scale);
    for (size_t i = 0; i < want.size(); ++i) {
      const bool elsewhere = rows_of_table[i / dim] >= row_count && ids[i / dim] < vocab;
      if (elsewhere) want[i] = std::nan("");
    }
    Values bound = scale == 1 ? ExactBound(want.size()) : SumBound(want, {});
    return Expected{std::move(want), std::move(bound)};
  });
}

void MatMulCase(CaseData& data, const kernels::KernelDesc& kernel) {
  size_t rows = data.Size("rows", 3), cols = data.Size("cols", 33), depth = data.Size("depth", 256);
  Values x = data.Activations("x", rows * depth);
  Values w = data.Weight("w", cols, depth);
  // The weight is the end of a larger one, and columns of y before it stay as they are.
  const size_t n_base = data.Size("n_base", 0), ldc = n_base + cols;
  const double alpha = data.Number("alpha", 1);
  if (n_base > 0) data.Need("n_base");
  if (alpha != 1) data.Need("alpha");
  if (n_base > 0) {
    data.Words("y", std::vector<uint32_t>(rows * ldc, kUntouched));
  } else {
    data.Output(rows * cols);
  }
  const bool adds = kernel.op == "matmul_add";
  Values residual = adds ? data.Normal("residual", rows * cols) : Values();
  data.U32("rows", rows);
  data.U32("cols", cols);
  data.U32("depth", depth);
  data.U32("n_base", n_base);
  data.U32("ldc", ldc);
  data.F32("alpha", alpha);
  bool fast = kernel.numerics == Numerics::kFast;
  data.Moves(WeightBytes(data, cols, depth) +
             rows * (depth + (adds ? 2 : 1) * cols) * sizeof(float));
  data.Computes(2 * rows * cols * depth);
  data.Expect([&] {
    auto placed = [&](const Values& product) {
      Values result(rows * ldc, std::nan(""));
      for (size_t i = 0; i < product.size(); ++i) {
        result[i / cols * ldc + n_base + i % cols] = product[i];
      }
      return result;
    };
    Values want = MatMul(x, w, depth, alpha);
    Values bound = fast ? FastMatMulBound(x, w, depth, alpha) : MatMulBound(x, w, depth, alpha);
    if (adds) {
      bound = Add(bound, SumBound(want, residual));
      want = Add(want, residual);
    }
    return Expected{placed(want), placed(bound)};
  });
}

void LastRowsCase(CaseData& data, const kernels::KernelDesc&) {
  size_t rows = data.Size("rows", 5), outputs = data.Size("outputs", 2), dim = data.Size("dim", 64);
  const DType dtype = IoType(data);
  Values x = PutTensor(data, "x", data.Activations("x", rows * dim));
  data.Output(outputs * dim, "y", dtype);
  data.U32("rows", rows);
  data.U32("outputs", outputs);
  data.U32("dim", dim);
  data.Moves(2 * outputs * dim * Traits(dtype).bytes);
  auto reference = [&] { return Expected{LastRows(x, outputs, dim), ExactBound(outputs * dim)}; };
  data.Expect(reference, "y", dtype);
}

struct OpRow {
  std::string_view op;
  void (*fill)(CaseData& data, const kernels::KernelDesc& kernel);
};

constexpr std::array kOps = {
    OpRow{"embed", EmbedCase},
    OpRow{"rms_norm", RmsNormCase},
    OpRow{"add_rms_norm", RmsNormCase},
    OpRow{"layer_norm", LayerNormCase},
    OpRow{"matmul", MatMulCase},
    OpRow{"matmul_add", MatMulCase},
    OpRow{"add_bias", AddBiasCase},
    OpRow{"rope", RopeCase},
    OpRow{"rope_compute", RopeComputeCase},
    OpRow{"rope_qk", RopeCase},
    OpRow{"rope_compute_qk", RopeComputeCase},
    OpRow{"rope_init", RopeInitCase},
    OpRow{"kv_write", KvWriteCase},
    OpRow{"rope_kv_write", RopeKvWriteCase},
    OpRow{"attention", AttentionCase},
    OpRow{"attention_split", AttentionSplitCase},
    OpRow{"attention_merge", AttentionMergeCase},
    OpRow{"softmax", SoftmaxCase},
    OpRow{"log_softmax", LogSoftmaxCase},
    OpRow{"silu", ActivationCase<Silu, false>},
    OpRow{"gelu_tanh", ActivationCase<GeluTanh, false>},
    OpRow{"gelu", ActivationCase<Gelu, false>},
    OpRow{"swiglu", ActivationCase<Silu, true>},
    OpRow{"geglu", ActivationCase<GeluTanh, true>},
    OpRow{"gelu_quick", GeluQuickCase},
    OpRow{"relu", ReluCase},
    OpRow{"leaky_relu", ReluCase},
    OpRow{"sigmoid", ActivationCase<Sigmoid, false>},
    OpRow{"add", AddCase},
    OpRow{"mul", MulCase},
    OpRow{"scale", ScaleCase},
    OpRow{"softcap", SoftcapCase},
    OpRow{"last_rows", LastRowsCase},
    OpRow{"cast_f32_to_f16", CastF32ToF16Case},
    OpRow{"bf16_to_f16", Bf16ToF16Case},
    OpRow{"bf16_to_f32", Bf16ToF32Case},
    OpRow{"dequant_q4k", DequantCase<DType::kQ4_K>},
    OpRow{"dequant_q6k", DequantCase<DType::kQ6_K>},
    OpRow{"dequant_q8_0", DequantCase<DType::kQ8_0>},
    OpRow{"dequant_q4_0", DequantCase<DType::kQ4_0>},
    OpRow{"dequant_mxfp4", DequantMxfp4Case},
    OpRow{"sample", SampleCase},
    OpRow{"sample_full", SampleFullCase},
    OpRow{"sample_topk", SampleTopkCase},
    OpRow{"check_stop", CheckStopCase},
    OpRow{"split_qkv", SplitQkvCase},
    OpRow{"topk", TopkCase},
    OpRow{"moe_map", MoeMapCase},
    OpRow{"moe_gather", MoeGatherCase},
    OpRow{"scatter_add", ScatterAddCase},
    OpRow{"top_k", ChooseExpertsCase},
    OpRow{"expert_matmul", ExpertMatMulCase},
    OpRow{"expert_matmul_grouped", ExpertMatMulCase},
    OpRow{"expert_order", ExpertOrderCase},
    OpRow{"expert_bias", ExpertBiasCase},
    OpRow{"expert_sum", ExpertSumCase},
    OpRow{"fused_swiglu", FusedSwigluCase},
    OpRow{"swiglu_oai", FusedSwigluCase},
    OpRow{"probe_copy", ProbeCopyCase},
    OpRow{"probe_fma", ProbeFmaCase},
    OpRow{"probe_dirt", ProbeDirtCase},
};

Result<CaseData> Draw(const kernels::KernelDesc& kernel, std::string_view shape, uint64_t seed,
                      Purpose purpose) {
  if (IsChain(kernel.op)) {
    INGOT_ASSIGN(CaseData chained, CaseData::Parse(shape, seed, purpose));
    INGOT_TRY(LinkedCase(chained, kernel));
    return chained;
  }
  auto row = std::ranges::find(kOps, kernel.op, &OpRow::op);
  if (row == kOps.end()) {
    return Status(Code::kInvalidArgument,
                  StrCat(kernel.name, ": no cases for op (", kernel.op, ")"));
  }
  INGOT_ASSIGN(CaseData data, CaseData::Parse(shape, seed, purpose));
  row->fill(data, kernel);
  return data;
}

using Choices = std::set<std::pair<std::string, OverrideValues>>;

// Of the smoke test; a prefill has many rows.
std::string_view SmokeShape(std::string_view op, Phase phase) {
  if (op == "matmul" || op == "matmul_add") return phase == Phase::kPrefill ? "rows=17" : "rows=1";
  return "";
}

// The report on what the device would choose; nothing if `seen` has that already.
std::optional<Report> SmokeReport(runtime::Device& device, const kernels::OpQuery& query,
                                  Numerics numerics, Choices& seen) {
  constexpr uint64_t kSeed = 1;
  Report report;
  report.kernel = query.op;
  auto choice = kernels::Resolve(query, {}, device.kernels(), device.facts(), numerics);
  if (!choice.ok()) {
    report.message = choice.status().message();
    return report;
  }
  if (!seen.emplace(choice->kernel->name, choice->overrides).second) return std::nullopt;
  report.kernel = choice->kernel->name;
  auto data = Draw(*choice->kernel, SmokeShape(query.op, query.phase), kSeed, Purpose::kJudge);
  INGOT_CHECK(data.ok());  // the query came from such data
  auto kernel_case = data->For(*choice->kernel, choice->variant, choice->overrides);
  if (kernel_case.ok()) return Judge(device, *kernel_case);
  report.message = kernel_case.status().message();
  return report;
}

}  // namespace

std::vector<std::string_view> CaseOps() {
  std::vector<std::string_view> ops;
  for (const OpRow& row : kOps) ops.push_back(row.op);
  return ops;
}

Result<CaseData> DrawCase(const kernels::KernelDesc& kernel, std::string_view shape,
                          uint64_t seed) {
  return Draw(kernel, shape, seed, Purpose::kJudge);
}

Result<CaseData> DescribeData(const kernels::KernelDesc& kernel, std::string_view shape) {
  return Draw(kernel, shape, 0, Purpose::kDescribe);
}

Result<KernelCase> MakeCase(const kernels::KernelDesc& kernel, std::string_view variant,
                            std::string_view shape, uint64_t seed) {
  INGOT_ASSIGN(const CaseData data, DrawCase(kernel, shape, seed));
  return data.For(kernel, variant, {});
}

Result<KernelCase> MakeTimedCase(const kernels::KernelDesc& kernel, std::string_view shape,
                                 uint64_t seed) {
  INGOT_ASSIGN(const CaseData data, Draw(kernel, shape, seed, Purpose::kClock));
  return data.For(kernel, "", {});
}

Result<KernelCase> DescribeCase(const kernels::KernelDesc& kernel, std::string_view shape) {
  INGOT_ASSIGN(const CaseData data, DescribeData(kernel, shape));
  return data.For(kernel, "", {});
}

std::vector<Report> SmokeTest(runtime::Device& device) {
  std::vector<Report> reports;
  Choices seen;
  for (const OpRow& row : kOps) {
    for (const Phase phase : {Phase::kDecode, Phase::kPrefill}) {
      auto serves = [&](const kernels::KernelDesc* kernel) {
        return kernel->op == row.op && (!kernel->phase || *kernel->phase == phase);
      };
      if (std::ranges::none_of(device.kernels(), serves)) continue;
      const Result<kernels::OpQuery> query =
          QueryFor(device.kernels(), row.op, SmokeShape(row.op, phase), phase);
      INGOT_CHECK(query.ok());  // every op has a default shape
      for (const Numerics numerics : {Numerics::kExact, Numerics::kFast}) {
        std::optional<Report> report = SmokeReport(device, *query, numerics, seen);
        if (report) reports.push_back(std::move(*report));
      }
    }
  }
  return reports;
}

}  // namespace ingot::verify
