// Expressions of the spec DSL: numbers, strings and names with checked arithmetic. Parsed once,
// evaluated while a Graph is built. docs/formats/spec.md has the grammar.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ingot/base/status.h"

namespace ingot::model {

// A comparison gives 0 or 1. Lists are per-layer values, read as `ff[i]`.
using SpecValue =
    std::variant<int64_t, double, std::string, std::vector<int64_t>, std::vector<double>>;
std::string PrintSpecValue(const SpecValue& value);

// What names mean. Looked up innermost first.
struct Scope {
  std::map<std::string, SpecValue, std::less<>> values;
  // Whether the file has a tensor for the weight of this name ("blk.{i}.attn_q.bias", braces
  // already replaced).
  std::function<Result<bool>(const std::string& weight)> has;
  const Scope* outer = nullptr;

  const SpecValue* Find(std::string_view name) const;
};

class Expression {
 public:
  // Fails with the column of what was not understood.
  static Result<Expression> Parse(std::string_view text);

  // Fails, naming what: an unknown name, an overflow, `/` of integers that does not divide, a type
  // that does not fit.
  Result<SpecValue> Evaluate(const Scope& scope) const;
  Result<int64_t> Int(const Scope& scope) const;
  Result<double> Double(const Scope& scope) const;  // an integer converts
  Result<bool> Bool(const Scope& scope) const;      // an integer, 0 is false

  const std::string& text() const { return text_; }
  // Names that it reads, and weights that it asks for with has().
  const std::set<std::string>& names() const { return names_; }
  const std::set<std::string>& weights() const { return weights_; }

  struct Node;

 private:
  friend class ExpressionParser;
  std::string text_;
  std::shared_ptr<const Node> node_;
  std::set<std::string> names_;
  std::set<std::string> weights_;
};

// Replaces every `{name}` of a text by the integer or string of that name.
Result<std::string> ReplaceBraces(std::string_view text, const Scope& scope);

}  // namespace ingot::model
