#include "ingot/kernels/cpu/parallel.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>
#include <vector>

#include "ingot/base/log.h"

namespace ingot::kernels::cpu {
namespace {

using Clock = std::chrono::steady_clock;

// A forked body is short: whoever waits stays awake for this long before it sleeps.
constexpr auto kAwake = std::chrono::microseconds(80);
// Pauses before the first yield; about a microsecond.
constexpr int kPauses = 40;

void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Returns once `word` differs from `old`. `pauses` spins come first, then the processor is offered
// to others for a while, then the thread sleeps.
void AwaitChange(const std::atomic<uint32_t>& word, uint32_t old, int pauses) {
  Clock::time_point end = {};
  do {
    for (int i = 0; i <= pauses; ++i) {
      if (word.load(std::memory_order_acquire) != old) return;
      Pause();
    }
    if (end == Clock::time_point{}) end = Clock::now() + kAwake;
    std::this_thread::yield();
  } while (Clock::now() < end);
  word.wait(old, std::memory_order_acquire);
}

class AlignedBytes {
 public:
  AlignedBytes() = default;
  ~AlignedBytes() { std::free(data_); }
  AlignedBytes(const AlignedBytes&) = delete;
  AlignedBytes& operator=(const AlignedBytes&) = delete;

  std::span<std::byte> Grow(size_t bytes) {
    if (bytes > size_) {
      std::free(data_);
      size_ = (std::max(bytes, size_ + size_ / 2) + kAlign - 1) / kAlign * kAlign;
      data_ = static_cast<std::byte*>(std::aligned_alloc(kAlign, size_));
      INGOT_CHECK(data_ != nullptr);
    }
    return {data_, bytes};
  }

 private:
  static constexpr size_t kAlign = 64;
  std::byte* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace

struct ThreadPool::State {
  explicit State(uint32_t workers)
      : threads(workers),
        pauses(workers > std::thread::hardware_concurrency() ? 0 : kPauses),
        scratch(workers) {}

  const uint32_t threads;
  const int pauses;  // 0 if there are more workers than processors
  std::vector<std::thread> others;
  std::vector<AlignedBytes> scratch;
  AlignedBytes shared;

  const std::function<void(uint32_t)>* body = nullptr;  // null: leave
  // Written by different threads, so each has its own cache line.
  alignas(64) std::atomic<uint32_t> forks = 0;
  alignas(64) std::atomic<uint32_t> busy = 0;  // other workers still inside the body
  alignas(64) std::atomic<uint32_t> arrived = 0;
  alignas(64) std::atomic<uint32_t> passed = 0;  // barriers so far

  void Work(uint32_t worker) {
    for (uint32_t seen = 0;; ++seen) {
      AwaitChange(forks, seen, pauses);
      if (body == nullptr) return;
      (*body)(worker);
      if (busy.fetch_sub(1, std::memory_order_acq_rel) == 1) busy.notify_one();
    }
  }

  void Fork(const std::function<void(uint32_t)>* next) {
    body = next;
    busy.store(threads - 1, std::memory_order_relaxed);
    forks.fetch_add(1, std::memory_order_release);
    forks.notify_all();
  }
};

ThreadPool::ThreadPool(uint32_t threads) : state_(std::make_unique<State>(threads)) {
  INGOT_CHECK(threads >= 1);
  for (uint32_t worker = 1; worker < threads; ++worker) {
    state_->others.emplace_back([state = state_.get(), worker] { state->Work(worker); });
  }
}

ThreadPool::~ThreadPool() {
  state_->Fork(nullptr);
  for (std::thread& other : state_->others) other.join();
}

uint32_t ThreadPool::threads() const { return state_->threads; }

void ThreadPool::Run(const std::function<void(uint32_t worker)>& body) {
  State& state = *state_;
  if (state.threads == 1) return body(0);
  state.Fork(&body);
  body(0);
  for (uint32_t busy; (busy = state.busy.load(std::memory_order_acquire)) != 0;) {
    AwaitChange(state.busy, busy, state.pauses);
  }
}

void ThreadPool::Barrier() {
  State& state = *state_;
  if (state.threads == 1) return;
  uint32_t passed = state.passed.load(std::memory_order_acquire);
  if (state.arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == state.threads) {
    state.arrived.store(0, std::memory_order_relaxed);
    state.passed.fetch_add(1, std::memory_order_release);
    state.passed.notify_all();
    return;
  }
  AwaitChange(state.passed, passed, state.pauses);
}

void ThreadPool::For(uint64_t count, uint64_t grain,
                     const std::function<void(uint64_t begin, uint64_t end)>& body,
                     uint64_t align) {
  if (count == 0) return;
  uint64_t ranges = std::min<uint64_t>(state_->threads, count / std::max<uint64_t>(grain, 1));
  if (ranges <= 1) return body(0, count);
  uint64_t step = (count + ranges - 1) / ranges;
  step = (step + align - 1) / align * align;
  Run([&](uint32_t worker) {
    uint64_t begin = worker * step;
    if (begin < count) body(begin, std::min(begin + step, count));
  });
}

void ThreadPool::ForChunks(
    uint64_t count, uint64_t chunk,
    const std::function<void(uint32_t worker, uint64_t begin, uint64_t end)>& body) {
  if (count <= chunk || state_->threads == 1) {
    for (uint64_t begin = 0; begin < count; begin += chunk) {
      body(0, begin, std::min(begin + chunk, count));
    }
    return;
  }
  std::atomic<uint64_t> next = 0;
  Run([&](uint32_t worker) {
    for (uint64_t begin; (begin = next.fetch_add(chunk, std::memory_order_relaxed)) < count;) {
      body(worker, begin, std::min(begin + chunk, count));
    }
  });
}

std::span<std::byte> ThreadPool::Scratch(uint32_t worker, size_t bytes) {
  return state_->scratch[worker].Grow(bytes);
}

std::span<std::byte> ThreadPool::SharedScratch(size_t bytes) { return state_->shared.Grow(bytes); }

}  // namespace ingot::kernels::cpu
