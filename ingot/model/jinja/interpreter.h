// Runs a parsed template over variables. Names that are undefined, errors of types and the limits
// behave as in Jinja2's sandbox with its default settings.
// Not thread-safe: one Interpreter per rendering; the tree may be shared.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/model/jinja/function.h"
#include "ingot/model/jinja/tree.h"

struct tm;

namespace ingot::model::jinja {

struct Scope {
  std::shared_ptr<Scope> parent;
  std::vector<std::pair<std::string, Value>> variables;
};

class Interpreter {
 public:
  // `date` is what strftime_now formats; null makes the call an error. All must outlive this.
  Interpreter(const Stmts& program, std::string_view name, const tm* date, Budget& budget);

  Status Set(std::string_view name, Value value);
  // Fails with `NAME:LINE: what`, the line of the template.
  Result<Text> Run();

 private:
  enum class Flow { kNext, kBreak, kContinue };

  Status Exec(const Stmts& stmts);
  Status ExecOne(const Stmt& stmt);
  Status Print(const Text& text);
  Status If(const Stmt& stmt);
  Status For(const Stmt& stmt);
  Result<std::vector<Value>> LoopItems(const Stmt& stmt);
  Status With(const Stmt& stmt);
  Value MacroValue(const Stmt& stmt) const;
  Status Assign(const Target& target, Value value);
  // What the statements print, run in a scope of their own.
  Result<Text> Capture(const Stmts& stmts);
  Result<Value> Filtered(Text text, const std::vector<ExprPtr>& filters);

  Result<Value> Eval(const Expr& expr);
  Result<Value> EvalKind(const Expr& expr);
  Result<Value> Name(const Expr& expr);
  Result<Value> Sequence(const Expr& expr, bool is_tuple);
  Result<Value> DictLiteral(const Expr& expr);
  Result<Value> Sign(const Expr& expr);
  Result<Value> Binary(const Expr& expr);
  Result<Value> Compare(const Expr& expr);
  Result<Value> Condition(const Expr& expr);
  Result<Value> Concat(const Expr& expr);
  Result<Value> Attribute(const Expr& expr);
  Result<Value> Item(const Expr& expr);
  Result<Value> Slice(const Expr& expr);
  // `caller` is what a call block hands to its macro.
  Result<Value> Call(const Expr& expr, const Value& caller);
  Result<Value> CallMacro(const Function& function, const Args& args, const Value& caller);
  Result<Value> CallGlobal(std::string_view name, const Args& args);
  Result<Value> Range(const Args& args);
  Result<Value> StrftimeNow(const Args& args);
  Result<Value> Filter(const Expr& expr, const Value& subject);
  // map, select, reject, selectattr, rejectattr.
  Result<Value> FilterEach(std::string_view filter, const Value& subject, const Args& args);
  Result<Value> Test(const Expr& expr);
  Result<Args> EvalArgs(const Expr& expr);
  Result<Value> EvalOrUndefined(const ExprPtr& expr);

  // Puts the line before a message that has none yet.
  Status Locate(Status status, int line);
  Status Enter();

  const Stmts& program_;
  const std::string_view name_;
  const tm* const date_;
  Budget& budget_;
  std::shared_ptr<Scope> scope_;
  std::deque<Namespace> namespaces_;
  Text out_;
  Flow flow_ = Flow::kNext;
  size_t depth_ = 0;
  bool located_ = false;
};

}  // namespace ingot::model::jinja
