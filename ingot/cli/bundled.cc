#include "ingot/cli/bundled.h"

#ifdef INGOT_BUNDLED_MODEL
// The assembler reads the file: no compiler has to parse megabytes of numbers.
asm(R"(
    .pushsection .rodata
    .balign 64
    .global ingot_bundled_model_begin
    .global ingot_bundled_model_end
ingot_bundled_model_begin:
    .incbin ")" INGOT_BUNDLED_MODEL R"("
ingot_bundled_model_end:
    .byte 0
    .popsection
)");

extern "C" {
extern const std::byte ingot_bundled_model_begin[];
extern const std::byte ingot_bundled_model_end[];
}
#endif

namespace ingot::cli {

std::span<const std::byte> BundledModel() {
#ifdef INGOT_BUNDLED_MODEL
  return {ingot_bundled_model_begin, ingot_bundled_model_end};
#else
  return {};
#endif
}

}  // namespace ingot::cli
