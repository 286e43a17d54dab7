#include "ingot/plan/plan.h"

#include <algorithm>
#include <utility>

#include "ingot/base/file.h"
#include "ingot/base/json.h"
#include "ingot/base/text.h"

namespace ingot::plan {
namespace {

constexpr char kFormat[] = "ingot-plan";
constexpr uint64_t kMostFileBytes = uint64_t{1} << 20;
constexpr size_t kMostReasoningBytes = 4000;
const std::vector<std::string> kTargets = {"cpu"};

// Everything that is wrong, so that it can be reported at once.
class Errors {
 public:
  void Add(std::string path, std::string_view what) { list_.emplace_back(std::move(path), what); }
  void AddRange(std::string path, int64_t value, int64_t lo, int64_t hi) {
    Add(std::move(path), StrCat("(", value, ") is not in ", lo, "..", hi));
  }

  Status status() {
    if (list_.empty()) return {};
    std::ranges::stable_sort(list_, {}, &std::pair<std::string, std::string>::first);
    std::vector<std::string> lines;
    for (const auto& [path, what] : list_) lines.push_back(StrCat(path, ": ", what));
    return Status(Code::kInvalidArgument, Join(lines, "\n"));
  }

 private:
  std::vector<std::pair<std::string, std::string>> list_;
};

std::string KnobPath(const Knob& knob) { return StrCat("plan.knobs.", knob.name); }

void CheckInto(const Plan& plan, Errors& errors) {
  if (std::ranges::find(kTargets, plan.target) == kTargets.end()) {
    errors.Add("plan.target", StrCat("(", plan.target, ") is not one of ", Join(kTargets, " ")));
  }
  if (plan.reasoning.size() > kMostReasoningBytes) {
    errors.Add("plan.reasoning", StrCat("bytes (", plan.reasoning.size(), ") are more than (",
                                        kMostReasoningBytes, ")"));
  }
  for (const Knob& knob : KnobRows()) {
    const auto* member = std::get_if<int64_t Knobs::*>(&knob.member);
    if (member == nullptr) continue;
    const int64_t value = plan.knobs.**member;
    if (value < knob.lo || value > knob.hi) {
      errors.AddRange(KnobPath(knob), value, knob.lo, knob.hi);
    }
  }
}

// Takes parsed JSON apart; what is wrong goes to the errors and the value stays as it was.
class Reader {
 public:
  explicit Reader(Errors& errors) : errors_(errors) {}

  void Read(const Json& json, Plan& plan) {
    if (!IsKind(json, "plan", Json::Kind::kObject, "an object")) return;
    NoOtherKeys(json, "plan", {"format", "version", "target", "reasoning", "pass_order", "knobs"});
    std::string format = kFormat;
    Text(Required(json, "format"), "plan.format", format);
    if (format != kFormat) {
      errors_.Add("plan.format", StrCat("(", format, ") is not one of ", kFormat));
    }
    int64_t version = Plan::kVersion;
    Integer(Required(json, "version"), "plan.version", version);
    if (version > Plan::kVersion) {
      errors_.Add("plan.version",
                  StrCat("(", version, ") is newer than this build reads (", Plan::kVersion, ")"));
    } else if (version < 1) {
      errors_.AddRange("plan.version", version, 1, Plan::kVersion);
    }
    Text(Required(json, "target"), "plan.target", plan.target);
    plan.target = ToLower(Trim(plan.target));
    Text(json.Find("reasoning"), "plan.reasoning", plan.reasoning);
    if (const Json* order = Required(json, "pass_order")) ReadOrder(*order, plan.pass_order);
    if (const Json* knobs = json.Find("knobs")) ReadKnobs(*knobs, plan.knobs);
  }

 private:
  void ReadOrder(const Json& json, std::vector<std::string>& order) {
    if (!IsKind(json, "plan.pass_order", Json::Kind::kArray, "an array")) return;
    for (size_t i = 0; i < json.size(); ++i) {
      Text(&json[i], StrCat("plan.pass_order[", i, "]"), order.emplace_back());
    }
  }

  void ReadKnobs(const Json& json, Knobs& knobs) {
    if (!IsKind(json, "plan.knobs", Json::Kind::kObject, "an object")) return;
    std::vector<std::string> names;
    for (const Knob& knob : KnobRows()) {
      names.push_back(knob.name);
      const Json* value = json.Find(knob.name);
      if (const auto* member = std::get_if<int64_t Knobs::*>(&knob.member)) {
        Integer(value, KnobPath(knob), knobs.**member);
      } else if (value && IsKind(*value, KnobPath(knob), Json::Kind::kBool, "a boolean")) {
        knobs.*std::get<bool Knobs::*>(knob.member) = value->AsBool();
      }
    }
    NoOtherKeys(json, "plan.knobs", names);
  }

  void NoOtherKeys(const Json& json, std::string_view path, const std::vector<std::string>& known) {
    for (const auto& [key, value] : json.members()) {
      if (std::ranges::find(known, key) != known.end()) continue;
      errors_.Add(std::string(path), StrCat("key (", key, ") is unknown", NearestHint(key, known)));
    }
  }

  const Json* Required(const Json& json, std::string_view key) {
    const Json* value = json.Find(key);
    if (value == nullptr) errors_.Add("plan", StrCat("key (", key, ") is missing"));
    return value;
  }

  void Text(const Json* json, const std::string& path, std::string& out) {
    if (json && IsKind(*json, path, Json::Kind::kString, "a string")) out = json->AsString();
  }
  void Integer(const Json* json, const std::string& path, int64_t& out) {
    if (json && IsKind(*json, path, Json::Kind::kInt, "an integer")) out = json->AsInt();
  }

  bool IsKind(const Json& json, const std::string& path, Json::Kind kind, std::string_view what) {
    if (json.kind() == kind) return true;
    const bool nested = json.IsArray() || json.IsObject();
    errors_.Add(
        path, StrCat("(", nested ? std::string(json.KindName()) : json.Dump(), ") is not ", what));
    return false;
  }

  Errors& errors_;
};

}  // namespace

Status Check(const Plan& plan) {
  Errors errors;
  CheckInto(plan, errors);
  return errors.status();
}

std::string Print(const Plan& plan) {
  Json json = Json::Object();
  json["format"] = kFormat;
  json["version"] = Plan::kVersion;
  json["target"] = plan.target;
  if (!plan.reasoning.empty()) json["reasoning"] = plan.reasoning;
  Json order = Json::Array();
  for (const std::string& pass : plan.pass_order) order.Append(pass);
  json["pass_order"] = std::move(order);
  Json knobs = Json::Object();
  for (const Knob& knob : KnobRows()) {
    std::visit([&](auto member) { knobs[knob.name] = plan.knobs.*member; }, knob.member);
  }
  json["knobs"] = std::move(knobs);
  return json.Dump(2) + "\n";
}

Result<Plan> Parse(std::string_view text) {
  INGOT_ASSIGN(Json json, Json::Parse(text, "plan"));
  Plan plan;
  Errors errors;
  Reader(errors).Read(json, plan);
  CheckInto(plan, errors);
  INGOT_TRY(errors.status());
  return plan;
}

Result<Plan> Load(const std::string& path) {
  INGOT_ASSIGN(std::string text, ReadFile(path, kMostFileBytes));
  return Parse(text).At(path);
}

}  // namespace ingot::plan
