// Parse: a Program's text, distrusted.
#include <cmath>
#include <limits>
#include <map>

#include "ingot/base/json_reader.h"
#include "ingot/base/text.h"
#include "ingot/program/serialize.h"

namespace ingot::program {
namespace {

constexpr size_t kMaxText = size_t{64} << 20;
constexpr size_t kMaxList = 65536;  // buffers, dispatches, sources, slices
constexpr size_t kMaxPerDispatch = 256;
constexpr size_t kMaxAxes = 8;
using Need = JsonReader::Need;
using BufferIds = std::map<std::string, BufferId, std::less<>>;

Status ReadSize(const Json& json, Size* out) {
  if (json.IsString()) {
    INGOT_ASSIGN(*out, Size::Parse(json.AsString()));
    return Status();
  }
  if (!json.IsInt()) return WrongKind("integer or expression", json);
  if (json.AsInt() < 0) {
    return Status(Code::kInvalidArgument, StrCat("(", json.AsInt(), ") is negative"));
  }
  *out = Size(static_cast<uint64_t>(json.AsInt()));
  return Status();
}

// A number of 64 bits: a size without symbols.
Status ReadCount(const Json& json, uint64_t* out) {
  Size size;
  INGOT_TRY(ReadSize(json, &size));
  if (!size.IsConstant()) {
    return Status(Code::kInvalidArgument, StrCat("(", size.Print(), ") is no constant"));
  }
  INGOT_ASSIGN(*out, size.Evaluate({}));
  return Status();
}

void SizeMember(JsonReader* reader, std::string_view key, Size* out) {
  reader->Value(key, [out](const Json& json) { return ReadSize(json, out); });
}

void CountMember(JsonReader* reader, std::string_view key, uint64_t* out) {
  reader->Value(key, [out](const Json& json) { return ReadCount(json, out); });
}

// A name out of a closed list; `parse` maps it to an optional.
template <typename T, typename Parse>
void NameMember(JsonReader* reader, std::string_view key, Parse parse, T* out) {
  reader->Value(key, [&](const Json& json) {
    if (!json.IsString()) return WrongKind("string", json);
    auto value = parse(json.AsString());
    if (!value) {
      return Status(Code::kInvalidArgument, StrCat("unknown name (", json.AsString(), ")"));
    }
    *out = *value;
    return Status();
  });
}

// One of two enumerators, by their own names.
template <typename T>
void EitherMember(JsonReader* reader, std::string_view key, T a, T b, T* out) {
  auto parse = [&](std::string_view name) -> std::optional<T> {
    if (name == Name(a)) return a;
    if (name == Name(b)) return b;
    return std::nullopt;
  };
  NameMember(reader, key, parse, out);
}

Status ReadSizes(const Json& json, size_t min_axes, size_t max_axes, std::vector<Size>* out) {
  if (!json.IsArray()) return WrongKind("array", json);
  if (json.size() < min_axes || json.size() > max_axes) {
    return Status(Code::kInvalidArgument,
                  StrCat(json.size(), " items are outside ", min_axes, "..", max_axes));
  }
  out->resize(json.size());
  for (size_t i = 0; i < json.size(); ++i) INGOT_TRY(ReadSize(json[i], &(*out)[i]));
  return Status();
}

void TypeMembers(JsonReader* reader, TensorType* out) {
  // Only the one spelling that Print writes.
  auto dtype = [](const std::string& name) -> std::optional<DType> {
    std::optional<DType> found = DTypeFromName(name);
    if (found && Name(*found) != name) found.reset();
    return found;
  };
  NameMember(reader, "dtype", dtype, &out->dtype);
  reader->Text("layout", &out->layout);
  reader->Value("shape",
                [out](const Json& json) { return ReadSizes(json, 0, kMaxAxes, &out->shape); });
}

Result<Buffer> ReadBuffer(const Json& json, std::string_view file) {
  Buffer buffer;
  JsonReader reader(json, file);
  reader.Text("name", &buffer.name);
  NameMember(&reader, "kind", BufferKindFromName, &buffer.kind);
  TypeMembers(&reader, &buffer.type);
  SizeMember(&reader, "bytes", &buffer.bytes);
  auto source = [&](const Json& item) {
    WeightSource& out = buffer.sources.emplace_back();
    JsonReader members(item, file);
    members.Text("tensor", &out.tensor);
    CountMember(&members, "row_begin", &out.row_begin);
    CountMember(&members, "rows", &out.rows);
    return members.Finish();
  };
  reader.Each("sources", kMaxList, source, Need::kOptional);
  auto slice = [&](const Json& item) {
    VectorSlice& out = buffer.slices.emplace_back();
    JsonReader members(item, file);
    members.Text("tensor", &out.tensor);
    CountMember(&members, "offset", &out.offset);
    CountMember(&members, "count", &out.count);
    return members.Finish();
  };
  reader.Each("slices", kMaxList, slice, Need::kOptional);
  INGOT_TRY(reader.Finish());
  return buffer;
}

Result<Binding> ReadBinding(const Json& json, std::string_view file, const BufferIds& ids) {
  Binding binding;
  JsonReader reader(json, file);
  reader.Text("name", &binding.name);
  auto buffer = [&ids](const std::string& name) -> std::optional<BufferId> {
    auto found = ids.find(name);
    if (found == ids.end()) return std::nullopt;
    return found->second;
  };
  NameMember(&reader, "buffer", buffer, &binding.buffer);
  EitherMember(&reader, "access", Access::kRead, Access::kReadWrite, &binding.access);
  TypeMembers(&reader, &binding.type);
  INGOT_TRY(reader.Finish());
  return binding;
}

// A number with a point or an exponent is an f32; anything else is a size.
Status ReadUniform(const Json& json, std::variant<Size, float>* out) {
  if (!json.IsNumber() || json.IsInt()) return ReadSize(json, &out->emplace<Size>());
  double value = json.AsDouble();
  if (std::abs(value) > std::numeric_limits<float>::max()) {
    return Status(Code::kInvalidArgument, StrCat("(", value, ") is out of range of f32"));
  }
  *out = static_cast<float>(value);
  return Status();
}

Result<Dispatch> ReadDispatch(const Json& json, std::string_view file, const BufferIds& ids) {
  Dispatch dispatch;
  JsonReader reader(json, file);
  reader.Text("op", &dispatch.op);
  reader.Text("role", &dispatch.role, Need::kOptional);
  int64_t layer = dispatch.layer;
  reader.Int("layer", 0, INT32_MAX, &layer, Need::kOptional);
  dispatch.layer = static_cast<int>(layer);
  reader.Text("value", &dispatch.value, Need::kOptional);
  reader.Text("kernel", &dispatch.kernel);
  reader.Text("variant", &dispatch.variant, Need::kOptional);
  auto override_value = [&](const std::string& name, const Json& value) {
    if (!value.IsNumber()) return WrongKind("number", value);
    dispatch.overrides.emplace(name, value.AsDouble());
    return Status();
  };
  reader.Members("overrides", kMaxPerDispatch, override_value, Need::kOptional);
  auto binding = [&](const Json& item) {
    INGOT_ASSIGN(Binding read, ReadBinding(item, file, ids));
    dispatch.bindings.push_back(std::move(read));
    return Status();
  };
  reader.Each("bindings", kMaxPerDispatch, binding);
  auto uniform = [&](const std::string& name, const Json& value) {
    dispatch.uniforms.push_back({name, Size()});
    return ReadUniform(value, &dispatch.uniforms.back().value);
  };
  reader.Members("uniforms", kMaxPerDispatch, uniform, Need::kOptional);
  auto grid = [&](const Json& value) {
    std::vector<Size> axes;
    INGOT_TRY(ReadSizes(value, 3, 3, &axes));
    std::ranges::copy(axes, dispatch.grid.begin());
    return Status();
  };
  reader.Value("grid", grid, Need::kOptional);
  int64_t group = dispatch.group;
  reader.Int("group", 0, INT32_MAX, &group, Need::kOptional);
  dispatch.group = static_cast<int>(group);
  INGOT_TRY(reader.Finish());
  return dispatch;
}

}  // namespace

Result<Program> Parse(std::string_view text, std::string_view name) {
  if (text.size() > kMaxText) {
    return Status(Code::kInvalidArgument,
                  StrCat(name, ":1: ", text.size(), " bytes are more than ", kMaxText));
  }
  INGOT_ASSIGN(Json json, Json::Parse(text, name));
  Program program;
  JsonReader reader(json, name);
  int64_t version = 0;
  reader.Int("version", 1, Program::kVersion, &version);
  reader.Text("model", &program.model);
  reader.Text("target", &program.target);
  EitherMember(&reader, "phase", Phase::kPrefill, Phase::kDecode, &program.phase);
  EitherMember(&reader, "numerics", Numerics::kExact, Numerics::kFast, &program.numerics);
  CountMember(&reader, "max_tokens", &program.max_tokens);
  BufferIds ids;
  auto buffer = [&](const Json& item) {
    INGOT_ASSIGN(Buffer read, ReadBuffer(item, name));
    auto id = static_cast<BufferId>(program.buffers.size());
    if (!ids.emplace(read.name, id).second) {
      return reader.Fail(item, StrCat("buffer (", read.name, ") stands twice"));
    }
    program.buffers.push_back(std::move(read));
    return Status();
  };
  reader.Each("buffers", kMaxList, buffer);
  auto dispatch = [&](const Json& item) {
    INGOT_ASSIGN(Dispatch read, ReadDispatch(item, name, ids));
    program.dispatches.push_back(std::move(read));
    return Status();
  };
  reader.Each("dispatches", kMaxList, dispatch);
  INGOT_TRY(reader.Finish());
  return program;
}

}  // namespace ingot::program
