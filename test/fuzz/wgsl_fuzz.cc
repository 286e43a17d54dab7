// WGSL from hostile text: what parses must print and read back equal, and whatever looks at the
// tree must do so safely.
#include "ingot/base/log.h"
#include "ingot/wgsl/printer.h"
#include "ingot/wgsl/reflect.h"
#include "ingot/wgsl/scope.h"
#include "ingot/wgsl/subset.h"
#include "ingot/wgsl/tree.h"

namespace {

using ingot::wgsl::EntryPoint;
using ingot::wgsl::Finding;
using ingot::wgsl::ModuleNames;
using ingot::wgsl::Parse;
using ingot::wgsl::Print;
using ingot::wgsl::Rename;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto module = Parse(text, "w");
  if (!module.ok()) return 0;
  auto again = Parse(Print(*module), "w");
  INGOT_CHECK(again.ok() && *again == *module);

  for (const Finding& finding : ingot::wgsl::CheckSubset(*module, {}))
    INGOT_CHECK(!Print(finding, "w").empty());
  auto reflection = ingot::wgsl::Reflect(*module, "w");
  if (reflection.ok()) {
    for (const EntryPoint& entry : reflection->entry_points) {
      (void)ingot::wgsl::EvaluateWorkgroupSize(*module, "w", entry, {{"N", 4}});
      (void)ingot::wgsl::EvaluateWorkgroupBytes(*module, "w", entry, {{"N", 4}});
    }
  }
  // Names that the text does not have go there and back without a trace.
  if (text.find("_renamed") != std::string_view::npos) return 0;
  std::map<std::string, std::string, std::less<>> there, back;
  for (const std::string& name : ModuleNames(*module)) {
    there[name] = name + "_renamed";
    back[there[name]] = name;
  }
  INGOT_CHECK(Rename(there, &*again).ok());
  if (Rename(back, &*again).ok()) INGOT_CHECK(*again == *module);
  return 0;
}
