// GGUF files, versions 2 and 3: metadata and tensor table over a mapped file, and the writer.
// Every count, length, type, offset and alignment is checked before it is used: a hostile or
// truncated file gives an error with the file's name and the byte offset, never undefined
// behaviour.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "ingot/base/dtype.h"
#include "ingot/base/file.h"
#include "ingot/base/status.h"

namespace ingot::model {

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

  size_t array_size() const;  // 0 for scalars
};

struct GgufTensor {
  std::string name;
  DType dtype;
  std::vector<uint64_t>
      shape;  // row-major logical shape, the reverse of GGUF's `ne`: [N, K]; rank 1 to 4
  std::span<const std::byte> data;  // whole rows of blocks, exactly the bytes of the shape
};

class Gguf {
 public:
  // Maps and parses a file.
  static Result<std::shared_ptr<const Gguf>> Open(const std::string& path);
  // Parses bytes that stay alive as long as `owner` does. `name` stands in messages.
  static Result<std::shared_ptr<const Gguf>> Parse(std::span<const std::byte> bytes,
                                                   std::string name,
                                                   std::shared_ptr<const void> owner);

  const std::string& name() const { return name_; }
  uint32_t version() const { return version_; }
  uint64_t file_bytes() const { return file_bytes_; }

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
  std::string name_;
  uint32_t version_ = 0;
  uint64_t file_bytes_ = 0;
  std::shared_ptr<const void> owner_;
  std::vector<std::pair<std::string, GgufValue>> metadata_;
  std::unordered_map<std::string_view, size_t> keys_;
  std::vector<GgufTensor> tensors_;
  std::unordered_map<std::string_view, size_t> tensor_names_;
};

}  // namespace ingot::model
