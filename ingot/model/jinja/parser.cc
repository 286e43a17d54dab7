#include "ingot/model/jinja/parser.h"

#include <initializer_list>
#include <string>
#include <utility>

#include "ingot/base/text.h"
#include "ingot/model/jinja/expr_parser.h"

namespace ingot::model::jinja {
namespace {

class StmtParser : private ExprParser {
 public:
  StmtParser(std::vector<Token> tokens, std::string_view name, const Limits& limits)
      : ExprParser(std::move(tokens), name, limits) {}

  Result<Stmts> Run() {
    Stmts stmts;
    INGOT_TRY(Body(stmts, {}, 1));
    return stmts;
  }

 private:
  // Statements up to a tag that begins with one of the words, which is left standing behind its
  // opening; no words: up to the end of the template. `line` is that of the tag they belong to.
  Status Body(Stmts& out, std::initializer_list<std::string_view> ends, int line) {
    INGOT_TRY(Enter());
    while (true) {
      const Token& token = Next();
      if (token.kind == TokenKind::kEnd) {
        if (ends.size() == 0) break;
        return ErrorAt(line,
                       StrCat("no (", Join(ends, ") or ("), ") up to the end of the template"));
      }
      if (token.kind == TokenKind::kData) {
        Stmt stmt = Make(StmtKind::kData, token.line);
        stmt.value = Value(Text(token.text));
        out.push_back(std::move(stmt));
      } else if (token.kind == TokenKind::kPrintBegin) {
        Stmt stmt = Make(StmtKind::kPrint, token.line);
        INGOT_ASSIGN(stmt.expr, Tuple());
        INGOT_TRY(Expect(TokenKind::kPrintEnd, "end of tag (}})"));
        out.push_back(std::move(stmt));
      } else {
        bool at_end = false;
        for (std::string_view word : ends) at_end = at_end || IsWord(word);
        if (at_end) break;
        INGOT_TRY(Tag(out));
      }
    }
    Leave();
    return Status();
  }

  static Stmt Make(StmtKind kind, int line) {
    Stmt stmt;
    stmt.kind = kind;
    stmt.line = line;
    return stmt;
  }

  Status CloseTag() { return Expect(TokenKind::kBlockEnd, "end of tag (%})"); }

  // One branch from the end of its opening tag up to one of the words.
  Status BranchUntil(Stmt& stmt, ExprPtr condition, std::initializer_list<std::string_view> ends) {
    INGOT_TRY(CloseTag());
    Branch branch{std::move(condition), {}};
    INGOT_TRY(Body(branch.body, ends, stmt.line));
    stmt.branches.push_back(std::move(branch));
    return Status();
  }
  // The only branch, with the tag that ends it.
  Status Block(Stmt& stmt, std::string_view end) {
    INGOT_TRY(BranchUntil(stmt, nullptr, {end}));
    Next();
    return CloseTag();
  }

  Status Tag(Stmts& out) {
    const int line = Peek().line;
    INGOT_ASSIGN(std::string word, ExpectName());
    Stmt stmt = Make(StmtKind::kGroup, line);
    if (word == "if") {
      INGOT_TRY(If(stmt));
    } else if (word == "for") {
      INGOT_TRY(For(stmt));
    } else if (word == "set") {
      INGOT_TRY(Set(stmt));
    } else if (word == "macro") {
      INGOT_TRY(Macro(stmt));
    } else if (word == "call") {
      INGOT_TRY(CallBlock(stmt));
    } else if (word == "with") {
      INGOT_TRY(With(stmt));
    } else if (word == "filter") {
      stmt.kind = StmtKind::kFilter;
      INGOT_ASSIGN(stmt.filters, FilterChain());
      INGOT_TRY(Block(stmt, "endfilter"));
    } else if (word == "generation") {
      // Marks what a model wrote, for training; it prints as it stands.
      INGOT_TRY(Block(stmt, "endgeneration"));
    } else if (word == "break" || word == "continue") {
      if (loops_ == 0) return ErrorAt(line, StrCat("(", word, ") outside a loop"));
      stmt.kind = word == "break" ? StmtKind::kBreak : StmtKind::kContinue;
      INGOT_TRY(CloseTag());
    } else {
      static const std::vector<std::string> kTags = {
          "if", "for", "set", "macro", "call", "with", "filter", "generation", "break", "continue"};
      return ErrorAt(line, StrCat("unknown tag (", word, ")", NearestHint(word, kTags)));
    }
    out.push_back(std::move(stmt));
    return Status();
  }

  Status If(Stmt& stmt) {
    stmt.kind = StmtKind::kIf;
    while (true) {
      INGOT_ASSIGN(ExprPtr condition, Tuple(/*with_condition=*/false));
      INGOT_TRY(BranchUntil(stmt, std::move(condition), {"elif", "else", "endif"}));
      const std::string word = Next().text;
      if (word == "elif") continue;
      if (word == "else") {
        INGOT_TRY(BranchUntil(stmt, nullptr, {"endif"}));
        Next();
      }
      return CloseTag();
    }
  }

  Status For(Stmt& stmt) {
    stmt.kind = StmtKind::kFor;
    INGOT_TRY(Targets(stmt.target));
    INGOT_TRY(ExpectWord("in"));
    INGOT_ASSIGN(stmt.expr, Tuple(/*with_condition=*/false));
    if (SkipWord("if")) {
      INGOT_ASSIGN(stmt.filter, Expression());
    }
    ++loops_;
    INGOT_TRY(BranchUntil(stmt, nullptr, {"else", "endfor"}));
    --loops_;
    if (Next().text == "else") {
      INGOT_TRY(BranchUntil(stmt, nullptr, {"endfor"}));
      Next();
    }
    return CloseTag();
  }

  Status Targets(Target& target) {
    const bool bracket = SkipOperator("(");
    do {
      if (target.unpacks && Peek().kind != TokenKind::kName) break;  // `a, = ...`
      INGOT_ASSIGN(std::string name, ExpectName());
      target.names.push_back(std::move(name));
      target.unpacks = target.unpacks || IsOperator(",");
    } while (SkipOperator(","));
    return bracket ? ExpectOperator(")") : Status();
  }

  Status Set(Stmt& stmt) {
    INGOT_TRY(Targets(stmt.target));
    if (!stmt.target.unpacks && SkipOperator(".")) {
      INGOT_ASSIGN(stmt.target.attribute, ExpectName());
    }
    if (SkipOperator("=")) {
      stmt.kind = StmtKind::kSet;
      INGOT_ASSIGN(stmt.expr, Tuple());
      return CloseTag();
    }
    if (stmt.target.unpacks) return Unexpected("(=)");
    stmt.kind = StmtKind::kSetBlock;
    if (SkipOperator("|")) {
      INGOT_ASSIGN(stmt.filters, FilterChain());
    }
    return Block(stmt, "endset");
  }

  Status Macro(Stmt& stmt) {
    stmt.kind = StmtKind::kMacro;
    INGOT_ASSIGN(stmt.name, ExpectName());
    INGOT_TRY(Params(stmt));
    return LoopFreeBlock(stmt, "endmacro");
  }

  Status Params(Stmt& stmt) {
    INGOT_TRY(ExpectOperator("("));
    while (!IsOperator(")")) {
      if (!stmt.params.empty()) {
        INGOT_TRY(ExpectOperator(","));
        if (IsOperator(")")) break;
      }
      INGOT_ASSIGN(std::string name, ExpectName());
      ExprPtr otherwise;
      if (SkipOperator("=")) {
        INGOT_ASSIGN(otherwise, Expression());
      } else if (!stmt.params.empty() && stmt.params.back().second != nullptr) {
        return Error(StrCat("parameter (", name, ") without a default follows one with it"));
      }
      stmt.params.emplace_back(std::move(name), std::move(otherwise));
    }
    Next();
    return Status();
  }

  // A block that is called from elsewhere: the loops around it are not its own.
  Status LoopFreeBlock(Stmt& stmt, std::string_view end) {
    const int outer_loops = std::exchange(loops_, 0);
    INGOT_TRY(Block(stmt, end));
    loops_ = outer_loops;
    return Status();
  }

  Status CallBlock(Stmt& stmt) {
    stmt.kind = StmtKind::kCallBlock;
    stmt.name = "caller";
    if (IsOperator("(")) INGOT_TRY(Params(stmt));
    INGOT_ASSIGN(stmt.expr, Expression());
    if (stmt.expr->kind != ExprKind::kCall)
      return ErrorAt(stmt.line, "(call) is followed by no call");
    return LoopFreeBlock(stmt, "endcall");
  }

  Status With(Stmt& stmt) {
    stmt.kind = StmtKind::kWith;
    while (Peek().kind == TokenKind::kName) {
      Target target;
      INGOT_ASSIGN(std::string name, ExpectName());
      target.names.push_back(std::move(name));
      INGOT_TRY(ExpectOperator("="));
      INGOT_ASSIGN(ExprPtr value, Expression());
      stmt.assignments.emplace_back(std::move(target), std::move(value));
      if (!SkipOperator(",")) break;
    }
    return Block(stmt, "endwith");
  }

  int loops_ = 0;
};

}  // namespace

Result<Stmts> Parse(std::string_view source, std::string_view name, const Limits& limits) {
  INGOT_ASSIGN(std::vector<Token> tokens, Tokenize(source, name));
  return StmtParser(std::move(tokens), name, limits).Run();
}

}  // namespace ingot::model::jinja
