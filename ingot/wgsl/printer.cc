#include "ingot/wgsl/printer.h"

#include <algorithm>
#include <initializer_list>

#include "ingot/base/text.h"

namespace ingot::wgsl {
namespace {

// What a place in the grammar takes without parentheses: everything of its rank and above.
enum Rank {
  kRankAny,         // && || & | ^ and all below
  kRankRelational,  // one comparison
  kRankShift,
  kRankAdditive,
  kRankMultiplicative,
  kRankUnary,
  kRankPostfix,
};

Rank RankOf(const Expr& expr) {
  if (expr.kind == ExprKind::kUnary) return kRankUnary;
  if (expr.kind != ExprKind::kBinary) return kRankPostfix;
  switch (expr.op) {
    case Op::kMul:
    case Op::kDiv:
    case Op::kMod:
      return kRankMultiplicative;
    case Op::kAdd:
    case Op::kSub:
      return kRankAdditive;
    case Op::kShiftLeft:
    case Op::kShiftRight:
      return kRankShift;
    case Op::kLess:
    case Op::kGreater:
    case Op::kLessEqual:
    case Op::kGreaterEqual:
    case Op::kEqual:
    case Op::kNotEqual:
      return kRankRelational;
    case Op::kAnd:
    case Op::kXor:
    case Op::kOr:
    case Op::kLogicalAnd:
    case Op::kLogicalOr:
    case Op::kNone:
    case Op::kNegate:
    case Op::kNot:
    case Op::kComplement:
    case Op::kDereference:
    case Op::kAddressOf:
      return kRankAny;
  }
  return kRankAny;
}

struct Operands {
  Rank left;
  Rank right;
};

Operands OperandsOf(const Expr& expr) {
  switch (RankOf(expr)) {
    case kRankMultiplicative:
      return {kRankMultiplicative, kRankUnary};
    case kRankAdditive:
      return {kRankAdditive, kRankMultiplicative};
    case kRankShift:
      return {kRankUnary, kRankUnary};
    case kRankRelational:
      // `a < b >> c` would be a template list.
      return {kRankShift, expr.op == Op::kLess ? kRankAdditive : kRankShift};
    case kRankAny:
    case kRankUnary:
    case kRankPostfix:
      break;
  }
  const bool logical = expr.op == Op::kLogicalAnd || expr.op == Op::kLogicalOr;
  return logical ? Operands{kRankRelational, kRankRelational} : Operands{kRankUnary, kRankUnary};
}

bool IsChain(Op op) {
  return op == Op::kLogicalAnd || op == Op::kLogicalOr || op == Op::kAnd || op == Op::kOr ||
         op == Op::kXor;
}

// Whether printing shows one of the operators outside all brackets.
bool Shows(const Expr& expr, std::initializer_list<Op> ops) {
  if (expr.kind != ExprKind::kBinary) return false;
  if (std::find(ops.begin(), ops.end(), expr.op) != ops.end()) return true;
  return Shows(expr.operands[0], ops) || Shows(expr.operands[1], ops);
}

class Printer {
 public:
  std::string Take() { return std::move(out_); }

  void Write(const Expr& expr, Rank rank) {
    const bool brackets = RankOf(expr) < rank;
    if (brackets) out_ += '(';
    switch (expr.kind) {
      case ExprKind::kLiteral:
      case ExprKind::kName:
      case ExprKind::kCall:
        out_ += expr.text;
        WriteTemplateArgs(expr.template_args);
        if (expr.kind == ExprKind::kCall) WriteArguments(expr.operands);
        break;
      case ExprKind::kMember:
        WriteBase(expr.operands[0]);
        out_ += '.';
        out_ += expr.text;
        break;
      case ExprKind::kIndex:
        WriteBase(expr.operands[0]);
        out_ += '[';
        Write(expr.operands[1], kRankAny);
        out_ += ']';
        break;
      case ExprKind::kUnary: {
        out_ += Spelling(expr.op);
        // `--x` and `&&x` would be other tokens.
        const bool twice = expr.operands[0].kind == ExprKind::kUnary &&
                           expr.operands[0].op == expr.op &&
                           (expr.op == Op::kNegate || expr.op == Op::kAddressOf);
        Write(expr.operands[0], twice ? kRankPostfix : kRankUnary);
        break;
      }
      case ExprKind::kBinary: {
        const Operands ranks = OperandsOf(expr);
        const Expr& left = expr.operands[0];
        const bool chain = IsChain(expr.op) && left.kind == ExprKind::kBinary && left.op == expr.op;
        Write(left, chain ? kRankAny : ranks.left);
        Put(" ", Spelling(expr.op), " ");
        Write(expr.operands[1], ranks.right);
        break;
      }
    }
    if (brackets) out_ += ')';
  }

  void Write(const Stmt& stmt) {
    BeginLine();
    if (stmt.kind != StmtKind::kBlock) WriteAttributes(stmt.attributes);
    WriteBody(stmt);
    Put(EndsInBlock(stmt.kind) ? "" : ";", "\n");
  }

  void Write(const Declaration& declaration) {
    std::visit([this](const auto& value) { WriteDeclaration(value); }, declaration);
  }

  void Write(const Module& module) {
    for (const HeaderLine& line : module.header) {
      Put(line.text.empty() ? "//!" : "//! ", line.text, "\n");
    }
    if (!module.header.empty() && !IsEmptyBelowHeader(module)) EndLine();
    for (const Directive& directive : module.directives) {
      const bool diagnostic = directive.kind == "diagnostic";
      Put(directive.kind, diagnostic ? "(" : " ", Join(directive.names, ", "),
          diagnostic ? ");\n" : ";\n");
    }
    if (!module.directives.empty() && !module.declarations.empty()) EndLine();
    bool first = true;
    bool tall = false;  // structs and functions stand apart
    for (const Declaration& declaration : module.declarations) {
      const bool is_tall = std::holds_alternative<Struct>(declaration) ||
                           std::holds_alternative<Function>(declaration);
      if (!first && (tall || is_tall)) EndLine();
      Write(declaration);
      first = false;
      tall = is_tall;
    }
  }

 private:
  static bool IsEmptyBelowHeader(const Module& module) {
    return module.directives.empty() && module.declarations.empty();
  }

  template <typename... Texts>
  void Put(const Texts&... texts) {
    ((out_ += texts), ...);
  }
  void BeginLine() { out_.append(2 * depth_, ' '); }
  void EndLine() { out_ += '\n'; }

  // A member of a number would be read as its fraction.
  void WriteBase(const Expr& base) {
    if (base.kind != ExprKind::kLiteral) return Write(base, kRankPostfix);
    Put("(", base.text, ")");
  }

  // A comparison or shift in a template list could end it, and `&&` is not looked past.
  void WriteTemplateArgs(const std::vector<Expr>& args) {
    if (args.empty()) return;
    out_ += '<';
    for (size_t i = 0; i < args.size(); ++i) {
      if (i > 0) out_ += ", ";
      const bool bitwise = args[i].kind == ExprKind::kBinary && RankOf(args[i]) == kRankAny &&
                           args[i].op != Op::kLogicalAnd && args[i].op != Op::kLogicalOr;
      Write(args[i], bitwise ? kRankAny : kRankAdditive);
    }
    out_ += '>';
  }

  // `f(a < b, c > d)` would hold a template list, `f((a < b), c > d)` does not.
  void WriteList(const std::vector<Expr>& list) {
    for (size_t i = 0; i < list.size(); ++i) {
      if (i > 0) out_ += ", ";
      bool closes = false;
      for (size_t j = i + 1; j < list.size() && !closes; ++j) {
        closes = Shows(list[j], {Op::kGreater, Op::kGreaterEqual, Op::kShiftRight});
      }
      const bool opens = closes && Shows(list[i], {Op::kLess});
      Write(list[i], opens ? kRankPostfix : kRankAny);
    }
  }
  void WriteArguments(const std::vector<Expr>& args) {
    out_ += '(';
    WriteList(args);
    out_ += ')';
  }

  // Each followed by a space.
  void WriteAttributes(const Attributes& attributes) {
    for (const Attribute& attribute : attributes) {
      Put("@", attribute.name);
      if (!attribute.args.empty()) WriteArguments(attribute.args);
      out_ += ' ';
    }
  }

  void WriteVariable(const Variable& variable) {
    WriteAttributes(variable.attributes);
    out_ += Name(variable.kind);
    WriteTemplateArgs(variable.template_args);
    Put(" ", variable.name);
    if (variable.type) {
      out_ += ": ";
      Write(*variable.type, kRankPostfix);
    }
    if (variable.value) {
      out_ += " = ";
      Write(*variable.value, kRankAny);
    }
  }

  void WriteBlock(const Stmt& block) {
    WriteAttributes(block.attributes);
    if (block.children.empty()) {
      out_ += "{}";
      return;
    }
    out_ += "{\n";
    ++depth_;
    for (const Stmt& child : block.children) Write(child);
    --depth_;
    BeginLine();
    out_ += '}';
  }

  // `keyword (condition) `
  void WriteHead(std::string_view keyword, const Expr& condition) {
    Put(keyword, " (");
    Write(condition, kRankAny);
    out_ += ") ";
  }

  void WriteClause(const Stmt& clause) {
    if (clause.exprs.size() == 1 && clause.exprs[0].IsName("default")) {
      out_ += "default: ";
    } else {
      out_ += "case ";
      WriteList(clause.exprs);
      out_ += ": ";
    }
    WriteBlock(clause.children[0]);
  }

  void WriteFor(const Stmt& stmt) {
    out_ += "for (";
    WriteBody(stmt.children[0]);
    out_ += ';';
    if (!stmt.exprs.empty()) {
      out_ += ' ';
      Write(stmt.exprs[0], kRankAny);
    }
    out_ += ';';
    if (stmt.children[1].kind != StmtKind::kEmpty) {
      out_ += ' ';
      WriteBody(stmt.children[1]);
    }
    out_ += ") ";
    WriteBlock(stmt.children[2]);
  }

  // A statement of one expression after a keyword, or of none.
  void WriteKeyword(std::string_view keyword, const Stmt& stmt) {
    out_ += keyword;
    if (stmt.exprs.empty()) return;
    out_ += ' ';
    Write(stmt.exprs[0], kRankAny);
  }

  // Without the semicolon; the lines that a block needs included.
  void WriteBody(const Stmt& stmt) {
    switch (stmt.kind) {
      case StmtKind::kEmpty:
        return;
      case StmtKind::kBlock:
        return WriteBlock(stmt);
      case StmtKind::kVariable:
        return WriteVariable(*stmt.variable);
      case StmtKind::kAssign:
        Write(stmt.exprs[0], kRankUnary);
        Put(" ", Spelling(stmt.op), "= ");
        return Write(stmt.exprs[1], kRankAny);
      case StmtKind::kStep:
        Write(stmt.exprs[0], kRankUnary);
        out_ += stmt.op == Op::kAdd ? "++" : "--";
        return;
      case StmtKind::kCall:
        return Write(stmt.exprs[0], kRankPostfix);
      case StmtKind::kIf:
        WriteHead("if", stmt.exprs[0]);
        WriteBlock(stmt.children[0]);
        if (stmt.children.size() == 1) return;
        out_ += " else ";
        return WriteBody(stmt.children[1]);
      case StmtKind::kSwitch:
        WriteHead("switch", stmt.exprs[0]);
        return WriteBlock(stmt.children[0]);
      case StmtKind::kClause:
        return WriteClause(stmt);
      case StmtKind::kLoop:
        out_ += "loop ";
        return WriteBlock(stmt.children[0]);
      case StmtKind::kContinuing:
        out_ += "continuing ";
        return WriteBlock(stmt.children[0]);
      case StmtKind::kBreakIf:
        return WriteKeyword("break if", stmt);
      case StmtKind::kFor:
        return WriteFor(stmt);
      case StmtKind::kWhile:
        WriteHead("while", stmt.exprs[0]);
        return WriteBlock(stmt.children[0]);
      case StmtKind::kBreak:
        return WriteKeyword("break", stmt);
      case StmtKind::kContinue:
        return WriteKeyword("continue", stmt);
      case StmtKind::kReturn:
        return WriteKeyword("return", stmt);
      case StmtKind::kDiscard:
        return WriteKeyword("discard", stmt);
      case StmtKind::kConstAssert:
        return WriteKeyword("const_assert", stmt);
    }
  }

  static bool EndsInBlock(StmtKind kind) {
    return kind == StmtKind::kBlock || kind == StmtKind::kIf || kind == StmtKind::kSwitch ||
           kind == StmtKind::kClause || kind == StmtKind::kLoop || kind == StmtKind::kContinuing ||
           kind == StmtKind::kFor || kind == StmtKind::kWhile;
  }

  void WriteDeclaration(const Variable& variable) {
    WriteVariable(variable);
    out_ += ";\n";
  }
  void WriteDeclaration(const Alias& alias) {
    Put("alias ", alias.name, " = ");
    Write(alias.type, kRankPostfix);
    out_ += ";\n";
  }
  void WriteDeclaration(const ConstAssert& assertion) {
    out_ += "const_assert ";
    Write(assertion.condition, kRankAny);
    out_ += ";\n";
  }
  void WriteField(const Field& field) {
    WriteAttributes(field.attributes);
    Put(field.name, ": ");
    Write(field.type, kRankPostfix);
  }
  void WriteDeclaration(const Struct& declaration) {
    Put("struct ", declaration.name, " {\n");
    for (const Field& member : declaration.members) {
      out_ += "  ";
      WriteField(member);
      out_ += ",\n";
    }
    out_ += "}\n";
  }
  void WriteDeclaration(const Function& function) {
    WriteAttributes(function.attributes);
    if (!function.attributes.empty()) out_.back() = '\n';
    Put("fn ", function.name, "(");
    for (size_t i = 0; i < function.params.size(); ++i) {
      if (i > 0) out_ += ", ";
      WriteField(function.params[i]);
    }
    out_ += ") ";
    if (function.return_type) {
      out_ += "-> ";
      WriteAttributes(function.return_attributes);
      Write(*function.return_type, kRankPostfix);
      out_ += ' ';
    }
    WriteBlock(function.body);
    EndLine();
  }

  std::string out_;
  size_t depth_ = 0;
};

template <typename Node, typename... Args>
std::string PrintNode(const Node& node, Args... args) {
  Printer printer;
  printer.Write(node, args...);
  return printer.Take();
}

}  // namespace

std::string Print(const Module& module) { return PrintNode(module); }
std::string Print(const Declaration& declaration) { return PrintNode(declaration); }
std::string Print(const Stmt& stmt) { return PrintNode(stmt); }
std::string Print(const Expr& expr) { return PrintNode(expr, kRankAny); }

}  // namespace ingot::wgsl
