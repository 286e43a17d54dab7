// Writes GGUF files, version 3: first the header, whole, then the tensors' bytes one after another
// in any pieces, so that a large model needs little memory. The file appears only when finished.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ingot/base/dtype.h"
#include "ingot/base/file.h"
#include "ingot/base/status.h"
#include "ingot/model/gguf.h"

namespace ingot::model {

// Values for GgufHeader::Set. Texts are views: they must live until the header is written.
GgufValue GgufU32(uint32_t value);
GgufValue GgufF32(float value);
GgufValue GgufBool(bool value);
GgufValue GgufString(std::string_view text);
GgufValue GgufArray(GgufType element_type, GgufValue::Ints values);  // integers or bool
GgufValue GgufArray(GgufValue::Floats values);                       // as f32
GgufValue GgufArray(GgufValue::Strings values);

// What stands in front of the data: metadata in file order, and the tensor table, whose order is
// that of the data. `general.alignment` (32 if there is none) rules the padding.
struct GgufHeader {
  struct Tensor {
    std::string name;
    DType dtype;
    std::vector<uint64_t> shape;  // row-major, as GgufTensor's
  };
  std::vector<std::pair<std::string, GgufValue>> metadata;
  std::vector<Tensor> tensors;

  // Replaces the value of `key` in its place, or appends it.
  void Set(std::string_view key, GgufValue value);
  void Remove(std::string_view key);
};

class GgufWriter {
 public:
  // Creates the file and writes the header. Fails on what the reader would refuse: a repeated or
  // overlong name, a shape that is no whole number of blocks, an integer beyond its type.
  static Result<std::unique_ptr<GgufWriter>> Create(const std::string& path,
                                                    const GgufHeader& header);
  // The next bytes of the tensor that is not complete yet. Fails if they are more than it lacks.
  Status Write(std::span<const std::byte> bytes);
  // Fails if a tensor is not complete; after success the file is there.
  Status Finish();

 private:
  struct Part {
    std::string name;
    uint64_t bytes;
  };
  GgufWriter(std::string path, std::unique_ptr<AtomicFile> file, uint32_t alignment,
             std::vector<Part> parts)
      : path_(std::move(path)),
        file_(std::move(file)),
        alignment_(alignment),
        parts_(std::move(parts)) {}
  Status Pad();

  std::string path_;
  std::unique_ptr<AtomicFile> file_;
  uint32_t alignment_;
  std::vector<Part> parts_;
  size_t current_ = 0;
  uint64_t written_ = 0;  // of the current part
};

}  // namespace ingot::model
