// `ingot mutate`: faults planted in kernels, and whether the gate catches them.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ingot/base/child.h"
#include "ingot/base/json.h"
#include "ingot/base/text.h"
#include "ingot/cli/command.h"
#include "ingot/cli/engine.h"
#include "ingot/cli/output.h"
#include "ingot/cli/shared_flags.h"
#include "ingot/cli/text_diff.h"
#include "ingot/verify/judge_fault.h"
#include "ingot/wgsl/printer.h"

namespace ingot::cli {
namespace {

using std::chrono::steady_clock;
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
};

constexpr double kPollSeconds = 0.05;

// A folder that is gone with it.
class Scratch {
 public:
  Scratch() {
    std::string pattern = std::filesystem::temp_directory_path() / "ingot-mutate-XXXXXX";
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Outcome {
  Fault fault;
  verify::Sentence sentence;
};

// A fault in a process of its own, which may hang or die.
class Trial {
 public:
  static Result<Trial> Start(const Fault& fault, const verify::FaultOptions& options,
                             double case_seconds) {
    auto scratch = std::make_unique<Scratch>();
    if (scratch->path().empty()) {
      return Status(Code::kUnavailable, "no folder for temporary files");
    }
    INGOT_ASSIGN(Child child, Child::Start([&](const Child::Tell& tell) {
                   Work(fault, scratch->path(), options, tell);
                 }));
    return Trial(fault, std::move(scratch), std::move(child), case_seconds);
  }

  // Nothing while it goes on. Fails where the device is none.
  Result<std::optional<Outcome>> Poll() {
    const Result<std::optional<std::string>> line = child_.NextLine(kPollSeconds);
    if (line.ok() && line->has_value()) {
      INGOT_ASSIGN(const Json said, Json::Parse(**line, "child"));
      heard_ = steady_clock::now();
      if (const Json* next = said.Find("case")) {
        case_ = next->AsString();
        return std::optional<Outcome>();
      }
      if (const Json* code = said.Find("code")) {
        Status status(static_cast<Code>(code->AsInt()), said.Find("why")->AsString());
        // A case may have lost the device; what else is wrong is not the kernel's fault.
        if (case_.empty() || status.code() != Code::kUnavailable) return status;
        return Ended(Fate::kKilled, status.message());
      }
      return Ended(static_cast<Fate>(said.Find("fate")->AsInt()), said.Find("why")->AsString());
    }
    if (line.ok()) {
      const std::string end = child_.End();
      return Ended(Fate::kKilled, StrCat(case_, ": its process ", end.empty() ? "ended" : end));
    }
    const std::chrono::duration<double> silent = steady_clock::now() - heard_;
    if (silent.count() < case_seconds_) return std::optional<Outcome>();
    child_.End();
    return Ended(Fate::kKilled, StrCat(case_, ": no end after (", case_seconds_, ") seconds"));
  }

 private:
  Trial(Fault fault, std::unique_ptr<Scratch> scratch, Child child, double case_seconds)
      : fault_(std::move(fault)),
        scratch_(std::move(scratch)),
        child_(std::move(child)),
        case_seconds_(case_seconds) {}

  static void Work(const Fault& fault, const std::string& folder, verify::FaultOptions options,
                   const Child::Tell& tell) {
    options.before = [&](const std::string& name) {
      Json next = Json::Object();
      next["case"] = name;
      tell(next.Dump());
    };
    const Result<verify::Sentence> sentence = verify::JudgeFault(fault, folder, options);
    Json said = Json::Object();
    if (sentence.ok()) {
      said["fate"] = static_cast<int>(sentence->fate);
      said["why"] = sentence->why;
    } else {
      said["code"] = static_cast<int>(sentence.status().code());
      said["why"] = sentence.status().message();
    }
    tell(said.Dump());
  }

  std::optional<Outcome> Ended(Fate fate, std::string why) const {
    return Outcome{fault_, {fate, std::move(why), 0}};
  }

  Fault fault_;
  std::unique_ptr<Scratch> scratch_;
  Child child_;
  double case_seconds_;
  steady_clock::time_point heard_ = steady_clock::now();
  std::string case_;
};

bool Counts(const Outcome& outcome) {
  return outcome.sentence.fate == Fate::kKilled || outcome.sentence.fate == Fate::kSurvived;
}

// Plants `order` from its start, until so many count; what is planted does not depend on --jobs.
Result<std::vector<Outcome>> PlantAll(const std::vector<Fault>& order, const Flags& flags,
                                      const verify::FaultOptions& options) {
  Progress progress("planting", !flags.shared.quiet);
  std::vector<Outcome> outcomes;
  size_t counted = 0;
  while (counted < flags.min_mutants && outcomes.size() < order.size()) {
    const size_t begin = outcomes.size();
    const size_t end = std::min(order.size(), begin + flags.min_mutants - counted);
    outcomes.resize(end);
    std::map<size_t, Trial> running;
    for (size_t next = begin; next < end || !running.empty();) {
      if (next < end && running.size() < flags.jobs) {
        INGOT_ASSIGN(Trial trial, Trial::Start(order[next], options, flags.case_seconds));
        running.emplace(next++, std::move(trial));
        continue;
      }
      for (auto it = running.begin(); it != running.end();) {
        INGOT_ASSIGN(std::optional<Outcome> outcome, it->second.Poll());
        if (!outcome) {
          ++it;
          continue;
        }
        counted += Counts(*outcome) ? 1 : 0;
        outcomes[it->first] = *std::move(outcome);
        it = running.erase(it);
        progress.Show(counted, flags.min_mutants, order[next - 1].file->name);
      }
    }
  }
  return outcomes;
}

std::string DiffOf(const Fault& fault) {
  return LineDiff(wgsl::Print(fault.file->module), verify::Plant(fault));
}

// `index in matmul.wgsl, fn main, line 12`.
std::string Describe(const Fault& fault) {
  return StrCat(fault.kind, " in ", verify::FamilyOf(*fault.file), "/", fault.file->name,
                ".wgsl, fn ", fault.function, ", line ", fault.line);
}

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

Json ToJson(const Outcome& outcome) {
  Json json = Json::Object();
  json["kind"] = std::string(outcome.fault.kind);
  json["family"] = verify::FamilyOf(*outcome.fault.file);
  json["file"] = outcome.fault.file->path;
  json["function"] = outcome.fault.function;
  json["line"] = static_cast<uint64_t>(outcome.fault.line);
  json["fate"] = std::string(verify::Name(outcome.sentence.fate));
  json["why"] = outcome.sentence.why;
  json["diff"] = DiffOf(outcome.fault);
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
  INGOT_ASSIGN(const std::vector<Outcome> outcomes,
               PlantAll(verify::DrawFaults(files, flags.seed), flags, options));
  return Report(outcomes, flags);
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
  app.add_option("--case-seconds", flags->case_seconds, "After which a case hangs")
      ->check(Between(1, 86400));
  AddDeviceFlags(app, flags->shared);
  AddKernelDirFlag(app, flags->shared);
  AddOutputFlags(app, flags->shared);
  AddExample(app, "ingot mutate --seed 7 --adapter llvmpipe");
  return [flags] { return Mutate(*flags); };
}

}  // namespace ingot::cli
