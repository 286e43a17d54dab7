#include "ingot/program/size.h"

#include <algorithm>

#include "ingot/base/text.h"

namespace ingot::program {

enum class Size::Op : uint8_t {
  kConstant,
  kTokens,
  kOutputs,
  kCapacity,
  kAdd,
  kSub,
  kMul,
  kCeil,
  kMin,
  kMax
};

struct Size::Node {
  Op op = Op::kConstant;
  uint64_t value = 0;  // of a constant
  Size a, b;           // of an operation; empty in leaves
  uint32_t operations = 0;
  uint32_t depth = 0;

  // Why a value does not exist, or nullptr.
  static const char* Apply(Op op, uint64_t a, uint64_t b, uint64_t* result);
  static Result<uint64_t> Evaluate(const Size& size, const Symbols& symbols);
  static void Print(const Size& size, int level, std::string* out);
  static bool Equal(const Size& a, const Size& b);
  static Size Leaf(Op op, uint64_t value) {
    return Size(std::make_shared<const Node>(Node{op, value, Size(nullptr), Size(nullptr), 0, 0}));
  }
  static bool IsLeaf(Op op) { return op <= Op::kCapacity; }
  // Whether `size` is an operand of the chain of `op` that `chain` is: max(max(a, b), c) has a, b
  // and c.
  static bool Holds(const Size& chain, Op op, const Size& size);
};

namespace {

// Binding strength of what stands around an operand, for brackets.
constexpr int kSum = 0;
constexpr int kProduct = 1;
constexpr int kAtom = 2;

}  // namespace

Size::Size(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
Size::Size(uint64_t constant) : Size(Node::Leaf(Op::kConstant, constant)) {}
Size Size::Tokens() { return Node::Leaf(Op::kTokens, 0); }
Size Size::Outputs() { return Node::Leaf(Op::kOutputs, 0); }
Size Size::Capacity() { return Node::Leaf(Op::kCapacity, 0); }

const char* Size::Node::Apply(Op op, uint64_t a, uint64_t b, uint64_t* result) {
  switch (op) {
    case Op::kAdd:
      return __builtin_add_overflow(a, b, result) ? "overflows" : nullptr;
    case Op::kSub:
      return __builtin_sub_overflow(a, b, result) ? "is negative" : nullptr;
    case Op::kMul:
      return __builtin_mul_overflow(a, b, result) ? "overflows" : nullptr;
    case Op::kCeil:
      if (b == 0) return "divides by zero";
      *result = a / b + (a % b != 0 ? 1 : 0);
      return nullptr;
    case Op::kMin:
      *result = std::min(a, b);
      return nullptr;
    case Op::kMax:
      *result = std::max(a, b);
      return nullptr;
    case Op::kConstant:
    case Op::kTokens:
    case Op::kOutputs:
    case Op::kCapacity:
      break;
  }
  INGOT_CHECK(false);
  return nullptr;
}

bool Size::Node::Holds(const Size& chain, Op op, const Size& size) {
  if (chain == size) return true;
  const Node& node = *chain.node_;
  return node.op == op && (node.b == size || Holds(node.a, op, size));
}

Size Size::Make(Op op, const Size& a, const Size& b) {
  const Node& left = *a.node_;
  const Node& right = *b.node_;
  bool left_constant = left.op == Op::kConstant;
  bool right_constant = right.op == Op::kConstant;
  uint64_t folded = 0;
  if (left_constant && right_constant &&
      Node::Apply(op, left.value, right.value, &folded) == nullptr) {
    return Size(folded);
  }
  bool sum = op == Op::kAdd || op == Op::kSub || op == Op::kMax;
  if (sum && right_constant && right.value == 0) return a;
  if ((op == Op::kAdd || op == Op::kMax) && left_constant && left.value == 0) return b;
  if ((op == Op::kMul || op == Op::kCeil) && right_constant && right.value == 1) return a;
  if (op == Op::kMul && left_constant && left.value == 1) return b;
  if ((op == Op::kMax || op == Op::kMin) && Node::Holds(a, op, b)) return a;

  uint32_t operations = left.operations + right.operations + 1;
  uint32_t depth = std::max(left.depth, right.depth) + 1;
  INGOT_CHECK(operations <= kMaxOperations && depth <= kMaxDepth);
  return Size(std::make_shared<const Node>(Node{op, 0, a, b, operations, depth}));
}

Size operator+(const Size& a, const Size& b) { return Size::Make(Size::Op::kAdd, a, b); }
Size operator-(const Size& a, const Size& b) { return Size::Make(Size::Op::kSub, a, b); }
Size operator*(const Size& a, const Size& b) { return Size::Make(Size::Op::kMul, a, b); }
Size Size::CeilDiv(const Size& a, const Size& b) { return Make(Op::kCeil, a, b); }
Size Size::Min(const Size& a, const Size& b) { return Make(Op::kMin, a, b); }
Size Size::Max(const Size& a, const Size& b) { return Make(Op::kMax, a, b); }

bool Size::IsConstant() const { return node_->op == Op::kConstant; }

Result<uint64_t> Size::Node::Evaluate(const Size& size, const Symbols& symbols) {
  const Node& node = *size.node_;
  if (node.op == Op::kConstant) return node.value;
  if (node.op == Op::kTokens) return symbols.tokens;
  if (node.op == Op::kOutputs) return symbols.outputs;
  if (node.op == Op::kCapacity) return symbols.capacity;
  INGOT_ASSIGN(uint64_t a, Evaluate(node.a, symbols));
  INGOT_ASSIGN(uint64_t b, Evaluate(node.b, symbols));
  uint64_t value = 0;
  const char* failure = Apply(node.op, a, b, &value);
  if (failure == nullptr) return value;
  std::string_view sign = node.op == Op::kAdd ? " + " : node.op == Op::kSub ? " - " : " * ";
  if (node.op == Op::kCeil) {
    return Status(Code::kInvalidArgument, StrCat("ceil(", a, ", ", b, ") ", failure));
  }
  return Status(Code::kInvalidArgument, StrCat(a, sign, b, " ", failure));
}

Result<uint64_t> Size::Evaluate(const Symbols& symbols) const {
  if (IsConstant()) return node_->value;
  Result<uint64_t> value = Node::Evaluate(*this, symbols);
  if (value.ok()) return value;
  return value.status().At(StrCat("size (", Print(), ")"));
}

void Size::Node::Print(const Size& size, int level, std::string* out) {
  const Node& node = *size.node_;
  auto infix = [&](int own, std::string_view sign) {
    if (own < level) *out += '(';
    Print(node.a, own, out);
    *out += sign;
    Print(node.b, own + 1, out);  // left-associative
    if (own < level) *out += ')';
  };
  auto call = [&](std::string_view name) {
    *out += name;
    *out += '(';
    Print(node.a, kSum, out);
    *out += ", ";
    Print(node.b, kSum, out);
    *out += ')';
  };
  switch (node.op) {
    case Op::kConstant:
      AppendText(*out, node.value);
      return;
    case Op::kTokens:
      *out += "tokens";
      return;
    case Op::kOutputs:
      *out += "outputs";
      return;
    case Op::kCapacity:
      *out += "capacity";
      return;
    case Op::kAdd:
      return infix(kSum, " + ");
    case Op::kSub:
      return infix(kSum, " - ");
    case Op::kMul:
      return infix(kProduct, " * ");
    case Op::kCeil:
      return call("ceil");
    case Op::kMin:
      return call("min");
    case Op::kMax:
      return call("max");
  }
}

std::string Size::Print() const {
  std::string out;
  Node::Print(*this, kSum, &out);
  return out;
}

bool Size::Node::Equal(const Size& a, const Size& b) {
  if (a.node_ == b.node_) return true;
  const Node& x = *a.node_;
  const Node& y = *b.node_;
  if (x.op != y.op || x.value != y.value || x.operations != y.operations) return false;
  return IsLeaf(x.op) || (Equal(x.a, y.a) && Equal(x.b, y.b));
}

bool operator==(const Size& a, const Size& b) { return Size::Node::Equal(a, b); }

// Reads the text form by recursive descent; every operation and bracket costs one of the limits.
class SizeParser {
 public:
  explicit SizeParser(std::string_view text) : text_(text) {}

  Result<Size> Whole() {
    INGOT_ASSIGN(Size size, Sum());
    if (Peek() != '\0' || at_ != text_.size()) return Expected("an operator");
    return size;
  }

 private:
  Result<Size> Sum() {
    INGOT_ASSIGN(Size left, Product());
    while (Peek() == '+' || Peek() == '-') {
      Size::Op op = text_[at_++] == '+' ? Size::Op::kAdd : Size::Op::kSub;
      INGOT_ASSIGN(Size right, Product());
      INGOT_ASSIGN(left, Make(op, left, right));
    }
    return left;
  }

  Result<Size> Product() {
    INGOT_ASSIGN(Size left, Atom());
    while (Peek() == '*') {
      ++at_;
      INGOT_ASSIGN(Size right, Atom());
      INGOT_ASSIGN(left, Make(Size::Op::kMul, left, right));
    }
    return left;
  }

  Result<Size> Atom() {
    char c = Peek();
    size_t begin = at_;
    if (c >= '0' && c <= '9') {
      while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
      std::string_view digits = text_.substr(begin, at_ - begin);
      std::optional<uint64_t> value = ParseUint(digits);
      if (!value) return Failure(StrCat("integer (", digits, ") is too large"));
      return Size(*value);
    }
    if (c == '(') {
      INGOT_TRY(Open());
      INGOT_ASSIGN(Size size, Sum());
      INGOT_TRY(Close());
      return size;
    }
    while (at_ < text_.size() && text_[at_] >= 'a' && text_[at_] <= 'z') ++at_;
    std::string_view word = text_.substr(begin, at_ - begin);
    if (word == "tokens") return Size::Tokens();
    if (word == "outputs") return Size::Outputs();
    if (word == "capacity") return Size::Capacity();
    if (word == "ceil") return Call(Size::Op::kCeil);
    if (word == "min") return Call(Size::Op::kMin);
    if (word == "max") return Call(Size::Op::kMax);
    at_ = begin;
    return Expected("a size");
  }

  Result<Size> Call(Size::Op op) {
    if (Peek() != '(') return Expected("(");
    INGOT_TRY(Open());
    INGOT_ASSIGN(Size a, Sum());
    if (Peek() != ',') return Expected(",");
    ++at_;
    INGOT_ASSIGN(Size b, Sum());
    INGOT_TRY(Close());
    return Make(op, a, b);
  }

  Status Open() {
    ++at_;
    if (++brackets_ > Size::kMaxDepth) {
      return Failure(StrCat("more than (", Size::kMaxDepth, ") brackets in each other"));
    }
    return Status();
  }

  Status Close() {
    if (Peek() != ')') return Expected(")");
    ++at_;
    --brackets_;
    return Status();
  }

  Result<Size> Make(Size::Op op, const Size& a, const Size& b) {
    uint32_t operations = a.node_->operations + b.node_->operations + 1;
    if (operations > Size::kMaxOperations) {
      return Failure(StrCat("more than (", Size::kMaxOperations, ") operations"));
    }
    if (std::max(a.node_->depth, b.node_->depth) >= Size::kMaxDepth) {
      return Failure(StrCat("more than (", Size::kMaxDepth, ") operations in each other"));
    }
    return Size::Make(op, a, b);
  }

  // The next character that is no blank; NUL at the end.
  char Peek() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  Status Expected(std::string_view what) {
    return Failure(StrCat("expected ", what, " at column (", at_ + 1, ")"));
  }
  Status Failure(std::string_view what) {
    constexpr size_t kShown = 80;
    std::string_view dots = text_.size() > kShown ? "..." : "";
    return Status(Code::kInvalidArgument,
                  StrCat("size (", text_.substr(0, kShown), dots, "): ", what));
  }

  std::string_view text_;
  size_t at_ = 0;
  uint32_t brackets_ = 0;
};

Result<Size> Size::Parse(std::string_view text) { return SizeParser(text).Whole(); }

}  // namespace ingot::program
