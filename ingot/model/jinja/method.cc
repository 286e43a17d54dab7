// Methods of strings, lists and mappings, as Python has them; those that change their object are
// left out, as in Jinja2's immutable sandbox.
#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "ingot/base/text.h"
#include "ingot/model/jinja/function.h"
#include "ingot/model/jinja/text_ops.h"

namespace ingot::model::jinja {
namespace {

constexpr std::array<std::string_view, 26> kStringMethods = {
    "capitalize",   "count",        "endswith", "find",    "index",  "isalnum", "isalpha",
    "isdigit",      "islower",      "isspace",  "isupper", "join",   "lower",   "lstrip",
    "removeprefix", "removesuffix", "replace",  "rfind",   "rsplit", "rstrip",  "split",
    "splitlines",   "startswith",   "strip",    "title",   "upper"};
constexpr std::array<std::string_view, 4> kDictMethods = {"get", "items", "keys", "values"};
constexpr std::array<std::string_view, 2> kListMethods = {"count", "index"};

template <size_t N>
bool Has(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<const Text*> StringArg(const Value& arg, std::string_view method) {
  if (arg.IsString()) return &arg.text();
  return Status(Code::kInvalidArgument,
                StrCat(method, ": the argument is ", arg.KindName(), ", not a string"));
}

Result<int64_t> IntArg(const Value& arg, int64_t otherwise, std::string_view method) {
  if (arg.IsUndefined() || arg.IsNone()) return otherwise;
  if (arg.IsInt() || arg.IsBool()) return arg.integer();
  return Status(Code::kInvalidArgument,
                StrCat(method, ": the argument is ", arg.KindName(), ", not an integer"));
}

Result<Value> Strip(const Text& self, std::string_view name, const Args& args) {
  INGOT_TRY(args.Check(name, {"chars"}));
  const Value chars = args.Get(0, "chars");
  const std::string* set = nullptr;
  if (!chars.IsUndefined() && !chars.IsNone()) {
    INGOT_ASSIGN(const Text* text, StringArg(chars, name));
    set = &text->bytes();
  }
  const ByteRange kept = StripRange(self.bytes(), set, name != "rstrip", name != "lstrip");
  return Value(self.Slice(kept.begin, kept.end));
}

// startswith, endswith: one string or a tuple of them.
Result<Value> StartsOrEnds(const Text& self, std::string_view name, const Args& args,
                           Budget& budget) {
  INGOT_TRY(args.Check(name, {"affix"}));
  const Value affix = args.Get(0, "affix");
  std::vector<Value> choices = {affix};
  if (affix.IsList()) {
    INGOT_ASSIGN(choices, Items(affix, budget));
  }
  for (const Value& choice : choices) {
    INGOT_ASSIGN(const Text* text, StringArg(choice, name));
    const bool holds = name == "startswith" ? self.bytes().starts_with(text->bytes())
                                            : self.bytes().ends_with(text->bytes());
    if (holds) return Value(true);
  }
  return Value(false);
}

Result<Value> RemoveAffix(const Text& self, std::string_view name, const Args& args) {
  INGOT_TRY(args.Check(name, {"affix"}));
  const Value affix = args.Get(0, "affix");
  INGOT_ASSIGN(const Text* text, StringArg(affix, name));
  if (name == "removeprefix" && self.bytes().starts_with(text->bytes())) {
    return Value(self.Slice(text->size(), self.size()));
  }
  if (name == "removesuffix" && self.bytes().ends_with(text->bytes())) {
    return Value(self.Slice(0, self.size() - text->size()));
  }
  return Value(self);
}

// find, rfind, index, count: in characters.
Result<Value> Search(const Text& self, std::string_view name, const Args& args, Budget& budget) {
  INGOT_TRY(args.Check(name, {"sub"}));
  const Value sub = args.Get(0, "sub");
  INGOT_ASSIGN(const Text* text, StringArg(sub, name));
  INGOT_TRY(budget.SpendText(self.size()));
  if (name == "count") {
    if (text->size() == 0) return Value(static_cast<int64_t>(CharCount(self.bytes()) + 1));
    int64_t count = 0;
    for (size_t at = self.bytes().find(text->bytes()); at != std::string::npos;
         at = self.bytes().find(text->bytes(), at + text->size())) {
      ++count;
    }
    return Value(count);
  }
  const size_t at =
      name == "rfind" ? self.bytes().rfind(text->bytes()) : self.bytes().find(text->bytes());
  if (at != std::string::npos) {
    return Value(static_cast<int64_t>(CharCount(std::string_view(self.bytes()).substr(0, at))));
  }
  if (name != "index") return Value(int64_t{-1});
  return Status(Code::kInvalidArgument, "index: the string does not occur");
}

Result<Value> SplitMethod(const Text& self, std::string_view name, const Args& args,
                          Budget& budget) {
  INGOT_TRY(args.Check(name, {"sep", "maxsplit"}));
  INGOT_ASSIGN(int64_t limit, IntArg(args.Get(1, "maxsplit"), -1, name));
  const Value separator = args.Get(0, "sep");
  std::vector<Text> pieces;
  if (separator.IsUndefined() || separator.IsNone()) {
    pieces = SplitAtSpace(self, limit, /*from_right=*/name == "rsplit");
  } else {
    INGOT_ASSIGN(const Text* text, StringArg(separator, name));
    if (text->size() == 0) return Status(Code::kInvalidArgument, "split: the separator is empty");
    pieces = SplitAt(self, text->bytes(), limit, /*from_right=*/name == "rsplit");
  }
  INGOT_TRY(budget.Spend(pieces.size() + self.size() / 64));
  std::vector<Value> items;
  for (Text& piece : pieces) items.emplace_back(std::move(piece));
  return Value::MakeList(std::move(items), budget);
}

// isalpha and its like know ASCII only.
bool IsOf(const std::string& bytes, std::string_view name) {
  const auto all = [&bytes](auto holds) {
    return !bytes.empty() && std::all_of(bytes.begin(), bytes.end(), [&holds](char c) {
      return holds(static_cast<unsigned char>(c)) != 0;
    });
  };
  if (name == "isdigit") return all([](int c) { return c >= '0' && c <= '9'; });
  if (name == "isalpha") return all([](int c) { return c < 0x80 && std::isalpha(c); });
  if (name == "isalnum") return all([](int c) { return c < 0x80 && std::isalnum(c); });
  if (name == "islower")
    return bytes == ToCase(bytes, Case::kLower) && bytes != ToCase(bytes, Case::kUpper);
  if (name == "isupper")
    return bytes == ToCase(bytes, Case::kUpper) && bytes != ToCase(bytes, Case::kLower);
  const ByteRange kept = StripRange(bytes, nullptr, true, false);
  return !bytes.empty() && kept.begin == kept.end;
}

Result<Value> CallString(const Value& value, std::string_view name, const Args& args,
                         Budget& budget) {
  const Text& self = value.text();
  INGOT_TRY(budget.Spend(self.size() / 64));
  if (name == "strip" || name == "lstrip" || name == "rstrip") return Strip(self, name, args);
  if (name == "startswith" || name == "endswith") return StartsOrEnds(self, name, args, budget);
  if (name == "removeprefix" || name == "removesuffix") return RemoveAffix(self, name, args);
  if (name == "split" || name == "rsplit") return SplitMethod(self, name, args, budget);
  if (name == "find" || name == "rfind" || name == "index" || name == "count") {
    return Search(self, name, args, budget);
  }
  if (name == "replace") {
    INGOT_TRY(args.Check(name, {"old", "new", "count"}));
    const Value old_text = args.Get(0, "old");
    const Value new_text = args.Get(1, "new");
    INGOT_ASSIGN(const Text* from, StringArg(old_text, name));
    INGOT_ASSIGN(const Text* to, StringArg(new_text, name));
    INGOT_ASSIGN(int64_t limit, IntArg(args.Get(2, "count"), -1, name));
    INGOT_ASSIGN(Text replaced, Replace(self, from->bytes(), *to, limit, budget));
    return Value(std::move(replaced));
  }
  if (name == "join") {
    INGOT_TRY(args.Check(name, {"items"}));
    INGOT_ASSIGN(std::vector<Value> items, Items(args.Get(0, "items"), budget));
    for (const Value& item : items) INGOT_TRY(StringArg(item, name).status());
    INGOT_ASSIGN(Text joined, JoinTexts(items, self, budget));
    return Value(std::move(joined));
  }
  if (name == "splitlines") {
    INGOT_TRY(args.Check(name, {"keepends"}));
    std::vector<Value> lines;
    for (Text& line : SplitLines(self, args.Get(0, "keepends").Truth())) {
      lines.emplace_back(std::move(line));
    }
    return Value::MakeList(std::move(lines), budget);
  }
  INGOT_TRY(args.Check(name, {}));
  if (name == "upper") return Value(self.WithBytes(ToCase(self.bytes(), Case::kUpper)));
  if (name == "lower") return Value(self.WithBytes(ToCase(self.bytes(), Case::kLower)));
  if (name == "title") return Value(self.WithBytes(ToCase(self.bytes(), Case::kTitle)));
  if (name == "capitalize") return Value(self.WithBytes(ToCase(self.bytes(), Case::kSentence)));
  return Value(IsOf(self.bytes(), name));
}

Result<Value> CallDict(const Value& value, std::string_view name, const Args& args,
                       Budget& budget) {
  if (name == "get") {
    INGOT_TRY(args.Check(name, {"key", "default"}));
    const Value key = args.Get(0, "key");
    for (const auto& [member, found] : value.dict().members) {
      INGOT_ASSIGN(bool same, Equal(member, key, budget));
      if (same) return found;
    }
    return args.Has(1, "default") ? args.Get(1, "default") : Value(None{});
  }
  INGOT_TRY(args.Check(name, {}));
  INGOT_TRY(budget.Spend(value.dict().members.size()));
  std::vector<Value> out;
  for (const auto& [key, member] : value.dict().members) {
    if (name == "items") {
      INGOT_ASSIGN(Value pair, Value::MakeList({key, member}, budget, /*is_tuple=*/true));
      out.push_back(std::move(pair));
    } else {
      out.push_back(name == "keys" ? key : member);
    }
  }
  return Value::MakeList(std::move(out), budget);
}

Result<Value> CallList(const Value& value, std::string_view name, const Args& args,
                       Budget& budget) {
  INGOT_TRY(args.Check(name, {"value"}));
  const std::vector<Value>& items = value.list().items;
  int64_t count = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    INGOT_ASSIGN(bool same, Equal(items[i], args.Get(0, "value"), budget));
    if (same && name == "index") return Value(static_cast<int64_t>(i));
    count += same ? 1 : 0;
  }
  if (name == "count") return Value(count);
  return Status(Code::kInvalidArgument, "index: the value does not occur");
}

}  // namespace

bool HasMethod(const Value& self, std::string_view name) {
  if (self.IsString()) return Has(kStringMethods, name);
  if (self.IsDict()) return Has(kDictMethods, name);
  if (self.IsList()) return Has(kListMethods, name);
  return self.AsLoop() != nullptr && name == "cycle";
}

Result<Value> CallMethod(const Value& self, std::string_view name, const Args& args,
                         Budget& budget) {
  if (self.IsString()) return CallString(self, name, args, budget);
  if (self.IsDict()) return CallDict(self, name, args, budget);
  if (self.IsList()) return CallList(self, name, args, budget);
  if (args.positional.empty()) return Status(Code::kInvalidArgument, "cycle: no values are given");
  return args.positional[self.AsLoop()->index % args.positional.size()];
}

Value Args::Get(size_t index, std::string_view name) const {
  if (index < positional.size()) return positional[index];
  for (const auto& [key, value] : named) {
    if (key == name) return value;
  }
  return Value(Undefined{std::string(name)});
}

bool Args::Has(size_t index, std::string_view name) const {
  return index < positional.size() || std::any_of(named.begin(), named.end(), [name](auto& entry) {
           return entry.first == name;
         });
}

Status Args::Check(std::string_view callee, const std::vector<std::string_view>& names) const {
  if (positional.size() > names.size()) {
    return Status(Code::kInvalidArgument,
                  StrCat(callee, ": arguments (", positional.size(), ") are more than parameters (",
                         names.size(), ")"));
  }
  for (const auto& entry : named) {
    const auto name = std::find(names.begin(), names.end(), entry.first);
    if (name == names.end()) {
      return Status(Code::kInvalidArgument,
                    StrCat(callee, ": unknown argument (", entry.first, ")"));
    }
    if (static_cast<size_t>(name - names.begin()) < positional.size()) {
      return Status(Code::kInvalidArgument,
                    StrCat(callee, ": argument (", entry.first, ") is given twice"));
    }
  }
  return Status();
}

}  // namespace ingot::model::jinja
