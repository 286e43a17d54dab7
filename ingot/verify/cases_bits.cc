// Cases whose results are compared to the bit: conversions between formats.
#include <array>
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

// `blocks` of a format from block_base on go to y from out_base on.
void ExpectDecoded(CaseData& data, size_t blocks, Values values) {
  const size_t out_base = data.Size("out_base", 0), size = values.size();
  const bool packed = data.Size("F16_OUT", 0) != 0;
  std::vector<uint32_t> result;
  for (const double value : values) {
    const auto narrow = static_cast<float>(value);
    result.push_back(packed ? HalfBits(narrow) : std::bit_cast<uint32_t>(narrow));
  }
  if (packed) result = Joined(result);
  std::vector<uint32_t> before(packed ? out_base / 2 : out_base, kUntouched);
  std::vector<uint32_t> want = before;
  want.insert(want.end(), result.begin(), result.end());
  before.resize(before.size() + size / (packed ? 2 : 1), kUntouched);
  data.Words("y", before);
  data.U32("blocks", blocks);
  data.U32("out_base", out_base);
  data.Override("F16_OUT", packed);
  data.Moves(size * (packed ? 2 : 4));
  data.ExpectWords("y", std::move(want));
}

}  // namespace

template <DType kFormat>
void DequantCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t blocks = data.Size("blocks", 3), block_base = data.Size("block_base", 0);
  const size_t block = Traits(kFormat).block;
  Values all = data.WeightOf(kFormat, "w", 1, (block_base + blocks) * block);
  if (all.empty()) all.resize((block_base + blocks) * block);
  data.U32("block_base", block_base);
  all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(block_base * block));
  ExpectDecoded(data, blocks, std::move(all));
}
template void DequantCase<DType::kQ4_K>(CaseData&, const kernels::KernelDesc&);
template void DequantCase<DType::kQ6_K>(CaseData&, const kernels::KernelDesc&);
template void DequantCase<DType::kQ8_0>(CaseData&, const kernels::KernelDesc&);
template void DequantCase<DType::kQ4_0>(CaseData&, const kernels::KernelDesc&);

// Blocks, or codes and scales in planes of their own; of all experts, or of one.
void DequantMxfp4Case(CaseData& data, const kernels::KernelDesc&) {
  constexpr size_t kBlock = 32;
  constexpr std::array<float, 8> kSizes = {0, 0.5F, 1, 1.5F, 2, 3, 4, 6};
  constexpr std::array<uint32_t, 8> kScales = {127, 0, 2, 1, 128, 250, 255, 133};
  const bool in_planes = data.Size("PLANES", 0) != 0, of_expert = data.Size("EXPERT", 0) != 0;
  const size_t experts = of_expert ? 3 : 1, rows = data.Size("rows", 2);
  const size_t per_row = data.Size("groups_per_row", 3);
  const size_t named = data.Size("expert", 0), expert = of_expert ? named : 0;
  const size_t row_bytes = (per_row + 3) / 4 * 4;
  const size_t groups = experts * rows * per_row;
  Stream stream(1, "mxfp4");
  std::vector<uint32_t> scale_bytes(experts * rows * row_bytes, 255);
  std::vector<uint8_t> stored;  // a byte each
  std::vector<uint8_t> codes(groups * kBlock);
  Values all;
  for (size_t group = 0; group < groups; ++group) {
    const uint32_t scale = kScales[group % kScales.size()];
    scale_bytes[group / per_row * row_bytes + group % per_row] = scale;
    for (size_t i = 0; i < kBlock; ++i) {
      const auto code = static_cast<uint8_t>(i < 16 ? i : stream.Below(16));
      codes[group * kBlock + i] = code;
      const double size = scale < 2 || scale == 255
                              ? 0
                              : std::ldexp(kSizes[code & 7], static_cast<int>(scale) - 127);
      all.push_back(code > 8 ? -size : size);  // 8 is no -0
    }
    if (!in_planes) stored.push_back(static_cast<uint8_t>(scale));
    for (size_t j = 0; j < kBlock / 2; ++j) {
      const uint8_t* code = &codes[group * kBlock];
      const size_t low = in_planes ? 2 * j : j, high = in_planes ? 2 * j + 1 : j + kBlock / 2;
      stored.push_back(static_cast<uint8_t>(code[low] | code[high] << 4));
    }
  }
  auto words = [](const auto& bytes) {
    std::vector<uint32_t> result((bytes.size() + 3) / 4);
    for (size_t i = 0; i < bytes.size(); ++i) {
      result[i / 4] |= static_cast<uint32_t>(bytes[i]) << (i % 4 * 8);
    }
    return result;
  };
  data.WeightOf(DType::kMXFP4, "w", 1, groups * kBlock);  // whose bytes are not random, but these
  data.Words("w", words(stored));
  if (in_planes) data.Words("scales", words(scale_bytes));
  const size_t before = expert * rows * per_row * kBlock;
  const auto first = all.begin() + static_cast<std::ptrdiff_t>(before);
  data.U32("block_base", 0);
  data.U32("rows", rows);
  data.U32("groups_per_row", per_row);
  data.U32("scale_row_bytes", row_bytes);
  data.U32("expert", expert);
  data.Override("PLANES", in_planes);
  data.Override("EXPERT", of_expert);
  const size_t blocks = rows * per_row;
  ExpectDecoded(data, blocks, Values(first, first + static_cast<std::ptrdiff_t>(blocks * kBlock)));
}

void CastF32ToF16Case(CaseData& data, const kernels::KernelDesc&) { Cast(data, false, true); }
void Bf16ToF16Case(CaseData& data, const kernels::KernelDesc&) { Cast(data, true, true); }
void Bf16ToF32Case(CaseData& data, const kernels::KernelDesc&) { Cast(data, true, false); }

// A row is [q | k | v], or by KV head [its query heads | k | v].
void SplitQkvCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t rows = data.Size("rows", 3), kv_heads = data.Size("kv_heads", 2);
  const size_t group = data.Size("group", 2), head_dim = data.Size("head_dim", 64);
  const bool by_head = data.Size("LAYOUT", 0) != 0, packed = data.Size("F16_OUT", 0) != 0;
  const size_t kv_dim = kv_heads * head_dim, q_dim = group * kv_dim;
  const size_t v_dim = by_head ? kv_dim : data.Size("v_dim", kv_dim);
  const bool is_half = IoType(data) == DType::kF16;
  const Values x = PutTensor(data, "qkv", data.Activations("qkv", rows * (q_dim + kv_dim + v_dim)));
  std::vector<uint32_t> q, k, v;
  size_t at = 0;
  auto take = [&](std::vector<uint32_t>& part, size_t count) {
    for (size_t i = 0; i < count; ++i, ++at) {
      const auto value = static_cast<float>(x[at]);
      part.push_back(packed || is_half ? HalfBits(value) : std::bit_cast<uint32_t>(value));
    }
  };
  for (size_t row = 0; row < rows; ++row) {
    for (size_t head = 0; head < (by_head ? kv_heads : 1); ++head) {
      const size_t share = by_head ? kv_heads : 1;
      take(q, q_dim / share);
      take(k, kv_dim / share);
      take(v, v_dim / share);
    }
  }
  const std::pair<const char*, std::vector<uint32_t>*> parts[] = {{"q", &q}, {"k", &k}, {"v", &v}};
  for (const auto& [name, part] : parts) {
    if (packed || is_half) *part = Joined(*part);
    data.Output(part->size(), name);
    data.ExpectWords(name, *part);
  }
  data.U32("rows", rows);
  data.U32("q_dim", q_dim);
  data.U32("k_dim", kv_dim);
  data.U32("v_dim", v_dim);
  data.U32("head_dim", head_dim);
  data.U32("group", group);
  data.Override("LAYOUT", by_head);
  data.Override("F16_OUT", packed);
  data.Moves(2 * x.size() * sizeof(float));
}

}  // namespace ingot::verify
