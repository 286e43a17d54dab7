#include "ingot/model/jinja/value.h"

#include <algorithm>
#include <utility>

#include "ingot/base/text.h"
#include "ingot/model/jinja/function.h"

namespace ingot::model::jinja {
namespace {

using ListPtr = std::shared_ptr<const List>;
using DictPtr = std::shared_ptr<const Dict>;
using TextPtr = std::shared_ptr<const Text>;

Status CheckDepth(size_t depth, const Budget& budget) {
  if (depth <= budget.limits().value_depth) return Status();
  return Status(Code::kInvalidArgument, StrCat("values nest (", depth, ") deeper than the limit (",
                                               budget.limits().value_depth, ")"));
}

}  // namespace

Status Budget::Spend(uint64_t steps) {
  if (steps > steps_left_) {
    steps_left_ = 0;
    return Status(Code::kInvalidArgument,
                  StrCat("the template takes more than ", limits_.steps, " steps"));
  }
  steps_left_ -= steps;
  return Status();
}

Status Budget::SpendText(uint64_t bytes) {
  if (bytes > limits_.text_bytes) {
    return Status(
        Code::kInvalidArgument,
        StrCat("text (", bytes, " bytes) is more than the limit (", limits_.text_bytes, ")"));
  }
  return Spend(1 + bytes / 64);
}

Status Budget::CheckElements(uint64_t count) const {
  if (count <= limits_.elements) return Status();
  return Status(
      Code::kInvalidArgument,
      StrCat("a list (", count, " elements) is more than the limit (", limits_.elements, ")"));
}

Value::Value(Text value) : data_(std::make_shared<const Text>(std::move(value))) {}

Result<Value> Value::MakeList(std::vector<Value> items, const Budget& budget, bool is_tuple) {
  INGOT_TRY(budget.CheckElements(items.size()));
  auto list = std::make_shared<List>();
  for (const Value& item : items) list->depth = std::max(list->depth, 1 + item.Depth());
  INGOT_TRY(CheckDepth(list->depth, budget));
  list->items = std::move(items);
  list->is_tuple = is_tuple;
  return Value(ListPtr(std::move(list)));
}

std::string_view Value::KindName() const {
  static constexpr std::string_view kNames[] = {"undefined", "none",   "bool",    "integer",
                                                "float",     "string", "list",    "mapping",
                                                "namespace", "loop",   "function"};
  return kNames[data_.index()];
}

size_t Value::Depth() const {
  if (IsList()) return list().depth;
  if (IsDict()) return dict().depth;
  if (const Loop* loop = AsLoop()) return 1 + loop->items.Depth();
  if (const Function* function = AsFunction()) return 1 + function->self.Depth();
  return 0;
}

bool Value::Truth() const {
  if (IsUndefined() || IsNone()) return false;
  if (IsNumber()) return number() != 0;
  if (IsString()) return text().size() != 0;
  if (IsList()) return !list().items.empty();
  if (IsDict()) return !dict().members.empty();
  return true;
}

int64_t Value::integer() const {
  return IsBool() ? std::get<bool>(data_) : std::get<int64_t>(data_);
}

double Value::number() const {
  return IsFloat() ? std::get<double>(data_) : static_cast<double>(integer());
}

Namespace* Value::AsNamespace() const {
  return Is<Namespace*>() ? std::get<Namespace*>(data_) : nullptr;
}

const Loop* Value::AsLoop() const {
  const auto* loop = std::get_if<std::shared_ptr<const Loop>>(&data_);
  return loop == nullptr ? nullptr : loop->get();
}

const Function* Value::AsFunction() const {
  const auto* function = std::get_if<std::shared_ptr<const Function>>(&data_);
  return function == nullptr ? nullptr : function->get();
}

const Value* Dict::Find(std::string_view key) const {
  for (const auto& [name, value] : members) {
    if (name.IsString() && name.text().bytes() == key) return &value;
  }
  return nullptr;
}

Result<Value> MakeDict(std::vector<std::pair<Value, Value>> members, Budget& budget) {
  auto dict = std::make_shared<Dict>();
  for (auto& [key, value] : members) {
    if (!key.IsString() && !key.IsNumber() && !key.IsNone()) {
      return Status(Code::kInvalidArgument, StrCat("a key cannot be ", key.KindName()));
    }
    dict->depth = std::max(dict->depth, 1 + value.Depth());
    INGOT_TRY(budget.Spend(1 + dict->members.size() / 8));
    bool replaced = false;
    for (auto& [old_key, old_value] : dict->members) {
      INGOT_ASSIGN(bool same, Equal(old_key, key, budget));
      if (!same) continue;
      old_value = std::move(value);
      replaced = true;
      break;
    }
    if (!replaced) dict->members.emplace_back(std::move(key), std::move(value));
  }
  INGOT_TRY(CheckDepth(dict->depth, budget));
  return Value(DictPtr(std::move(dict)));
}

void Namespace::Set(std::string_view name, Value value) {
  for (auto& [key, old_value] : members) {
    if (key == name) {
      old_value = std::move(value);
      return;
    }
  }
  members.emplace_back(std::string(name), std::move(value));
}

const Value* Namespace::Find(std::string_view name) const {
  for (const auto& [key, value] : members) {
    if (key == name) return &value;
  }
  return nullptr;
}

Result<Value> FromJson(const Json& json, const Budget& budget) {
  switch (json.kind()) {
    case Json::Kind::kNull:
      return Value(None{});
    case Json::Kind::kBool:
      return Value(json.AsBool());
    case Json::Kind::kInt:
      return Value(json.AsInt());
    case Json::Kind::kDouble:
      return Value(json.AsDouble());
    case Json::Kind::kString:
      return Value(Text(json.AsString(), /*is_content=*/true));
    case Json::Kind::kArray: {
      std::vector<Value> items;
      for (size_t i = 0; i < json.size(); ++i) {
        INGOT_ASSIGN(Value item, FromJson(json[i], budget));
        items.push_back(std::move(item));
      }
      return Value::MakeList(std::move(items), budget);
    }
    case Json::Kind::kObject:
      break;
  }
  auto dict = std::make_shared<Dict>();  // the keys of a Json object differ
  for (const auto& [key, member] : json.members()) {
    INGOT_ASSIGN(Value value, FromJson(member, budget));
    dict->depth = std::max(dict->depth, 1 + value.Depth());
    dict->members.emplace_back(Text(key, /*is_content=*/true), std::move(value));
  }
  INGOT_TRY(CheckDepth(dict->depth, budget));
  return Value(DictPtr(std::move(dict)));
}

Result<bool> Equal(const Value& a, const Value& b, Budget& budget) {
  INGOT_TRY(budget.Spend(1));
  if (a.IsNumber() && b.IsNumber()) {
    if (a.IsFloat() || b.IsFloat()) return a.number() == b.number();
    return a.integer() == b.integer();
  }
  if (a.IsString() && b.IsString()) {
    INGOT_TRY(budget.Spend(std::min(a.text().size(), b.text().size()) / 64));
    return a.text().bytes() == b.text().bytes();
  }
  if (a.IsList() && b.IsList()) {
    const List& x = a.list();
    const List& y = b.list();
    if (x.items.size() != y.items.size() || x.is_tuple != y.is_tuple) return false;
    for (size_t i = 0; i < x.items.size(); ++i) {
      INGOT_ASSIGN(bool same, Equal(x.items[i], y.items[i], budget));
      if (!same) return false;
    }
    return true;
  }
  if (a.IsDict() && b.IsDict()) {
    if (a.dict().members.size() != b.dict().members.size()) return false;
    for (const auto& [key, value] : a.dict().members) {
      bool found = false;
      for (const auto& [other_key, other_value] : b.dict().members) {
        INGOT_ASSIGN(bool same_key, Equal(key, other_key, budget));
        if (!same_key) continue;
        INGOT_ASSIGN(found, Equal(value, other_value, budget));
        break;
      }
      if (!found) return false;
    }
    return true;
  }
  if (a.AsNamespace() != nullptr) return a.AsNamespace() == b.AsNamespace();
  if (a.AsLoop() != nullptr) return a.AsLoop() == b.AsLoop();
  if (a.AsFunction() != nullptr) return a.AsFunction() == b.AsFunction();
  return (a.IsNone() && b.IsNone()) || (a.IsUndefined() && b.IsUndefined());
}

Result<bool> Less(const Value& a, const Value& b) {
  if (a.IsNumber() && b.IsNumber()) {
    if (a.IsFloat() || b.IsFloat()) return a.number() < b.number();
    return a.integer() < b.integer();
  }
  // The order of UTF-8 bytes is that of code points.
  if (a.IsString() && b.IsString()) return a.text().bytes() < b.text().bytes();
  return Status(Code::kInvalidArgument,
                StrCat("cannot order ", a.KindName(), " and ", b.KindName()));
}

Result<std::vector<Value>> Items(const Value& value, Budget& budget) {
  std::vector<Value> items;
  if (value.IsUndefined()) return items;
  if (value.IsList()) {
    items = value.list().items;
  } else if (value.IsDict()) {
    for (const auto& member : value.dict().members) items.push_back(member.first);
  } else if (value.IsString()) {
    const std::vector<size_t> offsets = CharOffsets(value.text().bytes());
    INGOT_TRY(budget.Spend(offsets.size()));
    for (size_t i = 0; i + 1 < offsets.size(); ++i) {
      items.push_back(value.text().Slice(offsets[i], offsets[i + 1]));
    }
  } else {
    return Status(Code::kInvalidArgument, StrCat(value.KindName(), " cannot be iterated"));
  }
  INGOT_TRY(budget.Spend(items.size()));
  return items;
}

}  // namespace ingot::model::jinja
