// Paper: a GPU without hardware. It links shaders for the limits that every browser grants, keeps
// what is written to its buffers, shows every submission and runs nothing: what it was given is
// what a page or another engine needs to do the same, and what came of it there may be read here.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ingot/kernels/link.h"
#include "ingot/runtime/device.h"

namespace ingot::runtime::paper {

// One thread at a time.
class Paper : public Device {
 public:
  // Calls `call` in every Submit, which then fails as it does.
  virtual void OnSubmit(std::function<Status(std::span<const Command>)> call) = 0;
  // Every Read that is within its buffer becomes a call of `call`, which fills `bytes`.
  virtual void OnRead(
      std::function<Status(const Buffer& buffer, uint64_t offset, std::span<std::byte> bytes)>
          call) = 0;
};

// `kernel_dirs` hold WGSL files that win over shipped ones.
Result<std::unique_ptr<Paper>> Open(const std::vector<std::string>& kernel_dirs);

// Empty as long as nothing was written: all zero. REQUIRES: a buffer of a Paper.
std::span<const std::byte> ContentOf(const Buffer& buffer);
// REQUIRES: a pipeline of a Paper.
const kernels::Linked& LinkedOf(const Pipeline& pipeline);

}  // namespace ingot::runtime::paper
