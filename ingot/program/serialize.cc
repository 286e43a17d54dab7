#include "ingot/program/serialize.h"

#include <cmath>
#include <limits>

#include "ingot/base/json.h"
#include "ingot/base/text.h"

namespace ingot::program {
namespace {

Json ToJson(const Size& size) {
  // JSON integers have 63 bits here; what is larger is text, as expressions are.
  if (size.IsConstant()) {
    Result<uint64_t> value = size.Evaluate({});
    if (value.ok() && *value <= static_cast<uint64_t>(INT64_MAX)) return Json(*value);
  }
  return Json(size.Print());
}

// The shortest text of the float, as long as it reads back as the same float by way of a double.
Json ToJson(float value) {
  std::optional<double> shortest = ParseDouble(StrCat(value));
  bool in_range = shortest && std::abs(*shortest) <= std::numeric_limits<float>::max();
  if (in_range && static_cast<float>(*shortest) == value) return Json(*shortest);
  return Json(static_cast<double>(value));
}

Json OverrideToJson(double value) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  bool integer = value > -kExact && value < kExact &&
                 value == static_cast<double>(static_cast<int64_t>(value));
  return integer ? Json(static_cast<int64_t>(value)) : Json(value);
}

void PutType(const TensorType& type, Json* out) {
  (*out)["dtype"] = Json(Name(type.dtype));
  (*out)["layout"] = Json(type.layout);
  Json shape = Json::Array();
  for (const Size& axis : type.shape) shape.Append(ToJson(axis));
  (*out)["shape"] = std::move(shape);
}

Json ToJson(const WeightSource& source) {
  Json out = Json::Object();
  out["tensor"] = Json(source.tensor);
  out["row_begin"] = ToJson(Size(source.row_begin));
  out["rows"] = ToJson(Size(source.rows));
  return out;
}

Json ToJson(const VectorSlice& slice) {
  Json out = Json::Object();
  out["tensor"] = Json(slice.tensor);
  out["offset"] = ToJson(Size(slice.offset));
  out["count"] = ToJson(Size(slice.count));
  return out;
}

template <typename T>
void PutList(std::string_view key, const std::vector<T>& items, Json* out) {
  if (items.empty()) return;
  Json list = Json::Array();
  for (const T& item : items) list.Append(ToJson(item));
  (*out)[key] = std::move(list);
}

Json ToJson(const Buffer& buffer) {
  Json out = Json::Object();
  out["name"] = Json(buffer.name);
  out["kind"] = Json(Name(buffer.kind));
  PutType(buffer.type, &out);
  out["bytes"] = ToJson(buffer.bytes);
  PutList("sources", buffer.sources, &out);
  PutList("slices", buffer.slices, &out);
  return out;
}

Json BindingsToJson(const Program& program, const Dispatch& dispatch) {
  Json out = Json::Array();
  for (const Binding& binding : dispatch.bindings) {
    INGOT_CHECK(binding.buffer < program.buffers.size());
    Json item = Json::Object();
    item["name"] = Json(binding.name);
    item["buffer"] = Json(program.buffers[binding.buffer].name);
    item["access"] = Json(Name(binding.access));
    PutType(binding.type, &item);
    out.Append(std::move(item));
  }
  return out;
}

void PutText(std::string_view key, const std::string& text, Json* out) {
  if (!text.empty()) (*out)[key] = Json(text);
}

Json ToJson(const Program& program, const Dispatch& dispatch) {
  Json out = Json::Object();
  out["op"] = Json(dispatch.op);
  PutText("role", dispatch.role, &out);
  if (dispatch.layer >= 0) out["layer"] = Json(dispatch.layer);
  PutText("value", dispatch.value, &out);
  out["kernel"] = Json(dispatch.kernel);
  PutText("variant", dispatch.variant, &out);
  for (const auto& [name, value] : dispatch.overrides) {
    out["overrides"][name] = OverrideToJson(value);
  }
  out["bindings"] = BindingsToJson(program, dispatch);
  if (!dispatch.uniforms.empty()) {
    Json uniforms = Json::Object();
    for (const Uniform& uniform : dispatch.uniforms) {
      uniforms[uniform.name] =
          std::visit([](const auto& value) { return ToJson(value); }, uniform.value);
    }
    out["uniforms"] = std::move(uniforms);
  }
  if (dispatch.grid != Dispatch().grid) {
    Json grid = Json::Array();
    for (const Size& axis : dispatch.grid) grid.Append(ToJson(axis));
    out["grid"] = std::move(grid);
  }
  if (dispatch.group >= 0) out["group"] = Json(dispatch.group);
  return out;
}

}  // namespace

std::string Print(const Program& program) {
  std::string out = "{\n";
  auto member = [&out](std::string_view key, const Json& value) {
    out += StrCat("\"", key, "\": ", value.Dump(), ",\n");
  };
  member("version", Json(Program::kVersion));
  member("model", Json(program.model));
  member("target", Json(program.target));
  member("phase", Json(Name(program.phase)));
  member("numerics", Json(Name(program.numerics)));
  member("max_tokens", ToJson(Size(program.max_tokens)));

  auto list = [&out](std::string_view key, const std::vector<std::string>& lines) {
    out += StrCat("\"", key, "\": [", lines.empty() ? "" : "\n  ", Join(lines, ",\n  "),
                  lines.empty() ? "]" : "\n]");
  };
  std::vector<std::string> lines;
  for (const Buffer& buffer : program.buffers) lines.push_back(ToJson(buffer).Dump());
  list("buffers", lines);
  out += ",\n";
  lines.clear();
  for (const Dispatch& dispatch : program.dispatches) {
    lines.push_back(ToJson(program, dispatch).Dump());
  }
  list("dispatches", lines);
  out += "\n}\n";
  return out;
}

}  // namespace ingot::program
