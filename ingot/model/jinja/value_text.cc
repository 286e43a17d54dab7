// How values become text: Python's str(), repr() and json.dumps().
#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "ingot/base/text.h"
#include "ingot/model/jinja/value.h"

namespace ingot::model::jinja {
namespace {

// Builds a text and stops at the budget's limit.
class TextBuilder {
 public:
  explicit TextBuilder(Budget& budget) : budget_(budget) {}
  Status Add(std::string_view bytes, bool is_content = false) {
    text_.Append(bytes, is_content);
    return budget_.SpendText(text_.size() > budget_.limits().text_bytes ? text_.size()
                                                                        : bytes.size());
  }
  Text Take() { return std::move(text_); }
  Budget& budget() { return budget_; }

 private:
  Budget& budget_;
  Text text_;
};

std::string Repr(const std::string& bytes) {
  const bool single = bytes.find('\'') == std::string::npos || bytes.find('"') != std::string::npos;
  const char quote = single ? '\'' : '"';
  std::string out(1, quote);
  for (size_t at = 0; at < bytes.size();) {
    const size_t size = CharSize(bytes, at);
    const char c = bytes[at];
    if (c == quote || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += Format("\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out.append(bytes, at, size);
    }
    at += size;
  }
  return out + quote;
}

Status AddRepr(const Value& value, TextBuilder& out) {
  INGOT_TRY(out.budget().Spend(1));
  if (value.IsString()) return out.Add(Repr(value.text().bytes()), value.text().HasContent());
  if (value.IsList()) {
    const List& list = value.list();
    INGOT_TRY(out.Add(list.is_tuple ? "(" : "["));
    for (size_t i = 0; i < list.items.size(); ++i) {
      if (i > 0) INGOT_TRY(out.Add(", "));
      INGOT_TRY(AddRepr(list.items[i], out));
    }
    if (list.is_tuple && list.items.size() == 1) INGOT_TRY(out.Add(","));
    return out.Add(list.is_tuple ? ")" : "]");
  }
  if (value.IsDict()) {
    INGOT_TRY(out.Add("{"));
    bool first = true;
    for (const auto& [key, member] : value.dict().members) {
      if (!first) INGOT_TRY(out.Add(", "));
      first = false;
      INGOT_TRY(AddRepr(key, out));
      INGOT_TRY(out.Add(": "));
      INGOT_TRY(AddRepr(member, out));
    }
    return out.Add("}");
  }
  if (value.IsUndefined()) return out.Add("Undefined");
  INGOT_ASSIGN(Text text, ToText(value, out.budget()));
  return out.Add(text.bytes());
}

std::string JsonQuoted(const std::string& bytes, bool ascii) {
  std::string out = "\"";
  for (size_t at = 0; at < bytes.size();) {
    const size_t size = CharSize(bytes, at);
    const char c = bytes[at];
    const uint32_t code = CodePoint(bytes, at, size);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\b') {
      out += "\\b";
    } else if (c == '\f') {
      out += "\\f";
    } else if (code < 0x20 || (ascii && code >= 0x7F && code < 0x10000)) {
      out += Format("\\u%04x", code);
    } else if (ascii && code >= 0x10000) {
      out += Format("\\u%04x\\u%04x", 0xD7C0 + (code >> 10), 0xDC00 + (code & 0x3FF));
    } else {
      out.append(bytes, at, size);
    }
    at += size;
  }
  return out + '"';
}

// The text of a key or scalar.
Result<std::string> JsonScalar(const Value& value, bool ascii) {
  if (value.IsNone()) return std::string("null");
  if (value.IsBool()) return std::string(value.Truth() ? "true" : "false");
  if (value.IsInt()) return StrCat(value.integer());
  if (value.IsFloat()) {
    const double number = value.number();
    if (std::isnan(number)) return std::string("NaN");
    if (std::isinf(number)) return std::string(number > 0 ? "Infinity" : "-Infinity");
    return FloatText(number);
  }
  if (value.IsString()) return JsonQuoted(value.text().bytes(), ascii);
  return Status(Code::kInvalidArgument, StrCat(value.KindName(), " has no JSON form"));
}

class JsonPrinter {
 public:
  JsonPrinter(const JsonStyle& style, TextBuilder& out) : style_(style), out_(out) {}

  Status Add(const Value& value, size_t level) {
    INGOT_TRY(out_.budget().Spend(1));
    if (value.IsList()) {
      const std::vector<Value>& items = value.list().items;
      INGOT_TRY(out_.Add("["));
      for (size_t i = 0; i < items.size(); ++i) {
        INGOT_TRY(Separate(i == 0, level + 1));
        INGOT_TRY(Add(items[i], level + 1));
      }
      return Close(items.empty(), level, "]");
    }
    if (value.IsDict()) return AddDict(value.dict(), level);
    INGOT_ASSIGN(std::string text, JsonScalar(value, style_.ascii));
    return out_.Add(text, value.IsString() && value.text().HasContent());
  }

 private:
  Status AddDict(const Dict& dict, size_t level) {
    std::vector<size_t> order(dict.members.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    if (style_.sort_keys) {
      Status failure;
      std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        Result<bool> less = Less(dict.members[a].first, dict.members[b].first);
        if (!less.ok()) failure = less.status();
        return less.ok() && *less;
      });
      INGOT_TRY(failure);
    }
    INGOT_TRY(out_.Add("{"));
    for (size_t i = 0; i < order.size(); ++i) {
      const auto& [key, member] = dict.members[order[i]];
      INGOT_TRY(Separate(i == 0, level + 1));
      INGOT_ASSIGN(std::string name, JsonScalar(key, style_.ascii));
      if (!key.IsString()) name = StrCat("\"", name, "\"");
      INGOT_TRY(out_.Add(name, key.IsString() && key.text().HasContent()));
      INGOT_TRY(out_.Add(style_.key_separator));
      INGOT_TRY(Add(member, level + 1));
    }
    return Close(order.empty(), level, "}");
  }

  Status Separate(bool first, size_t level) {
    if (!first) INGOT_TRY(out_.Add(style_.item_separator));
    return NewLine(level);
  }
  Status Close(bool empty, size_t level, std::string_view bracket) {
    if (!empty) INGOT_TRY(NewLine(level));
    return out_.Add(bracket);
  }
  Status NewLine(size_t level) {
    if (style_.indent < 0) return Status();
    return out_.Add("\n" + std::string(level * static_cast<size_t>(style_.indent), ' '));
  }

  const JsonStyle& style_;
  TextBuilder& out_;
};

}  // namespace

std::string FloatText(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  char buffer[64];
  const auto end =
      std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::scientific).ptr;
  const std::string_view text(buffer, static_cast<size_t>(end - buffer));
  const size_t mark = text.find('e');
  const int64_t exponent =
      ParseInt(text.substr(text[mark + 1] == '+' ? mark + 2 : mark + 1)).value_or(0);
  if (exponent < -4 || exponent >= 16) return std::string(text);
  std::string fixed(
      buffer, std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::fixed).ptr);
  if (fixed.find('.') == std::string::npos) fixed += ".0";
  return fixed;
}

Result<Text> ToText(const Value& value, Budget& budget) {
  if (value.IsString()) return value.text();
  if (value.IsUndefined()) return Text();
  if (value.IsNone()) return Text("None");
  if (value.IsBool()) return Text(value.Truth() ? "True" : "False");
  if (value.IsInt()) return Text(StrCat(value.integer()));
  if (value.IsFloat()) return Text(FloatText(value.number()));
  if (!value.IsList() && !value.IsDict()) {
    return Status(Code::kInvalidArgument, StrCat("a ", value.KindName(), " has no text"));
  }
  TextBuilder out(budget);
  INGOT_TRY(AddRepr(value, out));
  return out.Take();
}

Result<Text> ToJsonText(const Value& value, const JsonStyle& style, Budget& budget) {
  TextBuilder out(budget);
  INGOT_TRY(JsonPrinter(style, out).Add(value, 0));
  return out.Take();
}

}  // namespace ingot::model::jinja
