// Operators, attributes, subscripts and slices.
#include <algorithm>
#include <cmath>
#include <utility>

#include "ingot/base/text.h"
#include "ingot/model/jinja/function.h"

namespace ingot::model::jinja {
namespace {

Status Bad(std::string_view op, const Value& a, const Value& b) {
  if (a.IsUndefined() || b.IsUndefined()) {
    return Status(Code::kInvalidArgument,
                  StrCat("(", (a.IsUndefined() ? a : b).undefined_what(), ") is undefined"));
  }
  return Status(Code::kInvalidArgument,
                StrCat("no (", op, ") of ", a.KindName(), " and ", b.KindName()));
}

Result<Value> FloatBinary(std::string_view op, double a, double b) {
  if (op == "+") return Value(a + b);
  if (op == "-") return Value(a - b);
  if (op == "*") return Value(a * b);
  if (op == "**") return Value(std::pow(a, b));
  if (b == 0) return Status(Code::kInvalidArgument, StrCat("(", op, ") by zero"));
  if (op == "/") return Value(a / b);
  const double rest = a - b * std::floor(a / b);
  return Value(op == "%" ? rest : std::floor(a / b));
}

Result<Value> IntBinary(std::string_view op, int64_t a, int64_t b) {
  int64_t out = 0;
  bool overflows = false;
  if (op == "+") {
    overflows = __builtin_add_overflow(a, b, &out);
  } else if (op == "-") {
    overflows = __builtin_sub_overflow(a, b, &out);
  } else if (op == "*") {
    overflows = __builtin_mul_overflow(a, b, &out);
  } else if (op == "**") {
    out = 1;
    // 64 factors other than -1, 0 and 1 overflow.
    const int64_t factors = a >= -1 && a <= 1 ? std::min<int64_t>(b, 2 + b % 2) : b;
    for (int64_t i = 0; i < factors && !overflows; ++i) {
      overflows = __builtin_mul_overflow(out, a, &out);
    }
  } else if (b == 0) {
    return Status(Code::kInvalidArgument, StrCat("(", op, ") by zero"));
  } else if (b == -1) {
    overflows = op == "//" && __builtin_sub_overflow(int64_t{0}, a, &out);
  } else {
    const bool rounds_down = a % b != 0 && (a % b < 0) != (b < 0);
    out = op == "%" ? a % b + (rounds_down ? b : 0) : a / b - (rounds_down ? 1 : 0);
  }
  if (overflows) {
    return Status(Code::kInvalidArgument,
                  StrCat("(", op, ") of ", a, " and ", b, " is out of range"));
  }
  return Value(out);
}

Result<Value> Repeat(const Value& value, int64_t times, Budget& budget) {
  const uint64_t count = static_cast<uint64_t>(std::max<int64_t>(times, 0));
  if (value.IsString()) {
    uint64_t bytes = 0;
    if (__builtin_mul_overflow(count, value.text().size(), &bytes)) bytes = UINT64_MAX;
    INGOT_TRY(budget.SpendText(bytes));
    Text out;
    for (uint64_t i = 0; i < count && bytes > 0; ++i) out.Append(value.text());
    return Value(std::move(out));
  }
  const List& list = value.list();
  std::vector<Value> items;
  for (uint64_t i = 0; i < count && !list.items.empty(); ++i) {
    INGOT_TRY(budget.CheckElements(items.size() + list.items.size()));
    INGOT_TRY(budget.Spend(list.items.size()));
    items.insert(items.end(), list.items.begin(), list.items.end());
  }
  return Value::MakeList(std::move(items), budget, list.is_tuple);
}

// A loop's attribute, or undefined.
Value LoopAttribute(const Loop& loop, std::string_view name) {
  const std::vector<Value>& items = loop.items.list().items;
  const int64_t index = static_cast<int64_t>(loop.index);
  const int64_t length = static_cast<int64_t>(items.size());
  if (name == "index") return Value(index + 1);
  if (name == "index0") return Value(index);
  if (name == "revindex") return Value(length - index);
  if (name == "revindex0") return Value(length - index - 1);
  if (name == "first") return Value(index == 0);
  if (name == "last") return Value(index + 1 == length);
  if (name == "length") return Value(length);
  if (name == "depth") return Value(int64_t{1});
  if (name == "depth0") return Value(int64_t{0});
  if (name == "previtem" && index > 0) return items[loop.index - 1];
  if (name == "nextitem" && index + 1 < length) return items[loop.index + 1];
  return Value(Undefined{StrCat("loop.", name)});
}

Value Missing(const Value& value, std::string_view name) {
  return Value(Undefined{StrCat(value.KindName(), ".", name)});
}

}  // namespace

Result<Value> ApplyBinary(std::string_view op, const Value& a, const Value& b, Budget& budget) {
  if (a.IsNumber() && b.IsNumber()) {
    const bool floats =
        a.IsFloat() || b.IsFloat() || op == "/" || (op == "**" && b.IsInt() && b.integer() < 0);
    if (floats) return FloatBinary(op, a.number(), b.number());
    return IntBinary(op, a.integer(), b.integer());
  }
  if (op == "+" && a.IsString() && b.IsString()) {
    INGOT_TRY(budget.SpendText(a.text().size() + b.text().size()));
    Text out = a.text();
    out.Append(b.text());
    return Value(std::move(out));
  }
  if (op == "+" && a.IsList() && b.IsList() && a.list().is_tuple == b.list().is_tuple) {
    std::vector<Value> items = a.list().items;
    items.insert(items.end(), b.list().items.begin(), b.list().items.end());
    INGOT_TRY(budget.Spend(items.size()));
    return Value::MakeList(std::move(items), budget, a.list().is_tuple);
  }
  const auto repeats = [](const Value& value) { return value.IsString() || value.IsList(); };
  const auto counts = [](const Value& value) { return value.IsInt() || value.IsBool(); };
  if (op == "*" && repeats(a) && counts(b)) return Repeat(a, b.integer(), budget);
  if (op == "*" && counts(a) && repeats(b)) return Repeat(b, a.integer(), budget);
  return Bad(op, a, b);
}

Result<bool> ApplyComparison(std::string_view op, const Value& a, const Value& b, Budget& budget) {
  if (op == "==") return Equal(a, b, budget);
  if (op == "in") return Contains(b, a, budget);
  if (op == "!=" || op == "not in") {
    INGOT_ASSIGN(bool holds, op == "!=" ? Equal(a, b, budget) : Contains(b, a, budget));
    return !holds;
  }
  if (op == "<") return Less(a, b);
  if (op == ">") return Less(b, a);
  // Not the inverse of the other order: with a NaN both are false.
  INGOT_ASSIGN(bool less, op == "<=" ? Less(a, b) : Less(b, a));
  if (less) return true;
  return Equal(a, b, budget);
}

Result<bool> Contains(const Value& container, const Value& element, Budget& budget) {
  if (container.IsString()) {
    if (!element.IsString()) return Bad("in", element, container);
    INGOT_TRY(budget.SpendText(container.text().size()));
    return container.text().bytes().find(element.text().bytes()) != std::string::npos;
  }
  if (const Dict* dict = container.IsDict() ? &container.dict() : nullptr) {
    for (const auto& member : dict->members) {
      INGOT_ASSIGN(bool same, Equal(member.first, element, budget));
      if (same) return true;
    }
    return false;
  }
  if (container.IsUndefined()) return false;
  if (!container.IsList()) return Bad("in", element, container);
  for (const Value& item : container.list().items) {
    INGOT_ASSIGN(bool same, Equal(item, element, budget));
    if (same) return true;
  }
  return false;
}

Result<Value> GetAttribute(const Value& value, std::string_view name) {
  if (value.IsUndefined()) {
    return Status(
        Code::kInvalidArgument,
        StrCat("(", value.undefined_what(), ") is undefined, it has no attribute (", name, ")"));
  }
  if (HasMethod(value, name)) {
    auto method = std::make_shared<Function>();
    method->name = name;
    method->is_method = true;
    method->self = value;
    return Value(std::shared_ptr<const Function>(std::move(method)));
  }
  if (const Loop* loop = value.AsLoop()) return LoopAttribute(*loop, name);
  const Value* member = nullptr;
  if (value.IsDict()) member = value.dict().Find(name);
  if (Namespace* space = value.AsNamespace()) member = space->Find(name);
  return member != nullptr ? *member : Missing(value, name);
}

Result<Value> GetItem(const Value& value, const Value& key, Budget& budget) {
  if (value.IsUndefined()) {
    return Status(Code::kInvalidArgument,
                  StrCat("(", value.undefined_what(), ") is undefined, it has no elements"));
  }
  if (value.IsDict()) {
    for (const auto& [name, member] : value.dict().members) {
      INGOT_ASSIGN(bool same, Equal(name, key, budget));
      if (same) return member;
    }
  } else if ((value.IsList() || value.IsString()) && (key.IsInt() || key.IsBool())) {
    std::vector<size_t> offsets;
    if (value.IsString()) {
      INGOT_TRY(budget.SpendText(value.text().size()));
      offsets = CharOffsets(value.text().bytes());
    }
    const int64_t length =
        static_cast<int64_t>(value.IsString() ? offsets.size() - 1 : value.list().items.size());
    const int64_t given = key.integer();
    if (given < -length || given >= length) {
      return Value(Undefined{StrCat(value.KindName(), "[", given, "]")});
    }
    const size_t index = static_cast<size_t>(given < 0 ? given + length : given);
    if (value.IsList()) return value.list().items[index];
    return Value(value.text().Slice(offsets[index], offsets[index + 1]));
  }
  if (key.IsString()) return GetAttribute(value, key.text().bytes());
  return Value(Undefined{StrCat(value.KindName(), "[", key.KindName(), "]")});
}

Result<Value> GetPath(const Value& value, const Value& path, Budget& budget) {
  if (!path.IsString()) return GetItem(value, path, budget);
  Value at = value;
  for (std::string_view step : Split(path.text().bytes(), '.')) {
    const std::optional<int64_t> index = ParseInt(step);
    INGOT_ASSIGN(at, GetItem(at, index.has_value() ? Value(*index) : Value(Text(step)), budget));
  }
  return at;
}

Result<Value> GetSlice(const Value& value, const Value& start, const Value& stop,
                       const Value& step_value, Budget& budget) {
  if (!value.IsString() && !value.IsList()) {
    return Status(Code::kInvalidArgument, StrCat("no slice of ", value.KindName()));
  }
  for (const Value* bound : {&start, &stop, &step_value}) {
    if (!bound->IsUndefined() && !bound->IsNone() && !bound->IsInt() && !bound->IsBool()) {
      return Status(Code::kInvalidArgument, StrCat("a slice bound is ", bound->KindName()));
    }
  }
  std::vector<size_t> offsets;
  if (value.IsString()) {
    INGOT_TRY(budget.SpendText(value.text().size()));
    offsets = CharOffsets(value.text().bytes());
  }
  const int64_t length =
      static_cast<int64_t>(value.IsString() ? offsets.size() - 1 : value.list().items.size());
  const auto given = [](const Value& bound) { return bound.IsInt() || bound.IsBool(); };
  const int64_t step =
      given(step_value) ? std::clamp<int64_t>(step_value.integer(), -length - 1, length + 1) : 1;
  if (step == 0) return Status(Code::kInvalidArgument, "a slice has a step of 0");
  // The places a bound can take: 0 to length going up, -1 to length - 1 going down.
  const int64_t low = step > 0 ? 0 : -1;
  const int64_t high = step > 0 ? length : length - 1;
  const auto place = [&](const Value& bound, int64_t otherwise) {
    if (!given(bound)) return otherwise;
    const int64_t at = bound.integer() < 0 ? bound.integer() + length : bound.integer();
    return std::clamp(at, low, high);
  };
  const int64_t first = place(start, step > 0 ? low : high);
  const int64_t last = place(stop, step > 0 ? high : low);
  if (value.IsString()) {
    Text out;
    if (step == 1) {
      return Value(first < last ? value.text().Slice(offsets[static_cast<size_t>(first)],
                                                     offsets[static_cast<size_t>(last)])
                                : Text());
    }
    for (int64_t i = first; step > 0 ? i < last : i > last; i += step) {
      out.AppendSlice(value.text(), offsets[static_cast<size_t>(i)],
                      offsets[static_cast<size_t>(i) + 1]);
    }
    return Value(std::move(out));
  }
  std::vector<Value> items;
  for (int64_t i = first; step > 0 ? i < last : i > last; i += step) {
    items.push_back(value.list().items[static_cast<size_t>(i)]);
  }
  INGOT_TRY(budget.Spend(items.size()));
  return Value::MakeList(std::move(items), budget, value.list().is_tuple);
}

}  // namespace ingot::model::jinja
