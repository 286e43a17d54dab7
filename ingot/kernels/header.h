// The `//!` lines of a WGSL file as a plain value: what WGSL itself cannot say about a kernel, a
// fragment or a stage. docs/formats/kernel_header.md is the grammar.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/kernels/header_expr.h"
#include "ingot/kernels/kernel.h"
#include "ingot/wgsl/tree.h"

namespace ingot::kernels {

// An op that the file serves, with the overrides and uniforms that it fixes.
struct OpLine {
  std::string op;
  std::string name;  // of the kernel for this op; empty: the op's, or the file's if there is one op
  std::map<std::string, double, std::less<>> settings;
  wgsl::Place place;
  bool operator==(const OpLine&) const = default;
};

struct BindLine {
  std::string name;
  std::string type;  // `f32[rows,dim]`, `wt[cols,depth]`, `kv`; may be empty
  Access access = Access::kRead;
  std::optional<HeaderExpr> condition;  // if false, a dummy is bound
  wgsl::Place place;
  bool operator==(const BindLine&) const = default;
};

// A binding whose access is another one where `condition` holds.
struct AccessLine {
  std::string name;
  Access access = Access::kRead;
  HeaderExpr condition;
  wgsl::Place place;
  bool operator==(const AccessLine&) const = default;
};

struct RangeLine {
  std::string name;
  std::vector<double> allowed;  // closed list; empty: lo..hi
  double lo = 0;
  double hi = 0;
  double step = 0;  // lo..hi in steps of it; 0: every value
  bool power_of_two = false;
  OverrideClass clazz = OverrideClass::kTune;
  std::optional<HeaderExpr> where;  // what must hold beside it
  wgsl::Place place;
  bool operator==(const RangeLine&) const = default;
};

// `NAME = TYPE`, or `NAME = array<TYPE, LENGTH>` with a length of overrides.
struct AliasLine {
  std::string name;
  wgsl::Expr type;
  std::optional<HeaderExpr> length;
  wgsl::Place place;
  bool operator==(const AliasLine&) const = default;
};

// `NAME = EXPR`.
struct SetLine {
  std::string name;
  HeaderExpr value;
  wgsl::Place place;
  bool operator==(const SetLine&) const = default;
};

struct RequireLine {
  HeaderExpr condition;
  wgsl::Place place;
  bool operator==(const RequireLine&) const = default;
};

struct VariantLine {
  std::string name;
  OverrideValues pins;
  wgsl::Place place;
  bool operator==(const VariantLine&) const = default;
};

// How many stages a slot takes: one; any number, each applied to what the one before gave (`Map*`);
// or one for each head (`Weights[1..3]`), which makes the kernel's constant HEADS.
enum class SlotKind : uint8_t { kSingle, kChain, kHeads };

// `NAME PORT [= DEFAULT]`.
struct SlotLine {
  std::string name;
  std::string port;
  SlotKind kind = SlotKind::kSingle;
  uint32_t least = 1;  // heads
  uint32_t most = 1;
  std::string stage;
  wgsl::Place place;
  bool operator==(const SlotLine&) const = default;
};

// `SLOT = STAGE[, STAGE...]`, each stage a name, or `STAGE over STAGE`, with one blank between
// words.
struct FillLine {
  std::string slot;
  std::vector<std::string> stages;
  wgsl::Place place;
  bool operator==(const FillLine&) const = default;
};

enum class FileKind : uint8_t { kKernel, kFragment, kStage, kRecipe };
std::string_view Name(FileKind kind);

struct Header {
  FileKind kind = FileKind::kKernel;
  std::string subject;  // of `fragment:` its name, of `stage:` the port, of `kernel:` the file
  std::vector<OpLine> ops;
  std::string key;
  std::string formula;
  std::vector<BindLine> binds;
  std::vector<HeaderExpr> grid;
  std::optional<Phase> phase;
  std::vector<SetLine> sets;
  std::vector<AccessLine> accesses;
  std::vector<RangeLine> ranges;
  std::vector<AliasLine> aliases;
  std::vector<std::string> uses;  // fragments
  std::optional<HeaderExpr> shared;
  std::vector<RequireLine> requirements;
  std::string tolerance;
  std::vector<VariantLine> variants;
  std::vector<SlotLine> slots;
  std::string means;  // of a stage: an op, or `none`
  std::string over;
  std::vector<FillLine> fills;
  bool operator==(const Header&) const = default;
};

// Fails with `FILE:LINE: what`: on lines that are unknown, given twice where once is meant, not for
// this kind of file, or missing.
Result<Header> ReadHeader(const std::vector<wgsl::HeaderLine>& lines, std::string_view file);

// `SLOT = STAGE, STAGE over STAGE; SLOT = ...`, without places.
Result<std::vector<FillLine>> ParseFills(std::string_view text);
// Reads back equal, without blanks but those around `over`.
std::string Print(const std::vector<FillLine>& fills);

// `FILE:LINE: what`.
Status HeaderError(std::string_view file, wgsl::Place place, std::string_view what);

}  // namespace ingot::kernels
