#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <type_traits>

#include "ingot/base/text.h"
#include "ingot/model/gguf.h"

namespace ingot::model {
namespace {

static_assert(std::endian::native == std::endian::little, "GGUF numbers are read in place");

constexpr uint64_t kMaxKeyBytes = 65535;
constexpr uint64_t kMinPairBytes = 14;    // key length, one byte, type, one byte of value
constexpr uint64_t kMinTensorBytes = 33;  // name length, one byte, rank, one dim, type, offset

// Bytes of a value in the file; for strings the least they take. 0 for arrays.
uint64_t ValueBytes(GgufType type) {
  switch (type) {
    case GgufType::kU8:
    case GgufType::kI8:
    case GgufType::kBool:
      return 1;
    case GgufType::kU16:
    case GgufType::kI16:
      return 2;
    case GgufType::kU32:
    case GgufType::kI32:
    case GgufType::kF32:
      return 4;
    case GgufType::kString:
    case GgufType::kU64:
    case GgufType::kI64:
    case GgufType::kF64:
      return 8;
    case GgufType::kArray:
      return 0;
  }
  return 0;
}

// Tensor types that GGUF defines and DType lacks; an empty text for numbers it does not define.
std::string_view ForeignTypeName(uint32_t type) {
  struct Row {
    uint32_t type;
    std::string_view name;
  };
  static constexpr Row kRows[] = {
      {4, "q4_2"},    {5, "q4_3"},    {9, "q8_1"},     {15, "q8_k"},   {16, "iq2_xxs"},
      {17, "iq2_xs"}, {19, "iq1_s"},  {18, "iq3_xxs"}, {20, "iq4_nl"}, {21, "iq3_s"},
      {22, "iq2_s"},  {23, "iq4_xs"}, {24, "i8"},      {25, "i16"},    {27, "i64"},
      {28, "f64"},    {29, "iq1_m"},  {34, "tq1_0"},   {35, "tq2_0"},
  };
  for (const Row& row : kRows) {
    if (row.type == type) return row.name;
  }
  return {};
}

bool IsUtf8(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    auto lead = static_cast<unsigned char>(text[i]);
    size_t length = lead < 0x80       ? 1
                    : lead >> 5 == 6  ? 2
                    : lead >> 4 == 14 ? 3
                    : lead >> 3 == 30 ? 4
                                      : 0;
    if (length == 0 || text.size() - i < length) return false;
    uint32_t code = length == 1 ? lead : lead & (0x7Fu >> length);
    for (size_t j = 1; j < length; ++j) {
      auto next = static_cast<unsigned char>(text[i + j]);
      if (next >> 6 != 2) return false;
      code = code << 6 | (next & 0x3F);
    }
    constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < kLeast[length] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
    i += length;
  }
  return true;
}

}  // namespace

// Parses one file from front to back. `at_` never passes the end; every failure names the offset of
// the field that is wrong.
class GgufReader {
 public:
  GgufReader(std::span<const std::byte> bytes, std::string name, std::shared_ptr<const void> owner)
      : bytes_(bytes), gguf_(new Gguf()) {
    gguf_->name_ = std::move(name);
    gguf_->file_bytes_ = bytes.size();
    gguf_->owner_ = std::move(owner);
  }

  Result<std::shared_ptr<const Gguf>> Read() {
    INGOT_TRY(ReadHeader());
    for (uint64_t i = 0; i < pair_count_; ++i) INGOT_TRY(ReadPair());
    INGOT_TRY(ReadSettings());
    gguf_->tensors_.reserve(tensor_count_);
    for (uint64_t i = 0; i < tensor_count_; ++i) INGOT_TRY(ReadTensor());
    INGOT_TRY(PlaceTensors());
    return std::shared_ptr<const Gguf>(std::move(gguf_));
  }

 private:
  uint64_t Left() const { return bytes_.size() - at_; }

  template <typename... Args>
  Status Fail(uint64_t offset, const Args&... what) const {
    return Status(Code::kInvalidArgument, StrCat(gguf_->name_, ": byte ", offset, ": ", what...));
  }

  template <typename T>
  Result<T> Number(std::string_view what) {
    if (Left() < sizeof(T)) {
      return Fail(at_, what, " takes (", sizeof(T), ") bytes, the file has (", Left(), ") left");
    }
    T value;
    std::memcpy(&value, bytes_.data() + at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }

  Result<std::string_view> Text(std::string_view what, uint64_t least, uint64_t most) {
    uint64_t start = at_;
    INGOT_ASSIGN(uint64_t length, Number<uint64_t>(what));
    if (length < least || length > most) {
      return Fail(start, what, " length (", length, ") is not in ", least, "..", most);
    }
    if (length > Left()) {
      return Fail(start, what, " length (", length, ") is more than the bytes left (", Left(), ")");
    }
    std::string_view text(reinterpret_cast<const char*>(bytes_.data() + at_), length);
    at_ += length;
    return text;
  }

  Result<uint64_t> Count(std::string_view what, uint64_t least_bytes) {
    uint64_t start = at_;
    INGOT_ASSIGN(uint64_t count, Number<uint64_t>(what));
    if (count > Left() / least_bytes) {
      return Fail(start, what, " (", count, ") needs at least (", least_bytes,
                  ") bytes each, the file has (", Left(), ") left");
    }
    return count;
  }

  Status ReadHeader() {
    if (Left() < 4 || std::memcmp(bytes_.data(), "GGUF", 4) != 0) {
      return Fail(0, "is not a GGUF file: it does not begin with (GGUF)");
    }
    at_ = 4;
    INGOT_ASSIGN(gguf_->version_, Number<uint32_t>("version"));
    if ((gguf_->version_ & 0xFFFF) == 0 && gguf_->version_ != 0) {
      return Fail(4, "is a big-endian GGUF file (version reads as ", gguf_->version_,
                  "), only little-endian is read");
    }
    if (gguf_->version_ != 2 && gguf_->version_ != 3) {
      return Fail(4, "version (", gguf_->version_, ") is not 2 or 3");
    }
    // The pairs come first in the file, so the tensor count is only bounded here, not yet trusted.
    INGOT_ASSIGN(tensor_count_, Count("tensor count", kMinTensorBytes));
    INGOT_ASSIGN(pair_count_, Count("metadata count", kMinPairBytes));
    return Status();
  }

  Status ReadPair() {
    uint64_t start = at_;
    INGOT_ASSIGN(std::string_view key, Text("key", 1, kMaxKeyBytes));
    if (!IsUtf8(key)) return Fail(start, "key is not UTF-8");
    INGOT_ASSIGN(GgufType type, Type(key, "type"));
    INGOT_ASSIGN(GgufValue value, type == GgufType::kArray ? Array(key) : Scalar(key, type));
    if (!gguf_->keys_.emplace(key, gguf_->metadata_.size()).second) {
      return Fail(start, key, ": key is repeated");
    }
    gguf_->metadata_.emplace_back(std::string(key), std::move(value));
    return Status();
  }

  Result<GgufType> Type(std::string_view key, std::string_view what) {
    uint64_t start = at_;
    INGOT_ASSIGN(uint32_t type, Number<uint32_t>(what));
    constexpr auto kLast = static_cast<uint32_t>(GgufType::kF64);
    if (type > kLast) return Fail(start, key, ": ", what, " (", type, ") is not in 0..", kLast);
    return static_cast<GgufType>(type);
  }

  template <typename T>
  Result<int64_t> Integer(std::string_view key) {
    uint64_t start = at_;
    INGOT_ASSIGN(T value, Number<T>(key));
    if constexpr (std::is_same_v<T, uint64_t>) {
      if (value > static_cast<uint64_t>(INT64_MAX)) {
        return Fail(start, key, ": value (", value, ") is more than ", INT64_MAX);
      }
    }
    return static_cast<int64_t>(value);
  }

  Result<int64_t> Integer(std::string_view key, GgufType type) {
    switch (type) {
      case GgufType::kU8:
        return Integer<uint8_t>(key);
      case GgufType::kI8:
        return Integer<int8_t>(key);
      case GgufType::kU16:
        return Integer<uint16_t>(key);
      case GgufType::kI16:
        return Integer<int16_t>(key);
      case GgufType::kU32:
        return Integer<uint32_t>(key);
      case GgufType::kI32:
        return Integer<int32_t>(key);
      case GgufType::kU64:
        return Integer<uint64_t>(key);
      case GgufType::kI64:
        return Integer<int64_t>(key);
      case GgufType::kBool: {
        uint64_t start = at_;
        INGOT_ASSIGN(uint8_t value, Number<uint8_t>(key));
        if (value > 1) return Fail(start, key, ": bool (", value, ") is not 0 or 1");
        return int64_t{value};
      }
      case GgufType::kF32:
      case GgufType::kF64:
      case GgufType::kString:
      case GgufType::kArray:
        break;
    }
    return Fail(at_, key, ": type (", GgufTypeName(type), ") is not an integer");
  }

  Result<double> Real(std::string_view key, GgufType type) {
    if (type == GgufType::kF64) return Number<double>(key);
    INGOT_ASSIGN(float value, Number<float>(key));
    return double{value};
  }

  Result<GgufValue> Scalar(std::string_view key, GgufType type) {
    GgufValue out{.type = type, .element_type = GgufType::kArray, .value = {}};
    if (type == GgufType::kString) {
      INGOT_ASSIGN(out.value, Text(key, 0, UINT64_MAX));
    } else if (type == GgufType::kF32 || type == GgufType::kF64) {
      INGOT_ASSIGN(out.value, Real(key, type));
    } else {
      INGOT_ASSIGN(out.value, Integer(key, type));
    }
    return out;
  }

  Result<GgufValue> Array(std::string_view key) {
    uint64_t start = at_;
    INGOT_ASSIGN(GgufType type, Type(key, "element type"));
    if (type == GgufType::kArray) return Fail(start, key, ": an array of arrays is not supported");
    INGOT_ASSIGN(uint64_t count, Count(StrCat(key, ": array size"), ValueBytes(type)));
    GgufValue out{.type = GgufType::kArray, .element_type = type, .value = {}};
    if (type == GgufType::kString) {
      INGOT_TRY(Elements(out.value.emplace<GgufValue::Strings>(), count,
                         [&] { return Text(key, 0, UINT64_MAX); }));
    } else if (type == GgufType::kF32 || type == GgufType::kF64) {
      INGOT_TRY(
          Elements(out.value.emplace<GgufValue::Floats>(), count, [&] { return Real(key, type); }));
    } else {
      INGOT_TRY(Elements(out.value.emplace<GgufValue::Ints>(), count,
                         [&] { return Integer(key, type); }));
    }
    return out;
  }

  template <typename T, typename ReadOne>
  Status Elements(std::vector<T>& out, uint64_t count, ReadOne read_one) {
    out.reserve(count);  // Count has seen that the file is long enough for it
    for (uint64_t i = 0; i < count; ++i) {
      INGOT_ASSIGN(T value, read_one());
      out.push_back(std::move(value));
    }
    return Status();
  }

  Status ReadSettings() {
    if (const GgufValue* split = gguf_->Find("split.count"); split != nullptr) {
      const auto* parts = std::get_if<int64_t>(&split->value);
      if (parts == nullptr || *parts > 1) {
        return Status(Code::kUnsupported,
                      StrCat(gguf_->name_, ": split.count: is one part of a split model (",
                             parts == nullptr ? 0 : *parts, " parts), join the parts first"));
      }
    }
    const GgufValue* alignment = gguf_->Find("general.alignment");
    if (alignment == nullptr) return Status();
    if (alignment->type != GgufType::kU32) {
      return Status(Code::kInvalidArgument, StrCat(gguf_->name_, ": general.alignment: type is (",
                                                   alignment->TypeName(), "), expected (u32)"));
    }
    int64_t value = std::get<int64_t>(alignment->value);
    if (!IsGgufAlignment(value)) {
      return Status(Code::kInvalidArgument, StrCat(gguf_->name_, ": general.alignment: (", value,
                                                   ") is not a power of two in 8..1048576"));
    }
    gguf_->alignment_ = static_cast<uint32_t>(value);
    return Status();
  }

  Status ReadTensor() {
    uint64_t start = at_;
    INGOT_ASSIGN(std::string_view name, Text("tensor name", 1, kGgufMaxTensorNameBytes));
    if (!IsUtf8(name)) return Fail(start, "tensor name is not UTF-8");
    if (!gguf_->tensor_names_.emplace(name, gguf_->tensors_.size()).second) {
      return Fail(start, name, ": tensor is repeated");
    }
    GgufTensor tensor{};
    tensor.name = std::string(name);
    uint64_t rank_at = at_;
    INGOT_ASSIGN(uint32_t rank, Number<uint32_t>(StrCat(name, ": rank")));
    if (rank < 1 || rank > 4) return Fail(rank_at, name, ": rank (", rank, ") is not in 1..4");
    tensor.shape.resize(rank);
    for (uint32_t i = 0; i < rank; ++i) {
      uint64_t dim_at = at_;
      INGOT_ASSIGN(uint64_t dim, Number<uint64_t>(StrCat(name, ": dimension")));
      if (dim == 0) return Fail(dim_at, name, ": dimension ", i, " is (0)");
      tensor.shape[rank - 1 - i] = dim;
    }
    uint64_t type_at = at_;
    INGOT_ASSIGN(uint32_t type, Number<uint32_t>(StrCat(name, ": tensor type")));
    std::optional<DType> dtype = DTypeFromGguf(type);
    if (!dtype) return ForeignType(type_at, name, type);
    tensor.dtype = *dtype;
    uint64_t offset_at = at_;
    INGOT_ASSIGN(tensor.offset, Number<uint64_t>(StrCat(name, ": offset")));
    if (tensor.offset % gguf_->alignment_ != 0) {
      return Fail(offset_at, name, ": offset (", tensor.offset,
                  ") is not a multiple of the alignment (", gguf_->alignment_, ")");
    }
    gguf_->tensors_.push_back(std::move(tensor));
    return Status();
  }

  Status ForeignType(uint64_t offset, std::string_view name, uint32_t type) const {
    std::string_view known = ForeignTypeName(type);
    if (known.empty()) return Fail(offset, name, ": tensor type (", type, ") is unknown");
    return Status(Code::kUnsupported,
                  StrCat(gguf_->name_, ": byte ", offset, ": ", name, ": tensor type (", type, ", ",
                         known, ") is not supported"));
  }

  // Turns offsets into spans: inside the file, none over another.
  Status PlaceTensors() {
    uint64_t mask = gguf_->alignment_ - 1;
    uint64_t base = (at_ + mask) & ~mask;  // the file is far shorter than 2^64
    std::vector<const GgufTensor*> by_offset;
    by_offset.reserve(gguf_->tensors_.size());
    for (GgufTensor& tensor : gguf_->tensors_) {
      INGOT_ASSIGN(
          uint64_t size,
          GgufTensorBytes(tensor.dtype, tensor.shape).At(StrCat(gguf_->name_, ": ", tensor.name)));
      uint64_t room = bytes_.size() > base ? bytes_.size() - base : 0;
      if (tensor.offset > room || size > room - tensor.offset) {
        return Status(
            Code::kInvalidArgument,
            StrCat(gguf_->name_, ": ", tensor.name, ": data (", size, " bytes at offset ",
                   tensor.offset, ") is outside the data of the file (", room, " bytes)"));
      }
      tensor.offset += base;
      tensor.data = bytes_.subspan(tensor.offset, size);
      by_offset.push_back(&tensor);
    }
    std::sort(by_offset.begin(), by_offset.end(),
              [](const GgufTensor* a, const GgufTensor* b) { return a->offset < b->offset; });
    for (size_t i = 1; i < by_offset.size(); ++i) {
      const GgufTensor& before = *by_offset[i - 1];
      const GgufTensor& after = *by_offset[i];
      if (before.offset + before.data.size() <= after.offset) continue;
      return Status(Code::kInvalidArgument,
                    StrCat(gguf_->name_, ": ", after.name, ": data at byte (", after.offset,
                           ") is over that of ", before.name, ", which ends at byte (",
                           before.offset + before.data.size(), ")"));
    }
    return Status();
  }

  std::span<const std::byte> bytes_;
  uint64_t at_ = 0;
  uint64_t tensor_count_ = 0;
  uint64_t pair_count_ = 0;
  std::shared_ptr<Gguf> gguf_;
};

Result<std::shared_ptr<const Gguf>> Gguf::Open(const std::string& path) {
  INGOT_ASSIGN(auto file, MappedFile::Open(path));
  return Parse(file->bytes(), path, file);
}

Result<std::shared_ptr<const Gguf>> Gguf::Parse(std::span<const std::byte> bytes, std::string name,
                                                std::shared_ptr<const void> owner) {
  return GgufReader(bytes, std::move(name), std::move(owner)).Read();
}

}  // namespace ingot::model
