// The gate: runs one kernel on one case and says whether it may be trusted. It looks first for what
// it cannot compare: outputs are poisoned before each run, and workgroup memory is; buffers stand
// between guard bands, inputs are read back, runs repeat to the bit, alone and side by side, also
// with more workgroups than it takes and with the grid folded, and a number that is not finite is
// no number.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ingot/runtime/device.h"
#include "ingot/verify/reference.h"

namespace ingot::verify {

struct CaseBinding {
  std::vector<std::byte> bytes;  // before the run; of an output only the size counts
  bool output = false;           // poisoned before each run
  // Of a weight, for kernels that want it packed.
  DType dtype = DType::kF32;
  uint64_t rows = 0;
  uint64_t cols = 0;
};

// What one dispatch cannot do without: each weight and activation moved once, and the operations
// of products (a multiply-add is two; what else is computed is not counted).
struct Work {
  uint64_t bytes = 0;
  uint64_t flops = 0;
  bool operator==(const Work&) const = default;
};

// What must stand in a binding after the run: numbers within their bounds, or words to the bit.
struct CaseResult {
  size_t binding = 0;
  DType dtype = DType::kF32;  // of numbers; or f16
  Values want;
  Values bound;
  std::vector<uint32_t> words;  // instead of numbers
  // A uniform: each number stands there in so many parts beside each other, which are added up;
  // what lies beyond the last one is not looked at.
  std::string parts;
};

// One dispatch with its data, and what must come of it.
struct KernelCase {
  const kernels::KernelDesc* kernel = nullptr;
  std::string name;                   // `gemv rows=3 dim=257`
  std::string variant, shape;         // of the name
  OverrideValues overrides;           // complete
  std::vector<CaseBinding> bindings;  // as the description orders them
  std::vector<uint32_t> uniforms;     // those that the kernel computes are still 0
  Work work;
  std::vector<CaseResult> results;  // each is judged
};

struct Report {
  std::string kernel;
  std::string file;  // of a kernel that is one
  std::string name;  // of the case
  std::string variant, shape;
  OverrideValues overrides;
  double max_error = 0;
  size_t index = 0;  // of the element that comes closest to its bound, and what is said of it:
  double got = 0;
  double want = 0;
  double error = 0;
  double bound = 0;
  bool ok = false;
  std::string message;  // why not
};

// What is known of it before it is judged.
Report ReportOf(const KernelCase& kernel_case);

// Why the kernel may not run the case on such a device: a feature is missing, or a requirement of
// its header does not hold (kUnsupported).
Status CheckLegal(const KernelCase& kernel_case, const DeviceFacts& facts);

// The case with complete overrides as a command without bindings: computed uniforms and the grid
// follow from the overrides. Fails where the case does not have what the kernel's description asks
// for.
Result<runtime::Command> MakeCommand(const KernelCase& kernel_case, const OverrideValues& overrides,
                                     const DeviceFacts& facts, runtime::Pipeline& pipeline);

struct GateOptions {
  size_t repeats = 2;   // alone, if that is more than there are kinds of runs; and side by side
  bool dirties = true;  // workgroup memory before each run; of no use where the device clears it
  bool compare_texts = false;  // results with subgroups must be those without, to the bit
};

class Dirt;

// Keeps the pipelines that it made.
class Gate {
 public:
  Gate(runtime::Device& device, const GateOptions& options);
  ~Gate();
  // Never fails: what the device refuses is a report as well.
  Report Judge(const KernelCase& kernel_case);
  // Submits what Judge would with these options, without `compare_texts`, and looks at nothing.
  Status Rehearse(const KernelCase& kernel_case);

 private:
  Result<runtime::Pipeline*> PipelineFor(const KernelCase& c);
  Status JudgeInto(const KernelCase& c, Report& report);

  runtime::Device& device_;
  GateOptions options_;
  std::unique_ptr<Dirt> dirt_;
  std::map<runtime::PipelineRequest, std::shared_ptr<runtime::Pipeline>> pipelines_;
};

// Of a gate for this case alone.
Report Judge(runtime::Device& device, const KernelCase& kernel_case);

// `FILE: CASE {OVERRIDES}: MESSAGE`.
std::string Describe(const Report& report);

}  // namespace ingot::verify
