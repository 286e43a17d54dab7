// WGSL from hostile text: what parses must print and read back equal.
#include "ingot/base/log.h"
#include "ingot/wgsl/printer.h"
#include "ingot/wgsl/tree.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto module = ingot::wgsl::Parse(text, "w");
  if (!module.ok()) return 0;
  auto again = ingot::wgsl::Parse(ingot::wgsl::Print(*module), "w");
  INGOT_CHECK(again.ok() && *again == *module);
  return 0;
}
