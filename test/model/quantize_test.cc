#include "ingot/model/quantize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "test/support/temp_dir.h"

#include "ingot/base/file.h"
#include "ingot/base/hash.h"
#include "ingot/base/quant.h"
#include "ingot/base/text.h"
#include "ingot/model/gguf.h"
#include "ingot/model/gguf_writer.h"
#include "ingot/model/inspect.h"

namespace ingot::model {
namespace {

const char kGolden[] = INGOT_SOURCE_DIR "/../shared/data/golden/";

// A model of `layers` layers with normal weights in f32.
class Synthetic {
 public:
  explicit Synthetic(uint64_t width = 256, int layers = 2) {
    header_.Set("general.architecture", GgufString("llama"));
    header_.Set("general.name", GgufString("synthetic"));
    header_.Set("llama.block_count", GgufU32(static_cast<uint32_t>(layers)));
    header_.Set("llama.attention.head_count", GgufU32(8));
    header_.Set("llama.attention.head_count_kv", GgufU32(4));
    Add("token_embd.weight", {64, width});
    for (int i = 0; i < layers; ++i) {
      std::string block = StrCat("blk.", i, ".");
      Add(block + "attn_norm.weight", {width});
      Add(block + "attn_q.weight", {width, width});
      Add(block + "attn_v.weight", {width / 2, width});
      Add(block + "attn_output.weight", {width, width});
      Add(block + "ffn_down.weight", {width, 2 * width});
      Add(block + "ffn_gate_inp.weight", {4, width});
    }
    Add("output.weight", {64, width});
  }
  void Add(std::string name, std::vector<uint64_t> shape, DType dtype = DType::kF32) {
    header_.tensors.push_back({std::move(name), dtype, std::move(shape)});
  }
  // Sets one element of a tensor, by its name.
  void Spoil(std::string_view name, size_t element, float value) {
    spoiled_ = name;
    element_ = element;
    value_ = value;
  }
  void Write(const std::string& path) const {
    auto writer = GgufWriter::Create(path, header_);
    ASSERT_TRUE(writer.ok()) << writer.status().message();
    for (const GgufHeader::Tensor& tensor : header_.tensors) {
      Stream stream(11, tensor.name);
      std::vector<float> x(*GgufTensorBytes(DType::kF32, tensor.shape) / 4);
      for (float& value : x) value = static_cast<float>(0.02 * stream.NextNormal());
      if (tensor.name == spoiled_) x[element_] = value_;
      std::vector<std::byte> bytes(*GgufTensorBytes(tensor.dtype, tensor.shape));
      ASSERT_TRUE(EncodeRow(tensor.dtype, x.data(), x.size(), bytes).ok());
      ASSERT_TRUE((*writer)->Write(bytes).ok());
    }
    ASSERT_TRUE((*writer)->Finish().ok());
  }

 private:
  GgufHeader header_;
  std::string spoiled_;
  size_t element_ = 0;
  float value_ = 0;
};

const QuantizedTensor& Row(const QuantizeReport& report, std::string_view name) {
  auto found = std::find_if(report.tensors.begin(), report.tensors.end(),
                            [&](const QuantizedTensor& row) { return row.name == name; });
  INGOT_CHECK(found != report.tensors.end());
  return *found;
}

TEST(QuantTarget, NamesAreFoundInAnyCase) {
  for (const QuantTargetTraits& traits : AllQuantTargets()) {
    EXPECT_EQ(*QuantTargetFromName(traits.name), traits.target);
    EXPECT_EQ(&Traits(traits.target), &traits);
  }
  EXPECT_EQ(*QuantTargetFromName("Q4_K_M"), QuantTarget::kQ4_K_M);
  EXPECT_EQ(*QuantTargetFromName("q5_k"), QuantTarget::kQ5_K_M);
  EXPECT_EQ(QuantTargetFromName("q6k").status().message(),
            "unknown target format (q6k), nearest is (q6_k)");
}

TEST(QuantTarget, WidthsFallBackToFormatsThatFit) {
  EXPECT_EQ(FallbackFor(DType::kQ4_K, 512), DType::kQ4_K);
  EXPECT_EQ(FallbackFor(DType::kQ2_K, 96), DType::kQ4_0);
  EXPECT_EQ(FallbackFor(DType::kQ3_K, 96), DType::kQ4_0);
  EXPECT_EQ(FallbackFor(DType::kQ4_K, 96), DType::kQ5_0);
  EXPECT_EQ(FallbackFor(DType::kQ5_K, 96), DType::kQ5_1);
  EXPECT_EQ(FallbackFor(DType::kQ6_K, 96), DType::kQ8_0);
  EXPECT_EQ(FallbackFor(DType::kQ8_0, 40), DType::kF16);
  EXPECT_EQ(FallbackFor(DType::kQ4_K, 40), DType::kF16);
}

// The formats of files that a published quantiser made, tensor by tensor. The rules read names,
// shapes and metadata only, so the quantised file itself serves as their input.
TEST(QuantMix, ChoosesAsPublishedFilesDo) {
  int files = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(kGolden, ignored)) {
    std::string stem = entry.path().stem().string();
    if (entry.path().extension() != ".gguf") continue;
    auto target = QuantTargetFromName(stem.substr(stem.rfind('-') + 1));
    ASSERT_TRUE(target.ok()) << stem << ": " << target.status().message();
    auto gguf = *Gguf::Open(entry.path().string());
    QuantMix mix(*gguf, *target);
    for (const GgufTensor& tensor : gguf->tensors()) {
      EXPECT_EQ(Name(mix.Choose(tensor).dtype), Name(tensor.dtype)) << stem << " " << tensor.name;
    }
    ++files;
  }
  if (files == 0) GTEST_SKIP() << "no models in " << kGolden;
}

TEST(Quantize, GivesThePublishedTensorsByteForByte) {
  test::TempDir dir;
  struct Case {
    const char* in;
    QuantTarget target;
    const char* published;
  };
  const Case kCases[] = {{"g-qwen2-f16.gguf", QuantTarget::kQ8_0, "g-qwen2-q8_0.gguf"},
                         {"g-gptoss-f16.gguf", QuantTarget::kMXFP4_MOE, "g-gptoss-mxfp4_moe.gguf"}};
  for (const Case& test : kCases) {
    auto want = Gguf::Open(StrCat(kGolden, test.published));
    if (!want.ok()) GTEST_SKIP() << want.status().message();
    auto report = Quantize(StrCat(kGolden, test.in), dir.Path("q.gguf"), {.target = test.target});
    ASSERT_TRUE(report.ok()) << report.status().message();
    auto got = *Gguf::Open(dir.Path("q.gguf"));
    EXPECT_EQ(*got->Int("general.file_type"), *(*want)->Int("general.file_type"));
    EXPECT_EQ(got->metadata().size(), (*want)->metadata().size());
    ASSERT_EQ(got->tensors().size(), (*want)->tensors().size());
    for (const GgufTensor& tensor : (*want)->tensors()) {
      const GgufTensor* ours = got->FindTensor(tensor.name);
      ASSERT_NE(ours, nullptr) << tensor.name;
      ASSERT_EQ(ours->dtype, tensor.dtype) << tensor.name;
      EXPECT_TRUE(
          std::equal(ours->data.begin(), ours->data.end(), tensor.data.begin(), tensor.data.end()))
          << tensor.name;
    }
  }
}

// Nothing is to be converted, so a published file comes back as it was, header and padding too.
TEST(Quantize, CopiesAPublishedFileByteForByte) {
  test::TempDir dir;
  std::string in = StrCat(kGolden, "g-llama256-q3_k_m.gguf");
  if (!FileExists(in)) GTEST_SKIP() << "no " << in;
  auto report = Quantize(in, dir.Path("q.gguf"), {.target = QuantTarget::kQ3_K_M});
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_TRUE(*ReadFile(in) == *ReadFile(dir.Path("q.gguf")));
}

TEST(Quantize, WritesEveryTarget) {
  test::TempDir dir;
  std::string in = dir.Path("in.gguf");
  Synthetic().Write(in);
  auto source = *Gguf::Open(in);
  for (const QuantTargetTraits& traits : AllQuantTargets()) {
    SCOPED_TRACE(traits.name);
    std::string out = dir.Path("out.gguf");
    auto report = Quantize(in, out, {.target = traits.target, .threads = 3});
    ASSERT_TRUE(report.ok()) << report.status().message();
    auto gguf = Gguf::Open(out);
    ASSERT_TRUE(gguf.ok()) << gguf.status().message();
    EXPECT_EQ(*(*gguf)->Int("general.file_type"), traits.file_type);
    EXPECT_EQ(*(*gguf)->Int("general.quantization_version"), 2);
    EXPECT_EQ(*(*gguf)->String("general.name"), "synthetic");
    EXPECT_EQ((*gguf)->FindTensor("blk.0.attn_q.weight")->dtype, traits.base);
    EXPECT_EQ((*gguf)->FindTensor("blk.0.attn_norm.weight")->dtype, DType::kF32);
    EXPECT_EQ((*gguf)->FindTensor("blk.0.ffn_gate_inp.weight")->dtype, DType::kF32);
    EXPECT_TRUE(report->warnings.empty());
    // The reported error is that of the file.
    for (const QuantizedTensor& row : report->tensors) {
      const GgufTensor* a = source->FindTensor(row.name);
      const GgufTensor* b = (*gguf)->FindTensor(row.name);
      std::vector<float> x(a->rows() * a->cols());
      std::vector<float> y(x.size());
      DecodeRow(a->dtype, a->data, x.data(), x.size());
      DecodeRow(b->dtype, b->data, y.data(), y.size());
      double lost = 0;
      for (size_t i = 0; i < x.size(); ++i) lost += (double{x[i]} - y[i]) * (double{x[i]} - y[i]);
      EXPECT_NEAR(row.rmse, std::sqrt(lost / static_cast<double>(x.size())), 1e-9) << row.name;
      EXPECT_LT(row.relative_error, 0.3) << row.name;
      EXPECT_EQ(row.to_bytes, b->data.size());
    }
  }
}

TEST(Quantize, DoesNotDependOnTheNumberOfThreads) {
  test::TempDir dir;
  std::string in = dir.Path("in.gguf");
  Synthetic().Write(in);
  auto one = Quantize(in, dir.Path("1.gguf"), {.threads = 1});
  auto many = Quantize(in, dir.Path("5.gguf"), {.threads = 5});
  ASSERT_TRUE(one.ok() && many.ok());
  EXPECT_EQ(*ReadFile(dir.Path("1.gguf")), *ReadFile(dir.Path("5.gguf")));
  for (size_t i = 0; i < one->tensors.size(); ++i) {
    EXPECT_EQ(one->tensors[i].rmse, many->tensors[i].rmse);
  }
}

TEST(Quantize, SaysWhereAWidthDidNotFit) {
  test::TempDir dir;
  Synthetic(96, 1).Write(dir.Path("in.gguf"));
  auto report = Quantize(dir.Path("in.gguf"), dir.Path("out.gguf"), {});
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(Row(*report, "blk.0.attn_q.weight").to, DType::kQ5_0);
  EXPECT_EQ(Row(*report, "blk.0.attn_q.weight").wanted, DType::kQ4_K);
  EXPECT_EQ(Row(*report, "output.weight").to, DType::kQ8_0);
  EXPECT_NE(std::find(report->warnings.begin(), report->warnings.end(),
                      "blk.0.attn_q.weight: columns (96) are not a multiple of the block (256) of "
                      "q4_k, q5_0 is used"),
            report->warnings.end());
}

TEST(Quantize, KeepsWhatPatternsName) {
  test::TempDir dir;
  std::string in = dir.Path("in.gguf");
  Synthetic().Write(in);
  QuantizeOptions options{.target = QuantTarget::kQ4_0,
                          .keep = {{"blk.1.*_v.weight", DType::kF16}, {"blk.*_v*", DType::kQ8_0}}};
  auto report = Quantize(in, dir.Path("out.gguf"), options);
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(Row(*report, "blk.0.attn_v.weight").to, DType::kQ8_0);
  EXPECT_EQ(Row(*report, "blk.1.attn_v.weight").to, DType::kF16);
  EXPECT_EQ(Row(*report, "blk.1.attn_q.weight").to, DType::kQ4_0);
  options.keep = {{"blk.7.*", DType::kF16}};
  EXPECT_EQ(Quantize(in, dir.Path("out.gguf"), options).status().message(),
            in + ": pattern (blk.7.*) matches no tensor");
  options.keep = {{"*attn_q.weight", DType::kI32}};
  EXPECT_EQ(Quantize(in, dir.Path("out.gguf"), options).status().message(),
            in + ": blk.0.attn_q.weight: format (i32) cannot hold weights");
}

TEST(Quantize, WarnsOfASecondQuantisation) {
  test::TempDir dir;
  Synthetic().Write(dir.Path("in.gguf"));
  ASSERT_TRUE(
      Quantize(dir.Path("in.gguf"), dir.Path("q.gguf"), {.target = QuantTarget::kQ8_0}).ok());
  auto report = Quantize(dir.Path("q.gguf"), dir.Path("r.gguf"), {.target = QuantTarget::kQ4_0});
  ASSERT_TRUE(report.ok());
  ASSERT_EQ(report->warnings.size(), 1u);
  EXPECT_EQ(report->warnings[0],
            "tensors (10) were quantised before (q8_0): their error adds to the new one");
  // The same format again is a copy.
  auto copy = Quantize(dir.Path("q.gguf"), dir.Path("c.gguf"), {.target = QuantTarget::kQ8_0});
  ASSERT_TRUE(copy.ok());
  EXPECT_TRUE(copy->warnings.empty());
  EXPECT_EQ(*ReadFile(dir.Path("q.gguf")), *ReadFile(dir.Path("c.gguf")));
}

TEST(Quantize, NeverWritesOverItsInput) {
  test::TempDir dir;
  std::string in = dir.Path("in.gguf");
  Synthetic().Write(in);
  EXPECT_EQ(Quantize(in, in, {}).status().message(), in + ": is the input, it is not overwritten");
  std::string link = dir.Path("link.gguf");
  std::filesystem::create_symlink(in, link);
  EXPECT_EQ(Quantize(in, link, {}).status().code(), Code::kInvalidArgument);
}

TEST(Quantize, StopsOnRequestAndLeavesNothing) {
  test::TempDir dir;
  std::string in = dir.Path("in.gguf");
  Synthetic().Write(in);
  std::atomic<bool> stop = false;
  size_t calls = 0;
  QuantizeOptions options{.threads = 2, .stop = &stop};
  options.progress = [&](const QuantizeProgress& progress) {
    EXPECT_LE(progress.done_bytes, progress.total_bytes);
    if (++calls == 3) stop = true;
  };
  Status status = Quantize(in, dir.Path("out.gguf"), options).status();
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_EQ(status.message(), in + ": interrupted at blk.0.attn_q.weight");
  EXPECT_EQ(calls, 3u);
  size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(dir.path())) {
    ++files;
  }
  EXPECT_EQ(files, 1u);  // the input
}

TEST(Quantize, NamesThePlaceOfAValueThatDoesNotFit) {
  test::TempDir dir;
  std::string in = dir.Path("in.gguf");
  std::string out = dir.Path("out.gguf");
  Synthetic model;
  model.Spoil("blk.1.attn_q.weight", 256 * 7 + 3, NAN);
  model.Write(in);
  EXPECT_EQ(Quantize(in, out, {}).status().message(),
            in + ": blk.1.attn_q.weight: row 7: element (3) is (nan), q4_k takes finite values up "
                 "to (65504)");
  model.Spoil("blk.1.attn_q.weight", 256 * 7 + 3, 1e6f);
  model.Write(in);
  EXPECT_EQ(
      Quantize(in, out, {.target = QuantTarget::kF16}).status().message(),
      in + ": blk.1.attn_q.weight: row 7: a value is not finite or beyond the range of (f16)");
  EXPECT_FALSE(FileExists(out));
}

TEST(Inspect, TotalsAddUp) {
  test::TempDir dir;
  Synthetic().Write(dir.Path("in.gguf"));
  ASSERT_TRUE(
      Quantize(dir.Path("in.gguf"), dir.Path("q.gguf"), {.target = QuantTarget::kQ8_0}).ok());
  auto gguf = *Gguf::Open(dir.Path("q.gguf"));
  Inspection inspection = Inspect(*gguf);
  ASSERT_EQ(inspection.totals.size(), 2u);
  EXPECT_EQ(inspection.totals[0].dtype, DType::kQ8_0);
  EXPECT_EQ(inspection.totals[0].tensors, 10u);
  EXPECT_EQ(inspection.totals[1].tensors, 4u);
  EXPECT_EQ(inspection.totals[0].bytes + inspection.totals[1].bytes, inspection.tensor_bytes);
  EXPECT_EQ(inspection.totals[0].elements + inspection.totals[1].elements, inspection.elements);
  EXPECT_NEAR(inspection.bits_per_weight, 8.6, 0.1);
  Json json = ToJson(inspection);
  auto parsed = Json::Parse(json.Dump(), "json");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed, json);
  EXPECT_EQ((*std::as_const(json).Find("tensors"))[0].Find("dtype")->AsString(), "q8_0");
}

TEST(Inspect, LongValuesAreCut) {
  test::TempDir dir;
  GgufHeader header;
  header.Set("text", GgufString("a\xC3\xA9z"));
  header.Set("list", GgufArray(GgufValue::Floats{1, 2, 3}));
  header.Set("flags", GgufArray(GgufType::kBool, {1, 0}));
  auto writer = *GgufWriter::Create(dir.Path("m.gguf"), header);
  ASSERT_TRUE(writer->Finish().ok());
  Inspection inspection = Inspect(**Gguf::Open(dir.Path("m.gguf")), 2, 2);
  EXPECT_EQ(inspection.metadata[0].value.AsString(), "a...");
  EXPECT_EQ(inspection.metadata[1].size, 3u);
  EXPECT_EQ(inspection.metadata[1].value.size(), 2u);
  EXPECT_TRUE(std::as_const(inspection.metadata[2].value)[0].AsBool());
}

TEST(Inspect, CountsReadAsPeopleSayThem) {
  EXPECT_EQ(HumanCount(999), "999");
  EXPECT_EQ(HumanCount(268098176), "268M");
  EXPECT_EQ(HumanCount(1235814400), "1.2B");
}

}  // namespace
}  // namespace ingot::model
