// Cases whose results are compared to the bit: conversions between formats, and the choice of a
// token.
#include <bit>
#include <cmath>
#include <limits>

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

struct Candidate {
  uint32_t bits = 0xFF7FFFFF;  // of the lowest f32
  uint32_t index = 0xFFFFFFFF;
};

// The first of the greatest logits that are numbers and not below the lowest f32.
Candidate Best(const std::vector<float>& logits, size_t begin, size_t end) {
  Candidate best;
  double greatest = -std::numeric_limits<double>::infinity();
  for (size_t i = begin; i < end; ++i) {
    const bool counts = !std::isnan(logits[i]) && logits[i] >= -std::numeric_limits<float>::max();
    if (!counts || logits[i] <= greatest) continue;
    greatest = logits[i];
    best = {std::bit_cast<uint32_t>(logits[i]), static_cast<uint32_t>(i)};
  }
  return best;
}

std::vector<float> DrawLogits(CaseData& data, size_t vocab, size_t stride, size_t row) {
  const Values draws = data.Activations("logits", (row + 1) * stride);
  std::vector<float> logits(draws.begin(), draws.end());
  float* own = &logits[row * stride];
  if (data.Size("ties", 0) != 0) own[vocab / 2] = own[vocab / 2 + 1] = own[vocab - 1] = 9;
  if (data.Size("nan", 0) != 0) std::fill_n(own, vocab - 1, std::nanf(""));
  if (data.Size("masked", 0) != 0) {
    std::fill_n(own, vocab, -std::numeric_limits<float>::max());
    own[vocab / 2] = -std::numeric_limits<float>::infinity();
  }
  std::fill_n(own + vocab, stride - vocab, 1e30F);  // past the vocabulary
  data.Floats("logits", Values(logits.begin(), logits.end()));
  return std::vector<float>(own, own + vocab);
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

// Sequences whose next step stops for each of the reasons, in turn: 1 a stop token, 2 the token
// limit, 3 the context limit; one that goes on, and one that had stopped before.
void CheckStopCase(CaseData& data, const kernels::KernelDesc&) {
  constexpr uint32_t kRecord = 16, kSlot = 1, kStopToken = 7, kLimit = 20, kContext = 100;
  const size_t sequences = data.Size("sequences", 6), rows = data.Size("rows", 3);
  const bool sampled = data.Size("SAMPLED", 1) != 0;
  const auto advance = static_cast<uint32_t>(sequences == 1 ? rows : 1);
  std::vector<uint32_t> state((kSlot + sequences) * kRecord, kUntouched), want, next;
  for (uint32_t i = 0; i < sequences; ++i) {
    const uint32_t kind = static_cast<uint32_t>(data.Size("kind", 0) + i) % 5;
    uint32_t* record = &state[(kSlot + i) * kRecord];
    record[0] = kind == 3 ? kContext - advance : 10 + i;
    record[1] = 4;
    record[2] = kind == 1 ? kStopToken : 99;
    record[3] = kind == 2 ? kLimit - 1 : 5;
    record[4] = kind == 4 ? 2 : 0;
    record[5] = kLimit;
    record[6] = kContext;
  }
  want = state;
  for (uint32_t i = 0; i < sequences; ++i) {
    uint32_t* record = &want[(kSlot + i) * kRecord];
    if (record[4] == 0) {
      record[0] += advance;
      if (sampled) {
        ++record[1];
        ++record[3];
        record[4] = record[2] == kStopToken ? 1 : record[3] >= record[5] ? 2 : 0;
      }
      if (record[4] == 0 && record[0] >= record[6]) record[4] = 3;
    }
    next.push_back(sampled ? record[2] : kUntouched);
  }
  data.Words("stops", {3, kStopToken, 12});
  data.Words("state", state);
  data.Words("next", std::vector<uint32_t>(sequences, kUntouched));
  data.ExpectWords("state", want);
  data.ExpectWords("next", next);
  data.U32("rows", rows);
  data.U32("count", 3);
  data.U32("slot", kSlot);
  data.U32("sequences", sequences);
  data.Override("SAMPLED", sampled);
}

// The words of a state record (docs/ops.md) that a choice reads and writes: 2 the token, 3 how many
// were generated, 4 why it stopped.
void SampleCase(CaseData& data, const kernels::KernelDesc&) {
  constexpr uint32_t kRecord = 16, kSlot = 1, kRing = 4, kRow = 1, kGenerated = 6, kNoLogit = 4;
  const size_t vocab = data.Size("vocab", 4099), stride = vocab + 3;
  const size_t wg = data.Size("WG", 64), items = data.Size("ITEMS", 4);
  const bool reduce = data.Size("IS_REDUCE_PHASE", 0) != 0;
  const bool single = data.Size("SINGLE_PASS", 0) != 0;
  const bool stopped = data.Size("stopped", 0) != 0;
  const std::vector<float> logits = DrawLogits(data, vocab, stride, kRow);
  std::vector<uint32_t> state(2 * kRecord), tokens(2 * kRing, kUntouched), candidates;
  uint32_t* record = &state[kSlot * kRecord];
  record[2] = 99;
  record[3] = kGenerated;
  record[4] = stopped ? 1 : 0;
  for (size_t begin = 0; begin < vocab; begin += wg * items) {
    const Candidate best = Best(logits, begin, std::min(vocab, begin + wg * items));
    candidates.insert(candidates.end(), {best.bits, best.index});
  }
  const std::vector<uint32_t> unused(candidates.size(), kUntouched);
  data.Words("cand", reduce ? candidates : unused);
  data.Words("state", state);
  data.Words("tokens", tokens);
  data.ExpectWords("cand", single && !reduce ? unused : candidates);
  if ((reduce || single) && !stopped) {
    const Candidate best = Best(logits, 0, vocab);
    if (best.bits == Candidate().bits) {
      record[4] = kNoLogit;
    } else {
      record[2] = tokens[kSlot * kRing + kGenerated % kRing] = best.index;
    }
  }
  data.ExpectWords("state", state);
  data.ExpectWords("tokens", tokens);
  data.U32("vocab", vocab);
  data.U32("stride", stride);
  data.U32("row", kRow);
  data.U32("slot", kSlot);
  data.U32("ring", kRing);
  data.Override("WG", static_cast<double>(wg));
  data.Override("ITEMS", static_cast<double>(items));
  data.Override("IS_REDUCE_PHASE", reduce);
  data.Override("SINGLE_PASS", single);
  data.Moves(vocab * sizeof(float));
}

}  // namespace ingot::verify
