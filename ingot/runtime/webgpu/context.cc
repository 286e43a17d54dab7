#include "ingot/runtime/webgpu/context.h"

#include <chrono>
#include <cstring>

#include "ingot/base/text.h"

namespace ingot::runtime::webgpu {
namespace {

// What a request left behind, once it was called back.
template <typename T>
struct Answer {
  bool done = false;
  bool ok = false;
  T value{};
  std::string message;
};

// The library's own wait sleeps, and wakes up late. So a wait begins with asking again and again,
// for about as long as a token takes.
constexpr auto kSpin = std::chrono::milliseconds(4);

// Calls back until the answer is there. An answer that stays out is a failure and no endless loop.
void ProcessUntil(const Api& api, WGPUInstance instance, const bool& done) {
  for (int i = 0; i < 1000 && !done; ++i) api.InstanceProcessEvents(instance);
}

}  // namespace

Result<std::shared_ptr<Context>> Context::Create(AdapterList list, size_t adapter) {
  std::shared_ptr<Context> context(new Context());
  Adapter& chosen = list.adapters[adapter];
  context->api_ = std::move(list.api);
  context->instance_ = std::move(list.instance);
  context->facts_ = std::move(chosen.facts.facts);
  context->limits_ = chosen.limits;
  context->is_software_ = chosen.facts.type == "cpu";
  INGOT_TRY(context->RequestDevice(chosen.handle.get()).At(context->facts_.name));
  const Api& api = context->api();
  context->queue_ = Handle<WGPUQueue>(api.DeviceGetQueue(context->device()), api.QueueRelease);
  return context;
}

Context::~Context() = default;

Status Context::RequestDevice(WGPUAdapter adapter) {
  // Only what we use: with all features, creation fails on some adapters.
  std::vector<WGPUFeatureName> features;
  for (const Feature& feature : Native::Features()) {
    if (!facts_.Has(feature.name)) continue;
    for (uint32_t number : feature.numbers) {
      features.push_back(static_cast<WGPUFeatureName>(number));
    }
  }
  WGPUDeviceDescriptor desc = WGPU_DEVICE_DESCRIPTOR_INIT;
  desc.requiredFeatureCount = features.size();
  desc.requiredFeatures = features.data();
  desc.requiredLimits = &limits_;
  desc.deviceLostCallbackInfo.mode = WGPUCallbackMode_AllowSpontaneous;
  desc.deviceLostCallbackInfo.userdata1 = &slot_;
  desc.deviceLostCallbackInfo.callback = [](WGPUDevice const*, WGPUDeviceLostReason,
                                            WGPUStringView message, void* user, void*) {
    auto* slot = static_cast<Slot*>(user);
    std::lock_guard lock(slot->mutex);
    slot->is_lost = true;
    slot->lost = View(message);
  };
  // Without one, the library ends the process.
  desc.uncapturedErrorCallbackInfo.userdata1 = &slot_;
  desc.uncapturedErrorCallbackInfo.callback = [](WGPUDevice const*, WGPUErrorType,
                                                 WGPUStringView message, void* user, void*) {
    auto* slot = static_cast<Slot*>(user);
    std::lock_guard lock(slot->mutex);
    if (slot->error.empty()) slot->error = View(message);
  };

  Answer<WGPUDevice> answer;
  WGPURequestDeviceCallbackInfo info = WGPU_REQUEST_DEVICE_CALLBACK_INFO_INIT;
  info.mode = WGPUCallbackMode_AllowProcessEvents;
  info.userdata1 = &answer;
  info.callback = [](WGPURequestDeviceStatus, WGPUDevice device, WGPUStringView message, void* user,
                     void*) {
    auto* to = static_cast<Answer<WGPUDevice>*>(user);
    to->done = true;
    to->value = device;
    to->message = View(message);
  };
  api().AdapterRequestDevice(adapter, &desc, info);
  ProcessUntil(api(), instance(), answer.done);
  if (answer.value == nullptr) {
    return Status(Code::kUnavailable,
                  StrCat("cannot make a device: ", Native::Explain(answer.message).text));
  }
  device_ = Handle<WGPUDevice>(answer.value, api().DeviceRelease);
  return Status();
}

void Context::PushScopes() {
  for (WGPUErrorFilter filter : Native::ErrorFilters())
    api().DevicePushErrorScope(device(), filter);
}

Trouble Context::PopScopes() {
  Trouble first;
  for ([[maybe_unused]] WGPUErrorFilter filter : Native::ErrorFilters()) {
    Answer<WGPUErrorType> answer;
    WGPUPopErrorScopeCallbackInfo info = WGPU_POP_ERROR_SCOPE_CALLBACK_INFO_INIT;
    info.mode = WGPUCallbackMode_AllowProcessEvents;
    info.userdata1 = &answer;
    info.callback = [](WGPUPopErrorScopeStatus, WGPUErrorType type, WGPUStringView message,
                       void* user, void*) {
      auto* to = static_cast<Answer<WGPUErrorType>*>(user);
      to->done = true;
      to->ok = type == WGPUErrorType_NoError;
      to->value = type;
      to->message = View(message);
    };
    api().DevicePopErrorScope(device(), info);
    ProcessUntil(api(), instance(), answer.done);
    if (answer.ok || !first.text.empty()) continue;
    first = Native::Explain(answer.message);
    first.is_memory |= answer.value == WGPUErrorType_OutOfMemory;
    if (first.text.empty()) first.text = "an error without a message";
  }
  return first;
}

Status Context::ToStatus(const Trouble& trouble) {
  if (trouble.is_lost) return Lose(trouble.text);
  INGOT_TRY(TakeSlot());
  if (trouble.text.empty()) return Status();
  return Status(trouble.is_memory ? Code::kUnavailable : Code::kInvalidArgument, trouble.text);
}

Status Context::Lose(std::string_view why) {
  if (lost_.ok()) {
    lost_ = Status(Code::kUnavailable, StrCat("device ", facts_.name, " is lost: ", why));
  }
  return lost_;
}

// An error outside of every scope is one that nobody expected: what the device holds cannot be
// trusted any more.
Status Context::TakeSlot() {
  std::lock_guard lock(slot_.mutex);
  if (slot_.is_lost) return Lose(slot_.lost);
  if (!slot_.error.empty()) return Lose(Native::Explain(slot_.error).text);
  return Status();
}

Handle<WGPUCommandEncoder> Context::MakeEncoder() const {
  return Handle<WGPUCommandEncoder>(api().DeviceCreateCommandEncoder(device(), nullptr),
                                    api().CommandEncoderRelease);
}

// A destroyed device is noticed only when an encoder is asked for.
Status Context::AskSlot() {
  MakeEncoder();
  return TakeSlot();
}

Result<Commands> Context::Finish(const Handle<WGPUCommandEncoder>& encoder) {
  Commands commands;
  INGOT_TRY(Guard(
      [&] { commands = Commands(api(), api().CommandEncoderFinish(encoder.get(), nullptr)); }));
  return commands;
}

Status Context::Send(Commands commands) {
  INGOT_TRY(lost_);
  INGOT_TRY(AskSlot());
  WGPUCommandBuffer raw = commands.Send();
  api().QueueSubmit(queue(), 1, &raw);
  return TakeSlot();
}

Status Context::Submit(const Handle<WGPUCommandEncoder>& encoder) {
  INGOT_ASSIGN(Commands commands, Finish(encoder));
  return Send(std::move(commands));
}

void Context::PrepareLater(Preparation* next) {
  if (next_ != next) PrepareNow();
  next_ = next;
}

void Context::Withdraw(Preparation* next) {
  if (next_ == next) next_ = nullptr;
}

void Context::PrepareNow() {
  if (Preparation* next = std::exchange(next_, nullptr)) next->Prepare();
}

// A processor that plays a GPU needs its cores itself.
void Context::PollUntil(const bool& done) {
  const auto start = std::chrono::steady_clock::now();
  while (!is_software_ && !done && std::chrono::steady_clock::now() - start < kSpin) {
    api().native.Poll(device(), false);
  }
  if (!done) api().native.Poll(device(), true);
}

Status Context::Wait() {
  INGOT_TRY(lost_);
  PrepareNow();
  api().native.Poll(device(), true);
  return AskSlot();
}

Result<Handle<WGPUBuffer>> Context::MakeBuffer(uint64_t bytes, WGPUBufferUsage usage, bool mapped) {
  WGPUBufferDescriptor desc = WGPU_BUFFER_DESCRIPTOR_INIT;
  desc.size = bytes;
  desc.usage = usage;
  desc.mappedAtCreation = mapped ? 1 : 0;
  Handle<WGPUBuffer> buffer;
  Trouble trouble = Try([&] {
    buffer = Handle<WGPUBuffer>(api().DeviceCreateBuffer(device(), &desc), api().BufferRelease);
  });
  if (trouble.is_memory) {
    return Status(Code::kUnavailable,
                  StrCat(bytes, " bytes do not fit in the memory of ", facts_.name));
  }
  INGOT_TRY(ToStatus(trouble));
  return buffer;
}

Result<std::shared_ptr<Mapping>> Context::Map(WGPUBuffer buffer, WGPUMapMode mode, uint64_t bytes) {
  auto mapping = std::make_shared<Mapping>();
  WGPUBufferMapCallbackInfo info = WGPU_BUFFER_MAP_CALLBACK_INFO_INIT;
  info.mode = WGPUCallbackMode_AllowProcessEvents;
  // It may come when nobody waits any more.
  info.userdata1 = new std::shared_ptr<Mapping>(mapping);
  info.callback = [](WGPUMapAsyncStatus status, WGPUStringView message, void* user, void*) {
    std::unique_ptr<std::shared_ptr<Mapping>> to(static_cast<std::shared_ptr<Mapping>*>(user));
    (*to)->is_done = true;
    (*to)->is_mapped = status == WGPUMapAsyncStatus_Success;
    (*to)->message = View(message);
  };
  INGOT_TRY(Guard([&] { api().BufferMapAsync(buffer, mode, 0, bytes, info); }));
  return mapping;
}

Status Context::Await(const Mapping& mapping) {
  PollUntil(mapping.is_done);
  ProcessUntil(api(), instance(), mapping.is_done);
  INGOT_TRY(TakeSlot());
  if (mapping.is_mapped) return Status();
  return Lose(StrCat("a buffer cannot be mapped: ", mapping.message));
}

Status Context::ReadMapped(WGPUBuffer buffer, std::span<std::byte> bytes) {
  INGOT_ASSIGN(const std::shared_ptr<Mapping> mapping, Map(buffer, WGPUMapMode_Read, bytes.size()));
  PrepareNow();
  INGOT_TRY(Await(*mapping));
  std::memcpy(bytes.data(), api().BufferGetConstMappedRange(buffer, 0, bytes.size()), bytes.size());
  api().BufferUnmap(buffer);
  return Status();
}

}  // namespace ingot::runtime::webgpu
