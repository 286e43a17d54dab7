// CaseData: collects what an op offers its kernels (bindings, uniforms, overrides, by name) while
// drawing the data of a case, each tensor from a stream of its own name.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "ingot/verify/gate.h"

namespace ingot::verify {

// What must come of a case.
struct Expected {
  Values want;
  Values bound;
};

// Data is for a judge; or for a clock, without a reference and with long tensors that repeat their
// first rows; or only described, without a weight's bytes.
enum class Purpose : uint8_t { kJudge, kClock, kDescribe };

class CaseData {
 public:
  // Fails where `shape` does not parse.
  static Result<CaseData> Parse(std::string_view shape, uint64_t seed, Purpose purpose);

  // The value of a name of the shape.
  size_t Size(std::string_view name, size_t fallback);
  double Number(std::string_view name, double fallback);
  DType Format(DType fallback);

  // Bindings. What is returned is what the kernel will read.
  Values Activations(std::string_view name, size_t count);
  Values Normal(std::string_view name, size_t count);
  // The values are returned to a judge only: they can be many.
  Values Weight(std::string_view name, size_t rows, size_t cols);
  // The same in a format that the op settles.
  Values WeightOf(DType dtype, std::string_view name, size_t rows, size_t cols);
  // In first..vocab - 1; the last few are out of range.
  std::vector<uint32_t> Ids(size_t count, uint32_t vocab, uint32_t first = 0);
  void State(size_t pos);
  // A slice of `vectors` and its uniform NAME_at. The rest of the buffer is NaN; `pad`
  // elements of it stand before each slice.
  Values Vector(std::string_view name, size_t count, double mean, double deviation);
  // Any numbers, as f32 or f16.
  void Floats(std::string_view name, const Values& values, DType dtype = DType::kF32);
  void Words(std::string_view name, const std::vector<uint32_t>& words);
  void Output(size_t count, std::string_view name = "y", DType dtype = DType::kF32);

  void U32(std::string_view name, size_t value);
  void F32(std::string_view name, double value);
  void Override(std::string_view name, double value);
  // The case is none for a kernel without this override or uniform.
  void Need(std::string_view name) { needed_.emplace_back(name); }
  // What a dispatch moves and computes at least; see Work.
  void Moves(uint64_t bytes) { work_.bytes = bytes; }
  void Computes(uint64_t flops) { work_.flops = flops; }
  // `result` names a binding that is judged; `reference` is called if there is a judge.
  void Expect(const std::function<Expected()>& reference, std::string_view result = "y",
              DType dtype = DType::kF32);
  // Of a result that has each number in as many parts beside each other as uniform `parts` says.
  void ExpectParts(const std::function<Expected()>& reference, std::string_view result,
                   std::string_view parts);
  void ExpectWords(std::string_view result, std::vector<uint32_t> words);
  const OverrideValues& overrides() const { return overrides_; }
  std::optional<DType> format() const { return format_; }  // of the weight

  // As the kernel's description orders it, with `chosen` for overrides that the data leave
  // free. Fails with
  // kUnsupported where the case is not one for this kernel, variant or choice: its format, flags or
  // sizes are others; kInvalidArgument where the data lack what the kernel wants.
  Result<KernelCase> For(const kernels::KernelDesc& kernel, std::string_view variant,
                         const OverrideValues& chosen) const;

 private:
  struct Wanted {
    std::string binding;
    DType dtype = DType::kF32;
    Expected numbers;
    std::vector<uint32_t> words;  // instead of numbers
    std::string parts;
  };
  CaseData(std::string_view shape, uint64_t seed, Purpose purpose)
      : name_(shape), seed_(seed), purpose_(purpose) {}
  const std::string* Find(std::string_view name);
  Status CheckFit(const kernels::KernelDesc& kernel, std::string_view variant) const;
  std::vector<float> DrawNormal(std::string_view name, size_t count, double mean,
                                double deviation) const;

  std::string name_;
  uint64_t seed_;
  Purpose purpose_;
  std::map<std::string, std::string, std::less<>> shape_;
  std::set<std::string, std::less<>> used_;
  std::map<std::string, CaseBinding, std::less<>> bindings_;
  std::map<std::string, uint32_t, std::less<>> uniforms_;
  OverrideValues overrides_;
  std::vector<std::string> needed_;
  std::vector<float> vectors_;
  Work work_;
  std::optional<DType> format_;  // of its weight
  std::vector<Wanted> wanted_;
};

}  // namespace ingot::verify
