// A small file with every value type and every tensor type: fixtures/tiny.gguf, which the writer
// makes from this header.
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include "ingot/base/hash.h"
#include "ingot/base/quant.h"
#include "ingot/base/text.h"
#include "ingot/model/gguf_writer.h"

namespace ingot::test {

inline model::GgufHeader TinyHeader() {
  using model::GgufArray;
  using model::GgufType;
  using model::GgufValue;
  model::GgufHeader header;
  auto scalar = [&](std::string_view key, GgufType type, int64_t value) {
    header.Set(key, GgufValue{.type = type, .value = value});
  };
  header.Set("general.architecture", model::GgufString("tiny"));
  header.Set("general.alignment", model::GgufU32(64));
  scalar("t.u8", GgufType::kU8, 255);
  scalar("t.i8", GgufType::kI8, -128);
  scalar("t.u16", GgufType::kU16, 65535);
  scalar("t.i16", GgufType::kI16, -32768);
  scalar("t.i32", GgufType::kI32, INT32_MIN);
  scalar("t.u64", GgufType::kU64, INT64_MAX);
  scalar("t.i64", GgufType::kI64, INT64_MIN);
  header.Set("t.f32", model::GgufF32(0.1f));
  header.Set("t.f64", GgufValue{.type = GgufType::kF64, .value = 0.1});
  header.Set("t.bool", model::GgufBool(true));
  header.Set("t.empty", model::GgufString(""));
  header.Set("t.strings", GgufArray(GgufValue::Strings{"a", "", "\xE2\x96\x81z"}));
  header.Set("t.floats", GgufArray(GgufValue::Floats{-1.5, 0, 2}));
  header.Set("t.ints", GgufArray(GgufType::kI32, GgufValue::Ints{-1, 0, 7}));
  header.Set("t.bools", GgufArray(GgufType::kBool, GgufValue::Ints{1, 0}));
  header.Set("t.none", GgufArray(GgufType::kU8, GgufValue::Ints{}));
  for (const DTypeTraits& traits : AllDTypes()) {
    if (!HasCodec(traits.dtype)) continue;
    header.tensors.push_back(
        {StrCat("t.", traits.name, ".weight"), traits.dtype, {3, uint64_t{traits.block} * 2}});
  }
  header.tensors.push_back({"t.rank1", DType::kF32, {5}});
  header.tensors.push_back({"t.rank4", DType::kF16, {2, 1, 3, 2}});
  return header;
}

inline std::vector<std::byte> TinyData(const model::GgufHeader::Tensor& tensor) {
  Stream stream(1, tensor.name);
  std::vector<std::byte> out(*model::GgufTensorBytes(tensor.dtype, tensor.shape));
  for (std::byte& byte : out) byte = static_cast<std::byte>(stream.NextU32());
  return out;
}

inline Status WriteTiny(const std::string& path) {
  model::GgufHeader header = TinyHeader();
  INGOT_ASSIGN(auto writer, model::GgufWriter::Create(path, header));
  for (const auto& tensor : header.tensors) INGOT_TRY(writer->Write(TinyData(tensor)));
  return writer->Finish();
}

}  // namespace ingot::test
