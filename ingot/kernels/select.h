// The automatic selection: rows that say which kernel, variant and free overrides serve an op where
// nobody chose. docs/formats/select.md is the grammar of the files that hold them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/interface.h"
#include "ingot/base/status.h"
#include "ingot/kernels/header_expr.h"

namespace ingot::kernels {

struct SelectRow {
  std::string op, kernel, variant;
  HeaderExpr condition;
  std::map<std::string, HeaderExpr, std::less<>> overrides;
  std::string text;      // of the condition
  std::string place;     // `select.txt:12`
  bool shipped = false;  // of the binary
  int order = 0;         // among the rows of an op: the least decides first
};

// Fails with `PATH:LINE: what`.
Result<std::vector<SelectRow>> ReadSelect(std::string_view text, std::string_view path);

// The names that every condition may use: prefill, decode, rows, cols, depth, and the weight
// formats as W_FORMAT counts them (Q4_K).
bool IsSelectName(std::string_view name);
// `rows` is the most that a run has; a 0 is not known, and then has no value.
void AddSelectNumbers(Phase phase, uint64_t rows, uint64_t cols, uint64_t depth,
                      HeaderNumbers* numbers);

}  // namespace ingot::kernels
