#include "ingot/model/expression.h"

#include <cctype>
#include <cmath>

#include "ingot/base/text.h"

namespace ingot::model {

// One node of the tree: a literal, a name, has(weight), or an operator or function over children.
struct Expression::Node {
  enum class Kind { kLiteral, kName, kHas, kOperator } kind = Kind::kLiteral;
  SpecValue literal = int64_t{0};
  std::string text;  // name, weight, or operator: "+", "?:", "[]", "min"
  std::vector<std::shared_ptr<const Node>> children;
};

namespace {

using Node = Expression::Node;
using NodePtr = std::shared_ptr<const Node>;
constexpr int kMaxDepth = 100;

Status Fail(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

std::string_view TypeName(const SpecValue& value) {
  constexpr std::string_view kNames[] = {"integer", "number", "string", "list", "list"};
  return kNames[value.index()];
}

Result<double> ToDouble(const SpecValue& value) {
  if (const auto* whole = std::get_if<int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  return Fail(StrCat("a ", TypeName(value), " stands where a number is needed"));
}

Result<int64_t> ToInt(const SpecValue& value) {
  if (const auto* whole = std::get_if<int64_t>(&value)) return *whole;
  return Fail(StrCat("(", PrintSpecValue(value), ") is no integer"));
}

Result<SpecValue> IntegerArithmetic(const std::string& op, int64_t a, int64_t b) {
  int64_t out = 0;
  bool overflow = false;
  if (op == "+") overflow = __builtin_add_overflow(a, b, &out);
  if (op == "-") overflow = __builtin_sub_overflow(a, b, &out);
  if (op == "*") overflow = __builtin_mul_overflow(a, b, &out);
  if (op == "/" || op == "//" || op == "%" || op == "ceil_div" || op == "round_up") {
    if (b == 0) return Fail(StrCat("division of (", a, ") by zero"));
    if (a == INT64_MIN && b == -1) return Fail("integer overflow");
    int64_t quotient = a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
    if (op == "/" && a % b != 0) return Fail(StrCat("(", a, ") is not a multiple of (", b, ")"));
    int64_t remainder = a - quotient * b;
    if (op == "/" || op == "//") out = quotient;
    if (op == "%") out = remainder;
    if (op == "ceil_div" || op == "round_up") {
      out = quotient + (remainder != 0 ? 1 : 0);
      if (op == "round_up") overflow = __builtin_mul_overflow(out, b, &out);
    }
  }
  if (op == "min") out = std::min(a, b);
  if (op == "max") out = std::max(a, b);
  if (op == "pow") {
    if (b < 0) return SpecValue(std::pow(static_cast<double>(a), static_cast<double>(b)));
    if (a >= -1 && a <= 1) b = a == -1 ? b % 2 : std::min<int64_t>(b, 1);
    out = 1;
    for (int64_t i = 0; i < b && !overflow; ++i) overflow = __builtin_mul_overflow(out, a, &out);
  }
  if (overflow) return Fail(StrCat("integer overflow in (", a, ") ", op, " (", b, ")"));
  return SpecValue(out);
}

Result<SpecValue> DoubleArithmetic(const std::string& op, double a, double b) {
  if (op == "+") return SpecValue(a + b);
  if (op == "-") return SpecValue(a - b);
  if (op == "*") return SpecValue(a * b);
  if (op == "/") {
    if (b == 0) return Fail(StrCat("division of (", a, ") by zero"));
    return SpecValue(a / b);
  }
  if (op == "min") return SpecValue(std::min(a, b));
  if (op == "max") return SpecValue(std::max(a, b));
  if (op == "pow") return SpecValue(std::pow(a, b));
  return Fail(StrCat("(", op, ") needs integers"));
}

bool IsComparison(const std::string& op) {
  return op == "==" || op == "!=" || op == "<" || op == "<=" || op == ">" || op == ">=";
}

template <typename T>
bool Compare(const std::string& op, const T& a, const T& b) {
  if (op == "==") return a == b;
  if (op == "!=") return a != b;
  if (op == "<") return a < b;
  if (op == "<=") return a <= b;
  if (op == ">") return a > b;
  return a >= b;
}

Result<SpecValue> Binary(const std::string& op, const SpecValue& a, const SpecValue& b) {
  const auto* string_a = std::get_if<std::string>(&a);
  const auto* string_b = std::get_if<std::string>(&b);
  if (string_a != nullptr && string_b != nullptr && (op == "==" || op == "!=")) {
    return SpecValue(int64_t{Compare(op, *string_a, *string_b)});
  }
  const auto* int_a = std::get_if<int64_t>(&a);
  const auto* int_b = std::get_if<int64_t>(&b);
  if (int_a != nullptr && int_b != nullptr) {
    if (IsComparison(op)) return SpecValue(int64_t{Compare(op, *int_a, *int_b)});
    return IntegerArithmetic(op, *int_a, *int_b);
  }
  INGOT_ASSIGN(double double_a, ToDouble(a));
  INGOT_ASSIGN(double double_b, ToDouble(b));
  if (IsComparison(op)) return SpecValue(int64_t{Compare(op, double_a, double_b)});
  return DoubleArithmetic(op, double_a, double_b);
}

Result<SpecValue> Unary(const std::string& op, const SpecValue& value) {
  if (op == "!") {
    INGOT_ASSIGN(int64_t whole, ToInt(value));
    return SpecValue(int64_t{whole == 0});
  }
  const auto* whole = std::get_if<int64_t>(&value);
  if (op == "neg" || op == "abs") {
    if (whole != nullptr) {
      if (*whole == INT64_MIN) return Fail("integer overflow");
      return SpecValue(op == "neg" ? -*whole : std::abs(*whole));
    }
    INGOT_ASSIGN(double number, ToDouble(value));
    return SpecValue(op == "neg" ? -number : std::abs(number));
  }
  INGOT_ASSIGN(double number, ToDouble(value));
  if (op == "sqrt") {
    if (number < 0) return Fail(StrCat("square root of (", number, ")"));
    return SpecValue(std::sqrt(number));
  }
  if (number <= 0) return Fail(StrCat("logarithm of (", number, ")"));
  return SpecValue(std::log(number));
}

Result<SpecValue> Index(const SpecValue& list, int64_t index) {
  auto at = [index](const auto& values) -> Result<SpecValue> {
    if (index < 0 || static_cast<size_t>(index) >= values.size()) {
      return Fail(StrCat("index (", index, ") is outside of a list of (", values.size(), ")"));
    }
    return SpecValue(values[static_cast<size_t>(index)]);
  };
  if (const auto* ints = std::get_if<std::vector<int64_t>>(&list)) return at(*ints);
  if (const auto* doubles = std::get_if<std::vector<double>>(&list)) return at(*doubles);
  return Fail(StrCat("a ", TypeName(list), " has no elements"));
}

Result<SpecValue> EvaluateNode(const Node& node, const Scope& scope) {
  switch (node.kind) {
    case Node::Kind::kLiteral:
      return node.literal;
    case Node::Kind::kName: {
      const SpecValue* value = scope.Find(node.text);
      if (value == nullptr) return Fail(StrCat("unknown name (", node.text, ")"));
      return *value;
    }
    case Node::Kind::kHas: {
      INGOT_ASSIGN(std::string weight, ReplaceBraces(node.text, scope));
      const Scope* holder = &scope;
      while (!holder->has && holder->outer != nullptr) holder = holder->outer;
      if (!holder->has) return Fail("has() cannot be used here");
      INGOT_ASSIGN(bool found, holder->has(weight));
      return SpecValue(int64_t{found});
    }
    case Node::Kind::kOperator:
      break;
  }
  INGOT_ASSIGN(SpecValue first, EvaluateNode(*node.children[0], scope));
  if (node.children.size() == 1) return Unary(node.text, first);
  if (node.text == "&&" || node.text == "||" || node.text == "?:") {
    INGOT_ASSIGN(int64_t condition, ToInt(first));
    if (node.text == "?:") return EvaluateNode(*node.children[condition != 0 ? 1 : 2], scope);
    if ((condition != 0) == (node.text == "||")) return SpecValue(int64_t{condition != 0});
    INGOT_ASSIGN(SpecValue second, EvaluateNode(*node.children[1], scope));
    INGOT_ASSIGN(int64_t right, ToInt(second));
    return SpecValue(int64_t{right != 0});
  }
  INGOT_ASSIGN(SpecValue second, EvaluateNode(*node.children[1], scope));
  if (node.text == "[]") {
    INGOT_ASSIGN(int64_t index, ToInt(second));
    return Index(first, index);
  }
  return Binary(node.text, first, second);
}

}  // namespace

// Recursive descent; binary operators by precedence.
class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view text) : text_(text) {}

  Result<Expression> Parse() {
    INGOT_ASSIGN(NodePtr node, Ternary(0));
    Skip();
    if (at_ < text_.size()) return Error(StrCat("unexpected (", text_.substr(at_, 1), ")"));
    out_.text_ = text_;
    out_.node_ = std::move(node);
    return std::move(out_);
  }

 private:
  Status Error(std::string_view what) const {
    return Fail(StrCat("expression (", text_, "), column ", at_ + 1, ": ", what));
  }
  void Skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool Take(std::string_view token) {
    Skip();
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }
  static NodePtr Operator(std::string name, std::vector<NodePtr> children) {
    return std::make_shared<Node>(
        Node{Node::Kind::kOperator, int64_t{0}, std::move(name), std::move(children)});
  }

  Result<NodePtr> Ternary(int depth) {
    if (depth > kMaxDepth) return Error(StrCat("nesting is deeper than (", kMaxDepth, ")"));
    INGOT_ASSIGN(NodePtr condition, BinaryLevel(0, depth + 1));
    if (!Take("?")) return condition;
    INGOT_ASSIGN(NodePtr yes, Ternary(depth + 1));
    if (!Take(":")) return Error("expected (:)");
    INGOT_ASSIGN(NodePtr no, Ternary(depth + 1));
    return Operator("?:", {condition, yes, no});
  }

  Result<NodePtr> BinaryLevel(size_t level, int depth) {
    // Longer operators first, so that `<=` is not read as `<`.
    static const std::vector<std::vector<std::string>> kLevels = {
        {"||"}, {"&&"}, {"==", "!=", "<=", ">=", "<", ">"}, {"+", "-"}, {"*", "//", "/", "%"}};
    if (level == kLevels.size()) return UnaryLevel(depth);
    INGOT_ASSIGN(NodePtr left, BinaryLevel(level + 1, depth));
    while (true) {
      const std::string* found = nullptr;
      for (const std::string& op : kLevels[level]) {
        if (Take(op)) {
          found = &op;
          break;
        }
      }
      if (found == nullptr) return left;
      INGOT_ASSIGN(NodePtr right, BinaryLevel(level + 1, depth));
      left = Operator(*found, {left, right});
    }
  }

  Result<NodePtr> UnaryLevel(int depth) {
    if (depth > kMaxDepth) return Error(StrCat("nesting is deeper than (", kMaxDepth, ")"));
    Skip();
    bool negated = at_ < text_.size() && text_[at_] == '-';
    if (negated || (at_ < text_.size() && text_[at_] == '!' && text_.substr(at_, 2) != "!=")) {
      ++at_;
      INGOT_ASSIGN(NodePtr operand, UnaryLevel(depth + 1));
      return Operator(negated ? "neg" : "!", {operand});
    }
    INGOT_ASSIGN(NodePtr value, Primary(depth));
    while (Take("[")) {
      INGOT_ASSIGN(NodePtr index, Ternary(depth + 1));
      if (!Take("]")) return Error("expected (])");
      value = Operator("[]", {value, index});
    }
    return value;
  }

  Result<NodePtr> Primary(int depth) {
    Skip();
    if (Take("(")) {
      INGOT_ASSIGN(NodePtr inner, Ternary(depth + 1));
      if (!Take(")")) return Error("expected ())");
      return inner;
    }
    if (at_ >= text_.size()) return Error("ends too early");
    char c = text_[at_];
    if (c == '\'') return String();
    if (std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.') return Number();
    if (std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_') return Name(depth);
    return Error(StrCat("unexpected (", std::string(1, c), ")"));
  }

  static NodePtr Literal(SpecValue value) {
    return std::make_shared<Node>(Node{Node::Kind::kLiteral, std::move(value), "", {}});
  }

  Result<NodePtr> String() {
    size_t end = text_.find('\'', at_ + 1);
    if (end == std::string_view::npos) return Error("string does not end");
    std::string value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return Literal(std::move(value));
  }

  Result<NodePtr> Number() {
    size_t end = at_;
    while (end < text_.size()) {
      char c = text_[end];
      bool exponent_sign =
          (c == '-' || c == '+') && (text_[end - 1] == 'e' || text_[end - 1] == 'E');
      if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && !exponent_sign) break;
      ++end;
    }
    std::string_view digits = text_.substr(at_, end - at_);
    if (auto whole = ParseInt(digits)) {
      at_ = end;
      return Literal(*whole);
    }
    auto number = ParseDouble(digits);
    if (!number || !std::isfinite(*number)) return Error(StrCat("(", digits, ") is no number"));
    at_ = end;
    return Literal(*number);
  }

  Result<NodePtr> Name(int depth) {
    size_t end = at_;
    while (end < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[end])) != 0 || text_[end] == '_'))
      ++end;
    std::string name(text_.substr(at_, end - at_));
    at_ = end;
    if (!Take("(")) {
      out_.names_.insert(name);
      return NodePtr(new Node{Node::Kind::kName, int64_t{0}, std::move(name), {}});
    }
    if (name == "has") return Has();
    static const std::map<std::string, size_t> kFunctions = {
        {"min", 2}, {"max", 2}, {"abs", 1},      {"sqrt", 1},
        {"log", 1}, {"pow", 2}, {"ceil_div", 2}, {"round_up", 2}};
    auto function = kFunctions.find(name);
    if (function == kFunctions.end()) return Error(StrCat("unknown function (", name, ")"));
    std::vector<NodePtr> arguments;
    do {
      INGOT_ASSIGN(NodePtr argument, Ternary(depth + 1));
      arguments.push_back(std::move(argument));
    } while (Take(","));
    if (!Take(")")) return Error("expected ())");
    if (arguments.size() != function->second) {
      return Error(StrCat("function (", name, ") takes (", function->second, ") arguments, not (",
                          arguments.size(), ")"));
    }
    return Operator(std::move(name), std::move(arguments));
  }

  Result<NodePtr> Has() {
    size_t end = text_.find(')', at_);
    if (end == std::string_view::npos) return Error("expected ())");
    std::string weight(Trim(text_.substr(at_, end - at_)));
    if (weight.empty()) return Error("has() needs the name of a weight");
    at_ = end + 1;
    out_.weights_.insert(weight);
    for (size_t open = weight.find('{'); open != std::string::npos;
         open = weight.find('{', open + 1)) {
      size_t close = weight.find('}', open);
      if (close == std::string::npos) return Error("brace does not close");
      out_.names_.insert(weight.substr(open + 1, close - open - 1));
    }
    return NodePtr(new Node{Node::Kind::kHas, int64_t{0}, std::move(weight), {}});
  }

  std::string_view text_;
  size_t at_ = 0;
  Expression out_;
};

const SpecValue* Scope::Find(std::string_view name) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->outer) {
    auto found = scope->values.find(name);
    if (found != scope->values.end()) return &found->second;
  }
  return nullptr;
}

std::string PrintSpecValue(const SpecValue& value) {
  return std::visit(
      [](const auto& held) -> std::string {
        using T = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<T, std::vector<int64_t>> ||
                      std::is_same_v<T, std::vector<double>>) {
          return StrCat("[", Join(held, ", "), "]");
        } else {
          return StrCat(held);
        }
      },
      value);
}

Result<Expression> Expression::Parse(std::string_view text) {
  return ExpressionParser(text).Parse();
}

Result<SpecValue> Expression::Evaluate(const Scope& scope) const {
  return EvaluateNode(*node_, scope).At(StrCat("expression (", text_, ")"));
}

Result<int64_t> Expression::Int(const Scope& scope) const {
  INGOT_ASSIGN(SpecValue value, Evaluate(scope));
  return ToInt(value).At(StrCat("expression (", text_, ")"));
}

Result<double> Expression::Double(const Scope& scope) const {
  INGOT_ASSIGN(SpecValue value, Evaluate(scope));
  return ToDouble(value).At(StrCat("expression (", text_, ")"));
}

Result<bool> Expression::Bool(const Scope& scope) const {
  INGOT_ASSIGN(int64_t value, Int(scope));
  return value != 0;
}

Result<std::string> ReplaceBraces(std::string_view text, const Scope& scope) {
  std::string out;
  while (true) {
    size_t open = text.find('{');
    out += text.substr(0, open);
    if (open == std::string_view::npos) return out;
    size_t close = text.find('}', open);
    if (close == std::string_view::npos)
      return Fail(StrCat("brace does not close in (", text, ")"));
    std::string_view name = text.substr(open + 1, close - open - 1);
    const SpecValue* value = scope.Find(name);
    if (value == nullptr) return Fail(StrCat("unknown name (", name, ") in braces"));
    out += PrintSpecValue(*value);
    text.remove_prefix(close + 1);
  }
}

}  // namespace ingot::model
