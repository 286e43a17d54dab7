// A folder of kernel files for tests, and a small kernel that is right.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "test/support/temp_dir.h"

#include "ingot/base/file.h"
#include "ingot/base/log.h"
#include "ingot/kernels/wgsl_registry.h"

namespace ingot::kernels::test {

inline constexpr std::string_view kScaleKernel = R"(//! op: scale
//! formula: y = factor * x
//! bind: x f32[size] r; y f32[size] rw
//! grid: linear(ceil(size, WG))
//! range: WG = {64, 128} tune
//! require: invocations >= WG
//! tolerance: exact
//! variant: small { }
struct Params {
  size: u32,
  factor: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override WG: u32 = 64u;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < p.size) {
    y[id.x] = p.factor * x[id.x];
  }
}
)";

inline std::string Replaced(std::string_view text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  INGOT_CHECK(at != std::string_view::npos);
  return std::string(text.substr(0, at)).append(to).append(text.substr(at + from.size()));
}

class KernelFolder {
 public:
  std::string Path(std::string_view name) const { return dir_.Path(name); }
  void Write(std::string_view name, std::string_view text) {
    const std::string path = Path(name);
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    INGOT_CHECK(WriteFileAtomic(path, text).ok());
  }
  Result<std::shared_ptr<const WgslRegistry>> Load() const {
    const std::vector<std::string> folders = {dir_.path()};
    return WgslRegistry::Load(folders);
  }
  // The message without the folder in front; empty if all is well.
  std::string LoadError() const {
    const auto loaded = Load();
    std::string text = loaded.ok() ? "" : loaded.status().message();
    if (text.starts_with(dir_.path())) text.erase(0, dir_.path().size() + 1);
    return text;
  }

 private:
  ingot::test::TempDir dir_;
};

}  // namespace ingot::kernels::test
