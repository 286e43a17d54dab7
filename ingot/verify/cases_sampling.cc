// Cases of what chooses a token, and of what decides whether a sequence goes on.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "ingot/base/hash.h"
#include "ingot/verify/case_fills.h"
#include "ingot/verify/reference_sampling.h"

namespace ingot::verify {
namespace {

constexpr uint32_t kUntouched = 0x7FC0BEEF;
constexpr uint32_t kRecord = 16, kSlot = 1;
// A row above 1, or a row that is taken for the stride would not show.
constexpr uint32_t kRing = 4, kRow = 2, kGenerated = 6, kNoLogit = 4;

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
  const size_t ties = data.Size("ties", 0), nan = data.Size("nan", 0);
  if (ties == 1) own[vocab / 2] = own[vocab / 2 + 1] = own[vocab - 1] = 9;
  for (size_t i = 1; ties == 2 && i < vocab; i += 3) own[i] = own[1];
  if (nan == 1) std::fill_n(own, vocab - 1, std::nanf(""));
  if (nan == 2) own[vocab / 2] = std::nanf("");
  if (data.Size("masked", 0) != 0) {
    std::fill_n(own, vocab, -std::numeric_limits<float>::max());
    own[vocab / 2] = -std::numeric_limits<float>::infinity();
  }
  std::fill_n(own + vocab, stride - vocab, 1e30F);  // past the vocabulary
  data.Floats("logits", Values(logits.begin(), logits.end()));
  return std::vector<float>(own, own + vocab);
}

std::vector<Candidate> Candidates(const std::vector<float>& logits) {
  std::vector<Candidate> candidates;
  for (uint32_t i = 0; i < logits.size(); ++i) {
    candidates.push_back({std::bit_cast<uint32_t>(logits[i]), i});
  }
  return candidates;
}

std::vector<uint32_t> WordsOf(const std::vector<Candidate>& candidates) {
  std::vector<uint32_t> words;
  for (const Candidate& candidate : candidates) {
    words.insert(words.end(), {candidate.bits, candidate.index});
  }
  return words;
}

// As long as a kernel's list, which ends with no candidates.
std::vector<Candidate> Padded(std::vector<Candidate> candidates, size_t size) {
  candidates.resize(std::max(candidates.size(), size));
  return candidates;
}

Sampling DrawSampling(CaseData& data) {
  auto share = [&](std::string_view name, double fallback) {
    return static_cast<uint32_t>(std::lround(data.Number(name, fallback) * 0x1p24));
  };
  Sampling sampling;
  sampling.temperature = static_cast<float>(data.Number("temperature", 0.8));
  sampling.top_k = static_cast<uint32_t>(data.Size("top_k", 40));
  sampling.top_p = share("top_p", 0.95);
  sampling.min_p = share("min_p", 0.05);
  sampling.temperature_last = data.Size("temp_last", 0) != 0;
  Stream stream(sampling.top_k, "sampling");
  sampling.choice = stream.NextU32();
  sampling.seed = {stream.NextU32(), stream.NextU32()};
  return sampling;
}

// The state and tokens before a draw from these candidates, and what must come of them; without
// `draws` they stay.
void ExpectToken(CaseData& data, const std::vector<Candidate>& ranked, const Sampling& sampling,
                 bool draws) {
  constexpr uint32_t kSteps = 2000;
  const Chooser chooser(ranked, sampling);
  Chooser::Choice choice;
  uint32_t step = 0;
  // One whose token does not hang on the last bits of an exponential.
  do {
    choice = chooser.Draw(++step);
  } while (!choice.is_clear && step < kSteps);
  std::vector<uint32_t> state(2 * kRecord), tokens(2 * kRing, kUntouched);
  uint32_t* record = &state[kSlot * kRecord];
  const uint32_t words[] = {11,
                            step,
                            99,
                            kGenerated,
                            data.Size("stopped", 0) != 0 ? 1U : 0U,
                            0,
                            0,
                            sampling.seed[0],
                            sampling.seed[1],
                            sampling.choice,
                            sampling.top_k,
                            sampling.top_p,
                            sampling.min_p,
                            std::bit_cast<uint32_t>(sampling.temperature),
                            sampling.temperature_last ? 1U : 0U,
                            0};
  std::ranges::copy(words, record);
  data.Words("state", state);
  data.Words("tokens", tokens);
  if (draws && record[4] == 0) {
    if (choice.token) {
      record[2] = tokens[kSlot * kRing + kGenerated % kRing] = *choice.token;
    } else {
      record[4] = kNoLogit;
    }
  }
  data.ExpectWords("state", state);
  data.ExpectWords("tokens", tokens);
  data.U32("slot", kSlot);
  data.U32("ring", kRing);
}

}  // namespace

void SampleFullCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t vocab = data.Size("vocab", 2000), stride = vocab + 3;
  const std::vector<float> logits = DrawLogits(data, vocab, stride, kRow);
  ExpectToken(data, Ranked(Candidates(logits)), DrawSampling(data), /*draws=*/true);
  data.U32("row", kRow);
  data.U32("stride", stride);
  data.U32("vocab", vocab);
  data.Moves(vocab * sizeof(float));
}

// PHASE 0 takes the best of each slice of the logits, 1 the best of such lists, 2 draws from one
// list, here of the best `count` in the wrong order.
void SampleTopkCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t vocab = data.Size("vocab", 1100), stride = vocab + 3;
  const size_t keep = data.Size("K_MAX", 64), slice = data.Size("SLICE", 512);
  const size_t phase = data.Size("PHASE", 0);
  const std::vector<float> logits = DrawLogits(data, vocab, stride, kRow);
  const std::vector<Candidate> all = Candidates(logits), ranked = Ranked(all);
  std::vector<Candidate> lists;
  for (size_t begin = 0; begin < vocab; begin += slice) {
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = first + static_cast<std::ptrdiff_t>(std::min(slice, vocab - begin));
    std::vector<Candidate> part = Ranked(Padded({first, last}, slice));
    lists.insert(lists.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(keep));
  }
  std::vector<Candidate> in(1, Candidate{kUntouched, kUntouched}), out = lists;
  if (phase == 1) {
    in = lists;
    out.clear();
    for (size_t begin = 0; begin < in.size(); begin += slice) {
      const auto first = in.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto last = first + static_cast<std::ptrdiff_t>(std::min(slice, in.size() - begin));
      std::vector<Candidate> part = Ranked(Padded({first, last}, slice));
      out.insert(out.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(keep));
    }
  }
  if (phase == 2) {
    in = ranked;
    in.resize(std::min(data.Size("count", 60), vocab));
    std::ranges::reverse(in);
    out = {Candidate{kUntouched, kUntouched}};
    data.Words("cand_out", WordsOf(out));
  } else {
    data.Output(2 * out.size(), "cand_out");
  }
  data.Words("cand_in", WordsOf(in));
  data.ExpectWords("cand_out", WordsOf(out));
  Sampling sampling = DrawSampling(data);
  sampling.top_k = std::min(sampling.top_k, static_cast<uint32_t>(keep));
  ExpectToken(data, Ranked(in), sampling, phase == 2);
  data.U32("row", kRow);
  data.U32("stride", stride);
  data.U32("count", phase == 0 ? vocab : in.size());
  data.Override("PHASE", static_cast<double>(phase));
  data.Override("K_MAX", static_cast<double>(keep));
  data.Override("SLICE", static_cast<double>(slice));
  data.Moves(vocab * sizeof(float));
}

// Sequences whose next step stops for each of the reasons, in turn: 1 a stop token, 2 the token
// limit, 3 the context limit; one that goes on, and one that had stopped before.
void CheckStopCase(CaseData& data, const kernels::KernelDesc&) {
  constexpr uint32_t kStopToken = 7, kLimit = 20, kContext = 100;
  const size_t sequences = data.Size("sequences", 6), rows = data.Size("rows", 3);
  const bool sampled = data.Size("SAMPLED", 1) != 0;
  std::vector<uint32_t> stops = {3, kStopToken, 12, 4, 99999};
  const size_t count = std::min(data.Size("stops", 3), stops.size());
  stops.resize(std::max<size_t>(1, count));  // a list is never without memory
  const bool is_listed = count > 1;
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
        record[4] = is_listed && record[2] == kStopToken ? 1 : record[3] >= record[5] ? 2 : 0;
      }
      if (record[4] == 0 && record[0] >= record[6]) record[4] = 3;
    }
    next.push_back(sampled ? record[2] : kUntouched);
  }
  data.Words("stops", stops);
  data.Words("state", state);
  data.Words("next", std::vector<uint32_t>(sequences, kUntouched));
  data.ExpectWords("state", want);
  data.ExpectWords("next", next);
  data.U32("rows", rows);
  data.U32("count", count);
  data.U32("slot", kSlot);
  data.U32("sequences", sequences);
  data.Override("SAMPLED", sampled);
}

// The words of a state record (docs/ops.md) that a choice reads and writes: 2 the token, 3 how many
// were generated, 4 why it stopped.
void SampleCase(CaseData& data, const kernels::KernelDesc&) {
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
