#include "ingot/base/json.h"

#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "ingot/base/text.h"

namespace ingot {

namespace {

constexpr size_t kMaxDepth = 200;

// An input iterator that knows how far the parser has read, so that events can be given a line.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, int* line) : at_(at), line_(line) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    // A newline counts once the parser has moved past what follows it: numbers are read one
    // character too far.
    if (pending_newline_) ++*line_;
    pending_newline_ = *at_ == '\n';
    ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  int* line_;
  bool pending_newline_ = false;
};

}  // namespace

// Builds a Json from the library's events.
class JsonBuilder {
 public:
  JsonBuilder(std::string_view name, const int* line) : name_(name), line_(line) {}

  bool null() { return Add(Json()); }
  bool boolean(bool value) { return Add(Json(value)); }
  bool number_integer(int64_t value) { return Add(Json(value)); }
  bool number_unsigned(uint64_t value) {
    if (value > static_cast<uint64_t>(INT64_MAX))
      return Fail(StrCat("integer (", value, ") is too large"));
    return Add(Json(value));
  }
  bool number_float(double value, const std::string& text) {
    if (!std::isfinite(value)) return Fail(StrCat("number (", text, ") is not finite"));
    return Add(Json(value));
  }
  bool string(std::string& value) { return Add(Json(std::move(value))); }
  bool binary(std::vector<uint8_t>&) { return Fail("binary value"); }
  bool start_object(size_t) { return Open(Json::Object()); }
  bool start_array(size_t) { return Open(Json::Array()); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }
  bool key(std::string& key) {
    if (!keys_.back().insert(key).second) return Fail(StrCat("key (", key, ") stands twice"));
    key_ = std::move(key);
    return true;
  }
  bool parse_error(size_t, const std::string& token, const nlohmann::json::exception& error) {
    std::string what = error.what();
    size_t cut = what.find("syntax error");
    std::string detail = cut == std::string::npos ? StrCat("near (", token, ")") : what.substr(cut);
    return Fail(detail);
  }

  Status status() const { return status_; }
  Json Take() { return std::move(root_); }

 private:
  bool Fail(std::string message) {
    if (status_.ok())
      status_ = Status(Code::kInvalidArgument, StrCat(name_, ":", *line_, ": ", message));
    return false;
  }
  bool Add(Json value) {
    value.line_ = *line_;
    if (stack_.empty()) {
      root_ = std::move(value);
      return true;
    }
    stack_.back().members_.emplace_back(stack_.back().IsObject() ? std::move(key_) : std::string(),
                                        std::move(value));
    return true;
  }
  bool Open(Json container) {
    if (stack_.size() >= kMaxDepth) return Fail(StrCat("nesting is deeper than (", kMaxDepth, ")"));
    container.line_ = *line_;
    pending_keys_.push_back(std::move(key_));
    stack_.push_back(std::move(container));
    keys_.emplace_back();
    return true;
  }
  bool Close() {
    Json done = std::move(stack_.back());
    stack_.pop_back();
    keys_.pop_back();
    key_ = std::move(pending_keys_.back());
    pending_keys_.pop_back();
    int line = done.line_;
    bool added = Add(std::move(done));
    (stack_.empty() ? root_ : stack_.back().members_.back().second).line_ = line;
    return added;
  }

  std::string_view name_;
  const int* line_;
  Status status_;
  Json root_;
  std::string key_;
  std::vector<Json> stack_;
  std::vector<std::string> pending_keys_;
  std::vector<std::unordered_set<std::string>> keys_;
};

namespace {

void AppendQuoted(std::string& out, const std::string& text) {
  out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void AppendDouble(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  std::string text = StrCat(value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  out += text;
}

void AppendNewline(std::string& out, int indent, int depth) {
  if (indent < 0) return;
  out += '\n';
  out.append(static_cast<size_t>(indent * depth), ' ');
}

void AppendJson(std::string& out, const Json& json, int indent, int depth) {
  switch (json.kind()) {
    case Json::Kind::kNull:
      out += "null";
      return;
    case Json::Kind::kBool:
      out += json.AsBool() ? "true" : "false";
      return;
    case Json::Kind::kInt:
      AppendText(out, json.AsInt());
      return;
    case Json::Kind::kDouble:
      AppendDouble(out, json.AsDouble());
      return;
    case Json::Kind::kString:
      AppendQuoted(out, json.AsString());
      return;
    case Json::Kind::kArray:
    case Json::Kind::kObject:
      break;
  }
  bool object = json.IsObject();
  out += object ? '{' : '[';
  bool first = true;
  for (const auto& [key, value] : json.members()) {
    if (!first) out += indent < 0 ? ", " : ",";
    first = false;
    AppendNewline(out, indent, depth + 1);
    if (object) {
      AppendQuoted(out, key);
      out += ": ";
    }
    AppendJson(out, value, indent, depth + 1);
  }
  if (!first) AppendNewline(out, indent, depth);
  out += object ? '}' : ']';
}

}  // namespace

Result<Json> Json::Parse(std::string_view text, std::string_view name) {
  int line = 1;
  JsonBuilder builder(name, &line);
  try {
    bool ok =
        nlohmann::json::sax_parse(CountingIterator(text.data(), &line),
                                  CountingIterator(text.data() + text.size(), &line), &builder);
    if (!builder.status().ok()) return builder.status();
    if (!ok) return Status(Code::kInvalidArgument, StrCat(name, ":", line, ": not valid JSON"));
  } catch (const std::exception& error) {
    return Status(Code::kInvalidArgument, StrCat(name, ":", line, ": ", error.what()));
  }
  return builder.Take();
}

std::string_view Json::KindName() const {
  switch (kind_) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return "boolean";
    case Kind::kInt:
      return "integer";
    case Kind::kDouble:
      return "number";
    case Kind::kString:
      return "string";
    case Kind::kArray:
      return "array";
    case Kind::kObject:
      return "object";
  }
  return "?";
}

bool Json::AsBool() const {
  INGOT_CHECK(IsBool());
  return int_ != 0;
}

int64_t Json::AsInt() const {
  INGOT_CHECK(IsInt());
  return int_;
}

double Json::AsDouble() const {
  INGOT_CHECK(IsNumber());
  return IsInt() ? static_cast<double>(int_) : double_;
}

const std::string& Json::AsString() const {
  INGOT_CHECK(IsString());
  return string_;
}

const Json* Json::Find(std::string_view key) const {
  if (!IsObject()) return nullptr;
  for (const Member& member : members_) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

Json& Json::operator[](std::string_view key) {
  if (IsNull()) kind_ = Kind::kObject;
  INGOT_CHECK(IsObject());
  for (Member& member : members_) {
    if (member.first == key) return member.second;
  }
  members_.emplace_back(std::string(key), Json());
  return members_.back().second;
}

std::string Json::Dump(int indent) const {
  std::string out;
  AppendJson(out, *this, indent, 0);
  return out;
}

bool Json::operator==(const Json& other) const {
  return kind_ == other.kind_ && int_ == other.int_ && double_ == other.double_ &&
         string_ == other.string_ && members_ == other.members_;
}

}  // namespace ingot
