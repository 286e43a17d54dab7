// Writes a model in another format, tensor by tensor, rows shared among threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "ingot/base/dtype.h"
#include "ingot/base/status.h"
#include "ingot/model/quant_mix.h"

namespace ingot::model {

struct QuantizeProgress {
  size_t tensor;   // index of the tensor at work
  size_t tensors;  // of how many
  std::string_view name;
  uint64_t done_bytes;  // of the source's tensor data
  uint64_t total_bytes;
};

struct QuantizeOptions {
  QuantTarget target = QuantTarget::kQ4_K_M;
  // Formats for tensors by name, before the target's rules; `*` stands for any text. The first
  // pattern that matches wins. Tensors of rank 1 can be named too.
  std::vector<std::pair<std::string, DType>> keep = {};
  int threads = 0;  // 0: one per processor
  // Called from the calling thread, now and then.
  std::function<void(const QuantizeProgress&)> progress = {};
  const std::atomic<bool>* stop = nullptr;  // once true, the call fails with kUnavailable
};

struct QuantizedTensor {
  std::string name;
  DType from;
  DType to;
  DType wanted;  // what the rules asked for; differs from `to` where the width does not allow it
  std::vector<uint64_t> shape;
  uint64_t from_bytes;
  uint64_t to_bytes;
  double rmse;            // root mean square of what was lost
  double relative_error;  // rmse over the root mean square of the source; 0 for a zero tensor
};

struct QuantizeReport {
  std::vector<QuantizedTensor> tensors;
  std::vector<std::string> warnings;
  uint64_t from_bytes = 0;  // of tensor data
  uint64_t to_bytes = 0;
  double bits_per_weight = 0;  // of the new file's tensor data
};

// Reads `in`, in any format that has a codec, and writes `out`. Metadata is copied; the keys
// `general.file_type` and `general.quantization_version` are set. A tensor whose format stays is
// copied byte for byte. The file appears whole or not at all. Fails if `out` is `in`, if a pattern
// of `keep` matches no tensor or a format that does not fit its width, and where a value is not
// finite or beyond the new format.
Result<QuantizeReport> Quantize(const std::string& in, const std::string& out,
                                const QuantizeOptions& options);

}  // namespace ingot::model
