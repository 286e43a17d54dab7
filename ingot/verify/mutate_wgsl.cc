#include "ingot/verify/mutate_wgsl.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "ingot/base/hash.h"
#include "ingot/base/text.h"
#include "ingot/wgsl/printer.h"

namespace ingot::verify {
namespace {

using wgsl::Expr;
using wgsl::ExprKind;
using wgsl::Op;
using wgsl::Stmt;
using wgsl::StmtKind;

constexpr std::array<std::string_view, 12> kKinds = {
    "bound", "barrier", "comparison", "constant", "index",  "axis",
    "tie",   "rescale", "neighbour",  "nibbles",  "choice", "order"};

Expr Literal(std::string text) {
  return {.kind = ExprKind::kLiteral, .place = {}, .text = std::move(text)};
}

Expr Binary(Op op, Expr left, Expr right) {
  Expr expr{.kind = ExprKind::kBinary, .op = op, .place = left.place};
  expr.operands.push_back(std::move(left));
  expr.operands.push_back(std::move(right));
  return expr;
}

bool IsBinary(const Expr& expr, Op op) { return expr.kind == ExprKind::kBinary && expr.op == op; }
bool IsCall(const Expr& expr, std::string_view name) {
  return expr.kind == ExprKind::kCall && expr.text == name;
}

// `<=` for `<`; kNone for what is no comparison.
Op Flipped(Op op) {
  constexpr std::array<std::pair<Op, Op>, 3> kPairs = {{{Op::kLess, Op::kLessEqual},
                                                        {Op::kGreater, Op::kGreaterEqual},
                                                        {Op::kEqual, Op::kNotEqual}}};
  for (const auto& [a, b] : kPairs) {
    if (op == a) return b;
    if (op == b) return a;
  }
  return Op::kNone;
}

bool IsArithmetic(Op op) {
  return op >= Op::kMul && op <= Op::kShiftRight ? true : op == Op::kAnd || op == Op::kOr;
}

// Another number of the same type; nothing for `true` and `false`.
std::optional<Expr> OtherNumber(const Expr& literal) {
  const std::string& text = literal.text;
  if (text.empty() || (text[0] != '.' && (text[0] < '0' || text[0] > '9'))) return std::nullopt;
  const bool is_hex = text.starts_with("0x");
  char* end = nullptr;
  if (!is_hex && text.find_first_of(".efh") != std::string::npos) {
    const double value = std::strtod(text.c_str(), &end);
    if (value == 0) return Literal(StrCat("1.0", end));
    return Binary(Op::kMul, literal, Literal("1.25"));
  }
  const unsigned long long value = std::strtoull(text.c_str(), &end, 0);
  return Literal(StrCat(value < 16 ? value + 1 : value - 1, end));
}

// The name that says what an expression is: of a variable, a member, an array or a function.
std::string_view NameOf(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kName:
    case ExprKind::kCall:
      return expr.text;
    case ExprKind::kMember: {
      const bool is_swizzle = expr.text.find_first_not_of("xyzw") == std::string::npos;
      return is_swizzle ? NameOf(expr.operands[0]) : std::string_view(expr.text);
    }
    case ExprKind::kIndex:
      return NameOf(expr.operands[0]);
    default:
      return "";
  }
}

bool IsFactor(std::string_view name) {
  constexpr std::array<std::string_view, 6> kWords = {"scale", "factor",  "alpha",
                                                      "share", "inverse", "correction"};
  return std::ranges::any_of(
      kWords, [&](std::string_view word) { return name.find(word) != std::string_view::npos; });
}

bool IsBarrier(const Stmt& stmt) {
  return stmt.kind == StmtKind::kCall &&
         (IsCall(stmt.exprs[0], "workgroupBarrier") || IsCall(stmt.exprs[0], "storageBarrier"));
}

// workgroupUniformLoad is a barrier itself.
bool LoadsUniformly(const Stmt& stmt) {
  bool found = false;
  ForEachOwnExpr(stmt, [&](const Expr& expr) { found |= IsCall(expr, "workgroupUniformLoad"); });
  return found;
}

// `g.id.z != 0u`, which keeps surplus workgroups from the work of others: the same once more.
bool IsSurplus(const Expr& expr) {
  const Expr& left = expr.operands[0];
  return IsBinary(expr, Op::kNotEqual) && left.kind == ExprKind::kMember &&
         NameOf(left.operands[0]) == "id";
}

// Meets all places of a module in order; changes the tree at the one that is wanted.
class Walk {
 public:
  using Meet = std::function<bool(std::string_view kind, wgsl::Place place)>;
  // `meet` says whether the fault is to be planted, which ends the walk.
  explicit Walk(Meet meet) : meet_(std::move(meet)) {}

  void Through(Stmt& stmt) {
    if (stmt.kind == StmtKind::kConstAssert) return;
    if (stmt.kind == StmtKind::kFor && !stmt.exprs.empty()) {
      TakeBound(stmt.exprs[0], stmt.children[1].op == Op::kShiftLeft);
    }
    if (stmt.variable && stmt.variable->value) Through(*stmt.variable->value, false);
    for (Expr& expr : stmt.exprs) Through(expr, false);
    for (size_t i = 0; i < stmt.children.size() && !done_; ++i) {
      const bool matters = stmt.kind == StmtKind::kBlock && i + 1 < stmt.children.size() &&
                           stmt.children[i + 1].kind != StmtKind::kReturn &&
                           !LoadsUniformly(stmt.children[i + 1]);
      if (matters && IsBarrier(stmt.children[i]) && Takes("barrier", stmt.children[i].place)) {
        stmt.children.erase(stmt.children.begin() + static_cast<std::ptrdiff_t>(i));
        return;
      }
      Through(stmt.children[i]);
    }
  }

 private:
  bool Takes(std::string_view kind, wgsl::Place place) {
    if (done_) return false;
    done_ = meet_(kind, place);
    return done_;
  }
  void Take(std::string_view kind, Expr& expr, const std::function<Expr()>& change) {
    if (Takes(kind, expr.place)) expr = change();
  }

  // A loop over powers of two passes by `end - 1` as it does by `end`: its last step is end / 2.
  void TakeBound(Expr& condition, bool doubles) {
    if (condition.kind != ExprKind::kBinary) return;
    Expr& end = condition.operands[1];
    if (condition.op == Op::kLess && doubles) {
      Take("bound", end, [&] { return Binary(Op::kDiv, end, Literal("2")); });
    } else if (condition.op == Op::kLess) {
      Take("bound", end, [&] { return Binary(Op::kSub, end, Literal("1")); });
    } else if (condition.op == Op::kGreater) {
      Take("bound", end, [&] { return Binary(Op::kAdd, end, Literal("1")); });
    }
  }

  void Through(Expr& expr, bool in_index) {
    if (done_ || (expr.kind == ExprKind::kBinary && IsSurplus(expr))) return;
    if (expr.kind == ExprKind::kBinary) TakeBinary(expr, in_index);
    if (expr.kind == ExprKind::kMember) TakeMember(expr);
    if (expr.kind == ExprKind::kCall) TakeCall(expr);
    if (expr.kind == ExprKind::kIndex && IsFactor(NameOf(expr))) TakeNeighbour(expr.operands[1]);
    for (size_t i = 0; i < expr.operands.size() && !done_; ++i) {
      Through(expr.operands[i], in_index || (expr.kind == ExprKind::kIndex && i == 1));
    }
  }

  void TakeBinary(Expr& expr, bool in_index) {
    Expr& left = expr.operands[0];
    Expr& right = expr.operands[1];
    if (const Op flipped = Flipped(expr.op); flipped != Op::kNone) {
      Take("comparison", expr, [&] { return Binary(flipped, left, right); });
    }
    const bool is_tie = IsBinary(expr, Op::kLogicalAnd) && IsBinary(left, Op::kEqual) &&
                        (IsBinary(right, Op::kLess) || IsBinary(right, Op::kGreater));
    if (is_tie) {
      Take("tie", right, [&] { return Binary(right.op, right.operands[1], right.operands[0]); });
    }
    if (IsArithmetic(expr.op)) {
      for (Expr* side : {&left, &right}) {
        if (side->kind != ExprKind::kLiteral) continue;
        if (const std::optional<Expr> other = OtherNumber(*side)) {
          Take("constant", *side, [&] { return *other; });
        }
      }
    }
    if (expr.op == Op::kMul) {
      if (IsFactor(NameOf(left))) {
        Take("rescale", expr, [&] { return Expr(right); });
      } else if (IsFactor(NameOf(right))) {
        Take("rescale", expr, [&] { return Expr(left); });
      }
    }
    if (expr.op == Op::kShiftRight && right.text.starts_with("4u")) {
      Take("nibbles", expr, [&] { return Expr(left); });
    }
    if (expr.op != Op::kAdd) return;
    if (in_index && IsBinary(left, Op::kMul)) {
      Take("index", expr, [&] {
        return Binary(Op::kAdd, Binary(Op::kMul, left.operands[0], right), left.operands[1]);
      });
    }
    if (!in_index && IsBinary(right, Op::kMul)) {
      Take("order", expr, [&] {
        return Binary(Op::kMul, Binary(Op::kAdd, left, right.operands[0]), right.operands[1]);
      });
    }
  }

  void TakeMember(Expr& expr) {
    const Expr& base = expr.operands[0];
    const bool is_id = base.kind == ExprKind::kMember && base.text == "id";
    if (is_id && (expr.text == "y" || expr.text == "z")) {
      Take("axis", expr, [] { return Literal("0u"); });
      return;
    }
    constexpr std::string_view kFrom = "xyzw", kTo = "yxxz";
    const size_t at = expr.text.size() == 1 ? kFrom.find(expr.text[0]) : std::string_view::npos;
    if (at == std::string_view::npos) return;
    Take("index", expr, [&] {
      Expr other = expr;
      other.text = kTo.substr(at, 1);
      return other;
    });
  }

  void TakeCall(Expr& expr) {
    if (expr.text == "rescale") Take("rescale", expr, [] { return Literal("1.0"); });
    if (expr.text == "select") {
      Take("choice", expr, [&] {
        Expr other = expr;
        std::swap(other.operands[0], other.operands[1]);
        return other;
      });
    }
    if (expr.text == "low_nibbles" || expr.text == "high_nibbles") {
      Take("nibbles", expr, [&] {
        Expr other = expr;
        other.text = expr.text == "low_nibbles" ? "high_nibbles" : "low_nibbles";
        return other;
      });
    }
    if (expr.operands.empty()) return;
    Expr& last = expr.operands.back();
    const bool reads_scale = expr.text.find("scales_") != std::string::npos ||
                             expr.text.find("scale_") != std::string::npos ||
                             IsFactor(NameOf(last));
    const bool is_load = reads_scale && expr.text != "select" && expr.operands.size() <= 2;
    if (is_load) TakeNeighbour(last);
  }

  void TakeNeighbour(Expr& index) {
    Take("neighbour", index, [&] { return Binary(Op::kXor, index, Literal("1u")); });
  }

  Meet meet_;
  bool done_ = false;
};

// Walks over the functions; `visit(function name, kind, place)` as of Walk.
void WalkModule(
    wgsl::Module& module,
    const std::function<bool(const std::string&, std::string_view, wgsl::Place)>& meet) {
  bool planted = false;
  for (wgsl::Declaration& declaration : module.declarations) {
    auto* function = std::get_if<wgsl::Function>(&declaration);
    if (function == nullptr || planted) continue;
    Walk([&](std::string_view kind, wgsl::Place place) {
      planted = meet(function->name, kind, place);
      return planted;
    }).Through(function->body);
  }
}

void Shuffle(std::vector<Fault>& faults, Stream& stream) {
  for (size_t i = faults.size(); i > 1; --i) std::swap(faults[i - 1], faults[stream.Below(i)]);
}

}  // namespace

std::vector<std::string_view> FaultKinds() { return {kKinds.begin(), kKinds.end()}; }

std::string FamilyOf(const kernels::WgslFile& file) {
  const std::vector<std::string_view> parts = Split(file.path, '/');
  return parts.size() < 2 ? "" : std::string(parts[parts.size() - 2]);
}

std::vector<Fault> FaultsOf(const kernels::WgslFile& file) {
  std::vector<Fault> faults;
  wgsl::Module module = file.module;
  WalkModule(module, [&](const std::string& function, std::string_view kind, wgsl::Place place) {
    faults.push_back({&file, kind, faults.size(), function, place.line});
    return false;
  });
  return faults;
}

std::string Plant(const Fault& fault) {
  wgsl::Module module = fault.file->module;
  size_t met = 0;
  WalkModule(module, [&](const std::string&, std::string_view, wgsl::Place) {
    return met++ == fault.number;
  });
  return wgsl::Print(module);
}

std::vector<Fault> DrawFaults(const std::vector<const kernels::WgslFile*>& files, uint64_t seed) {
  Stream stream(seed, "faults");
  std::map<std::string, std::map<std::string_view, std::vector<Fault>>> left;
  for (const kernels::WgslFile* file : files) {
    for (Fault& fault : FaultsOf(*file)) left[FamilyOf(*file)][fault.kind].push_back(fault);
  }
  for (auto& [family, kinds] : left) {
    for (auto& [kind, faults] : kinds) Shuffle(faults, stream);
  }
  std::map<std::string_view, size_t> drawn;
  std::vector<Fault> order;
  while (!left.empty()) {
    for (auto family = left.begin(); family != left.end();) {
      auto& kinds = family->second;
      auto rarest = std::ranges::min_element(kinds, {},
                                             [&](const auto& entry) { return drawn[entry.first]; });
      if (rarest == kinds.end()) {
        family = left.erase(family);
        continue;
      }
      ++drawn[rarest->first];
      order.push_back(rarest->second.back());
      rarest->second.pop_back();
      if (rarest->second.empty()) kinds.erase(rarest);
      ++family;
    }
  }
  return order;
}

}  // namespace ingot::verify
