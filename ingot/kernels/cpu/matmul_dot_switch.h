// From a weight format to the dots of an instruction set. Included once by a source of that set,
// after it has defined `Columns`, `Short` (blocks of 32), `Long` (blocks of 256) and the formats.
#pragma once

namespace ingot::kernels::cpu {
namespace {

void Dot(DType format, const DotProblem& p) {
  switch (format) {
    case DType::kQ4_0:
      return Columns<Short<Q4_0>>(p);
    case DType::kQ4_1:
      return Columns<Short<Q4_1>>(p);
    case DType::kQ5_0:
      return Columns<Short<Q5_0>>(p);
    case DType::kQ5_1:
      return Columns<Short<Q5_1>>(p);
    case DType::kQ8_0:
      return Columns<Short<Q8_0>>(p);
    case DType::kMXFP4:
      return Columns<Short<MXFP4>>(p);
    case DType::kQ2_K:
      return Columns<Long<Q2_K>>(p);
    case DType::kQ3_K:
      return Columns<Long<Q3_K>>(p);
    case DType::kQ4_K:
      return Columns<Long<Q4_K>>(p);
    case DType::kQ5_K:
      return Columns<Long<Q5_K>>(p);
    case DType::kQ6_K:
      return Columns<Long<Q6_K>>(p);
    default:
      return;  // plain formats have their own way
  }
}

}  // namespace
}  // namespace ingot::kernels::cpu
