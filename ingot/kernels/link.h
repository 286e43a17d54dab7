// Link: a kernel with its override values becomes the text that a device compiles.
#pragma once

#include <string>
#include <vector>

#include "ingot/base/interface.h"
#include "ingot/base/status.h"
#include "ingot/kernels/wgsl_registry.h"
#include "ingot/wgsl/reflect.h"

namespace ingot::kernels {

struct LinkRequest {
  std::string kernel;        // of the registry, or `KERNEL{FILLS}`: matmul_gemv{x=rms_norm;w=q4_k}
  std::string variant;       // empty: none
  OverrideValues overrides;  // completed by the variant's pins and the defaults
  // Extensions (f16, subgroups) that the device's compiler wants to see enabled: some demand the
  // line, others refuse it. That of subgroups is written where the overrides choose a text with
  // subgroup built-ins, that of f16 always.
  std::vector<std::string> enable;
};

struct Linked {
  std::string text;          // one module; entry `main`
  std::string key;           // SHA-256 of the text
  KernelDesc desc;           // of this text: access as the overrides settle it
  OverrideValues constants;  // of the text's overrides: all that the description lists
  wgsl::WorkgroupSize workgroup_size;
  uint64_t workgroup_bytes = 0;
};

// Equal requests give equal text. Fails with kNotFound on an unknown kernel, kInvalidArgument on
// values that the description forbids, kUnsupported, with both numbers, on what the device cannot
// run: bindings, invocations, workgroup memory, features, requirements. Requirements on uniforms
// are left to whoever knows those.
Result<Linked> Link(const WgslRegistry& registry, const LinkRequest& request,
                    const DeviceFacts& facts);

}  // namespace ingot::kernels
