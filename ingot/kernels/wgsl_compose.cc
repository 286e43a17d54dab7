#include "ingot/kernels/wgsl_compose.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "ingot/base/text.h"
#include "ingot/wgsl/eval.h"
#include "ingot/wgsl/reflect.h"

namespace ingot::kernels {
namespace {

// The length of an array on a function's stack; no compiler takes more.
constexpr int64_t kMaxAliasLength = 1 << 16;

class FragmentWalk {
 public:
  FragmentWalk(const WgslFiles& files, bool subgroups) : files_(files), subgroups_(subgroups) {}

  Status Add(const WgslFile& user) {
    for (const std::string& name : user.header.uses) {
      const WgslFile* fragment = Find(name);
      if (fragment == nullptr) {
        std::vector<std::string> known;
        for (const WgslFile* file : files_.All(FileKind::kFragment)) known.push_back(file->name);
        return Status(Code::kInvalidArgument, StrCat(user.path, ": unknown fragment (", name, ")",
                                                     NearestHint(name, known)));
      }
      if (std::ranges::find(open_, fragment) != open_.end()) {
        return Status(Code::kInvalidArgument,
                      StrCat(user.path, ": fragment (", name, ") uses itself"));
      }
      if (std::ranges::find(parts_, fragment) != parts_.end()) continue;
      open_.push_back(fragment);
      INGOT_TRY(Add(*fragment));
      open_.pop_back();
      parts_.push_back(fragment);
    }
    return {};
  }
  std::vector<const WgslFile*> Take() { return std::move(parts_); }

 private:
  const WgslFile* Find(const std::string& name) const {
    const WgslFile* chosen =
        subgroups_ ? files_.Find(FileKind::kFragment, name + "_subgroups") : nullptr;
    return chosen != nullptr ? chosen : files_.Find(FileKind::kFragment, name);
  }

  const WgslFiles& files_;
  const bool subgroups_;
  std::vector<const WgslFile*> parts_;
  std::vector<const WgslFile*> open_;
};

class Composer {
 public:
  explicit Composer(std::vector<const WgslFile*> fragments) : parts_(std::move(fragments)) {}

  Result<wgsl::Module> Join(const WgslFile& kernel) {
    parts_.push_back(&kernel);
    wgsl::Module module;
    for (const WgslFile* part : parts_) {
      for (const wgsl::Declaration& declaration : part->module.declarations) {
        INGOT_TRY(Note(declaration, *part));
        module.declarations.push_back(declaration);
      }
    }
    const size_t own = kernel.module.declarations.size();
    const auto kernel_begin = module.declarations.end() - static_cast<ptrdiff_t>(own);
    uint32_t next = 1;
    INGOT_TRY(Number(kernel, kernel_begin, module.declarations.end(), next));
    INGOT_TRY(Number(kernel, module.declarations.begin(), kernel_begin, next));
    if (!has_uniforms_) {
      return Status(Code::kInvalidArgument, StrCat(kernel.path, ": no var<uniform> is declared"));
    }
    return module;
  }

 private:
  using Iterator = std::vector<wgsl::Declaration>::iterator;

  Status Note(const wgsl::Declaration& declaration, const WgslFile& part) {
    const std::string name(wgsl::DeclaredName(declaration));
    if (name.empty()) return {};
    const wgsl::Place place =
        std::visit([](const auto& value) { return value.place; }, declaration);
    const std::string where = StrCat(part.path, ":", place.line);
    auto [it, is_new] = places_.emplace(name, where);
    if (is_new) return {};
    return Status(Code::kInvalidArgument,
                  StrCat(where, ": (", name, ") is declared in ", it->second, " too"));
  }

  Status Number(const WgslFile& kernel, Iterator begin, Iterator end, uint32_t& next) {
    for (; begin != end; ++begin) {
      auto* variable = std::get_if<wgsl::Variable>(&*begin);
      if (variable == nullptr || variable->kind != wgsl::VariableKind::kVar) continue;
      Result<wgsl::Space> space = wgsl::SpaceOf(*variable);
      if (!space.ok()) return wgsl::InText(kernel.path, space.status());
      if (*space == wgsl::Space::kStorage) {
        Place(variable, next++);
      } else if (*space == wgsl::Space::kUniform) {
        if (has_uniforms_) {
          return Status(
              Code::kInvalidArgument,
              StrCat(places_[variable->name], ": (", variable->name, ") is a second var<uniform>"));
        }
        has_uniforms_ = true;
        Place(variable, 0);
      }
    }
    return {};
  }

  static void Place(wgsl::Variable* variable, uint32_t number) {
    auto attribute = [](std::string_view name, uint32_t value) {
      wgsl::Expr literal{.kind = wgsl::ExprKind::kLiteral, .text = StrCat(value)};
      return wgsl::Attribute{.name = std::string(name), .args = {std::move(literal)}};
    };
    variable->attributes = {attribute("group", 0), attribute("binding", number)};
  }

  std::vector<const WgslFile*> parts_;         // fragments, each after those that it uses
  std::map<std::string, std::string> places_;  // of declared names: `PATH:LINE`
  bool has_uniforms_ = false;
};

}  // namespace

Result<std::vector<const WgslFile*>> FragmentsOf(const WgslFile& user, const WgslFiles& files,
                                                 bool subgroups) {
  FragmentWalk walk(files, subgroups);
  INGOT_TRY(walk.Add(user));
  return walk.Take();
}

Result<wgsl::Module> Compose(const WgslFile& kernel, const WgslFiles& files, bool subgroups) {
  INGOT_ASSIGN(std::vector<const WgslFile*> fragments, FragmentsOf(kernel, files, subgroups));
  return Composer(std::move(fragments)).Join(kernel);
}

Result<HeaderNumbers> NumbersOf(const wgsl::Module& module, std::string_view path,
                                const OverrideValues& overrides) {
  HeaderNumbers numbers;
  wgsl::Evaluator evaluator(module, overrides);
  for (const wgsl::Declaration& declaration : module.declarations) {
    const auto* variable = std::get_if<wgsl::Variable>(&declaration);
    if (variable == nullptr || variable->kind != wgsl::VariableKind::kOverride) continue;
    const Result<wgsl::Scalar> value = evaluator.EvaluateVariable(*variable);
    if (!value.ok()) return wgsl::InText(path, value.status());
    if (!wgsl::IsFloat(value->type)) numbers[variable->name] = value->integer;
  }
  return numbers;
}

Status AddAliases(const WgslFile& kernel, const HeaderNumbers& numbers, wgsl::Module* module) {
  std::vector<wgsl::Declaration> aliases;
  for (const AliasLine& line : kernel.header.aliases) {
    wgsl::Alias alias{.name = line.name, .type = line.type, .place = line.place};
    if (line.length) {
      const Result<int64_t> length = Evaluate(*line.length, numbers);
      if (!length.ok()) {
        return HeaderError(kernel.path, line.place,
                           StrCat("alias (", line.name, "): ", length.status().message()));
      }
      if (*length < 1 || *length > kMaxAliasLength) {
        return HeaderError(kernel.path, line.place,
                           StrCat("alias (", line.name, "): length (", *length, ") is not in 1..",
                                  kMaxAliasLength));
      }
      wgsl::Expr count{.kind = wgsl::ExprKind::kLiteral, .text = StrCat(*length)};
      alias.type = wgsl::Expr{.kind = wgsl::ExprKind::kName,
                              .text = "array",
                              .template_args = {line.type, std::move(count)}};
    }
    aliases.push_back(std::move(alias));
  }
  module->declarations.insert(module->declarations.begin(),
                              std::make_move_iterator(aliases.begin()),
                              std::make_move_iterator(aliases.end()));
  return {};
}

}  // namespace ingot::kernels
