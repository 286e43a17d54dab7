// `ingot kernels`: the kernels there are, as they describe themselves.
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ingot/base/file.h"
#include "ingot/base/text.h"
#include "ingot/cli/command.h"
#include "ingot/cli/kernel_text.h"
#include "ingot/cli/kernels_check.h"
#include "ingot/cli/kernels_export.h"
#include "ingot/cli/kernels_link.h"
#include "ingot/cli/output.h"
#include "ingot/cli/shared_flags.h"
#include "ingot/kernels/recipe.h"
#include "ingot/kernels/registry.h"
#include "ingot/kernels/wgsl_describe.h"
#include "ingot/kernels/wgsl_registry.h"

namespace ingot::cli {
namespace {

struct Flags {
  SharedFlags shared;
  std::string action;
  std::string name;
  std::string target = "cpu";
  std::string op;
  CheckFlags check;
  std::string out, judge;  // folders
  LinkFlags link;
};

// The kernels of a target, and what keeps them alive.
struct Shelf {
  std::shared_ptr<const kernels::WgslRegistry> registry;  // null: those of the binary
  std::span<const kernels::KernelDesc* const> kernels;
};

Result<Shelf> OpenShelf(const Flags& flags) {
  if (flags.shared.kernel_dir.empty()) return Shelf{nullptr, kernels::KernelsOf(flags.target)};
  if (flags.target != "webgpu") {
    return Status(Code::kInvalidArgument,
                  StrCat("--kernel-dir is for --target webgpu, not (", flags.target, ")"));
  }
  INGOT_ASSIGN(auto registry, kernels::WgslRegistry::Load(flags.shared.kernel_dir));
  return Shelf{registry, registry->Kernels()};
}

Status List(const Flags& flags) {
  Json rows = Json::Array();
  Table table({"kernel", "op", "numerics", "phase", "priority", "needs", "weight formats"});
  std::vector<std::string> ops;
  INGOT_ASSIGN(const Shelf shelf, OpenShelf(flags));
  for (const kernels::KernelDesc* desc : shelf.kernels) {
    ops.push_back(desc->op);
    if (!flags.op.empty() && desc->op != flags.op) continue;
    rows.Append(KernelJson(*desc));
    table.Row({desc->name, desc->op, std::string(Name(desc->numerics)),
               desc->phase ? std::string(Name(*desc->phase)) : "both", StrCat(desc->priority),
               Join(desc->features, " "), FormatNames(*desc)});
  }
  if (rows.size() == 0) {
    return Status(Code::kNotFound,
                  StrCat("no kernel serves op (", flags.op, ")", NearestHint(flags.op, ops)));
  }
  if (flags.shared.json) {
    PrintJson(rows);
  } else {
    Print(table.Text());
  }
  return Status();
}

Status Show(const Flags& flags) {
  INGOT_ASSIGN(const Shelf shelf, OpenShelf(flags));
  std::vector<std::string> names;
  const kernels::KernelDesc* desc = nullptr;
  for (const kernels::KernelDesc* known : shelf.kernels) {
    names.push_back(known->name);
    if (known->name == flags.name) desc = known;
  }
  if (desc == nullptr) {
    return Status(Code::kNotFound,
                  StrCat("unknown kernel (", flags.name, ")", NearestHint(flags.name, names)));
  }
  if (flags.shared.json) {
    PrintJson(KernelJson(*desc));
  } else {
    Print(KernelText(*desc));
  }
  return Status();
}

// Shipped files, and those of the kernel folders, which win.
Result<kernels::WgslFiles> OpenFiles(const Flags& flags) {
  INGOT_ASSIGN(kernels::WgslFiles files, kernels::WgslFiles::Shipped());
  for (const std::string& folder : flags.shared.kernel_dir) INGOT_TRY(files.AddFolder(folder));
  return files;
}

// The text of a kernel's or a fragment's file, to be copied and changed.
Status Source(const Flags& flags) {
  INGOT_ASSIGN(const kernels::WgslFiles files, OpenFiles(flags));
  std::vector<std::string> names;
  using enum kernels::FileKind;
  for (const kernels::FileKind kind : {kKernel, kRecipe, kFragment, kStage}) {
    for (const kernels::WgslFile* file : files.All(kind)) {
      names.push_back(file->name);
      if (file->name != flags.name) continue;
      if (flags.shared.json) {
        Json json = Json::Object();
        json["file"] = file->path;
        json["text"] = file->text;
        PrintJson(json);
      } else {
        Print(file->text);
      }
      return Status();
    }
  }
  return Status(Code::kNotFound,
                StrCat("no WGSL file (", flags.name, ")", NearestHint(flags.name, names)));
}

// Reads one file as a part of the registry, with its neighbours of the kernel folders.
Status CheckHeader(const Flags& flags) {
  INGOT_ASSIGN(const std::string text, ReadFile(flags.name));
  INGOT_ASSIGN(const kernels::WgslFile file, kernels::ReadWgslFile(flags.name, text));
  std::vector<kernels::KernelDesc> described;
  using enum kernels::FileKind;
  INGOT_ASSIGN(const kernels::WgslFiles files, OpenFiles(flags));
  if (file.header.kind == kStage) INGOT_TRY(kernels::CheckStage(file, files));
  if (file.header.kind == kKernel || file.header.kind == kRecipe) {
    INGOT_ASSIGN(const kernels::WgslFile completed, kernels::Complete(file, files));
    INGOT_ASSIGN(described, kernels::Describe(completed, files));
  }
  if (flags.shared.json) {
    PrintJson(JsonArray(described, KernelJson));
    return {};
  }
  PrintLine(StrCat(flags.name, ": a ", Name(file.header.kind), " whose header agrees"));
  return {};
}

Status Link(const Flags& flags) {
  LinkFlags link = flags.link;
  link.name = flags.name;
  if (!link.fill.empty()) link.name += StrCat("{", link.fill, "}");
  link.json = flags.shared.json;
  INGOT_ASSIGN(const auto registry, kernels::WgslRegistry::Load(flags.shared.kernel_dir));
  return LinkKernels(*registry, link);
}

Status Check(const Flags& flags) {
  if (!flags.judge.empty()) return JudgeCases(flags.shared, flags.judge);
  CheckFlags check = flags.check;
  if (!flags.name.empty()) check.names.push_back(flags.name);
  if (!flags.out.empty()) return ExportCases(flags.shared, check, flags.out);
  return CheckKernels(flags.shared, check);
}

Status Kernels(const Flags& flags) {
  if (flags.action == "check-header") {
    if (!flags.name.empty()) return CheckHeader(flags);
    return Status(Code::kInvalidArgument, "check-header needs a WGSL file");
  }
  if (flags.action == "check") {
    return Check(flags);
  }
  if (flags.action == "link") return Link(flags);
  if (flags.action == "list") {
    if (flags.name.empty()) return List(flags);
    return Status(Code::kInvalidArgument, StrCat("list takes no name, but got (", flags.name, ")"));
  }
  if (flags.name.empty()) {
    return Status(Code::kInvalidArgument, StrCat(flags.action, " needs the name of a kernel"));
  }
  return flags.action == "source" ? Source(flags) : Show(flags);
}

}  // namespace

Action CmdKernels(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  app.add_option("ACTION", flags->action,
                 "list, show NAME, source NAME, check [NAME], link [NAME], or check-header FILE")
      ->required()
      ->check(OneOf({"list", "show", "source", "check", "link", "check-header"}));
  app.add_option("NAME", flags->name, "Kernel to show, check or link, or WGSL file");
  app.add_option("--target", flags->target, "Whose kernels")->check(OneOf({"cpu", "webgpu"}));
  app.add_option("--kernel", flags->check.names, "Check this kernel, as by NAME; repeatable")
      ->type_name("NAME")
      ->allow_extra_args(false);
  auto* quick = app.add_flag("--quick", flags->check.quick,
                             "Check three shapes of each variant, and no other overrides");
  app.add_flag("--all", flags->check.all, "Check large shapes as well, and repeat ten times")
      ->excludes(quick);
  app.add_flag("--reverse-threads", flags->check.reverse_threads,
               "Check kernels whose threads are numbered from the last: what waits for too little "
               "may show only in one order");
  app.add_option("--case-seconds", flags->check.case_seconds,
                 "After which a case is ended that is not through")
      ->check(Between(1, 86400));
  auto* out = app.add_option("--export", flags->out,
                             "Check nothing, but write the cases to a folder, for a page to run; "
                             "without --quick and --all three of each kernel, on one pipeline");
  out->type_name("DIR");
  app.add_option("--judge", flags->judge, "Check the answers that such a page left in the folder")
      ->type_name("DIR")
      ->excludes(out);
  app.add_option("--variant", flags->link.variant, "Of the kernel to link");
  app.add_option("--set", flags->link.set, "Value of an override of the kernel to link; repeatable")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  app.add_option("--fill", flags->link.fill,
                 "Stages for the slots of the kernel to link: x=rms_norm; w=q4_k,q4_k")
      ->type_name("SLOT=STAGE");
  app.add_option(
         "--enable", flags->link.enable,
         "Extension (f16, subgroups) for which link writes the line that some compilers want")
      ->type_name("NAME")
      ->allow_extra_args(false);
  AddDeviceFlags(app, flags->shared);
  AddKernelDirFlag(app, flags->shared);
  app.add_option("--op", flags->op, "List only those of this op");
  AddOutputFlags(app, flags->shared);
  AddExample(app, "ingot kernels list --op matmul\n  ingot kernels check --device webgpu rmsnorm");
  return [flags] { return Kernels(*flags); };
}

}  // namespace ingot::cli
