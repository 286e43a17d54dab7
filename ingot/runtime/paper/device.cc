#include "ingot/runtime/paper/device.h"

#include <algorithm>
#include <utility>

#include "ingot/base/text.h"
#include "ingot/runtime/owned.h"

namespace ingot::runtime::paper {
namespace {

// WebGPU's default limits and no feature.
DeviceFacts SmallestGpu() {
  DeviceFacts facts;
  facts.kind = "webgpu";
  facts.name = "paper";
  facts.max_buffer_bytes = uint64_t{256} << 20;
  facts.max_binding_bytes = uint64_t{128} << 20;
  facts.max_storage_bindings = 8;
  facts.binding_offset_alignment = 256;
  facts.max_workgroup_invocations = 256;
  facts.max_workgroup_bytes = 16384;
  return facts;
}

class PaperBuffer final : public OwnedBuffer {
 public:
  PaperBuffer(const Device* device, std::shared_ptr<DeviceCounts> counts, uint64_t bytes,
              std::string label, bool writable)
      : OwnedBuffer(device, std::move(counts), bytes, std::move(label), writable) {}

  std::span<std::byte> Writable() {
    own_.resize(bytes());
    content_ = own_;
    return own_;
  }
  void Import(std::span<const std::byte> host, std::shared_ptr<const void> owner) {
    content_ = host;
    owner_ = std::move(owner);
  }
  std::span<const std::byte> content() const { return content_; }

 private:
  std::vector<std::byte> own_;
  std::shared_ptr<const void> owner_;
  std::span<const std::byte> content_;
};

class PaperPipeline final : public OwnedPipeline {
 public:
  PaperPipeline(const Device* device, std::shared_ptr<DeviceCounts> counts,
                const kernels::KernelDesc& desc, kernels::Linked linked)
      : OwnedPipeline(device, std::move(counts)), desc_(desc), linked_(std::move(linked)) {}
  const kernels::KernelDesc& desc() const override { return desc_; }
  const kernels::Linked& linked() const { return linked_; }

 private:
  const kernels::KernelDesc& desc_;
  kernels::Linked linked_;
};

struct PaperList final : CommandList {
  std::vector<Command> commands;
};

class PaperDevice final : public Paper {
 public:
  explicit PaperDevice(std::shared_ptr<const kernels::WgslRegistry> registry)
      : registry_(std::move(registry)) {}

  const DeviceFacts& facts() const override { return facts_; }
  std::span<const kernels::KernelDesc* const> kernels() const override {
    return registry_->Kernels();
  }
  DeviceCounts counts() const override { return *counts_; }
  void OnSubmit(std::function<Status(std::span<const Command>)> call) override {
    on_submit_ = std::move(call);
  }
  void OnRead(std::function<Status(const Buffer&, uint64_t, std::span<std::byte>)> call) override {
    on_read_ = std::move(call);
  }

  Result<std::unique_ptr<Buffer>> CreateBuffer(uint64_t bytes, std::string label) override {
    INGOT_ASSIGN(std::unique_ptr<Buffer> made, NewBuffer(bytes, std::move(label), true));
    return made;
  }
  Result<std::unique_ptr<Buffer>> ImportBuffer(std::span<const std::byte> host,
                                               std::shared_ptr<const void> owner,
                                               std::string label) override {
    INGOT_ASSIGN(std::unique_ptr<PaperBuffer> made,
                 NewBuffer(host.size(), std::move(label), false));
    made->Import(host, std::move(owner));
    std::unique_ptr<Buffer> buffer = std::move(made);
    return buffer;
  }

  Result<std::shared_ptr<Pipeline>> CreatePipeline(std::string_view kernel,
                                                   const OverrideValues& overrides) override {
    PipelineRequest request{std::string(kernel), overrides};
    if (std::shared_ptr<Pipeline> known = pipelines_.Find(request)) return known;
    INGOT_ASSIGN(const kernels::KernelDesc* desc, registry_->Get(kernel));
    INGOT_TRY(CheckFeatures(*desc, facts_));
    INGOT_TRY(CheckOverrides(*desc, overrides));
    INGOT_ASSIGN(kernels::Linked linked,
                 kernels::Link(*registry_, {.kernel = desc->name, .overrides = overrides}, facts_));
    std::shared_ptr<Pipeline> made =
        std::make_shared<PaperPipeline>(this, counts_, *desc, std::move(linked));
    pipelines_.Add(std::move(request), made);
    return made;
  }

  Status Write(Buffer& buffer, uint64_t offset, std::span<const std::byte> bytes) override {
    INGOT_TRY(CheckChange(*this, buffer, "write", offset, bytes.size()));
    std::ranges::copy(bytes, static_cast<PaperBuffer&>(buffer).Writable().subspan(offset).begin());
    return {};
  }
  Status Read(Buffer& buffer, uint64_t offset, std::span<std::byte> bytes) override {
    INGOT_TRY(CheckRange(*this, buffer, "read", offset, bytes.size()));
    if (on_read_) return on_read_(buffer, offset, bytes);
    CopyContent(buffer, offset, bytes);
    return {};
  }
  Status Copy(Buffer& src, uint64_t src_offset, Buffer& dst, uint64_t dst_offset,
              uint64_t bytes) override {
    INGOT_TRY(CheckCopy(*this, src, src_offset, dst, dst_offset, bytes));
    if (ContentOf(src).empty() && ContentOf(dst).empty()) return {};
    std::vector<std::byte> moved(bytes);
    CopyContent(src, src_offset, moved);
    return Write(dst, dst_offset, moved);
  }

  Result<uint64_t> PackedBytes(std::string_view layout, DType, uint64_t, uint64_t) override {
    return Status(Code::kNotFound, StrCat("unknown weight layout (", layout, ")"));
  }
  Result<std::unique_ptr<Buffer>> PackWeight(std::string_view layout, DType dtype, uint64_t rows,
                                             uint64_t cols, std::span<const std::byte>,
                                             std::string label) override {
    return PackedBytes(layout, dtype, rows, cols).At(label).status();
  }

  Result<std::unique_ptr<CommandList>> Record(std::vector<Command> commands) override {
    for (const Command& command : commands) {
      INGOT_TRY(CheckCommand(*this, command).At(command.label));
    }
    auto list = std::make_unique<PaperList>();
    list->commands = std::move(commands);
    std::unique_ptr<CommandList> recorded = std::move(list);
    return recorded;
  }
  Status Submit(CommandList& list) override {
    const std::vector<Command>& commands = static_cast<PaperList&>(list).commands;
    counts_->submissions += 1;
    counts_->dispatches += commands.size();
    return on_submit_ ? on_submit_(commands) : Status();
  }
  Status Finish() override { return {}; }

 private:
  static void CopyContent(const Buffer& buffer, uint64_t offset, std::span<std::byte> bytes) {
    const std::span<const std::byte> content = ContentOf(buffer);
    std::ranges::fill(bytes, std::byte{0});
    if (!content.empty()) std::ranges::copy(content.subspan(offset, bytes.size()), bytes.begin());
  }
  Result<std::unique_ptr<PaperBuffer>> NewBuffer(uint64_t bytes, std::string label, bool writable) {
    INGOT_TRY(CheckNotEmpty(bytes, label));
    if (bytes > facts_.max_buffer_bytes) {
      return Status(Code::kUnsupported,
                    StrCat(label, ": bytes (", bytes, ") are more than every GPU has in a buffer (",
                           facts_.max_buffer_bytes, ")"));
    }
    return std::make_unique<PaperBuffer>(this, counts_, bytes, std::move(label), writable);
  }

  std::shared_ptr<const kernels::WgslRegistry> registry_;
  DeviceFacts facts_ = SmallestGpu();
  std::shared_ptr<DeviceCounts> counts_ = std::make_shared<DeviceCounts>();
  LivingPipelines pipelines_;
  std::function<Status(std::span<const Command>)> on_submit_;
  std::function<Status(const Buffer&, uint64_t, std::span<std::byte>)> on_read_;
};

}  // namespace

Result<std::unique_ptr<Paper>> Open(const std::vector<std::string>& kernel_dirs) {
  INGOT_ASSIGN(auto registry, kernels::WgslRegistry::Load(kernel_dirs));
  std::unique_ptr<Paper> paper = std::make_unique<PaperDevice>(std::move(registry));
  return paper;
}

std::span<const std::byte> ContentOf(const Buffer& buffer) {
  return static_cast<const PaperBuffer&>(buffer).content();
}

const kernels::Linked& LinkedOf(const Pipeline& pipeline) {
  return static_cast<const PaperPipeline&>(pipeline).linked();
}

}  // namespace ingot::runtime::paper
