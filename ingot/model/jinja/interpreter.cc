// Statements, scopes and limits; expressions are in interpreter_expr.cc.
#include "ingot/model/jinja/interpreter.h"

#include <ctime>

#include "ingot/base/text.h"

namespace ingot::model::jinja {

Interpreter::Interpreter(const Stmts& program, std::string_view name, const tm* date,
                         Budget& budget)
    : program_(program),
      name_(name),
      date_(date),
      budget_(budget),
      scope_(std::make_shared<Scope>()) {
  for (std::string_view global :
       {"namespace", "range", "dict", "raise_exception", "strftime_now"}) {
    auto function = std::make_shared<Function>();
    function->name = global;
    scope_->variables.emplace_back(std::string(global),
                                   Value(std::shared_ptr<const Function>(std::move(function))));
  }
}

Status Interpreter::Set(std::string_view name, Value value) {
  return Assign(Target{.names = {std::string(name)}, .unpacks = false, .attribute = ""},
                std::move(value));
}

Result<Text> Interpreter::Run() {
  INGOT_TRY(Exec(program_));
  return std::move(out_);
}

Status Interpreter::Locate(Status status, int line) {
  if (located_) return status;
  located_ = true;
  return std::move(status).At(StrCat(name_, ":", line));
}

Status Interpreter::Enter() {
  if (++depth_ <= budget_.limits().depth) return Status();
  return Status(Code::kInvalidArgument, StrCat("the template's calls nest deeper than the limit (",
                                               budget_.limits().depth, ")"));
}

Status Interpreter::Print(const Text& text) {
  INGOT_TRY(budget_.SpendText(out_.size() + text.size() > budget_.limits().text_bytes
                                  ? out_.size() + text.size()
                                  : text.size()));
  out_.Append(text);
  return Status();
}

Status Interpreter::Exec(const Stmts& stmts) {
  if (stmts.empty()) return Status();
  if (Status status = Enter(); !status.ok()) return Locate(std::move(status), stmts[0].line);
  for (const Stmt& stmt : stmts) {
    Status status = budget_.Spend(1);
    if (status.ok()) status = ExecOne(stmt);
    if (!status.ok()) return Locate(std::move(status), stmt.line);
    if (flow_ != Flow::kNext) break;
  }
  --depth_;
  return Status();
}

Status Interpreter::ExecOne(const Stmt& stmt) {
  switch (stmt.kind) {
    case StmtKind::kData:
      return Print(stmt.value.text());
    case StmtKind::kPrint: {
      INGOT_ASSIGN(Value value, Eval(*stmt.expr));
      INGOT_ASSIGN(Text text, ToText(value, budget_));
      return Print(text);
    }
    case StmtKind::kFor:
      return For(stmt);
    case StmtKind::kIf:
      return If(stmt);
    case StmtKind::kSet: {
      INGOT_ASSIGN(Value value, Eval(*stmt.expr));
      return Assign(stmt.target, std::move(value));
    }
    case StmtKind::kSetBlock: {
      INGOT_ASSIGN(Text text, Capture(stmt.branches[0].body));
      INGOT_ASSIGN(Value value, Filtered(std::move(text), stmt.filters));
      return Assign(stmt.target, std::move(value));
    }
    case StmtKind::kMacro:
      return Set(stmt.name, MacroValue(stmt));
    case StmtKind::kCallBlock: {
      INGOT_ASSIGN(Value value, Call(*stmt.expr, MacroValue(stmt)));
      INGOT_ASSIGN(Text text, ToText(value, budget_));
      return Print(text);
    }
    case StmtKind::kFilter: {
      INGOT_ASSIGN(Text text, Capture(stmt.branches[0].body));
      INGOT_ASSIGN(Value value, Filtered(std::move(text), stmt.filters));
      INGOT_ASSIGN(Text filtered, ToText(value, budget_));
      return Print(filtered);
    }
    case StmtKind::kWith:
      return With(stmt);
    case StmtKind::kGroup:
      return Exec(stmt.branches[0].body);
    case StmtKind::kBreak:
      flow_ = Flow::kBreak;
      return Status();
    case StmtKind::kContinue:
      flow_ = Flow::kContinue;
      return Status();
  }
  return Status();
}

Status Interpreter::If(const Stmt& stmt) {
  for (const Branch& branch : stmt.branches) {
    if (branch.condition != nullptr) {
      INGOT_ASSIGN(Value condition, Eval(*branch.condition));
      if (!condition.Truth()) continue;
    }
    return Exec(branch.body);
  }
  return Status();
}

Result<std::vector<Value>> Interpreter::LoopItems(const Stmt& stmt) {
  INGOT_ASSIGN(Value sequence, Eval(*stmt.expr));
  INGOT_ASSIGN(std::vector<Value> items, Items(sequence, budget_));
  if (stmt.filter == nullptr) return items;
  std::vector<Value> kept;
  for (Value& item : items) {
    const std::shared_ptr<Scope> outer = scope_;
    scope_ = std::make_shared<Scope>(Scope{outer, {}});
    INGOT_TRY(Assign(stmt.target, item));
    INGOT_ASSIGN(Value keep, Eval(*stmt.filter));
    scope_ = outer;
    if (keep.Truth()) kept.push_back(std::move(item));
  }
  return kept;
}

Status Interpreter::For(const Stmt& stmt) {
  INGOT_ASSIGN(std::vector<Value> items, LoopItems(stmt));
  if (items.empty()) return stmt.branches.size() > 1 ? Exec(stmt.branches[1].body) : Status();
  auto loop = std::make_shared<Loop>();
  INGOT_ASSIGN(loop->items, Value::MakeList(std::move(items), budget_));
  const std::vector<Value>& elements = loop->items.list().items;
  const std::shared_ptr<Scope> outer = scope_;
  for (; loop->index < elements.size(); ++loop->index) {
    INGOT_TRY(budget_.Spend(1));
    scope_ = std::make_shared<Scope>(Scope{outer, {}});
    INGOT_TRY(Assign(stmt.target, elements[loop->index]));
    INGOT_TRY(Set("loop", std::shared_ptr<const Loop>(loop)));
    INGOT_TRY(Exec(stmt.branches[0].body));
    const Flow flow = std::exchange(flow_, Flow::kNext);
    if (flow == Flow::kBreak) break;
  }
  scope_ = outer;
  return Status();
}

Value Interpreter::MacroValue(const Stmt& stmt) const {
  auto function = std::make_shared<Function>();
  function->macro = &stmt;
  function->scope = scope_;
  function->name = stmt.name;
  return std::shared_ptr<const Function>(std::move(function));
}

Status Interpreter::With(const Stmt& stmt) {
  const std::shared_ptr<Scope> outer = scope_;
  const auto inner = std::make_shared<Scope>(Scope{outer, {}});
  for (const auto& [target, expr] : stmt.assignments) {
    INGOT_ASSIGN(Value value, Eval(*expr));  // sees the outer scope only
    inner->variables.emplace_back(target.names[0], std::move(value));
  }
  scope_ = inner;
  INGOT_TRY(Exec(stmt.branches[0].body));
  scope_ = outer;
  return Status();
}

Status Interpreter::Assign(const Target& target, Value value) {
  if (!target.attribute.empty()) {
    Value variable;
    for (const Scope* scope = scope_.get(); scope != nullptr; scope = scope->parent.get()) {
      for (const auto& entry : scope->variables) {
        if (entry.first == target.names[0] && variable.IsUndefined()) variable = entry.second;
      }
    }
    Namespace* space = variable.AsNamespace();
    if (space == nullptr) {
      return Status(Code::kInvalidArgument, StrCat("(", target.names[0], ") is ",
                                                   variable.KindName(), ", not a namespace"));
    }
    space->Set(target.attribute, std::move(value));
    return Status();
  }
  std::vector<Value> values;
  if (target.unpacks) {
    INGOT_ASSIGN(values, Items(value, budget_));
    if (values.size() != target.names.size()) {
      return Status(Code::kInvalidArgument,
                    StrCat("values (", values.size(), ") for names (", target.names.size(), ")"));
    }
  } else {
    values.push_back(std::move(value));
  }
  for (size_t i = 0; i < values.size(); ++i) {
    bool found = false;
    for (auto& [name, old_value] : scope_->variables) {
      if (name != target.names[i]) continue;
      old_value = std::move(values[i]);
      found = true;
      break;
    }
    if (!found) scope_->variables.emplace_back(target.names[i], std::move(values[i]));
  }
  return Status();
}

Result<Text> Interpreter::Capture(const Stmts& stmts) {
  const std::shared_ptr<Scope> outer = scope_;
  scope_ = std::make_shared<Scope>(Scope{outer, {}});
  Text printed = std::exchange(out_, Text());
  INGOT_TRY(Exec(stmts));
  scope_ = outer;
  return std::exchange(out_, std::move(printed));
}

Result<Value> Interpreter::Filtered(Text text, const std::vector<ExprPtr>& filters) {
  Value value(std::move(text));
  for (const ExprPtr& filter : filters) {
    INGOT_ASSIGN(value, Filter(*filter, value));
  }
  return value;
}

}  // namespace ingot::model::jinja
