#include "ingot/wgsl/subset.h"

#include <algorithm>
#include <functional>
#include <map>

#include "ingot/base/text.h"
#include "ingot/wgsl/guess.h"
#include "ingot/wgsl/printer.h"
#include "ingot/wgsl/reflect.h"
#include "ingot/wgsl/scope.h"
#include "ingot/wgsl/subset_flow.h"

namespace ingot::wgsl {
namespace {

constexpr size_t kStorageBindings = 8;

using Findings = std::vector<Finding>;

void Add(Findings* findings, Place place, std::string what) {
  findings->push_back({.place = place, .what = std::move(what)});
}

template <typename T, typename Visit>
void ForEachDeclared(const Subject& subject, const Visit& visit) {
  for (const Declaration& declaration : subject.module.declarations) {
    if (const T* value = std::get_if<T>(&declaration)) visit(*value);
  }
}

// What a visit of an expression knows of its surroundings.
struct Around {
  const Guesser& guesser;
  uint32_t loops = 0;            // around it, in the function
  const Expr* parent = nullptr;  // the expression it is an operand of
};
using VisitExpr = std::function<void(const Expr&, const Around&)>;

// Every expression of every function, in order, with the names in scope; then those outside.
class ExprWalk {
 public:
  ExprWalk(const Subject& subject, const VisitExpr& visit)
      : visit_(visit), guesser_(subject.names) {
    for (const Declaration& declaration : subject.module.declarations) {
      std::visit([this](const auto& value) { Walk(value); }, declaration);
    }
  }

 private:
  void Walk(const Expr& expr, const Expr* parent = nullptr) {
    visit_(expr, {.guesser = guesser_, .loops = loops_, .parent = parent});
    for (const Expr& arg : expr.template_args) Walk(arg, &expr);
    for (const Expr& operand : expr.operands) Walk(operand, &expr);
  }
  void Walk(const Attributes& attributes) {
    for (const Attribute& attribute : attributes) {
      for (const Expr& arg : attribute.args) Walk(arg);
    }
  }
  void Walk(const Variable& variable) {
    Walk(variable.attributes);
    if (variable.type) Walk(*variable.type);
    if (variable.value) Walk(*variable.value);
  }
  void Walk(const Alias& alias) { Walk(alias.type); }
  void Walk(const ConstAssert& assertion) { Walk(assertion.condition); }
  void Walk(const Field& field) {
    Walk(field.attributes);
    Walk(field.type);
  }
  void Walk(const Struct& declaration) {
    for (const Field& member : declaration.members) Walk(member);
  }
  void Walk(const Function& function) {
    Walk(function.attributes);
    for (const Field& param : function.params) Walk(param);
    if (function.return_type) Walk(*function.return_type);
    for (const Field& param : function.params) guesser_.Declare(param.name, param.type);
    Walk(function.body);
    guesser_.Return(0);
  }
  void Walk(const Stmt& stmt) {
    if (stmt.variable) {
      Walk(*stmt.variable);
      guesser_.Declare(*stmt.variable);
      return;
    }
    const size_t mark = guesser_.Mark();
    // The first part of a for runs once and is in scope in the others.
    size_t next = 0;
    if (stmt.kind == StmtKind::kFor) Walk(stmt.children[next++]);
    const bool loop = stmt.kind == StmtKind::kFor || stmt.kind == StmtKind::kWhile ||
                      stmt.kind == StmtKind::kLoop;
    if (loop) ++loops_;
    for (const Expr& expr : stmt.exprs) Walk(expr);
    VisitCompound(stmt);
    for (; next < stmt.children.size(); ++next) Walk(stmt.children[next]);
    if (loop) --loops_;
    guesser_.Return(mark);
  }
  // `a /= b` is an operation as `a = a / b` is.
  void VisitCompound(const Stmt& stmt) {
    if (stmt.kind != StmtKind::kAssign || stmt.op == Op::kNone) return;
    const Expr operation{
        .kind = ExprKind::kBinary, .op = stmt.op, .place = stmt.place, .operands = stmt.exprs};
    visit_(operation, {.guesser = guesser_, .loops = loops_});
  }

  const VisitExpr& visit_;
  Guesser guesser_;
  uint32_t loops_ = 0;
};

void ForEachExpr(const Subject& subject, const VisitExpr& visit) { ExprWalk(subject, visit); }

Findings CheckEntry(const Subject& subject) {
  Findings out;
  size_t count = 0;
  ForEachDeclared<Function>(subject, [&](const Function& function) {
    const bool compute = Find(function.attributes, "compute") != nullptr;
    const bool other = Find(function.attributes, "vertex") != nullptr ||
                       Find(function.attributes, "fragment") != nullptr;
    if (!compute && !other) return;
    ++count;
    if (other) {
      Add(&out, function.place, StrCat("entry point (", function.name, ") is not for compute"));
    } else if (!subject.options.entry) {
      Add(&out, function.place, StrCat("entry point (", function.name, ") in a part of a kernel"));
    } else if (function.name != "main") {
      Add(&out, function.place, StrCat("entry point (", function.name, ") is not (main)"));
    } else if (count > 1) {
      Add(&out, function.place, StrCat("entry point (", count, ") of a file, expected (1)"));
    }
  });
  if (count == 0 && subject.options.entry) Add(&out, {}, "no entry point, expected (main)");
  return out;
}

Findings CheckGroup(const Subject& subject) {
  Findings out;
  const OverrideValues none;
  Evaluator evaluator(subject.module, none);
  ForEachDeclared<Variable>(subject, [&](const Variable& variable) {
    const Result<Space> space = SpaceOf(variable);
    const bool resource = variable.kind == VariableKind::kVar && space.ok() &&
                          *space != Space::kPrivate && *space != Space::kWorkgroup;
    if (!resource) return;
    const Attribute* group = Find(variable.attributes, "group");
    if (group == nullptr || group->args.empty()) {
      if (!subject.options.entry) return;
      return Add(&out, variable.place, StrCat("resource (", variable.name, ") without a group"));
    }
    const Result<uint64_t> number = evaluator.EvaluateCount(group->args[0]);
    if (number.ok() && *number == 0) return;
    Add(&out, variable.place,
        StrCat("resource (", variable.name, ") in group (", Print(group->args[0]), "), not (0)"));
  });
  return out;
}

Findings CheckDirectives(const Subject& subject) {
  Findings out;
  for (const Directive& directive : subject.module.directives) {
    if (directive.kind == "diagnostic") continue;
    Add(&out, directive.place, StrCat(directive.kind, " (", Join(directive.names, ", "), ")"));
  }
  return out;
}

bool TakesPointer(std::string_view builtin) {
  return builtin.starts_with("atomic") || builtin == "arrayLength" ||
         builtin == "workgroupUniformLoad";
}

Findings CheckPointers(const Subject& subject) {
  Findings out;
  ForEachExpr(subject, [&](const Expr& expr, const Around& around) {
    if (expr.IsName("ptr") && !expr.template_args.empty()) {
      const std::string& space = expr.template_args[0].text;
      if (space != "function" && space != "private") {
        Add(&out, expr.place, StrCat("pointer to (", space, ")"));
      }
      return;
    }
    if (expr.kind != ExprKind::kUnary || expr.op != Op::kAddressOf) return;
    const Expr* root = &expr.operands[0];
    while (!root->operands.empty() && root->kind != ExprKind::kCall) root = &root->operands[0];
    const auto* variable = subject.names.FindAs<Variable>(root->text);
    if (variable == nullptr || variable->kind != VariableKind::kVar ||
        around.guesser.IsLocal(root->text)) {
      return;
    }
    const Result<Space> space = SpaceOf(*variable);
    if (!space.ok() || *space == Space::kPrivate) return;
    const bool passed = around.parent != nullptr && around.parent->kind == ExprKind::kCall &&
                        TakesPointer(around.parent->text);
    if (!passed) {
      Add(&out, expr.place, StrCat("pointer to (", root->text, ") in (", Name(*space), ")"));
    }
  });
  return out;
}

Findings CheckOverrideTypes(const Subject& subject) {
  Findings out;
  ForEachDeclared<Variable>(subject, [&](const Variable& variable) {
    if (variable.kind != VariableKind::kOverride || !variable.type) return;
    const std::optional<ScalarType> type = ScalarTypeOf(subject.names, *variable.type);
    if (type && *type != ScalarType::kF16) return;
    Add(&out, variable.place,
        StrCat("override (", variable.name, ") of type (", Print(*variable.type), ")"));
  });
  return out;
}

Findings CheckDimension(const Subject& subject) {
  Findings out;
  ForEachDeclared<Function>(subject, [&](const Function& function) {
    const Attribute* size = Find(function.attributes, "workgroup_size");
    if (size == nullptr) return;
    for (size_t i = 1; i < size->args.size(); ++i) {
      const std::string text = Print(size->args[i]);
      if (text == "1" || text == "1u" || text == "1i") continue;
      Add(&out, size->args[i].place,
          StrCat("workgroup size (", text, ") along ", i == 1 ? "y" : "z"));
    }
  });
  return out;
}

Findings CheckLoopDivision(const Subject& subject) {
  Findings out;
  ForEachExpr(subject, [&](const Expr& expr, const Around& around) {
    const bool divides = expr.kind == ExprKind::kBinary &&
                         (expr.op == Op::kDiv || expr.op == Op::kMod) && around.loops > 0;
    if (!divides) return;
    const Expr& divisor = expr.operands[1];
    bool constant = true;
    ForEach(divisor, [&](const Expr& part) {
      const bool call = part.kind == ExprKind::kCall || part.kind == ExprKind::kIndex;
      if (call || part.kind == ExprKind::kMember) constant = false;
      if (part.kind != ExprKind::kName || part.text == "true" || part.text == "false") return;
      const auto* variable = subject.names.FindAs<Variable>(part.text);
      const bool local = around.guesser.IsLocal(part.text);
      constant = constant && !local && variable != nullptr && variable->kind != VariableKind::kVar;
    });
    const bool integers = around.guesser.Of(expr).kind == Kind::kInteger;
    if (constant || !integers) return;
    Add(&out, expr.place,
        StrCat("(", Spelling(expr.op), ") by (", Print(divisor), ") inside a loop"));
  });
  return out;
}

bool IsSubgroupCall(std::string_view name) {
  return name.starts_with("subgroup") || name.starts_with("quadBroadcast") ||
         name.starts_with("quadSwap");
}

Findings CheckSubgroups(const Subject& subject) {
  Findings out;
  auto check_builtin = [&](const Field& field) {
    const Attribute* builtin = Find(field.attributes, "builtin");
    if (builtin == nullptr || builtin->args.empty() || subject.options.subgroups) return;
    const std::string& name = builtin->args[0].text;
    if (name.starts_with("subgroup")) Add(&out, field.place, StrCat("built-in value (", name, ")"));
  };
  ForEachDeclared<Function>(subject, [&](const Function& function) {
    for (const Field& param : function.params) check_builtin(param);
  });
  ForEachDeclared<Struct>(subject, [&](const Struct& declaration) {
    for (const Field& member : declaration.members) check_builtin(member);
  });
  ForEachExpr(subject, [&](const Expr& expr, const Around&) {
    const bool call = expr.kind == ExprKind::kCall && IsSubgroupCall(expr.text) &&
                      subject.names.Find(expr.text) == nullptr;
    if (!call || subject.options.subgroups) return;
    Add(&out, expr.place, StrCat("call of (", expr.text, ")"));
  });
  return out;
}

Findings CheckSubgroupOrder(const Subject& subject) {
  Findings out;
  ForEachExpr(subject, [&](const Expr& expr, const Around& around) {
    if (expr.kind != ExprKind::kCall || subject.names.Find(expr.text) != nullptr) return;
    if (expr.text == "subgroupElect") {
      Add(&out, expr.place, "call of (subgroupElect), expected (subgroup_invocation_id == 0)");
    }
    const bool sums = expr.text.starts_with("subgroup") &&
                      (expr.text.ends_with("Add") || expr.text.ends_with("Mul"));
    if (!sums || expr.operands.empty()) return;
    if (around.guesser.Of(expr.operands[0]).kind != Kind::kFloat) return;
    Add(&out, expr.place, StrCat("(", expr.text, ") of floats"));
  });
  return out;
}

Findings CheckStorageBindings(const Subject& subject) {
  Findings out;
  size_t count = 0;
  ForEachDeclared<Variable>(subject, [&](const Variable& variable) {
    if (variable.template_args.empty() || variable.template_args[0].text != "storage") return;
    if (++count <= kStorageBindings) return;
    Add(&out, variable.place,
        StrCat("storage binding (", count, ") is more than (", kStorageBindings, ")"));
  });
  return out;
}

Findings CheckAtomics(const Subject& subject) {
  Findings out;
  ForEachExpr(subject, [&](const Expr& expr, const Around&) {
    if (!expr.IsName("atomic") || expr.template_args.size() != 1) return;
    const std::optional<ScalarType> type = ScalarTypeOf(subject.names, expr.template_args[0]);
    if (type == ScalarType::kU32 || type == ScalarType::kI32) return;
    Add(&out, expr.place, StrCat("type (", Print(expr), ")"));
  });
  return out;
}

Findings CheckNanTest(const Subject& subject) {
  Findings out;
  ForEachExpr(subject, [&](const Expr& expr, const Around&) {
    const bool compares = expr.kind == ExprKind::kBinary && expr.op >= Op::kLess &&
                          expr.op <= Op::kNotEqual && expr.operands[0] == expr.operands[1];
    if (compares) Add(&out, expr.place, StrCat("comparison (", Print(expr), ") with itself"));
  });
  return out;
}

Findings CheckHalfBitcast(const Subject& subject) {
  Findings out;
  ForEachExpr(subject, [&](const Expr& expr, const Around&) {
    if (expr.kind != ExprKind::kCall || expr.text != "bitcast" || expr.template_args.empty())
      return;
    const std::string text = Print(expr.template_args[0]);
    const bool half = text == "f16" || text.ends_with("<f16>") ||
                      (text.starts_with("vec") && text.ends_with('h'));
    if (half) Add(&out, expr.place, StrCat("bitcast to (", text, ")"));
  });
  return out;
}

bool NamesOverride(const Subject& subject, const Expr& expr) {
  bool found = false;
  ForEach(expr, [&](const Expr& part) {
    const auto* variable = subject.names.FindAs<Variable>(part.text);
    found = found || (part.kind == ExprKind::kName && variable != nullptr &&
                      variable->kind == VariableKind::kOverride);
  });
  return found;
}

Findings CheckArrayLength(const Subject& subject) {
  Findings out;
  ForEachExpr(subject, [&](const Expr& expr, const Around&) {
    const bool is_array = expr.text == "array" && expr.template_args.size() == 2;
    if (!is_array || expr.template_args[1].kind == ExprKind::kName) return;
    if (!NamesOverride(subject, expr.template_args[1])) return;
    Add(&out, expr.place, StrCat("array length (", Print(expr.template_args[1]), ")"));
  });
  return out;
}

Findings CheckConstAssert(const Subject& subject) {
  Findings out;
  auto check = [&](Place place, const Expr& condition) {
    if (!NamesOverride(subject, condition)) return;
    Add(&out, place, StrCat("const_assert of (", Print(condition), ")"));
  };
  ForEachDeclared<ConstAssert>(
      subject, [&](const ConstAssert& assertion) { check(assertion.place, assertion.condition); });
  ForEachDeclared<Function>(subject, [&](const Function& function) {
    ForEach(function.body, [&](const Stmt& stmt) {
      if (stmt.kind == StmtKind::kConstAssert) check(stmt.place, stmt.exprs[0]);
    });
  });
  return out;
}

constexpr Rule kRules[] = {
    {"entry", Severity::kError, "one file is one pipeline", CheckEntry},
    {"group", Severity::kError, "a pipeline has one bind group", CheckGroup},
    {"directive", Severity::kError,
     "implementations disagree about them, so the loader adds what a choice needs",
     CheckDirectives},
    {"pointer", Severity::kError,
     "pointers reach function and private memory only, elsewhere an "
     "index goes",
     CheckPointers},
    {"override-type", Severity::kError, "values are given as bool, u32, i32 or f32",
     CheckOverrideTypes},
    {"dimension", Severity::kError, "subgroups follow the index of a thread only in one dimension",
     CheckDimension},
    {"loop-division", Severity::kWarning,
     "an integer division takes tens of cycles, a shift or a running counter one",
     CheckLoopDivision},
    {"barrier", Severity::kError, "threads that do not come hang the others",
     FindDivergentBarriers},
    {"subgroup", Severity::kError, "not every device has subgroups, so fragments hide them",
     CheckSubgroups},
    {"subgroup-order", Severity::kError, "neither order nor choice of a subgroup is specified",
     CheckSubgroupOrder},
    {"storage-bindings", Severity::kError, "a device may grant no more", CheckStorageBindings},
    {"atomic", Severity::kError, "only integers have atomics", CheckAtomics},
    {"nan-test", Severity::kError, "compilers assume that there is no NaN: test the bits",
     CheckNanTest},
    {"half-bitcast", Severity::kError, "not every implementation has it: unpack2x16float does",
     CheckHalfBitcast},
    {"array-length", Severity::kError,
     "not every implementation evaluates it: name it by an override", CheckArrayLength},
    {"const-assert", Severity::kError, "const_assert cannot see overrides", CheckConstAssert},
};

}  // namespace

std::string_view Name(Severity severity) {
  return severity == Severity::kError ? "error" : "warning";
}

std::span<const Rule> Rules() { return kRules; }

std::vector<Finding> CheckSubset(const Module& module, const SubsetOptions& options) {
  const Names names(module);
  const Subject subject{module, names, options};
  Findings out;
  for (const Rule& rule : kRules) {
    for (Finding& finding : rule.check(subject)) {
      finding.rule = rule.name;
      finding.severity = rule.severity;
      out.push_back(std::move(finding));
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const Finding& a, const Finding& b) {
    return a.place.line != b.place.line ? a.place.line < b.place.line
                                        : a.place.column < b.place.column;
  });
  return out;
}

std::string Print(const Finding& finding, std::string_view name) {
  std::string_view reason;
  for (const Rule& rule : kRules) {
    if (rule.name == finding.rule) reason = rule.reason;
  }
  return StrCat(name, ":", finding.place.line, ":", finding.place.column, ": ",
                Name(finding.severity), ": ", finding.what, " (", finding.rule, ": ", reason, ")");
}

}  // namespace ingot::wgsl
