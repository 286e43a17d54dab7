// Files that were damaged: whatever stands in a header, loading ends with an error or with a model
// that runs.
#include <gtest/gtest.h>

#include <cstring>

#include "ingot/base/file.h"
#include "ingot/base/hash.h"
#include "ingot/base/text.h"
#include "ingot/model/model.h"
#include "ingot/runtime/device.h"

namespace ingot::model {
namespace {

constexpr uint64_t kWords[] = {0, 1, 2, 3, 255, 1u << 16, INT32_MAX, UINT32_MAX, UINT64_MAX};
constexpr int kDamages = 250;
const char* const kFiles[] = {"llama-q4_0", "qwen2-bf16", "qwen3-f16", "gemma3-q8_0"};

std::string GoldenBytes(std::string_view name) {
  return ReadFile(StrCat(INGOT_SOURCE_DIR "/test/model/golden/", name, ".gguf")).value();
}

// A copy that ends where its memory ends.
Result<std::shared_ptr<const Gguf>> Parse(std::string_view bytes) {
  auto copy = std::make_shared<std::vector<std::byte>>(bytes.size());
  if (!bytes.empty()) std::memcpy(copy->data(), bytes.data(), bytes.size());
  return Gguf::Parse(*copy, "m.gguf", copy);
}

// Where the tensors' data begins.
uint64_t HeaderBytes(const Gguf& file) {
  uint64_t end = file.file_bytes();
  for (const GgufTensor& tensor : file.tensors()) end = std::min(end, tensor.offset);
  return end;
}

// Loads whatever `bytes` are and runs two tokens, as far as it goes.
Status LoadAndRun(runtime::Device& device, std::string_view bytes) {
  INGOT_ASSIGN(auto file, Parse(bytes));
  auto tokenizer = Tokenizer::Load(*file);
  if (tokenizer.ok()) {
    auto ids = (*tokenizer)->Encode("a b\xC3\xA4 12\n");
    if (ids.ok()) (void)(*tokenizer)->Decode(*ids);
  }
  ModelOptions options;
  options.numerics = Numerics::kExact;
  options.max_positions = 8;
  options.prefill_tokens = 4;
  INGOT_ASSIGN(auto model, Model::Load(device, file, options));
  INGOT_ASSIGN(auto session, Session::Create(*model));
  const std::vector<int32_t> tokens = {1, 2};
  INGOT_TRY(session->Feed(tokens));
  return session->Feed(std::span(tokens).first(1));
}

// Changes one or two places of the header: single bytes, and the words that counts and sizes are.
// The long lists of tokens, scores and types get less than their share.
void Damage(Stream& stream, std::string& bytes, uint64_t header) {
  const std::pair lists(bytes.find("tokenizer.ggml.tokens"), bytes.rfind("tokenizer.ggml."));
  for (uint64_t count = 1 + stream.Below(2); count > 0; --count) {
    uint64_t at = stream.Below(header);
    while (at >= lists.first && at < lists.second && stream.Below(4) > 0) at = stream.Below(header);
    if (stream.Below(4) > 0) {
      bytes[at] = static_cast<char>(stream.NextU32());
    } else {
      const uint64_t word = kWords[stream.Below(std::size(kWords))];
      const size_t size = stream.Below(2) == 0 ? sizeof(uint32_t) : sizeof(uint64_t);
      std::memcpy(bytes.data() + at, &word, std::min<size_t>(size, header - at));
    }
  }
}

class HostileFiles : public testing::TestWithParam<const char*> {};

TEST_P(HostileFiles, DamagedHeadersFailOrRun) {
  auto device = runtime::Open({.kind = "cpu", .threads = 1});
  ASSERT_TRUE(device.ok()) << device.status().message();
  const std::string whole = GoldenBytes(GetParam());
  ASSERT_EQ(LoadAndRun(**device, whole), Status());
  const uint64_t header = HeaderBytes(**Parse(whole));
  Stream stream(1, GetParam());
  int failed = 0;
  for (int i = 0; i < kDamages; ++i) {
    std::string bytes = whole;
    Damage(stream, bytes, header);
    const Status status = LoadAndRun(**device, bytes);
    if (status.ok()) continue;
    ++failed;
    EXPECT_NE(status.code(), Code::kUnavailable) << status.message();
    EXPECT_NE(status.message(), "");
  }
  EXPECT_GT(failed, kDamages / 10) << "the damage does not matter";
  EXPECT_LT(failed, kDamages - 5) << "nothing gets past the first check";
}

// Sizes, counts and factors of the model; as a float, the words are denormal, large and NaN.
TEST_P(HostileFiles, EveryNumberMayBeAnything) {
  auto device = runtime::Open({.kind = "cpu", .threads = 1});
  ASSERT_TRUE(device.ok()) << device.status().message();
  const std::string whole = GoldenBytes(GetParam());
  const auto file = Parse(whole).value();
  int numbers = 0;
  for (const auto& [key, value] : file->metadata()) {
    if (value.type != GgufType::kU32 && value.type != GgufType::kF32) continue;
    ++numbers;
    for (uint64_t word : kWords) {
      for (uint32_t mask : {0u, 0x3f800000u}) {
        std::string bytes = whole;
        const uint32_t other = static_cast<uint32_t>(word) ^ mask;
        const size_t at = bytes.find(key) + key.size() + sizeof(uint32_t);  // past the type
        std::memcpy(bytes.data() + at, &other, sizeof(other));
        const Status status = LoadAndRun(**device, bytes);
        EXPECT_NE(status.code(), Code::kUnavailable) << key << ": " << status.message();
      }
    }
  }
  EXPECT_GT(numbers, 8);
}

TEST_P(HostileFiles, EveryTruncatedHeaderFails) {
  const std::string whole = GoldenBytes(GetParam());
  const uint64_t header = HeaderBytes(**Parse(whole));
  for (uint64_t length = 0; length <= header; ++length) {
    auto parsed = Parse(std::string_view(whole).substr(0, length));
    ASSERT_FALSE(parsed.ok()) << length;
    ASSERT_TRUE(parsed.status().message().starts_with("m.gguf: ")) << parsed.status().message();
  }
}

INSTANTIATE_TEST_SUITE_P(Goldens, HostileFiles, testing::ValuesIn(kFiles), [](const auto& info) {
  const std::string name = info.param;
  return name.substr(0, name.find('-'));
});

}  // namespace
}  // namespace ingot::model
