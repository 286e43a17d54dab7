// `ingot mutate`: faults planted in kernels, and whether the gate catches them.
#include <algorithm>
#include <atomic>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ingot/base/file.h"
#include "ingot/base/json.h"
#include "ingot/base/text.h"
#include "ingot/cli/command.h"
#include "ingot/cli/engine.h"
#include "ingot/cli/interrupt.h"
#include "ingot/cli/mutate_trial.h"
#include "ingot/cli/output.h"
#include "ingot/cli/shared_flags.h"
#include "ingot/cli/text_diff.h"
#include "ingot/verify/judge_fault.h"
#include "ingot/wgsl/printer.h"

namespace ingot::cli {
namespace {

using verify::Fate;
using verify::Fault;

struct Flags {
  SharedFlags shared;
  std::string kinds = "wgsl";
  std::string name;  // of the file; empty: all
  uint64_t seed = 1;
  uint64_t min_mutants = 200;
  double allow = 0.03;
  uint64_t jobs = 2;
  double case_seconds = 60;
  std::string log;  // file; empty: none
};

bool Counts(const Outcome& outcome) {
  return outcome.sentence.fate == Fate::kKilled || outcome.sentence.fate == Fate::kSurvived;
}

std::string DiffOf(const Fault& fault) {
  return LineDiff(wgsl::Print(fault.file->module), verify::Plant(fault));
}

// `index in matmul.wgsl, fn main, line 12`.
std::string Describe(const Fault& fault) {
  return StrCat(fault.kind, " in ", verify::FamilyOf(*fault.file), "/", fault.file->name,
                ".wgsl, fn ", fault.function, ", line ", fault.line);
}

Json ToJson(const Outcome& outcome) {
  Json json = Json::Object();
  json["kind"] = std::string(outcome.fault.kind);
  json["family"] = verify::FamilyOf(*outcome.fault.file);
  json["file"] = outcome.fault.file->path;
  json["function"] = outcome.fault.function;
  json["line"] = static_cast<uint64_t>(outcome.fault.line);
  json["fate"] = std::string(verify::Name(outcome.sentence.fate));
  json["cases"] = static_cast<uint64_t>(outcome.sentence.cases);
  json["seconds"] = outcome.seconds;
  json["why"] = outcome.sentence.why;
  json["diff"] = DiffOf(outcome.fault);
  return json;
}

// Plants faults one after another, and keeps what came of them.
class Planting {
 public:
  Planting(const Flags& flags, const verify::FaultOptions& options)
      : flags_(flags), options_(options), progress_("planting", !flags.shared.quiet) {}

  // `order` from its start, until so many count or an interrupt ends it; what is planted does not
  // depend on --jobs.
  Status Run(const std::vector<Fault>& order) {
    const std::atomic<bool>* interrupted = WatchInterrupts();
    std::vector<std::optional<Outcome>> outcomes;
    while (counted_ < flags_.min_mutants && outcomes.size() < order.size() && !*interrupted) {
      size_t next = outcomes.size();
      outcomes.resize(std::min(order.size(), next + flags_.min_mutants - counted_));
      std::map<size_t, Trial> running;
      while ((next < outcomes.size() || !running.empty()) && !*interrupted) {
        if (next < outcomes.size() && running.size() < flags_.jobs) {
          INGOT_ASSIGN(Trial trial, Trial::Start(order[next], options_, flags_.case_seconds));
          running.emplace(next++, std::move(trial));
          continue;
        }
        for (auto it = running.begin(); it != running.end();) {
          INGOT_ASSIGN(outcomes[it->first], it->second.Poll());
          if (outcomes[it->first]) INGOT_TRY(Keep(*outcomes[it->first]));
          it = outcomes[it->first] ? running.erase(it) : std::next(it);
        }
      }
    }
    for (std::optional<Outcome>& outcome : outcomes) {
      if (outcome) outcomes_.push_back(*std::move(outcome));
    }
    if (!*interrupted) return {};
    return Status(Code::kUnavailable, StrCat("interrupted after (", counted_, ") mutants"));
  }

  const std::vector<Outcome>& outcomes() const { return outcomes_; }

 private:
  Status Keep(const Outcome& outcome) {
    counted_ += Counts(outcome) ? 1 : 0;
    survived_ += outcome.sentence.fate == Fate::kSurvived ? 1 : 0;
    progress_.Show(counted_, flags_.min_mutants,
                   StrCat("survived ", survived_, ", ", outcome.fault.file->name));
    if (flags_.log.empty()) return {};
    return AppendFile(flags_.log, StrCat(ToJson(outcome).Dump(), "\n"));
  }

  const Flags& flags_;
  const verify::FaultOptions& options_;
  Progress progress_;
  size_t counted_ = 0, survived_ = 0;
  std::vector<Outcome> outcomes_;
};

using Tally = std::map<Fate, size_t>;

Json ToJson(const Tally& tally) {
  Json json = Json::Object();
  for (const Fate fate : {Fate::kKilled, Fate::kSurvived, Fate::kEquivalent, Fate::kInvalid}) {
    auto it = tally.find(fate);
    json[verify::Name(fate)] = static_cast<uint64_t>(it == tally.end() ? 0 : it->second);
  }
  return json;
}

Json ToJson(const std::map<std::string, Tally>& tallies) {
  Json json = Json::Object();
  for (const auto& [name, tally] : tallies) json[name] = ToJson(tally);
  return json;
}

void PrintTallies(std::string heading, const std::map<std::string, Tally>& tallies) {
  Table table({std::move(heading), "killed", "survived", "equivalent", "invalid"});
  for (const auto& [name, tally] : tallies) {
    std::vector<std::string> row = {name};
    const Json counts = ToJson(tally);
    for (const auto& [key, count] : counts.members()) row.push_back(StrCat(count.AsInt()));
    table.Row(std::move(row));
  }
  Print(table.Text());
}

Status Report(const std::vector<Outcome>& outcomes, const Flags& flags) {
  Tally all;
  std::map<std::string, Tally> by_kind, by_family;
  for (const Outcome& outcome : outcomes) {
    const Fate fate = outcome.sentence.fate;
    ++all[fate];
    ++by_kind[std::string(outcome.fault.kind)][fate];
    ++by_family[verify::FamilyOf(*outcome.fault.file)][fate];
  }
  const size_t counted = all[Fate::kKilled] + all[Fate::kSurvived];
  if (flags.shared.json) {
    Json json = Json::Object();
    json["seed"] = flags.seed;
    json["allow"] = flags.allow;
    json["counts"] = ToJson(all);
    json["by_kind"] = ToJson(by_kind);
    json["by_family"] = ToJson(by_family);
    json["mutants"] = JsonArray(outcomes, [](const Outcome& outcome) { return ToJson(outcome); });
    PrintJson(json);
  } else {
    PrintTallies("kind", by_kind);
    PrintTallies("family", by_family);
    for (const Outcome& outcome : outcomes) {
      if (outcome.sentence.fate != Fate::kSurvived) continue;
      PrintLine(StrCat("survived: ", Describe(outcome.fault)));
      Print(DiffOf(outcome.fault));
    }
    PrintLine(StrCat("killed ", all[Fate::kKilled], " of ", counted, " with seed ", flags.seed));
  }
  if (counted == 0) return Status(Code::kMismatch, "no fault could be planted");
  const size_t survived = all[Fate::kSurvived];
  if (static_cast<double>(survived) <= flags.allow * static_cast<double>(counted)) return {};
  return Status(Code::kMismatch,
                StrCat("(", survived, ") of (", counted,
                       ") faults survived, more than a share of (", flags.allow, ")"));
}

Status Mutate(const Flags& flags) {
  verify::FaultOptions options;
  options.device = ToDeviceOptions(flags.shared);
  options.device.kind = "webgpu";
  options.seed = flags.seed;
  INGOT_ASSIGN(options.original, kernels::WgslRegistry::Load(flags.shared.kernel_dir));
  std::vector<const kernels::WgslFile*> files;
  std::vector<std::string> names;
  using enum kernels::FileKind;
  for (const kernels::FileKind kind : {kKernel, kFragment, kStage}) {
    for (const kernels::WgslFile* file : options.original->files().All(kind)) {
      if (verify::FamilyOf(*file) == "probe") continue;  // they serve the checks themselves
      names.push_back(file->name);
      if (flags.name.empty() || file->name == flags.name) files.push_back(file);
    }
  }
  if (files.empty()) {
    return Status(Code::kNotFound,
                  StrCat("unknown file (", flags.name, ")", NearestHint(flags.name, names)));
  }
  Planting planting(flags, options);
  const Status planted = planting.Run(verify::DrawFaults(files, flags.seed));
  const Status reported = Report(planting.outcomes(), flags);
  return planted.ok() ? reported : planted;
}

}  // namespace

Action CmdMutate(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  flags->shared.device = "webgpu";
  app.description(
      "Plants faults in the shipped kernels, fragments and stages, one at a time, and runs the "
      "cases "
      "of `kernels check` on each. A fault counts as killed if a case fails, hangs or ends its "
      "process, as survived if none does. Those that no case's text holds (equivalent) and texts "
      "that are refused before they run (invalid) do not count. Exit code 1 if more survive than "
      "--allow.");
  app.add_option("--kinds", flags->kinds, "What faults are planted in")->check(OneOf({"wgsl"}));
  app.add_option("--seed", flags->seed, "Chooses the faults");
  app.add_option("--min-mutants", flags->min_mutants, "How many must count, if there are so many")
      ->check(Between(1, 1 << 20));
  app.add_option("--allow", flags->allow, "Share that may survive")->check(CLI::Range(0.0, 1.0));
  app.add_option("--kernel", flags->name, "Only in this kernel, fragment or stage");
  app.add_option("--jobs", flags->jobs, "Faults at a time")->check(Between(1, 256));
  app.add_option("--log", flags->log, "Adds each fault to this file as soon as it is judged");
  app.add_option("--case-seconds", flags->case_seconds, "Of processors, after which a case hangs")
      ->check(Between(1, 86400));
  AddDeviceFlags(app, flags->shared);
  AddKernelDirFlag(app, flags->shared);
  AddOutputFlags(app, flags->shared);
  AddExample(app, "ingot mutate --seed 7 --adapter llvmpipe");
  return [flags] { return Mutate(*flags); };
}

}  // namespace ingot::cli
