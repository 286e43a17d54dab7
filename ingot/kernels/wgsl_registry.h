// The kernels that are WGSL files: those of the binary, and those of folders given at run time.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/kernels/kernel.h"
#include "ingot/kernels/wgsl_file.h"

namespace ingot::kernels {

// Never changes once loaded; safe to read from any thread.
class WgslRegistry {
 public:
  // Shipped files, then those of each folder, which win over files of the same kind and name.
  // Fails on the first file whose header and code disagree, and on a row of a selection table that
  // names what is not there.
  static Result<std::shared_ptr<const WgslRegistry>> Load(std::span<const std::string> folders);
  // Of shipped files alone.
  static const WgslRegistry& Shipped();

  // Sorted by name.
  std::span<const KernelDesc* const> Kernels() const { return kernels_; }
  // nullptr if there is none.
  const KernelDesc* Find(std::string_view name) const;
  // Fails with kNotFound, naming the nearest.
  Result<const KernelDesc*> Get(std::string_view name) const;
  // Where a kernel of this registry comes from, its slots filled.
  const WgslFile& FileOf(const KernelDesc& kernel) const;
  const WgslFiles& files() const { return files_; }

 private:
  struct Entry {
    KernelDesc desc;
    const WgslFile* file = nullptr;
  };
  static Result<std::shared_ptr<const WgslRegistry>> Make(WgslFiles files);
  // Gives a row of the selection table to the kernel that it names.
  Status Attach(const SelectRow& row);

  WgslFiles files_;
  std::deque<WgslFile> completed_;  // kernels with slots, and recipes
  std::vector<Entry> entries_;      // sorted by name
  std::vector<const KernelDesc*> kernels_;
};

}  // namespace ingot::kernels
