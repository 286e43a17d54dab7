// The inner loops on every instruction set of this machine, against the C library in double.
#include "ingot/kernels/cpu/simd/vector_ops.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "test/kernels/cpu_call.h"

namespace ingot::kernels::cpu {
namespace {

constexpr float kMasked = -3.4028235e38f;

bool ProcessorHas(std::string_view feature) {
  return std::ranges::find(CpuFeatures(), feature) != CpuFeatures().end();
}

class VectorOpsTest : public testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override {
    if (GetParam() == "portable") ops_ = &kPortableOps;
#if defined(__x86_64__)
    if (GetParam() == "avx2" && ProcessorHas("avx2")) ops_ = &kAvx2Ops;
    if (GetParam() == "avx512" && ProcessorHas("avx512")) ops_ = &kAvx512Ops;
#endif
    if (ops_ == nullptr) GTEST_SKIP() << "this processor has no " << GetParam();
  }

  // Every element of op(x) within `relative` of f(x), or within `absolute` of it.
  void ExpectClose(void (*op)(const float*, float*, size_t), const std::function<double(double)>& f,
                   double relative, double absolute) {
    std::vector<float> x = {0,  -0.0f, 1e-30f, -1e-30f, 20,     -20, 1e4f, -1e4f, 87,
                            88, -87,   -88,    0.625f,  -0.63f, 89,  -103, 3e38f, -3e38f};
    for (double v = -30; v < 30; v += 0.00347) x.push_back(static_cast<float>(v));
    std::vector<float> y(x.size());
    op(x.data(), y.data(), x.size());
    for (size_t i = 0; i < x.size(); ++i) {
      double want = f(x[i]);
      ASSERT_LE(std::abs(y[i] - want), std::max(relative * std::abs(want), absolute))
          << "x " << x[i] << ": " << y[i] << ", wanted " << want;
    }
    float nan = std::numeric_limits<float>::quiet_NaN();
    op(&nan, y.data(), 1);
    EXPECT_TRUE(std::isnan(y[0]));
  }

  const VectorOps* ops_ = nullptr;
};

double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

TEST_P(VectorOpsTest, ActivationsAreClose) {
  // What exp flushes to 0 is below 1.2e-38, here times |x|.
  ExpectClose(ops_->sigmoid, Sigmoid, 4e-7, 2e-38);
  ExpectClose(
      ops_->silu, [](double x) { return x * Sigmoid(x); }, 4e-7, 2e-36);
  ExpectClose(
      ops_->relu, [](double x) { return std::max(x, 0.0); }, 0, 0);
  ExpectClose(
      ops_->gelu, [](double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }, 5e-7, 2e-7);
  ExpectClose(
      ops_->gelu_tanh,
      [](double x) { return x * Sigmoid(2 * std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)); },
      5e-7, 2e-7);
}

TEST_P(VectorOpsTest, SoftcapKeepsItsDigitsAtBothEnds) {
  for (float cap : {0.5f, 30.0f}) {
    for (float x : {0.0f, 1e-20f, -1e-3f, 0.3f, -7.0f, 18.7f, 18.8f, 55.0f, -1e4f, 3e38f}) {
      float y = 0;
      ops_->softcap(&x, cap, &y, 1);
      double want = cap * std::tanh(static_cast<double>(x) / cap);
      EXPECT_LE(std::abs(y - want), 4e-7 * std::abs(want)) << "softcap " << cap << " of " << x;
    }
  }
}

TEST_P(VectorOpsTest, TailsAreExactAndNothingElseIsWritten) {
  std::vector<float> a = NormalFloats("a", 200), b = NormalFloats("b", 200);
  for (size_t size = 0; size <= 130; ++size) {
    std::vector<float> sum(200, 42), product = sum, scaled = sum;
    ops_->add(a.data(), b.data(), sum.data(), size);
    ops_->mul(a.data(), b.data(), product.data(), size);
    ops_->scale(a.data(), 3, scaled.data(), size);
    for (size_t i = 0; i < sum.size(); ++i) {
      ASSERT_EQ(sum[i], i < size ? a[i] + b[i] : 42) << "size " << size << ", element " << i;
      ASSERT_EQ(product[i], i < size ? a[i] * b[i] : 42) << "size " << size << ", element " << i;
      ASSERT_EQ(scaled[i], i < size ? a[i] * 3 : 42) << "size " << size << ", element " << i;
    }
  }
}

TEST_P(VectorOpsTest, HalvesRoundToNearestEvenAndSaturate) {
  std::vector<float> x;
  for (uint32_t bits = 0; bits < 0x7C00; ++bits) {
    float value = F16ToF32(static_cast<uint16_t>(bits));
    float next = F16ToF32(static_cast<uint16_t>(std::min(bits + 1, 0x7BFFu)));
    float middle = value + (next - value) / 2;
    for (float each : {value, middle, std::nextafter(middle, 0.0f), -middle}) x.push_back(each);
  }
  size_t finite = x.size();
  for (float beyond : {65520.0f, 1e9f, -70000.0f}) x.push_back(beyond);
  std::vector<uint16_t> y(x.size());
  ops_->to_half(x.data(), y.data(), x.size());
  for (size_t i = 0; i < finite; ++i) ASSERT_EQ(y[i], F32ToF16(x[i])) << x[i];
  EXPECT_EQ(y[finite], 0x7BFF);
  EXPECT_EQ(y[finite + 1], 0x7BFF);
  EXPECT_EQ(y[finite + 2], 0xFBFF);
  std::vector<uint16_t> tail(40, 0x1234);
  for (size_t size = 0; size < 40; ++size) {
    ops_->to_half(x.data() + 1000, tail.data(), size);
    EXPECT_EQ(tail[size], 0x1234);
  }
}

TEST_P(VectorOpsTest, RmsNormIsCloseAtEveryWidth) {
  for (size_t dim : {1u, 2u, 7u, 64u, 127u, 256u, 257u, 1000u, 2560u, 8192u}) {
    for (double deviation : {1.0, 1e4}) {
      std::vector<float> x = NormalFloats("x", dim, 0, deviation),
                         w = NormalFloats("w", dim, 1, .3);
      std::vector<float> y(dim);
      ops_->rms_norm(x.data(), w.data(), 1e-6f, y.data(), dim);
      double squares = 0;
      for (float v : x) squares += static_cast<double>(v) * v;
      for (size_t i = 0; i < dim; ++i) {
        double want = x[i] / std::sqrt(squares / dim + 1e-6) * w[i];
        ASSERT_NEAR(y[i], want, 4e-7 * std::abs(want)) << "dim " << dim << ", element " << i;
      }
    }
  }
}

TEST_P(VectorOpsTest, RmsNormOfZerosIsZeros) {
  std::vector<float> x(100), w(100, 2), y(100, 1);
  ops_->rms_norm(x.data(), w.data(), 1e-6f, y.data(), 100);
  EXPECT_EQ(y, x);
}

TEST_P(VectorOpsTest, LayerNormHoldsFarFromZero) {
  for (size_t dim : {1u, 2u, 7u, 127u, 257u, 4097u}) {
    for (double mean : {0.0, 1e4, -3e5}) {
      std::vector<float> x = NormalFloats("x", dim, mean), w = NormalFloats("w", dim, 1, .3),
                         b = NormalFloats("b", dim);
      double sum = 0, squares = 0;
      for (float v : x) sum += v;
      for (float v : x) squares += (v - sum / dim) * (v - sum / dim);
      for (const float* bias : {static_cast<const float*>(b.data()), (const float*)nullptr}) {
        std::vector<float> y(dim);
        ops_->layer_norm(x.data(), w.data(), bias, 1e-5f, y.data(), dim);
        for (size_t i = 0; i < dim; ++i) {
          double want = (x[i] - sum / dim) / std::sqrt(squares / dim + 1e-5) * w[i];
          if (bias != nullptr) want += b[i];
          ASSERT_NEAR(y[i], want, 2e-6 * std::max(1.0, std::abs(want)))
              << "dim " << dim << ", mean " << mean << ", element " << i;
        }
      }
    }
  }
}

TEST_P(VectorOpsTest, LayerNormOfAConstantRowIsTheBias) {
  std::vector<float> x(77, 1234.567f), w(77, 2), b = NormalFloats("b", 77), y(77);
  ops_->layer_norm(x.data(), w.data(), b.data(), 1e-5f, y.data(), 77);
  for (size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(y[i], b[i], 1e-6);
}

TEST_P(VectorOpsTest, SoftmaxIsCloseAndSumsToOne) {
  for (size_t dim : {1u, 2u, 7u, 32u, 127u, 257u, 1000u, 4097u}) {
    for (double spread : {1.0, 30.0, 1e4}) {
      std::vector<float> x = NormalFloats("x", dim, 0, spread), y(dim);
      ops_->softmax(x.data(), y.data(), dim);
      float largest = *std::ranges::max_element(x);
      double sum = 0, got_sum = 0;
      for (float v : x) sum += std::exp(static_cast<double>(v) - largest);
      for (size_t i = 0; i < dim; ++i) {
        double below = static_cast<double>(x[i]) - largest;
        double want = std::exp(below) / sum;
        // exp passes on the rounding of the difference.
        double relative = (3 + 2 * std::abs(below)) * 0x1p-23 + 4 * std::sqrt(dim) * 0x1p-24;
        ASSERT_NEAR(y[i], want, relative * want + 2e-38) << "dim " << dim << ", element " << i;
        got_sum += y[i];
      }
      EXPECT_NEAR(got_sum, 1, 1e-5);
    }
  }
}

TEST_P(VectorOpsTest, SoftmaxGivesMaskedEntriesNothing) {
  float infinity = std::numeric_limits<float>::infinity();
  std::vector<float> x(37, kMasked), y(37, 1);
  x[5] = -infinity;
  ops_->softmax(x.data(), y.data(), x.size());
  EXPECT_EQ(y, std::vector<float>(37, 0));
  x[7] = x[30] = -1e4f;
  ops_->softmax(x.data(), y.data(), x.size());
  for (size_t i = 0; i < y.size(); ++i) EXPECT_EQ(y[i], i == 7 || i == 30 ? 0.5f : 0) << i;
}

TEST_P(VectorOpsTest, SoftmaxShowsNaN) {
  std::vector<float> x(20, 1), y(20);
  x[3] = std::numeric_limits<float>::quiet_NaN();
  ops_->softmax(x.data(), y.data(), x.size());
  EXPECT_TRUE(std::isnan(y[0]) && std::isnan(y[3]) && std::isnan(y[19]));
}

TEST_P(VectorOpsTest, RopeTurnsPairsAndHalvesAlike) {
  for (size_t pairs : {1u, 2u, 5u, 16u, 24u, 64u, 67u}) {
    std::vector<float> x = NormalFloats("x", 2 * pairs), table = NormalFloats("table", 2 * pairs);
    std::vector<float> together = x, first(pairs), second(pairs), cosine(pairs), sine(pairs);
    for (size_t i = 0; i < pairs; ++i) {
      first[i] = x[2 * i];
      second[i] = x[2 * i + 1];
      cosine[i] = table[2 * i];
      sine[i] = table[2 * i + 1];
    }
    ops_->rope_pairs(together.data(), table.data(), pairs);
    ops_->rope_halves(first.data(), second.data(), cosine.data(), sine.data(), pairs);
    for (size_t i = 0; i < pairs; ++i) {
      double c = cosine[i], s = sine[i], x0 = x[2 * i], x1 = x[2 * i + 1];
      EXPECT_NEAR(together[2 * i], x0 * c - x1 * s, 1e-6);
      EXPECT_NEAR(together[2 * i + 1], x0 * s + x1 * c, 1e-6);
      EXPECT_NEAR(first[i], x0 * c - x1 * s, 1e-6);
      EXPECT_NEAR(second[i], x0 * s + x1 * c, 1e-6);
    }
  }
}

// Attention as a whole is tested with its kernel; here the instruction sets against each other.
struct Attended {
  size_t head_dim, queries, keys = 300;
  bool half = false;

  std::vector<float> By(const VectorOps& ops) const {
    std::vector<float> q = NormalFloats("q", queries * head_dim),
                       k = NormalFloats("k", keys * head_dim),
                       v = NormalFloats("v", keys * head_dim);
    std::vector<uint16_t> k_halves, v_halves;
    for (float value : k) k_halves.push_back(F32ToF16(value));
    for (float value : v) v_halves.push_back(F32ToF16(value));
    std::vector<size_t> first(queries, 3), last;
    for (size_t i = 0; i < queries; ++i) last.push_back(keys - 2 * i);
    size_t padded = AttentionRange::Padded(head_dim);
    std::vector<float> largest(queries), sum(queries), weighted(queries * padded);
    std::vector<float> scratch(AttentionRange::ScratchFloats(queries, head_dim));
    AttentionRange range;
    range.q = q.data();
    range.queries = queries;
    range.head_dim = head_dim;
    range.half = half;
    range.keys = half ? BytesOf(k_halves).data() : BytesOf(k).data();
    range.values = half ? BytesOf(v_halves).data() : BytesOf(v).data();
    range.end = keys;
    range.first = first.data();
    range.last = last.data();
    range.largest = largest.data();
    range.sum = sum.data();
    range.weighted = weighted.data();
    range.scratch = scratch.data();
    ops.attend(range);
    for (size_t i = 0; i < weighted.size(); ++i) weighted[i] /= sum[i / padded];
    return weighted;
  }
};

TEST_P(VectorOpsTest, AttendsAsThePortableLoopsDo) {
  for (size_t head_dim : {3u, 8u, 20u, 64u, 100u}) {
    for (size_t queries : {1u, 2u, 4u, 5u, 6u, 13u}) {
      for (bool half : {false, true}) {
        Attended scene = {.head_dim = head_dim, .queries = queries, .half = half};
        std::vector<float> got = scene.By(*ops_), want = scene.By(kPortableOps);
        for (size_t i = 0; i < got.size(); ++i) {
          ASSERT_NEAR(got[i], want[i], 2e-5)
              << head_dim << " " << queries << " " << half << " " << i;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Isa, VectorOpsTest, testing::Values("portable", "avx2", "avx512"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace ingot::kernels::cpu
