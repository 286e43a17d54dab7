// One submission of a case: its buffers between guard bands, what runs before and beside it, and
// whether all that may not change is as it was.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "ingot/verify/gate.h"

namespace ingot::verify {

// How the kernel's grid is changed: not at all; a workgroup too many on each axis; `linear` folded
// so that its first axis has two workgroups, which must give the same workgroups.
enum class GridChange : uint8_t { kNone, kSurplus, kFold };

struct RunSetup {
  uint32_t poison = 0;     // every word of an output before the run
  size_t guard_bytes = 0;  // of each band; also the offset of the binding
  GridChange grid = GridChange::kNone;
  bool is_long = false;  // bindings end with their second band instead of before it
  size_t copies = 1;     // dispatches side by side, each with results of its own
};

// Of each copy the bytes of each result of the case.
using RunResults = std::vector<std::vector<std::vector<std::byte>>>;

// Leaves NaN in the workgroup memory of a device that has such.
class Dirt {
 public:
  explicit Dirt(runtime::Device& device) : device_(device) {}
  // Ready for the first use; nothing where the device has no probe_dirt.
  Status Prepare();
  // Runs it.
  Status Spread();
  // The same as a command, to be recorded among others.
  void AddTo(std::vector<runtime::Command>& commands) const;

 private:
  runtime::Device& device_;
  std::shared_ptr<runtime::Pipeline> pipeline_;
  std::unique_ptr<runtime::Buffer> buffer_;
  std::unique_ptr<runtime::CommandList> list_;
  runtime::Command command_;
};

// Submits the run and looks at nothing: for a device that only notes what would run.
Status SubmitCase(runtime::Device& device, const KernelCase& kernel_case, const RunSetup& setup,
                  runtime::Pipeline& pipeline, Dirt& dirt);
// Fails with kMismatch where something was written that may not be: `binding y: byte (80) of (80),
// outside of it, was written`.
Result<RunResults> RunCase(runtime::Device& device, const KernelCase& kernel_case,
                           const RunSetup& setup, runtime::Pipeline& pipeline, Dirt& dirt);

}  // namespace ingot::verify
