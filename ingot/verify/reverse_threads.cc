#include "ingot/verify/reverse_threads.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "ingot/base/file.h"
#include "ingot/base/text.h"
#include "ingot/wgsl/printer.h"

namespace ingot::verify {
namespace {

constexpr std::string_view kThread = "Thr";  // struct of the fragment `grid`, with `index`
constexpr std::string_view kNumber = "local_invocation_index";

// How the parameter is counted from the last; empty for one that is no number of a thread.
std::string Reversal(const wgsl::Field& param, const std::string& given, const std::string& last) {
  const wgsl::Attribute* builtin = wgsl::Find(param.attributes, "builtin");
  if (builtin != nullptr && builtin->args.at(0).IsName(kNumber)) {
    return StrCat("let ", param.name, " = ", last, " - ", given, ";");
  }
  if (!param.type.IsName(kThread)) return "";
  return StrCat("var ", param.name, " = ", given, "; ", param.name, ".index = ", last, " - ", given,
                ".index;");
}

bool Reverse(wgsl::Function* main) {
  const wgsl::Attribute* size = wgsl::Find(main->attributes, "workgroup_size");
  if (size == nullptr || size->args.size() != 1) return false;
  for (wgsl::Field& param : main->params) {
    const std::string given = StrCat(param.name, "_forward");
    const std::string text = Reversal(param, given, StrCat(wgsl::Print(size->args[0]), " - 1u"));
    if (text.empty()) continue;
    const auto lines = wgsl::Parse(StrCat("fn lines() {", text, "}"), "reversal");
    INGOT_CHECK(lines.ok());
    std::vector<wgsl::Stmt> first =
        std::get<wgsl::Function>(lines->declarations.at(0)).body.children;
    std::vector<wgsl::Stmt>& body = main->body.children;
    body.insert(body.begin(), std::move_iterator(first.begin()), std::move_iterator(first.end()));
    param.name = given;
    return true;
  }
  return false;
}

}  // namespace

bool ReverseThreads(wgsl::Module* module) {
  for (wgsl::Declaration& declaration : module->declarations) {
    auto* function = std::get_if<wgsl::Function>(&declaration);
    if (function != nullptr && function->name == "main") return Reverse(function);
  }
  return false;
}

Status WriteReversed(const kernels::WgslFiles& files, const std::string& folder) {
  for (const kernels::WgslFile* file : files.All(kernels::FileKind::kKernel)) {
    wgsl::Module module = file->module;
    if (!ReverseThreads(&module)) continue;
    INGOT_TRY(WriteFileAtomic(StrCat(folder, "/", file->name, ".wgsl"), wgsl::Print(module)));
  }
  return {};
}

}  // namespace ingot::verify
