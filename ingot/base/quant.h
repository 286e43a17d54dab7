// Scalar codecs of the element formats: the reference that every faster decoder is held against.
//
// Decoding gives exactly what the format defines, bit for bit, in single precision: d*q for the
// symmetric formats, (d*sc)*q - dmin*mn for the k-quants with a minimum. e8m0.h says
// which scales of MXFP4 count as 0.
//
// Encoding of q8_0, q4_0, q4_1, q5_0, q5_1 and mxfp4 gives the bytes that the formats' published
// encoders give. The k-quants search scales and minima by weighted least squares.
// Safe to call from any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ingot/base/dtype.h"
#include "ingot/base/status.h"

namespace ingot {

// All formats but the integers i32 and u32.
bool HasCodec(DType dtype);

// Decodes `count` elements of whole blocks to `out`.
// REQUIRES: HasCodec(dtype), `count` a multiple of the block, `bytes` exactly as long as that.
void DecodeRow(DType dtype, std::span<const std::byte> bytes, float* out, uint64_t count);

// Encodes `count` elements to `bytes`. f16 and bf16 round to nearest, ties to even. The quantised
// formats fail where an element is not finite or beyond f16's range (65504), which their scales
// cannot reach: `element (5) is (nan), q4_k takes finite values up to (65504)`.
// REQUIRES: as DecodeRow.
Status EncodeRow(DType dtype, const float* in, uint64_t count, std::span<std::byte> bytes);

}  // namespace ingot
