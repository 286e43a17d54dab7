#include "ingot/model/spec.h"

#include <gtest/gtest.h>

#include <string>

#include "ingot/base/file.h"
#include "ingot/base/text.h"

namespace ingot::model {
namespace {

// A small whole spec; tests replace one piece of it.
const char kSpec[] = R"json({ "ingot_spec": 1, "family": "toy", "architectures": ["toy"],
  "params": {"layers": {"keys": ["{arch}.block_count"]}, "d": {"keys": ["{arch}.embedding_length"]}},
  "weights": {
    "embd": {"shape": ["10", "d"]},
    "blk.{i}.norm": {"shape": ["d"]},
    "blk.{i}.bias": {"shape": ["d"], "optional": true}},
  "forward": [
    {"op": "embed", "ids": "tokens", "w": "embd", "y": "h"},
    {"op": "repeat", "count": "layers", "var": "i", "carry": ["h"], "body": [
      {"op": "rms_norm", "x": "h", "w": "blk.{i}.norm", "eps": 0.1, "y": "n"},
      {"op": "add_bias", "if": "has(blk.{i}.bias)", "else": "n", "x": "n", "b": "blk.{i}.bias", "y": "h"}]},
    {"op": "matmul", "x": "h", "w": "embd", "y": "logits"}]})json";

std::string ErrorWith(std::string_view from, std::string_view to) {
  std::string text = kSpec;
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  Result<Spec> spec = ParseSpec(text, "toy.json");
  return spec.ok() ? "ok" : spec.status().message();
}

TEST(Spec, ShippedSpecsAreWhole) {
  for (const char* architecture : {"llama", "qwen2", "qwen3", "gemma3"}) {
    Result<Spec> spec = SpecFor(architecture, "");
    EXPECT_TRUE(spec.ok()) << spec.status().message();
  }
  Status unknown = SpecFor("gemma", "").status();
  EXPECT_EQ(unknown.code(), Code::kUnsupported);
  EXPECT_NE(unknown.message().find("nearest is (gemma3)"), std::string::npos) << unknown.message();
}

TEST(Spec, ToyIsLegal) { EXPECT_EQ(ErrorWith("toy", "toy"), "ok"); }

TEST(Spec, UnknownNamesHaveAPlaceAndANeighbour) {
  EXPECT_EQ(
      ErrorWith("\"w\": \"blk.{i}.norm\"", "\"w\": \"blk.{i}.nrom\""),
      "toy.json:10: /forward/1/body/0/w: unknown weight (blk.{i}.nrom), nearest is (blk.{i}.norm)\n"
      "toy.json:5: /weights/blk.{i}.norm: weight is used by no step");
  EXPECT_EQ(ErrorWith("\"op\": \"rms_norm\"", "\"op\": \"rmsnorm\""),
            "toy.json:10: /forward/1/body/0/op: unknown op (rmsnorm), nearest is (rms_norm)");
  EXPECT_EQ(ErrorWith("\"count\": \"layers\"", "\"count\": \"layer\""),
            "toy.json:9: /forward/1: unknown name (layer) in (layer), nearest is (layers)");
  EXPECT_EQ(ErrorWith("\"x\": \"n\"", "\"x\": \"m\""),
            "toy.json:11: /forward/1/body/1/x: unknown value (m)");
  EXPECT_EQ(ErrorWith("\"eps\": 0.1", "\"epsilon\": 0.1"),
            "toy.json:10: /forward/1/body/0: unknown key (epsilon)\n"
            "toy.json:10: /forward/1/body/0: key (eps) is missing");
}

TEST(Spec, ValuesAreGivenOnceAndUsed) {
  EXPECT_EQ(ErrorWith("\"eps\": 0.1, \"y\": \"n\"", "\"eps\": 0.1, \"y\": \"unused\""),
            "toy.json:11: /forward/1/body/1/x: unknown value (n)\n"
            "toy.json:11: /forward/1/body/1: unknown value (n)\n"
            "toy.json:10: /forward/1/body/0: value (unused) is never used");
  EXPECT_EQ(ErrorWith("\"carry\": [\"h\"]", "\"carry\": []"),
            "toy.json:11: /forward/1/body/1: value (h) is given twice");
  EXPECT_EQ(ErrorWith("\"y\": \"logits\"", "\"y\": \"out\""),
            "toy.json:12: /forward/2: value (out) is never used\ntoy.json:0: /forward: no step "
            "gives (logits)");
}

TEST(Spec, OptionalWeightsNeedTheirCondition) {
  EXPECT_EQ(ErrorWith("\"if\": \"has(blk.{i}.bias)\", \"else\": \"n\", ", ""),
            "toy.json:11: /forward/1/body/1/b: weight (blk.{i}.bias) is optional: the step needs "
            "an \"if\" with "
            "has(blk.{i}.bias)");
  EXPECT_EQ(ErrorWith("\"else\": \"n\", ", ""),
            "toy.json:11: /forward/1/body/1: a step with a result has \"if\" and \"else\" "
            "together, or neither");
}

TEST(Spec, RanksMustFit) {
  EXPECT_EQ(ErrorWith("\"x\": \"h\", \"w\": \"embd\"", "\"x\": \"h\", \"w\": \"blk.{i}.norm\""),
            "toy.json:12: /forward/2/w: weight (blk.{i}.norm) has rank (1), the op needs (2)");
}

// Taking away any one line of a shipped spec gives an error or a spec that is still whole, never a
// crash; taking away a step of the forward pass or a weight always gives an error with a line.
TEST(Spec, EveryLineOfAShippedSpecMatters) {
  std::string text = *ReadFile(INGOT_SOURCE_DIR "/specs/gemma3.json");
  std::vector<std::string> lines;
  for (std::string_view line : Split(text, '\n')) lines.emplace_back(line);
  int refused = 0, wanted = 0;
  for (size_t drop = 1; drop + 1 < lines.size(); ++drop) {
    std::string shorter;
    for (size_t i = 0; i < lines.size(); ++i) shorter += i == drop ? "" : lines[i] + "\n";
    Result<Spec> spec = ParseSpec(shorter, "gemma3.json");
    bool matters = lines[drop].find("\"shape\"") != std::string::npos ||
                   lines[drop].find("\"op\"") != std::string::npos;
    // kv_write has no result, so nothing inside of a spec can miss it.
    if (lines[drop].find("kv_write") != std::string::npos) matters = false;
    wanted += matters ? 1 : 0;
    refused += matters && !spec.ok() ? 1 : 0;
    if (matters) {
      EXPECT_FALSE(spec.ok()) << lines[drop];
    }
    if (!spec.ok()) {
      EXPECT_EQ(spec.status().message().substr(0, 12), "gemma3.json:");
    }
  }
  EXPECT_GT(wanted, 30);
  EXPECT_EQ(refused, wanted);
}

}  // namespace
}  // namespace ingot::model
