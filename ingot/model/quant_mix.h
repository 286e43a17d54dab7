// Which tensor of a model gets which format: the targets of the quantiser. A target names a base
// format; the mixes give more bits to the tensors that suffer most, by the rules that published
// files follow, so that a file made here has the same formats tensor by tensor.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/dtype.h"
#include "ingot/base/status.h"
#include "ingot/model/gguf.h"

namespace ingot::model {

enum class QuantTarget {
  kF32,
  kF16,
  kBF16,
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ8_0,
  kQ2_K,
  kQ3_K_S,
  kQ3_K_M,
  kQ4_K_S,
  kQ4_K_M,
  kQ5_K_S,
  kQ5_K_M,
  kQ6_K,
  kMXFP4_MOE,  // experts in mxfp4, all else in q8_0
};

struct QuantTargetTraits {
  QuantTarget target;
  std::string_view name;  // "q4_k_m"
  DType base;
  uint32_t file_type;  // `general.file_type` of such a file
};

// In the order of the enumeration.
const std::vector<QuantTargetTraits>& AllQuantTargets();
const QuantTargetTraits& Traits(QuantTarget target);
// Any case; `q3_k`, `q4_k` and `q5_k` mean the _m mixes. Unknown: kInvalidArgument with the nearest
// name.
Result<QuantTarget> QuantTargetFromName(std::string_view name);

// What the rules have to know of a whole model.
class QuantMix {
 public:
  QuantMix(const Gguf& gguf, QuantTarget target);

  struct Choice {
    DType dtype;
    // The rules' own format where the width is no multiple of its block; else equal to `dtype`.
    DType wanted;
  };
  // Tensors of rank 1, norms, expert routers and others that are small and sensitive keep the
  // format they have.
  Choice Choose(const GgufTensor& tensor) const;

 private:
  DType Wanted(const GgufTensor& tensor) const;
  DType ForValue(const GgufTensor& tensor) const;
  DType ForDown(const GgufTensor& tensor) const;

  QuantTarget target_;
  bool tied_;  // no output.weight: token_embd is the head
  int64_t experts_ = 0;
  int64_t heads_per_kv_head_ = 1;
  std::vector<int64_t> value_layers_;  // layers with attn_v, attn_qkv or attn_kv_b, ascending
  std::vector<int64_t> down_layers_;   // layers with ffn_down
};

// The format next to `dtype` in size whose blocks divide `cols`: a k-quant gives way to a format of
// 32 a block, that to f16.
DType FallbackFor(DType dtype, uint64_t cols);

}  // namespace ingot::model
