// CaseData: collects what an op offers its kernels (bindings, uniforms, overrides, by name) while
// drawing the data of a case, each tensor from a stream of its own name.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "ingot/verify/gate.h"

namespace ingot::verify {

class CaseData {
 public:
  // Fails where `shape` does not parse.
  static Result<CaseData> Parse(std::string_view shape, uint64_t seed);

  // The value of a name of the shape.
  size_t Size(std::string_view name, size_t fallback);
  double Number(std::string_view name, double fallback);
  DType Format(DType fallback);

  // Bindings. What is returned is what the kernel will read.
  Values Activations(std::string_view name, size_t count);
  Values Normal(std::string_view name, size_t count);
  Values Weight(std::string_view name, size_t rows, size_t cols);
  std::vector<uint32_t> Ids(size_t count, uint32_t vocab);  // the last few are out of range
  void State(size_t pos);
  // A slice of `vectors` and its uniform NAME_at. The rest of the buffer is NaN.
  Values Vector(std::string_view name, size_t count, double mean, double deviation);
  // Any numbers, as f32 or f16.
  void Floats(std::string_view name, const Values& values, DType dtype = DType::kF32);
  void Output(size_t count);  // y

  void U32(std::string_view name, size_t value);
  void F32(std::string_view name, double value);
  void Override(std::string_view name, double value);
  // `result` names the binding that is judged.
  void Expect(Values want, Values bound, std::string_view result = "y", DType dtype = DType::kF32);

  // As the kernel's description orders it.
  Result<KernelCase> For(const kernels::KernelDesc& kernel, std::string_view variant) const;

 private:
  CaseData(std::string_view shape, uint64_t seed) : name_(shape), seed_(seed) {}
  const std::string* Find(std::string_view name);

  std::string name_;
  uint64_t seed_;
  std::map<std::string, std::string, std::less<>> shape_;
  std::set<std::string, std::less<>> used_;
  std::map<std::string, CaseBinding, std::less<>> bindings_;
  std::map<std::string, uint32_t, std::less<>> uniforms_;
  OverrideValues overrides_;
  std::vector<float> vectors_;
  std::string result_;
  DType result_dtype_ = DType::kF32;
  Values want_, bound_;
};

}  // namespace ingot::verify
