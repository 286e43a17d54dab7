// GGUF files, versions 2 and 3, little-endian: metadata and tensor table over a mapped file.
// Every count, length, type, offset and alignment is checked before it is used: a hostile or
// truncated file gives an error with the file's name and the byte offset, never undefined
// behaviour: `m.gguf: byte 24: key length (70000) is not in 1..65535`. Split files are refused.
// Values are immutable once parsed: safe to read from any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "ingot/base/dtype.h"
#include "ingot/base/file.h"
#include "ingot/base/status.h"

namespace ingot::model {

constexpr uint32_t kGgufDefaultAlignment = 32;
constexpr uint64_t kGgufMaxTensorNameBytes = 63;
bool IsGgufAlignment(int64_t value);  // a power of two in 8..1048576

enum class GgufType : uint32_t {
  kU8,
  kI8,
  kU16,
  kI16,
  kU32,
  kI32,
  kF32,
  kBool,
  kString,
  kArray,
  kU64,
  kI64,
  kF64,
};
std::string_view GgufTypeName(GgufType type);

// A metadata value. Integers of every width are held in 64 bits, `type` keeps the width in the
// file. Strings are views into the file.
struct GgufValue {
  using Ints = std::vector<int64_t>;
  using Floats = std::vector<double>;
  using Strings = std::vector<std::string_view>;
  GgufType type;                             // kArray for arrays
  GgufType element_type = GgufType::kArray;  // of an array
  // int64_t holds bool and all integers (u64 above INT64_MAX is refused by the reader); arrays of
  // bool are Ints.
  std::variant<int64_t, double, std::string_view, Ints, Floats, Strings> value;

  size_t array_size() const;     // 0 for scalars
  std::string TypeName() const;  // "u32", or "array of string"
};

// Bytes of a tensor. Fails on a zero dimension, on columns that are no whole blocks, and where the
// size is beyond 64 bits.
Result<uint64_t> GgufTensorBytes(DType dtype, std::span<const uint64_t> shape);

struct GgufTensor {
  std::string name;
  DType dtype;
  // Row-major logical shape, the reverse of GGUF's `ne`: [N, K]; rank 1 to 4, no zero.
  std::vector<uint64_t> shape;
  uint64_t offset;                  // of the data in the file; a multiple of the alignment
  std::span<const std::byte> data;  // whole rows of blocks, exactly the bytes of the shape

  uint64_t cols() const { return shape.back(); }
  uint64_t rows() const;  // the product of all other dimensions; 1 for rank 1
};

class Gguf {
 public:
  // Maps and parses a file.
  static Result<std::shared_ptr<const Gguf>> Open(const std::string& path);
  // Parses bytes that stay alive as long as `owner` does. `name` stands in messages. Tensor data is
  // aligned for its type if `bytes` is aligned to 8.
  static Result<std::shared_ptr<const Gguf>> Parse(std::span<const std::byte> bytes,
                                                   std::string name,
                                                   std::shared_ptr<const void> owner);

  const std::string& name() const { return name_; }
  uint32_t version() const { return version_; }
  uint64_t file_bytes() const { return file_bytes_; }
  uint32_t alignment() const { return alignment_; }

  // Keys in file order.
  const std::vector<std::pair<std::string, GgufValue>>& metadata() const { return metadata_; }
  const GgufValue* Find(std::string_view key) const;  // nullptr if missing
  // Typed reads. Missing: kNotFound, `NAME: no key (KEY)`. Another type: kInvalidArgument, naming
  // both types. An integer of any width is read if it fits; a float reads f32 and f64 only.
  Result<int64_t> Int(std::string_view key) const;
  Result<double> Float(std::string_view key) const;
  Result<bool> Bool(std::string_view key) const;
  Result<std::string_view> String(std::string_view key) const;
  Result<const GgufValue::Strings*> Strings(std::string_view key) const;
  Result<const GgufValue::Ints*> Ints(std::string_view key) const;
  Result<const GgufValue::Floats*> Floats(std::string_view key) const;

  const std::vector<GgufTensor>& tensors() const { return tensors_; }
  const GgufTensor* FindTensor(std::string_view name) const;

 private:
  friend class GgufReader;
  Gguf() = default;
  template <typename T>
  Result<const T*> Held(std::string_view key, std::string_view expected) const;

  std::string name_;
  uint32_t version_ = 0;
  uint64_t file_bytes_ = 0;
  uint32_t alignment_ = kGgufDefaultAlignment;
  std::shared_ptr<const void> owner_;
  std::vector<std::pair<std::string, GgufValue>> metadata_;
  std::unordered_map<std::string_view, size_t> keys_;  // the texts lie in the file
  std::vector<GgufTensor> tensors_;
  std::unordered_map<std::string_view, size_t> tensor_names_;
};

}  // namespace ingot::model
