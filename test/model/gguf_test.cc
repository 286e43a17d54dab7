#include "ingot/model/gguf.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "test/model/tiny_gguf.h"
#include "test/support/temp_dir.h"

#include "ingot/base/file.h"
#include "ingot/model/gguf_writer.h"

namespace ingot::model {
namespace {

const char kTiny[] = INGOT_SOURCE_DIR "/test/model/fixtures/tiny.gguf";

// Bytes of a file, field by field.
class Raw {
 public:
  explicit Raw(uint64_t tensors = 0, uint64_t pairs = 0, uint32_t version = 3) {
    out_ = "GGUF";
    Put(version).Put(tensors).Put(pairs);
  }
  template <typename T>
  Raw& Put(T value) {
    out_.append(reinterpret_cast<const char*>(&value), sizeof(T));
    return *this;
  }
  Raw& Text(std::string_view text) {
    Put<uint64_t>(text.size());
    out_ += text;
    return *this;
  }
  Raw& Key(std::string_view key, uint32_t type) { return Text(key).Put(type); }
  Raw& Tensor(std::string_view name, std::vector<uint64_t> ne, uint32_t type, uint64_t offset) {
    Text(name).Put(static_cast<uint32_t>(ne.size()));
    for (uint64_t dim : ne) Put(dim);
    return Put(type).Put(offset);
  }
  Raw& Data(size_t bytes) {
    out_.resize((out_.size() + 31) / 32 * 32);
    out_.resize(out_.size() + bytes);
    return *this;
  }
  const std::string& bytes() const { return out_; }

 private:
  std::string out_;
};

// Parses a copy whose end is the end of its memory.
Result<std::shared_ptr<const Gguf>> Parse(std::string_view bytes) {
  auto copy = std::make_shared<std::vector<std::byte>>(bytes.size());
  if (!bytes.empty()) std::memcpy(copy->data(), bytes.data(), bytes.size());
  return Gguf::Parse(*copy, "m.gguf", copy);
}

std::string Error(const Raw& raw) {
  auto parsed = Parse(raw.bytes());
  return parsed.ok() ? "no error" : parsed.status().message();
}

TEST(Gguf, TinyFileIsWhatTheWriterMakes) {
  if (std::getenv("INGOT_UPDATE_GOLDEN") != nullptr) {
    Status status = test::WriteTiny(kTiny);
    ASSERT_TRUE(status.ok()) << status.message();
  }
  test::TempDir dir;
  ASSERT_TRUE(test::WriteTiny(dir.Path("tiny.gguf")).ok());
  EXPECT_EQ(*ReadFile(dir.Path("tiny.gguf")), *ReadFile(kTiny));
}

TEST(Gguf, ReadsEveryValueTypeBack) {
  auto opened = Gguf::Open(kTiny);
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  const Gguf& gguf = **opened;
  EXPECT_EQ(gguf.version(), 3u);
  EXPECT_EQ(gguf.alignment(), 64u);
  EXPECT_EQ(*gguf.String("general.architecture"), "tiny");
  EXPECT_EQ(*gguf.Int("t.u8"), 255);
  EXPECT_EQ(*gguf.Int("t.i8"), -128);
  EXPECT_EQ(*gguf.Int("t.u16"), 65535);
  EXPECT_EQ(*gguf.Int("t.i16"), -32768);
  EXPECT_EQ(*gguf.Int("t.i32"), INT32_MIN);
  EXPECT_EQ(*gguf.Int("t.u64"), INT64_MAX);
  EXPECT_EQ(*gguf.Int("t.i64"), INT64_MIN);
  EXPECT_EQ(*gguf.Float("t.f32"), double{0.1f});
  EXPECT_EQ(*gguf.Float("t.f64"), 0.1);
  EXPECT_TRUE(*gguf.Bool("t.bool"));
  EXPECT_EQ(*gguf.String("t.empty"), "");
  EXPECT_EQ(**gguf.Strings("t.strings"), (GgufValue::Strings{"a", "", "\xE2\x96\x81z"}));
  EXPECT_EQ(**gguf.Floats("t.floats"), (GgufValue::Floats{-1.5, 0, 2}));
  EXPECT_EQ(**gguf.Ints("t.ints"), (GgufValue::Ints{-1, 0, 7}));
  EXPECT_EQ(**gguf.Ints("t.bools"), (GgufValue::Ints{1, 0}));
  EXPECT_EQ(gguf.Find("t.none")->array_size(), 0u);
  EXPECT_EQ(gguf.metadata().size(), test::TinyHeader().metadata.size());
}

TEST(Gguf, ReadsEveryTensorBack) {
  auto opened = Gguf::Open(kTiny);
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  GgufHeader header = test::TinyHeader();
  ASSERT_EQ((*opened)->tensors().size(), header.tensors.size());
  for (const GgufHeader::Tensor& want : header.tensors) {
    const GgufTensor* tensor = (*opened)->FindTensor(want.name);
    ASSERT_NE(tensor, nullptr) << want.name;
    EXPECT_EQ(tensor->dtype, want.dtype);
    EXPECT_EQ(tensor->shape, want.shape);
    EXPECT_EQ(tensor->offset % 64, 0u);
    std::vector<std::byte> data = test::TinyData(want);
    EXPECT_TRUE(std::equal(data.begin(), data.end(), tensor->data.begin(), tensor->data.end()));
  }
  EXPECT_EQ((*opened)->FindTensor("t.rank4")->rows(), 6u);
  EXPECT_EQ((*opened)->FindTensor("t.rank1")->rows(), 1u);
}

TEST(Gguf, TypedReadsNameBothTypes) {
  auto gguf = *Gguf::Open(kTiny);
  std::string name = kTiny;
  EXPECT_EQ(gguf->Int("none").status(), Status(Code::kNotFound, name + ": no key (none)"));
  EXPECT_EQ(gguf->Int("t.bool").status().message(),
            name + ": t.bool: type is (bool), expected (integer)");
  EXPECT_EQ(gguf->Bool("t.u8").status().message(), name + ": t.u8: type is (u8), expected (bool)");
  EXPECT_EQ(gguf->Strings("t.ints").status().message(),
            name + ": t.ints: type is (array of i32), expected (array of string)");
  EXPECT_EQ(gguf->Float("t.i8").status().code(), Code::kInvalidArgument);
}

TEST(Gguf, ReadsVersion2) { EXPECT_TRUE(Parse(Raw(0, 0, 2).bytes()).ok()); }

TEST(Gguf, EveryTruncationFails) {
  std::string bytes = *ReadFile(kTiny);
  uint64_t end = 0;  // of the last tensor: what follows is padding
  auto gguf = *Gguf::Open(kTiny);
  for (const GgufTensor& tensor : gguf->tensors()) {
    end = std::max(end, tensor.offset + tensor.data.size());
  }
  for (size_t length = 0; length < end; ++length) {
    auto parsed = Parse(std::string_view(bytes).substr(0, length));
    ASSERT_FALSE(parsed.ok()) << length;
    ASSERT_TRUE(parsed.status().message().starts_with("m.gguf: ")) << parsed.status().message();
  }
  EXPECT_TRUE(Parse(std::string_view(bytes).substr(0, end)).ok());
}

TEST(Gguf, HeaderFaultsNameByteAndNumbers) {
  EXPECT_EQ(Parse("GGML1234").status().message(),
            "m.gguf: byte 0: is not a GGUF file: it does not begin with (GGUF)");
  EXPECT_EQ(Error(Raw(0, 0, 1)), "m.gguf: byte 4: version (1) is not 2 or 3");
  EXPECT_EQ(Error(Raw(0, 0, 0x03000000)),
            "m.gguf: byte 4: is a big-endian GGUF file (version reads as 50331648), only "
            "little-endian is read");
  EXPECT_EQ(Error(Raw(UINT64_MAX, 0)),
            "m.gguf: byte 8: tensor count (18446744073709551615) needs at least (33) bytes each, "
            "the file has (8) left");
  EXPECT_EQ(Error(Raw(0, 1)),
            "m.gguf: byte 16: metadata count (1) needs at least (14) bytes each, the file has (0) "
            "left");
}

TEST(Gguf, MetadataFaultsNameTheKey) {
  const std::string tail(16, '\0');
  EXPECT_EQ(Error(Raw(0, 1).Text("").Put(uint64_t{0})),
            "m.gguf: byte 24: key length (0) is not in 1..65535");
  EXPECT_EQ(Error(Raw(0, 1).Put(uint64_t{1000}).Put(uint64_t{0})),
            "m.gguf: byte 24: key length (1000) is more than the bytes left (8)");
  EXPECT_EQ(Error(Raw(0, 1).Key("\xFFk", 4).Put(1u)), "m.gguf: byte 24: key is not UTF-8");
  EXPECT_EQ(Error(Raw(0, 1).Key("k", 13).Put(1u)), "m.gguf: byte 33: k: type (13) is not in 0..12");
  EXPECT_EQ(Error(Raw(0, 2).Key("k", 4).Put(1u).Key("k", 4).Put(1u)),
            "m.gguf: byte 41: k: key is repeated");
  EXPECT_EQ(Error(Raw(0, 1).Key("k", 7).Put(uint8_t{2})),
            "m.gguf: byte 37: k: bool (2) is not 0 or 1");
  EXPECT_EQ(Error(Raw(0, 1).Key("k", 10).Put(uint64_t{1} << 63)),
            "m.gguf: byte 37: k: value (9223372036854775808) is more than 9223372036854775807");
  EXPECT_EQ(Error(Raw(0, 1).Key("k", 9).Put(9u).Put(uint64_t{0})),
            "m.gguf: byte 37: k: an array of arrays is not supported");
  EXPECT_EQ(Error(Raw(0, 1).Key("k", 9).Put(8u).Put(uint64_t{1} << 60)),
            "m.gguf: byte 41: k: array size (1152921504606846976) needs at least (8) bytes each, "
            "the file has (0) left");
  EXPECT_EQ(Error(Raw(0, 1).Key("general.alignment", 4).Put(48u)),
            "m.gguf: general.alignment: (48) is not a power of two in 8..1048576");
  EXPECT_EQ(Error(Raw(0, 1).Key("general.alignment", 10).Put(uint64_t{32})),
            "m.gguf: general.alignment: type is (u64), expected (u32)");
  auto split = Parse(Raw(0, 1).Key("split.count", 2).Put(uint16_t{3}).bytes());
  EXPECT_EQ(split.status(),
            Status(Code::kUnsupported,
                   "m.gguf: split.count: is one part of a split model (3 parts), join the parts "
                   "first"));
  EXPECT_TRUE(Parse(Raw(0, 1).Key("split.count", 2).Put(uint16_t{1}).bytes()).ok());
}

TEST(Gguf, TensorFaultsNameTheTensor) {
  EXPECT_EQ(Error(Raw(1).Tensor(std::string(64, 'x'), {1}, 0, 0).Data(64)),
            "m.gguf: byte 24: tensor name length (64) is not in 1..63");
  EXPECT_EQ(Error(Raw(2).Tensor("a", {1}, 0, 0).Tensor("a", {1}, 0, 32).Data(64)),
            "m.gguf: byte 57: a: tensor is repeated");
  EXPECT_EQ(Error(Raw(1).Tensor("a", {1, 1, 1, 1, 1}, 0, 0).Data(64)),
            "m.gguf: byte 33: a: rank (5) is not in 1..4");
  EXPECT_EQ(Error(Raw(1).Tensor("a", {1, 0}, 0, 0).Data(64)),
            "m.gguf: byte 45: a: dimension 1 is (0)");
  EXPECT_EQ(Error(Raw(1).Tensor("a", {32}, 99, 0).Data(64)),
            "m.gguf: byte 45: a: tensor type (99) is unknown");
  auto foreign = Parse(Raw(1).Tensor("a", {256}, 16, 0).Data(66).bytes());
  EXPECT_EQ(
      foreign.status(),
      Status(Code::kUnsupported, "m.gguf: byte 45: a: tensor type (16, iq2_xxs) is not supported"));
  EXPECT_EQ(Error(Raw(1).Tensor("a", {1}, 0, 4).Data(64)),
            "m.gguf: byte 49: a: offset (4) is not a multiple of the alignment (32)");
  EXPECT_EQ(Error(Raw(1).Tensor("a", {33}, 2, 0).Data(64)),
            "m.gguf: a: columns (33) are not a multiple of the block (32)");
  EXPECT_EQ(Error(Raw(1).Tensor("a", {1ull << 32, 1ull << 32}, 0, 0).Data(64)),
            "m.gguf: a: shape (4294967296, 4294967296) is too large to address");
  EXPECT_EQ(Error(Raw(1).Tensor("a", {17}, 0, 0).Data(64)),
            "m.gguf: a: data (68 bytes at offset 0) is outside the data of the file (64 bytes)");
  EXPECT_EQ(Error(Raw(1).Tensor("a", {1}, 0, UINT64_MAX - 31).Data(64)),
            "m.gguf: a: data (4 bytes at offset 18446744073709551584) is outside the data of the "
            "file (64 bytes)");
  EXPECT_EQ(Error(Raw(2).Tensor("a", {9}, 0, 0).Tensor("b", {1}, 0, 32).Data(64)),
            "m.gguf: b: data at byte (128) is over that of a, which ends at byte (132)");
}

TEST(GgufWriter, TakesDataInAnyPieces) {
  test::TempDir dir;
  GgufHeader header;
  header.tensors = {{"a", DType::kF32, {3}}, {"b", DType::kQ8_0, {2, 32}}};
  auto writer = *GgufWriter::Create(dir.Path("m.gguf"), header);
  for (int i = 0; i < 12 + 68; ++i) {
    std::byte byte{static_cast<unsigned char>(i)};
    ASSERT_TRUE(writer->Write({&byte, 1}).ok());
  }
  ASSERT_TRUE(writer->Finish().ok());
  auto gguf = Gguf::Open(dir.Path("m.gguf"));
  ASSERT_TRUE(gguf.ok()) << gguf.status().message();
  EXPECT_EQ((*gguf)->FindTensor("b")->data[0], std::byte{12});
  EXPECT_EQ((*gguf)->FindTensor("b")->data[67], std::byte{79});
}

TEST(GgufWriter, RefusesTooMuchAndTooLittle) {
  test::TempDir dir;
  std::string path = dir.Path("m.gguf");
  GgufHeader header;
  header.tensors = {{"a", DType::kF32, {2}}};
  std::vector<std::byte> bytes(9);
  auto writer = *GgufWriter::Create(path, header);
  EXPECT_EQ(writer->Write(bytes).message(), path + ": a: (9) bytes given, (8) are lacking");
  EXPECT_EQ(writer->Finish().message(), path + ": a: has (0) of (8) bytes");
  writer.reset();
  EXPECT_FALSE(FileExists(path));
}

TEST(GgufWriter, RefusesWhatTheReaderWould) {
  test::TempDir dir;
  std::string path = dir.Path("m.gguf");
  auto create = [&](const GgufHeader& header) {
    return GgufWriter::Create(path, header).status().message();
  };
  GgufHeader header;
  header.Set("k", GgufValue{.type = GgufType::kU8, .value = int64_t{256}});
  EXPECT_EQ(create(header), path + ": k: value (256) is beyond its type");
  header.Set("k", GgufValue{.type = GgufType::kF32, .value = int64_t{1}});
  EXPECT_EQ(create(header), path + ": k: the value held is not of type (f32)");
  header.Remove("k");
  header.tensors = {{"a", DType::kF32, {2}}, {"a", DType::kF32, {2}}};
  EXPECT_EQ(create(header), path + ": a: is repeated");
  header.tensors = {{"a", DType::kU32, {2}}};
  EXPECT_EQ(create(header), path + ": a: GGUF has no type (u32)");
  header.tensors = {{"a", DType::kQ4_K, {2, 128}}};
  EXPECT_EQ(create(header), path + ": a: columns (128) are not a multiple of the block (256)");
}

}  // namespace
}  // namespace ingot::model
