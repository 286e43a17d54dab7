#include "test/runtime/cts/cts.h"

#include "ingot/base/log.h"

namespace ingot::runtime::cts {
namespace {

std::function<std::unique_ptr<Device>(const DeviceOptions&)> OpenKind(std::string kind) {
  return [kind](DeviceOptions options) {
    options.kind = kind;
    options.threads = 2;
    Result<std::unique_ptr<Device>> device = Open(options);
    INGOT_CHECK(device.ok());
    return std::move(*device);
  };
}

}  // namespace

std::vector<Backend> Backends() {
  return {{"cpu", OpenKind("cpu"), true}, {"null", OpenKind("null"), false}};
}

}  // namespace ingot::runtime::cts
