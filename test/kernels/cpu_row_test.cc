#include <algorithm>
#include <cmath>
#include <limits>

#include "test/kernels/cpu_call.h"

#include "ingot/base/quant.h"

namespace ingot::kernels::cpu {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

std::vector<uint32_t> StateAt(uint32_t pos) {
  std::vector<uint32_t> state(16);
  state[0] = pos;
  return state;
}

TEST(Gather, TakesRowsOfEveryWeightFormat) {
  constexpr uint32_t kVocab = 5, kDim = 512;
  for (uint32_t format = 0; auto dtype = DTypeOfWeightFormat(format); ++format) {
    SCOPED_TRACE(Name(*dtype));
    std::vector<float> plain = NormalFloats("table", kVocab * kDim);
    uint64_t row_bytes = RowBytes(*dtype, kDim).value();
    std::vector<std::byte> table(kVocab * row_bytes);
    ASSERT_TRUE(EncodeRow(*dtype, plain.data(), plain.size(), table).ok());
    std::vector<float> decoded(plain.size());
    DecodeRow(*dtype, table, decoded.data(), decoded.size());
    std::vector<uint32_t> ids = {4, 0, 4, kVocab, 0xFFFFFFFF, 2};
    std::vector<float> y(ids.size() * kDim, kNaN);
    CallKernel("gather", {{"W_FORMAT", format}}, {BytesOf(ids), table, BytesOf(y)},
               {static_cast<uint32_t>(ids.size()), kDim, kVocab, Bits(3)});
    for (size_t i = 0; i < y.size(); ++i) {
      uint32_t id = ids[i / kDim];
      ASSERT_EQ(y[i], id < kVocab ? 3 * decoded[id * kDim + i % kDim] : 0) << i;
    }
  }
}

struct RopeShape {
  uint32_t rows, heads, head_dim, rot, pos;
  bool interleaved;
};

void ExpectRope(const RopeShape& s) {
  std::vector<float> q = NormalFloats("q", size_t{s.rows} * s.heads * s.head_dim), got = q;
  std::vector<float> table((s.pos + s.rows) * size_t{s.rot});
  auto angle = [&](uint32_t pos, uint32_t j) { return pos * std::pow(10000.0, -2.0 * j / s.rot); };
  for (size_t i = 0; i < table.size(); ++i) {
    double a = angle(static_cast<uint32_t>(i / s.rot), static_cast<uint32_t>(i % s.rot / 2));
    table[i] = static_cast<float>(i % 2 == 0 ? std::cos(a) : std::sin(a));
  }
  std::vector<uint32_t> state = StateAt(s.pos);
  CallKernel("rope_precomputed", {{"INTERLEAVED", s.interleaved}},
             {BytesOf(got), BytesOf(table), BytesOf(state)}, {s.rows, s.heads, s.head_dim, s.rot},
             2);
  for (uint32_t row = 0; row < s.rows * s.heads; ++row) {
    const float* x = q.data() + row * s.head_dim;
    const float* y = got.data() + row * s.head_dim;
    for (uint32_t j = 0; j < s.rot / 2; ++j) {
      double a = angle(s.pos + row / s.heads, j);
      uint32_t at = s.interleaved ? 2 * j : j;
      uint32_t other = s.interleaved ? 2 * j + 1 : j + s.rot / 2;
      ASSERT_NEAR(y[at], x[at] * std::cos(a) - x[other] * std::sin(a), 2e-6) << row << " " << j;
      ASSERT_NEAR(y[other], x[at] * std::sin(a) + x[other] * std::cos(a), 2e-6) << row << " " << j;
    }
    for (uint32_t d = s.rot; d < s.head_dim; ++d) ASSERT_EQ(y[d], x[d]) << "passes through";
    if (s.pos + row / s.heads != 0) continue;
    for (uint32_t d = 0; d < s.head_dim; ++d) ASSERT_EQ(y[d], x[d]) << "position 0";
  }
}

TEST(RopePrecomputed, TurnsBothPairingsAndLeavesTheRest) {
  for (bool interleaved : {false, true}) {
    for (uint32_t head_dim : {64u, 80u, 128u, 256u}) {
      for (uint32_t rot : {head_dim, head_dim / 2, 2u}) {
        for (uint32_t pos : {0u, 1u, 4095u}) {
          SCOPED_TRACE(testing::Message() << interleaved << " " << head_dim << " " << rot);
          ExpectRope({3, 2, head_dim, rot, pos, interleaved});
        }
      }
    }
    ExpectRope({17, 8, 128, 128, 5, interleaved});
    ExpectRope({2, 1, 600, 600, 5, interleaved});
  }
}

TEST(KvWrite, WritesItsRowsAndNothingElse) {
  for (bool half : {false, true}) {
    for (uint32_t kv_heads : {1u, 3u}) {
      for (uint32_t head_dim : {2u, 64u, 80u}) {
        for (uint32_t pos : {0u, 5u, 15u, 16u}) {
          constexpr uint32_t kCapacity = 16, kRows = 3;
          std::vector<float> k = NormalFloats("k", kRows * kv_heads * head_dim),
                             v = NormalFloats("v", k.size());
          size_t elements = 2 * kv_heads * kCapacity * head_dim;
          std::vector<float> plain(elements, 7);
          std::vector<uint16_t> halves(elements, F32ToF16(7));
          std::vector<uint32_t> state = StateAt(pos);
          CallKernel(
              "kv_write", {{"F16_KV", half}},
              {BytesOf(k), BytesOf(v), half ? BytesOf(halves) : BytesOf(plain), BytesOf(state)},
              {kRows, kv_heads, head_dim, kCapacity});
          for (size_t i = 0; i < elements; ++i) {
            size_t d = i % head_dim, key = i / head_dim % kCapacity;
            size_t head = i / head_dim / kCapacity % kv_heads;
            const std::vector<float>& src = i < elements / 2 ? k : v;
            float want = 7;
            if (key >= pos && key < pos + kRows) {
              want = src[((key - pos) * kv_heads + head) * head_dim + d];
            }
            if (half) {
              ASSERT_EQ(halves[i], F32ToF16(want)) << i;
            } else {
              ASSERT_EQ(plain[i], want) << i;
            }
          }
        }
      }
    }
  }
}

TEST(RmsNorm, TakesItsWeightFromTheOffsetAndAnyNumberOfRows) {
  for (uint32_t rows : {1u, 17u, 70000u}) {
    constexpr uint32_t kDim = 8, kAt = 5;
    std::vector<float> x = NormalFloats("x", rows * kDim), y(x.size(), kNaN), again = y;
    std::vector<float> vectors = NormalFloats("w", kAt + kDim);
    std::fill_n(vectors.begin(), kAt, kNaN);
    std::vector<uint32_t> uniforms = {rows, kDim, Bits(1e-5f), kAt};
    CallKernel("rmsnorm", {}, {BytesOf(x), BytesOf(vectors), BytesOf(y)}, uniforms);
    CallKernel("rmsnorm", {}, {BytesOf(x), BytesOf(vectors), BytesOf(again)}, uniforms, 3);
    EXPECT_EQ(y, again);
    for (uint32_t r = 0; r < rows; ++r) {
      double squares = 0;
      for (uint32_t i = 0; i < kDim; ++i) squares += std::pow(x[r * kDim + i], 2.0);
      for (uint32_t i = 0; i < kDim; ++i) {
        double want = x[r * kDim + i] / std::sqrt(squares / kDim + 1e-5) * vectors[kAt + i];
        ASSERT_NEAR(y[r * kDim + i], want, 1e-6 * std::abs(want));
      }
    }
  }
}

TEST(LayerNorm, UsesTheBiasOnlyWhereThereIsOne) {
  std::vector<float> x = {1, 3}, vectors = {kNaN, 1, 1, 5, 6}, y(2);
  std::vector<uint32_t> uniforms = {1, 2, Bits(0), 1, 3};
  CallKernel("layernorm", {{"HAS_BIAS", 1}}, {BytesOf(x), BytesOf(vectors), BytesOf(y)}, uniforms);
  EXPECT_EQ(y, (std::vector<float>{4, 7}));
  CallKernel("layernorm", {}, {BytesOf(x), BytesOf(vectors), BytesOf(y)}, uniforms);
  EXPECT_EQ(y, (std::vector<float>{-1, 1}));
}

TEST(Softmax, TakesEachRowByItself) {
  std::vector<float> x = {0, 0, 1e4f, -1e4f, 5, 5}, y(6);
  CallKernel("softmax", {}, {BytesOf(x), BytesOf(y)}, {3, 2});
  EXPECT_EQ(y, (std::vector<float>{.5f, .5f, 1, 0, .5f, .5f}));
}

TEST(BiasAdd, AddsOneVectorToEveryRow) {
  constexpr uint32_t kRows = 9, kDim = 2817;
  std::vector<float> x = NormalFloats("x", kRows * kDim), bias = NormalFloats("b", kDim + 1),
                     y(x.size());
  CallKernel("bias_add", {}, {BytesOf(x), BytesOf(bias), BytesOf(y)}, {kRows * kDim, kDim, 1}, 2);
  for (size_t i = 0; i < y.size(); ++i) ASSERT_EQ(y[i], x[i] + bias[1 + i % kDim]);
}

TEST(Pointwise, SplitsOverThreadsWithoutSeams) {
  constexpr uint32_t kSize = 65535 * 3 + 1;
  std::vector<float> a = NormalFloats("a", kSize), b = NormalFloats("b", kSize), y(kSize), z(kSize);
  CallKernel("residual", {}, {BytesOf(a), BytesOf(b), BytesOf(y)}, {kSize}, 3);
  CallKernel("mul", {}, {BytesOf(a), BytesOf(b), BytesOf(z)}, {kSize}, 3);
  for (size_t i = 0; i < kSize; ++i) {
    ASSERT_EQ(y[i], a[i] + b[i]);
    ASSERT_EQ(z[i], a[i] * b[i]);
  }
  for (std::string_view name : {"silu", "gelu_tanh", "gelu", "relu", "sigmoid"}) {
    CallKernel(name, {}, {BytesOf(a), BytesOf(y)}, {kSize}, 1);
    CallKernel(name, {}, {BytesOf(a), BytesOf(z)}, {kSize}, 3);
    EXPECT_EQ(y, z) << name;
  }
}

TEST(Scale, ZeroReallyMeansZero) {
  std::vector<float> x = {1, -2, 3e38f}, y(3, kNaN);
  CallKernel("scale", {}, {BytesOf(x), BytesOf(y)}, {3, Bits(0)});
  EXPECT_EQ(y, (std::vector<float>{0, 0, 0}));
}

TEST(LastRows, TakesTheTrailingRows) {
  std::vector<float> x = {1, 2, 3, 4, 5, 6}, y(4, kNaN);
  CallKernel("last_rows", {}, {BytesOf(x), BytesOf(y)}, {3, 2, 2});
  EXPECT_EQ(y, (std::vector<float>{3, 4, 5, 6}));
}

}  // namespace
}  // namespace ingot::kernels::cpu
