// From flags to a model that is ready to run.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ingot/base/json.h"
#include "ingot/base/status.h"
#include "ingot/cli/shared_flags.h"
#include "ingot/model/model.h"
#include "ingot/runtime/device.h"

namespace ingot::cli {

// The device outlives the model.
struct Engine {
  std::unique_ptr<runtime::Device> device;
  std::unique_ptr<model::Model> model;
  double load_ms = 0;  // from the file's name to here
};

// The flags as a device takes them, with the library that INGOT_WEBGPU_LIBRARY names.
runtime::DeviceOptions ToDeviceOptions(const SharedFlags& flags);

// Threads are those of the flags, else of the plan; for device `auto` the plan also says which.
// Notes why `auto` is the CPU.
Result<std::unique_ptr<runtime::Device>> OpenDevice(const SharedFlags& flags,
                                                    const model::ModelOptions& options);

// The flags as the engine takes them. Fails with kInvalidArgument on a --set, --kernel or --passes
// that names nothing, with the nearest name.
Result<model::ModelOptions> ToModelOptions(const SharedFlags& flags);

// Shows progress unless quiet. From here on an interrupt ends the load, and WatchInterrupts' flag
// says so.
Result<Engine> LoadEngine(const SharedFlags& flags);

// A failure that is the GPU's (lost, short of memory, without a kernel) and not an interrupt's,
// with what to do about it.
Status WithWayOut(const Status& status, std::string_view device_kind);

// `fast numerics, f16 cache, cpu with 2 threads`.
std::string DescribeSetup(const Engine& engine);
// The same as members of `json`: device, threads, numerics, kv_type.
void AddSetup(Json& json, const Engine& engine);

// `8 tokens a submission`, or `sampled by the host: WHY`.
std::string DescribeSampling(std::string_view why_on_host, uint64_t tokens_per_submit);

}  // namespace ingot::cli
