// The one JSON wrapper. Reading keeps the line of every value, so that messages can name a place;
// repeated keys are errors. Objects keep the order of their keys, in both directions. The library
// behind it stays in json.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ingot/base/status.h"

namespace ingot {

class Json {
 public:
  enum class Kind { kNull, kBool, kInt, kDouble, kString, kArray, kObject };
  using Member = std::pair<std::string, Json>;

  Json() = default;
  Json(bool value) : kind_(Kind::kBool), int_(value) {}     // NOLINT(google-explicit-constructor)
  Json(int value) : kind_(Kind::kInt), int_(value) {}       // NOLINT(google-explicit-constructor)
  Json(int64_t value) : kind_(Kind::kInt), int_(value) {}   // NOLINT(google-explicit-constructor)
  Json(uint32_t value) : kind_(Kind::kInt), int_(value) {}  // NOLINT(google-explicit-constructor)
  Json(uint64_t value)
      : kind_(Kind::kInt),
        int_(static_cast<int64_t>(value)) {}  // NOLINT(google-explicit-constructor)
  Json(double value)
      : kind_(Kind::kDouble), double_(value) {}  // NOLINT(google-explicit-constructor)
  Json(const char* value)
      : kind_(Kind::kString), string_(value) {}  // NOLINT(google-explicit-constructor)
  Json(std::string value)
      : kind_(Kind::kString), string_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Json(std::string_view value)
      : kind_(Kind::kString), string_(value) {}  // NOLINT(google-explicit-constructor)
  static Json Array() { return OfKind(Kind::kArray); }
  static Json Object() { return OfKind(Kind::kObject); }

  // Parses a whole text. `name` is the file's name for messages: `NAME:LINE: what`. Nesting is
  // limited to 200.
  static Result<Json> Parse(std::string_view text, std::string_view name);

  Kind kind() const { return kind_; }
  bool IsNull() const { return kind_ == Kind::kNull; }
  bool IsBool() const { return kind_ == Kind::kBool; }
  bool IsInt() const { return kind_ == Kind::kInt; }
  bool IsNumber() const { return kind_ == Kind::kInt || kind_ == Kind::kDouble; }
  bool IsString() const { return kind_ == Kind::kString; }
  bool IsArray() const { return kind_ == Kind::kArray; }
  bool IsObject() const { return kind_ == Kind::kObject; }
  // "object", "integer" and so on, for messages.
  std::string_view KindName() const;
  // 1-based line where the value starts in the parsed text; 0 if it was built by code.
  int line() const { return line_; }

  // REQUIRES: the kind fits.
  bool AsBool() const;
  int64_t AsInt() const;
  double AsDouble() const;  // an integer converts
  const std::string& AsString() const;

  // Arrays.
  size_t size() const { return members_.size(); }
  const Json& operator[](size_t index) const { return members_[index].second; }
  void Append(Json value) { members_.emplace_back(std::string(), std::move(value)); }

  // Objects. Find gives nullptr where the key is missing.
  const Json* Find(std::string_view key) const;
  const std::vector<Member>& members() const { return members_; }  // for arrays the keys are empty
  // Adds or replaces a member; a null value becomes an object first, so that `json["a"] = 1` builds
  // one.
  Json& operator[](std::string_view key);

  // indent < 0: one line. Doubles are written so that they read back equal; NaN and infinity become
  // null.
  std::string Dump(int indent = -1) const;

  // Lines do not count.
  bool operator==(const Json& other) const;

 private:
  friend class JsonBuilder;
  static Json OfKind(Kind kind) {
    Json json;
    json.kind_ = kind;
    return json;
  }

  Kind kind_ = Kind::kNull;
  int line_ = 0;
  int64_t int_ = 0;
  double double_ = 0;
  std::string string_;
  std::vector<Member> members_;
};

}  // namespace ingot
