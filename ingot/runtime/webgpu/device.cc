#include "ingot/runtime/webgpu/device.h"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "ingot/base/text.h"
#include "ingot/kernels/cpu/parallel.h"
#include "ingot/runtime/webgpu/commands.h"

namespace ingot::runtime::webgpu {
namespace {

WGPUBuffer HandleOf(Buffer& buffer) { return static_cast<GpuBuffer&>(buffer).handle(); }

// More threads than these wait for each other in the driver.
constexpr uint32_t kMaxThreads = 16;

// As many fill the memory of an upload as fast as the bus takes it.
constexpr uint32_t kMaxFillers = 8;

// What a query set holds at the most.
constexpr uint64_t kMaxTicks = 4096;

// A kernel that asks the device about itself: it answers with `kAnswers` words.
constexpr uint32_t kAnswers = 128;
kernels::KernelDesc ProbeDesc(std::string_view name) {
  kernels::KernelDesc desc;
  desc.name = name;
  desc.target = "webgpu";
  desc.bindings = {{"y", "rows", Access::kReadWrite}};
  return desc;
}

// How many invocations run in step, as a kernel sees it: the adapter's own figure is often missing.
constexpr std::string_view kSubgroupProbe = R"(
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(128)
fn main(@builtin(subgroup_size) size: u32, @builtin(local_invocation_index) index: u32) {
  y[index] = size;
}
)";

// Whether a subnormal f16 number keeps its value; WGSL allows that it becomes 0. Tries all of them.
constexpr std::string_view kExactUnpack = "exact_unpack";
constexpr std::string_view kUnpackProbe = R"(
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(128)
fn main(@builtin(local_invocation_index) index: u32) {
  var wrong = 0u;
  for (var code = index * 8u; code < index * 8u + 8u; code++) {
    let got = unpack2x16float(code | ((code | 0x8000u) << 16u));
    let want = f32(code) * 5.9604644775390625e-8;
    if (got.x != want || got.y != -want) {
      wrong = 1u;
    }
  }
  y[index] = wrong;
}
)";

class GpuDevice final : public Device {
 public:
  // `threads` compile, and fill memory.
  GpuDevice(std::shared_ptr<Context> context, std::shared_ptr<const KernelSource> source,
            uint32_t threads)
      : threads_(threads),
        context_(std::move(context)),
        memory_(std::make_shared<Memory>(context_, std::min(threads, kMaxFillers))),
        source_(std::move(source)),
        facts_(context_->facts()) {}

  const DeviceFacts& facts() const override { return facts_; }
  std::span<const kernels::KernelDesc* const> kernels() const override {
    return source_->Kernels();
  }
  DeviceCounts counts() const override { return *counts_; }
  Context& context() { return *context_; }

  // Completes the facts with what only a kernel can find out, features in `hidden` left out.
  Status MeasureFacts(const std::vector<std::string>& hidden);

  Result<std::unique_ptr<Buffer>> CreateBuffer(uint64_t bytes, std::string label) override {
    INGOT_ASSIGN(std::unique_ptr<Buffer> buffer, NewBuffer(bytes, std::move(label), true));
    return buffer;
  }
  Result<std::unique_ptr<Buffer>> ImportBuffer(std::span<const std::byte> host,
                                               std::shared_ptr<const void> owner,
                                               std::string label) override;
  Result<std::shared_ptr<Pipeline>> CreatePipeline(std::string_view kernel,
                                                   const OverrideValues& overrides) override;
  std::vector<std::shared_ptr<Pipeline>> Precompile(
      std::span<const PipelineRequest> requests) override;
  Status Write(Buffer& buffer, uint64_t offset, std::span<const std::byte> bytes) override;
  Status Read(Buffer& buffer, uint64_t offset, std::span<std::byte> bytes) override;
  Status Copy(Buffer& src, uint64_t src_offset, Buffer& dst, uint64_t dst_offset,
              uint64_t bytes) override;

  // No kernel here asks for a layout other than the file's own.
  Result<uint64_t> PackedBytes(std::string_view layout, DType, uint64_t, uint64_t) override {
    INGOT_TRY(context_->lost());
    return Status(Code::kNotFound, StrCat("unknown weight layout (", layout, ")"));
  }
  Result<std::unique_ptr<Buffer>> PackWeight(std::string_view layout, DType dtype, uint64_t rows,
                                             uint64_t cols, std::span<const std::byte>,
                                             std::string label) override {
    return PackedBytes(layout, dtype, rows, cols).At(label).status();
  }

  Result<std::unique_ptr<CommandList>> Record(std::vector<Command> commands) override;
  Status Submit(CommandList& list) override;
  Status Finish() override { return context_->Wait(); }
  Result<std::vector<double>> Time(CommandList& list) override;
  Result<double> TimeAll(CommandList& list) override;

 private:
  Result<std::array<uint32_t, kAnswers>> Ask(std::string_view name, std::string_view text);
  // The kernel of a request that is legal here.
  Result<const kernels::KernelDesc*> CheckRequest(const PipelineRequest& request) const;
  // The list as ours.
  Result<GpuCommandList*> CheckList(CommandList& list) const;
  void Count(const GpuCommandList& list);
  // Runs the list; the microseconds between stamps before the first dispatch and after the last, or
  // after each.
  Result<std::vector<double>> Stamps(const GpuCommandList& list, bool each);
  Result<std::unique_ptr<GpuBuffer>> NewBuffer(uint64_t bytes, std::string label, bool writable);

  uint32_t threads_;
  std::shared_ptr<Context> context_;
  std::shared_ptr<Memory> memory_;
  std::shared_ptr<const KernelSource> source_;
  DeviceFacts facts_;
  std::shared_ptr<DeviceCounts> counts_ = std::make_shared<DeviceCounts>();
  LivingPipelines pipelines_;
};

Result<std::unique_ptr<GpuBuffer>> GpuDevice::NewBuffer(uint64_t bytes, std::string label,
                                                        bool writable) {
  INGOT_TRY(context_->lost());
  INGOT_TRY(CheckNotEmpty(bytes, label));
  INGOT_ASSIGN(Piece piece, memory_->Take(bytes).At(label));
  return std::make_unique<GpuBuffer>(this, counts_, memory_, bytes, std::move(label), writable,
                                     std::move(piece));
}

Result<std::unique_ptr<Buffer>> GpuDevice::ImportBuffer(std::span<const std::byte> host,
                                                        std::shared_ptr<const void>,
                                                        std::string label) {
  INGOT_ASSIGN(std::unique_ptr<GpuBuffer> made, NewBuffer(host.size(), std::move(label), false));
  INGOT_TRY(memory_->Write(made->handle(), 0, host).At(made->label()));
  std::unique_ptr<Buffer> buffer = std::move(made);
  return buffer;
}

Result<const kernels::KernelDesc*> GpuDevice::CheckRequest(const PipelineRequest& request) const {
  INGOT_ASSIGN(const kernels::KernelDesc* desc, source_->Find(request.kernel));
  INGOT_TRY(CheckFeatures(*desc, facts_));
  INGOT_TRY(CheckOverrides(*desc, request.overrides));
  return desc;
}

Result<std::shared_ptr<Pipeline>> GpuDevice::CreatePipeline(std::string_view kernel,
                                                            const OverrideValues& overrides) {
  INGOT_TRY(context_->lost());
  PipelineRequest request{std::string(kernel), overrides};
  if (std::shared_ptr<Pipeline> known = pipelines_.Find(request)) return known;
  INGOT_ASSIGN(const kernels::KernelDesc* desc, CheckRequest(request));
  INGOT_ASSIGN(Shader shader, source_->Link(*desc, overrides, facts_).At(desc->name));
  INGOT_ASSIGN(std::shared_ptr<Pipeline> pipeline,
               GpuPipeline::Create(this, counts_, context_, *desc, shader));
  pipelines_.Add(std::move(request), pipeline);
  return pipeline;
}

std::vector<std::shared_ptr<Pipeline>> GpuDevice::Precompile(
    std::span<const PipelineRequest> requests) {
  struct Job {
    const PipelineRequest* request = nullptr;
    std::shared_ptr<GpuPipeline> pipeline;
    bool is_compiled = false;
  };
  std::vector<std::shared_ptr<Pipeline>> ready;
  std::vector<Job> jobs;
  for (const PipelineRequest& request : requests) {
    if (std::shared_ptr<Pipeline> known = pipelines_.Find(request)) {
      ready.push_back(std::move(known));
      continue;
    }
    const Result<const kernels::KernelDesc*> desc = CheckRequest(request);
    if (!desc.ok()) continue;
    jobs.push_back({&request, std::make_shared<GpuPipeline>(this, counts_, context_, **desc)});
  }
  if (jobs.empty() || !context_->lost().ok()) return ready;
  const Trouble trouble = context_->Try([&] {
    kernels::cpu::ThreadPool pool(std::min<uint32_t>(threads_, jobs.size()));
    pool.ForChunks(jobs.size(), 1, [&](uint32_t, uint64_t index, uint64_t) {
      Job& job = jobs[index];
      const Result<Shader> shader =
          source_->Link(job.pipeline->desc(), job.request->overrides, facts_);
      if (!shader.ok() || !job.pipeline->CheckLimits(*shader).ok()) return;
      job.pipeline->Compile(*shader);
      job.is_compiled = true;
    });
  });
  // A scope belongs to the device and not to a thread: nobody knows whose error it was.
  if (!context_->ToStatus(trouble).ok()) return ready;
  for (Job& job : jobs) {
    if (!job.is_compiled) continue;
    pipelines_.Add(*job.request, job.pipeline);
    ready.push_back(std::move(job.pipeline));
  }
  return ready;
}

Status GpuDevice::Write(Buffer& buffer, uint64_t offset, std::span<const std::byte> bytes) {
  INGOT_TRY(context_->lost());
  INGOT_TRY(CheckChange(*this, buffer, "write", offset, bytes.size()));
  return memory_->Write(HandleOf(buffer), offset, bytes);
}

Status GpuDevice::Read(Buffer& buffer, uint64_t offset, std::span<std::byte> bytes) {
  INGOT_TRY(context_->lost());
  INGOT_TRY(CheckRange(*this, buffer, "read", offset, bytes.size()));
  return memory_->Read(HandleOf(buffer), offset, bytes);
}

Status GpuDevice::Copy(Buffer& src, uint64_t src_offset, Buffer& dst, uint64_t dst_offset,
                       uint64_t bytes) {
  INGOT_TRY(context_->lost());
  INGOT_TRY(CheckCopy(*this, src, src_offset, dst, dst_offset, bytes));
  return memory_->Copy(HandleOf(src), src_offset, HandleOf(dst), dst_offset, bytes);
}

Result<std::unique_ptr<CommandList>> GpuDevice::Record(std::vector<Command> commands) {
  INGOT_TRY(context_->lost());
  for (const Command& command : commands) {
    INGOT_TRY(CheckCommand(*this, command).At(command.label));
  }
  // Weights are up by now.
  memory_->EndUpload();
  INGOT_ASSIGN(std::unique_ptr<CommandList> list,
               GpuCommandList::Create(this, context_, *memory_, commands));
  return list;
}

Result<GpuCommandList*> GpuDevice::CheckList(CommandList& list) const {
  INGOT_TRY(context_->lost());
  auto* own = dynamic_cast<GpuCommandList*>(&list);
  if (own != nullptr && own->device() == this) return own;
  return Status(Code::kInvalidArgument, "command list is of another device");
}

void GpuDevice::Count(const GpuCommandList& list) {
  counts_->submissions += 1;
  counts_->dispatches += list.dispatches();
  counts_->barriers += list.barriers();
}

Status GpuDevice::Submit(CommandList& list) {
  INGOT_ASSIGN(GpuCommandList * own, CheckList(list));
  INGOT_TRY(own->Submit());
  Count(*own);
  return Status();
}

Result<std::vector<double>> GpuDevice::Stamps(const GpuCommandList& list, bool each) {
  const uint64_t count = each ? list.dispatches() + 1 : 2;
  const Api& api = context_->api();
  WGPUQuerySetDescriptor desc = WGPU_QUERY_SET_DESCRIPTOR_INIT;
  desc.type = WGPUQueryType_Timestamp;
  desc.count = static_cast<uint32_t>(count);
  Handle<WGPUQuerySet> set;
  INGOT_TRY(context_->Guard([&] {
    set = Handle<WGPUQuerySet>(api.DeviceCreateQuerySet(context_->device(), &desc),
                               api.QuerySetRelease);
  }));
  std::vector<uint64_t> stamps(count);
  std::span<std::byte> bytes = std::as_writable_bytes(std::span(stamps));
  INGOT_ASSIGN(Piece answer, memory_->Create(bytes.size(), WGPUBufferUsage_QueryResolve |
                                                               WGPUBufferUsage_CopySrc));
  Handle<WGPUCommandEncoder> encoder = context_->MakeEncoder();
  list.Encode(encoder.get(), set.get(), each);
  api.CommandEncoderResolveQuerySet(encoder.get(), set.get(), 0, desc.count, answer.buffer.get(),
                                    0);
  INGOT_TRY(list.Explain(context_->Submit(encoder)));
  Count(list);
  INGOT_TRY(memory_->Read(answer.buffer.get(), 0, bytes));
  std::vector<double> microseconds;
  double tick = api.native.TimestampPeriod(context_->queue()) * 1e-3;
  for (size_t i = 1; i < stamps.size(); ++i) {
    microseconds.push_back(static_cast<double>(stamps[i] - stamps[i - 1]) * tick);
  }
  return microseconds;
}

Result<std::vector<double>> GpuDevice::Time(CommandList& list) {
  INGOT_ASSIGN(GpuCommandList * own, CheckList(list));
  if (!facts_.Has("timestamps")) return Device::TimeAll(list).status();
  if (own->dispatches() >= kMaxTicks) {
    return Status(Code::kInvalidArgument,
                  StrCat("dispatches (", own->dispatches(), ") are more than are timed at once (",
                         kMaxTicks - 1, ")"));
  }
  return Stamps(*own, /*each=*/true);
}

Result<double> GpuDevice::TimeAll(CommandList& list) {
  INGOT_ASSIGN(GpuCommandList * own, CheckList(list));
  if (!facts_.Has("timestamps")) return Device::TimeAll(list);
  INGOT_ASSIGN(const std::vector<double> times, Stamps(*own, /*each=*/false));
  return times[0];
}

Result<std::array<uint32_t, kAnswers>> GpuDevice::Ask(std::string_view name,
                                                      std::string_view text) {
  const kernels::KernelDesc desc = ProbeDesc(name);
  Shader shader;
  shader.text = text;
  shader.workgroup_size = {kAnswers, 1, 1};
  INGOT_ASSIGN(std::shared_ptr<GpuPipeline> pipeline,
               GpuPipeline::Create(this, counts_, context_, desc, shader));
  std::array<uint32_t, kAnswers> answers = {};
  INGOT_ASSIGN(std::unique_ptr<Buffer> buffer, CreateBuffer(sizeof(answers), desc.name));
  INGOT_ASSIGN(std::unique_ptr<CommandList> list,
               Record({{.pipeline = pipeline.get(),
                        .bindings = {{buffer.get(), 0, sizeof(answers), Access::kReadWrite}},
                        .label = desc.name}}));
  INGOT_TRY(Submit(*list));
  INGOT_TRY(Read(*buffer, 0, std::as_writable_bytes(std::span(answers))));
  counts_->submissions = counts_->dispatches = 0;
  return answers;
}

Status GpuDevice::MeasureFacts(const std::vector<std::string>& hidden) {
  if (facts_.Has("subgroups") && facts_.subgroup_max <= 1) {
    INGOT_ASSIGN(const auto sizes, Ask("subgroup_size", kSubgroupProbe));
    facts_.subgroup_min = facts_.subgroup_max = std::max(1u, sizes[0]);
  }
  if (std::ranges::find(hidden, kExactUnpack) != hidden.end()) return Status();
  INGOT_ASSIGN(const auto wrong, Ask(kExactUnpack, kUnpackProbe));
  if (std::ranges::count(wrong, 0u) == kAnswers) {
    facts_.features.emplace_back(kExactUnpack);
    std::ranges::sort(facts_.features);
  }
  return Status();
}

}  // namespace

Result<std::unique_ptr<Device>> Open(const DeviceOptions& options,
                                     std::shared_ptr<const KernelSource> source,
                                     Software software) {
  INGOT_ASSIGN(AdapterList list, FindAdapters(options));
  INGOT_ASSIGN(size_t adapter, ChooseAdapter(list, options.adapter, software));
  INGOT_ASSIGN(std::shared_ptr<Context> context, Context::Create(std::move(list), adapter));
  const uint32_t cores = std::max(1u, std::thread::hardware_concurrency());
  const uint32_t threads = std::min(options.threads == 0 ? cores : options.threads, kMaxThreads);
  auto made = std::make_unique<GpuDevice>(std::move(context), std::move(source), threads);
  INGOT_TRY(made->MeasureFacts(options.hide_features));
  std::unique_ptr<Device> device = std::move(made);
  return device;
}

void DestroyUnderneath(Device& device) {
  Context& context = static_cast<GpuDevice&>(device).context();
  context.api().DeviceDestroy(context.device());
}

Api& ApiUnderneath(Device& device) {
  // Made by LoadApi for this device alone, and not constant there.
  return const_cast<Api&>(static_cast<GpuDevice&>(device).context().api());
}

uint64_t CountNativeObjects(Device& device) {
  Context& context = static_cast<GpuDevice&>(device).context();
  return context.api().native.CountObjects(context.instance());
}

}  // namespace ingot::runtime::webgpu
