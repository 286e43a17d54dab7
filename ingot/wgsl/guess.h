// What kind of numbers an expression computes with, as far as declarations show it. No type
// checker: where it is not plain, the answer is kUnknown, and who asks must do without.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingot/wgsl/eval.h"
#include "ingot/wgsl/tree.h"

namespace ingot::wgsl {

enum class Kind : uint8_t { kUnknown, kBool, kInteger, kFloat, kAbstract };  // kAbstract: `1`

// `type` is null where only the kind is known.
struct Guess {
  const Expr* type = nullptr;
  Kind kind = Kind::kUnknown;
};

// The names in scope in a function. Not thread-safe; the module must outlive it.
class Guesser {
 public:
  explicit Guesser(const Names& names) : names_(names) {}
  Guess Of(const Expr& expr) const;
  void Declare(const Variable& variable);
  void Declare(std::string_view name, const Expr& type);
  size_t Mark() const { return locals_.size(); }
  void Return(size_t mark) { locals_.resize(mark); }  // leaves the scopes entered since
  bool IsLocal(std::string_view name) const { return Find(name) != nullptr; }

 private:
  struct Local {
    std::string_view name;
    Guess guess;
  };
  const Guess* Find(std::string_view name) const;
  Guess OfVariable(const Variable& variable) const;
  Guess OfType(const Expr& type, int depth = 0) const;
  Guess OfName(const Expr& expr) const;
  Guess OfCall(const Expr& expr) const;
  Guess OfMember(const Expr& expr) const;

  const Names& names_;
  std::vector<Local> locals_;
};

}  // namespace ingot::wgsl
