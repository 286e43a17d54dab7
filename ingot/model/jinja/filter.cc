// Filters that need nothing but their subject and arguments.
#include <algorithm>
#include <cmath>
#include <utility>

#include "ingot/base/text.h"
#include "ingot/model/jinja/function.h"
#include "ingot/model/jinja/text_ops.h"

namespace ingot::model::jinja {
namespace {

Status Refuse(std::string_view filter, const Value& subject) {
  return Status(Code::kInvalidArgument,
                subject.IsUndefined()
                    ? StrCat(filter, ": (", subject.undefined_what(), ") is undefined")
                    : StrCat(filter, " of ", subject.KindName()));
}

Result<Value> Length(const Value& subject, const Args& args, Budget& budget) {
  INGOT_TRY(args.Check("length", {}));
  if (subject.IsString()) {
    INGOT_TRY(budget.SpendText(subject.text().size()));
    return Value(static_cast<int64_t>(CharCount(subject.text().bytes())));
  }
  if (subject.IsList()) return Value(static_cast<int64_t>(subject.list().items.size()));
  if (subject.IsDict()) return Value(static_cast<int64_t>(subject.dict().members.size()));
  if (subject.IsUndefined()) return Value(int64_t{0});
  return Refuse("length", subject);
}

Result<Value> TextFilter(std::string_view name, const Value& subject, const Args& args,
                         Budget& budget) {
  INGOT_ASSIGN(Text text, ToText(subject, budget));
  INGOT_TRY(budget.SpendText(text.size()));
  if (name == "trim") {
    INGOT_TRY(args.Check(name, {"chars"}));
    const Value chars = args.Get(0, "chars");
    const std::string* set = chars.IsString() ? &chars.text().bytes() : nullptr;
    const ByteRange kept = StripRange(text.bytes(), set, true, true);
    return Value(text.Slice(kept.begin, kept.end));
  }
  if (name == "replace") {
    INGOT_TRY(args.Check(name, {"old", "new", "count"}));
    INGOT_ASSIGN(Text from, ToText(args.Get(0, "old"), budget));
    INGOT_ASSIGN(Text to, ToText(args.Get(1, "new"), budget));
    const Value count = args.Get(2, "count");
    INGOT_ASSIGN(Text out,
                 Replace(text, from.bytes(), to, count.IsInt() ? count.integer() : -1, budget));
    return Value(std::move(out));
  }
  if (name == "indent") {
    INGOT_TRY(args.Check(name, {"width", "first", "blank"}));
    const Value width = args.Get(0, "width");
    const uint64_t spaces =
        width.IsInt() ? static_cast<uint64_t>(std::max<int64_t>(width.integer(), 0)) : 4;
    INGOT_TRY(budget.SpendText(width.IsString() ? width.text().size() : spaces));
    const Text margin = width.IsString() ? width.text() : Text(std::string(spaces, ' '));
    Text out;
    size_t line_number = 0;
    for (const Text& line : SplitLines(text, /*keep_ends=*/true)) {
      const bool blank = line.bytes().find_first_not_of("\r\n") == std::string::npos;
      const bool indents = line_number++ == 0 ? args.Get(1, "first").Truth()
                                              : !blank || args.Get(2, "blank").Truth();
      if (indents) out.Append(margin);
      out.Append(line);
      INGOT_TRY(
          budget.SpendText(out.size() > budget.limits().text_bytes ? out.size() : line.size()));
    }
    return Value(std::move(out));
  }
  INGOT_TRY(args.Check(name, {}));
  if (name == "upper") return Value(text.WithBytes(ToCase(text.bytes(), Case::kUpper)));
  if (name == "lower") return Value(text.WithBytes(ToCase(text.bytes(), Case::kLower)));
  if (name == "title") return Value(text.WithBytes(ToCase(text.bytes(), Case::kTitle)));
  if (name == "capitalize") return Value(text.WithBytes(ToCase(text.bytes(), Case::kSentence)));
  return Value(std::move(text));  // string, safe
}

Result<Value> ToJson(const Value& subject, const Args& args, Budget& budget) {
  INGOT_TRY(args.Check("tojson", {"ensure_ascii", "indent", "separators", "sort_keys"}));
  JsonStyle style;
  style.ascii = args.Get(0, "ensure_ascii").Truth();
  style.sort_keys = args.Get(3, "sort_keys").Truth();
  const Value indent = args.Get(1, "indent");
  if (indent.IsInt()) {
    if (indent.integer() < 0 || indent.integer() > 64) {
      return Status(Code::kInvalidArgument,
                    StrCat("tojson: indent (", indent.integer(), ") is not in 0 to 64"));
    }
    style.indent = static_cast<int>(indent.integer());
    style.item_separator = ",";
  }
  const Value separators = args.Get(2, "separators");
  if (separators.IsList()) {
    const std::vector<Value>& pair = separators.list().items;
    if (pair.size() != 2 || !pair[0].IsString() || !pair[1].IsString()) {
      return Status(Code::kInvalidArgument, "tojson: separators are not two strings");
    }
    style.item_separator = pair[0].text().bytes();
    style.key_separator = pair[1].text().bytes();
  }
  INGOT_ASSIGN(Text text, ToJsonText(subject, style, budget));
  return Value(std::move(text));
}

Result<Value> Join(const Value& subject, const Args& args, Budget& budget) {
  INGOT_TRY(args.Check("join", {"d", "attribute"}));
  INGOT_ASSIGN(Text separator, ToText(args.Get(0, "d"), budget));
  INGOT_ASSIGN(std::vector<Value> items, Items(subject, budget));
  const Value attribute = args.Get(1, "attribute");
  if (!attribute.IsUndefined()) {
    for (Value& item : items) {
      INGOT_ASSIGN(item, GetPath(item, attribute, budget));
    }
  }
  INGOT_ASSIGN(Text text, JoinTexts(items, separator, budget));
  return Value(std::move(text));
}

Result<Value> DictItems(const Value& subject, Budget& budget) {
  if (subject.IsUndefined()) return Value::MakeList({}, budget);
  if (!subject.IsDict()) return Refuse("items", subject);
  return CallMethod(subject, "items", {}, budget);
}

// What sort, unique, min and max compare: an attribute, without case unless asked for.
Result<Value> SortKey(const Value& item, const Value& attribute, bool case_sensitive,
                      Budget& budget) {
  Value key = item;
  if (!attribute.IsUndefined() && !attribute.IsNone()) {
    INGOT_ASSIGN(key, GetPath(item, attribute, budget));
  }
  if (key.IsString() && !case_sensitive)
    return Value(Text(ToCase(key.text().bytes(), Case::kLower)));
  return key;
}

struct Keyed {
  Value key;
  Value item;
};

Result<std::vector<Keyed>> WithKeys(const std::vector<Value>& items, const Value& attribute,
                                    bool case_sensitive, Budget& budget) {
  std::vector<Keyed> keyed;
  for (const Value& item : items) {
    INGOT_TRY(budget.Spend(1));
    INGOT_ASSIGN(Value key, SortKey(item, attribute, case_sensitive, budget));
    keyed.push_back({std::move(key), item});
  }
  return keyed;
}

Status StableSort(std::vector<Keyed>& keyed, bool reverse, Budget& budget) {
  Status failure;
  const auto less = [&](const Keyed& a, const Keyed& b) {
    Status spent = budget.Spend(1);
    Result<bool> holds = reverse ? Less(b.key, a.key) : Less(a.key, b.key);
    if (!spent.ok() && failure.ok()) failure = std::move(spent);
    if (!holds.ok() && failure.ok()) failure = holds.status();
    return holds.ok() && *holds;
  };
  std::stable_sort(keyed.begin(), keyed.end(), less);
  return failure;
}

Result<Value> Sort(const Value& subject, const Args& args, Budget& budget) {
  INGOT_TRY(args.Check("sort", {"reverse", "case_sensitive", "attribute"}));
  INGOT_ASSIGN(std::vector<Value> items, Items(subject, budget));
  INGOT_ASSIGN(std::vector<Keyed> keyed, WithKeys(items, args.Get(2, "attribute"),
                                                  args.Get(1, "case_sensitive").Truth(), budget));
  INGOT_TRY(StableSort(keyed, args.Get(0, "reverse").Truth(), budget));
  for (size_t i = 0; i < items.size(); ++i) items[i] = std::move(keyed[i].item);
  return Value::MakeList(std::move(items), budget);
}

Result<Value> DictSort(const Value& subject, const Args& args, Budget& budget) {
  INGOT_TRY(args.Check("dictsort", {"case_sensitive", "by", "reverse"}));
  INGOT_ASSIGN(Value pairs, DictItems(subject, budget));
  const Value by = args.Get(1, "by");
  const bool by_value = by.IsString() && by.text().bytes() == "value";
  INGOT_ASSIGN(std::vector<Keyed> keyed,
               WithKeys(pairs.list().items, Value(int64_t{by_value ? 1 : 0}),
                        args.Get(0, "case_sensitive").Truth(), budget));
  INGOT_TRY(StableSort(keyed, args.Get(2, "reverse").Truth(), budget));
  std::vector<Value> items;
  for (Keyed& entry : keyed) items.push_back(std::move(entry.item));
  return Value::MakeList(std::move(items), budget);
}

Result<Value> Unique(const Value& subject, const Args& args, Budget& budget) {
  INGOT_TRY(args.Check("unique", {"case_sensitive", "attribute"}));
  INGOT_ASSIGN(std::vector<Value> items, Items(subject, budget));
  INGOT_ASSIGN(std::vector<Keyed> keyed, WithKeys(items, args.Get(1, "attribute"),
                                                  args.Get(0, "case_sensitive").Truth(), budget));
  std::vector<Value> seen;
  std::vector<Value> out;
  for (Keyed& entry : keyed) {
    bool known = false;
    for (const Value& key : seen) {
      INGOT_ASSIGN(known, Equal(key, entry.key, budget));
      if (known) break;
    }
    if (known) continue;
    seen.push_back(std::move(entry.key));
    out.push_back(std::move(entry.item));
  }
  return Value::MakeList(std::move(out), budget);
}

Result<Value> Extreme(std::string_view name, const Value& subject, const Args& args,
                      Budget& budget) {
  INGOT_TRY(args.Check(name, {"case_sensitive", "attribute"}));
  INGOT_ASSIGN(std::vector<Value> items, Items(subject, budget));
  INGOT_ASSIGN(std::vector<Keyed> keyed, WithKeys(items, args.Get(1, "attribute"),
                                                  args.Get(0, "case_sensitive").Truth(), budget));
  if (keyed.empty()) return Value(Undefined{StrCat(name, " of nothing")});
  size_t best = 0;
  for (size_t i = 1; i < keyed.size(); ++i) {
    INGOT_ASSIGN(bool better, name == "min" ? Less(keyed[i].key, keyed[best].key)
                                            : Less(keyed[best].key, keyed[i].key));
    if (better) best = i;
  }
  return keyed[best].item;
}

Result<Value> Sum(const Value& subject, const Args& args, Budget& budget) {
  INGOT_TRY(args.Check("sum", {"attribute", "start"}));
  INGOT_ASSIGN(std::vector<Value> items, Items(subject, budget));
  Value total = args.Has(1, "start") ? args.Get(1, "start") : Value(int64_t{0});
  for (const Value& item : items) {
    INGOT_ASSIGN(Value term, SortKey(item, args.Get(0, "attribute"), true, budget));
    INGOT_ASSIGN(total, ApplyBinary("+", total, term, budget));
  }
  return total;
}

Result<Value> FirstOrLast(std::string_view name, const Value& subject, Budget& budget) {
  INGOT_ASSIGN(std::vector<Value> items, Items(subject, budget));
  if (items.empty()) return Value(Undefined{StrCat(name, " of nothing")});
  return name == "first" ? items.front() : items.back();
}

Result<Value> Reverse(const Value& subject, Budget& budget) {
  INGOT_ASSIGN(std::vector<Value> items, Items(subject, budget));
  std::reverse(items.begin(), items.end());
  if (!subject.IsString()) return Value::MakeList(std::move(items), budget);
  INGOT_ASSIGN(Text text, JoinTexts(items, Text(), budget));
  return Value(std::move(text));
}

// int, float: what is no number gives the default.
Result<Value> ToNumber(std::string_view name, const Value& subject, const Args& args) {
  INGOT_TRY(args.Check(name, {"default"}));
  const bool to_int = name == "int";
  if (subject.IsUndefined()) return Refuse(name, subject);
  std::optional<double> number;
  if (subject.IsNumber()) {
    if (to_int && !subject.IsFloat()) return Value(subject.integer());
    number = subject.number();
  } else if (subject.IsString()) {
    std::string_view text = Trim(subject.text().bytes());
    if (text.starts_with("+")) text.remove_prefix(1);
    const std::optional<int64_t> integer = ParseInt(text);
    if (to_int && integer.has_value()) return Value(*integer);
    number = ParseDouble(text);
  }
  if (number.has_value() && !to_int) return Value(*number);
  if (number.has_value() && std::abs(*number) < 9e18) return Value(static_cast<int64_t>(*number));
  if (args.Has(0, "default")) return args.Get(0, "default");
  return to_int ? Value(int64_t{0}) : Value(0.0);
}

Result<Value> Round(const Value& subject, const Args& args) {
  INGOT_TRY(args.Check("round", {"precision", "method"}));
  if (!subject.IsNumber()) return Refuse("round", subject);
  const Value precision = args.Get(0, "precision");
  const Value method = args.Get(1, "method");
  const std::string how = method.IsString() ? method.text().bytes() : "common";
  const int64_t digits =
      precision.IsInt() ? std::clamp<int64_t>(precision.integer(), -300, 300) : 0;
  const double scale = std::pow(10.0, static_cast<double>(digits));
  const double scaled = subject.number() * scale;
  const double rounded = how == "ceil"    ? std::ceil(scaled)
                         : how == "floor" ? std::floor(scaled)
                                          : std::nearbyint(scaled);
  return Value(rounded / scale);
}

Result<Value> Abs(const Value& subject, Budget& budget) {
  if (!subject.IsNumber()) return Refuse("abs", subject);
  if (subject.IsFloat()) return Value(std::abs(subject.number()));
  if (subject.integer() >= 0) return Value(subject.integer());
  return ApplyBinary("-", Value(int64_t{0}), subject, budget);
}

constexpr std::string_view kFilters[] = {
    "abs",     "capitalize", "count", "d",      "default", "dictsort",   "first",
    "float",   "indent",     "int",   "items",  "join",    "last",       "length",
    "list",    "lower",      "map",   "max",    "min",     "reject",     "rejectattr",
    "replace", "reverse",    "round", "safe",   "select",  "selectattr", "sort",
    "string",  "sum",        "title", "tojson", "trim",    "unique",     "upper"};

}  // namespace

bool HasFilter(std::string_view name) {
  return std::find(std::begin(kFilters), std::end(kFilters), name) != std::end(kFilters);
}

std::vector<std::string> FilterNames() { return {std::begin(kFilters), std::end(kFilters)}; }

Result<Value> ApplyFilter(std::string_view name, const Value& subject, const Args& args,
                          Budget& budget) {
  if (name == "default" || name == "d") {
    INGOT_TRY(args.Check(name, {"default_value", "boolean"}));
    const bool replaces =
        subject.IsUndefined() || (args.Get(1, "boolean").Truth() && !subject.Truth());
    if (!replaces) return subject;
    return args.Has(0, "default_value") ? args.Get(0, "default_value") : Value(Text());
  }
  if (name == "length" || name == "count") return Length(subject, args, budget);
  if (name == "tojson") return ToJson(subject, args, budget);
  if (name == "join") return Join(subject, args, budget);
  if (name == "sort") return Sort(subject, args, budget);
  if (name == "dictsort") return DictSort(subject, args, budget);
  if (name == "unique") return Unique(subject, args, budget);
  if (name == "min" || name == "max") return Extreme(name, subject, args, budget);
  if (name == "sum") return Sum(subject, args, budget);
  if (name == "int" || name == "float") return ToNumber(name, subject, args);
  if (name == "round") return Round(subject, args);
  for (std::string_view text_filter :
       {"trim", "replace", "indent", "upper", "lower", "title", "capitalize", "string", "safe"}) {
    if (name == text_filter) return TextFilter(name, subject, args, budget);
  }
  INGOT_TRY(args.Check(name, {}));
  if (name == "abs") return Abs(subject, budget);
  if (name == "items") return DictItems(subject, budget);
  if (name == "first" || name == "last") return FirstOrLast(name, subject, budget);
  if (name == "reverse") return Reverse(subject, budget);
  if (name == "list") {
    INGOT_ASSIGN(std::vector<Value> items, Items(subject, budget));
    return Value::MakeList(std::move(items), budget);
  }
  return Status(Code::kInvalidArgument, StrCat("filter (", name, ") cannot be called by name"));
}

}  // namespace ingot::model::jinja
