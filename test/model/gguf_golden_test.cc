// Real files of several writers, where they are at hand.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "ingot/base/file.h"
#include "ingot/base/hash.h"
#include "ingot/model/gguf.h"

namespace ingot::model {
namespace {

namespace fs = std::filesystem;

const char kData[] = INGOT_SOURCE_DIR "/../shared/data";

std::vector<std::string> Models() {
  std::vector<std::string> out;
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator(kData, ignored)) {
    if (entry.path().extension() == ".gguf") out.push_back(entry.path().string());
  }
  return out;
}

TEST(GgufGolden, EveryFileOpens) {
  std::vector<std::string> models = Models();
  if (models.empty()) GTEST_SKIP() << "no models in " << kData;
  for (const std::string& path : models) {
    auto gguf = Gguf::Open(path);
    ASSERT_TRUE(gguf.ok()) << gguf.status().message();
    EXPECT_EQ((*gguf)->name(), path);
    EXPECT_TRUE((*gguf)->String("general.architecture").ok()) << path;
    uint64_t bytes = 0;
    for (const GgufTensor& tensor : (*gguf)->tensors()) {
      EXPECT_EQ((*gguf)->FindTensor(tensor.name), &tensor);
      bytes += tensor.data.size();
    }
    EXPECT_LE(bytes, fs::file_size(path));
  }
}

// Reads all that a parsed file promises, so that a sanitizer sees a bad promise.
uint64_t Touch(const Gguf& gguf) {
  uint64_t sum = 0;
  for (const auto& [key, value] : gguf.metadata()) {
    if (const auto* texts = std::get_if<GgufValue::Strings>(&value.value)) {
      for (std::string_view text : *texts) sum += text.empty() ? 0 : text.front() + text.back();
    } else if (const auto* text = std::get_if<std::string_view>(&value.value)) {
      for (char c : *text) sum += static_cast<unsigned char>(c);
    }
    sum += key.size() + value.array_size();
  }
  for (const GgufTensor& tensor : gguf.tensors()) {
    sum += std::to_integer<uint64_t>(tensor.data.front() ^ tensor.data.back());
  }
  return sum;
}

// Changes a few bytes of the header: an error or a normal parse, nothing else.
TEST(GgufGolden, CorruptHeadersAreHarmless) {
  std::vector<std::string> paths = Models();
  std::erase_if(paths, [](const std::string& path) { return fs::file_size(path) > 3000000; });
  paths.insert(paths.begin(), INGOT_SOURCE_DIR "/test/model/fixtures/tiny.gguf");
  Stream stream(3, "corrupt");
  uint64_t sum = 0;
  int refused = 0;
  constexpr int kTrials = 500;
  std::string clean;
  uint64_t header = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    if (trial % 25 == 0) {
      const std::string& path = paths[static_cast<size_t>(trial / 25) % paths.size()];
      clean = *ReadFile(path);
      auto gguf = *Gguf::Open(path);
      header = gguf->tensors().empty() ? clean.size() : gguf->tensors().front().offset;
    }
    std::vector<std::byte> bytes(clean.size());
    std::memcpy(bytes.data(), clean.data(), clean.size());
    for (uint64_t changes = 1 + stream.Below(6); changes > 0; --changes) {
      // Half of them in the first bytes and the last of the header, where counts and offsets are.
      uint64_t at = stream.Below(2) == 0 ? stream.Below(header)
                                         : (stream.Below(2) == 0 ? stream.Below(64)
                                                                 : header - 1 - stream.Below(256));
      bytes[at] = static_cast<std::byte>(stream.NextU32());
    }
    auto parsed = Gguf::Parse(bytes, "m.gguf", nullptr);
    if (parsed.ok()) {
      sum += Touch(**parsed);
    } else {
      ++refused;
      EXPECT_TRUE(parsed.status().message().starts_with("m.gguf: "));
    }
  }
  EXPECT_GT(refused, kTrials / 4);
  EXPECT_LT(refused, kTrials);
  EXPECT_GT(sum, 0u);
}

}  // namespace
}  // namespace ingot::model
