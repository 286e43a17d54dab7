// Weights: from tensors of a file to device buffers, as the Programs name them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/model/gguf.h"
#include "ingot/program/program.h"
#include "ingot/runtime/device.h"
#include "ingot/runtime/executor.h"

namespace ingot::model {

// Told how much of `total` bytes is done; false stops the load.
using LoadProgress = std::function<bool(uint64_t done, uint64_t total)>;

// The buffers of kinds weight and vectors that some Programs name; each is made once.
class Weights {
 public:
  // `programs` agree on what a name means. Weights stay in the mapped file where the device can use
  // them there; others are copied or packed. Fails with kUnavailable if memory is short or
  // `progress` says stop, naming the tensor; with kInvalidArgument at an mxfp4 scale that is no
  // number.
  static Result<Weights> Load(runtime::Device& device, std::shared_ptr<const Gguf> file,
                              const std::vector<const program::Program*>& programs,
                              const LoadProgress& progress);

  // Adds every buffer under its name.
  void AddTo(runtime::BufferMap& buffers) const;
  uint64_t bytes() const { return bytes_; }  // of all weights and vectors on the device
  uint64_t repacked_bytes() const {
    return repacked_bytes_;
  }  // of those that are copies in another layout

 private:
  std::map<std::string, std::unique_ptr<runtime::Buffer>> buffers_;
  uint64_t bytes_ = 0;
  uint64_t repacked_bytes_ = 0;
};

}  // namespace ingot::model
