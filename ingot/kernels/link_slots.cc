#include "ingot/kernels/link_slots.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "ingot/base/dtype.h"
#include "ingot/base/text.h"
#include "ingot/kernels/kernel.h"
#include "ingot/kernels/slot_calls.h"
#include "ingot/kernels/stage.h"
#include "ingot/kernels/stage_header.h"
#include "ingot/kernels/tree_edit.h"
#include "ingot/kernels/wgsl_compose.h"
#include "ingot/wgsl/printer.h"
#include "ingot/wgsl/reflect.h"

namespace ingot::kernels {
namespace {

constexpr std::string_view kNoMeaning = "none";
constexpr std::string_view kRowPort = "Row";

const wgsl::Variable* AsOverride(const wgsl::Declaration& declaration) {
  const auto* variable = std::get_if<wgsl::Variable>(&declaration);
  const bool is_one = variable != nullptr && variable->kind == wgsl::VariableKind::kOverride;
  return is_one ? variable : nullptr;
}

bool IsWritten(const wgsl::Variable& variable) {
  return variable.template_args.size() > 1 && variable.template_args[1].text == "read_write";
}

class SlotLinker {
 public:
  SlotLinker(const WgslFile& kernel, const WgslFiles& files) : kernel_(kernel), files_(files) {
    out_.base = kernel.base;
    out_.path = kernel.path;
    out_.text = kernel.text;
    out_.shipped = kernel.shipped;
    out_.header = kernel.header;
    out_.header.slots.clear();
  }

  Result<WgslFile> Run(const std::vector<FillLine>& fills) {
    ports_ = files_.Find(FileKind::kFragment, kPorts);
    if (ports_ == nullptr) {
      return Status(Code::kInvalidArgument, StrCat(kernel_.path, ": no fragment (ports)"));
    }
    INGOT_TRY(CheckFills(fills));
    for (const SlotLine& slot : kernel_.header.slots) INGOT_TRY(FillSlot(slot, fills));
    for (StageUse& use : uses_) INGOT_TRY(TakeStage(files_, &use));
    INGOT_TRY(AddFragments());
    INGOT_TRY(AddMain());
    CountNames();
    for (StageUse& use : uses_) INGOT_TRY(AddUse(use));
    SetMeaning(fills);
    return std::move(out_);
  }

 private:
  Status Wrong(wgsl::Place place, std::string_view what) const {
    return HeaderError(kernel_.path, place, what);
  }

  Status CheckFills(const std::vector<FillLine>& fills) const {
    std::set<std::string_view> seen;
    for (const FillLine& line : fills) {
      std::vector<std::string> known;
      for (const SlotLine& slot : kernel_.header.slots) known.push_back(slot.name);
      if (std::ranges::find(known, line.slot) == known.end()) {
        return Status(Code::kInvalidArgument, StrCat(kernel_.name, ": no slot (", line.slot, ")",
                                                     NearestHint(line.slot, known)));
      }
      if (seen.insert(line.slot).second) continue;
      return Status(Code::kInvalidArgument,
                    StrCat(kernel_.name, ": slot (", line.slot, ") is filled twice"));
    }
    return {};
  }

  Status FillSlot(const SlotLine& slot, const std::vector<FillLine>& fills) {
    std::vector<std::string> stages;
    if (!slot.stage.empty()) stages.push_back(slot.stage);
    auto fill = std::ranges::find(fills, slot.name, &FillLine::slot);
    if (fill != fills.end()) stages = fill->stages;
    const bool counts = slot.kind == SlotKind::kChain ||
                        (stages.size() >= slot.least && stages.size() <= slot.most);
    if (!counts) {
      return Wrong(slot.place, StrCat("slot (", slot.name, ") takes (", slot.least, "..", slot.most,
                                      ") stages, not (", stages.size(), ")"));
    }
    if (FunctionsOf(slot.port, *ports_).empty()) {
      return Wrong(slot.place, StrCat("slot (", slot.name, "): unknown port (", slot.port, ")"));
    }
    filled_[slot.name] = static_cast<uint32_t>(stages.size());
    if (slot.kind == SlotKind::kHeads) heads_ = stages.size();
    for (size_t i = 0; i < stages.size(); ++i) {
      INGOT_TRY(AddChain(slot, stages[i], StrCat(slot.name, i, "_")));
    }
    return {};
  }

  // `a over b`: b first.
  Status AddChain(const SlotLine& slot, std::string_view text, const std::string& prefix) {
    std::vector<std::string> names;
    for (const std::string_view word : Split(text, ' ')) {
      if (word != "over") names.emplace_back(word);
    }
    INGOT_ASSIGN(const WgslFile* last, FindStage(slot, names.back()));
    // What stands over nothing named stands over the default.
    if (!last->header.over.empty()) names.push_back(slot.stage);
    std::string under;
    for (size_t i = names.size(); i-- > 0;) {
      StageUse use{.slot = &slot, .prefix = prefix};
      for (size_t k = 0; k < i; ++k) use.prefix += "over_";
      INGOT_ASSIGN(use.file, FindStage(slot, names[i]));
      use.under = under;
      under = use.prefix;
      const std::string& over = use.file->header.over;
      const bool stands = i + 1 < names.size();
      if (stands && over != slot.port) {
        return HeaderError(use.file->path, {},
                           StrCat("stage (", use.file->name, ") of port (", slot.port, ") stands ",
                                  over.empty() ? "over nothing" : StrCat("over (", over, ")"),
                                  ", not over (", names[i + 1], ")"));
      }
      if (!stands && !over.empty()) {
        return HeaderError(use.file->path, {},
                           StrCat("stage (", use.file->name, ") has nothing to stand over"));
      }
      if (const auto dtype = DTypeFromName(names[i]); dtype) use.format = WeightFormat(*dtype);
      INGOT_TRY(CheckPort(use, *ports_));
      uses_.push_back(std::move(use));
    }
    return {};
  }

  Result<const WgslFile*> FindStage(const SlotLine& slot, const std::string& name) const {
    const WgslFile* file = files_.Find(FileKind::kStage, name);
    if (file == nullptr && slot.port == "Weights" && IsFormat(name)) {
      file = files_.Find(FileKind::kStage, slot.stage);
    }
    if (file == nullptr) {
      std::vector<std::string> known;
      for (const WgslFile* stage : files_.All(FileKind::kStage)) {
        if (stage->header.subject == slot.port) known.push_back(stage->name);
      }
      return Wrong(slot.place, StrCat("slot (", slot.name, "): unknown stage (", name, ")",
                                      NearestHint(name, known)));
    }
    if (file->header.subject == slot.port) return file;
    return Wrong(slot.place,
                 StrCat("slot (", slot.name, ") has port (", slot.port, "), but stage (", name,
                        ") has port (", file->header.subject, ") (", file->path, ")"));
  }

  static bool IsFormat(std::string_view name) {
    const std::optional<DType> dtype = DTypeFromName(name);
    for (uint32_t format = 0; dtype && DTypeOfWeightFormat(format); ++format) {
      if (DTypeOfWeightFormat(format) == dtype) return true;
    }
    return false;
  }

  // Fragments that do not depend on a stage are named; of others the declarations that do not are
  // taken once.
  Status AddFragments() {
    INGOT_ASSIGN(const std::vector<const WgslFile*> of_main, FragmentsOf(kernel_, files_, false));
    std::set<std::string> done;
    for (const WgslFile* fragment : of_main) done.insert(fragment->name);
    std::set<std::string> partial;
    for (const StageUse& use : uses_) partial.insert(use.partial.begin(), use.partial.end());
    for (const StageUse& use : uses_) {
      std::set<std::string_view> own;
      INGOT_ASSIGN(const auto fragments, FragmentsOf(*use.file, files_, false));
      for (const WgslFile* fragment : fragments) {
        if (!done.insert(fragment->name).second) continue;
        if (fragment->header.shared) AddShared(*fragment->header.shared, &out_.header);
        if (!partial.contains(fragment->name)) {
          out_.header.uses.push_back(fragment->name);
          continue;
        }
        for (const wgsl::Declaration& declaration : fragment->module.declarations) {
          const bool is_own = std::ranges::any_of(use.own.declarations, [&](const auto& other) {
            return wgsl::DeclaredName(other) == wgsl::DeclaredName(declaration);
          });
          if (!is_own) out_.module.declarations.push_back(declaration);
        }
      }
    }
    return {};
  }

  // The kernel's own declarations, its calls of slots led to the stages.
  Status AddMain() {
    std::vector<SlotCalls> calls;
    for (const SlotLine& slot : kernel_.header.slots) {
      calls.push_back({slot.name, slot.kind, filled_[slot.name], FunctionsOf(slot.port, *ports_)});
    }
    INGOT_TRY(AddLedFragments(calls));
    for (const wgsl::Declaration& declaration : kernel_.module.declarations) {
      out_.module.declarations.push_back(declaration);
      wgsl::Declaration& added = out_.module.declarations.back();
      INGOT_TRY(LeadCalls(kernel_.path, calls, &added));
      SetHeads(&added);
      main_names_.emplace(wgsl::DeclaredName(added));
    }
    for (const SlotCalls& slot : calls) AddSwitches(slot, &out_.module);
    wgsl::Struct* params = Params();
    if (params == nullptr) {
      return Status(Code::kInvalidArgument,
                    StrCat(kernel_.path, ": a kernel with slots needs a struct Params"));
    }
    for (const wgsl::Field& field : params->members) main_names_.insert(field.name);
    return {};
  }

  // Fragments of the kernel that call slots, or use such, are taken here, their calls led as well;
  // what they use is left to be named.
  Status AddLedFragments(const std::vector<SlotCalls>& calls) {
    INGOT_ASSIGN(const std::vector<const WgslFile*> of_main, FragmentsOf(kernel_, files_, false));
    std::set<std::string> led;
    std::vector<std::string> uses = out_.header.uses;
    for (const WgslFile* fragment : of_main) {
      bool is_led = std::ranges::any_of(
          fragment->header.uses, [&](const std::string& name) { return led.contains(name); });
      for (const wgsl::Declaration& declaration : fragment->module.declarations) {
        is_led |= CallsSlot(calls, declaration);
      }
      if (!is_led) continue;
      led.insert(fragment->name);
      uses.insert(uses.end(), fragment->header.uses.begin(), fragment->header.uses.end());
      for (const wgsl::Declaration& declaration : fragment->module.declarations) {
        out_.module.declarations.push_back(declaration);
        INGOT_TRY(LeadCalls(fragment->path, calls, &out_.module.declarations.back()));
      }
    }
    out_.header.uses.clear();
    for (std::string& name : uses) {
      const bool known = std::ranges::find(out_.header.uses, name) != out_.header.uses.end();
      if (!known && !led.contains(name)) out_.header.uses.push_back(std::move(name));
    }
    return {};
  }

  // The constants HEADS and TOGETHER: how many stages the slot for heads has, and how many of them
  // are of one file and format: all or, as far as the kernel is concerned, one.
  void SetHeads(wgsl::Declaration* declaration) const {
    auto* variable = std::get_if<wgsl::Variable>(declaration);
    const bool is_constant = variable != nullptr && variable->kind == wgsl::VariableKind::kConst;
    if (!is_constant || !heads_) return;
    auto set = [&](size_t value) {
      variable->value = wgsl::Expr{.kind = wgsl::ExprKind::kLiteral, .text = StrCat(value, "u")};
    };
    if (variable->name == "HEADS") set(*heads_);
    if (variable->name != "TOGETHER") return;
    const bool agree = std::ranges::all_of(uses_, [&](const StageUse& use) {
      return use.slot->kind != SlotKind::kHeads || IsUniform(use);
    });
    set(agree ? *heads_ : 1);
  }

  wgsl::Struct* Params() {
    for (wgsl::Declaration& declaration : out_.module.declarations) {
      auto* found = std::get_if<wgsl::Struct>(&declaration);
      if (found != nullptr && found->name == "Params") return found;
    }
    return nullptr;
  }

  // How many uses declare a binding, override or field of the name.
  void CountNames() {
    for (const StageUse& use : uses_) {
      for (const wgsl::Field& field : use.fields) ++counts_[field.name];
      for (const wgsl::Declaration& declaration : use.own.declarations) {
        const std::string name(wgsl::DeclaredName(declaration));
        if (AsOverride(declaration) != nullptr || AsStorage(declaration) != nullptr) {
          ++counts_[name];
        }
      }
    }
  }

  // Whether all stages of the slot are of the use's file and format.
  bool IsUniform(const StageUse& use) const {
    return std::ranges::all_of(uses_, [&](const StageUse& other) {
      return other.slot != use.slot || (other.file == use.file && other.format == use.format);
    });
  }

  std::string NameOf(const StageUse& use, const std::string& name) const {
    const bool is_single = counts_.at(name) == 1 && !main_names_.contains(name);
    if (is_single) return name;
    if (name == use.slot->name && use.under.empty()) {
      return use.prefix.substr(0, use.prefix.size() - 1);
    }
    return use.prefix + name;
  }

  Status AddUse(StageUse& use) {
    NewNames names, fields;
    std::set<std::string> again;  // overrides that are there from another use
    for (const wgsl::Declaration& declaration : use.own.declarations) {
      const std::string name(wgsl::DeclaredName(declaration));
      if (AsOverride(declaration) != nullptr && IsUniform(use) && !main_names_.contains(name)) {
        names[name] = name;
        if (!shared_overrides_.insert(name).second) again.insert(name);
      } else if (AsOverride(declaration) != nullptr ||
                 (AsStorage(declaration) != nullptr && !IsSharedBinding(name))) {
        names[name] = NameOf(use, name);
      }
    }
    wgsl::Struct* params = Params();
    for (wgsl::Field field : use.fields) {
      const std::string name = NameOf(use, field.name);
      fields[field.name] = name;
      field.name = name;
      params->members.push_back(std::move(field));
    }
    INGOT_TRY(CheckFields(use));
    INGOT_TRY(RenameStage(names, fields, &use));
    names.insert(fields.begin(), fields.end());
    INGOT_TRY(AddStageHeader(use, names, again, &out_.header));
    for (wgsl::Declaration& declaration : use.own.declarations) {
      INGOT_TRY(AddDeclaration(use, again, std::move(declaration)));
    }
    return {};
  }

  // Uniforms that the stage takes from the kernel must be there.
  Status CheckFields(const StageUse& use) const {
    Status status;
    for (wgsl::Declaration declaration : use.file->module.declarations) {
      EditExprs(&declaration, [&](wgsl::Expr& expr) {
        const bool is_field = expr.kind == wgsl::ExprKind::kMember && expr.operands[0].IsName("p");
        if (!is_field || !status.ok() || main_names_.contains(expr.text) ||
            std::ranges::find(use.fields, expr.text, &wgsl::Field::name) != use.fields.end()) {
          return;
        }
        status = wgsl::ErrorAt(use.file->path, expr.place,
                               StrCat("uniform (", expr.text, ") is declared neither here nor by (",
                                      kernel_.name, ")"));
      });
    }
    return status;
  }

  Status AddDeclaration(const StageUse& use, const std::set<std::string>& again,
                        wgsl::Declaration declaration) {
    const std::string name(wgsl::DeclaredName(declaration));
    if (again.contains(name)) return {};
    if (const wgsl::Variable* variable = AsStorage(declaration);
        variable != nullptr && IsSharedBinding(name)) {
      for (wgsl::Declaration& known : out_.module.declarations) {
        auto* first = std::get_if<wgsl::Variable>(&known);
        if (first == nullptr || first->name != name) continue;
        if (first->type != variable->type) {
          return wgsl::ErrorAt(
              use.file->path, variable->place,
              StrCat("(", name, ") is (", wgsl::Print(*variable->type), ") here, but (",
                     wgsl::Print(*first->type), ") in another part of (", kernel_.name, ")"));
        }
        if (IsWritten(*variable)) first->template_args = variable->template_args;
        return {};
      }
    }
    if (auto* variable = std::get_if<wgsl::Variable>(&declaration);
        variable != nullptr && use.format && name.ends_with(kWeightFormat)) {
      variable->value =
          wgsl::Expr{.kind = wgsl::ExprKind::kLiteral, .text = StrCat(*use.format, "u")};
    }
    out_.module.declarations.push_back(std::move(declaration));
    return {};
  }

  void SetMeaning(const std::vector<FillLine>& fills) {
    out_.name = kernel_.name;
    if (fills.empty()) return;
    std::vector<FillLine> sorted;
    for (const SlotLine& slot : kernel_.header.slots) {
      auto fill = std::ranges::find(fills, slot.name, &FillLine::slot);
      if (fill != fills.end()) sorted.push_back(*fill);
    }
    out_.name = StrCat(kernel_.name, "{", Print(sorted), "}");
    out_.header.formula = StrCat(kernel_.header.formula, ", with ", Print(sorted));
    out_.header.key.clear();
    std::vector<std::string> before, after;
    for (const StageUse& use : uses_) {
      const std::string& means = use.file->header.means;
      if (means == kNoMeaning) continue;
      (use.slot->port == kRowPort ? before : after).push_back(means);
    }
    for (OpLine& line : out_.header.ops) {
      std::vector<std::string> ops = before;
      ops.push_back(line.op);
      ops.insert(ops.end(), after.begin(), after.end());
      line.op = Join(ops, "+");
    }
  }

  const WgslFile& kernel_;
  const WgslFiles& files_;
  const WgslFile* ports_ = nullptr;
  std::vector<StageUse> uses_;
  std::map<std::string, uint32_t> filled_;         // by slot
  std::optional<size_t> heads_;                    // of a slot that has such
  std::set<std::string, std::less<>> main_names_;  // declarations and uniforms
  std::map<std::string, size_t> counts_;
  std::set<std::string> shared_overrides_;
  WgslFile out_;
};

}  // namespace

Result<WgslFile> FillSlots(const WgslFile& kernel, const std::vector<FillLine>& fills,
                           const WgslFiles& files) {
  return SlotLinker(kernel, files).Run(fills);
}

}  // namespace ingot::kernels
