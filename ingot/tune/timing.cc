#include "ingot/tune/timing.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ingot/program/program.h"
#include "ingot/runtime/recorder.h"

namespace ingot::tune {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kRoundUs = 5000;       // of a list: long beside the clock's steps
constexpr uint64_t kDispatches = 1024;  // of a list at the most
constexpr double kWarmSeconds = 0.15;   // of work until a GPU has its clock
constexpr double kCoolSeconds = 0.5;    // of rest until it may have lost it
constexpr size_t kFewRounds = 3;
constexpr size_t kRounds = 6;      // from here on, a steady median is enough
constexpr double kSteady = 0.005;  // relative difference of the halves' medians
constexpr uint64_t kMostResultBytes = uint64_t{256} << 20;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// What a model reads anew with each layer, and so from memory.
bool IsCold(const kernels::BindingDesc& desc) {
  return desc.access == Access::kRead && desc.layout != "rows" && desc.layout != "vectors" &&
         desc.layout != "state" && desc.layout != "ids" && desc.layout != "table";
}

bool IsSteady(const std::vector<double>& samples) {
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  const double first = Median({samples.begin(), middle});
  const double second = Median({middle, samples.end()});
  return std::abs(first - second) <= kSteady * std::max(first, second);
}

}  // namespace

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Result<std::unique_ptr<Stand>> Stand::Create(runtime::Device& device,
                                             verify::KernelCase kernel_case,
                                             const TimingOptions& options) {
  std::unique_ptr<Stand> stand(new Stand(device, std::move(kernel_case), options));
  const verify::KernelCase& c = stand->case_;
  stand->places_.resize(c.bindings.size());
  for (size_t i = 0; i < c.bindings.size(); ++i) {
    const kernels::BindingDesc& desc = c.kernel->bindings[i];
    INGOT_TRY(stand->AddCopy(i).At(desc.name));
    Place& place = stand->places_[i];
    const uint64_t bytes = place.copies[0]->bytes();
    if (IsCold(desc)) place.most = (options.cold_bytes + bytes - 1) / bytes;
    if (desc.access == Access::kReadWrite && options.independent) {
      place.most = std::max<uint64_t>(1, kMostResultBytes / bytes);
    }
  }
  return stand;
}

Status Stand::AddCopy(size_t binding) {
  const verify::CaseBinding& source = case_.bindings[binding];
  const kernels::BindingDesc& desc = case_.kernel->bindings[binding];
  std::unique_ptr<runtime::Buffer> buffer;
  if (program::IsPlainLayout(desc.layout)) {
    INGOT_ASSIGN(buffer, device_.CreateBuffer((source.bytes.size() + 15) / 16 * 16, desc.name));
    if (!source.output) {
      std::vector<std::byte> tail(
          source.bytes.end() - static_cast<std::ptrdiff_t>(source.bytes.size() % 4),
          source.bytes.end());
      const size_t whole = source.bytes.size() - tail.size();
      INGOT_TRY(device_.Write(*buffer, 0, std::span(source.bytes).first(whole)));
      if (!tail.empty()) {
        tail.resize(4);
        INGOT_TRY(device_.Write(*buffer, whole, tail));
      }
    }
  } else {
    INGOT_ASSIGN(buffer, device_.PackWeight(desc.layout, source.dtype, source.rows, source.cols,
                                            source.bytes, desc.name));
  }
  places_[binding].copies.push_back(std::move(buffer));
  return Status();
}

Result<Stand::List> Stand::Record(const runtime::Command& command, uint64_t dispatches) {
  for (size_t i = 0; i < places_.size(); ++i) {
    while (places_[i].copies.size() < std::min(places_[i].most, dispatches)) {
      INGOT_TRY(AddCopy(i));
    }
  }
  runtime::Recorder recorder;
  for (uint64_t n = 0; n < dispatches; ++n) {
    runtime::Command next = command;
    for (size_t i = 0; i < places_.size(); ++i) {
      runtime::Buffer* buffer = places_[i].copies[n % places_[i].copies.size()].get();
      next.bindings.push_back({.buffer = buffer,
                               .offset = 0,
                               .bytes = buffer->bytes(),
                               .access = case_.kernel->bindings[i].access});
    }
    recorder.Append(std::move(next));
  }
  List list;
  list.dispatches = dispatches;
  INGOT_ASSIGN(list.commands, device_.Record(recorder.Take()));
  return list;
}

Result<double> Stand::Run(const List& list) {
  if (device_.facts().Has("timestamps")) return device_.TimeAll(*list.commands);
  const Clock::time_point start = Clock::now();
  INGOT_TRY(device_.Submit(*list.commands));
  INGOT_TRY(device_.Finish());
  return SecondsSince(start) * 1e6;
}

Result<Stand::List> Stand::MakeList(const runtime::Command& command) {
  uint64_t dispatches = 1;
  while (true) {
    INGOT_ASSIGN(List list, Record(command, dispatches));
    // The first run also pays for what is set up once.
    INGOT_ASSIGN(const double first, Run(list));
    INGOT_ASSIGN(const double second, Run(list));
    const double spent = std::max(1.0, std::min(first, second));
    if (spent >= kRoundUs || dispatches == kDispatches) return list;
    const double factor = std::clamp(1.2 * kRoundUs / spent, 2.0, 32.0);
    dispatches = std::min(
        kDispatches, static_cast<uint64_t>(std::ceil(static_cast<double>(dispatches) * factor)));
  }
}

Result<Timing> Stand::Time(const OverrideValues& overrides) {
  INGOT_ASSIGN(const auto pipeline, device_.CreatePipeline(case_.kernel->name, overrides));
  INGOT_ASSIGN(const runtime::Command command,
               verify::MakeCommand(case_, overrides, device_.facts(), *pipeline));
  INGOT_ASSIGN(const List list, MakeList(command));
  const bool cool = SecondsSince(last_work_) > kCoolSeconds;
  // Making it may have been the host's work, which lets a GPU's clock fall.
  const Clock::time_point cold = Clock::now();
  while (cool && SecondsSince(cold) < kWarmSeconds) INGOT_TRY(Run(list).status());
  const Clock::time_point start = Clock::now();
  std::vector<double> samples;
  while (true) {
    INGOT_ASSIGN(const double spent, Run(list));
    samples.push_back(spent / static_cast<double>(list.dispatches));
    const size_t rounds = samples.size();
    if (rounds >= kRounds && IsSteady(samples)) break;
    if (SecondsSince(start) < options_.seconds) continue;
    // A round that alone takes longer is not repeated.
    if (rounds >= kFewRounds || spent * 1e-6 > options_.seconds) break;
  }
  last_work_ = Clock::now();
  return Timing{.median_us = Median(samples),
                .min_us = *std::ranges::min_element(samples),
                .dispatches = list.dispatches,
                .rounds = samples.size(),
                .device_clock = device_.facts().Has("timestamps")};
}

}  // namespace ingot::tune
