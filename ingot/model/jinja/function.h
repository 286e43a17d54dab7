// What a call in a template can reach: macros of the template, bound methods, global functions.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/model/jinja/value.h"

namespace ingot::model::jinja {

struct Stmt;
struct Scope;

// Evaluated arguments of a call, a filter or a test.
struct Args {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;

  // The argument at `index` or of that name; undefined if there is none.
  Value Get(size_t index, std::string_view name) const;
  bool Has(size_t index, std::string_view name) const;
  // Fails on more positional arguments than there are names, and on names not listed or given
  // twice.
  Status Check(std::string_view callee, const std::vector<std::string_view>& names) const;
};

// Either `macro` or `name` is set; a method has its value in `self`.
struct Function {
  const Stmt* macro = nullptr;
  std::weak_ptr<Scope> scope;  // of the macro: where its definition stands
  std::string name;
  bool is_method = false;
  Value self;
};

bool HasMethod(const Value& self, std::string_view name);
// REQUIRES: HasMethod(self, name).
Result<Value> CallMethod(const Value& self, std::string_view name, const Args& args,
                         Budget& budget);

bool HasFilter(std::string_view name);
std::vector<std::string> FilterNames();
// REQUIRES: HasFilter(name). The filters that call others by name (map, select, reject, selectattr,
// rejectattr) are the interpreter's and fail here.
Result<Value> ApplyFilter(std::string_view name, const Value& subject, const Args& args,
                          Budget& budget);

bool HasTest(std::string_view name);
std::vector<std::string> TestNames();
// REQUIRES: HasTest(name).
Result<bool> ApplyTest(std::string_view name, const Value& subject, const Args& args,
                       Budget& budget);

// Python's operators `+ - * / // % **`.
Result<Value> ApplyBinary(std::string_view op, const Value& a, const Value& b, Budget& budget);
// `== != < <= > >= in not in`.
Result<bool> ApplyComparison(std::string_view op, const Value& a, const Value& b, Budget& budget);
Result<bool> Contains(const Value& container, const Value& element, Budget& budget);
// `value.name` and `value[key]`: undefined where nothing is found; a failure on undefined values.
Result<Value> GetAttribute(const Value& value, std::string_view name);
Result<Value> GetItem(const Value& value, const Value& key, Budget& budget);
// The attribute a filter names: `a.b.0` step by step, or an index.
Result<Value> GetPath(const Value& value, const Value& path, Budget& budget);
// `value[start:stop:step]`; undefined bounds are those left out.
Result<Value> GetSlice(const Value& value, const Value& start, const Value& stop, const Value& step,
                       Budget& budget);

}  // namespace ingot::model::jinja
