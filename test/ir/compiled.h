// Compiled programs of the small models of layers.h, and how to find one's way in them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "test/ir/layers.h"

#include "ingot/ir/compiler.h"

namespace ingot::ir {

using program::Buffer;
using program::BufferKind;
using program::Dispatch;
using program::Program;

inline Programs Compiled(const Result<Graph>& graph, const CompileOptions& options = {}) {
  if (!graph.ok()) {
    ADD_FAILURE() << graph.status().message();
    return {};
  }
  Result<Programs> programs = Compile(*graph, options);
  if (!programs.ok()) {
    ADD_FAILURE() << programs.status().message();
    return {};
  }
  return *std::move(programs);
}

inline size_t CountOfLayer(const Program& program, int layer) {
  return static_cast<size_t>(std::ranges::count(program.dispatches, layer, &Dispatch::layer));
}

inline const Buffer* FindBuffer(const Program& program, std::string_view name) {
  auto found = std::ranges::find(program.buffers, name, &Buffer::name);
  return found == program.buffers.end() ? nullptr : &*found;
}

inline const Dispatch* FindDispatch(const Program& program, std::string_view op, int layer,
                                    std::string_view role = "") {
  for (const Dispatch& dispatch : program.dispatches) {
    if (dispatch.op == op && dispatch.layer == layer && dispatch.role == role) return &dispatch;
  }
  return nullptr;
}

inline std::string BufferOf(const Program& program, const Dispatch& dispatch,
                            std::string_view binding) {
  for (const program::Binding& bound : dispatch.bindings) {
    if (bound.name == binding) return program.buffers[bound.buffer].name;
  }
  return "none";
}

inline std::string UniformOf(const Dispatch& dispatch, std::string_view name) {
  for (const program::Uniform& uniform : dispatch.uniforms) {
    if (uniform.name != name) continue;
    const auto* size = std::get_if<program::Size>(&uniform.value);
    return size != nullptr ? size->Print() : StrCat(std::get<float>(uniform.value), "f");
  }
  return "none";
}

// The files of webgpu, for a device that has what the portable variants need.
inline CompileOptions OnGpu() {
  CompileOptions options;
  options.target = "webgpu";
  options.facts.kind = "webgpu";
  options.facts.max_workgroup_invocations = 256;
  options.facts.max_workgroup_bytes = 16384;
  return options;
}

}  // namespace ingot::ir
