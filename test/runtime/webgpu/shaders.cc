#include "test/runtime/webgpu/shaders.h"

#include <vector>

#include "ingot/base/text.h"
#include "ingot/kernels/registry.h"

namespace ingot::runtime::webgpu {
namespace {

using kernels::BindingDesc;
using kernels::KernelDesc;
using kernels::OverrideClass;
using kernels::OverrideDesc;
using kernels::OverrideKind;
using kernels::UniformDesc;
using kernels::UniformKind;

constexpr char kResidual[] = R"(
struct Params { size: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  for (var i = lane; i < p.size; i += 64u) { y[i] = a[i] + b[i]; }
}
)";

// Reads none of its bindings: they must stay in the layout all the same.
constexpr char kKvWrite[] = R"(
override F16_KV: bool = false;
@group(0) @binding(3) var<storage, read_write> cache: array<u32>;
@compute @workgroup_size(64)
fn main() { cache[0] = select(1u, 2u, F16_KV); }
)";

constexpr char kFill[] = R"(
struct Params { size: u32 }
override WG: u32 = 64u;
override VALUE: f32 = 0.0;
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < p.size) { y[id.x] = VALUE; }
}
)";

constexpr char kScale[] = R"(
struct Params { size: u32, factor: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < p.size) { y[id.x] = p.factor * y[id.x]; }
}
)";

// One workgroup per output, its sum over lanes in workgroup memory.
constexpr char kMatmul[] = R"(
struct Params { rows: u32, cols: u32, depth: u32 }
override WG: u32 = 32u;
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
var<workgroup> partial: array<f32, WG>;
@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) at: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  for (var k = lane; k < p.depth; k += WG) {
    sum += x[at.y * p.depth + k] * w[at.x * p.depth + k];
  }
  partial[lane] = sum;
  for (var half = WG / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { partial[lane] += partial[lane + half]; }
  }
  if (lane == 0u) { y[at.y * p.cols + at.x] = partial[0]; }
}
)";

constexpr char kRoomy[] = R"(
override WORDS: u32 = 1u;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
var<workgroup> room: array<u32, WORDS>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  room[lane % WORDS] = lane;
  workgroupBarrier();
  if (lane == 0u) { y[0] = room[0]; }
}
)";

constexpr char kBroken[] = R"(@compute @workgroup_size(1)
fn main() {
  let x = undeclared;
}
)";

constexpr char kStubborn[] = R"(
@group(0) @binding(1) var<storage, read_write> x: array<u32>;
@compute @workgroup_size(1)
fn main() { x[0] = 1u; }
)";

BindingDesc Reads(std::string name) { return {std::move(name), "rows", Access::kRead}; }
BindingDesc Writes(std::string name) { return {std::move(name), "rows", Access::kReadWrite}; }

OverrideDesc Number(std::string name, double fallback, double hi,
                    OverrideKind kind = OverrideKind::kU32) {
  OverrideDesc desc;
  desc.name = std::move(name);
  desc.kind = kind;
  desc.fallback = fallback;
  desc.hi = hi;
  return desc;
}

KernelDesc Desc(std::string name, std::vector<BindingDesc> bindings,
                std::vector<UniformDesc> uniforms = {}, std::vector<OverrideDesc> overrides = {}) {
  KernelDesc desc;
  desc.name = std::move(name);
  desc.target = "webgpu";
  desc.bindings = std::move(bindings);
  desc.uniforms = std::move(uniforms);
  desc.overrides = std::move(overrides);
  return desc;
}

KernelDesc AsOnCpu(std::string_view name) {
  KernelDesc desc = *kernels::FindKernel("cpu", name);
  desc.target = "webgpu";
  return desc;
}

}  // namespace

TestKernels::TestKernels() {
  const UniformDesc size{"size", UniformKind::kU32};
  Add({.desc = AsOnCpu("residual"), .text = kResidual});
  Add({.desc = AsOnCpu("kv_write"), .text = kKvWrite});
  Add({.desc = AsOnCpu("last_rows"), .text = kResidual});
  Add({.desc = Desc("fill", {Writes("y")}, {size},
                    {Number("WG", 64, 4096), Number("VALUE", 0, 100, OverrideKind::kF32)}),
       .text = kFill});
  Add({.desc = Desc("scale", {Writes("y")}, {size, {"factor", UniformKind::kF32}}),
       .text = kScale});
  Add({.desc = Desc("matmul", {Reads("x"), Reads("w"), Writes("y")},
                    {{"rows"}, {"cols"}, {"depth"}}, {Number("WG", 32, 256)}),
       .text = kMatmul});
  Add({.desc = Desc("roomy", {Writes("y")}, {}, {Number("WORDS", 1, 1 << 20)}),
       .text = kRoomy,
       .workgroup_word_bytes = 4});
  Add({.desc = Desc("broken", {}), .text = kBroken});
  Add({.desc = Desc("mislaid", {Writes("y")}, {size}, {Number("WG", 64, 64)}),
       .text = kFill,
       .more_constants = {{"TILE", 1}}});
  Add({.desc = Desc("stubborn", {Reads("x")}), .text = kStubborn});
  KernelDesc half = Desc("half", {Writes("y")}, {size});
  half.features = {"f16"};
  Add({.desc = half, .text = kScale});
  for (const auto& [name, kernel] : kernels_) descriptions_.push_back(&kernel.desc);
}

void TestKernels::Add(TestKernel kernel) {
  std::string name = kernel.desc.name;
  kernels_.emplace(std::move(name), std::move(kernel));
}

Result<const KernelDesc*> TestKernels::Find(std::string_view kernel) const {
  if (auto found = kernels_.find(kernel); found != kernels_.end()) return &found->second.desc;
  std::vector<std::string> names;
  for (const auto& row : kernels_) names.push_back(row.first);
  return Status(Code::kNotFound,
                StrCat("unknown kernel (", kernel, ")", NearestHint(kernel, names)));
}

Result<Shader> TestKernels::Link(const KernelDesc& desc, const OverrideValues& overrides,
                                 const DeviceFacts&) const {
  const TestKernel& kernel = kernels_.find(desc.name)->second;
  auto value = [&](std::string_view name, double fallback) {
    auto found = overrides.find(name);
    return static_cast<uint32_t>(found == overrides.end() ? fallback : found->second);
  };
  Shader shader;
  shader.text = kernel.text;
  shader.constants = overrides;
  shader.constants.insert(kernel.more_constants.begin(), kernel.more_constants.end());
  shader.workgroup_size = {value("WG", kernel.workgroup_size), 1, 1};
  shader.workgroup_bytes = uint64_t{kernel.workgroup_word_bytes} * value("WORDS", 0);
  return shader;
}

std::shared_ptr<const KernelSource> Shaders() {
  static const auto shaders = std::make_shared<const TestKernels>();
  return shaders;
}

const std::string& WhyNoGpu() {
  static const std::string why = [] {
    Result<std::unique_ptr<Device>> device = Open({}, Shaders());
    return device.ok() ? std::string() : device.status().message();
  }();
  return why;
}

}  // namespace ingot::runtime::webgpu
