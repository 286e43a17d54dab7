#include "ingot/runtime/cpu/device.h"

#include <algorithm>
#include <fstream>
#include <thread>

#include "ingot/base/text.h"
#include "ingot/runtime/cpu/memory.h"

namespace ingot::runtime::cpu {
namespace {

constexpr uint32_t kMaxThreads = 1024;
// Smaller buffers are not held against the available memory: asking costs more than they do.
constexpr uint64_t kAskFrom = uint64_t{1} << 20;

std::string ProcessorName() {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line)) {
    size_t colon = line.find(':');
    if (line.starts_with("model name") && colon != std::string::npos) {
      return std::string(Trim(std::string_view(line).substr(colon + 1)));
    }
  }
  return "cpu";
}

DeviceFacts Facts(const DeviceOptions& options) {
  DeviceFacts facts;
  facts.kind = "cpu";
  facts.name = ProcessorName();
  for (const std::string& feature : kernels::cpu::CpuFeatures()) {
    bool hidden = std::ranges::find(options.hide_features, feature) != options.hide_features.end();
    if (!hidden) facts.features.push_back(feature);
  }
  facts.threads = options.threads;
  if (facts.threads == 0) facts.threads = std::max(1u, std::thread::hardware_concurrency());
  return facts;
}

class CpuDevice final : public HostDevice {
 public:
  CpuDevice(DeviceFacts facts, KernelTable kernels, std::unique_ptr<kernels::cpu::ThreadPool> pool)
      : HostDevice(std::move(facts), kernels, pool.get()),
        pool_(std::move(pool)),
        available_at_most_(AvailableMemory()) {}

 private:
  bool KeepsContents() const override { return true; }

  Result<std::shared_ptr<std::byte>> Allocate(uint64_t bytes) override {
    if (bytes >= kAskFrom) INGOT_TRY(CheckAvailable(bytes));
    INGOT_ASSIGN(std::shared_ptr<std::byte> mapped, MapZeroed(bytes));
    *promised_ += bytes;
    std::byte* memory = mapped.get();
    auto release = [promised = promised_, bytes, mapped = std::move(mapped)](std::byte*) {
      *promised -= bytes;
    };
    return std::shared_ptr<std::byte>(memory, std::move(release));
  }

  // A mapped file is no memory of its own, but what a step reads of it must stay there: weights
  // that do not fit would be read from the disk again for every token.
  Result<std::shared_ptr<const void>> Admit(uint64_t bytes,
                                            std::shared_ptr<const void> owner) override {
    uint64_t taken = *promised_ + *imported_;
    uint64_t available = available_at_most_ - std::min(available_at_most_, taken);
    if (bytes > available) return DoNotFit(bytes, available);
    *imported_ += bytes;
    const void* address = owner.get();
    auto release = [imported = imported_, bytes, owner = std::move(owner)](const void*) {
      *imported -= bytes;
    };
    return std::shared_ptr<const void>(address, std::move(release));
  }

  Status Execute(const HostCommandList& list) override {
    for (const HostCommandList::Step& step : list.steps()) step.run(step.args);
    return Status();
  }

  // Mapped memory counts only once it is touched: so what was promised before counts beside what
  // the system says, or two buffers that fit alone would end in the system killing the process.
  Status CheckAvailable(uint64_t bytes) {
    uint64_t now = AvailableMemory();
    available_at_most_ = std::max(available_at_most_, now);
    uint64_t unpromised = available_at_most_ - std::min(available_at_most_, *promised_);
    uint64_t available = std::min(now, unpromised);
    if (bytes <= available) return Status();
    return DoNotFit(bytes, available);
  }

  static Status DoNotFit(uint64_t bytes, uint64_t available) {
    return Status(Code::kUnavailable,
                  StrCat(bytes, " bytes do not fit in the available memory (", available, ")"));
  }

  std::unique_ptr<kernels::cpu::ThreadPool> pool_;
  uint64_t available_at_most_;
  std::shared_ptr<uint64_t> promised_ = std::make_shared<uint64_t>(0);
  std::shared_ptr<uint64_t> imported_ = std::make_shared<uint64_t>(0);
};

}  // namespace

Result<std::unique_ptr<Device>> Open(const DeviceOptions& options, KernelTable kernels) {
  if (options.threads > kMaxThreads) {
    return Status(Code::kInvalidArgument,
                  StrCat("threads (", options.threads, ") are more than (", kMaxThreads, ")"));
  }
  DeviceFacts facts = Facts(options);
  auto pool = std::make_unique<kernels::cpu::ThreadPool>(facts.threads);
  std::unique_ptr<Device> device =
      std::make_unique<CpuDevice>(std::move(facts), kernels, std::move(pool));
  return device;
}

}  // namespace ingot::runtime::cpu
