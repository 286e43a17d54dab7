#include "ingot/base/json_reader.h"

#include <algorithm>

#include "ingot/base/text.h"

namespace ingot {

Status WrongKind(std::string_view want, const Json& found) {
  return Status(Code::kInvalidArgument, StrCat("expected ", want, ", found ", found.KindName()));
}

JsonReader::JsonReader(const Json& object, std::string_view file) : object_(object), file_(file) {
  if (!object.IsObject()) status_ = Fail(object, WrongKind("object", object).message());
}

void JsonReader::Text(std::string_view key, std::string* out, Need need) {
  auto read = [out](const Json& value) {
    if (!value.IsString()) return WrongKind("string", value);
    *out = value.AsString();
    return Status();
  };
  Value(key, read, need);
}

void JsonReader::Int(std::string_view key, int64_t lo, int64_t hi, int64_t* out, Need need) {
  auto read = [&](const Json& value) {
    if (!value.IsInt()) return WrongKind("integer", value);
    if (value.AsInt() < lo || value.AsInt() > hi) {
      return Status(Code::kInvalidArgument,
                    StrCat("(", value.AsInt(), ") is outside ", lo, "..", hi));
    }
    *out = value.AsInt();
    return Status();
  };
  Value(key, read, need);
}

void JsonReader::Value(std::string_view key, const std::function<Status(const Json&)>& read,
                       Need need) {
  const Json* value = Ask(key, need);
  if (value == nullptr) return;
  if (Status status = read(*value); !status.ok()) {
    Note(Fail(*value, StrCat(key, ": ", status.message())));
  }
}

void JsonReader::Each(std::string_view key, size_t max_items,
                      const std::function<Status(const Json&)>& read, Need need) {
  const Json* list = Ask(key, need);
  if (list == nullptr) return;
  if (!list->IsArray())
    return Note(Fail(*list, StrCat(key, ": ", WrongKind("array", *list).message())));
  if (list->size() > max_items) {
    return Note(Fail(*list, StrCat(key, ": ", list->size(), " items are more than ", max_items)));
  }
  for (size_t i = 0; i < list->size() && status_.ok(); ++i) Note(read((*list)[i]));
}

void JsonReader::Members(std::string_view key, size_t max_items,
                         const std::function<Status(const std::string&, const Json&)>& read,
                         Need need) {
  auto read_all = [&](const Json& object) {
    if (!object.IsObject()) return WrongKind("object", object);
    if (object.members().size() > max_items) {
      return Status(Code::kInvalidArgument,
                    StrCat(object.members().size(), " members are more than ", max_items));
    }
    for (const auto& [name, value] : object.members()) INGOT_TRY(read(name, value).At(name));
    return Status();
  };
  Value(key, read_all, need);
}

Status JsonReader::Fail(const Json& at, std::string_view what) const {
  return Status(Code::kInvalidArgument, StrCat(file_, ":", at.line(), ": ", what));
}

Status JsonReader::Finish() {
  if (!status_.ok()) return status_;
  for (const auto& [key, value] : object_.members()) {
    if (std::ranges::find(known_, key) != known_.end()) continue;
    return Fail(value, StrCat("unknown key (", key, ")", NearestHint(key, known_)));
  }
  return Status();
}

const Json* JsonReader::Ask(std::string_view key, Need need) {
  known_.emplace_back(key);
  if (!status_.ok()) return nullptr;
  const Json* value = object_.Find(key);
  if (value == nullptr && need == Need::kRequired) {
    Note(Fail(object_, StrCat("key (", key, ") is missing")));
  }
  return value;
}

void JsonReader::Note(Status status) {
  if (status_.ok()) status_ = std::move(status);
}

}  // namespace ingot
