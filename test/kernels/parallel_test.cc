#include "ingot/kernels/cpu/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

namespace ingot::kernels::cpu {
namespace {

// Fewer, as many and more workers than most machines that run this have processors to spare.
class Parallel : public testing::TestWithParam<uint32_t> {
 protected:
  ThreadPool pool_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Threads, Parallel, testing::Values(1, 2, 3, 9));

TEST_P(Parallel, RunCallsEveryWorkerOnce) {
  std::vector<int> calls(GetParam(), 0);
  for (int round = 0; round < 200; ++round) {
    pool_.Run([&](uint32_t worker) { ++calls[worker]; });
  }
  EXPECT_EQ(calls, std::vector<int>(GetParam(), 200));
}

TEST_P(Parallel, WorkerZeroIsTheCaller) {
  std::thread::id first;
  pool_.Run([&](uint32_t worker) {
    if (worker == 0) first = std::this_thread::get_id();
  });
  EXPECT_EQ(first, std::this_thread::get_id());
}

TEST_P(Parallel, BarrierShowsWhatOthersWroteBefore) {
  uint32_t threads = GetParam();
  std::vector<uint64_t> cells(threads, 0);
  std::atomic<int> wrong = 0;
  pool_.Run([&](uint32_t worker) {
    for (uint64_t round = 1; round <= 100; ++round) {
      cells[worker] = round;
      pool_.Barrier();
      for (uint64_t cell : cells) wrong += cell != round;
      pool_.Barrier();
    }
  });
  EXPECT_EQ(wrong, 0);
}

TEST_P(Parallel, ForCoversEachItemOnceWithinItsGrain) {
  for (uint64_t count : {0, 1, 2, 7, 64, 1000}) {
    for (uint64_t grain : {1, 3, 100}) {
      for (uint64_t align : {1, 4}) {
        std::vector<std::atomic<int>> seen(count);
        std::atomic<int> ranges = 0, unaligned = 0;
        pool_.For(
            count, grain,
            [&](uint64_t begin, uint64_t end) {
              ++ranges;
              unaligned += begin % align != 0;
              for (uint64_t i = begin; i < end; ++i) ++seen[i];
            },
            align);
        for (const std::atomic<int>& item : seen) ASSERT_EQ(item, 1) << count << " by " << grain;
        EXPECT_LE(ranges, static_cast<int>(GetParam()));
        EXPECT_EQ(unaligned, 0);
        EXPECT_TRUE(count >= 2 * grain || ranges <= 1);
      }
    }
  }
}

TEST_P(Parallel, ForChunksCoversEachItemOnce) {
  for (uint64_t count : {0, 1, 5, 64, 1001}) {
    for (uint64_t chunk : {1, 4, 2000}) {
      std::vector<std::atomic<int>> seen(count);
      std::atomic<int> odd = 0;
      pool_.ForChunks(count, chunk, [&](uint32_t worker, uint64_t begin, uint64_t end) {
        odd += worker >= GetParam() || begin % chunk != 0 || end - begin > chunk;
        for (uint64_t i = begin; i < end; ++i) ++seen[i];
      });
      for (const std::atomic<int>& item : seen) ASSERT_EQ(item, 1) << count << " by " << chunk;
      EXPECT_EQ(odd, 0);
    }
  }
}

TEST_P(Parallel, WakesAfterSleepingAndLeavesWhileAsleep) {
  // Long enough that every worker has gone to sleep.
  std::atomic<int> calls = 0;
  for (int round = 0; round < 3; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    pool_.Run([&](uint32_t) { ++calls; });
  }
  EXPECT_EQ(calls, static_cast<int>(3 * GetParam()));
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

TEST_P(Parallel, CallerSleepsUntilASlowWorkerIsDone) {
  std::atomic<int> done = 0;
  pool_.Run([&](uint32_t worker) {
    if (worker != 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    ++done;
  });
  EXPECT_EQ(done, static_cast<int>(GetParam()));
}

TEST_P(Parallel, ScratchIsAlignedPrivateAndKept) {
  std::vector<std::byte*> first(GetParam());
  pool_.Run([&](uint32_t worker) {
    std::span<std::byte> bytes = pool_.Scratch(worker, 1000);
    first[worker] = bytes.data();
    for (std::byte& byte : bytes) byte = std::byte(worker);
  });
  for (uint32_t worker = 0; worker < GetParam(); ++worker) {
    std::span<std::byte> bytes = pool_.Scratch(worker, 1000);
    EXPECT_EQ(bytes.data(), first[worker]);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(bytes.data()) % 64, 0u);
    for (std::byte byte : bytes) ASSERT_EQ(byte, std::byte(worker));
  }
  std::span<std::byte> shared = pool_.SharedScratch(100);
  EXPECT_EQ(shared.size(), 100u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(shared.data()) % 64, 0u);
}

}  // namespace
}  // namespace ingot::kernels::cpu
