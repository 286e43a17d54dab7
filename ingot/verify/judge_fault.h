// A planted fault before the gate: every kernel that its file is part of, on the cases whose text
// it changes.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "ingot/kernels/wgsl_registry.h"
#include "ingot/runtime/device.h"
#include "ingot/verify/mutate_wgsl.h"

namespace ingot::verify {

enum class Fate : uint8_t {
  kKilled,      // a case failed
  kSurvived,    // all passed
  kInvalid,     // the text is refused: by the registry, by the linker or by the device's compiler
  kEquivalent,  // no case has a text that is another one
};
std::string_view Name(Fate fate);

struct Sentence {
  Fate fate = Fate::kSurvived;
  std::string why;   // the failed case, or why the text was refused
  size_t cases = 0;  // that ran
};

struct FaultOptions {
  runtime::DeviceOptions device;  // its folders come before the one with the fault
  std::shared_ptr<const kernels::WgslRegistry> original;  // of these folders
  uint64_t seed = 1;
  std::function<void(const std::string& name)> before;  // each case
};

// `folder` is empty and becomes one with the file. A few shapes of each kernel come first, then
// all shapes and combinations of overrides of some kernels. Fails where the device cannot be
// opened, or is lost.
Result<Sentence> JudgeFault(const Fault& fault, const std::string& folder,
                            const FaultOptions& options);

}  // namespace ingot::verify
