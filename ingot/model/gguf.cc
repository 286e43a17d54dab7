#include "ingot/model/gguf.h"

#include <type_traits>

#include "ingot/base/text.h"

namespace ingot::model {
bool IsGgufAlignment(int64_t value) {
  return value >= 8 && value <= 1 << 20 && (value & (value - 1)) == 0;
}

std::string_view GgufTypeName(GgufType type) {
  switch (type) {
    case GgufType::kU8:
      return "u8";
    case GgufType::kI8:
      return "i8";
    case GgufType::kU16:
      return "u16";
    case GgufType::kI16:
      return "i16";
    case GgufType::kU32:
      return "u32";
    case GgufType::kI32:
      return "i32";
    case GgufType::kF32:
      return "f32";
    case GgufType::kBool:
      return "bool";
    case GgufType::kString:
      return "string";
    case GgufType::kArray:
      return "array";
    case GgufType::kU64:
      return "u64";
    case GgufType::kI64:
      return "i64";
    case GgufType::kF64:
      return "f64";
  }
  return "unknown";
}

size_t GgufValue::array_size() const {
  return std::visit(
      [](const auto& held) -> size_t {
        using T = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<T, Ints> || std::is_same_v<T, Floats> ||
                      std::is_same_v<T, Strings>) {
          return held.size();
        } else {
          return 0;
        }
      },
      value);
}

std::string GgufValue::TypeName() const {
  if (type != GgufType::kArray) return std::string(GgufTypeName(type));
  return StrCat("array of ", GgufTypeName(element_type));
}

Result<uint64_t> GgufTensorBytes(DType dtype, std::span<const uint64_t> shape) {
  INGOT_ASSIGN(uint64_t bytes, RowBytes(dtype, shape.back()));
  for (uint64_t dim : shape.first(shape.size() - 1)) {
    if (__builtin_mul_overflow(bytes, dim, &bytes)) {
      return Status(Code::kInvalidArgument,
                    StrCat("shape (", Join(shape, ", "), ") is too large to address"));
    }
  }
  if (bytes == 0) {
    return Status(Code::kInvalidArgument, StrCat("shape (", Join(shape, ", "), ") has a (0)"));
  }
  return bytes;
}

uint64_t GgufTensor::rows() const {
  uint64_t product = 1;
  for (size_t i = 0; i + 1 < shape.size(); ++i) product *= shape[i];
  return product;
}

const GgufValue* Gguf::Find(std::string_view key) const {
  auto found = keys_.find(key);
  return found == keys_.end() ? nullptr : &metadata_[found->second].second;
}

const GgufTensor* Gguf::FindTensor(std::string_view name) const {
  auto found = tensor_names_.find(name);
  return found == tensor_names_.end() ? nullptr : &tensors_[found->second];
}

template <typename T>
Result<const T*> Gguf::Held(std::string_view key, std::string_view expected) const {
  const GgufValue* value = Find(key);
  if (value == nullptr) return Status(Code::kNotFound, StrCat(name_, ": no key (", key, ")"));
  const T* held = std::get_if<T>(&value->value);
  bool is_bool = value->type == GgufType::kBool;
  if (held == nullptr || (std::is_same_v<T, int64_t> && is_bool != (expected == "bool"))) {
    return Status(Code::kInvalidArgument, StrCat(name_, ": ", key, ": type is (", value->TypeName(),
                                                 "), expected (", expected, ")"));
  }
  return held;
}

Result<int64_t> Gguf::Int(std::string_view key) const {
  INGOT_ASSIGN(const int64_t* held, Held<int64_t>(key, "integer"));
  return *held;
}

Result<double> Gguf::Float(std::string_view key) const {
  INGOT_ASSIGN(const double* held, Held<double>(key, "f32 or f64"));
  return *held;
}

Result<bool> Gguf::Bool(std::string_view key) const {
  INGOT_ASSIGN(const int64_t* held, Held<int64_t>(key, "bool"));
  return *held != 0;
}

Result<std::string_view> Gguf::String(std::string_view key) const {
  INGOT_ASSIGN(const std::string_view* held, Held<std::string_view>(key, "string"));
  return *held;
}

Result<const GgufValue::Strings*> Gguf::Strings(std::string_view key) const {
  return Held<GgufValue::Strings>(key, "array of string");
}

Result<const GgufValue::Ints*> Gguf::Ints(std::string_view key) const {
  return Held<GgufValue::Ints>(key, "array of integer or bool");
}

Result<const GgufValue::Floats*> Gguf::Floats(std::string_view key) const {
  return Held<GgufValue::Floats>(key, "array of f32 or f64");
}

}  // namespace ingot::model
