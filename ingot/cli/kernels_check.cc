#include "ingot/cli/kernels_check.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "ingot/base/child.h"
#include "ingot/base/json.h"
#include "ingot/base/text.h"
#include "ingot/cli/engine.h"
#include "ingot/cli/kernels_report.h"
#include "ingot/cli/output.h"
#include "ingot/cli/scratch.h"
#include "ingot/kernels/wgsl_registry.h"
#include "ingot/verify/reverse_threads.h"

namespace ingot::cli {
namespace {

constexpr size_t kQuickShapes = 3;  // of each variant
constexpr size_t kRepeats = 10;

// A report that has only what is known before a case runs.
verify::Report Before(const kernels::KernelDesc& kernel, std::string name) {
  verify::Report report;
  report.kernel = kernel.name;
  report.file = kernel.file;
  report.name = std::move(name);
  return report;
}

// In the child: says which kernel and which case come next, with the row that stands if nothing
// more is heard; and the row of each kernel that it is through with.
Status CheckFrom(size_t first, const SharedFlags& flags, const CheckFlags& check,
                 const Child::Tell& tell) {
  runtime::DeviceOptions device_options = ToDeviceOptions(flags);
  const Scratch reversed;
  if (check.reverse_threads) {
    INGOT_ASSIGN(const auto registry, kernels::WgslRegistry::Load(device_options.kernel_dirs));
    INGOT_TRY(verify::WriteReversed(registry->files(), reversed.path()));
    device_options.kernel_dirs.push_back(reversed.path());
  }
  INGOT_ASSIGN(auto device, runtime::Open(device_options));
  INGOT_ASSIGN(const auto wanted, WantedKernels(*device, check.names));
  for (size_t i = first; i < wanted.size(); ++i) {
    const kernels::KernelDesc& kernel = *wanted[i];
    verify::Conformance unheard;
    auto tell_next = [&](verify::Report report) {
      unheard.failures = {std::move(report)};
      Json next = Json::Object();
      next["number"] = static_cast<uint64_t>(i);
      next["count"] = static_cast<uint64_t>(wanted.size());
      next["unheard"] = RowOf(kernel, unheard);
      tell(next.Dump());
    };
    tell_next(Before(kernel, "start"));
    verify::ConformanceOptions options = ToConformanceOptions(check);
    options.before = [&](const verify::KernelCase& next) {
      tell_next(verify::ReportOf(next));
      ++unheard.passed;
    };
    Result<verify::Conformance> found = verify::Conform(*device, kernel, options);
    verify::Conformance answer;
    if (found.ok()) {
      answer = *std::move(found);
    } else {
      INGOT_TRY(device->Finish());  // of a lost device every later kernel would say the same
      answer.failures = {Before(kernel, "cases")};
      answer.failures[0].message = found.status().message();
    }
    Json row = Json::Object();
    row["row"] = RowOf(kernel, answer);
    tell(row.Dump());
  }
  return {};
}

// The row that was foreseen, with what ended the child in the place of the message.
Json Interrupted(const Json& unheard, const std::string& why) {
  Json row = unheard;
  Json failure = (*unheard.Find("failures"))[0];
  failure["message"] = why;
  failure["text"] = StrCat(failure.Find("text")->AsString(), why);
  row["failures"] = Json::Array();
  row["failures"].Append(std::move(failure));
  return row;
}

// Rows of all kernels. After a kernel that ended the child another one goes on with the next.
Result<std::vector<Json>> CheckAll(const SharedFlags& flags, const CheckFlags& check) {
  Progress progress("checking", !flags.quiet);
  std::vector<Json> rows;
  for (;;) {
    INGOT_ASSIGN(Child child, Child::Start([&](const Child::Tell& tell) {
                   const Status status = CheckFrom(rows.size(), flags, check, tell);
                   Json end = Json::Object();
                   end["code"] = static_cast<int>(status.code());
                   end["message"] = status.message();
                   tell(end.Dump());
                 }));
    std::optional<Json> unheard;  // of the kernel that runs
    std::string why;
    for (;;) {
      const Result<std::optional<std::string>> line = child.NextLine(check.case_seconds);
      if (!line.ok()) why = line.status().message();
      if (!line.ok() || !line->has_value()) break;
      INGOT_ASSIGN(Json said, Json::Parse(**line, "child"));
      if (const Json* code = said.Find("code")) {
        if (code->AsInt() == 0) return rows;
        return Status(static_cast<Code>(code->AsInt()), said.Find("message")->AsString());
      }
      if (Json* row = const_cast<Json*>(said.Find("row"))) {
        rows.push_back(std::move(*row));
        unheard.reset();
        continue;
      }
      unheard = *said.Find("unheard");
      progress.Show(static_cast<uint64_t>(said.Find("number")->AsInt()),
                    static_cast<uint64_t>(said.Find("count")->AsInt()),
                    unheard->Find("kernel")->AsString());
    }
    const std::string end = child.End();
    if (why.empty()) why = StrCat("its process ", end.empty() ? "ended early" : end);
    if (!unheard) return Status(Code::kUnavailable, StrCat("device: ", why));
    rows.push_back(Interrupted(*unheard, why));
    if (rows.size() == check.names.size()) return rows;  // those named are through
  }
}

}  // namespace

verify::ConformanceOptions ToConformanceOptions(const CheckFlags& check) {
  verify::ConformanceOptions options;
  options.shapes = check.quick ? kQuickShapes : 0;
  options.combinations = !check.quick;
  options.large = check.all;
  if (check.all) options.gate.repeats = kRepeats;
  return options;
}

Result<std::vector<const kernels::KernelDesc*>> WantedKernels(
    const runtime::Device& device, const std::vector<std::string>& names) {
  std::vector<const kernels::KernelDesc*> wanted;
  std::vector<std::string> known;
  for (const kernels::KernelDesc* kernel : device.kernels()) {
    known.push_back(kernel->name);
    const bool is_named = std::ranges::find(names, kernel->name) != names.end();
    if (names.empty() || is_named) wanted.push_back(kernel);
  }
  for (const std::string& name : names) {
    if (std::ranges::find(known, name) != known.end()) continue;
    return Status(Code::kNotFound, StrCat("unknown kernel (", name, ")", NearestHint(name, known)));
  }
  return wanted;
}

Status CheckKernels(const SharedFlags& flags, const CheckFlags& check) {
  INGOT_ASSIGN(const std::vector<Json> rows, CheckAll(flags, check));
  return TellRows(rows, flags.json);
}

}  // namespace ingot::cli
