#include "ingot/model/inspect.h"

#include <algorithm>
#include <map>
#include <type_traits>

#include "ingot/base/text.h"

namespace ingot::model {
namespace {

Json ToJson(std::string_view text, size_t shown_bytes) {
  if (text.size() <= shown_bytes) return Json(text);
  size_t end = shown_bytes;  // not inside a UTF-8 sequence
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return Json(StrCat(text.substr(0, end), "..."));
}

Json ToJson(const GgufValue& value, size_t shown_elements, size_t shown_bytes) {
  bool is_bool = value.type == GgufType::kBool || value.element_type == GgufType::kBool;
  auto one = [&](const auto& held) -> Json {
    using T = std::decay_t<decltype(held)>;
    if constexpr (std::is_same_v<T, std::string_view>) {
      return ToJson(held, shown_bytes);
    } else if constexpr (std::is_same_v<T, int64_t>) {
      return is_bool ? Json(held != 0) : Json(held);
    } else {
      return Json(held);
    }
  };
  return std::visit(
      [&](const auto& held) -> Json {
        using T = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<T, GgufValue::Ints> || std::is_same_v<T, GgufValue::Floats> ||
                      std::is_same_v<T, GgufValue::Strings>) {
          Json out = Json::Array();
          for (size_t i = 0; i < std::min(held.size(), shown_elements); ++i) {
            out.Append(one(held[i]));
          }
          return out;
        } else {
          return one(held);
        }
      },
      value.value);
}

}  // namespace

Inspection Inspect(const Gguf& gguf, size_t shown_elements, size_t shown_bytes) {
  Inspection out{.name = gguf.name(),
                 .version = gguf.version(),
                 .alignment = gguf.alignment(),
                 .file_bytes = gguf.file_bytes(),
                 .metadata = {},
                 .tensors = {},
                 .totals = {},
                 .elements = 0,
                 .tensor_bytes = 0,
                 .bits_per_weight = 0};
  for (const auto& [key, value] : gguf.metadata()) {
    out.metadata.push_back(
        {key, value.TypeName(), value.array_size(), ToJson(value, shown_elements, shown_bytes)});
  }
  std::map<DType, Inspection::Total> totals;
  for (const GgufTensor& tensor : gguf.tensors()) {
    out.tensors.push_back(
        {tensor.name, tensor.dtype, tensor.shape, tensor.data.size(), tensor.offset});
    uint64_t elements = tensor.rows() * tensor.cols();
    Inspection::Total& total =
        totals.try_emplace(tensor.dtype, Inspection::Total{tensor.dtype, 0, 0, 0}).first->second;
    ++total.tensors;
    total.elements += elements;
    total.bytes += tensor.data.size();
    out.elements += elements;
    out.tensor_bytes += tensor.data.size();
  }
  for (const auto& [dtype, total] : totals) out.totals.push_back(total);
  std::sort(out.totals.begin(), out.totals.end(),
            [](const Inspection::Total& a, const Inspection::Total& b) {
              return a.bytes != b.bytes ? a.bytes > b.bytes : a.dtype < b.dtype;
            });
  if (out.elements > 0) {
    out.bits_per_weight =
        8.0 * static_cast<double>(out.tensor_bytes) / static_cast<double>(out.elements);
  }
  return out;
}

Json ToJson(const Inspection& inspection) {
  Json out = Json::Object();
  out["name"] = inspection.name;
  out["version"] = inspection.version;
  out["alignment"] = inspection.alignment;
  out["file_bytes"] = inspection.file_bytes;
  out["elements"] = inspection.elements;
  out["tensor_bytes"] = inspection.tensor_bytes;
  out["bits_per_weight"] = inspection.bits_per_weight;
  Json metadata = Json::Array();
  for (const Inspection::Key& key : inspection.metadata) {
    Json row = Json::Object();
    row["key"] = key.key;
    row["type"] = key.type;
    if (key.type.starts_with("array")) row["size"] = key.size;
    row["value"] = key.value;
    metadata.Append(std::move(row));
  }
  out["metadata"] = std::move(metadata);
  Json tensors = Json::Array();
  for (const Inspection::Tensor& tensor : inspection.tensors) {
    Json row = Json::Object();
    row["name"] = tensor.name;
    row["dtype"] = Name(tensor.dtype);
    Json shape = Json::Array();
    for (uint64_t dim : tensor.shape) shape.Append(dim);
    row["shape"] = std::move(shape);
    row["bytes"] = tensor.bytes;
    row["offset"] = tensor.offset;
    tensors.Append(std::move(row));
  }
  out["tensors"] = std::move(tensors);
  Json totals = Json::Array();
  for (const Inspection::Total& total : inspection.totals) {
    Json row = Json::Object();
    row["dtype"] = Name(total.dtype);
    row["tensors"] = total.tensors;
    row["elements"] = total.elements;
    row["bytes"] = total.bytes;
    totals.Append(std::move(row));
  }
  out["totals"] = std::move(totals);
  return out;
}

std::string HumanCount(uint64_t count) {
  struct Unit {
    double size;
    const char* name;
  };
  for (const Unit& unit : {Unit{1e9, "B"}, Unit{1e6, "M"}, Unit{1e3, "K"}}) {
    double value = static_cast<double>(count) / unit.size;
    if (value >= 1) return Format(value < 10 ? "%.1f%s" : "%.0f%s", value, unit.name);
  }
  return StrCat(count);
}

}  // namespace ingot::model
