// Programs from hostile text: what parses must print, read back equal and be checked safely.
#include "ingot/base/log.h"
#include "ingot/program/check.h"
#include "ingot/program/serialize.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto program = ingot::program::Parse(text, "p");
  if (!program.ok()) return 0;
  auto again = ingot::program::Parse(ingot::program::Print(*program), "p");
  INGOT_CHECK(again.ok() && *again == *program);
  (void)ingot::program::Check(*program);
  return 0;
}
