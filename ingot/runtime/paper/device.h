// Paper: a GPU without hardware. It links shaders for the limits that every browser grants, keeps
// what is written to its buffers and every submission, and runs nothing: what it holds in the end
// is what a page or another engine needs to do the same.
#pragma once

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
  // Every submission, oldest first. Their buffers and pipelines are those of who submitted them.
  virtual std::span<const std::vector<Command>> submissions() const = 0;
};

// `kernel_dirs` hold WGSL files that win over shipped ones.
Result<std::unique_ptr<Paper>> Open(const std::vector<std::string>& kernel_dirs);

// Empty as long as nothing was written: all zero. REQUIRES: a buffer of a Paper.
std::span<const std::byte> ContentOf(const Buffer& buffer);
// REQUIRES: a pipeline of a Paper.
const kernels::Linked& LinkedOf(const Pipeline& pipeline);

}  // namespace ingot::runtime::paper
