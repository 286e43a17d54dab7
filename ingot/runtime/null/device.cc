#include "ingot/runtime/null/device.h"

#include <algorithm>
#include <set>

#include "ingot/base/text.h"

namespace ingot::runtime::null {
namespace {

DeviceFacts Facts(const NullOptions& options, KernelTable kernels) {
  std::set<std::string> features;
  for (const kernels::cpu::CpuKernel& kernel : kernels) {
    features.insert(kernel.desc.features.begin(), kernel.desc.features.end());
  }
  for (const std::string& hidden : options.hide_features) features.erase(hidden);
  DeviceFacts facts;
  facts.kind = "null";
  facts.name = "null";
  facts.features.assign(features.begin(), features.end());
  return facts;
}

class NullDevice final : public HostDevice {
 public:
  NullDevice(const NullOptions& options, KernelTable kernels)
      : HostDevice(Facts(options, kernels), kernels, nullptr), options_(options) {}

 private:
  bool KeepsContents() const override { return false; }

  Result<std::shared_ptr<std::byte>> Allocate(uint64_t bytes) override {
    uint64_t held = counts().buffer_bytes;
    uint64_t left = options_.memory_bytes - std::min(held, options_.memory_bytes);
    if (++allocations_ == options_.fail_at_allocation || bytes > left) {
      return Status(Code::kUnavailable,
                    StrCat(bytes, " bytes do not fit in the available memory (", left, ")"));
    }
    return std::shared_ptr<std::byte>();
  }

  Status Execute(const HostCommandList&) override {
    if (++submissions_ != options_.lose_at_submission) return Status();
    return Status(Code::kUnavailable,
                  StrCat("device null is lost at submission (", submissions_, ")"));
  }

  NullOptions options_;
  uint64_t allocations_ = 0;
  uint64_t submissions_ = 0;
};

}  // namespace

Result<std::unique_ptr<Device>> Open(const NullOptions& options, KernelTable kernels) {
  std::unique_ptr<Device> device = std::make_unique<NullDevice>(options, kernels);
  return device;
}

}  // namespace ingot::runtime::null
