// Errors of a spec, gathered so that all are reported at once. Private to the spec reader.
#pragma once

#include <string>
#include <string_view>

#include "ingot/base/text.h"
#include "ingot/model/spec.h"

namespace ingot::model {

class SpecErrors {
 public:
  explicit SpecErrors(const Spec& spec) : spec_(spec) {}

  void Add(const SpecPlace& place, std::string_view what) {
    if (count_++ >= kMost) return;
    if (!text_.empty()) text_ += '\n';
    text_ += StrCat(spec_.At(place), ": ", what);
  }
  Status status() const {
    if (count_ == 0) return Status();
    std::string more = count_ > kMost ? StrCat("\n(", count_ - kMost, " more)") : "";
    return Status(Code::kInvalidArgument, text_ + more);
  }

 private:
  static constexpr size_t kMost = 50;
  const Spec& spec_;
  std::string text_;
  size_t count_ = 0;
};

// Verifies what the names of a spec mean: see ParseSpec.
void VerifySpec(const Spec& spec, SpecErrors& errors);

}  // namespace ingot::model
