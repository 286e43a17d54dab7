// Open: the one place that knows which devices there are.
#include "ingot/base/text.h"
#include "ingot/runtime/cpu/device.h"
#include "ingot/runtime/null/device.h"

namespace ingot::runtime {

Result<std::unique_ptr<Device>> Open(const DeviceOptions& options) {
  if (options.kind == "auto" || options.kind == "cpu") return cpu::Open(options);
  if (options.kind == "null") return null::Open({.hide_features = options.hide_features});
  return Status(Code::kInvalidArgument,
                StrCat("unknown device kind (", options.kind, "), there are auto, cpu, null"));
}

}  // namespace ingot::runtime
