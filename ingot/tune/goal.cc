#include "ingot/tune/goal.h"

#include <algorithm>
#include <array>

#include "ingot/tune/model_shape.h"

namespace ingot::tune {
namespace {

constexpr uint64_t kLargeWeight = uint64_t{50} * 1000 * 1000;  // elements
constexpr uint64_t kManyRows = 256;
constexpr uint64_t kLongPrompt = 512;
constexpr uint64_t kLongCache = 4096;
constexpr uint64_t kLargeBytes = uint64_t{16} << 20;

template <size_t kCount>
bool IsAmong(std::string_view name, const std::array<std::string_view, kCount>& names) {
  return std::ranges::find(names, name) != names.end();
}

std::optional<Goal> GoalOfMatmul(std::string_view shape) {
  const uint64_t rows = NumberIn(shape, "rows", 1);
  const std::string_view format = ValueIn(shape, "format");
  constexpr std::array<std::string_view, 4> kPlain = {"", "f32", "f16", "bf16"};
  const bool is_plain = IsAmong(format, kPlain);
  if (rows >= kManyRows) return is_plain ? Goal{0.50, 0.30} : Goal{0.45, 0.21};
  if (rows != 1 || NumberIn(shape, "cols", 1) * NumberIn(shape, "depth", 1) < kLargeWeight) {
    return std::nullopt;
  }
  if (is_plain) return Goal{0.92, 0.80};
  if (format == "q8_0") return Goal{0.80, 0.68};
  constexpr std::array<std::string_view, 6> kFour = {"q4_0", "q4_1", "q4_k",
                                                     "q5_0", "q5_1", "mxfp4"};
  return IsAmong(format, kFour) ? Goal{0.62, 0.50} : Goal{0.55, 0.40};
}

}  // namespace

std::optional<Goal> GoalOf(const OpShape& shape, const verify::Work& work) {
  constexpr std::array<std::string_view, 4> kByRow = {"rms_norm", "layer_norm", "softmax",
                                                      "log_softmax"};
  constexpr std::array<std::string_view, 12> kByElement = {
      "add",   "mul",     "silu",        "gelu",        "gelu_tanh",
      "relu",  "sigmoid", "bf16_to_f16", "bf16_to_f32", "cast_f32_to_f16",
      "scale", "embed"};
  constexpr Goal kSingle = {5, 15, /*is_time=*/true};
  if (shape.op == "matmul") return GoalOfMatmul(shape.shape);
  if (shape.op == "attention") {
    const uint64_t rows = NumberIn(shape.shape, "rows", 1);
    if (rows >= kLongPrompt) return Goal{0.40, 0.20};
    if (rows == 1 && NumberIn(shape.shape, "pos", 0) + 1 >= kLongCache) return Goal{0.70, 0.45};
    return std::nullopt;
  }
  const bool by_row = IsAmong(shape.op, kByRow);
  const uint64_t rows =
      NumberIn(shape.shape, "rows", NumberIn(shape.shape, "outer", shape.op == "rope" ? 0 : 1));
  if (by_row && rows >= kManyRows) return Goal{0.75, 0.55};
  if (by_row || shape.op == "rope") return rows == 1 ? std::optional(kSingle) : std::nullopt;
  if (!IsAmong(shape.op, kByElement)) return std::nullopt;
  if (work.bytes >= kLargeBytes) return Goal{0.85, 0.70};
  return shape.phase == Phase::kDecode && rows == 1 ? std::optional(kSingle) : std::nullopt;
}

}  // namespace ingot::tune
