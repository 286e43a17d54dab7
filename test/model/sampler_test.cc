#include "ingot/model/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "ingot/base/hash.h"
#include "ingot/base/text.h"

namespace ingot::model {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

SamplerOptions Plain() {  // draws from the whole row at temperature 1
  SamplerOptions options;
  options.temperature = 1;
  options.top_k = 0;
  options.top_p = 1;
  options.min_p = 0;
  return options;
}

int32_t SampleOne(const SamplerOptions& options, std::span<const float> logits,
                  std::span<const int32_t> history = {}, uint64_t step = 0) {
  Result<Sampler> sampler = Sampler::Create(options);
  EXPECT_TRUE(sampler.ok()) << sampler.status().message();
  Result<int32_t> token = sampler->Sample(logits, history, step);
  EXPECT_TRUE(token.ok()) << token.status().message();
  return token.ok() ? *token : -1;
}

// The definition, word for word and slow: everything sorted, sums in 128 bits.
int32_t Oracle(const SamplerOptions& o, std::vector<float> l, const std::vector<int32_t>& history,
               uint32_t step) {
  using Wide = unsigned __int128;
  for (int32_t token : o.suppressed) l[static_cast<size_t>(token)] = -kInfinity;
  for (auto [token, bias] : o.logit_bias) l[static_cast<size_t>(token)] += bias;
  std::map<int32_t, int> counts;
  for (size_t i = history.size() > o.last_n ? history.size() - o.last_n : 0; i < history.size();
       ++i) {
    ++counts[history[i]];
  }
  for (auto [token, count] : counts) {
    float& x = l[static_cast<size_t>(token)];
    x = x > 0 ? x / o.repeat_penalty : x * o.repeat_penalty;
    x = x - static_cast<float>(count) * o.frequency_penalty;
    x = x - o.presence_penalty;
  }
  std::vector<int32_t> order;
  for (size_t i = 0; i < l.size(); ++i) order.push_back(static_cast<int32_t>(i));
  const auto least = [](float x) { return std::isnan(x) ? -kInfinity : x; };
  const bool greedy = o.temperature <= 0 || o.top_k == 1;
  if (!greedy && !o.temp_last) {
    for (float& x : l) x /= o.temperature;
  }
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return least(l[static_cast<size_t>(a)]) > least(l[static_cast<size_t>(b)]);
  });
  if (greedy) return order[0];
  if (o.top_k > 0 && order.size() > o.top_k) order.resize(o.top_k);
  const auto masses = [&](float temperature) {
    std::vector<uint64_t> out;
    const float top = l[static_cast<size_t>(order[0])] / temperature;
    for (int32_t token : order) {
      const float x = least(l[static_cast<size_t>(token)]) / temperature;
      out.push_back(x == top ? 8388608u
                             : static_cast<uint64_t>(
                                   std::llround(std::exp(static_cast<double>(x - top)) * 8388608)));
    }
    return out;
  };
  std::vector<uint64_t> mass = masses(1);
  Wide total = 0;
  for (uint64_t m : mass) total += m;
  const Wide top_p = static_cast<Wide>(std::llround(static_cast<double>(o.top_p) * 16777216));
  const Wide min_p = static_cast<Wide>(std::llround(static_cast<double>(o.min_p) * 16777216));
  size_t kept = 0;
  for (Wide running = 0; kept < mass.size();) {
    running += mass[kept++];
    if (running * 16777216 >= top_p * total) break;
  }
  while (kept > 1 && static_cast<Wide>(mass[kept - 1]) * 16777216 < min_p * mass[0]) --kept;
  order.resize(kept);
  mass.resize(kept);
  if (o.temp_last) mass = masses(o.temperature);
  Wide sum = 0;
  for (uint64_t m : mass) sum += m;
  const uint32_t u =
      Philox4x32({static_cast<uint32_t>(o.seed), static_cast<uint32_t>(o.seed >> 32)},
                 {step, o.choice, 0, 0})[0] >>
      8;
  Wide running = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    running += mass[i];
    if (running > ((static_cast<Wide>(u) * sum) >> 24)) return order[i];
  }
  return -1;
}

TEST(Sampler, IsTheDefinition) {
  Stream random(7, "sampler");
  const auto pick = [&random](std::initializer_list<float> values) {
    return *(values.begin() + random.Below(values.size()));
  };
  for (int round = 0; round < 3000; ++round) {
    const size_t rows = 1 + random.Below(round % 10 == 0 ? 3000 : 90);
    std::vector<float> logits(rows);
    // Coarse values make ties; some rows are peaked, some flat, some have holes.
    const double grain = pick({0.25f, 1, 0.001f});
    const double spread = pick({0.5f, 3, 12});
    for (float& x : logits) {
      x = static_cast<float>(std::round(random.NextNormal() * spread / grain) * grain);
    }
    if (round % 5 == 0) logits[random.Below(rows)] = kNan;
    if (round % 7 == 0) logits[random.Below(rows)] = -kInfinity;
    logits[random.Below(rows)] = 1;
    SamplerOptions options;
    options.temperature = pick({-1, 0, 0.1f, 0.7f, 1, 3});
    options.top_k = static_cast<uint32_t>(pick({0, 1, 2, 5, 40, 256, 5000}));
    options.top_p = pick({0, 0.3f, 0.9f, 0.95f, 1});
    options.min_p = pick({0, 0.05f, 0.5f, 1});
    options.repeat_penalty = pick({1, 1, 1.3f, 0.8f});
    options.frequency_penalty = pick({0, 0, 0.4f});
    options.presence_penalty = pick({0, 0, -0.5f});
    options.last_n = static_cast<uint32_t>(random.Below(9));
    options.temp_last = random.Below(2) == 1;
    options.seed = static_cast<uint64_t>(random.NextU32()) << 32 | random.NextU32();
    options.choice = static_cast<uint32_t>(random.Below(3));
    if (round % 4 == 0) {
      options.logit_bias.emplace_back(random.Below(rows), pick({-3, 2}));
      options.suppressed.push_back(static_cast<int32_t>(random.Below(rows)));
      logits.push_back(0.5f);  // so that one finite logit is left
    }
    std::vector<int32_t> history;
    for (uint64_t i = random.Below(12); i > 0; --i) {
      history.push_back(static_cast<int32_t>(random.Below(rows)));
    }
    const uint32_t step = static_cast<uint32_t>(random.Below(1000));
    ASSERT_EQ(SampleOne(options, logits, history, step), Oracle(options, logits, history, step))
        << "round " << round << ", rows " << rows << ", T " << options.temperature << ", k "
        << options.top_k << ", p " << options.top_p << ", min_p " << options.min_p;
  }
}

TEST(Sampler, TiesGoToTheLowerIndex) {
  std::vector<float> logits(300, 2.0f);
  SamplerOptions options;
  options.temperature = 0;
  EXPECT_EQ(SampleOne(options, logits), 0);
  logits[170] = logits[171] = logits[299] = 3;
  EXPECT_EQ(SampleOne(options, logits), 170);
  const float zeros[] = {-1, -0.0f, 0.0f};
  EXPECT_EQ(SampleOne(options, zeros), 1);
  // The cut at k is one too: of many equal logits the first ones stay.
  options = Plain();
  options.top_k = 3;
  std::vector<float> flat(5000, 1.0f);
  for (uint64_t step = 0; step < 200; ++step) EXPECT_LT(SampleOne(options, flat, {}, step), 3);
}

TEST(Sampler, NanIsTheLeast) {
  const float row[] = {kNan, -5, kNan, -kInfinity};
  for (float temperature : {0.0f, 1.0f}) {
    SamplerOptions options = Plain();
    options.temperature = temperature;
    for (uint64_t step = 0; step < 20; ++step) EXPECT_EQ(SampleOne(options, row, {}, step), 1);
  }
}

TEST(Sampler, RowWithoutFiniteLogitFails) {
  Result<Sampler> sampler = Sampler::Create({});
  const float nans[] = {kNan, -kInfinity, kNan};
  EXPECT_EQ(sampler->Sample(nans, {}, 4).status().message(), "step 4: no logit of 3 is finite");
  const float infinities[] = {kInfinity, kNan};
  EXPECT_FALSE(sampler->Sample(infinities, {}, 0).ok());
  EXPECT_FALSE(sampler->Sample({}, {}, 0).ok());
  const float mixed[] = {0, kInfinity, 1};
  EXPECT_EQ(SampleOne(Plain(), mixed), 1);
  SamplerOptions options;
  options.suppressed = {0};
  const float one[] = {1, kNan};
  EXPECT_FALSE(Sampler::Create(options)->Sample(one, {}, 0).ok());
}

// Pearson's statistic over many steps against the probabilities of softmax.
TEST(Sampler, DrawsFollowTheDistribution) {
  const std::vector<float> logits = {0, 1, -1, 2, 0.5f, -2, 1, 0};
  for (float temperature : {0.7f, 1.0f, 1.6f}) {
    SamplerOptions options = Plain();
    options.temperature = temperature;
    options.seed = 1337;
    Result<Sampler> sampler = Sampler::Create(options);
    constexpr int kDraws = 40000;
    std::vector<int> seen(logits.size());
    for (uint64_t step = 0; step < kDraws; ++step) {
      ++seen[static_cast<size_t>(*sampler->Sample(logits, {}, step))];
    }
    double norm = 0;
    for (float x : logits) norm += std::exp(static_cast<double>(x / temperature));
    double statistic = 0;
    for (size_t i = 0; i < logits.size(); ++i) {
      const double expected =
          kDraws * std::exp(static_cast<double>(logits[i] / temperature)) / norm;
      statistic += (seen[i] - expected) * (seen[i] - expected) / expected;
    }
    EXPECT_LT(statistic, 24.3) << temperature;  // 7 degrees of freedom, p = 0.001
    EXPECT_GT(statistic, 0.5) << temperature;   // nor too good to be random
  }
}

TEST(Sampler, DrawDependsOnSeedStepAndChoiceAlone) {
  std::vector<float> logits(1000);
  Stream random(1, "logits");
  for (float& x : logits) x = static_cast<float>(random.NextNormal());
  SamplerOptions options = Plain();
  options.seed = 99;
  Result<Sampler> sampler = Sampler::Create(options);
  std::vector<int32_t> upwards;
  for (uint64_t step = 0; step < 50; ++step) upwards.push_back(*sampler->Sample(logits, {}, step));
  for (uint64_t step = 50; step-- > 0;) {
    EXPECT_EQ(*sampler->Sample(logits, {}, step), upwards[step]);
  }
  const auto differs = [&](SamplerOptions other) {
    int different = 0;
    for (uint64_t step = 0; step < 50; ++step) {
      different += SampleOne(other, logits, {}, step) != upwards[step] ? 1 : 0;
    }
    return different > 40;
  };
  SamplerOptions other = options;
  other.choice = 1;
  EXPECT_TRUE(differs(other));
  other = options;
  other.seed = 99 + (uint64_t{1} << 32);
  EXPECT_TRUE(differs(other));
}

TEST(Sampler, PenaltiesCountTheLastTokens) {
  SamplerOptions options;
  options.temperature = 0;
  options.last_n = 3;
  const float row[] = {2.0f, 1.9f, -1.0f, 0.0f};
  const int32_t once[] = {0, 3};
  const int32_t long_ago[] = {0, 3, 3, 3};
  EXPECT_EQ(SampleOne(options, row, once), 0);
  options.repeat_penalty = 1.1f;
  EXPECT_EQ(SampleOne(options, row, once), 1);
  EXPECT_EQ(SampleOne(options, row, long_ago), 0);
  options.repeat_penalty = 1;
  options.presence_penalty = 0.2f;
  EXPECT_EQ(SampleOne(options, row, once), 1);
  options.presence_penalty = 0;
  options.frequency_penalty = 0.06f;
  const int32_t twice[] = {0, 0};
  EXPECT_EQ(SampleOne(options, row, once), 0);
  EXPECT_EQ(SampleOne(options, row, twice), 1);
  // A negative logit is multiplied.
  options.frequency_penalty = 0;
  options.repeat_penalty = 2;
  const float negative[] = {-1.0f, -1.5f};
  EXPECT_EQ(SampleOne(options, negative, once), 1);
  // Tokens beyond the row, as a draft model's may be, change nothing.
  const int32_t foreign[] = {7, -1};
  EXPECT_EQ(SampleOne(options, negative, foreign), 0);
}

TEST(Sampler, BiasSuppressionAndSurplusRows) {
  SamplerOptions options;
  options.temperature = 0;
  const float row[] = {1, 2, 3, 9};
  options.vocabulary = 3;
  EXPECT_EQ(SampleOne(options, row), 2);
  options.suppressed = {2};
  EXPECT_EQ(SampleOne(options, row), 1);
  options.logit_bias = {{0, 1.5f}, {2, 50}};
  EXPECT_EQ(SampleOne(options, row), 0);
  options.logit_bias = {{3, 1}};
  EXPECT_EQ(Sampler::Create(options)->Sample(row, {}, 0).status().message(),
            "logit_bias: token (3) is not below the vocabulary (3)");
}

TEST(Sampler, CutsKeepAtLeastOne) {
  const float row[] = {0, 5, 0};
  SamplerOptions options = Plain();
  options.temperature = 3;
  for (auto [top_p, min_p] : {std::pair(0.0f, 0.0f), std::pair(1.0f, 1.0f)}) {
    options.top_p = top_p;
    options.min_p = min_p;
    for (uint64_t step = 0; step < 50; ++step) EXPECT_EQ(SampleOne(options, row, {}, step), 1);
  }
}

TEST(Sampler, OptionsOutOfRangeAreNamed) {
  const auto message = [](auto change) {
    SamplerOptions options;
    change(options);
    return CheckSamplerOptions(options).message();
  };
  EXPECT_EQ(message([](SamplerOptions&) {}), "");
  EXPECT_EQ(message([](SamplerOptions& o) { o.top_p = 1.5f; }), "top_p (1.5) is not in 0 to 1");
  EXPECT_EQ(message([](SamplerOptions& o) { o.min_p = -1; }), "min_p (-1) is not in 0 to 1");
  EXPECT_EQ(message([](SamplerOptions& o) { o.top_p = kNan; }), "top_p (nan) is not in 0 to 1");
  EXPECT_EQ(message([](SamplerOptions& o) { o.temperature = kInfinity; }),
            "temperature (inf) is not finite");
  EXPECT_EQ(message([](SamplerOptions& o) { o.repeat_penalty = 0; }),
            "repeat_penalty (0) is not in 0.01 to 100");
  EXPECT_EQ(message([](SamplerOptions& o) {
              o.logit_bias = {{1, kNan}};
            }),
            "logit_bias (nan) is not finite");
}

}  // namespace
}  // namespace ingot::model
