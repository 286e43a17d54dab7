// A planted fault before the gate, in a process of its own.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "ingot/base/child.h"
#include "ingot/cli/scratch.h"
#include "ingot/verify/judge_fault.h"

namespace ingot::cli {

struct Outcome {
  verify::Fault fault;
  verify::Sentence sentence;
  double seconds = 0;
};

// The process may hang or die, or lose its device: then the fault is killed.
class Trial {
 public:
  static Result<Trial> Start(const verify::Fault& fault, const verify::FaultOptions& options,
                             double case_seconds);

  // Waits a moment; nothing while it goes on. Fails where the device is none.
  Result<std::optional<Outcome>> Poll();

 private:
  using Clock = std::chrono::steady_clock;
  Trial(verify::Fault fault, std::unique_ptr<Scratch> scratch, Child child, double case_seconds)
      : fault_(std::move(fault)),
        scratch_(std::move(scratch)),
        child_(std::move(child)),
        case_seconds_(case_seconds) {}
  std::optional<Outcome> Ended(verify::Sentence sentence) const;
  std::optional<Outcome> Killed(std::string why) const;

  verify::Fault fault_;
  std::unique_ptr<Scratch> scratch_;
  Child child_;
  double case_seconds_;
  Clock::time_point started_ = Clock::now(), heard_ = started_;
  double heard_at_cpu_ = 0;
  std::string case_;  // that runs
};

}  // namespace ingot::cli
