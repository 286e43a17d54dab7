// Looks at every weight of a file, for `--check-tensors` and `verify`. It reads the whole file.
#pragma once

#include "ingot/base/status.h"
#include "ingot/model/gguf.h"

namespace ingot::model {

// Fails where a tensor holds a value that is not finite, or an mxfp4 scale that is no number:
// `m.gguf: blk.0.attn_q.weight: row (3): element (17) is (nan)`. Integer tensors are passed over.
Status CheckTensorValues(const Gguf& gguf);

}  // namespace ingot::model
