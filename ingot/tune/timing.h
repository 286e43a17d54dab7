// Stand: the data of one kernel on a device, made to be timed. A dispatch finds its weights in
// memory and not in a cache, and the device at the clock that steady work gives it.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "ingot/runtime/device.h"
#include "ingot/verify/gate.h"

namespace ingot::tune {

struct TimingOptions {
  double seconds = 0.5;                       // for one choice of overrides at the most, about
  bool independent = false;                   // dispatches need not wait for each other
  uint64_t cold_bytes = uint64_t{256} << 20;  // that are read before a weight is read again
};

// Microseconds of one dispatch: each round is a list of dispatches, divided by their number.
struct Timing {
  double median_us = 0;
  double min_us = 0;
  uint64_t dispatches = 0;  // of a round
  uint64_t rounds = 0;
  bool device_clock = false;  // else the host's, and each round includes a submission
};

// REQUIRES: values.
double Median(std::vector<double> values);

// One at a time on a device, which outlives it.
class Stand {
 public:
  // Puts the data of the case on the device.
  static Result<std::unique_ptr<Stand>> Create(runtime::Device& device,
                                               verify::KernelCase kernel_case,
                                               const TimingOptions& options);

  const verify::KernelCase& kernel_case() const { return case_; }
  // Times the case's kernel with these overrides, which are complete.
  Result<Timing> Time(const OverrideValues& overrides);

 private:
  // The buffers that the dispatches of a list bind in turn.
  struct Place {
    std::vector<std::unique_ptr<runtime::Buffer>> copies;
    uint64_t most = 1;
  };
  struct List {
    std::unique_ptr<runtime::CommandList> commands;
    uint64_t dispatches = 0;
  };

  Stand(runtime::Device& device, verify::KernelCase kernel_case, const TimingOptions& options)
      : device_(device), case_(std::move(kernel_case)), options_(options) {}

  Status AddCopy(size_t binding);
  Result<List> Record(const runtime::Command& command, uint64_t dispatches);
  // A list long enough to be timed.
  Result<List> MakeList(const runtime::Command& command);
  // Microseconds of the whole list.
  Result<double> Run(const List& list);

  runtime::Device& device_;
  verify::KernelCase case_;
  TimingOptions options_;
  std::vector<Place> places_;
  std::chrono::steady_clock::time_point last_work_{};
};

}  // namespace ingot::tune
