// Real files of several writers, where they are at hand.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

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

}  // namespace
}  // namespace ingot::model
