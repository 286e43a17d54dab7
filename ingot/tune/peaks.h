// Peaks: what a device can do at the most, measured in the same run as what is held against it.
#pragma once

#include <string_view>

#include "ingot/runtime/device.h"
#include "ingot/tune/timing.h"
#include "ingot/verify/gate.h"

namespace ingot::tune {

struct Bandwidth {
  double bytes_per_second = 0;
  bool copied = false;  // bytes read and bytes written by a copy; else bytes that are read
};

struct Peaks {
  Bandwidth memory;
  double f32_flops = 0;    // a multiply-add is two; 0 where no probe is written for the processor
  double dispatch_us = 0;  // of one that does next to nothing and waits for the one before it
};

// By the probe kernels of the device; of one that has none, by what the host's threads reach.
// `seconds` is for one timing.
Result<Bandwidth> MeasureBandwidth(runtime::Device& device, double seconds);
Result<Peaks> MeasurePeaks(runtime::Device& device, double seconds);

// `copy` or `read`.
std::string_view NameOf(const Bandwidth& bandwidth);

// The least time of a dispatch: what its work takes at the peak that bounds it, and where each
// waits for the one before it, what starting one takes.
struct Floor {
  double peak_us = 0;  // of the work alone
  double us = 0;
  bool by_memory = true;
};
Floor FloorOf(const verify::Work& work, const Peaks& peaks, bool independent);

}  // namespace ingot::tune
