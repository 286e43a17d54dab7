// What stands in a GGUF file, as plain values and as JSON: for `inspect` and for people.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ingot/base/dtype.h"
#include "ingot/base/json.h"
#include "ingot/model/gguf.h"

namespace ingot::model {

struct Inspection {
  struct Key {
    std::string key;
    std::string type;   // "u32", "array of string"
    uint64_t size = 0;  // of an array
    Json value;         // of an array, the first elements
  };
  struct Tensor {
    std::string name;
    DType dtype;
    std::vector<uint64_t> shape;
    uint64_t bytes;
    uint64_t offset;
  };
  struct Total {
    DType dtype;
    uint64_t tensors;
    uint64_t elements;
    uint64_t bytes;
  };
  std::string name;
  uint32_t version;
  uint32_t alignment;
  uint64_t file_bytes;
  std::vector<Key> metadata;    // in file order
  std::vector<Tensor> tensors;  // in file order
  std::vector<Total> totals;    // by format, most bytes first
  uint64_t elements;
  uint64_t tensor_bytes;
  double bits_per_weight;  // 0 without tensors
};

// Arrays are shown by their first `shown_elements` elements, strings by at most `shown_bytes`
// bytes (cut strings end in `...`).
Inspection Inspect(const Gguf& gguf, size_t shown_elements = 8, size_t shown_bytes = 1 << 16);

Json ToJson(const Inspection& inspection);

// `1.2B`, `268M`: elements, as models are named by.
std::string HumanCount(uint64_t count);

}  // namespace ingot::model
