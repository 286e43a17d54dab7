#include "ingot/program/check.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include "ingot/base/text.h"

namespace ingot::program {
namespace {

constexpr size_t kMaxShown = 20;

// Where a kind of buffer has a layout of its own, that layout; weights have any.
std::string_view LayoutOf(BufferKind kind) {
  switch (kind) {
    case BufferKind::kWeight:
      return "";
    case BufferKind::kScratch:
    case BufferKind::kShared:
      return "rows";
    case BufferKind::kVectors:
    case BufferKind::kTable:
    case BufferKind::kKv:
    case BufferKind::kState:
    case BufferKind::kIds:
    case BufferKind::kLogits:
      break;
  }
  return Name(kind);
}

bool IsReadOnly(BufferKind kind) {
  return kind == BufferKind::kWeight || kind == BufferKind::kVectors ||
         kind == BufferKind::kTable || kind == BufferKind::kIds;
}

// Walks a Program once, in order, and collects what is wrong.
class Checker {
 public:
  explicit Checker(const Program& program) : program_(program) {}

  Status Run() {
    if (program_.max_tokens == 0) Violation("program", "max_tokens (0) is not positive");
    uint64_t most = std::max<uint64_t>(program_.max_tokens, 1);
    uint64_t capacity = std::max(kCheckedCapacity, most);
    corners_ = {{1, 1, most}, {most, 1, most}, {most, most, most}, {most, most, capacity}};
    CheckBuffers();
    written_.resize(program_.buffers.size());
    for (size_t i = 0; i < program_.dispatches.size(); ++i) {
      const Dispatch& dispatch = program_.dispatches[i];
      place_ = StrCat("dispatch ", i, " (", Describe(dispatch), ")");
      CheckDispatch(dispatch);
      EnterGroup(i);
      CheckHazards(dispatch);
    }
    CheckLogits();
    return Report();
  }

 private:
  void CheckBuffers() {
    std::set<std::string_view> names;
    for (const Buffer& buffer : program_.buffers) {
      place_ = StrCat("buffer ", buffer.name);
      if (buffer.name.empty()) Violation("buffer", "has no name");
      if (!names.insert(buffer.name).second) Violation(place_, "stands twice");
      CheckLayout(buffer);
      CheckContents(buffer);
    }
  }

  void CheckLayout(const Buffer& buffer) {
    std::string_view layout = LayoutOf(buffer.kind);
    if (!layout.empty() && buffer.type.layout != layout) {
      Violation(place_, StrCat("layout (", buffer.type.layout, ") of kind (", Name(buffer.kind),
                               ") is not (", layout, ")"));
      return;
    }
    if (!IsPlainLayout(buffer.type.layout)) {
      Evaluable("bytes", buffer.bytes, UINT64_MAX);
      return;
    }
    Result<Size> needed = TensorBytes(buffer.type);
    if (!needed.ok()) return Violation(place_, needed.status().message());
    for (const Symbols& symbols : corners_) {
      Result<uint64_t> have = buffer.bytes.Evaluate(symbols);
      Result<uint64_t> want = needed->Evaluate(symbols);
      if (!have.ok()) return Violation(place_, have.status().message());
      if (!want.ok()) return Violation(place_, want.status().message());
      if (*have >= *want) continue;
      return Violation(place_,
                       StrCat("bytes (", *have, ") are less than its type's (", *want, ")"));
    }
  }

  void CheckContents(const Buffer& buffer) {
    if (buffer.kind != BufferKind::kWeight && !buffer.sources.empty()) {
      Violation(place_, StrCat("kind (", Name(buffer.kind), ") has sources"));
    }
    if (buffer.kind != BufferKind::kVectors && !buffer.slices.empty()) {
      Violation(place_, StrCat("kind (", Name(buffer.kind), ") has slices"));
    }
    if (buffer.kind == BufferKind::kWeight) CheckSources(buffer);
    if (buffer.kind != BufferKind::kVectors) return;
    for (const VectorSlice& slice : buffer.slices) CheckSlice(buffer, slice);
  }

  void CheckSources(const Buffer& buffer) {
    uint64_t rows = 0;
    for (const WeightSource& source : buffer.sources) {
      if (source.tensor.empty() || source.rows == 0 ||
          __builtin_add_overflow(rows, source.rows, &rows)) {
        return Violation(place_,
                         StrCat("source (", source.tensor, ") has (", source.rows, ") rows"));
      }
    }
    uint64_t shape_rows = 1;
    for (size_t axis = 0; axis + 1 < buffer.type.shape.size(); ++axis) {
      Result<uint64_t> length = buffer.type.shape[axis].Evaluate(corners_.front());
      if (!length.ok() || __builtin_mul_overflow(shape_rows, *length, &shape_rows)) return;
    }
    if (rows != shape_rows) {
      Violation(place_, StrCat("sources have (", rows, ") rows, the type (", shape_rows, ")"));
    }
  }

  void CheckSlice(const Buffer& buffer, const VectorSlice& slice) {
    Result<uint64_t> bytes = buffer.bytes.Evaluate(corners_.front());
    if (!bytes.ok()) return;
    uint64_t have = *bytes / Traits(buffer.type.dtype).bytes;
    if (!slice.tensor.empty() && slice.count <= have && slice.offset <= have - slice.count) return;
    Violation(place_, StrCat("slice (", slice.tensor, ") of (", slice.count, ") elements at (",
                             slice.offset, ") is outside of (", have, ")"));
  }

  void CheckDispatch(const Dispatch& dispatch) {
    if (dispatch.op.empty()) Violation(place_, "has no op");
    if (dispatch.kernel.empty()) Violation(place_, "has no kernel");
    if (dispatch.layer < -1) Violation(place_, StrCat("layer (", dispatch.layer, ") is below -1"));
    for (const auto& [name, value] : dispatch.overrides) {
      if (!std::isfinite(value))
        Violation(place_, StrCat("override ", name, " (", value, ") is not finite"));
    }
    std::set<std::string_view> names;
    for (const Binding& binding : dispatch.bindings) {
      if (!names.insert(binding.name).second) {
        Violation(place_, StrCat("binding ", binding.name, " stands twice"));
      }
      CheckBinding(binding);
    }
    names.clear();
    for (const Uniform& uniform : dispatch.uniforms) {
      if (!names.insert(uniform.name).second) {
        Violation(place_, StrCat("uniform ", uniform.name, " stands twice"));
      }
      if (const auto* number = std::get_if<float>(&uniform.value)) {
        if (std::isfinite(*number)) continue;
        Violation(place_, StrCat("uniform ", uniform.name, " (", *number, ") is not finite"));
      } else {
        Evaluable(StrCat("uniform ", uniform.name), std::get<Size>(uniform.value), UINT32_MAX);
      }
    }
    for (const Size& axis : dispatch.grid) Evaluable("grid", axis, UINT32_MAX);
  }

  // A size that has a value of at most `most` in every run.
  void Evaluable(std::string_view what, const Size& size, uint64_t most) {
    for (const Symbols& symbols : corners_) {
      Result<uint64_t> value = size.Evaluate(symbols);
      if (!value.ok()) return Violation(place_, StrCat(what, ": ", value.status().message()));
      if (*value > most) {
        return Violation(place_, StrCat(what, " (", *value, ") is larger than (", most, ")"));
      }
    }
  }

  void CheckBinding(const Binding& binding) {
    std::string what = StrCat("binding ", binding.name);
    if (binding.buffer >= program_.buffers.size()) {
      return Violation(place_, StrCat(what, " has buffer (", binding.buffer, ") of (",
                                      program_.buffers.size(), ")"));
    }
    const Buffer& buffer = program_.buffers[binding.buffer];
    if (binding.type.dtype != buffer.type.dtype) {
      return Violation(place_, StrCat(what, " is (", Name(binding.type.dtype), "), buffer ",
                                      buffer.name, " is (", Name(buffer.type.dtype), ")"));
    }
    bool as_rows = buffer.kind == BufferKind::kLogits && binding.type.layout == "rows";
    if (binding.type.layout != buffer.type.layout && !as_rows) {
      return Violation(place_, StrCat(what, " has layout (", binding.type.layout, "), buffer ",
                                      buffer.name, " has (", buffer.type.layout, ")"));
    }
    if (binding.access == Access::kReadWrite && IsReadOnly(buffer.kind)) {
      Violation(place_,
                StrCat(what, " writes buffer ", buffer.name, " of kind (", Name(buffer.kind), ")"));
    }
    CheckFits(binding, buffer);
  }

  void CheckFits(const Binding& binding, const Buffer& buffer) {
    std::string what = StrCat("binding ", binding.name);
    if (!IsPlainLayout(binding.type.layout)) {
      if (binding.type.shape == buffer.type.shape) return;
      return Violation(place_, StrCat(what, " has another shape than buffer ", buffer.name));
    }
    Result<Size> bytes = TensorBytes(binding.type);
    if (!bytes.ok()) return Violation(place_, StrCat(what, ": ", bytes.status().message()));
    for (const Symbols& symbols : corners_) {
      Result<uint64_t> want = bytes->Evaluate(symbols);
      Result<uint64_t> have = buffer.bytes.Evaluate(symbols);
      if (!want.ok()) return Violation(place_, StrCat(what, ": ", want.status().message()));
      if (!have.ok()) return;  // the buffer's own violation
      if (*want <= *have) continue;
      return Violation(place_, StrCat(what, " (", *want, " bytes) is larger than buffer ",
                                      buffer.name, " (", *have, ")"));
    }
  }

  // Group numbers may not come back once their run of dispatches has ended.
  void EnterGroup(size_t index) {
    int group = program_.dispatches[index].group;
    if (group < -1) Violation(place_, StrCat("group (", group, ") is below -1"));
    bool same = index > 0 && group >= 0 && program_.dispatches[index - 1].group == group;
    if (same) return;
    group_read_.clear();
    group_written_.clear();
    if (group >= 0 && !groups_.insert(group).second) {
      Violation(place_, StrCat("members of group (", group, ") are not adjacent"));
    }
  }

  void CheckHazards(const Dispatch& dispatch) {
    std::set<BufferId> read, written;
    for (const Binding& binding : dispatch.bindings) {
      if (binding.buffer >= program_.buffers.size()) continue;
      const Buffer& buffer = program_.buffers[binding.buffer];
      bool writes = binding.access == Access::kReadWrite;
      bool again = writes && !written.insert(binding.buffer).second;
      if (again) Violation(place_, StrCat("buffer ", buffer.name, " is bound twice to be written"));
      if (!writes) read.insert(binding.buffer);
      if (!writes && buffer.kind == BufferKind::kScratch && !written_[binding.buffer]) {
        Violation(place_, StrCat("binding ", binding.name, " reads buffer ", buffer.name,
                                 " before it is written"));
      }
    }
    if (written.empty()) Violation(place_, "writes nothing");
    for (BufferId id : written) {
      const std::string& name = program_.buffers[id].name;
      if (read.contains(id))
        Violation(place_, StrCat("buffer ", name, " is bound to be read and written"));
      if (group_read_.contains(id) || group_written_.contains(id)) {
        Violation(place_, StrCat("writes buffer ", name, " that another member of group (",
                                 dispatch.group, ") uses"));
      }
    }
    for (BufferId id : read) {
      if (!group_written_.contains(id)) continue;
      Violation(place_, StrCat("reads buffer ", program_.buffers[id].name,
                               " that another member of group (", dispatch.group, ") writes"));
    }
    for (BufferId id : written) written_[id] = true;
    group_read_.merge(read);
    group_written_.merge(written);
  }

  void CheckLogits() {
    size_t count = 0;
    for (BufferId id = 0; id < program_.buffers.size(); ++id) {
      const Buffer& buffer = program_.buffers[id];
      if (buffer.kind != BufferKind::kLogits) continue;
      if (++count == 2) Violation(StrCat("buffer ", buffer.name), "is a second one for logits");
      if (!written_[id]) Violation(StrCat("buffer ", buffer.name), "is never written");
    }
  }

  void Violation(std::string_view place, std::string_view what) {
    if (++violations_ > kMaxShown) return;
    if (!report_.empty()) report_ += '\n';
    report_ += StrCat(place, ": ", what);
  }

  Status Report() const {
    if (violations_ == 0) return Status();
    std::string more;
    if (violations_ > kMaxShown) more = StrCat("\nand ", violations_ - kMaxShown, " more");
    return Status(Code::kInvalidArgument, StrCat(report_, more));
  }

  const Program& program_;
  std::vector<Symbols> corners_;
  std::string place_;
  std::vector<bool> written_;  // by buffer
  std::set<int> groups_;
  std::set<BufferId> group_read_, group_written_;  // by the members before
  size_t violations_ = 0;
  std::string report_;
};

}  // namespace

Status Check(const Program& program) { return Checker(program).Run(); }

}  // namespace ingot::program
