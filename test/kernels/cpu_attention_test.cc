#include <cmath>
#include <limits>

#include "test/kernels/cpu_call.h"

namespace ingot::kernels::cpu {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

struct Shape {
  uint32_t rows = 1;
  uint32_t pos = 0;
  uint32_t kv_heads = 1;
  uint32_t group = 1;
  uint32_t head_dim = 64;
  uint32_t capacity = 0;  // 0: pos + rows
  uint32_t window = 0;
  float softcap = 0;
  bool half = false;
  float spread = 1;  // deviation of q
  bool sinks = false;
};

// The cache holds numbers for keys of [0, pos + rows) and NaN beyond.
class Scene {
 public:
  explicit Scene(const Shape& shape) : shape_(shape) {
    if (shape_.capacity == 0) shape_.capacity = shape_.pos + shape_.rows;
    heads_ = shape_.kv_heads * shape_.group;
    q_ = NormalFloats("q", size_t{shape_.rows} * heads_ * shape_.head_dim, 0, shape_.spread);
    vectors_ = NormalFloats("sinks", kSinksAt + heads_, 0, 3);
    kv_ = NormalFloats("kv", size_t{2} * shape_.kv_heads * shape_.capacity * shape_.head_dim);
    for (size_t i = 0; i < kv_.size(); ++i) {
      size_t key = i / shape_.head_dim % shape_.capacity;
      if (key >= shape_.pos + shape_.rows) kv_[i] = kNaN;
      if (shape_.half) kv_[i] = F16ToF32(F32ToF16(kv_[i]));
      half_.push_back(F32ToF16(kv_[i]));
    }
  }

  std::vector<float> Run(std::string_view kernel, uint32_t threads = 1) {
    std::vector<float> y(q_.size(), kNaN);
    std::vector<uint32_t> state(16);
    state[0] = shape_.pos;
    CallKernel(kernel,
               {{"HEAD_DIM", shape_.head_dim},
                {"F16_KV", shape_.half},
                {"HAS_SOFTCAP", shape_.softcap != 0},
                {"HAS_SINKS", shape_.sinks}},
               {BytesOf(q_), shape_.half ? BytesOf(half_) : BytesOf(kv_), BytesOf(state),
                BytesOf(y), BytesOf(vectors_)},
               {shape_.rows, heads_, shape_.kv_heads, shape_.group, shape_.capacity, shape_.window,
                Bits(Scale()), Bits(shape_.softcap), kSinksAt},
               threads);
    return y;
  }

  // The definition, in double.
  std::vector<double> Want() const {
    std::vector<double> y(q_.size());
    for (uint32_t t = 0; t < shape_.rows; ++t) {
      for (uint32_t h = 0; h < heads_; ++h) {
        size_t at = (size_t{t} * heads_ + h) * shape_.head_dim;
        std::vector<double> weights(shape_.pos + t + 1);
        double sum = shape_.sinks ? std::exp(double{vectors_[kSinksAt + h]}) : 0;
        for (uint32_t j = 0; j < weights.size(); ++j) {
          if (shape_.window != 0 && j + shape_.window <= shape_.pos + t) continue;
          double score = 0;
          for (uint32_t d = 0; d < shape_.head_dim; ++d) score += q_[at + d] * Cached(0, h, j, d);
          score *= Scale();
          if (shape_.softcap != 0) score = shape_.softcap * std::tanh(score / shape_.softcap);
          weights[j] = std::exp(score);
          sum += weights[j];
        }
        for (uint32_t d = 0; d < shape_.head_dim; ++d) {
          for (uint32_t j = 0; j < weights.size(); ++j) {
            if (weights[j] != 0) y[at + d] += weights[j] / sum * Cached(1, h, j, d);
          }
        }
      }
    }
    return y;
  }

  void ExpectRight(std::string_view kernel) {
    std::vector<double> want = Want();
    std::vector<float> got = Run(kernel);
    double worst = 0;
    size_t at = 0;
    for (size_t i = 0; i < got.size(); ++i) {
      ASSERT_TRUE(std::isfinite(got[i])) << "element " << i;
      if (std::abs(got[i] - want[i]) > worst) {
        worst = std::abs(got[i] - want[i]);
        at = i;
      }
    }
    EXPECT_LE(worst, 4e-6 * shape_.spread)
        << "element " << at << ": " << got[at] << ", wanted " << want[at];
    EXPECT_EQ(got, Run(kernel, 3)) << "on three threads";
  }

 private:
  float Scale() const { return 1 / std::sqrt(static_cast<float>(shape_.head_dim)); }
  double Cached(uint32_t part, uint32_t head, uint32_t key, uint32_t d) const {
    size_t g = part * shape_.kv_heads + head / shape_.group;
    return kv_[(g * shape_.capacity + key) * shape_.head_dim + d];
  }

  Shape shape_;
  uint32_t heads_ = 1;
  static constexpr uint32_t kSinksAt = 3;
  std::vector<float> q_, kv_, vectors_;
  std::vector<uint16_t> half_;
};

TEST(Attention, AgreesWithTheDefinitionAtEveryKvLength) {
  for (uint32_t pos : {0u, 1u, 6u, 30u, 62u, 63u, 126u, 127u, 128u, 999u, 1023u, 1024u, 8192u}) {
    SCOPED_TRACE(pos);
    Scene({.pos = pos, .kv_heads = 2, .group = 2}).ExpectRight("attention");
    Scene({.pos = pos, .kv_heads = 1, .group = 3, .half = true}).ExpectRight("attention");
  }
}

TEST(Attention, AgreesWithTheDefinitionForAnyNumberOfRows) {
  for (uint32_t rows : {1u, 2u, 31u, 33u, 64u, 65u, 130u}) {
    for (uint32_t pos : {0u, 1u, 63u, 300u}) {
      SCOPED_TRACE(rows * 1000 + pos);
      Scene({.rows = rows, .pos = pos, .kv_heads = 2, .group = 3, .head_dim = 32, .half = true})
          .ExpectRight("attention");
    }
  }
}

TEST(Attention, AgreesWithTheDefinitionForAnyHeadSizeAndGroup) {
  for (uint32_t head_dim : {1u, 4u, 33u, 64u, 72u, 80u, 96u, 112u, 128u, 256u, 512u}) {
    for (uint32_t group : {1u, 3u, 7u, 8u}) {
      SCOPED_TRACE(head_dim * 100 + group);
      Shape shape = {.rows = 5, .pos = 130, .kv_heads = 2, .group = group, .head_dim = head_dim};
      Scene(shape).ExpectRight("attention");
      shape.half = true;
      Scene(shape).ExpectRight("attention");
    }
  }
}

TEST(Attention, ASinkTakesItsShareOfTheSoftmax) {
  for (const char* kernel : {"attention", "attention_reference"}) {
    for (uint32_t pos : {0u, 5u, 3000u}) {
      for (uint32_t rows : {1u, 40u}) {
        SCOPED_TRACE(pos * 100 + rows);
        Shape shape = {.rows = rows, .pos = pos, .kv_heads = 2, .group = 3, .sinks = true};
        Scene(shape).ExpectRight(kernel);
        shape.window = 16;
        Scene(shape).ExpectRight(kernel);
      }
    }
  }
}

TEST(Attention, WindowHidesOlderKeys) {
  for (uint32_t window : {1u, 5u, 64u, 128u, 129u, 1000u}) {
    for (uint32_t rows : {1u, 70u}) {
      SCOPED_TRACE(window * 100 + rows);
      Scene({.rows = rows, .pos = 700, .kv_heads = 1, .group = 2, .window = window})
          .ExpectRight("attention");
    }
  }
}

TEST(Attention, SoftcapBoundsScores) {
  Scene({.rows = 9, .pos = 40, .group = 2, .softcap = 2.5f, .spread = 8}).ExpectRight("attention");
  Scene({.rows = 1, .pos = 2000, .group = 2, .softcap = 30, .half = true}).ExpectRight("attention");
}

TEST(Attention, LargeScoresStayFinite) {
  Scene({.rows = 3, .pos = 3000, .kv_heads = 1, .group = 2, .spread = 40}).ExpectRight("attention");
}

TEST(Attention, KeysBeyondTheRunAreNeverRead) {
  Scene({.rows = 1, .pos = 200, .group = 4, .capacity = 512}).ExpectRight("attention");
  Scene({.rows = 40, .pos = 7, .group = 4, .capacity = 512, .half = true}).ExpectRight("attention");
}

TEST(Attention, RowThatSeesNoKeyGivesZeros) {
  // The position lies so far beyond the cache that the window has left it.
  for (std::string_view kernel : {"attention", "attention_reference"}) {
    Shape shape = {.rows = 1, .pos = 2, .head_dim = 8};
    Scene scene(shape);
    std::vector<float> q(8, 1), kv(2 * 3 * 8, 1), y(8, kNaN);
    std::vector<uint32_t> state(16);
    state[0] = 100;
    CallKernel(kernel, {{"HEAD_DIM", 8}},
               {BytesOf(q), BytesOf(kv), BytesOf(state), BytesOf(y), BytesOf(state)},
               {1, 1, 1, 1, 3, 5, Bits(1), 0, 0});
    EXPECT_EQ(y, std::vector<float>(8, 0)) << kernel;
  }
}

TEST(AttentionReference, AgreesWithTheDefinition) {
  Scene({.rows = 3, .pos = 20, .kv_heads = 2, .group = 3, .head_dim = 33, .window = 7})
      .ExpectRight("attention_reference");
  Scene({.rows = 3, .pos = 20, .head_dim = 64, .softcap = 3, .half = true})
      .ExpectRight("attention_reference");
}

}  // namespace
}  // namespace ingot::kernels::cpu
