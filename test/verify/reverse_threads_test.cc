// Kernels whose threads are numbered from the last: what changes in their texts.
#include "ingot/verify/reverse_threads.h"

#include <gtest/gtest.h>

#include <string>

#include "ingot/wgsl/printer.h"

namespace ingot::verify {
namespace {

std::string Reversed(const std::string& text) {
  Result<wgsl::Module> module = wgsl::Parse(text, "text");
  EXPECT_TRUE(module.ok()) << module.status().message();
  return ReverseThreads(&*module) ? wgsl::Print(*module) : "";
}

TEST(ReverseThreads, TheNumberInTheStructIsCountedFromTheLast) {
  EXPECT_EQ(Reversed("@compute @workgroup_size(WG)\nfn main(g: Grp, t: Thr) {\n  put(g, t);\n}\n"),
            "@compute @workgroup_size(WG)\nfn main(g: Grp, t_forward: Thr) {\n"
            "  var t = t_forward;\n  t.index = WG - 1u - t_forward.index;\n  put(g, t);\n}\n");
}

TEST(ReverseThreads, TheNumberAsAParameterIsCountedFromTheLast) {
  EXPECT_EQ(Reversed("@compute @workgroup_size(64)\n"
                     "fn main(@builtin(local_invocation_index) i: u32) {\n  put(i);\n}\n"),
            "@compute @workgroup_size(64)\n"
            "fn main(@builtin(local_invocation_index) i_forward: u32) {\n"
            "  let i = 64 - 1u - i_forward;\n  put(i);\n}\n");
}

TEST(ReverseThreads, AKernelWithoutANumberStaysAsItIs) {
  EXPECT_EQ(Reversed("@compute @workgroup_size(64)\n"
                     "fn main(@builtin(workgroup_id) g: vec3<u32>) {\n  put(g.x);\n}\n"),
            "");
}

TEST(ReverseThreads, EveryShippedKernelChanges) {
  const Result<kernels::WgslFiles> files = kernels::WgslFiles::Shipped();
  ASSERT_TRUE(files.ok());
  for (const kernels::WgslFile* file : files->All(kernels::FileKind::kKernel)) {
    if (!file->header.fills.empty()) continue;  // made from one that does
    wgsl::Module module = file->module;
    EXPECT_TRUE(ReverseThreads(&module)) << file->name;
    EXPECT_TRUE(wgsl::Parse(wgsl::Print(module), file->name).ok()) << file->name;
  }
}

}  // namespace
}  // namespace ingot::verify
