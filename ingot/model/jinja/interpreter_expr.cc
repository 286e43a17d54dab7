// Expressions, calls, and the filters that call other filters or tests.
#include <algorithm>
#include <ctime>
#include <limits>

#include "ingot/base/text.h"
#include "ingot/model/jinja/interpreter.h"

namespace ingot::model::jinja {

Result<Value> Interpreter::Eval(const Expr& expr) {
  Status status = Enter();
  if (status.ok()) status = budget_.Spend(1);
  if (!status.ok()) return Locate(std::move(status), expr.line);
  Result<Value> value = EvalKind(expr);
  if (!value.ok()) return Locate(value.status(), expr.line);
  --depth_;
  return value;
}

Result<Value> Interpreter::EvalKind(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kConst:
      return expr.value;
    case ExprKind::kName:
      return Name(expr);
    case ExprKind::kList:
      return Sequence(expr, /*is_tuple=*/false);
    case ExprKind::kTuple:
      return Sequence(expr, /*is_tuple=*/true);
    case ExprKind::kDict:
      return DictLiteral(expr);
    case ExprKind::kNot:
    case ExprKind::kNegate:
    case ExprKind::kPlus:
      return Sign(expr);
    case ExprKind::kBinary:
      return Binary(expr);
    case ExprKind::kCompare:
      return Compare(expr);
    case ExprKind::kAnd:
    case ExprKind::kOr:
    case ExprKind::kCondition:
      return Condition(expr);
    case ExprKind::kConcat:
      return Concat(expr);
    case ExprKind::kAttribute:
      return Attribute(expr);
    case ExprKind::kItem:
      return Item(expr);
    case ExprKind::kSlice:
      return Slice(expr);
    case ExprKind::kCall:
      return Call(expr, Value());
    case ExprKind::kSpread:
      return Status(Code::kInvalidArgument, "(*) outside the arguments of a call");
    case ExprKind::kFilter: {
      INGOT_ASSIGN(Value subject, Eval(*expr.args[0]));
      return Filter(expr, subject);
    }
    case ExprKind::kTest:
      return Test(expr);
  }
  return Value();
}

Result<Value> Interpreter::EvalOrUndefined(const ExprPtr& expr) {
  if (expr == nullptr) return Value();
  return Eval(*expr);
}

Result<Value> Interpreter::Name(const Expr& expr) {
  for (const Scope* scope = scope_.get(); scope != nullptr; scope = scope->parent.get()) {
    for (const auto& [name, value] : scope->variables) {
      if (name == expr.name) return value;
    }
  }
  return Value(Undefined{expr.name});
}

Result<Value> Interpreter::Sequence(const Expr& expr, bool is_tuple) {
  std::vector<Value> items;
  for (const ExprPtr& arg : expr.args) {
    INGOT_ASSIGN(Value item, Eval(*arg));
    items.push_back(std::move(item));
  }
  return Value::MakeList(std::move(items), budget_, is_tuple);
}

Result<Value> Interpreter::DictLiteral(const Expr& expr) {
  std::vector<std::pair<Value, Value>> members;
  for (size_t i = 0; i < expr.args.size(); i += 2) {
    INGOT_ASSIGN(Value key, Eval(*expr.args[i]));
    INGOT_ASSIGN(Value value, Eval(*expr.args[i + 1]));
    members.emplace_back(std::move(key), std::move(value));
  }
  return MakeDict(std::move(members), budget_);
}

Result<Value> Interpreter::Sign(const Expr& expr) {
  INGOT_ASSIGN(Value operand, Eval(*expr.args[0]));
  if (expr.kind == ExprKind::kNot) return Value(!operand.Truth());
  const std::string_view op = expr.kind == ExprKind::kNegate ? "-" : "+";
  if (!operand.IsNumber()) {
    return Status(Code::kInvalidArgument, StrCat("no (", op, ") of ", operand.KindName()));
  }
  if (operand.IsFloat()) return Value(op == "-" ? -operand.number() : operand.number());
  return ApplyBinary(op, Value(int64_t{0}), operand, budget_);
}

Result<Value> Interpreter::Binary(const Expr& expr) {
  INGOT_ASSIGN(Value left, Eval(*expr.args[0]));
  INGOT_ASSIGN(Value right, Eval(*expr.args[1]));
  return ApplyBinary(expr.name, left, right, budget_);
}

Result<Value> Interpreter::Compare(const Expr& expr) {
  INGOT_ASSIGN(Value left, Eval(*expr.args[0]));
  for (size_t i = 0; i < expr.ops.size(); ++i) {
    INGOT_ASSIGN(Value right, Eval(*expr.args[i + 1]));
    INGOT_ASSIGN(bool holds, ApplyComparison(expr.ops[i], left, right, budget_));
    if (!holds) return Value(false);
    left = std::move(right);
  }
  return Value(true);
}

Result<Value> Interpreter::Condition(const Expr& expr) {
  if (expr.kind == ExprKind::kCondition) {
    INGOT_ASSIGN(Value test, Eval(*expr.args[1]));
    return EvalOrUndefined(test.Truth() ? expr.args[0] : expr.args[2]);
  }
  INGOT_ASSIGN(Value left, Eval(*expr.args[0]));
  if (left.Truth() == (expr.kind == ExprKind::kOr)) return left;
  return Eval(*expr.args[1]);
}

Result<Value> Interpreter::Concat(const Expr& expr) {
  Text text;
  for (const ExprPtr& arg : expr.args) {
    INGOT_ASSIGN(Value value, Eval(*arg));
    INGOT_ASSIGN(Text piece, ToText(value, budget_));
    text.Append(piece);
    INGOT_TRY(budget_.SpendText(text.size()));
  }
  return Value(std::move(text));
}

Result<Value> Interpreter::Attribute(const Expr& expr) {
  INGOT_ASSIGN(Value value, Eval(*expr.args[0]));
  return GetAttribute(value, expr.name);
}

Result<Value> Interpreter::Item(const Expr& expr) {
  INGOT_ASSIGN(Value value, Eval(*expr.args[0]));
  INGOT_ASSIGN(Value key, Eval(*expr.args[1]));
  return GetItem(value, key, budget_);
}

Result<Value> Interpreter::Slice(const Expr& expr) {
  INGOT_ASSIGN(Value value, Eval(*expr.args[0]));
  Value bounds[3];
  for (size_t i = 0; i < 3; ++i) {
    INGOT_ASSIGN(bounds[i], EvalOrUndefined(expr.args[i + 1]));
  }
  return GetSlice(value, bounds[0], bounds[1], bounds[2], budget_);
}

Result<Args> Interpreter::EvalArgs(const Expr& expr) {
  Args args;
  for (size_t i = 1; i < expr.args.size(); ++i) {
    if (expr.args[i]->kind == ExprKind::kSpread) {
      INGOT_ASSIGN(Value list, Eval(*expr.args[i]->args[0]));
      INGOT_ASSIGN(std::vector<Value> items, Items(list, budget_));
      args.positional.insert(args.positional.end(), items.begin(), items.end());
      continue;
    }
    INGOT_ASSIGN(Value value, Eval(*expr.args[i]));
    args.positional.push_back(std::move(value));
  }
  for (const auto& [name, arg] : expr.named) {
    INGOT_ASSIGN(Value value, Eval(*arg));
    args.named.emplace_back(name, std::move(value));
  }
  return args;
}

Result<Value> Interpreter::Call(const Expr& expr, const Value& caller) {
  INGOT_ASSIGN(Value callee, Eval(*expr.args[0]));
  const Function* function = callee.AsFunction();
  if (function == nullptr) {
    return Status(Code::kInvalidArgument,
                  callee.IsUndefined() ? StrCat("(", callee.undefined_what(), ") is undefined")
                                       : StrCat(callee.KindName(), " cannot be called"));
  }
  INGOT_ASSIGN(Args args, EvalArgs(expr));
  if (function->macro != nullptr) return CallMacro(*function, args, caller);
  if (function->is_method) return CallMethod(function->self, function->name, args, budget_);
  return CallGlobal(function->name, args);
}

Result<Value> Interpreter::CallMacro(const Function& function, const Args& args,
                                     const Value& caller) {
  const Stmt& macro = *function.macro;
  const std::shared_ptr<Scope> definition = function.scope.lock();
  if (definition == nullptr) {
    return Status(Code::kInvalidArgument,
                  StrCat("macro (", macro.name, ") is called outside the block that defines it"));
  }
  std::vector<std::string_view> names;
  for (const auto& param : macro.params) names.push_back(param.first);
  INGOT_TRY(args.Check(macro.name, names));
  const std::shared_ptr<Scope> outer =
      std::exchange(scope_, std::make_shared<Scope>(Scope{definition, {}}));
  for (size_t i = 0; i < macro.params.size(); ++i) {
    const auto& [name, otherwise] = macro.params[i];
    Value value = args.Get(i, name);
    if (value.IsUndefined() && otherwise != nullptr && !args.Has(i, name)) {
      INGOT_ASSIGN(value, Eval(*otherwise));
    }
    scope_->variables.emplace_back(name, std::move(value));
  }
  if (!caller.IsUndefined()) scope_->variables.emplace_back("caller", caller);
  INGOT_ASSIGN(Text text, Capture(macro.branches[0].body));
  scope_ = outer;
  return Value(std::move(text));
}

Result<Value> Interpreter::CallGlobal(std::string_view name, const Args& args) {
  if (name == "range") return Range(args);
  if (name == "strftime_now") return StrftimeNow(args);
  if (name == "raise_exception") {
    INGOT_TRY(args.Check(name, {"message"}));
    INGOT_ASSIGN(Text message, ToText(args.Get(0, "message"), budget_));
    return Status(Code::kInvalidArgument, StrCat("the template refuses: ", message.bytes()));
  }
  // namespace and dict: the members of a mapping, then named ones.
  std::vector<std::pair<Value, Value>> members;
  for (const Value& arg : args.positional) {
    if (!arg.IsDict()) {
      return Status(Code::kInvalidArgument, StrCat(name, " of ", arg.KindName()));
    }
    const auto& more = arg.dict().members;
    members.insert(members.end(), more.begin(), more.end());
  }
  for (const auto& [key, value] : args.named) members.emplace_back(Text(key), value);
  INGOT_ASSIGN(Value dict, MakeDict(std::move(members), budget_));
  if (name == "dict") return dict;
  Namespace& space = namespaces_.emplace_back();
  for (const auto& [key, value] : dict.dict().members) {
    if (key.IsString()) space.Set(key.text().bytes(), value);
  }
  return Value(&space);
}

Result<Value> Interpreter::Range(const Args& args) {
  const size_t count = args.positional.size();
  if (count == 0 || count > 3 || !args.named.empty()) {
    return Status(Code::kInvalidArgument, StrCat("range takes 1 to 3 arguments, not ", count));
  }
  int64_t numbers[3] = {0, 0, 1};
  for (size_t i = 0; i < count; ++i) {
    const Value& value = args.positional[i];
    if (!value.IsInt() && !value.IsBool()) {
      return Status(Code::kInvalidArgument, StrCat("range of ", value.KindName()));
    }
    numbers[count == 1 ? 1 : i] = value.integer();
  }
  const auto [first, last, step] = numbers;
  if (step == 0) return Status(Code::kInvalidArgument, "range has a step of 0");
  std::vector<Value> items;
  for (int64_t i = first; step > 0 ? i < last : i > last;) {
    INGOT_TRY(budget_.Spend(1));
    INGOT_TRY(budget_.CheckElements(items.size() + 1));
    items.push_back(Value(i));
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return Value::MakeList(std::move(items), budget_);
}

Result<Value> Interpreter::StrftimeNow(const Args& args) {
  INGOT_TRY(args.Check("strftime_now", {"format"}));
  if (date_ == nullptr) {
    return Status(Code::kInvalidArgument, "strftime_now is called, but no date was given");
  }
  INGOT_ASSIGN(Text format, ToText(args.Get(0, "format"), budget_));
  char buffer[512];
  // A space behind it tells an empty result from one that does not fit.
  const size_t size = std::strftime(buffer, sizeof(buffer), (format.bytes() + " ").c_str(), date_);
  if (size == 0) {
    return Status(Code::kInvalidArgument,
                  StrCat("strftime_now: the date takes more than ", sizeof(buffer), " bytes"));
  }
  return Value(Text(std::string_view(buffer, size - 1), format.HasContent()));
}

Result<Value> Interpreter::Filter(const Expr& expr, const Value& subject) {
  INGOT_ASSIGN(Args args, EvalArgs(expr));
  if (expr.name == "map" || expr.name == "select" || expr.name == "reject" ||
      expr.name == "selectattr" || expr.name == "rejectattr") {
    return FilterEach(expr.name, subject, args);
  }
  return ApplyFilter(expr.name, subject, args, budget_);
}

Result<Value> Interpreter::FilterEach(std::string_view filter, const Value& subject,
                                      const Args& args) {
  const bool maps = filter == "map";
  const bool by_attribute = filter == "selectattr" || filter == "rejectattr";
  const Value attribute = maps           ? args.Get(SIZE_MAX, "attribute")
                          : by_attribute ? args.Get(0, "attribute")
                                         : Value();
  // The rest: the name of a filter or test, then its arguments.
  Args rest = args;
  if (by_attribute && !rest.positional.empty()) rest.positional.erase(rest.positional.begin());
  std::string name;
  if (!rest.positional.empty()) {
    if (!rest.positional[0].IsString()) {
      return Status(Code::kInvalidArgument,
                    StrCat(filter, ": a name is ", rest.positional[0].KindName()));
    }
    name = rest.positional[0].text().bytes();
    rest.positional.erase(rest.positional.begin());
  }
  const bool needs_name = maps && attribute.IsUndefined();
  if (name.empty() ? needs_name : maps ? !HasFilter(name) : !HasTest(name)) {
    return Status(Code::kInvalidArgument,
                  StrCat(filter, ": unknown ", maps ? "filter" : "test", " (", name, ")"));
  }
  INGOT_ASSIGN(std::vector<Value> items, Items(subject, budget_));
  std::vector<Value> out;
  for (Value& item : items) {
    Value tested = item;
    if (!attribute.IsUndefined()) {
      INGOT_ASSIGN(tested, GetPath(item, attribute, budget_));
      if (maps && tested.IsUndefined()) tested = args.Get(SIZE_MAX, "default");
    }
    if (maps) {
      if (!name.empty()) {
        INGOT_ASSIGN(tested, ApplyFilter(name, item, rest, budget_));
      }
      out.push_back(std::move(tested));
      continue;
    }
    bool holds = tested.Truth();
    if (!name.empty()) {
      INGOT_ASSIGN(holds, ApplyTest(name, tested, rest, budget_));
    }
    if (holds == filter.starts_with("select")) out.push_back(std::move(item));
  }
  return Value::MakeList(std::move(out), budget_);
}

Result<Value> Interpreter::Test(const Expr& expr) {
  INGOT_ASSIGN(Value subject, Eval(*expr.args[0]));
  INGOT_ASSIGN(Args args, EvalArgs(expr));
  INGOT_ASSIGN(bool holds, ApplyTest(expr.name, subject, args, budget_));
  return Value(holds);
}

}  // namespace ingot::model::jinja
