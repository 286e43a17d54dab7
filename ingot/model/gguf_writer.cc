#include "ingot/model/gguf_writer.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <type_traits>

#include "ingot/base/text.h"

namespace ingot::model {
namespace {

uint64_t RoundUp(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

// The bytes of a header; the first failure is kept and the rest ignored.
class HeaderBytes {
 public:
  template <typename T>
  void Number(T value) {
    static_assert(std::is_arithmetic_v<T>);
    out_.append(reinterpret_cast<const char*>(&value), sizeof(T));
  }

  void Text(std::string_view text) {
    Number<uint64_t>(text.size());
    out_ += text;
  }

  void Value(std::string_view key, const GgufValue& value) {
    Number(static_cast<uint32_t>(value.type));
    if (value.type == GgufType::kArray) {
      Number(static_cast<uint32_t>(value.element_type));
      Number<uint64_t>(value.array_size());
    }
    GgufType type = value.type == GgufType::kArray ? value.element_type : value.type;
    std::visit(
        [&](const auto& held) {
          using T = std::decay_t<decltype(held)>;
          if constexpr (std::is_same_v<T, GgufValue::Ints> ||
                        std::is_same_v<T, GgufValue::Floats> ||
                        std::is_same_v<T, GgufValue::Strings>) {
            if (value.type != GgufType::kArray) return Mismatch(key, value);
            for (const auto& element : held) Element(key, value, type, element);
          } else {
            if (value.type == GgufType::kArray) return Mismatch(key, value);
            Element(key, value, type, held);
          }
        },
        value.value);
  }

  const std::string& bytes() const { return out_; }
  const Status& status() const { return status_; }

 private:
  void Fail(std::string message) {
    if (status_.ok()) status_ = Status(Code::kInvalidArgument, std::move(message));
  }

  void Mismatch(std::string_view key, const GgufValue& value) {
    Fail(StrCat(key, ": the value held is not of type (", value.TypeName(), ")"));
  }

  template <typename T>
  void Integer(std::string_view key, int64_t value) {
    if constexpr (!std::is_same_v<T, int64_t>) {
      uint64_t most = std::is_same_v<T, uint64_t>
                          ? INT64_MAX
                          : static_cast<uint64_t>(std::numeric_limits<T>::max());
      if (value < static_cast<int64_t>(std::numeric_limits<T>::min()) ||
          (value > 0 && static_cast<uint64_t>(value) > most)) {
        Fail(StrCat(key, ": value (", value, ") is beyond its type"));
      }
    }
    Number(static_cast<T>(value));
  }

  void Element(std::string_view key, const GgufValue& value, GgufType type, int64_t held) {
    switch (type) {
      case GgufType::kU8:
        return Integer<uint8_t>(key, held);
      case GgufType::kI8:
        return Integer<int8_t>(key, held);
      case GgufType::kU16:
        return Integer<uint16_t>(key, held);
      case GgufType::kI16:
        return Integer<int16_t>(key, held);
      case GgufType::kU32:
        return Integer<uint32_t>(key, held);
      case GgufType::kI32:
        return Integer<int32_t>(key, held);
      case GgufType::kU64:
        return Integer<uint64_t>(key, held);
      case GgufType::kI64:
        return Integer<int64_t>(key, held);
      case GgufType::kBool:
        return Number<uint8_t>(held != 0 ? 1 : 0);
      case GgufType::kF32:
      case GgufType::kF64:
      case GgufType::kString:
      case GgufType::kArray:
        return Mismatch(key, value);
    }
  }

  void Element(std::string_view key, const GgufValue& value, GgufType type, double held) {
    if (type == GgufType::kF32) return Number(static_cast<float>(held));
    if (type == GgufType::kF64) return Number(held);
    Mismatch(key, value);
  }

  void Element(std::string_view key, const GgufValue& value, GgufType type, std::string_view held) {
    if (type != GgufType::kString) return Mismatch(key, value);
    Text(held);
  }

  std::string out_;
  Status status_;
};

Result<uint32_t> AlignmentOf(const GgufHeader& header) {
  for (const auto& [key, value] : header.metadata) {
    if (key != "general.alignment") continue;
    const auto* held = std::get_if<int64_t>(&value.value);
    if (value.type != GgufType::kU32 || held == nullptr || !IsGgufAlignment(*held)) {
      return Status(Code::kInvalidArgument, "general.alignment: not a legal alignment");
    }
    return static_cast<uint32_t>(*held);
  }
  return kGgufDefaultAlignment;
}

Result<uint64_t> BytesOf(const GgufHeader::Tensor& tensor) {
  if (tensor.name.empty() || tensor.name.size() > kGgufMaxTensorNameBytes) {
    return Status(Code::kInvalidArgument, StrCat("name length (", tensor.name.size(),
                                                 ") is not in 1..", kGgufMaxTensorNameBytes));
  }
  if (tensor.shape.empty() || tensor.shape.size() > 4) {
    return Status(Code::kInvalidArgument,
                  StrCat("rank (", tensor.shape.size(), ") is not in 1..4"));
  }
  if (Traits(tensor.dtype).gguf_type == 0xFFFFFFFF) {
    return Status(Code::kInvalidArgument, StrCat("GGUF has no type (", Name(tensor.dtype), ")"));
  }
  return GgufTensorBytes(tensor.dtype, tensor.shape);
}

}  // namespace

GgufValue GgufU32(uint32_t value) {
  return {.type = GgufType::kU32, .value = static_cast<int64_t>(value)};
}
GgufValue GgufF32(float value) {
  return {.type = GgufType::kF32, .value = static_cast<double>(value)};
}
GgufValue GgufBool(bool value) {
  return {.type = GgufType::kBool, .value = static_cast<int64_t>(value)};
}
GgufValue GgufString(std::string_view text) { return {.type = GgufType::kString, .value = text}; }
GgufValue GgufArray(GgufType element_type, GgufValue::Ints values) {
  return {.type = GgufType::kArray, .element_type = element_type, .value = std::move(values)};
}
GgufValue GgufArray(GgufValue::Floats values) {
  return {.type = GgufType::kArray, .element_type = GgufType::kF32, .value = std::move(values)};
}
GgufValue GgufArray(GgufValue::Strings values) {
  return {.type = GgufType::kArray, .element_type = GgufType::kString, .value = std::move(values)};
}

void GgufHeader::Set(std::string_view key, GgufValue value) {
  for (auto& [known, held] : metadata) {
    if (known != key) continue;
    held = std::move(value);
    return;
  }
  metadata.emplace_back(std::string(key), std::move(value));
}

void GgufHeader::Remove(std::string_view key) {
  std::erase_if(metadata, [key](const auto& pair) { return pair.first == key; });
}

Result<std::unique_ptr<GgufWriter>> GgufWriter::Create(const std::string& path,
                                                       const GgufHeader& header) {
  INGOT_ASSIGN(uint32_t alignment, AlignmentOf(header).At(path));
  HeaderBytes out;
  for (char c : {'G', 'G', 'U', 'F'}) out.Number(c);
  out.Number<uint32_t>(3);
  out.Number<uint64_t>(header.tensors.size());
  out.Number<uint64_t>(header.metadata.size());
  std::set<std::string_view> names;
  for (const auto& [key, value] : header.metadata) {
    if (key.empty() || !names.insert(key).second) {
      return Status(Code::kInvalidArgument, StrCat(path, ": key (", key, ") is empty or repeated"));
    }
    out.Text(key);
    out.Value(key, value);
  }
  names.clear();
  std::vector<Part> parts;
  uint64_t offset = 0;
  for (const GgufHeader::Tensor& tensor : header.tensors) {
    INGOT_ASSIGN(uint64_t bytes, BytesOf(tensor).At(StrCat(path, ": ", tensor.name)));
    if (!names.insert(tensor.name).second) {
      return Status(Code::kInvalidArgument, StrCat(path, ": ", tensor.name, ": is repeated"));
    }
    out.Text(tensor.name);
    out.Number(static_cast<uint32_t>(tensor.shape.size()));
    for (auto dim = tensor.shape.rbegin(); dim != tensor.shape.rend(); ++dim) out.Number(*dim);
    out.Number(Traits(tensor.dtype).gguf_type);
    out.Number(offset);
    offset = RoundUp(offset + bytes, alignment);
    parts.push_back({tensor.name, bytes});
  }
  INGOT_TRY(out.status().At(path));
  INGOT_ASSIGN(auto file, AtomicFile::Create(path));
  INGOT_TRY(file->Write(out.bytes()));
  std::unique_ptr<GgufWriter> writer(
      new GgufWriter(path, std::move(file), alignment, std::move(parts)));
  if (!header.tensors.empty()) INGOT_TRY(writer->Pad());
  return writer;
}

Status GgufWriter::Pad() {
  static constexpr std::array<std::byte, 4096> kZeros{};
  uint64_t left = RoundUp(file_->written_bytes(), alignment_) - file_->written_bytes();
  while (left > 0) {
    uint64_t piece = std::min<uint64_t>(left, kZeros.size());
    INGOT_TRY(file_->Write(std::span(kZeros).first(piece)));
    left -= piece;
  }
  return Status();
}

Status GgufWriter::Write(std::span<const std::byte> bytes) {
  if (bytes.empty()) return Status();
  uint64_t room = current_ < parts_.size() ? parts_[current_].bytes - written_ : 0;
  if (bytes.size() > room) {
    std::string_view name = current_ < parts_.size() ? std::string_view(parts_[current_].name)
                                                     : std::string_view("end of tensors");
    return Status(Code::kInvalidArgument, StrCat(path_, ": ", name, ": (", bytes.size(),
                                                 ") bytes given, (", room, ") are lacking"));
  }
  INGOT_TRY(file_->Write(bytes));
  written_ += bytes.size();
  if (bytes.size() < room) return Status();
  ++current_;
  written_ = 0;
  return Pad();
}

Status GgufWriter::Finish() {
  if (current_ < parts_.size()) {
    const Part& part = parts_[current_];
    return Status(Code::kInvalidArgument, StrCat(path_, ": ", part.name, ": has (", written_,
                                                 ") of (", part.bytes, ") bytes"));
  }
  return file_->Commit();
}

}  // namespace ingot::model
