// Cases whose results are compared to the bit: conversions between formats.
#include <bit>
#include <cmath>

#include "ingot/base/half.h"
#include "ingot/base/hash.h"
#include "ingot/verify/case_fills.h"

namespace ingot::verify {
namespace {

constexpr uint32_t kUntouched = 0x7FC0BEEF;
constexpr uint32_t kPatterns = 65536;  // of 16 bits

// Two 16-bit values a word; the last may be half empty.
std::vector<uint32_t> Joined(const std::vector<uint32_t>& halves) {
  std::vector<uint32_t> words((halves.size() + 1) / 2);
  for (size_t i = 0; i < halves.size(); ++i) words[i / 2] |= halves[i] << (i % 2 * 16);
  return words;
}

// The nearest f16; above the largest there is the largest, and NaN is 0x7e00.
uint32_t HalfBits(float value) {
  if (std::isnan(value)) return 0x7E00;
  const uint32_t bits = F32ToF16(value);
  return (bits & 0x7FFF) == 0x7C00 ? bits - 1 : bits;
}

// Every pattern of the upper 16 bits; then numbers around the steps of f16, and any bits.
std::vector<uint32_t> DrawBits(size_t size) {
  constexpr uint32_t kSteps = 3000;
  Stream stream(1, "bits");
  std::vector<uint32_t> bits(size);
  for (uint32_t i = 0; i < size; ++i) {
    bits[i] = i < kPatterns            ? i << 16
              : i < kPatterns + kSteps ? ((i - kPatterns) << 12) + 0x33000000
                                       : stream.NextU32();
  }
  return bits;
}

// `size` elements of x from src_base on go to y from dst_base on; what is around them stays.
void Cast(CaseData& data, bool from_bf16, bool to_f16) {
  const size_t size = data.Size("size", 69001);
  const size_t src_base = data.Size("src_base", 0), dst_base = data.Size("dst_base", 0);
  const std::vector<uint32_t> bits = DrawBits(size);
  std::vector<uint32_t> source(src_base, from_bf16 ? 0x7FC1 : kUntouched);
  std::vector<uint32_t> result;
  for (const uint32_t word : bits) {
    const uint32_t value = from_bf16 ? word & 0xFFFF0000 : word;
    source.push_back(from_bf16 ? value >> 16 : value);
    result.push_back(to_f16 ? HalfBits(std::bit_cast<float>(value)) : value);
  }
  if (to_f16) result = Joined(result);
  std::vector<uint32_t> before(to_f16 ? dst_base / 2 : dst_base, kUntouched);
  std::vector<uint32_t> want = before;
  want.insert(want.end(), result.begin(), result.end());
  before.resize(want.size(), kUntouched);
  data.Words("x", from_bf16 ? Joined(source) : source);
  data.Words("y", before);
  data.U32("size", size);
  data.U32("src_base", src_base);
  data.U32("dst_base", dst_base);
  data.Moves(size * ((from_bf16 ? 2 : 4) + (to_f16 ? 2 : 4)));
  data.ExpectWords("y", std::move(want));
}

}  // namespace

void CastF32ToF16Case(CaseData& data, const kernels::KernelDesc&) { Cast(data, false, true); }
void Bf16ToF16Case(CaseData& data, const kernels::KernelDesc&) { Cast(data, true, true); }
void Bf16ToF32Case(CaseData& data, const kernels::KernelDesc&) { Cast(data, true, false); }

// A row is [q | k | v], or by KV head [its query heads | k | v].
void SplitQkvCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t rows = data.Size("rows", 3), kv_heads = data.Size("kv_heads", 2);
  const size_t group = data.Size("group", 2), head_dim = data.Size("head_dim", 64);
  const bool by_head = data.Size("LAYOUT", 0) != 0, packed = data.Size("F16_OUT", 0) != 0;
  const size_t kv_dim = kv_heads * head_dim, q_dim = group * kv_dim;
  const Values x = data.Activations("qkv", rows * (q_dim + 2 * kv_dim));
  std::vector<uint32_t> q, k, v;
  size_t at = 0;
  auto take = [&](std::vector<uint32_t>& part, size_t count) {
    for (size_t i = 0; i < count; ++i, ++at) {
      const auto value = static_cast<float>(x[at]);
      part.push_back(packed ? HalfBits(value) : std::bit_cast<uint32_t>(value));
    }
  };
  for (size_t row = 0; row < rows; ++row) {
    for (size_t head = 0; head < (by_head ? kv_heads : 1); ++head) {
      const size_t share = by_head ? kv_heads : 1;
      take(q, q_dim / share);
      take(k, kv_dim / share);
      take(v, kv_dim / share);
    }
  }
  const std::pair<const char*, std::vector<uint32_t>*> parts[] = {{"q", &q}, {"k", &k}, {"v", &v}};
  for (const auto& [name, part] : parts) {
    if (packed) *part = Joined(*part);
    data.Output(part->size(), name);
    data.ExpectWords(name, *part);
  }
  data.U32("rows", rows);
  data.U32("q_dim", q_dim);
  data.U32("k_dim", kv_dim);
  data.U32("v_dim", kv_dim);
  data.U32("head_dim", head_dim);
  data.U32("group", group);
  data.Override("LAYOUT", by_head);
  data.Override("F16_OUT", packed);
  data.Moves(2 * x.size() * sizeof(float));
}

}  // namespace ingot::verify
