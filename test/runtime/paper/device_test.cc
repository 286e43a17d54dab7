#include "ingot/runtime/paper/device.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "test/support/temp_dir.h"

#include "ingot/base/file.h"
#include "ingot/kernels/registry.h"

namespace ingot::runtime::paper {
namespace {

constexpr std::string_view kPlainSum = R"(//! op: add
//! formula: y = a + b
//! bind: a f32[size] r; b f32[size] r; y f32[size] rw
//! grid: linear(ceil(size, WG))
//! range: WG = {64, 128} tune
//! use: grid
//! tolerance: elementwise(1)
//! variant: plain_sum { }
struct Params { size: u32 }
var<uniform> p: Params;
var<storage, read> a: array<f32>;
var<storage, read> b: array<f32>;
var<storage, read_write> y: array<f32>;

override WG: u32 = 64u;

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let i = linear(g) * WG + t.index;
  if (i < p.size) {
    y[i] = a[i] + b[i];
  }
}
)";

class PaperDevice : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(WriteFileAtomic(folder_.Path("plain_sum.wgsl"), kPlainSum).ok());
    auto paper = Open({folder_.path()});
    ASSERT_TRUE(paper.ok()) << paper.status().message();
    paper_ = std::move(*paper);
  }

  std::unique_ptr<Buffer> Make(uint64_t bytes, std::string label) {
    return std::move(*paper_->CreateBuffer(bytes, std::move(label)));
  }
  std::vector<uint32_t> Words(Buffer& buffer) {
    std::vector<uint32_t> words(buffer.bytes() / sizeof(uint32_t), 99);
    EXPECT_TRUE(paper_->Read(buffer, 0, std::as_writable_bytes(std::span(words))).ok());
    return words;
  }
  Status Write(Buffer& buffer, uint64_t offset, std::vector<uint32_t> words) {
    return paper_->Write(buffer, offset, std::as_bytes(std::span(words)));
  }
  std::shared_ptr<Pipeline> PlainSum(double wg = 128) {
    return std::move(*paper_->CreatePipeline("plain_sum", {{"WG", wg}}));
  }
  // y = a + b of four numbers.
  std::vector<Command> Sum(Pipeline& pipeline, Buffer& a, Buffer& b, Buffer& y) {
    Command command;
    command.pipeline = &pipeline;
    command.bindings = {
        {&a, 0, 16, Access::kRead}, {&b, 0, 16, Access::kRead}, {&y, 0, 16, Access::kReadWrite}};
    command.uniforms = {4};
    command.label = "sum";
    return {command};
  }

  test::TempDir folder_;
  std::unique_ptr<Paper> paper_;
};

TEST_F(PaperDevice, HasTheLimitsOfEveryBrowserAndNoFeature) {
  const DeviceFacts& facts = paper_->facts();
  EXPECT_EQ(facts.kind, "webgpu");
  EXPECT_TRUE(facts.features.empty());
  EXPECT_EQ(facts.max_binding_bytes, uint64_t{128} << 20);
  EXPECT_EQ(facts.max_storage_bindings, 8u);
  EXPECT_EQ(facts.max_workgroup_invocations, 256u);
  EXPECT_EQ(facts.max_workgroup_bytes, 16384u);
  EXPECT_NE(kernels::FindKernel(paper_->kernels(), "matmul"), nullptr);
}

TEST_F(PaperDevice, RefusesABufferThatABrowserMayNotHave) {
  EXPECT_EQ(paper_->CreateBuffer((uint64_t{256} << 20) + 16, "w").status(),
            Status(Code::kUnsupported,
                   "w: bytes (268435472) are more than every GPU has in a buffer (268435456)"));
}

TEST_F(PaperDevice, ContentIsEmptyUntilSomethingIsWritten) {
  auto buffer = Make(16, "b");
  EXPECT_TRUE(ContentOf(*buffer).empty());
  EXPECT_EQ(Words(*buffer), std::vector<uint32_t>(4, 0));
  ASSERT_TRUE(Write(*buffer, 8, {7}).ok());
  EXPECT_EQ(ContentOf(*buffer).size(), 16u);
  EXPECT_EQ(Words(*buffer), (std::vector<uint32_t>{0, 0, 7, 0}));
}

TEST_F(PaperDevice, CopiesContentsAlsoEmptyOnes) {
  auto a = Make(16, "a"), b = Make(16, "b"), c = Make(16, "c");
  ASSERT_TRUE(Write(*a, 0, {1, 2, 3, 4}).ok());
  ASSERT_TRUE(paper_->Copy(*a, 4, *b, 8, 8).ok());
  EXPECT_EQ(Words(*b), (std::vector<uint32_t>{0, 0, 2, 3}));
  ASSERT_TRUE(paper_->Copy(*c, 0, *a, 4, 4).ok());
  EXPECT_EQ(Words(*a), (std::vector<uint32_t>{1, 0, 3, 4}));
  auto d = Make(16, "d");
  ASSERT_TRUE(paper_->Copy(*c, 0, *d, 0, 16).ok());
  EXPECT_TRUE(ContentOf(*d).empty());
}

TEST_F(PaperDevice, AnImportedBufferIsTheHostsAndReadOnly) {
  const auto host = std::make_shared<std::vector<uint32_t>>(std::vector<uint32_t>{5, 6});
  auto buffer = paper_->ImportBuffer(std::as_bytes(std::span(*host)), host, "w");
  ASSERT_TRUE(buffer.ok());
  EXPECT_EQ(ContentOf(**buffer).data(), reinterpret_cast<const std::byte*>(host->data()));
  EXPECT_EQ(host.use_count(), 2);
  EXPECT_EQ(Words(**buffer), *host);
  EXPECT_EQ(Write(**buffer, 0, {1}).code(), Code::kInvalidArgument);
  buffer->reset();
  EXPECT_EQ(host.use_count(), 1);
}

TEST_F(PaperDevice, ShowsWhatIsSubmittedAndRunsNothing) {
  auto a = Make(16, "a"), b = Make(16, "b"), y = Make(16, "y");
  auto pipeline = PlainSum();
  auto list = paper_->Record(Sum(*pipeline, *a, *b, *y));
  ASSERT_TRUE(list.ok()) << list.status().message();
  EXPECT_TRUE(paper_->Submit(**list).ok());  // with nobody who looks
  std::vector<std::string> seen;
  paper_->OnSubmit([&](std::span<const Command> commands) {
    for (const Command& command : commands) {
      seen.push_back(command.label + " " + command.bindings[2].buffer->label());
    }
    return Status();
  });
  EXPECT_TRUE(paper_->Submit(**list).ok());
  EXPECT_TRUE(paper_->Submit(**list).ok());
  EXPECT_EQ(seen, (std::vector<std::string>{"sum y", "sum y"}));
  EXPECT_TRUE(ContentOf(*y).empty());
  EXPECT_EQ(paper_->counts().submissions, 3u);
  EXPECT_EQ(paper_->counts().dispatches, 3u);
}

TEST_F(PaperDevice, SubmitFailsAsWhoeverLooks) {
  auto list = paper_->Record({});
  ASSERT_TRUE(list.ok());
  paper_->OnSubmit(
      [](std::span<const Command>) { return Status(Code::kUnavailable, "disk full"); });
  EXPECT_EQ(paper_->Submit(**list), Status(Code::kUnavailable, "disk full"));
  paper_->OnSubmit(nullptr);
  EXPECT_TRUE(paper_->Submit(**list).ok());
}

TEST_F(PaperDevice, ReadsAreAnsweredWithinTheBufferOnly) {
  auto a = Make(16, "a"), b = Make(16, "b");
  ASSERT_TRUE(Write(*a, 0, {1, 2, 3, 4}).ok());
  paper_->OnRead([&](const Buffer& buffer, uint64_t offset, std::span<std::byte> bytes) {
    if (&buffer == b.get()) return Status(Code::kMismatch, "no answer");
    const auto word = static_cast<uint32_t>(100 + offset);
    std::memcpy(bytes.data(), &word, sizeof word);
    return Status();
  });
  std::array<std::byte, 4> four{};
  ASSERT_TRUE(paper_->Read(*a, 8, four).ok());
  EXPECT_EQ(std::bit_cast<uint32_t>(four), 108u);
  EXPECT_EQ(paper_->Read(*b, 0, four), Status(Code::kMismatch, "no answer"));
  EXPECT_EQ(paper_->Read(*a, 16, four).code(), Code::kInvalidArgument);
  // A copy moves what was written, not what is answered.
  ASSERT_TRUE(paper_->Copy(*a, 0, *b, 0, 16).ok());
  paper_->OnRead(nullptr);
  EXPECT_EQ(Words(*b), (std::vector<uint32_t>{1, 2, 3, 4}));
}

TEST_F(PaperDevice, PipelinesAreLinkedForItsLimits) {
  auto pipeline = PlainSum();
  EXPECT_EQ(pipeline->desc().name, "plain_sum");
  EXPECT_EQ(LinkedOf(*pipeline).constants, (OverrideValues{{"WG", 128}}));
  EXPECT_NE(LinkedOf(*pipeline).text.find("@compute"), std::string::npos);
  EXPECT_EQ(PlainSum(), pipeline);
  EXPECT_NE(PlainSum(64), pipeline);
  EXPECT_EQ(paper_->CreatePipeline("plain_sum", {{"WG", 3}}).status().code(),
            Code::kInvalidArgument);
  EXPECT_EQ(paper_->CreatePipeline("plain_sums", {}).status().code(), Code::kNotFound);
  // More workgroup memory than every browser has.
  EXPECT_EQ(paper_->CreatePipeline("probe_dirt", {{"WG", 64}, {"WORDS", 8192}}).status().code(),
            Code::kUnsupported);
}

TEST_F(PaperDevice, RefusesACommandThatDoesNotFitItsKernel) {
  auto a = Make(16, "a"), y = Make(16, "y");
  auto pipeline = PlainSum();
  std::vector<Command> commands = Sum(*pipeline, *a, *a, *y);
  commands[0].bindings.pop_back();
  const Status status = paper_->Record(commands).status();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_TRUE(status.message().starts_with("sum: ")) << status.message();
}

TEST_F(PaperDevice, CountsWhatLives) {
  auto a = Make(16, "a");
  auto pipeline = PlainSum();
  EXPECT_EQ(paper_->counts().buffers, 1u);
  EXPECT_EQ(paper_->counts().buffer_bytes, 16u);
  EXPECT_EQ(paper_->counts().pipelines, 1u);
  a.reset();
  pipeline.reset();
  EXPECT_EQ(paper_->counts().buffers, 0u);
  EXPECT_EQ(paper_->counts().pipelines, 0u);
}

}  // namespace
}  // namespace ingot::runtime::paper
