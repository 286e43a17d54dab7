#include "ingot/model/tensor_check.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "test/support/temp_dir.h"

#include "ingot/model/gguf_writer.h"

namespace ingot::model {
namespace {

// The verdict on two rows of one block, zero but for byte `at`, after the file's name.
std::string Verdict(DType dtype, size_t at, std::vector<unsigned char> values) {
  test::TempDir dir;
  std::string path = dir.Path("m.gguf");
  GgufHeader header;
  header.tensors = {{"w", dtype, {2, Traits(dtype).block}}};
  std::vector<std::byte> bytes(2 * Traits(dtype).bytes);
  for (unsigned char value : values) bytes[at++] = std::byte{value};
  auto writer = *GgufWriter::Create(path, header);
  EXPECT_TRUE(writer->Write(bytes).ok() && writer->Finish().ok());
  Status status = CheckTensorValues(**Gguf::Open(path));
  return status.ok() ? "ok" : status.message().substr(path.size());
}

TEST(TensorCheck, NamesWhatIsNotFinite) {
  EXPECT_EQ(Verdict(DType::kF32, 4, {0, 0, 0xC0, 0x7F}), ": w: row (1): element (0) is (nan)");
  EXPECT_EQ(Verdict(DType::kF16, 2, {0, 0x7C}), ": w: row (1): element (0) is (inf)");
  EXPECT_EQ(Verdict(DType::kQ8_0, 34, {0, 0x7E}), ": w: row (1): element (0) is (nan)");
  EXPECT_EQ(Verdict(DType::kQ6_K, 208, {0, 0x7E}), ": w: row (0): element (0) is (nan)");
  EXPECT_EQ(Verdict(DType::kMXFP4, 17, {255}),
            ": w: row (1): block (0) has a scale that is no number (255)");
  EXPECT_EQ(Verdict(DType::kMXFP4, 17, {254}), "ok");
  EXPECT_EQ(Verdict(DType::kI32, 0, {0, 0, 0xC0, 0x7F}), "ok");
}

}  // namespace
}  // namespace ingot::model
