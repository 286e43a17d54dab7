// Any bytes: an error or a file whose every promise can be read.
#include <cstdint>
#include <variant>

#include "ingot/model/gguf.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using ingot::model::Gguf;
  auto parsed = Gguf::Parse(std::as_bytes(std::span(data, size)), "fuzz", nullptr);
  if (!parsed.ok()) return 0;
  volatile uint64_t sum = 0;
  for (const auto& [key, value] : (*parsed)->metadata()) {
    if (const auto* text = std::get_if<std::string_view>(&value.value)) {
      for (char c : *text) sum = sum + static_cast<unsigned char>(c);
    }
    sum = sum + key.size() + value.array_size() + value.TypeName().size();
  }
  for (const auto& tensor : (*parsed)->tensors()) {
    for (std::byte byte : tensor.data) sum = sum + std::to_integer<unsigned>(byte);
  }
  return 0;
}
