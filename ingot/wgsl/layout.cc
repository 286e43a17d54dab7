#include "ingot/wgsl/layout.h"

#include <algorithm>
#include <bit>

#include "ingot/base/text.h"
#include "ingot/wgsl/printer.h"

namespace ingot::wgsl {
namespace {

// Types inside types; WGSL asks for 15.
constexpr uint32_t kMaxDepth = 64;
// No buffer comes near it, so sums below need no check.
constexpr uint64_t kMaxBytes = uint64_t{1} << 48;

uint64_t RoundUp(uint64_t align, uint64_t value) { return (value + align - 1) / align * align; }

struct Numeric {
  uint64_t columns = 1;
  uint64_t rows = 1;
  uint64_t bytes = 0;  // of a component; 0 if the text names no scalar, vector or matrix
  bool matrix = false;
};

uint64_t ScalarBytes(std::string_view name) {
  if (name == "f32" || name == "u32" || name == "i32" || name == "bool") return 4;
  return name == "f16" ? 2 : 0;
}

uint64_t Digit(char c) { return c >= '2' && c <= '4' ? static_cast<uint64_t>(c - '0') : 0; }

// `vec3<T>`, `vec3f`, `mat2x4<T>`, `mat2x4h` or a scalar.
Numeric ReadNumeric(const Names& names, const Expr& type) {
  std::string_view text = type.text;
  Numeric out;
  if (text.starts_with("vec") && text.size() >= 4) {
    out.rows = Digit(text[3]);
    text.remove_prefix(4);
  } else if (text.starts_with("mat") && text.size() >= 6 && text[4] == 'x') {
    out.columns = Digit(text[3]);
    out.rows = Digit(text[5]);
    out.matrix = true;
    text.remove_prefix(6);
  } else {
    out.bytes = ScalarBytes(text);
    return out;
  }
  if (out.columns == 0 || out.rows == 0) return {};
  if (text.empty() && type.template_args.size() == 1) {
    const Result<const Expr*> element = names.Resolve(type.template_args[0]);
    if (element.ok()) out.bytes = ScalarBytes((*element)->text);
  } else if (text == "f" || (!out.matrix && (text == "i" || text == "u"))) {
    out.bytes = 4;
  } else if (text == "h") {
    out.bytes = 2;
  }
  return out;
}

TypeLayout LayoutOf(const Numeric& numeric) {
  const uint64_t size = numeric.rows * numeric.bytes;
  const uint64_t align = numeric.rows == 3 ? 4 * numeric.bytes : size;
  if (!numeric.matrix) return {.size = size, .align = align};
  return {.size = numeric.columns * RoundUp(align, size), .align = align};
}

// The argument of @align or @size, 0 if there is none.
Result<uint64_t> CountOf(Evaluator* evaluator, const Attributes& attributes,
                         std::string_view name) {
  const Attribute* attribute = Find(attributes, name);
  if (attribute == nullptr) return uint64_t{0};
  if (attribute->args.size() != 1) {
    return ErrorAt(attribute->place, StrCat("@", name, " takes one value"));
  }
  INGOT_ASSIGN(const uint64_t count, evaluator->EvaluateCount(attribute->args[0]));
  if (count == 0) return ErrorAt(attribute->place, StrCat("@", name, " (0) is not positive"));
  return count;
}

}  // namespace

Result<TypeLayout> Layouts::Of(const Expr& written) {
  const Names& names = evaluator_.names();
  INGOT_ASSIGN(const Expr* resolved, names.Resolve(written));
  const Expr& type = *resolved;
  if (const auto* declaration = names.FindAs<Struct>(type.text)) {
    const Result<StructLayout>& layout = Lookup(*declaration);
    if (!layout.ok()) return layout.status();
    return layout->layout;
  }
  if (type.text == "array" && !type.template_args.empty()) {
    if (depth_ >= kMaxDepth) {
      return ErrorAt(type.place, StrCat("type is nested deeper than (", kMaxDepth, ")"));
    }
    ++depth_;
    Result<TypeLayout> layout = OfArray(type);
    --depth_;
    return layout;
  }
  if (type.text == "atomic" && type.template_args.size() == 1) return TypeLayout{4, 4, 0, false};
  const Numeric numeric = ReadNumeric(names, type);
  if (numeric.bytes == 0) {
    return ErrorAt(written.place, StrCat("type (", Print(written), ") has no layout in memory"));
  }
  return LayoutOf(numeric);
}

Result<TypeLayout> Layouts::OfArray(const Expr& type) {
  INGOT_ASSIGN(const TypeLayout element, Of(type.template_args[0]));
  if (element.runtime_sized) {
    return ErrorAt(type.place, "element of an array has no fixed size");
  }
  TypeLayout out{.align = element.align, .stride = RoundUp(element.align, element.size)};
  uint64_t length = 1;
  out.runtime_sized = type.template_args.size() == 1;
  if (!out.runtime_sized) {
    INGOT_ASSIGN(length, evaluator_.EvaluateCount(type.template_args[1]));
    if (length == 0) return ErrorAt(type.place, "array length (0) is not positive");
  }
  if (length > kMaxBytes / out.stride) {
    return ErrorAt(type.place, StrCat("array length (", length, ") is too large"));
  }
  out.size = out.stride * length;
  return out;
}

const Result<StructLayout>& Layouts::Lookup(const Struct& declaration) {
  const auto known = known_.find(&declaration);
  if (known != known_.end()) return known->second;
  Result<StructLayout> layout =
      ErrorAt(declaration.place, StrCat("type is nested deeper than (", kMaxDepth, ")"));
  if (depth_ < kMaxDepth) {
    ++depth_;
    layout = Compute(declaration);
    --depth_;
  }
  return known_.emplace(&declaration, std::move(layout)).first->second;
}

Result<StructLayout> Layouts::Compute(const Struct& declaration) {
  StructLayout out{.name = declaration.name};
  uint64_t end = 0;
  for (const Field& field : declaration.members) {
    if (out.layout.runtime_sized) {
      return ErrorAt(field.place,
                     StrCat("member (", field.name, ") stands after a runtime-sized one"));
    }
    INGOT_ASSIGN(TypeLayout type, Of(field.type));
    INGOT_ASSIGN(const uint64_t size, CountOf(&evaluator_, field.attributes, "size"));
    INGOT_ASSIGN(const uint64_t align, CountOf(&evaluator_, field.attributes, "align"));
    if (align != 0 && (!std::has_single_bit(align) || align % type.align != 0)) {
      return ErrorAt(field.place, StrCat("@align (", align, ") of member (", field.name,
                                         ") is no power of two from (", type.align, ")"));
    }
    if (size != 0 && size < type.size) {
      return ErrorAt(field.place, StrCat("@size (", size, ") of member (", field.name,
                                         ") is below its size (", type.size, ")"));
    }
    type.align = std::max(type.align, align);
    type.size = std::max(type.size, size);
    if (type.size > kMaxBytes || type.align > kMaxBytes || end > kMaxBytes) {
      return ErrorAt(field.place, StrCat("member (", field.name, ") is too large"));
    }
    const uint64_t offset = RoundUp(type.align, end);
    out.members.push_back({field.name, Print(field.type), offset, type.size, type.align});
    out.layout.align = std::max(out.layout.align, type.align);
    out.layout.runtime_sized = type.runtime_sized;
    end = offset + type.size;
  }
  out.layout.size = RoundUp(out.layout.align, end);
  return out;
}

Status Layouts::CheckUniform(const Expr& written) {
  INGOT_ASSIGN(const Expr* resolved, evaluator_.names().Resolve(written));
  const Expr& type = *resolved;
  INGOT_ASSIGN(const TypeLayout layout, Of(type));
  auto fault = [&](std::string_view what) {
    return ErrorAt(written.place, StrCat("type (", Print(written), ") ", what));
  };
  if (layout.runtime_sized) return fault("has no fixed size, as a uniform must");
  if (const auto* declaration = evaluator_.names().FindAs<Struct>(type.text)) {
    const auto known = uniform_.find(declaration);
    if (known != uniform_.end()) return known->second;
    return uniform_.emplace(declaration, CheckUniformMembers(*declaration)).first->second;
  }
  if (type.text == "atomic") return fault("stands in a uniform");
  if (type.text == "array") {
    if (layout.stride % 16 != 0) {
      return fault(StrCat("has elements (", layout.stride, ") bytes apart, in a uniform they are ",
                          "multiples of (16)"));
    }
    return CheckUniform(type.template_args[0]);
  }
  const bool is_bool = type.text == "bool" ||
                       (type.template_args.size() == 1 && type.template_args[0].text == "bool");
  return is_bool ? fault("stands in a uniform") : Status();
}

Status Layouts::CheckUniformMembers(const Struct& declaration) {
  const Result<StructLayout>& known = Lookup(declaration);
  if (!known.ok()) return known.status();
  const StructLayout& layout = *known;
  uint64_t free_from = 0;
  for (size_t i = 0; i < layout.members.size(); ++i) {
    const Field& field = declaration.members[i];
    const MemberLayout& member = layout.members[i];
    INGOT_TRY(CheckUniform(field.type));
    INGOT_ASSIGN(const Expr* type, evaluator_.names().Resolve(field.type));
    const bool is_struct = evaluator_.names().FindAs<Struct>(type->text) != nullptr;
    if ((is_struct || type->text == "array") && member.offset % 16 != 0) {
      return ErrorAt(field.place,
                     StrCat("member (", field.name, ") at offset (", member.offset,
                            ") stands at no multiple of (16), as in a uniform it ", "must"));
    }
    if (member.offset < free_from) {
      return ErrorAt(field.place, StrCat("member (", field.name, ") at offset (", member.offset,
                                         ") follows a struct that ends at (", free_from, ")"));
    }
    INGOT_ASSIGN(const TypeLayout own, Of(field.type));
    free_from = is_struct ? member.offset + RoundUp(16, own.size) : 0;
  }
  return {};
}

}  // namespace ingot::wgsl
