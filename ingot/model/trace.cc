#include "ingot/model/trace.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "ingot/base/json.h"
#include "ingot/base/text.h"

namespace ingot::model {
namespace {

constexpr std::string_view kFormat = "ingot-trace";

// An object whose keys are exactly `keys`, each of its kind.
struct KeyRule {
  std::string_view key;
  Json::Kind kind;
};

Status CheckKeys(const Json& json, std::span<const KeyRule> rules, const std::string& place) {
  auto fail = [&](const auto&... parts) {
    return Status(Code::kInvalidArgument, StrCat(place, ": ", parts...));
  };
  if (!json.IsObject()) return fail("expected an object, found ", json.KindName());
  for (const auto& [key, value] : json.members()) {
    const auto rule = std::ranges::find(rules, key, &KeyRule::key);
    if (rule == rules.end()) return fail("unknown key (", key, ")");
    const bool fits =
        rule->kind == Json::Kind::kDouble ? value.IsNumber() : value.kind() == rule->kind;
    if (!fits) return fail("key (", key, ") is of kind (", value.KindName(), ")");
  }
  for (const KeyRule& rule : rules) {
    if (json.Find(rule.key) == nullptr) return fail("no key (", rule.key, ")");
  }
  return Status();
}

Result<TraceHeader> ParseHeader(const Json& json, const std::string& place) {
  using enum Json::Kind;
  constexpr KeyRule kRules[] = {{"format", kString},
                                {"version", kInt},
                                {"model", kString},
                                {"numerics", kString},
                                {"tokens", kArray}};
  auto fail = [&](const auto&... parts) {
    return Status(Code::kInvalidArgument, StrCat(place, ": ", parts...));
  };
  INGOT_TRY(CheckKeys(json, kRules, place));
  if (json.Find("format")->AsString() != kFormat) {
    return fail("format (", json.Find("format")->AsString(), ") is not (", kFormat, ")");
  }
  if (json.Find("version")->AsInt() != TraceHeader::kVersion) {
    return fail("version (", json.Find("version")->AsInt(), ") is not (", TraceHeader::kVersion,
                ")");
  }
  TraceHeader header;
  header.model = json.Find("model")->AsString();
  const std::string& numerics = json.Find("numerics")->AsString();
  if (numerics != Name(Numerics::kExact) && numerics != Name(Numerics::kFast)) {
    return fail("unknown numerics (", numerics, ")");
  }
  header.numerics = numerics == Name(Numerics::kFast) ? Numerics::kFast : Numerics::kExact;
  for (const auto& [key, token] : json.Find("tokens")->members()) {
    if (!token.IsInt() || token.AsInt() < 0 || token.AsInt() > INT32_MAX) {
      return fail("token (", token.Dump(), ") is not in 0..", INT32_MAX);
    }
    header.tokens.push_back(static_cast<int32_t>(token.AsInt()));
  }
  return header;
}

Result<TraceLine> ParseLine(const Json& json, const std::string& place) {
  using enum Json::Kind;
  constexpr KeyRule kRules[] = {
      {"op", kString},  {"role", kString}, {"layer", kInt},   {"value", kString}, {"count", kInt},
      {"min", kDouble}, {"max", kDouble},  {"mean", kDouble}, {"rms", kDouble},   {"nan", kInt}};
  INGOT_TRY(CheckKeys(json, kRules, place));
  const int64_t layer = json.Find("layer")->AsInt();
  const int64_t count = json.Find("count")->AsInt();
  const int64_t nan = json.Find("nan")->AsInt();
  if (layer < -1 || layer > INT32_MAX || count < 0 || nan < 0 || nan > count) {
    return Status(Code::kInvalidArgument, StrCat(place, ": layer (", layer, "), count (", count,
                                                 ") and nan (", nan, ") do not fit together"));
  }
  return TraceLine{.op = json.Find("op")->AsString(),
                   .role = json.Find("role")->AsString(),
                   .value = json.Find("value")->AsString(),
                   .layer = static_cast<int>(layer),
                   .count = static_cast<uint64_t>(count),
                   .nan = static_cast<uint64_t>(nan),
                   .min = json.Find("min")->AsDouble(),
                   .max = json.Find("max")->AsDouble(),
                   .mean = json.Find("mean")->AsDouble(),
                   .rms = json.Find("rms")->AsDouble()};
}

double ErrorOf(const TraceLine& a, const TraceLine& b) {
  if (a.nan != b.nan) return std::numeric_limits<double>::infinity();
  const double most = std::max({std::abs(a.min - b.min), std::abs(a.max - b.max),
                                std::abs(a.mean - b.mean), std::abs(a.rms - b.rms)});
  return most == 0 ? 0 : most / std::max(a.rms, b.rms);
}

// (layer, value, how often it came before): what pairs the lines of two traces.
using LineKey = std::tuple<int, std::string, uint64_t>;

std::vector<LineKey> KeysOf(const Trace& trace) {
  std::map<std::pair<int, std::string>, uint64_t> seen;
  std::vector<LineKey> keys;
  keys.reserve(trace.lines.size());
  for (const TraceLine& line : trace.lines) {
    keys.emplace_back(line.layer, line.value, seen[{line.layer, line.value}]++);
  }
  return keys;
}

}  // namespace

TraceLine Summarise(const program::Dispatch& dispatch, std::span<const float> values) {
  TraceLine line{.op = dispatch.op,
                 .role = dispatch.role,
                 .value = dispatch.value,
                 .layer = dispatch.layer,
                 .count = values.size()};
  double sum = 0;
  double squares = 0;
  double min = std::numeric_limits<double>::infinity();
  double max = -min;
  for (const float value : values) {
    if (!std::isfinite(value)) {
      ++line.nan;
      continue;
    }
    min = std::min<double>(min, value);
    max = std::max<double>(max, value);
    sum += value;
    squares += double{value} * value;
  }
  const auto finite = static_cast<double>(line.count - line.nan);
  if (finite == 0) return line;
  line.min = min;
  line.max = max;
  line.mean = sum / finite;
  line.rms = std::sqrt(squares / finite);
  return line;
}

std::string Describe(const TraceLine& line) {
  return StrCat(line.op, line.role.empty() ? "" : " ", line.role,
                line.layer < 0 ? "" : StrCat(" layer ", line.layer), " (", line.value, ")");
}

std::string Print(const TraceHeader& header) {
  Json json = Json::Object();
  json["format"] = kFormat;
  json["version"] = TraceHeader::kVersion;
  json["model"] = header.model;
  json["numerics"] = Name(header.numerics);
  Json tokens = Json::Array();
  for (const int32_t token : header.tokens) tokens.Append(token);
  json["tokens"] = std::move(tokens);
  return json.Dump() + "\n";
}

std::string Print(const TraceLine& line) {
  Json json = Json::Object();
  json["op"] = line.op;
  json["role"] = line.role;
  json["layer"] = line.layer;
  json["value"] = line.value;
  json["count"] = line.count;
  json["min"] = line.min;
  json["max"] = line.max;
  json["mean"] = line.mean;
  json["rms"] = line.rms;
  json["nan"] = line.nan;
  return json.Dump() + "\n";
}

Result<Trace> ParseTrace(std::string_view text, std::string_view name) {
  if (text.empty()) return Status(Code::kInvalidArgument, StrCat(name, ": no header line"));
  if (!text.ends_with('\n')) {
    return Status(Code::kInvalidArgument, StrCat(name, ": the last line is torn"));
  }
  text.remove_suffix(1);
  Trace trace;
  size_t number = 0;
  for (const std::string_view line : Split(text, '\n')) {
    const std::string place = StrCat(name, ":", ++number);
    // The parser counts lines within its text: the place is put in front of what it says.
    Result<Json> json = Json::Parse(line, "json");
    if (!json.ok()) return json.status().At(place);
    if (number == 1) {
      INGOT_ASSIGN(trace.header, ParseHeader(*json, place));
    } else {
      INGOT_ASSIGN(TraceLine parsed, ParseLine(*json, place));
      trace.lines.push_back(std::move(parsed));
    }
  }
  return trace;
}

Result<TraceWriter> TraceWriter::Create(const std::string& path, const TraceHeader& header) {
  INGOT_ASSIGN(auto file, AtomicFile::Create(path));
  INGOT_TRY(file->Write(Print(header)));
  return TraceWriter(std::move(file));
}

Status TraceWriter::Append(const program::Dispatch& dispatch, std::span<const float> values) {
  return file_->Write(Print(Summarise(dispatch, values)));
}

Status TraceWriter::Close() { return file_->Commit(); }

Result<TraceComparison> Compare(const Trace& a, const Trace& b, double bound) {
  auto fail = [](const auto&... parts) { return Status(Code::kInvalidArgument, StrCat(parts...)); };
  if (a.header.tokens != b.header.tokens) {
    const auto [in_a, in_b] = std::ranges::mismatch(a.header.tokens, b.header.tokens);
    return fail("tokens (", a.header.tokens.size(), ") and (", b.header.tokens.size(),
                ") differ from position (", in_a - a.header.tokens.begin(), ") on");
  }
  const std::vector<LineKey> keys_a = KeysOf(a);
  const std::vector<LineKey> keys_b = KeysOf(b);
  std::map<LineKey, const TraceLine*> lines_b;
  for (size_t i = 0; i < keys_b.size(); ++i) lines_b[keys_b[i]] = &b.lines[i];
  TraceComparison result;
  for (size_t i = 0; i < keys_a.size(); ++i) {
    const auto found = lines_b.find(keys_a[i]);
    if (found == lines_b.end()) {
      ++result.only_a;
      continue;
    }
    const TraceLine& line = a.lines[i];
    const TraceLine& other = *found->second;
    if (line.count != other.count) {
      return fail(Describe(line), ": values (", line.count, ") and (", other.count,
                  ") are not as many");
    }
    ++result.compared;
    const double error = ErrorOf(line, other);
    result.worst = std::max(result.worst, error);
    if (error > bound && result.first.empty()) result.first.push_back({line, other, error});
  }
  if (result.compared == 0) return fail("the traces share no result");
  result.only_b = b.lines.size() - result.compared;
  return result;
}

}  // namespace ingot::model
