// The kernel files and fragments of the tree keep the rules of our WGSL.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "ingot/base/file.h"
#include "ingot/wgsl/parser.h"
#include "ingot/wgsl/reflect.h"
#include "ingot/wgsl/subset.h"

namespace ingot::wgsl {
namespace {

std::vector<std::filesystem::path> Files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(INGOT_SOURCE_DIR "/ingot/kernels/wgsl")) {
    if (entry.path().extension() == ".wgsl") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

TEST(KernelFiles, ParseReflectAndKeepTheSubset) {
  std::vector<std::filesystem::path> files = Files();
  ASSERT_FALSE(files.empty());
  for (const std::filesystem::path& path : files) {
    std::string name = path.filename().string();
    Result<std::string> text = ReadFile(path.string());
    ASSERT_TRUE(text.ok()) << text.status().message();
    Result<Module> module = Parse(*text, name);
    ASSERT_TRUE(module.ok()) << module.status().message();
    SubsetOptions options;
    const std::string folder = path.parent_path().filename().string();
    // A recipe has no code at all.
    options.entry = folder != "lib" && folder != "stage" && !module->declarations.empty();
    options.subgroups = path.stem().string().ends_with("_subgroups");
    for (const Finding& finding : CheckSubset(*module, options)) {
      ADD_FAILURE() << Print(finding, name);
    }
    Result<Reflection> reflection = Reflect(*module, name);
    ASSERT_TRUE(reflection.ok()) << reflection.status().message();
    EXPECT_EQ(reflection->entry_points.size(), options.entry ? 1u : 0u) << name;
  }
}

}  // namespace
}  // namespace ingot::wgsl
