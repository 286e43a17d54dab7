// How a GPU is found, chosen and refused. That there is none is tested in test/cli: drivers cannot
// be hidden from a process that has had them open.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>

#include "test/runtime/webgpu/shaders.h"
#include "test/support/temp_dir.h"

#include "ingot/base/file.h"
#include "ingot/base/text.h"

namespace ingot::runtime::webgpu {
namespace {

TEST(WebGpuOpen, NamesTheLibraryThatIsNotThere) {
  INGOT_NEEDS_GPU();
  Status status = Open({.webgpu_library = "nowhere/libwebgpu.so"}, Shaders()).status();
  EXPECT_EQ(status.code(), Code::kUnsupported);
  EXPECT_EQ(status.message(),
            "cannot open a WebGPU library: nowhere/libwebgpu.so: cannot open shared object file: "
            "No such file or directory; run ./dev setup, or name a library with "
            "INGOT_WEBGPU_LIBRARY");
}

TEST(WebGpuOpen, RefusesAFileThatIsNoLibrary) {
  INGOT_NEEDS_GPU();
  ingot::test::TempDir folder;
  std::string path = folder.Path("notes.so");
  ASSERT_TRUE(WriteFileAtomic(path, "hello").ok());
  Status status = Open({.webgpu_library = path}, Shaders()).status();
  EXPECT_EQ(status, Status(Code::kUnsupported,
                           StrCat("cannot open a WebGPU library: ", path,
                                  ": file too short; run ./dev setup, or name a library with "
                                  "INGOT_WEBGPU_LIBRARY")));
}

TEST(WebGpuOpen, RefusesALibraryOfSomethingElse) {
  INGOT_NEEDS_GPU();
  EXPECT_EQ(ListAdapters({.webgpu_library = "libm.so.6"}).status(),
            Status(Code::kUnsupported,
                   "libm.so.6: is no wgpu-native library, (wgpuCreateInstance) is missing; run "
                   "./dev setup, or name a library with INGOT_WEBGPU_LIBRARY"));
}

TEST(WebGpuOpen, RefusesAnAdapterThatNobodyHas) {
  INGOT_NEEDS_GPU();
  Result<std::vector<AdapterFacts>> adapters = ListAdapters({});
  ASSERT_TRUE(adapters.ok());
  std::vector<std::string> names;
  for (const AdapterFacts& adapter : *adapters) names.push_back(adapter.facts.name);
  EXPECT_EQ(Open({.adapter = "abacus"}, Shaders()).status(),
            Status(Code::kNotFound,
                   StrCat("adapter (abacus) matches none of (", Join(names, "; "), ")")));
}

TEST(WebGpuOpen, TakesTheAdapterThatIsNamedInAnyCase) {
  INGOT_NEEDS_GPU();
  Result<std::vector<AdapterFacts>> adapters = ListAdapters({});
  ASSERT_TRUE(adapters.ok());
  std::string name = adapters->back().facts.name;
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
  Result<std::unique_ptr<Device>> device = Open({.adapter = name}, Shaders());
  ASSERT_TRUE(device.ok()) << device.status().message();
  EXPECT_EQ((*device)->facts().name, adapters->back().facts.name);
}

TEST(WebGpuOpen, ListsWhatAdaptersOffer) {
  INGOT_NEEDS_GPU();
  Result<std::vector<AdapterFacts>> adapters = ListAdapters({});
  ASSERT_TRUE(adapters.ok());
  ASSERT_FALSE(adapters->empty());
  for (const AdapterFacts& adapter : *adapters) {
    EXPECT_EQ(adapter.facts.kind, "webgpu");
    EXPECT_NE(adapter.facts.name, "");
    EXPECT_EQ(adapter.backend, "vulkan");
    EXPECT_GE(adapter.facts.max_workgroup_invocations, 256u);
    EXPECT_GE(adapter.facts.max_workgroup_bytes, 16384u);
    EXPECT_GE(adapter.facts.max_binding_bytes, uint64_t{1} << 27);
    EXPECT_GE(adapter.facts.max_storage_bindings, 8u);
    EXPECT_TRUE(std::ranges::is_sorted(adapter.facts.features));
  }
}

TEST(WebGpuOpen, MeasuresTheSubgroupSize) {
  INGOT_NEEDS_GPU();
  std::unique_ptr<Device> device = std::move(*Open({}, Shaders()));
  const DeviceFacts& facts = device->facts();
  if (!facts.Has("subgroups")) GTEST_SKIP() << facts.name << " has no subgroups";
  EXPECT_GE(facts.subgroup_min, 4u);
  EXPECT_LE(facts.subgroup_min, facts.subgroup_max);
  EXPECT_LE(facts.subgroup_max, 128u);
  std::unique_ptr<Device> plain = std::move(*Open({.hide_features = {"subgroups"}}, Shaders()));
  EXPECT_FALSE(plain->facts().Has("subgroups"));
  EXPECT_EQ(plain->facts().subgroup_max, 1u);
}

TEST(WebGpuOpen, FindsOutHowItUnpacksSubnormals) {
  INGOT_NEEDS_GPU();
  std::unique_ptr<Device> device = std::move(*Open({}, Shaders()));
  EXPECT_TRUE(std::ranges::is_sorted(device->facts().features));
  // Every adapter that was tried keeps them; one that does not may skip.
  if (!device->facts().Has("exact_unpack")) GTEST_SKIP() << "subnormal f16 numbers become 0 here";
  std::unique_ptr<Device> plain = std::move(*Open({.hide_features = {"exact_unpack"}}, Shaders()));
  EXPECT_FALSE(plain->facts().Has("exact_unpack"));
}

TEST(WebGpuOpen, AutoTakesNoSoftwareUnlessItIsNamed) {
  INGOT_NEEDS_GPU();
  Result<std::vector<AdapterFacts>> adapters = ListAdapters({});
  ASSERT_TRUE(adapters.ok());
  std::string why;
  Result<std::unique_ptr<Device>> device = runtime::Open({.kind = "auto"}, &why);
  ASSERT_TRUE(device.ok()) << device.status().message();
  if (adapters->front().type == "cpu") {
    EXPECT_EQ((*device)->facts().kind, "cpu");
    EXPECT_EQ(why.substr(0, why.find('(')), "there is no GPU but in software ");
  } else {
    EXPECT_EQ((*device)->facts().name, adapters->front().facts.name);
    EXPECT_EQ(why, "");
  }
  const std::string& name = adapters->back().facts.name;
  device = runtime::Open({.kind = "auto", .adapter = name}, &why);
  ASSERT_TRUE(device.ok()) << device.status().message();
  EXPECT_EQ((*device)->facts().name, name);
}

// Of this process, by path.
std::set<std::string> MappedLibraries() {
  std::set<std::string> libraries;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const size_t path = line.find('/');
    if (path != line.npos && line.find(".so") != line.npos) libraries.insert(line.substr(path));
  }
  return libraries;
}

// Threads of a driver outlive its devices.
TEST(WebGpuOpen, UnloadsNoDriver) {
  INGOT_NEEDS_GPU();
  std::unique_ptr<Device> device = std::move(*Open({}, Shaders()));
  const std::set<std::string> before = MappedLibraries();
  device.reset();
  const std::set<std::string> after = MappedLibraries();
  EXPECT_GT(before.size(), 5u);
  EXPECT_TRUE(std::ranges::includes(after, before));
}

TEST(WebGpuOpen, IsAKindOfDevice) {
  INGOT_NEEDS_GPU();
  Result<std::unique_ptr<Device>> device = runtime::Open({.kind = "webgpu"});
  ASSERT_TRUE(device.ok()) << device.status().message();
  EXPECT_EQ((*device)->facts().kind, "webgpu");
}

}  // namespace
}  // namespace ingot::runtime::webgpu
