// Whether weights are numbers.
#pragma once

#include "ingot/base/status.h"
#include "ingot/model/gguf.h"

namespace ingot::model {

// Fails at a scale that is no number in whole blocks of mxfp4: `block (3) has a scale that is no
// number (255)`. Other formats are passed over.
Status CheckScales(DType dtype, std::span<const std::byte> bytes);

// Fails where a tensor holds a value that is not finite, or an mxfp4 scale that is no number:
// `m.gguf: blk.0.attn_q.weight: row (3): element (17) is (nan)`. Integer tensors are passed over.
// It reads the whole file: for `--check-tensors` and `verify`.
Status CheckTensorValues(const Gguf& gguf);

}  // namespace ingot::model
