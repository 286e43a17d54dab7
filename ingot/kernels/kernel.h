// KernelDesc: how a kernel describes itself. One description for WGSL files and CPU functions, so
// that profiles, the resolver, the compiler and the tests see one world.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/dtype.h"
#include "ingot/base/interface.h"
#include "ingot/base/status.h"
#include "ingot/kernels/header_expr.h"
#include "ingot/kernels/select.h"

namespace ingot::kernels {

struct BindingDesc {
  std::string name;    // "x", "w", "y"
  std::string layout;  // as TensorType::layout; for weights the layout this kernel reads
  Access access = Access::kRead;
  std::optional<HeaderExpr> condition;  // where it is false, any buffer will do
};

enum class UniformKind : uint8_t { kU32, kF32 };
struct UniformDesc {
  std::string name;
  UniformKind kind = UniformKind::kU32;
  uint32_t offset = 0;              // bytes from the start of the uniforms; of WGSL kernels
  std::optional<double> fixed;      // the one value that this kernel is given
  std::optional<HeaderExpr> value;  // what it is computed from, instead of being offered
};

enum class OverrideClass : uint8_t {
  kBound,
  kFlag,
  kTune
};  // from the Program; the op; free choice
enum class OverrideKind : uint8_t { kBool, kU32, kI32, kF32 };
struct OverrideDesc {
  std::string name;
  OverrideKind kind = OverrideKind::kU32;
  OverrideClass clazz = OverrideClass::kTune;
  double fallback = 0;          // the default
  std::vector<double> allowed;  // closed list; empty: lo..hi
  double lo = 0;
  double hi = 0;
  double step = 0;            // 0: every value from lo to hi
  bool power_of_two = false;  // of lo..hi only these
};

struct Variant {
  std::string name;
  OverrideValues pins;
};

struct KernelDesc {
  std::string name;    // unique in a target: "matmul_fast"
  std::string op;      // of the xf dialect
  std::string key;     // what profiles select by; the op if empty
  std::string target;  // "cpu" or "webgpu"
  std::string formula;
  std::vector<BindingDesc> bindings;
  std::vector<UniformDesc> uniforms;
  std::vector<OverrideDesc> overrides;
  std::vector<Variant> variants;
  std::optional<Phase> phase;            // only if it serves one phase
  Numerics numerics = Numerics::kExact;  // kFast: rounds operands inside a matmul
  std::vector<std::string> features;     // all must be present
  std::vector<DType> weight_formats;     // formats of `w` or `table`; empty: the op has no weight
  std::string
      in_place;  // the rw binding that is input and result in one ("q"); empty: result is "y"
  std::vector<SelectRow> rows;  // of the automatic selection that name it, in their order
  int priority = 0;             // where no row decides, greater is preferred

  // Of WGSL kernels.
  std::string file;                      // of shipped ones below their folder
  std::vector<HeaderExpr> grid;          // workgroups, over uniforms and overrides
  std::vector<HeaderExpr> requirements;  // what must hold of uniforms, overrides and device facts
  std::string tolerance;
};

// The number of a weight format in the override W_FORMAT: 0 F32, 1 F16, 2 BF16, 3 Q8_0, 4 Q4_0, 5
// Q4_K, 6 Q6_K, 7 MXFP4, 8 Q5_K, 9 Q5_0, 10 Q5_1, 11 Q4_1, 12 Q3_K, 13 Q2_K. REQUIRES: a weight
// format.
uint32_t WeightFormat(DType dtype);
std::optional<DType> DTypeOfWeightFormat(uint32_t format);

// Every override of `desc` with a legal value: defaults, then the variant's pins, then `given`.
// Fails on an unknown variant or override (with the nearest name), a value out of range, or a pin
// contradicted by `given`.
Result<OverrideValues> CompleteOverrides(const KernelDesc& desc, std::string_view variant,
                                         const OverrideValues& given);

// Whether the overrides say that nothing is read from the binding: any buffer will do.
bool IsSwitchedOff(const BindingDesc& binding, const OverrideValues& overrides);

// Whether the kernel's requirements hold of these overrides, uniforms and facts. One that names an
// override which is computed, or with `all` false a uniform, that has no value here is passed over.
// Fails with kUnsupported: `KERNEL: requires invocations >= WG, but has invocations (64), WG
// (128)`.
Status CheckRequirements(const KernelDesc& desc, const HeaderNumbers& numbers, bool all);

}  // namespace ingot::kernels
