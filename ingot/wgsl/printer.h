// Trees to text: one form for each tree, with the parentheses that the grammar demands and no
// others. Comments, except for the `//!` lines, and the layout of the text that was read are gone.
#pragma once

#include <string>

#include "ingot/wgsl/tree.h"

namespace ingot::wgsl {

// Parse(Print(module)) equals the module, if it came from Parse.
std::string Print(const Module& module);
std::string Print(const Declaration& declaration);
std::string Print(const Stmt& stmt);
std::string Print(const Expr& expr);

}  // namespace ingot::wgsl
