#include "ingot/tune/peaks.h"

#include <algorithm>
#include <array>

#include "ingot/base/text.h"
#include "ingot/kernels/cpu/peaks.h"
#include "ingot/kernels/registry.h"
#include "ingot/verify/cases.h"

namespace ingot::tune {
namespace {

constexpr uint64_t kSeed = 1;
constexpr uint64_t kCacheBytes = uint64_t{256} << 20;  // beyond most caches
constexpr uint64_t kWhole = 4096;                      // elements of the largest workgroup
constexpr double kEnoughUs = 200;  // of a dispatch, beside what starting it costs

// A kernel whose work grows until a dispatch takes long enough.
struct Probe {
  std::string_view kernel;
  uint64_t first = 0;  // elements
  uint64_t most = 0;
  uint64_t growth = 4;
  std::string_view more;   // of the shape
  std::string_view tuned;  // the override that is tried with
  std::array<double, 3> values;
};

constexpr Probe kCopy = {.kernel = "probe_copy",
                         .first = kCacheBytes / 16,
                         .most = kCacheBytes / 4,
                         .more = "",
                         .tuned = "QUADS",
                         .values = {1, 2, 4}};
constexpr Probe kFma = {.kernel = "probe_fma",
                        .first = 1 << 14,
                        .most = 1 << 22,
                        .growth = 16,
                        .more = " steps=64",
                        .tuned = "WG",
                        .values = {64, 128, 256}};

// One workgroup that does as good as nothing.
constexpr Probe kStart = {.kernel = "probe_fma",
                          .first = 4,
                          .most = 4,
                          .more = " steps=0",
                          .tuned = "WG",
                          .values = {64, 128, 256}};

struct Reached {
  verify::Work work;
  double us = 0;
};

Result<Reached> Run(runtime::Device& device, const kernels::KernelDesc& kernel, const Probe& probe,
                    double seconds) {
  const uint64_t fits = device.facts().max_binding_bytes / sizeof(float) / kWhole * kWhole;
  uint64_t size = std::min(probe.first, fits);
  while (true) {
    INGOT_ASSIGN(verify::KernelCase data,
                 verify::MakeTimedCase(kernel, StrCat("size=", size, probe.more), kSeed));
    INGOT_ASSIGN(const auto stand, Stand::Create(device, std::move(data), {.seconds = seconds}));
    const verify::KernelCase& c = stand->kernel_case();
    INGOT_ASSIGN(Timing best, stand->Time(c.overrides));
    const uint64_t next = std::min({probe.most, fits, size * probe.growth});
    if (best.median_us < kEnoughUs && next > size) {
      size = next;
      continue;
    }
    for (double value : probe.values) {
      OverrideValues overrides = c.overrides;
      overrides[std::string(probe.tuned)] = value;
      INGOT_ASSIGN(const Timing timing, stand->Time(overrides));
      if (timing.median_us < best.median_us) best = timing;
    }
    return Reached{c.work, best.median_us};
  }
}

constexpr int kHostRounds = 3;

}  // namespace

Result<Bandwidth> MeasureBandwidth(runtime::Device& device, double seconds) {
  const kernels::KernelDesc* copy = kernels::FindKernel(device.kernels(), kCopy.kernel);
  if (copy == nullptr) {
    kernels::cpu::ThreadPool pool(device.facts().threads);
    const std::vector<std::byte> memory(kCacheBytes, std::byte{1});
    return Bandwidth{kernels::cpu::ReadBandwidth(memory, pool, kHostRounds), false};
  }
  INGOT_ASSIGN(const Reached reached, Run(device, *copy, kCopy, seconds));
  return Bandwidth{static_cast<double>(reached.work.bytes) / reached.us * 1e6, true};
}

Result<Peaks> MeasurePeaks(runtime::Device& device, double seconds) {
  Peaks peaks;
  INGOT_ASSIGN(peaks.memory, MeasureBandwidth(device, seconds));
  const kernels::KernelDesc* fma = kernels::FindKernel(device.kernels(), kFma.kernel);
  if (fma == nullptr) {
    kernels::cpu::ThreadPool pool(device.facts().threads);
    peaks.f32_flops = kernels::cpu::F32Peak(pool, kHostRounds);
    return peaks;  // calling a function takes no time that counts
  }
  INGOT_ASSIGN(const Reached reached, Run(device, *fma, kFma, seconds));
  peaks.f32_flops = static_cast<double>(reached.work.flops) / reached.us * 1e6;
  INGOT_ASSIGN(const Reached started, Run(device, *fma, kStart, seconds));
  peaks.dispatch_us = started.us;
  return peaks;
}

std::string_view NameOf(const Bandwidth& bandwidth) { return bandwidth.copied ? "copy" : "read"; }

Floor FloorOf(const verify::Work& work, const Peaks& peaks, bool independent) {
  const double memory = static_cast<double>(work.bytes) / peaks.memory.bytes_per_second * 1e6;
  const double arithmetic =
      peaks.f32_flops > 0 ? static_cast<double>(work.flops) / peaks.f32_flops * 1e6 : 0;
  const double peak = std::max(memory, arithmetic);
  return {peak, peak + (independent ? 0 : peaks.dispatch_us), memory >= arithmetic};
}

}  // namespace ingot::tune
