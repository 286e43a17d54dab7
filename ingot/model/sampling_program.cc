#include "ingot/model/sampling_program.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "ingot/base/text.h"
#include "ingot/ir/dispatch.h"
#include "ingot/kernels/registry.h"
#include "ingot/program/check.h"

namespace ingot::model {
namespace {

using program::BufferId;
using program::BufferKind;
using program::Size;

constexpr uint64_t kSlice = 1024;                              // entries that a workgroup sorts
constexpr std::array<uint32_t, 4> kKept = {32, 64, 128, 256};  // of them: K_MAX of the kernel

struct Work {
  std::string_view op;
  std::string_view kernel;
  std::string_view variant;
  OverrideValues overrides;
  std::map<std::string_view, BufferId> buffers;
  ir::OfferedUniforms numbers;
};

class Builder {
 public:
  Builder(std::span<const kernels::KernelDesc* const> kernels, const DeviceFacts& facts)
      : kernels_(kernels), facts_(facts) {
    program_.model = "sample";
    program_.target = facts.kind;
    program_.phase = Phase::kDecode;
  }

  BufferId Add(std::string name, BufferKind kind, DType dtype, uint64_t elements) {
    program::Buffer buffer;
    buffer.name = std::move(name);
    buffer.kind = kind;
    buffer.type = {dtype, kind == BufferKind::kState ? "state" : "rows", {Size(elements)}};
    buffer.bytes = Size(elements * Traits(dtype).bytes);
    program_.buffers.push_back(std::move(buffer));
    return static_cast<BufferId>(program_.buffers.size() - 1);
  }

  Status Append(const Work& work) {
    const kernels::KernelDesc* desc = kernels::FindKernel(kernels_, work.kernel);
    if (desc == nullptr) {
      return Status(Code::kUnsupported, StrCat("the device has no kernel (", work.kernel, ")"));
    }
    program::Dispatch dispatch;
    dispatch.op = work.op;
    dispatch.role = work.variant;
    dispatch.kernel = desc->name;
    dispatch.variant = work.variant;
    INGOT_ASSIGN(dispatch.overrides,
                 kernels::CompleteOverrides(*desc, work.variant, work.overrides));
    for (const kernels::BindingDesc& binding : desc->bindings) {
      const BufferId id = work.buffers.at(binding.name);
      dispatch.bindings.push_back({.name = binding.name,
                                   .buffer = id,
                                   .access = binding.access,
                                   .type = program_.buffers[id].type});
    }
    INGOT_TRY(ir::CompleteDispatch(*desc, facts_, work.numbers, &dispatch));
    program_.dispatches.push_back(std::move(dispatch));
    return {};
  }

  Result<program::Program> Take() {
    INGOT_TRY(program::Check(program_));
    return std::move(program_);
  }

 private:
  std::span<const kernels::KernelDesc* const> kernels_;
  const DeviceFacts& facts_;
  program::Program program_;
};

// The sampler's own buffers and numbers, under the names that its kernels have for them.
struct Parts {
  const SamplingShape& shape;
  BufferId logits, state, stops, tokens, ids;

  std::map<std::string_view, BufferId> Buffers() const {
    return {
        {"logits", logits}, {"state", state}, {"stops", stops}, {"tokens", tokens}, {"next", ids}};
  }
  ir::OfferedUniforms Numbers() const {
    return {{"vocab", Size(shape.vocab)},
            {"stride", Size(shape.stride)},
            {"row", Size(0)},
            {"slot", Size(0)},
            {"ring", Size(shape.ring)},
            {"rows", Size(1)},
            {"sequences", Size(1)},
            {"count", Size(shape.stop_tokens)}};
  }
};

Status AppendGreatest(const Parts& parts, Builder& builder) {
  // A candidate of each workgroup; the kernel says how many there are.
  const BufferId found = builder.Add("cand", BufferKind::kScratch, DType::kU32,
                                     std::max<uint64_t>(parts.shape.vocab, 2));
  for (const std::string_view variant : {"argmax", "argmax_reduce"}) {
    Work work{.op = "sample",
              .kernel = "sample_argmax",
              .variant = variant,
              .buffers = parts.Buffers(),
              .numbers = parts.Numbers()};
    work.buffers["cand"] = found;
    INGOT_TRY(builder.Append(work));
  }
  return {};
}

Status AppendTopK(const Parts& parts, Builder& builder) {
  const uint64_t keep = parts.shape.kept;
  auto lists = [&](uint64_t entries) { return (entries + kSlice - 1) / kSlice * keep; };
  uint64_t entries = parts.shape.vocab;
  std::array<BufferId, 2> cand = {
      builder.Add("cand.0", BufferKind::kScratch, DType::kU32, 2 * lists(entries)),
      builder.Add("cand.1", BufferKind::kScratch, DType::kU32, 2 * lists(lists(entries)))};
  // The first phase reads no candidates: anything will do.
  BufferId from = parts.stops;
  auto append = [&](std::string_view variant) -> Status {
    const BufferId to = from == cand[0] ? cand[1] : cand[0];
    Work work{
        .op = "sample_topk",
        .kernel = "sample_topk",
        .variant = variant,
        .overrides = {{"K_MAX", static_cast<double>(keep)}, {"SLICE", static_cast<double>(kSlice)}},
        .buffers = parts.Buffers(),
        .numbers = parts.Numbers()};
    work.buffers["cand_in"] = std::exchange(from, to);
    work.buffers["cand_out"] = to;
    work.numbers["count"] = Size(std::exchange(entries, lists(entries)));
    return builder.Append(work);
  };
  INGOT_TRY(append("topk_slice"));
  while (entries > kSlice) INGOT_TRY(append("topk_merge"));
  return append("topk_sample");
}

}  // namespace

StateRecord SamplingRecord(const SamplerOptions& options, uint64_t pos, uint64_t token_limit,
                           uint64_t context_limit) {
  auto word = [](uint64_t value) {
    return static_cast<uint32_t>(std::min<uint64_t>(value, UINT32_MAX));
  };
  StateRecord record{};
  record[kPos] = word(pos);
  record[kTokenLimit] = word(token_limit);
  record[kContextLimit] = word(context_limit);
  record[kSeedLow] = static_cast<uint32_t>(options.seed);
  record[kSeedHigh] = static_cast<uint32_t>(options.seed >> 32);
  record[kChoice] = options.choice;
  record[kTopK] = options.top_k;
  record[kTopP] = Fraction24(options.top_p);
  record[kMinP] = Fraction24(options.min_p);
  record[kTemperature] = std::bit_cast<uint32_t>(options.temperature);
  record[kTempLast] = options.temp_last ? 1 : 0;
  return record;
}

std::string WhySampledOnHost(const SamplerOptions& options) {
  if (!options.logit_bias.empty()) return "logit_bias";
  if (!options.suppressed.empty()) return "suppressed tokens";
  if (options.repeat_penalty != 1) return "repeat_penalty";
  if (options.frequency_penalty != 0) return "frequency_penalty";
  if (options.presence_penalty != 0) return "presence_penalty";
  return {};
}

uint32_t KeptOf(const SamplerOptions& options, uint64_t vocab) {
  if (options.temperature <= 0 || options.top_k == 1) return 1;
  if (options.top_k == 0 || options.top_k >= vocab) return 0;
  const auto* kept = std::ranges::lower_bound(kKept, options.top_k);
  return kept == kKept.end() ? 0 : *kept;
}

Result<program::Program> SamplingProgram(const SamplingShape& shape,
                                         std::span<const kernels::KernelDesc* const> kernels,
                                         const DeviceFacts& facts) {
  Builder builder(kernels, facts);
  const Parts parts{.shape = shape,
                    .logits = builder.Add("logits", BufferKind::kShared, DType::kF32, shape.stride),
                    .state = builder.Add("state", BufferKind::kState, DType::kU32, kStateWords),
                    .stops = builder.Add("stops", BufferKind::kShared, DType::kU32,
                                         std::max<uint64_t>(shape.stop_tokens, 1)),
                    .tokens = builder.Add("tokens", BufferKind::kShared, DType::kU32, shape.ring),
                    .ids = builder.Add("ids", BufferKind::kShared, DType::kU32, 1)};
  if (shape.kept == 1) {
    INGOT_TRY(AppendGreatest(parts, builder));
  } else if (shape.kept > 1) {
    INGOT_TRY(AppendTopK(parts, builder));
  } else {
    INGOT_TRY(builder.Append({.op = "sample_full",
                              .kernel = "sample_full",
                              .variant = "sample_full",
                              .buffers = parts.Buffers(),
                              .numbers = parts.Numbers()}));
  }
  INGOT_TRY(builder.Append({.op = "check_stop",
                            .kernel = "check_stop",
                            .variant = "check_stop",
                            .buffers = parts.Buffers(),
                            .numbers = parts.Numbers()}));
  return builder.Take();
}

}  // namespace ingot::model
