#include "ingot/kernels/select_check.h"

#include <algorithm>
#include <map>
#include <set>

#include "ingot/base/text.h"
#include "ingot/kernels/resolver.h"

namespace ingot::kernels {
namespace {

using Axes = std::map<std::string, std::set<int64_t>>;

// Sizes that models have, where nothing is compared with them.
const std::map<std::string, std::set<int64_t>> kUsual = {
    {"rows", {1, 512}},
    {"cols", {1, 2048}},
    {"depth", {32, 2048}},
    {"dim", {7, 2048}},
};

// Puts `number`, its neighbours and its double on the axis of every name in `expr`.
void AddAround(const HeaderExpr& expr, int64_t number, Axes& axes) {
  for (const std::string& name : NamesIn(expr)) {
    if (IsFact(name)) continue;
    for (const int64_t value : {number - 1, number, number + 1, 2 * number}) {
      if (value > 0) axes[name].insert(value);
    }
  }
}

void AddNumbers(const HeaderExpr& compared, const HeaderExpr& expr, Axes& axes) {
  if (expr.kind == HeaderExprKind::kNumber) AddAround(compared, expr.number, axes);
  for (const HeaderExpr& operand : expr.operands) AddNumbers(compared, operand, axes);
}

// The constants that each comparison holds its names against.
void AddConstants(const HeaderExpr& expr, Axes& axes) {
  for (const char* comparison : {"==", "!=", "<", "<=", ">", ">="}) {
    if (expr.IsCall(comparison)) return AddNumbers(expr, expr, axes);
  }
  for (const HeaderExpr& operand : expr.operands) AddConstants(operand, axes);
}

void AddOverride(const OverrideDesc& desc, Axes& axes) {
  std::set<int64_t>& axis = axes[desc.name];
  for (const double value : desc.allowed) axis.insert(static_cast<int64_t>(value));
  if (desc.kind == OverrideKind::kBool && desc.allowed.empty()) axis.insert({0, 1});
  if (!desc.allowed.empty() || desc.kind == OverrideKind::kBool) return;
  const auto lo = static_cast<int64_t>(desc.lo), hi = static_cast<int64_t>(desc.hi);
  if (desc.name == "W_FORMAT") {
    for (int64_t value = lo; value <= hi; ++value) axis.insert(value);
  } else {
    axis.insert({lo, lo + 1, hi});
    if (lo <= 64 && 64 <= hi) axis.insert({64, 128});
  }
}

class OpCheck {
 public:
  OpCheck(std::string op, std::span<const KernelDesc* const> kernels, SelectReport& report)
      : op_(std::move(op)), kernels_(kernels), report_(report) {
    for (const KernelDesc* kernel : kernels_) {
      for (const SelectRow& row : kernel->rows) rows_[row.order] = &row;
      for (const OverrideDesc& desc : kernel->overrides) {
        if (desc.clazz == OverrideClass::kTune) continue;
        given_.insert(desc.name);
        AddOverride(desc, axes_);
      }
    }
  }

  void Run(std::span<const DeviceFacts> devices) {
    if (rows_.empty()) {
      if (kernels_.size() > 1)
        report_.problems.push_back(StrCat(op_, ": no row, but several kernels"));
      return;
    }
    for (const auto& [order, row] : rows_) {
      for (const std::string& name : NamesIn(row->condition)) AddName(name);
      for (const auto& [name, expr] : row->overrides) {
        for (const std::string& used : NamesIn(expr)) AddName(used);
      }
      AddConstants(row->condition, axes_);
    }
    std::erase_if(axes_, [&](const auto& axis) {
      return !names_.contains(axis.first) && !given_.contains(axis.first);
    });
    for (const KernelDesc* kernel : kernels_) AddRequired(*kernel);
    Visit(axes_.begin(), devices);
    for (const auto& [order, row] : rows_) {
      if (decided_.contains(order)) continue;
      report_.problems.push_back(StrCat(row->place, ": (", row->text, ") never decides"));
    }
  }

 private:
  void AddName(const std::string& name) {
    if (IsFact(name) || name == "prefill" || name == "decode") return;
    HeaderNumbers fixed;
    AddSelectNumbers(Phase::kDecode, 0, 0, 0, &fixed);
    if (fixed.contains(name)) return;  // a weight format
    names_.insert(name);
    auto usual = kUsual.find(name);
    if (usual != kUsual.end()) {
      axes_[name].insert(usual->second.begin(), usual->second.end());
    } else if (!given_.contains(name)) {
      axes_[name].insert({1, 8, 64});
    }
  }

  // Uniforms that a kernel's requirements name must have a value.
  void AddRequired(const KernelDesc& kernel) {
    for (const HeaderExpr& condition : kernel.requirements) {
      for (const std::string& name : NamesIn(condition)) {
        auto is_name = [&](const UniformDesc& uniform) { return uniform.name == name; };
        if (std::ranges::any_of(kernel.uniforms, is_name)) AddName(name);
      }
    }
  }

  void Visit(Axes::const_iterator axis, std::span<const DeviceFacts> devices) {
    if (axis == axes_.end()) {
      for (const DeviceFacts& device : devices) {
        for (const Phase phase : {Phase::kPrefill, Phase::kDecode}) Ask(device, phase);
      }
      return;
    }
    for (const int64_t value : axis->second) {
      point_[axis->first] = value;
      Visit(std::next(axis), devices);
    }
  }

  // A decode step has one row.
  void Ask(const DeviceFacts& device, Phase phase) {
    auto rows = point_.find("rows");
    if (rows != point_.end() && phase == Phase::kDecode && rows->second != 1) return;
    OpQuery query{.op = op_, .phase = phase};
    for (const auto& [name, value] : point_) {
      if (name == "W_FORMAT") query.format = DTypeOfWeightFormat(static_cast<uint32_t>(value));
      if (name == "rows") query.rows = static_cast<uint64_t>(value);
      if (name == "cols") query.cols = static_cast<uint64_t>(value);
      if (name == "depth") query.depth = static_cast<uint64_t>(value);
      if (given_.contains(name)) {
        query.bound[name] = static_cast<double>(value);
      } else {
        query.uniforms[name] = value;
      }
    }
    ++report_.points;
    const Result<Choice> choice = Resolve(query, {}, kernels_, device, Numerics::kExact);
    if (choice.ok() && choice->reasons.empty() && !choice->row.empty()) {
      decided_.insert(OrderOf(choice->row));
      return;
    }
    // Where no kernel can serve, the table cannot either.
    if (!choice.ok() && !Serves(query, device)) return;
    const std::string why = choice.ok() ? Join(choice->reasons, "; ") : choice.status().message();
    // One example of each reason.
    if (!seen_.insert(why.substr(0, why.find(" has "))).second) return;
    report_.problems.push_back(
        StrCat(op_, " {", Name(phase), PointText(), "} on ", device.name, ": ", why));
  }

  int OrderOf(const std::string& text) const {
    for (const auto& [order, row] : rows_) {
      if (text.starts_with(row->place + ":")) return order;
    }
    return -1;
  }

  // Whether any kernel would, with no table.
  bool Serves(const OpQuery& query, const DeviceFacts& device) const {
    std::vector<KernelDesc> bare;
    for (const KernelDesc* kernel : kernels_) {
      bare.push_back(*kernel);
      bare.back().rows.clear();
    }
    std::vector<const KernelDesc*> kernels;
    for (const KernelDesc& kernel : bare) kernels.push_back(&kernel);
    return Resolve(query, {}, kernels, device, Numerics::kExact).ok();
  }

  std::string PointText() const {
    std::string text;
    for (const auto& [name, value] : point_) text += StrCat(", ", name, " = ", value);
    return text;
  }

  std::string op_;
  std::span<const KernelDesc* const> kernels_;
  SelectReport& report_;
  std::map<int, const SelectRow*> rows_;
  std::set<std::string, std::less<>> given_;  // overrides that the op settles
  std::set<std::string, std::less<>> names_;  // that rows or requirements use
  Axes axes_;
  std::map<std::string, int64_t> point_;
  std::set<int> decided_;
  std::set<std::string> seen_;
};

}  // namespace

SelectReport CheckSelect(std::span<const KernelDesc* const> kernels,
                         std::span<const DeviceFacts> devices) {
  std::map<std::string, std::vector<const KernelDesc*>> by_op;
  for (const KernelDesc* kernel : kernels) by_op[kernel->op].push_back(kernel);
  SelectReport report;
  for (const auto& [op, of_op] : by_op) OpCheck(op, of_op, report).Run(devices);
  return report;
}

std::vector<DeviceFacts> SampleDevices() {
  auto make = [](std::string name, std::vector<std::string> features, uint32_t invocations,
                 uint32_t bytes, uint32_t least, uint32_t most) {
    DeviceFacts facts;
    facts.kind = "webgpu";
    facts.name = std::move(name);
    facts.features = std::move(features);
    facts.max_workgroup_invocations = invocations;
    facts.max_workgroup_bytes = bytes;
    facts.subgroup_min = least;
    facts.subgroup_max = most;
    return facts;
  };
  return {
      make("default limits", {}, 256, 16384, 1, 1),
      make("lavapipe", {"f16", "subgroups"}, 1024, 32768, 8, 8),
      make("swiftshader", {"subgroups"}, 256, 32768, 4, 4),
      make("h100", {"exact_unpack", "f16", "subgroups"}, 1024, 49152, 32, 32),
      make("32 lanes without f16", {"subgroups"}, 1024, 32768, 32, 32),
      make("8 to 32 lanes", {"f16", "subgroups"}, 1024, 32768, 8, 32),
      make("64 lanes", {"f16", "subgroups"}, 1024, 65536, 64, 64),
  };
}

}  // namespace ingot::kernels
