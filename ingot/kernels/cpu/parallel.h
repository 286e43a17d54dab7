// Fork and join over ranges of rows: a pool of threads that wait spinning for a short while (a
// decode step forks hundreds of times) and then sleep.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace ingot::kernels::cpu {

// One caller at a time. Worker 0 is the calling thread.
class ThreadPool {
 public:
  // `threads` >= 1 in all, the caller included.
  explicit ThreadPool(uint32_t threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  uint32_t threads() const;

  // Runs body(worker) once on every worker and returns when all are done. Inside, Barrier() may be
  // called the same number of times by every worker.
  void Run(const std::function<void(uint32_t worker)>& body);
  // Waits until every worker of the running body has come here.
  void Barrier();

  // Splits [0, count) into contiguous ranges of at least `grain` items (and, but for the last,
  // multiples of `align`), at most one a worker; runs on the caller alone where one range results.
  void For(uint64_t count, uint64_t grain,
           const std::function<void(uint64_t begin, uint64_t end)>& body, uint64_t align = 1);

  // Hands out [0, count) in chunks of `chunk` items, first come, first served: for items of unequal
  // cost, and where another process may hold a worker up. REQUIRES: chunk >= 1.
  void ForChunks(uint64_t count, uint64_t chunk,
                 const std::function<void(uint32_t worker, uint64_t begin, uint64_t end)>& body);

  // Scratch memory that belongs to a worker, 64-byte aligned, kept between calls; contents
  // undefined. Only that worker may use it, until its next call of Scratch.
  std::span<std::byte> Scratch(uint32_t worker, size_t bytes);
  // Scratch that all workers of one Run share; asked for by the caller before Run.
  std::span<std::byte> SharedScratch(size_t bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ingot::kernels::cpu
