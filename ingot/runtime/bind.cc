#include "ingot/runtime/bind.h"

#include <cstring>
#include <vector>

#include "ingot/base/text.h"

namespace ingot::runtime {
namespace {

Status Invalid(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

// The names of both lists, where they differ.
template <typename Have, typename Want>
Status SameNames(std::string_view what, const Have& have, const Want& want) {
  std::vector<std::string> have_names, want_names;
  for (const auto& item : have) have_names.push_back(item.name);
  for (const auto& item : want) want_names.push_back(item.name);
  if (have_names == want_names) return Status();
  return Invalid(StrCat(what, " (", Join(have_names, ", "), ") are not the kernel's (",
                        Join(want_names, ", "), ")"));
}

std::string_view AsRows(std::string_view layout) { return layout == "logits" ? "rows" : layout; }

Status MatchBinding(const program::Binding& binding, const kernels::BindingDesc& desc,
                    const OverrideValues& overrides) {
  if (binding.access != desc.access) {
    return Invalid(StrCat("binding ", binding.name, ": access (", Name(binding.access),
                          ") is not the kernel's (", Name(desc.access), ")"));
  }
  if (AsRows(binding.type.layout) == AsRows(desc.layout)) return Status();
  if (kernels::IsSwitchedOff(desc, overrides)) return Status();
  return Invalid(StrCat("binding ", binding.name, ": layout (", binding.type.layout,
                        ") is not the kernel's (", desc.layout, ")"));
}

Result<uint32_t> Word(const program::Size& size, const program::Symbols& symbols) {
  INGOT_ASSIGN(uint64_t value, size.Evaluate(symbols));
  if (value <= UINT32_MAX) return static_cast<uint32_t>(value);
  return Invalid(
      StrCat("size (", size.Print(), "): (", value, ") is more than (", UINT32_MAX, ")"));
}

Result<BoundBuffer> Bind(const program::Binding& binding, const program::Symbols& symbols,
                         Buffer* buffer) {
  BoundBuffer bound{buffer, 0, buffer->bytes(), binding.access};
  if (!program::IsPlainLayout(binding.type.layout)) return bound;
  INGOT_ASSIGN(program::Size bytes, program::TensorBytes(binding.type));
  INGOT_ASSIGN(bound.bytes, bytes.Evaluate(symbols));
  return bound;
}

}  // namespace

std::string PlaceOf(size_t index, const program::Dispatch& dispatch) {
  std::vector<std::string> overrides, grid;
  for (const auto& [name, value] : dispatch.overrides)
    overrides.push_back(StrCat(name, "=", value));
  for (const program::Size& axis : dispatch.grid) grid.push_back(axis.Print());
  std::string variant = dispatch.variant.empty() ? "" : StrCat("/", dispatch.variant);
  return StrCat("dispatch ", index, " (", Describe(dispatch), ") kernel ", dispatch.kernel, variant,
                " {", Join(overrides, ", "), "} grid (", Join(grid, ", "), ")");
}

Status Match(const program::Dispatch& dispatch, const kernels::KernelDesc& desc) {
  INGOT_TRY(SameNames("bindings", dispatch.bindings, desc.bindings));
  for (size_t i = 0; i < desc.bindings.size(); ++i) {
    INGOT_TRY(MatchBinding(dispatch.bindings[i], desc.bindings[i], dispatch.overrides));
  }
  INGOT_TRY(SameNames("uniforms", dispatch.uniforms, desc.uniforms));
  for (size_t i = 0; i < desc.uniforms.size(); ++i) {
    bool number = std::holds_alternative<float>(dispatch.uniforms[i].value);
    bool want_number = desc.uniforms[i].kind == kernels::UniformKind::kF32;
    if (number == want_number) continue;
    return Invalid(StrCat("uniform ", desc.uniforms[i].name, ": a ", number ? "number" : "size",
                          " where the kernel has a ", want_number ? "number" : "size"));
  }
  return Status();
}

Result<Command> MakeCommand(const program::Dispatch& dispatch, Pipeline& pipeline,
                            const program::Symbols& symbols, std::span<Buffer* const> buffers,
                            std::string label) {
  Command command;
  command.pipeline = &pipeline;
  for (const program::Binding& binding : dispatch.bindings) {
    INGOT_ASSIGN(BoundBuffer bound, Bind(binding, symbols, buffers[binding.buffer])
                                        .At(StrCat("binding ", binding.name))
                                        .At(label));
    command.bindings.push_back(bound);
  }
  for (const program::Uniform& uniform : dispatch.uniforms) {
    uint32_t& word = command.uniforms.emplace_back();
    if (const auto* number = std::get_if<float>(&uniform.value)) {
      std::memcpy(&word, number, sizeof word);
    } else {
      INGOT_ASSIGN(word, Word(std::get<program::Size>(uniform.value), symbols)
                             .At(StrCat("uniform ", uniform.name))
                             .At(label));
    }
  }
  for (size_t axis = 0; axis < command.grid.size(); ++axis) {
    INGOT_ASSIGN(command.grid[axis], Word(dispatch.grid[axis], symbols).At("grid").At(label));
  }
  command.label = std::move(label);
  return command;
}

}  // namespace ingot::runtime
