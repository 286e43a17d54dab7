// Plans from hostile text: what parses passes the check, prints and reads back equal.
#include "ingot/base/log.h"
#include "ingot/plan/plan.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto plan = ingot::plan::Parse({reinterpret_cast<const char*>(data), size});
  if (!plan.ok()) return 0;
  INGOT_CHECK(ingot::plan::Check(*plan).ok());
  auto again = ingot::plan::Parse(ingot::plan::Print(*plan));
  INGOT_CHECK(again.ok() && *again == *plan);
  return 0;
}
