// The search behind the k-quant encoders: integer codes, sub-block scales and super-block scales
// that come near 256 elements in weighted least squares. An element counts by its magnitude plus
// the root mean square of its sub-block: large weights matter more, small ones still do.
#pragma once

#include <cstdint>

namespace ingot::quant {

// x ~ d * scale * code - dmin * min, with `scale` and `min` per sub-block.
struct AffineFit {
  float d;
  float dmin;
  int scale[16];
  int min[16];
  int code[256];
};
// Sub-blocks of kSub (16 or 32); codes in 0..top, scales and minima in 0..limit.
template <int kSub>
AffineFit FitAffine(const float* x, int top, int limit);
extern template AffineFit FitAffine<16>(const float* x, int top, int limit);
extern template AffineFit FitAffine<32>(const float* x, int top, int limit);

// x ~ d * scale * code, sub-blocks of 16; codes in -codes..codes-1, scales in -scales..scales-1.
struct SymmetricFit {
  float d;
  int scale[16];
  int code[256];
};
SymmetricFit FitSymmetric(const float* x, int codes, int scales);

}  // namespace ingot::quant
