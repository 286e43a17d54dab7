// Faults planted in kernels: where, and that the text is another one and still reads.
#include "ingot/verify/mutate_wgsl.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "ingot/base/text.h"
#include "ingot/wgsl/printer.h"

namespace ingot::verify {
namespace {

constexpr std::string_view kText = R"(//! fragment: sample
var<workgroup> best: array<vec2<u32>, 64>;

fn beats(a: vec2<u32>, b: vec2<u32>) -> bool {
  return a.x > b.x || (a.x == b.x && a.y < b.y);
}
fn total(i: u32, scale: f32) -> f32 {
  workgroupBarrier();
  var sum = 0.0;
  for (var k = 0u; k < 8u; k++) {
    sum += f32(best[i * 2u + k].x);
  }
  for (var d = 1u; d < 64u; d <<= 1u) {
    sum += f32(d);
  }
  workgroupBarrier();
  return sum * scale;
}
)";

kernels::WgslFile Sample() {
  Result<kernels::WgslFile> file = kernels::ReadWgslFile("some/lib/sample.wgsl", kText);
  EXPECT_TRUE(file.ok()) << file.status().message();
  return *std::move(file);
}

std::vector<std::string> TextsOf(const kernels::WgslFile& file, std::string_view kind) {
  std::vector<std::string> texts;
  for (const Fault& fault : FaultsOf(file)) {
    if (fault.kind == kind) texts.push_back(Plant(fault));
  }
  return texts;
}

TEST(Plant, MakesTheFaultThatItIsCalledBy) {
  const kernels::WgslFile file = Sample();
  auto has = [&](std::string_view kind, std::string_view text) {
    const std::vector<std::string> texts = TextsOf(file, kind);
    return std::ranges::any_of(
        texts, [&](const std::string& t) { return t.find(text) != std::string::npos; });
  };
  EXPECT_TRUE(has("tie", "b.y < a.y"));
  EXPECT_TRUE(has("comparison", "a.x >= b.x"));
  EXPECT_TRUE(has("bound", "k < 8u - 1"));
  EXPECT_TRUE(has("bound", "d < 64u / 2"));
  EXPECT_TRUE(has("constant", "best[i * 3u + k]"));
  EXPECT_TRUE(has("index", "best[i * k + 2u]"));
  EXPECT_TRUE(has("rescale", "return sum;"));
  // Of the two barriers the one before the return stays.
  EXPECT_EQ(TextsOf(file, "barrier").size(), 1u);
}

TEST(Plant, EveryFaultOfEveryShippedFileReadsAndIsAnotherText) {
  const Result<kernels::WgslFiles> files = kernels::WgslFiles::Shipped();
  ASSERT_TRUE(files.ok());
  std::set<std::string_view> kinds;
  using enum kernels::FileKind;
  for (const kernels::FileKind kind : {kKernel, kFragment, kStage}) {
    for (const kernels::WgslFile* file : files->All(kind)) {
      const std::string before = wgsl::Print(file->module);
      for (const Fault& fault : FaultsOf(*file)) {
        kinds.insert(fault.kind);
        const std::string text = Plant(fault);
        const std::string name =
            StrCat(file->name, ":", fault.line, " ", fault.kind, " ", fault.number);
        EXPECT_NE(text, before) << name;
        EXPECT_TRUE(wgsl::Parse(text, name).ok()) << name;
      }
    }
  }
  EXPECT_EQ(kinds.size(), FaultKinds().size());
}

TEST(DrawFaults, OrderIsThatOfTheSeedAndTurnsThroughFamilies) {
  const Result<kernels::WgslFiles> files = kernels::WgslFiles::Shipped();
  ASSERT_TRUE(files.ok());
  const std::vector<const kernels::WgslFile*> all = files->All(kernels::FileKind::kKernel);
  auto key = [](const Fault& fault) { return StrCat(fault.file->name, " ", fault.number); };
  auto keys = [&](uint64_t seed) {
    std::vector<std::string> found;
    for (const Fault& fault : DrawFaults(all, seed)) found.push_back(key(fault));
    return found;
  };
  EXPECT_EQ(keys(1), keys(1));
  EXPECT_NE(keys(1), keys(2));
  const std::vector<Fault> order = DrawFaults(all, 1);
  size_t count = 0;
  std::set<std::string> families, first;
  for (const kernels::WgslFile* file : all) {
    count += FaultsOf(*file).size();
    if (!FaultsOf(*file).empty()) families.insert(FamilyOf(*file));
  }
  EXPECT_EQ(order.size(), count);
  for (size_t i = 0; i < families.size(); ++i) first.insert(FamilyOf(*order[i].file));
  EXPECT_EQ(first, families);
}

}  // namespace
}  // namespace ingot::verify
