// Value: what a template expression yields, with Python's rules for truth, equality, order and
// text. Values are immutable and shared, but for namespaces and the loop counter; a namespace
// belongs to the interpreter, so that values never form cycles.
// Budget: what one rendering may spend; every loop over data draws on it, so that no template runs
// or grows without end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "ingot/base/json.h"
#include "ingot/base/status.h"
#include "ingot/model/jinja/text.h"

namespace ingot::model::jinja {

struct Limits {
  uint64_t steps = 5'000'000;   // nodes evaluated, elements visited, 64 bytes of text built
  size_t depth = 300;           // nesting of a template, of calls while it runs
  size_t elements = 1'000'000;  // of a list
  size_t value_depth = 100;     // nesting of lists and objects
  size_t text_bytes = size_t{32} << 20;  // the output, and each text on the way
};

class Budget {
 public:
  explicit Budget(const Limits& limits) : limits_(limits), steps_left_(limits.steps) {}
  const Limits& limits() const { return limits_; }
  Status Spend(uint64_t steps);
  // For a text of that size.
  Status SpendText(uint64_t bytes);
  // Fails if a list may not have that many elements; spends nothing.
  Status CheckElements(uint64_t count) const;

 private:
  Limits limits_;
  uint64_t steps_left_;
};

class Value;
struct Dict;
struct Namespace;
struct Loop;
struct Function;

struct Undefined {
  std::string what;  // what was missing, for the message
};
struct None {};

struct List {
  std::vector<Value> items;
  bool is_tuple = false;  // prints with parentheses
  size_t depth = 1;
};

class Value {
 public:
  Value() : data_(Undefined{}) {}
  Value(Undefined value) : data_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Value(None value) : data_(value) {}                  // NOLINT(google-explicit-constructor)
  Value(bool value) : data_(value) {}                  // NOLINT(google-explicit-constructor)
  Value(int64_t value) : data_(value) {}               // NOLINT(google-explicit-constructor)
  Value(double value) : data_(value) {}                // NOLINT(google-explicit-constructor)
  Value(Text value);                                   // NOLINT(google-explicit-constructor)
  Value(Namespace* value) : data_(value) {}            // NOLINT(google-explicit-constructor)
  Value(std::shared_ptr<const List> value) : data_(std::move(value)) {}      // NOLINT
  Value(std::shared_ptr<const Dict> value) : data_(std::move(value)) {}      // NOLINT
  Value(std::shared_ptr<const Loop> value) : data_(std::move(value)) {}      // NOLINT
  Value(std::shared_ptr<const Function> value) : data_(std::move(value)) {}  // NOLINT
  Value(const void*) = delete;  // else a pointer would become a bool
  // Fails if the elements are nested deeper than the budget allows.
  static Result<Value> MakeList(std::vector<Value> items, const Budget& budget,
                                bool is_tuple = false);

  bool IsUndefined() const { return Is<Undefined>(); }
  bool IsNone() const { return Is<None>(); }
  bool IsBool() const { return Is<bool>(); }
  bool IsInt() const { return Is<int64_t>(); }
  bool IsFloat() const { return Is<double>(); }
  bool IsNumber() const { return IsBool() || IsInt() || IsFloat(); }  // as Python has it
  bool IsString() const { return Is<std::shared_ptr<const Text>>(); }
  bool IsList() const { return Is<std::shared_ptr<const List>>(); }
  bool IsDict() const { return Is<std::shared_ptr<const Dict>>(); }
  // "undefined", "string" and so on, for messages.
  std::string_view KindName() const;
  size_t Depth() const;
  bool Truth() const;

  // REQUIRES: the kind fits.
  const std::string& undefined_what() const { return std::get<Undefined>(data_).what; }
  int64_t integer() const;  // a bool or an integer
  double number() const;    // any number
  const Text& text() const { return *std::get<std::shared_ptr<const Text>>(data_); }
  const List& list() const { return *std::get<std::shared_ptr<const List>>(data_); }
  const Dict& dict() const { return *std::get<std::shared_ptr<const Dict>>(data_); }

  // nullptr where the value is something else.
  Namespace* AsNamespace() const;
  const Loop* AsLoop() const;
  const Function* AsFunction() const;

 private:
  template <typename T>
  bool Is() const {
    return std::holds_alternative<T>(data_);
  }
  std::variant<Undefined, None, bool, int64_t, double, std::shared_ptr<const Text>,
               std::shared_ptr<const List>, std::shared_ptr<const Dict>, Namespace*,
               std::shared_ptr<const Loop>, std::shared_ptr<const Function>>
      data_;
};

// An ordered mapping.
struct Dict {
  std::vector<std::pair<Value, Value>> members;
  size_t depth = 1;

  const Value* Find(std::string_view key) const;  // of a string key
};
// Later members replace earlier ones of an equal key. Fails on a key that is no string, number,
// bool or none, and on too deep a nesting.
Result<Value> MakeDict(std::vector<std::pair<Value, Value>> members, Budget& budget);

struct Namespace {
  std::vector<std::pair<std::string, Value>> members;
  void Set(std::string_view name, Value value);
  const Value* Find(std::string_view name) const;
};

// The object called `loop`.
struct Loop {
  Value items;  // a list
  size_t index = 0;
};

// A caller's JSON; all its text, keys too, is marked as content.
Result<Value> FromJson(const Json& json, const Budget& budget);

// Python's ==. Of two lists or objects, element by element.
Result<bool> Equal(const Value& a, const Value& b, Budget& budget);
// Python's < for two numbers or two strings; other pairs fail.
Result<bool> Less(const Value& a, const Value& b);
// The elements of a list, the keys of an object, the characters of a string; none of undefined.
Result<std::vector<Value>> Items(const Value& value, Budget& budget);
// Python's str().
Result<Text> ToText(const Value& value, Budget& budget);

struct JsonStyle {
  int indent = -1;  // < 0: one line
  bool ascii = false;
  bool sort_keys = false;
  std::string item_separator = ", ";
  std::string key_separator = ": ";
};
// Python's json.dumps().
Result<Text> ToJsonText(const Value& value, const JsonStyle& style, Budget& budget);
// Python's repr() of a float.
std::string FloatText(double value);

}  // namespace ingot::model::jinja
