// What the kernels that draw tokens draw, over many seeds, against the probabilities that the
// settings mean: Pearson's chi-square. INGOT_CONFORMANCE=whole takes 10,000 seeds and all settings.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "test/support/device.h"

#include "ingot/base/hash.h"
#include "ingot/kernels/registry.h"

namespace ingot::verify {
namespace {

constexpr uint32_t kRecord = 16;  // words of a sequence's state
constexpr uint32_t kNone = 0xFFFFFFFF;

struct Settings {
  std::string_view name;
  size_t vocab = 0;
  double temperature = 1;
  size_t top_k = 0;
  double top_p = 1, min_p = 0;
  bool temperature_last = false;
};

// The first is the short run's. sample_topk serves those with a top_k.
const Settings kSettings[] = {
    {"all_cuts", 300, 0.8, 40, 0.95, 0.05},
    {"plain", 67, 1.0},
    {"top_k", 300, 1.3, 20},
    {"top_p", 200, 1.0, 0, 0.8},
    {"min_p", 200, 1.7, 64, 1, 0.1},
    {"warm", 300, 3.0, 64, 0.9},
    {"temperature_last", 300, 2, 30, 0.8, 0.02, true},
};

std::vector<float> Logits(size_t vocab) {
  Stream stream(vocab, "logits");
  std::vector<float> logits(vocab);
  for (float& logit : logits) logit = static_cast<float>(2 * stream.NextNormal());
  return logits;
}

// By token: top-k, then of what they have at the temperature of the cuts those of at least min_p of
// the greatest, up to the one that reaches top_p of the sum; of these the softmax.
std::vector<double> Probabilities(const std::vector<float>& logits, const Settings& settings) {
  std::vector<size_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater(), [&](size_t i) { return logits[i]; });
  if (settings.top_k > 0) order.resize(std::min(order.size(), settings.top_k));
  auto share = [&](size_t token, double temperature) {
    return std::exp((logits[token] - logits[order[0]]) / temperature);
  };
  const double cut_temperature = settings.temperature_last ? 1 : settings.temperature;
  double total = 0, running = 0, sum = 0;
  for (const size_t token : order) total += share(token, cut_temperature);
  std::vector<double> probabilities(logits.size());
  for (const size_t token : order) {
    const double mass = share(token, cut_temperature);
    if (running >= settings.top_p * total || mass < settings.min_p) break;
    running += mass;
    probabilities[token] = share(token, settings.temperature);
    sum += probabilities[token];
  }
  for (double& probability : probabilities) probability /= sum;
  return probabilities;
}

// The sum of (seen - expected)^2 / expected as a number of deviations from where it should be (by
// Wilson and Hilferty's cube root). Tokens that few draws are expected of count as one.
double Deviation(const std::vector<uint32_t>& tokens, const std::vector<double>& probabilities) {
  constexpr double kFew = 8;
  std::vector<double> seen(probabilities.size());
  for (const uint32_t token : tokens) ++seen[token];
  double sum = 0, few_seen = 0, few_expected = 0, bins = 0;
  auto add = [&](double found, double expected) {
    sum += (found - expected) * (found - expected) / expected;
    ++bins;
  };
  for (size_t i = 0; i < seen.size(); ++i) {
    const double expected = probabilities[i] * static_cast<double>(tokens.size());
    if (expected >= kFew) {
      add(seen[i], expected);
    } else {
      few_seen += seen[i];
      few_expected += expected;
    }
  }
  if (few_expected > 1) add(few_seen, few_expected);
  const double degrees = bins - 1, spread = 2 / (9 * degrees);
  return (std::cbrt(sum / degrees) - (1 - spread)) / std::sqrt(spread);
}

class SamplingDistributionTest : public testing::Test {
 protected:
  static std::vector<std::byte> Bytes(const std::vector<uint32_t>& words) {
    std::vector<std::byte> bytes(words.size() * sizeof(uint32_t));
    std::memcpy(bytes.data(), words.data(), bytes.size());
    return bytes;
  }

  std::unique_ptr<runtime::Buffer> Upload(const std::vector<uint32_t>& words) {
    auto buffer = device_->CreateBuffer((words.size() + 3) / 4 * 16, "sampling");
    EXPECT_TRUE(buffer.ok()) << buffer.status().message();
    EXPECT_TRUE(device_->Write(**buffer, 0, Bytes(words)).ok());
    return *std::move(buffer);
  }

  // A draw of the kernel for each seed from 1 on.
  std::vector<uint32_t> Draw(std::string_view name, const OverrideValues& given,
                             const std::vector<float>& logits, const Settings& settings,
                             uint32_t seeds) {
    auto part = [](double share) { return static_cast<uint32_t>(std::lround(share * 0x1p24)); };
    std::vector<uint32_t> state, candidates, words;
    for (uint32_t i = 0; i < seeds; ++i) {
      const auto temperature = std::bit_cast<uint32_t>(static_cast<float>(settings.temperature));
      const uint32_t record[kRecord] = {9,
                                        3,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        i + 1,
                                        0,
                                        5,
                                        static_cast<uint32_t>(settings.top_k),
                                        part(settings.top_p),
                                        part(settings.min_p),
                                        temperature,
                                        settings.temperature_last ? 1U : 0U,
                                        0};
      state.insert(state.end(), std::begin(record), std::end(record));
    }
    for (uint32_t i = 0; i < logits.size(); ++i) {
      words.push_back(std::bit_cast<uint32_t>(logits[i]));
      candidates.insert(candidates.end(), {words.back(), i});
    }
    std::map<std::string_view, std::unique_ptr<runtime::Buffer>> buffers;
    buffers["logits"] = Upload(words);
    buffers["cand_in"] = Upload(candidates);
    buffers["cand_out"] = Upload({0, 0});
    buffers["state"] = Upload(state);
    buffers["tokens"] = Upload(std::vector<uint32_t>(seeds, kNone));
    std::map<std::string_view, uint32_t> uniforms = {{"row", 0},
                                                     {"ring", 1},
                                                     {"stride", logits.size()},
                                                     {"vocab", logits.size()},
                                                     {"count", logits.size()}};
    const kernels::KernelDesc& desc = *kernels::FindKernel("webgpu", name);
    auto pipeline = device_->CreatePipeline(name, *kernels::CompleteOverrides(desc, "", given));
    EXPECT_TRUE(pipeline.ok()) << pipeline.status().message();
    std::vector<runtime::Command> commands;
    for (uint32_t slot = 0; slot < seeds; ++slot) {
      runtime::Command& command = commands.emplace_back();
      command.pipeline = pipeline->get();
      command.label = name;
      for (const kernels::BindingDesc& binding : desc.bindings) {
        runtime::Buffer& buffer = *buffers.at(binding.name);
        command.bindings.push_back({&buffer, 0, buffer.bytes(), binding.access});
      }
      uniforms["slot"] = slot;
      for (const kernels::UniformDesc& uniform : desc.uniforms) {
        command.uniforms.push_back(uniforms.at(uniform.name));
      }
    }
    auto list = device_->Record(std::move(commands));
    EXPECT_TRUE(list.ok()) << list.status().message();
    EXPECT_TRUE(device_->Submit(**list).ok());
    std::vector<uint32_t> tokens(seeds);
    EXPECT_TRUE(
        device_->Read(*buffers["tokens"], 0, std::as_writable_bytes(std::span(tokens))).ok());
    return tokens;
  }

  void Check(const Settings& settings, uint32_t seeds) {
    constexpr double kMost = 4;  // deviations
    const std::vector<float> logits = Logits(settings.vocab);
    const std::vector<double> probabilities = Probabilities(logits, settings);
    const std::vector<uint32_t> tokens = Draw("sample_full", {}, logits, settings, seeds);
    for (const uint32_t token : tokens) {
      ASSERT_LT(token, probabilities.size());
      ASSERT_GT(probabilities[token], 0) << "token " << token << " is cut";
    }
    EXPECT_LT(std::abs(Deviation(tokens, probabilities)), kMost);
    Settings warmer = settings;
    warmer.temperature *= 1.5;
    EXPECT_GT(Deviation(tokens, Probabilities(logits, warmer)), kMost) << "the test sees nothing";
    if (settings.top_k == 0) return;
    EXPECT_EQ(Draw("sample_topk", {{"PHASE", 2}}, logits, settings, seeds), tokens);
  }

  std::unique_ptr<runtime::Device> device_;
};

TEST_F(SamplingDistributionTest, IsWhatTheSettingsMean) {
  constexpr uint32_t kSeeds = 10000, kShortSeeds = 2000;
  auto opened = test::OpenGpu();
  INGOT_NEED("gpu", opened.ok(), opened.status().message());
  device_ = *std::move(opened);
  for (const Settings& settings : kSettings) {
    SCOPED_TRACE(settings.name);
    Check(settings, test::IsWholeRun() ? kSeeds : kShortSeeds);
    if (!test::IsWholeRun()) break;
  }
}

}  // namespace
}  // namespace ingot::verify
