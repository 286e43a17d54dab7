// Cases of what turns pairs by an angle, and of what makes the angles.
#include <array>
#include <cmath>

#include "ingot/base/half.h"
#include "ingot/base/hash.h"
#include "ingot/verify/case_fills.h"
#include "ingot/verify/tolerance.h"

namespace ingot::verify {
namespace {

constexpr uint32_t kNoNumber = 0x7FC0BEEF;
constexpr size_t kFrequenciesAt = 6;  // in `vectors`, where the host made them
constexpr size_t kFactorsAt = 3;

// One way to get angles: what the kernel is given and the frequencies that it should find.
struct Turning {
  Values frequencies;
  double factor = 1;
  bool on_host = false;
  size_t rot = 0;
};

// Frequencies as a host stores them: 64 bits of the turns a position, the upper word first.
std::vector<uint32_t> ToTurns(Values& frequencies) {
  const double turn = 2 * std::acos(-1.0);
  std::vector<uint32_t> words;
  for (double& frequency : frequencies) {
    const auto turns = static_cast<uint64_t>(std::ldexp(frequency / turn, 64));
    words.push_back(static_cast<uint32_t>(turns >> 32));
    words.push_back(static_cast<uint32_t>(turns));
    frequency = std::ldexp(static_cast<double>(turns), -64) * turn;
  }
  return words;
}

// The table of a plain rope with base 1e4, for positions up to the last row's.
Values DrawTable(CaseData& data, const RopeShape& shape, size_t rows) {
  Values table((shape.pos + rows) * shape.rot);
  for (size_t i = 0; i < table.size(); ++i) {
    double pair = static_cast<double>(i % shape.rot / 2) / static_cast<double>(shape.rot);
    double angle = static_cast<double>(i / shape.rot) * std::pow(10000.0, -2 * pair);
    table[i] = static_cast<float>(i % 2 == 0 ? std::cos(angle) : std::sin(angle));
  }
  data.Floats("table", table);
  data.U32("rot", shape.rot);
  data.Override("INTERLEAVED", shape.interleaved);
  return table;
}

Turning DrawTurning(CaseData& data, size_t rot) {
  RopeAngles angles;
  const size_t scaling = data.Size("SCALING", 0);
  angles.scaling = static_cast<RopeScaling>(std::min<size_t>(scaling, 3));
  angles.rot = rot;
  const auto base_log2 = static_cast<float>(std::log2(data.Number("base", 1e4)));
  angles.base = std::exp2(static_cast<double>(base_log2));
  angles.scale = data.Number("scale", 1);
  angles.round = data.Size("round", 1) != 0;
  Turning turning;
  turning.rot = rot;
  turning.on_host = data.Size("HOST_FREQ", 0) != 0;
  turning.factor = static_cast<float>(data.Number("attn_factor", 1));
  const bool has_factors = data.Size("HAS_FACTORS", 0) != 0;
  std::vector<uint32_t> words(kFrequenciesAt, kNoNumber);
  Values factors;
  if (has_factors) {
    words.resize(kFactorsAt);
    Stream stream(rot, "factors");
    for (size_t i = 0; i < rot / 2; ++i) {
      const auto factor = static_cast<float>(1 + 7 * stream.NextUnit());
      factors.push_back(factor);
      words.push_back(std::bit_cast<uint32_t>(factor));
    }
  }
  turning.frequencies = RopeFrequencies(angles, factors);
  if (turning.on_host) {
    words.assign(kFrequenciesAt, kNoNumber);
    const std::vector<uint32_t> turns = ToTurns(turning.frequencies);
    words.insert(words.end(), turns.begin(), turns.end());
  }
  data.Words("vectors", words);
  data.U32("rot", rot);
  data.U32("freq_at", kFrequenciesAt);
  data.U32("factors_at", kFactorsAt);
  data.U32("yarn_round", angles.round ? 1 : 0);
  data.F32("base_log2", base_log2);
  data.F32("scale", angles.scale);
  data.F32("orig_ctx", angles.orig_ctx);
  data.F32("beta_fast", angles.beta_fast);
  data.F32("beta_slow", angles.beta_slow);
  data.F32("low_factor", angles.low_factor);
  data.F32("high_factor", angles.high_factor);
  data.F32("attn_factor", turning.factor);
  data.Override("SCALING", static_cast<double>(scaling));
  data.Override("HOST_FREQ", turning.on_host);
  data.Override("HAS_FACTORS", has_factors && !turning.on_host);
  return turning;
}

// What cos and sin of a position's pair may be off: f32 frequencies err with the angle.
double AngleBound(const Turning& turning, size_t position, size_t pair) {
  const double angle = static_cast<double>(position) * turning.frequencies[pair];
  return turning.factor * (3e-7 + (turning.on_host ? 2e-9 : 6e-6 * angle));
}

}  // namespace

// Keys are turned on their way into the cache; all else of it stays to the bit.
void RopeKvWriteCase(CaseData& data, const kernels::KernelDesc&) {
  RopeShape shape;
  const size_t rows = data.Size("rows", 3);
  const CacheShape to = {data.Size("kv_heads", 2), data.Size("capacity", 16),
                         data.Size("head_dim", 64)};
  shape.heads = to.kv_heads;
  shape.head_dim = to.head_dim;
  shape.rot = data.Size("rot", shape.head_dim);
  shape.pos = data.Size("pos", 5);
  shape.interleaved = data.Size("INTERLEAVED", 0) != 0;
  const DType dtype = data.Size("F16_KV", 0) != 0 ? DType::kF16 : DType::kF32;
  const size_t size = rows * to.kv_heads * to.head_dim;
  const Values k = PutTensor(data, "k", data.Activations("k", size));
  const Values v = DrawSecond(data, "v", size);
  const Values table = DrawTable(data, shape, rows);
  Values cache = data.Normal("cache", 2 * to.kv_heads * to.capacity * to.head_dim);
  const auto stored = [dtype](Values values) {
    for (double& value : values) {
      if (dtype == DType::kF16) value = F16ToF32(F32ToF16(static_cast<float>(value)));
    }
    return values;
  };
  cache = stored(std::move(cache));
  data.Floats("cache", cache, dtype);
  data.State(shape.pos);
  data.U32("rows", rows);
  data.U32("kv_heads", to.kv_heads);
  data.U32("head_dim", to.head_dim);
  data.U32("capacity", to.capacity);
  data.Override("F16_KV", dtype == DType::kF16);
  data.Moves(2 * k.size() * (sizeof(float) + Traits(dtype).bytes) +
             rows * shape.rot * sizeof(float));
  data.Expect(
      [&] {
        const Values turned = Rope(k, table, shape);
        Values bound = RopeBound(k, shape);
        for (size_t i = 0; i < turned.size(); ++i) {
          if (dtype == DType::kF16) bound[i] += std::ldexp(std::fabs(turned[i]), -11) + 6e-8;
        }
        Values want = KvWrite(cache, stored(turned), stored(v), to, shape.pos);
        return Expected{std::move(want), KvWrite(Values(cache.size(), 0.0), bound,
                                                 Values(v.size(), 0.0), to, shape.pos)};
      },
      "cache", dtype);
}

namespace {

// The heads that a rope turns: of q, and of k where the op has both.
struct Turned {
  std::string_view name;
  RopeShape shape;
  Values x;
};

std::vector<Turned> DrawTurned(CaseData& data, bool has_k, bool has_table, size_t pos) {
  const size_t rows = data.Size("rows", 3);
  RopeShape shape;
  shape.heads = data.Size("heads", 2);
  shape.head_dim = data.Size("head_dim", 64);
  shape.rot = data.Size("rot", shape.head_dim);
  shape.pos = data.Size("pos", pos);
  shape.interleaved = data.Size("INTERLEAVED", 0) != 0;
  std::vector<Turned> all = {{"q", shape, {}}};
  shape.heads = has_k ? data.Size("k_heads", 1) : 0;
  if (has_k) all.push_back({"k", shape, {}});
  size_t size = 0;
  for (Turned& one : all) {
    one.x = data.Activations(one.name, rows * one.shape.heads * shape.head_dim);
    one.x = PutTensor(data, one.name, std::move(one.x));
    size += one.x.size();
  }
  data.State(shape.pos);
  data.U32("rows", rows);
  data.U32("heads", all[0].shape.heads);
  data.U32("k_heads", shape.heads);
  data.U32("head_dim", shape.head_dim);
  data.Override("INTERLEAVED", shape.interleaved);
  data.Moves((2 * size + (has_table ? rows * shape.rot : 0)) * sizeof(float));
  return all;
}

}  // namespace

void RopeCase(CaseData& data, const kernels::KernelDesc& kernel) {
  const size_t rows = data.Size("rows", 3);
  const std::vector<Turned> all = DrawTurned(data, kernel.op == "rope_qk", true, 0);
  const Values table = DrawTable(data, all[0].shape, rows);
  for (const Turned& one : all) {
    auto reference = [&] {
      return Expected{Rope(one.x, table, one.shape), RopeBound(one.x, one.shape)};
    };
    ExpectTensor(data, reference, one.name);
  }
}

void RopeComputeCase(CaseData& data, const kernels::KernelDesc& kernel) {
  const size_t rows = data.Size("rows", 3);
  const std::vector<Turned> all = DrawTurned(data, kernel.op == "rope_compute_qk", false, 17);
  const Turning turning = DrawTurning(data, all[0].shape.rot);
  for (const auto& [name, shape, x] : all) {
    auto reference = [&] {
      const Values table = RopeTable(turning.frequencies, 0, shape.pos + rows, turning.factor);
      Values bound = RopeBound(x, shape);
      for (size_t i = 0; i < x.size(); i += shape.head_dim) {
        const size_t position = shape.pos + i / (shape.heads * shape.head_dim);
        for (size_t pair = 0; pair < shape.rot / 2; ++pair) {
          const size_t first = i + (shape.interleaved ? 2 * pair : pair);
          const size_t second = first + (shape.interleaved ? 1 : shape.rot / 2);
          const double more =
              AngleBound(turning, position, pair) * (std::abs(x[first]) + std::abs(x[second]));
          bound[first] += more;
          bound[second] += more;
        }
      }
      return Expected{Rope(x, table, shape), std::move(bound)};
    };
    data.Expect(reference, name);
  }
}

void RopeInitCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t positions = data.Size("positions", 3), first = data.Size("pos_base", 0);
  const Turning turning = DrawTurning(data, data.Size("rot", 64));
  data.Output(positions * turning.rot, "table");
  data.U32("positions", positions);
  data.U32("pos_base", first);
  data.Moves(positions * turning.rot * sizeof(float));
  auto reference = [&] {
    Values bound;
    for (size_t i = 0; i < positions; ++i) {
      for (size_t pair = 0; pair < turning.rot / 2; ++pair) {
        bound.insert(bound.end(), 2, AngleBound(turning, first + i, pair));
      }
    }
    return Expected{RopeTable(turning.frequencies, first, positions, turning.factor),
                    std::move(bound)};
  };
  data.Expect(reference, "table");
}

}  // namespace ingot::verify
