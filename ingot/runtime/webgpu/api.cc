#include "ingot/runtime/webgpu/api.h"

#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <vector>

#include "ingot/base/file.h"
#include "ingot/base/text.h"

namespace ingot::runtime::webgpu {
namespace {

constexpr std::string_view kWayOut = "run ./dev setup, or name a library with INGOT_WEBGPU_LIBRARY";

std::string FolderOfProgram() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path().string();
}

// Beside the program; in build/webgpu, seen from build/PRESET/bin; where the system has it.
std::vector<std::string> DefaultLibraries() {
  std::vector<std::string> paths;
  if (std::string folder = FolderOfProgram(); !folder.empty()) {
    paths.push_back(StrCat(folder, "/", Native::kLibraryName));
    std::filesystem::path build = std::filesystem::path(folder) / "../../webgpu";
    paths.push_back(StrCat(build.lexically_normal().string(), "/", Native::kLibraryName));
  }
  paths.push_back(std::string(Native::kSystemLibraryName));
  return paths;
}

Result<std::shared_ptr<const Api>> Open(const std::string& path) {
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return Status(Code::kUnsupported,
                  StrCat("cannot open a WebGPU library: ", ::dlerror(), "; ", kWayOut));
  }
  auto api = std::make_shared<Api>();
  api->path = path;
  std::string missing;
  auto find = [&]<typename F>(F& function, const char* name) {
    function = reinterpret_cast<F>(::dlsym(library, name));
    if (function == nullptr && missing.empty()) missing = name;
  };
#define INGOT_WEBGPU_FIND(name) find(api->name, "wgpu" #name);
  INGOT_WEBGPU_FUNCTIONS(INGOT_WEBGPU_FIND)
#undef INGOT_WEBGPU_FIND
  api->native.Find([&](const char* name) -> void* {
    void* function = nullptr;
    find(function, name);
    return function;
  });
  if (missing.empty()) return std::shared_ptr<const Api>(std::move(api));
  return Status(Code::kUnsupported,
                StrCat(path, ": is no wgpu-native library, (", missing, ") is missing; ", kWayOut));
}

}  // namespace

Result<std::shared_ptr<const Api>> LoadApi(const std::string& path) {
  if (!path.empty()) return Open(path);
  std::vector<std::string> paths = DefaultLibraries();
  for (const std::string& candidate : paths) {
    if (FileExists(candidate)) return Open(candidate);
  }
  Result<std::shared_ptr<const Api>> system = Open(paths.back());
  if (system.ok()) return system;
  return Status(Code::kUnsupported,
                StrCat("there is no WebGPU library, tried (", Join(paths, ", "), "); ", kWayOut));
}

}  // namespace ingot::runtime::webgpu
