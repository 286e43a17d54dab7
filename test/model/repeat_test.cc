// The same again and again: neither objects nor memory stay behind. A few rounds, or with
// INGOT_TEST_REPEAT=long as many as a server makes in an hour. On the device that the environment
// names.
#include <gtest/gtest.h>

#include <cstdlib>

#include "test/support/device.h"
#include "test/support/resident.h"

#include "ingot/base/text.h"
#include "ingot/model/generate.h"
#include "ingot/runtime/webgpu/device.h"

namespace ingot::model {
namespace {

const char kModel[] = INGOT_SOURCE_DIR "/test/model/golden/llama-q8_0.gguf";
constexpr uint64_t kNoise = uint64_t{6} << 20;  // of an allocator's habits

bool IsLong() { return std::getenv("INGOT_TEST_REPEAT") != nullptr; }

// A session of its own, as each request to a server has: prompts of several lengths, and each way
// to sample.
void GenerateOnce(Model& model, int round) {
  auto session = Session::Create(model);
  ASSERT_TRUE(session.ok()) << session.status().message();
  const std::vector<int32_t> prompt(static_cast<size_t>(1 + round % 5), 7);
  GenerateOptions options{.max_tokens = 3, .ignore_eos = true};
  options.sampler.temperature = round % 2 == 0 ? 0 : 1;
  options.sampler.top_k = round % 3 == 0 ? 0 : 40;
  options.sampler.seed = static_cast<uint64_t>(round);
  const Result<GenerateResult> result = Generate(**session, prompt, options);
  ASSERT_TRUE(result.ok()) << result.status().message();
  ASSERT_EQ(result->tokens.size(), 3u) << result->failure.message();
}

// What lives on the device; objects of the library behind it, too, where there is one.
std::string Living(runtime::Device& device) {
  const runtime::DeviceCounts counts = device.counts();
  const uint64_t objects =
      device.facts().kind == "webgpu" ? runtime::webgpu::CountNativeObjects(device) : 0;
  return StrCat(counts.buffers, " buffers of ", counts.buffer_bytes, " bytes, ", counts.pipelines,
                " pipelines, ", objects, " objects");
}

TEST(Repeat, GenerationsOnAGpuLeaveNothingBehind) {
  std::unique_ptr<runtime::Device> device;
  INGOT_OPEN_DEVICE(device);
  auto model = Model::Load(*device, Gguf::Open(kModel).value(), {});
  ASSERT_TRUE(model.ok()) << model.status().message();
  constexpr int kFirst = 30;  // every length and way to sample has come, what is kept is full
  const int rounds = IsLong() ? 1000 : 120;
  std::string living;
  uint64_t resident = 0;
  for (int round = 1; round <= rounds; ++round) {
    ASSERT_NO_FATAL_FAILURE(GenerateOnce(**model, round)) << "round " << round;
    if (round % kFirst != 0) continue;
    ASSERT_TRUE(device->Finish().ok());
    if (round == kFirst) {
      living = Living(*device);
      resident = ProcessMemory().resident;
    }
    EXPECT_EQ(Living(*device), living) << "round " << round;
  }
  EXPECT_LT(ProcessMemory().resident, resident + kNoise);
}

TEST(Repeat, DevicesOnAGpuLeaveNothingBehind) {
  const int rounds = IsLong() ? 30 : 6;
  uint64_t resident = 0;
  for (int round = 0; round < rounds; ++round) {
    std::unique_ptr<runtime::Device> device;
    INGOT_OPEN_DEVICE(device);
    auto model = Model::Load(*device, Gguf::Open(kModel).value(), {});
    ASSERT_TRUE(model.ok()) << model.status().message();
    ASSERT_NO_FATAL_FAILURE(GenerateOnce(**model, 0)) << "round " << round;
    model->reset();
    EXPECT_TRUE(Living(*device).starts_with("0 buffers of 0 bytes, 0 pipelines, "))
        << Living(*device);
    device.reset();
    if (round == 2) resident = ProcessMemory().resident;
  }
  EXPECT_LT(ProcessMemory().resident, resident + kNoise);
}

}  // namespace
}  // namespace ingot::model
