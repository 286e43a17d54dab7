// What a kernel shows and a device offers, as plain values: `program` and `kernels` both need them
// and neither may include the other.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ingot {

enum class Access : uint8_t { kRead, kReadWrite };
inline std::string_view Name(Access access) {
  return access == Access::kRead ? "read" : "read_write";
}

// Two Programs per model: many tokens at once, and one.
enum class Phase : uint8_t { kPrefill, kDecode };
inline std::string_view Name(Phase phase) {
  return phase == Phase::kPrefill ? "prefill" : "decode";
}

// exact: f32 activations and f32 (or wider) sums over exactly dequantised weights. fast: inside a
// matmul, operands may be rounded to 8-bit blocks, bf16 or f16; everything else stays f32.
enum class Numerics : uint8_t { kExact, kFast };
inline std::string_view Name(Numerics numerics) {
  return numerics == Numerics::kExact ? "exact" : "fast";
}

// Values of a kernel's `override` constants by name; bool is 0 or 1. Sorted by name, so that equal
// choices compare equal.
using OverrideValues = std::map<std::string, double, std::less<>>;

// What a device offers. Features are names such as "f16", "subgroups", "avx512_vnni", "amx_int8",
// "amx_bf16".
struct DeviceFacts {
  std::string kind;                   // cpu, webgpu or null
  std::string name;                   // of the processor or adapter
  std::string driver;                 // of the adapter; empty for a processor
  std::vector<std::string> features;  // sorted
  uint32_t threads = 1;               // of a CPU device
  uint64_t max_buffer_bytes = UINT64_MAX;
  uint64_t max_binding_bytes = UINT64_MAX;
  uint32_t max_storage_bindings = 1u << 16;
  uint32_t binding_offset_alignment = 16;
  uint32_t max_workgroup_invocations = 1;
  uint32_t max_workgroup_bytes = 0;
  uint32_t subgroup_min = 1;
  uint32_t subgroup_max = 1;

  bool Has(std::string_view feature) const {
    for (const std::string& name : features) {
      if (name == feature) return true;
    }
    return false;
  }
  bool operator==(const DeviceFacts&) const = default;
};

}  // namespace ingot
