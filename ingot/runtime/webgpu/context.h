// Context: the library's device and queue, and the three things that go wrong around them: every
// error becomes a Status here, a lost device is noticed here, and every wait is here.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "ingot/runtime/webgpu/adapter.h"

namespace ingot::runtime::webgpu {

// Something that is worth doing while the GPU is busy.
class Preparation {
 public:
  virtual void Prepare() = 0;

 protected:
  ~Preparation() = default;
};

// What became of a request to map a buffer.
struct Mapping {
  bool is_done = false;
  bool is_mapped = false;
  std::string message;
};

// Encoded work that can be sent once.
class Commands {
 public:
  Commands() = default;
  // `api` outlives it.
  Commands(const Api& api, WGPUCommandBuffer handle)
      : api_(&api), handle_(handle, api.CommandBufferRelease) {}
  Commands(Commands&&) = default;
  Commands& operator=(Commands&&) = default;
  ~Commands() {
    if (handle_.get() != nullptr && !is_sent_) api_->native.ForgetUnsent(handle_.get());
  }
  WGPUCommandBuffer get() const { return handle_.get(); }
  // REQUIRES: it is not sent.
  WGPUCommandBuffer Send() {
    is_sent_ = true;
    return handle_.get();
  }

 private:
  const Api* api_ = nullptr;
  Handle<WGPUCommandBuffer> handle_;
  bool is_sent_ = false;
};

// One thread at a time. Everything made from it keeps it alive.
class Context {
 public:
  // Takes the adapter from `list`.
  static Result<std::shared_ptr<Context>> Create(AdapterList list, size_t adapter);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const Api& api() const { return *api_; }
  WGPUInstance instance() const { return instance_.get(); }
  WGPUDevice device() const { return device_.get(); }
  WGPUQueue queue() const { return queue_.get(); }
  const WGPULimits& limits() const { return limits_; }
  const DeviceFacts& facts() const { return facts_; }
  // ok until the device is lost; then, for ever, the failure that said so.
  const Status& lost() const { return lost_; }

  // Runs `calls` of the library and returns the first error among them. One that means short
  // memory has the code kUnavailable, as has a lost device; others kInvalidArgument.
  template <typename Calls>
  Status Guard(Calls&& calls) {
    INGOT_TRY(lost_);
    PushScopes();
    calls();
    return ToStatus(PopScopes());
  }
  // As Guard, with the error itself: ok if its text is empty.
  template <typename Calls>
  Trouble Try(Calls&& calls) {
    PushScopes();
    calls();
    return PopScopes();
  }
  Status ToStatus(const Trouble& trouble);

  Handle<WGPUCommandEncoder> MakeEncoder() const;
  // Ends what was encoded.
  Result<Commands> Finish(const Handle<WGPUCommandEncoder>& encoder);
  // REQUIRES: Finish gave `commands`, and all that they use is alive. Fails, sending nothing, if
  // the device is lost: the library ends the process over a bad submission.
  Status Send(Commands commands);
  // Finish and Send.
  Status Submit(const Handle<WGPUCommandEncoder>& encoder);
  // Has `next` prepared at the next wait, or when another asks. It must withdraw before it ends.
  void PrepareLater(Preparation* next);
  void Withdraw(Preparation* next);
  // Waits until all submitted work is done.
  Status Wait();
  // Fails with kUnavailable, naming the size, if memory is short. Mapped ones are to be written.
  Result<Handle<WGPUBuffer>> MakeBuffer(uint64_t bytes, WGPUBufferUsage usage, bool mapped = false);
  // Asks for the first bytes of a buffer, once submitted work that uses it is done.
  Result<std::shared_ptr<Mapping>> Map(WGPUBuffer buffer, WGPUMapMode mode, uint64_t bytes);
  Status Await(const Mapping& mapping);
  // Waits as Wait does, then gives the first bytes of a buffer with the usage MapRead.
  Status ReadMapped(WGPUBuffer buffer, std::span<std::byte> bytes);

 private:
  // What callbacks say, from any thread.
  struct Slot {
    std::mutex mutex;
    std::string lost;   // message of the loss
    std::string error;  // one that no scope caught
    bool is_lost = false;
  };

  Context() = default;
  Status RequestDevice(WGPUAdapter adapter);
  void PushScopes();
  Trouble PopScopes();
  Status Lose(std::string_view why);
  Status TakeSlot();
  // As TakeSlot, once the library had reason to say that the device is lost.
  Status AskSlot();
  void PrepareNow();
  void PollUntil(const bool& done);

  std::shared_ptr<const Api> api_;
  DeviceFacts facts_;
  WGPULimits limits_ = WGPU_LIMITS_INIT;
  bool is_software_ = false;
  Status lost_;
  Slot slot_;
  Preparation* next_ = nullptr;
  Handle<WGPUInstance> instance_;
  Handle<WGPUDevice> device_;
  Handle<WGPUQueue> queue_;
};

}  // namespace ingot::runtime::webgpu
