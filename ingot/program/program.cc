#include "ingot/program/program.h"

#include <algorithm>

#include "ingot/base/text.h"

namespace ingot::program {
namespace {

constexpr std::array<std::string_view, 8> kPlainLayouts = {"rows",  "blocks", "kv",    "vectors",
                                                           "table", "ids",    "state", "logits"};
// In the order of BufferKind.
constexpr std::array<std::string_view, 9> kBufferKinds = {
    "weight", "vectors", "table", "kv", "state", "ids", "scratch", "logits", "shared"};

}  // namespace

bool IsPlainLayout(std::string_view layout) {
  return std::ranges::find(kPlainLayouts, layout) != kPlainLayouts.end();
}

Result<Size> TensorBytes(const TensorType& type) {
  if (!IsPlainLayout(type.layout)) {
    return Status(Code::kInvalidArgument,
                  StrCat("layout (", type.layout, ") does not tell its bytes"));
  }
  if (type.shape.empty()) return Status(Code::kInvalidArgument, "shape is empty");
  const Size& last = type.shape.back();
  Size bytes = last * Size(Traits(type.dtype).bytes);
  if (Traits(type.dtype).block > 1) {
    if (!last.IsConstant()) {
      return Status(Code::kInvalidArgument, StrCat("columns (", last.Print(), ") of ",
                                                   Name(type.dtype), " are not constant"));
    }
    INGOT_ASSIGN(uint64_t cols, last.Evaluate({}));
    INGOT_ASSIGN(uint64_t row_bytes, RowBytes(type.dtype, cols));
    bytes = Size(row_bytes);
  }
  // From the last axis inwards, so that constant axes fold.
  for (size_t axis = type.shape.size() - 1; axis-- > 0;) bytes = type.shape[axis] * bytes;
  return bytes;
}

std::string_view Name(BufferKind kind) { return kBufferKinds[static_cast<size_t>(kind)]; }

std::optional<BufferKind> BufferKindFromName(std::string_view name) {
  auto found = std::ranges::find(kBufferKinds, name);
  if (found == kBufferKinds.end()) return std::nullopt;
  return static_cast<BufferKind>(found - kBufferKinds.begin());
}

std::string Describe(const Dispatch& dispatch) {
  std::string text = dispatch.op;
  if (!dispatch.role.empty()) text += StrCat(" ", dispatch.role);
  if (dispatch.layer >= 0) text += StrCat(" layer ", dispatch.layer);
  return text;
}

}  // namespace ingot::program
