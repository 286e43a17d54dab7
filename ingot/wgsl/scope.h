// Which names in a function are its own and which come from outside. Parameters and local variables
// hide module names; attributes and address spaces name nothing that can be declared.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "ingot/wgsl/tree.h"

namespace ingot::wgsl {

// Calls `visit` on each name and call in types, bodies and values that no parameter or local
// variable declares: module names, and built-in types, values and functions.
void ForEachFreeName(const Declaration& declaration, const std::function<void(const Expr&)>& visit);

// What the names in a function that are its own stand for: the `name` of the parameter or variable,
// which tells apart those of one spelling. Names from outside are absent.
std::map<const Expr*, const std::string*> LocalNames(const Function& function);

// The module names that a declaration uses itself, sorted.
std::set<std::string> UsedNames(const Declaration& declaration,
                                const std::set<std::string>& module);

// The names of all declarations.
std::set<std::string> ModuleNames(const Module& module);

// `root` and everything that it uses, directly or not.
std::set<std::string> ReachableNames(const Module& module, std::string_view root);

// Gives module names new ones, at their declaration and wherever they are used. Local variables
// keep theirs. REQUIRES: no new name is declared, or used for something built in; a local variable
// that would hide a new name makes this fail, with `LINE:COLUMN: ...`, and the module is then as it
// was.
Status Rename(const std::map<std::string, std::string, std::less<>>& names, Module* module);

}  // namespace ingot::wgsl
