// Encoders of the k-quants: the fit comes from quant_k_fit, the packing mirrors quant_k.cc.
#include <algorithm>

#include "ingot/base/quant_blocks.h"
#include "ingot/base/quant_k_fit.h"

namespace ingot::quant {
namespace {

// Six-bit scales and minima of eight sub-blocks into 12 bytes.
void PackScaleMin(const AffineFit& fit, uint8_t* packed) {
  for (int b = 0; b < 4; ++b) {
    packed[b] = static_cast<uint8_t>(fit.scale[b] | fit.scale[b + 4] >> 4 << 6);
    packed[b + 4] = static_cast<uint8_t>(fit.min[b] | fit.min[b + 4] >> 4 << 6);
    packed[b + 8] = static_cast<uint8_t>((fit.scale[b + 4] & 15) | (fit.min[b + 4] & 15) << 4);
  }
}

// Low nibbles of sub-blocks 2p and 2p + 1 share 32 bytes.
void PackNibbles(const int* code, uint8_t* nibbles) {
  for (int p = 0; p < 4; ++p) {
    for (int l = 0; l < 32; ++l) {
      nibbles[32 * p + l] =
          static_cast<uint8_t>((code[64 * p + l] & 15) | (code[64 * p + 32 + l] & 15) << 4);
    }
  }
}

// Two bits, from bit `shift` on, of the codes of the four quarters of each half.
void PackPairs(const int* code, int shift, uint8_t* pairs) {
  std::fill_n(pairs, 64, uint8_t{0});
  for (int e = 0; e < 256; ++e) {
    int h = e / 128, r = e % 128 / 32, l = e % 32;
    pairs[32 * h + l] |= static_cast<uint8_t>((code[e] >> shift & 3) << 2 * r);
  }
}

// Bit `bit` of every code, that of element 32b + l in bit b of byte l.
void PackBit(const int* code, int bit, uint8_t* out) {
  std::fill_n(out, 32, uint8_t{0});
  for (int e = 0; e < 256; ++e) {
    out[e % 32] |= static_cast<uint8_t>((code[e] >> bit & 1) << e / 32);
  }
}

}  // namespace

void EncodeQ2_K(const float* x, uint8_t* block) {
  AffineFit fit = FitAffine<16>(x, 3, 15);
  for (int s = 0; s < 16; ++s) block[s] = static_cast<uint8_t>(fit.scale[s] | fit.min[s] << 4);
  PackPairs(fit.code, 0, block + 16);
  StoreF16(block + 80, fit.d);
  StoreF16(block + 82, fit.dmin);
}

void EncodeQ3_K(const float* x, uint8_t* block) {
  SymmetricFit fit = FitSymmetric(x, 4, 32);
  for (int& code : fit.code) code += 4;
  for (int& scale : fit.scale) scale += 32;
  PackBit(fit.code, 2, block);
  PackPairs(fit.code, 0, block + 32);
  uint8_t* packed = block + 96;
  std::fill_n(packed, 12, uint8_t{0});
  for (int s = 0; s < 16; ++s) {
    packed[s % 8] |= static_cast<uint8_t>((fit.scale[s] & 15) << (s < 8 ? 0 : 4));
    packed[8 + s % 4] |= static_cast<uint8_t>(fit.scale[s] >> 4 << 2 * (s / 4));
  }
  StoreF16(block + 108, fit.d);
}

void EncodeQ4_K(const float* x, uint8_t* block) {
  AffineFit fit = FitAffine<32>(x, 15, 63);
  StoreF16(block, fit.d);
  StoreF16(block + 2, fit.dmin);
  PackScaleMin(fit, block + 4);
  PackNibbles(fit.code, block + 16);
}

void EncodeQ5_K(const float* x, uint8_t* block) {
  AffineFit fit = FitAffine<32>(x, 31, 63);
  StoreF16(block, fit.d);
  StoreF16(block + 2, fit.dmin);
  PackScaleMin(fit, block + 4);
  PackBit(fit.code, 4, block + 16);
  PackNibbles(fit.code, block + 48);
}

void EncodeQ6_K(const float* x, uint8_t* block) {
  SymmetricFit fit = FitSymmetric(x, 32, 128);
  for (int& code : fit.code) code += 32;
  std::fill_n(block, 128, uint8_t{0});
  for (int e = 0; e < 256; ++e) {
    int h = e / 128, r = e % 128 / 32, l = e % 32;
    block[64 * h + 32 * (r & 1) + l] |= static_cast<uint8_t>((fit.code[e] & 15) << (r < 2 ? 0 : 4));
  }
  PackPairs(fit.code, 4, block + 128);
  for (int s = 0; s < 16; ++s) {
    block[192 + s] = static_cast<uint8_t>(static_cast<int8_t>(fit.scale[s]));
  }
  StoreF16(block + 208, fit.d);
}

}  // namespace ingot::quant
