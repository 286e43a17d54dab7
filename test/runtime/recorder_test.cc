#include "ingot/runtime/recorder.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ingot/base/hash.h"

namespace ingot::runtime {
namespace {

class FakeBuffer final : public Buffer {
 public:
  uint64_t bytes() const override { return 16; }
  const std::string& label() const override { return label_; }

 private:
  std::string label_;
};

struct Uses {
  std::vector<int> reads, writes;
};

// The barriers that a Recorder sets for dispatches over buffers told by number.
std::vector<bool> Barriers(const std::vector<Uses>& dispatches) {
  static std::array<FakeBuffer, 8> buffers;
  Recorder recorder;
  for (const Uses& uses : dispatches) {
    Command command;
    for (int id : uses.reads) command.bindings.push_back({&buffers[id], 0, 16, Access::kRead});
    for (int id : uses.writes)
      command.bindings.push_back({&buffers[id], 0, 16, Access::kReadWrite});
    recorder.Append(command);
  }
  std::vector<bool> barriers;
  for (const Command& command : recorder.Take()) barriers.push_back(command.barrier);
  EXPECT_TRUE(recorder.Take().empty());
  return barriers;
}

using Flags = std::vector<bool>;

TEST(Recorder, ReadAfterWriteNeedsABarrier) {
  EXPECT_EQ(Barriers({{{0}, {1}}, {{1}, {2}}}), (Flags{false, true}));
}

TEST(Recorder, WriteAfterReadNeedsABarrier) {
  EXPECT_EQ(Barriers({{{0}, {1}}, {{2}, {0}}}), (Flags{false, true}));
}

TEST(Recorder, WriteAfterWriteNeedsABarrier) {
  EXPECT_EQ(Barriers({{{0}, {1}}, {{0}, {1}}}), (Flags{false, true}));
}

TEST(Recorder, IndependentDispatchesOverlap) {
  EXPECT_EQ(Barriers({{{0}, {1}}, {{0}, {2}}, {{0, 3}, {4}}}), (Flags{false, false, false}));
}

TEST(Recorder, ABarrierServesEverythingBeforeIt) {
  EXPECT_EQ(Barriers({{{0}, {1}}, {{0}, {2}}, {{1}, {3}}, {{2}, {4}}}),
            (Flags{false, false, true, false}));
}

TEST(Recorder, WhatABarrierMadeSafeCountsAgainOnceItIsUsed) {
  EXPECT_EQ(Barriers({{{0}, {1}}, {{1}, {2}}, {{2}, {3}}, {{0}, {1}}}),
            (Flags{false, true, true, false}));
  EXPECT_EQ(Barriers({{{0}, {1}}, {{1}, {2}}, {{0}, {1}}}), (Flags{false, true, true}));
}

// Every pair with a hazard must have a barrier between them, and every barrier must stand right
// behind such a pair: held against a search over all pairs.
TEST(Recorder, RandomDispatchesHaveBarriersExactlyWhereNeeded) {
  Stream random(1, "hazards");
  for (int round = 0; round < 300; ++round) {
    std::vector<Uses> dispatches(1 + random.Below(12));
    for (Uses& uses : dispatches) {
      for (int id = 0; id < 8; ++id) {
        uint64_t use = random.Below(6);
        if (use == 0) uses.writes.push_back(id);
        if (use == 1) uses.reads.push_back(id);
      }
    }
    auto touches = [](const std::vector<int>& a, const std::vector<int>& b) {
      return std::ranges::any_of(a, [&](int id) { return std::ranges::find(b, id) != b.end(); });
    };
    auto hazard = [&](const Uses& a, const Uses& b) {
      return touches(a.writes, b.reads) || touches(a.reads, b.writes) ||
             touches(a.writes, b.writes);
    };
    Flags barriers = Barriers(dispatches);
    size_t since = 0;  // the first dispatch behind the last barrier
    for (size_t i = 0; i < dispatches.size(); ++i) {
      bool needed = false;
      for (size_t j = since; j < i; ++j) needed |= hazard(dispatches[j], dispatches[i]);
      ASSERT_EQ(barriers[i], needed) << i;
      if (needed) since = i;
    }
  }
}

}  // namespace
}  // namespace ingot::runtime
