#include "ingot/runtime/executor.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ingot/base/text.h"
#include "ingot/program/check.h"
#include "ingot/runtime/cpu/device.h"
#include "ingot/runtime/null/device.h"

namespace ingot::runtime {
namespace {

using program::Binding;
using program::BufferKind;
using program::Dispatch;
using program::Program;
using program::Size;
using program::Symbols;
using program::TensorType;

constexpr uint32_t kVocab = 5;
constexpr uint32_t kDim = 4;

// Buffers: 0 ids, 1 table, 2 rope, 3 kv, 4 state, 5 s0, 6 s1, 7 s2, 8 logits.
// h = table[ids]; d = 2h; q = h + d, turned by the rope table in place; the cache takes q; the last
// rows of q are the logits.
Program SmallProgram() {
  const Size tokens = Size::Tokens(), outputs = Size::Outputs(), capacity = Size::Capacity();
  const TensorType ids{DType::kU32, "ids", {tokens}};
  const TensorType table{DType::kF32, "blocks", {kVocab, kDim}};
  const TensorType rope{DType::kF32, "table", {capacity, kDim}};
  const TensorType kv{DType::kF32, "kv", {2, 1, 1, capacity, kDim}};
  const TensorType state{DType::kU32, "state", {16}};
  const TensorType rows{DType::kF32, "rows", {tokens, kDim}};
  const TensorType logits{DType::kF32, "logits", {outputs, kDim}};
  Program out;
  out.model = "small";
  out.target = "cpu";
  out.phase = Phase::kPrefill;
  out.max_tokens = 16;
  out.buffers = {{"ids", BufferKind::kIds, ids, tokens * Size(4), {}, {}},
                 {"table", BufferKind::kWeight, table, 80, {{"table", 0, kVocab}}, {}},
                 {"rope", BufferKind::kTable, rope, capacity * Size(16), {}, {}},
                 {"kv.0", BufferKind::kKv, kv, capacity * Size(32), {}, {}},
                 {"state", BufferKind::kState, state, 64, {}, {}},
                 {"s0", BufferKind::kScratch, rows, tokens * Size(16), {}, {}},
                 {"s1", BufferKind::kScratch, rows, tokens * Size(16), {}, {}},
                 {"s2", BufferKind::kScratch, rows, tokens * Size(16), {}, {}},
                 {"logits", BufferKind::kLogits, logits, outputs * Size(16), {}, {}}};
  auto add = [&](std::string op, std::string kernel, std::string value,
                 std::vector<Binding> bindings, std::vector<program::Uniform> uniforms,
                 OverrideValues overrides = {}) {
    Dispatch dispatch;
    dispatch.op = std::move(op);
    dispatch.kernel = std::move(kernel);
    dispatch.value = std::move(value);
    dispatch.layer = 0;
    dispatch.bindings = std::move(bindings);
    dispatch.uniforms = std::move(uniforms);
    dispatch.overrides = std::move(overrides);
    out.dispatches.push_back(std::move(dispatch));
  };
  const Access read = Access::kRead, write = Access::kReadWrite;
  add("embed", "gather", "h",
      {{"ids", 0, read, ids}, {"table", 1, read, table}, {"y", 5, write, rows}},
      {{"rows", tokens}, {"dim", Size(kDim)}, {"vocab", Size(kVocab)}, {"scale", 1.0f}},
      {{"W_FORMAT", 0}});
  add("scale", "scale", "d", {{"x", 5, read, rows}, {"y", 6, write, rows}},
      {{"size", tokens * Size(kDim)}, {"scale", 2.0f}});
  add("add", "residual", "q", {{"a", 5, read, rows}, {"b", 6, read, rows}, {"y", 7, write, rows}},
      {{"size", tokens * Size(kDim)}});
  add("rope", "rope_precomputed", "r",
      {{"q", 7, write, rows}, {"table", 2, read, rope}, {"state", 4, read, state}},
      {{"rows", tokens}, {"heads", Size(1)}, {"head_dim", Size(kDim)}, {"rot", Size(kDim)}},
      {{"INTERLEAVED", 1}});
  add("kv_write", "kv_write", "",
      {{"k", 7, read, rows},
       {"v", 7, read, rows},
       {"cache", 3, write, kv},
       {"state", 4, read, state}},
      {{"rows", tokens}, {"kv_heads", Size(1)}, {"head_dim", Size(kDim)}, {"capacity", capacity}},
      {{"F16_KV", 0}});
  add("last_rows", "last_rows", "logits", {{"x", 7, read, rows}, {"y", 8, write, logits}},
      {{"rows", tokens}, {"outputs", outputs}, {"dim", Size(kDim)}});
  return out;
}

float TableValue(uint32_t id, uint32_t column) {
  return static_cast<float>(10 * id + column) + 0.5f;
}

// What the small program computes for a row, worked out by hand: pairs (a, b) turned by a right
// angle become (-b, a).
std::vector<float> WantRow(uint32_t id) {
  auto tripled = [id](uint32_t column) { return 3 * TableValue(id, column); };
  return {-tripled(1), tripled(0), -tripled(3), tripled(2)};
}

std::vector<float> WantRows(const std::vector<uint32_t>& ids) {
  std::vector<float> rows;
  for (uint32_t id : ids) {
    for (float value : WantRow(id)) rows.push_back(value);
  }
  return rows;
}

// Passes every call on and counts what is recorded.
class CountingDevice final : public Device {
 public:
  explicit CountingDevice(std::unique_ptr<Device> device) : device_(std::move(device)) {}
  int records = 0;

  const DeviceFacts& facts() const override { return device_->facts(); }
  std::span<const kernels::KernelDesc* const> kernels() const override {
    return device_->kernels();
  }
  Result<std::unique_ptr<Buffer>> CreateBuffer(uint64_t bytes, std::string label) override {
    return device_->CreateBuffer(bytes, std::move(label));
  }
  Result<std::unique_ptr<Buffer>> ImportBuffer(std::span<const std::byte> host,
                                               std::shared_ptr<const void> owner,
                                               std::string label) override {
    return device_->ImportBuffer(host, std::move(owner), std::move(label));
  }
  Result<std::shared_ptr<Pipeline>> CreatePipeline(std::string_view kernel,
                                                   const OverrideValues& overrides) override {
    return device_->CreatePipeline(kernel, overrides);
  }
  Status Write(Buffer& buffer, uint64_t offset, std::span<const std::byte> bytes) override {
    return device_->Write(buffer, offset, bytes);
  }
  Status Read(Buffer& buffer, uint64_t offset, std::span<std::byte> bytes) override {
    return device_->Read(buffer, offset, bytes);
  }
  Status Copy(Buffer& src, uint64_t src_offset, Buffer& dst, uint64_t dst_offset,
              uint64_t bytes) override {
    return device_->Copy(src, src_offset, dst, dst_offset, bytes);
  }
  Result<uint64_t> PackedBytes(std::string_view layout, DType dtype, uint64_t rows,
                               uint64_t cols) override {
    return device_->PackedBytes(layout, dtype, rows, cols);
  }
  Result<std::unique_ptr<Buffer>> PackWeight(std::string_view layout, DType dtype, uint64_t rows,
                                             uint64_t cols, std::span<const std::byte> src,
                                             std::string label) override {
    return device_->PackWeight(layout, dtype, rows, cols, src, std::move(label));
  }
  Result<std::unique_ptr<CommandList>> Record(std::vector<Command> commands) override {
    ++records;
    return device_->Record(std::move(commands));
  }
  Status Submit(CommandList& list) override { return device_->Submit(list); }
  Status Finish() override { return device_->Finish(); }
  DeviceCounts counts() const override { return device_->counts(); }

 private:
  std::unique_ptr<Device> device_;
};

class ExecutorTest : public ::testing::Test {
 protected:
  void Use(Result<std::unique_ptr<Device>> device, const Program& program = SmallProgram()) {
    ASSERT_TRUE(device.ok());
    ASSERT_EQ(program::Check(program).message(), "");
    device_ = std::make_unique<CountingDevice>(std::move(*device));
    Result<std::unique_ptr<Executor>> executor = Executor::Create(*device_, program);
    ASSERT_TRUE(executor.ok()) << executor.status().message();
    executor_ = std::move(*executor);
    for (uint32_t id = 0; id < kVocab; ++id) {
      for (uint32_t column = 0; column < kDim; ++column) table_.push_back(TableValue(id, column));
    }
    Give("table", table_);
    Give("state", std::vector<uint32_t>(16));
    GiveCache(16);
  }
  void SetUp() override { Use(cpu::Open({.threads = 2})); }
  void TearDown() override {
    executor_.reset();
    owned_.clear();
    if (device_ == nullptr) return;
    EXPECT_EQ(device_->counts().buffers, 0u);
    EXPECT_EQ(device_->counts().pipelines, 0u);
  }

  template <typename T>
  void Give(const std::string& name, const std::vector<T>& values) {
    owned_[name].reset();
    auto buffer = device_->CreateBuffer(values.size() * sizeof(T), name);
    ASSERT_TRUE(buffer.ok());
    ASSERT_TRUE(device_->Write(**buffer, 0, std::as_bytes(std::span(values))).ok());
    owned_[name] = std::move(*buffer);
    map_[name] = owned_[name].get();
  }
  // The rope table turns by a right angle: cosine 0, sine 1.
  void GiveCache(uint64_t capacity) {
    capacity_ = capacity;
    Give("kv.0", std::vector<float>(2 * capacity * kDim));
    std::vector<float> rope(capacity * kDim);
    for (size_t i = 1; i < rope.size(); i += 2) rope[i] = 1;
    Give("rope", rope);
  }

  Status Run(const std::vector<uint32_t>& ids, uint64_t outputs, const TraceSink* trace = nullptr) {
    if (ids.empty() || !map_.contains("ids") || ids != ids_) Give("ids", ids);
    ids_ = ids;
    return executor_->Run({ids.size(), outputs, capacity_}, map_, trace);
  }
  std::vector<float> Logits(uint64_t outputs) {
    std::vector<float> values(outputs * kDim);
    EXPECT_TRUE(
        device_->Read(*executor_->logits(), 0, std::as_writable_bytes(std::span(values))).ok());
    return values;
  }

  std::unique_ptr<CountingDevice> device_;
  std::unique_ptr<Executor> executor_;
  std::map<std::string, std::unique_ptr<Buffer>> owned_;
  BufferMap map_;
  std::vector<float> table_;
  std::vector<uint32_t> ids_;
  uint64_t capacity_ = 0;
};

TEST_F(ExecutorTest, ComputesWhatTheProgramSays) {
  EXPECT_EQ(executor_->logits(), nullptr);
  ASSERT_EQ(Run({3, 0, 4}, 3).message(), "");
  EXPECT_EQ(Logits(3), WantRows({3, 0, 4}));
  ASSERT_EQ(Run({1, 2}, 1).message(), "");
  EXPECT_EQ(Logits(1), WantRows({2}));
  EXPECT_EQ(executor_->program(), SmallProgram());
}

TEST_F(ExecutorTest, RecordsOnceForTheSameSymbolsAndBuffers) {
  for (int i = 0; i < 3; ++i) ASSERT_EQ(Run({1, 2}, 1).message(), "");
  EXPECT_EQ(device_->records, 1);
  EXPECT_EQ(device_->counts().submissions, 3u);
  EXPECT_EQ(device_->counts().dispatches, 18u);
  // d needs h, q needs d, the rope needs q, and the cache and the logits need the rope.
  EXPECT_EQ(device_->counts().barriers, 12u);
  ASSERT_EQ(Run({1, 2, 3}, 1).message(), "");
  EXPECT_EQ(device_->records, 2);
}

TEST_F(ExecutorTest, KeepsTheListsOfEightSymbols) {
  Give("ids", std::vector<uint32_t>(16, 1));
  auto run = [this](uint64_t tokens) {
    return executor_->Run({tokens, 1, capacity_}, map_).message();
  };
  for (uint64_t tokens = 1; tokens <= 8; ++tokens) ASSERT_EQ(run(tokens), "");
  ASSERT_EQ(run(1), "");
  EXPECT_EQ(device_->records, 8);
  ASSERT_EQ(run(9), "");  // 2 was used longest ago
  ASSERT_EQ(run(1), "");
  EXPECT_EQ(device_->records, 9);
  ASSERT_EQ(run(2), "");
  EXPECT_EQ(device_->records, 10);
}

TEST_F(ExecutorTest, SeesANewBufferOfAnOldName) {
  // A new buffer may well stand where the old one stood.
  for (uint32_t round = 0; round < 5; ++round) {
    ASSERT_EQ(Run({round, 4 - round}, 2).message(), "");
    EXPECT_EQ(Logits(2), WantRows({round, 4 - round}));
  }
}

TEST_F(ExecutorTest, AlternatesBetweenBuffersWithoutRecordingAgain) {
  auto other = std::move(*device_->CreateBuffer(8, "ids"));
  std::vector<uint32_t> ids = {0, 1};
  ASSERT_TRUE(device_->Write(*other, 0, std::as_bytes(std::span(ids))).ok());
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(Run({3, 4}, 2).message(), "");
    EXPECT_EQ(Logits(2), WantRows({3, 4}));
    BufferMap map = map_;
    map["ids"] = other.get();
    ASSERT_EQ(executor_->Run({2, 2, capacity_}, map).message(), "");
    EXPECT_EQ(Logits(2), WantRows({0, 1}));
  }
  EXPECT_EQ(device_->records, 2);
}

TEST_F(ExecutorTest, GrowsWithOutputsAndCapacityAndNeverShrinks) {
  uint64_t given = device_->counts().buffers + 1;
  ASSERT_EQ(Run({1, 2, 3}, 1).message(), "");
  EXPECT_EQ(device_->counts().buffers, given + 4);
  EXPECT_EQ(executor_->logits()->bytes(), 16u);
  ASSERT_EQ(Run({1, 2, 3}, 3).message(), "");
  EXPECT_EQ(executor_->logits()->bytes(), 48u);
  EXPECT_EQ(Logits(3), WantRows({1, 2, 3}));
  ASSERT_EQ(Run({1, 2, 3}, 1).message(), "");
  EXPECT_EQ(executor_->logits()->bytes(), 48u);
  EXPECT_EQ(Logits(1), WantRows({3}));
  GiveCache(64);
  ASSERT_EQ(Run({1, 2, 3}, 1).message(), "");
  EXPECT_EQ(Logits(1), WantRows({3}));
  EXPECT_EQ(device_->counts().buffers, given + 4);
}

TEST_F(ExecutorTest, ShowsEachResultInOrder) {
  std::vector<std::string> values;
  std::vector<std::vector<float>> contents;
  TraceSink sink = [&](const Dispatch& dispatch, std::span<const float> result) {
    values.push_back(dispatch.value);
    contents.emplace_back(result.begin(), result.end());
    return Status();
  };
  ASSERT_EQ(Run({2, 1}, 1, &sink).message(), "");
  // The cache is no row result; the rope shows what it turned in place.
  EXPECT_EQ(values, (std::vector<std::string>{"h", "d", "q", "r", "logits"}));
  EXPECT_EQ(contents[0], (std::vector<float>{20.5, 21.5, 22.5, 23.5, 10.5, 11.5, 12.5, 13.5}));
  EXPECT_EQ(contents[1], (std::vector<float>{41, 43, 45, 47, 21, 23, 25, 27}));
  EXPECT_EQ(contents[3], WantRows({2, 1}));
  EXPECT_EQ(contents[4], WantRows({1}));
  EXPECT_EQ(device_->counts().submissions, 6u);
  std::vector<float> traced = Logits(1);
  ASSERT_EQ(Run({2, 1}, 1).message(), "");
  EXPECT_EQ(Logits(1), traced);
}

TEST_F(ExecutorTest, StopsWhereTheSinkFails) {
  int calls = 0;
  TraceSink sink = [&](const Dispatch&, std::span<const float>) {
    return ++calls == 2 ? Status(Code::kMismatch, "enough") : Status();
  };
  EXPECT_EQ(Run({2, 1}, 1, &sink), Status(Code::kMismatch, "enough"));
  EXPECT_EQ(calls, 2);
}

TEST_F(ExecutorTest, RefusesSymbolsOutsideOfTheProgram) {
  Give("ids", std::vector<uint32_t>(17));
  auto run = [this](Symbols symbols) { return executor_->Run(symbols, map_); };
  EXPECT_EQ(run({0, 1, 16}), Status(Code::kInvalidArgument, "tokens (0) are outside 1..16"));
  EXPECT_EQ(run({17, 1, 16}), Status(Code::kInvalidArgument, "tokens (17) are outside 1..16"));
  EXPECT_EQ(run({4, 0, 16}), Status(Code::kInvalidArgument, "outputs (0) are outside 1..4"));
  EXPECT_EQ(run({4, 5, 16}), Status(Code::kInvalidArgument, "outputs (5) are outside 1..4"));
  EXPECT_EQ(run({4, 4, 16}).message(), "");
}

TEST_F(ExecutorTest, RefusesBuffersThatAreMissingOrTooSmall) {
  EXPECT_EQ(Run({1, 2}, 1).message(), "");
  BufferMap map = map_;
  map["kv.0"] = nullptr;
  EXPECT_EQ(executor_->Run({2, 1, 16}, map).message(), "buffer kv.0 is not given");
  map.erase("kv.0");
  EXPECT_EQ(executor_->Run({2, 1, 16}, map).message(), "buffer kv.0 is not given");
  EXPECT_EQ(executor_->Run({2, 1, 17}, map_).message(),
            "buffer rope (256 bytes) is smaller than the program's (272)");
  EXPECT_EQ(executor_->Run({3, 1, 16}, map_).message(),
            "buffer ids (8 bytes) is smaller than the program's (12)");
  EXPECT_EQ(Run({1, 2}, 1).message(), "");
  EXPECT_EQ(Logits(1), WantRows({2}));
}

TEST_F(ExecutorTest, NamesTheDispatchWhoseSizeHasNoValue) {
  executor_.reset();
  owned_.clear();
  Program program = SmallProgram();
  program.dispatches[1].uniforms[0].value = Size::Capacity() * Size(uint64_t{1} << 28);
  Result<std::unique_ptr<Executor>> executor = Executor::Create(*device_, program);
  ASSERT_TRUE(executor.ok());
  executor_ = std::move(*executor);
  Give("table", table_);
  Give("state", std::vector<uint32_t>(16));
  GiveCache(16);
  EXPECT_EQ(
      Run({1}, 1).message(),
      "dispatch 1 (scale layer 0) kernel scale {} grid (1, 1, 1): uniform size: size (capacity "
      "* 268435456): (4294967296) is more than (4294967295)");
}

// What Create says of the small program with one thing changed.
Status Refused(const std::function<void(Program&)>& change) {
  std::unique_ptr<Device> device = std::move(*null::Open({}));
  Program program = SmallProgram();
  change(program);
  return Executor::Create(*device, program).status();
}

TEST(Executor, HoldsEveryDispatchAgainstItsKernel) {
  const std::string at = "dispatch 0 (embed layer 0) kernel gather {W_FORMAT=0} grid (1, 1, 1): ";
  auto invalid = [&](std::string_view what) {
    return Status(Code::kInvalidArgument, StrCat(at, what));
  };
  EXPECT_EQ(Refused([](Program& p) { p.dispatches[0].bindings[1].name = "w"; }),
            invalid("bindings (ids, w, y) are not the kernel's (ids, table, y)"));
  EXPECT_EQ(Refused([](Program& p) { p.dispatches[0].bindings[1].access = Access::kReadWrite; }),
            invalid("binding table: access (read_write) is not the kernel's (read)"));
  EXPECT_EQ(Refused([](Program& p) { p.dispatches[0].bindings[1].type.layout = "tiles16"; }),
            invalid("binding table: layout (tiles16) is not the kernel's (blocks)"));
  EXPECT_EQ(Refused([](Program& p) { p.dispatches[0].uniforms.pop_back(); }),
            invalid("uniforms (rows, dim, vocab) are not the kernel's (rows, dim, vocab, scale)"));
  EXPECT_EQ(Refused([](Program& p) { p.dispatches[0].uniforms[0].value = 1.0f; }),
            invalid("uniform rows: a number where the kernel has a size"));
  EXPECT_EQ(Refused([](Program& p) { p.dispatches[0].uniforms[3].value = Size(1); }),
            invalid("uniform scale: a size where the kernel has a number"));
  EXPECT_EQ(Refused([](Program& p) { p.dispatches[0].overrides = {}; }),
            Status(Code::kInvalidArgument,
                   "dispatch 0 (embed layer 0) kernel gather {} grid (1, 1, 1): gather: override "
                   "W_FORMAT is missing"));
  EXPECT_EQ(
      Refused([](Program& p) {
        p.dispatches[0].kernel = "gathr";
        p.dispatches[0].variant = "wide";
        p.dispatches[0].grid[1] = Size::CeilDiv(Size::Tokens(), 4);
      }),
      Status(Code::kNotFound,
             "dispatch 0 (embed layer 0) kernel gathr/wide {W_FORMAT=0} grid (1, ceil(tokens, "
             "4), 1): unknown kernel (gathr), nearest is (gather)"));
}

TEST(Executor, RunsProgramsOfItsDeviceOnly) {
  EXPECT_EQ(Refused([](Program& p) { p.target = "webgpu"; }),
            Status(Code::kInvalidArgument, "program small is for (webgpu), the device is (null)"));
}

class NullExecutorTest : public ExecutorTest {
 protected:
  void SetUp() override {}
};

TEST_F(NullExecutorTest, ADispatchThatTheDeviceRefusesIsNamed) {
  Program program = SmallProgram();
  program.dispatches[1].grid[0] = 2;
  Use(null::Open({}), program);
  EXPECT_EQ(
      Run({1}, 1).message(),
      "dispatch 1 (scale layer 0) kernel scale {} grid (2, 1, 1): grid (2, 1, 1) is not (1, 1, 1)");
}

TEST_F(NullExecutorTest, ALostDeviceFailsEveryRunTheSameWay) {
  Use(null::Open({.lose_at_submission = 2}));
  EXPECT_EQ(Run({1, 2}, 1).message(), "");
  const Status lost(Code::kUnavailable, StrCat("prefill program small, one of dispatches 0 to ",
                                               SmallProgram().dispatches.size() - 1,
                                               ": device null is lost at submission (2)"));
  EXPECT_EQ(Run({1, 2}, 1), lost);
  EXPECT_EQ(Run({1, 2}, 1), lost);
}

TEST_F(NullExecutorTest, ATracedRunNamesTheDispatchThatLostTheDevice) {
  Use(null::Open({.lose_at_submission = 2}));
  TraceSink sink = [](const Dispatch&, std::span<const float>) { return Status(); };
  EXPECT_EQ(
      Run({1, 2}, 1, &sink),
      Status(Code::kUnavailable,
             "dispatch 1 (scale layer 0) kernel scale {} grid (1, 1, 1): device null is lost at "
             "submission (2)"));
}

TEST_F(NullExecutorTest, MemoryThatIsShortIsNamedAndMayComeBack) {
  // Five buffers are given; the second that the executor makes fails.
  Use(null::Open({.fail_at_allocation = 7}));
  EXPECT_EQ(Run({1, 2}, 1).code(), Code::kUnavailable);
  EXPECT_EQ(Run({1, 2}, 1).message(), "");
  EXPECT_EQ(Run({1, 2}, 2).message(), "");
}

TEST_F(NullExecutorTest, AFailureToGrowLeavesSmallerRunsPossible) {
  // Five buffers are given, four made for one output; the larger one for two outputs fails.
  Use(null::Open({.fail_at_allocation = 10}));
  EXPECT_EQ(Run({1, 2}, 1).message(), "");
  EXPECT_EQ(Run({1, 2}, 2).code(), Code::kUnavailable);
  EXPECT_EQ(Run({1, 2}, 1).message(), "");
  EXPECT_EQ(Run({1, 2}, 2).message(), "");
}

}  // namespace
}  // namespace ingot::runtime
