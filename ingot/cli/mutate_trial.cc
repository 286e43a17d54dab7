#include "ingot/cli/mutate_trial.h"

#include <utility>

#include "ingot/base/json.h"
#include "ingot/base/text.h"

namespace ingot::cli {
namespace {

using verify::Fate;

constexpr double kPollSeconds = 0.05;
constexpr double kSleepFactor = 10;

// In the child: says which case comes next, and what came of it all.
void Work(const verify::Fault& fault, const std::string& folder, verify::FaultOptions options,
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
    said["cases"] = static_cast<uint64_t>(sentence->cases);
  } else {
    said["code"] = static_cast<int>(sentence.status().code());
    said["why"] = sentence.status().message();
  }
  tell(said.Dump());
}

}  // namespace

Result<Trial> Trial::Start(const verify::Fault& fault, const verify::FaultOptions& options,
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

Result<std::optional<Outcome>> Trial::Poll() {
  const Result<std::optional<std::string>> line = child_.NextLine(kPollSeconds);
  if (line.ok() && line->has_value()) {
    INGOT_ASSIGN(const Json said, Json::Parse(**line, "child"));
    heard_ = Clock::now();
    heard_at_cpu_ = child_.CpuSeconds();
    if (const Json* next = said.Find("case")) {
      case_ = next->AsString();
      return std::optional<Outcome>();
    }
    const std::string why = said.Find("why")->AsString();
    if (const Json* code = said.Find("code")) {
      Status status(static_cast<Code>(code->AsInt()), why);
      // A case may have lost the device; what else is wrong is not the kernel's fault.
      if (case_.empty() || status.code() != Code::kUnavailable) return status;
      return Killed(why);
    }
    return Ended({static_cast<Fate>(said.Find("fate")->AsInt()), why,
                  static_cast<size_t>(said.Find("cases")->AsInt())});
  }
  if (line.ok()) {
    const std::string end = child_.End();
    return Killed(StrCat(case_, ": its process ", end.empty() ? "ended" : end));
  }
  // A machine that is busy with other work hangs nobody; what sleeps uses no processor.
  const std::chrono::duration<double> silent = Clock::now() - heard_;
  const bool hangs = child_.CpuSeconds() - heard_at_cpu_ >= case_seconds_ ||
                     silent.count() >= kSleepFactor * case_seconds_;
  if (!hangs) return std::optional<Outcome>();
  child_.End();
  return Killed(StrCat(case_, ": no end after (", case_seconds_, ") seconds"));
}

std::optional<Outcome> Trial::Ended(verify::Sentence sentence) const {
  const std::chrono::duration<double> passed = Clock::now() - started_;
  return Outcome{fault_, std::move(sentence), passed.count()};
}

std::optional<Outcome> Trial::Killed(std::string why) const {
  return Ended({Fate::kKilled, std::move(why), 0});
}

}  // namespace ingot::cli
