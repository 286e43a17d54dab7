#include "ingot/model/trace.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "test/support/temp_dir.h"

#include "ingot/base/text.h"

namespace ingot::model {
namespace {

program::Dispatch QProj(int layer = 3) {
  program::Dispatch dispatch;
  dispatch.op = "matmul";
  dispatch.role = "q_proj";
  dispatch.layer = layer;
  dispatch.value = "q";
  return dispatch;
}

Trace Sample() {
  Trace trace{.header = {.model = "m", .numerics = Numerics::kFast, .tokens = {1, 2, 3}}};
  const float values[] = {1, -2, 3.5};
  for (int layer = 0; layer < 3; ++layer) {
    trace.lines.push_back(Summarise(QProj(layer), values));
    trace.lines.push_back(Summarise(QProj(layer), values));  // a second run
  }
  return trace;
}

std::string Text(const Trace& trace) {
  std::string text = Print(trace.header);
  for (const TraceLine& line : trace.lines) text += Print(line);
  return text;
}

TEST(Trace, SummaryIsOfTheFiniteValues) {
  const float values[] = {3, -1, std::numeric_limits<float>::quiet_NaN(),
                          std::numeric_limits<float>::infinity()};
  const TraceLine line = Summarise(QProj(), values);
  EXPECT_EQ(line, (TraceLine{.op = "matmul",
                             .role = "q_proj",
                             .value = "q",
                             .layer = 3,
                             .count = 4,
                             .nan = 2,
                             .min = -1,
                             .max = 3,
                             .mean = 1,
                             .rms = std::sqrt(5.0)}));
  EXPECT_EQ(Describe(line), "matmul q_proj layer 3 (q)");
}

TEST(Trace, SummaryOfNothingFiniteIsZero) {
  const float values[] = {std::numeric_limits<float>::quiet_NaN()};
  const TraceLine line = Summarise(QProj(), values);
  EXPECT_EQ(line.nan, 1u);
  EXPECT_EQ(line.min, 0);
  EXPECT_EQ(line.rms, 0);
}

TEST(Trace, ParseReadsWhatPrintWrites) {
  const Trace trace = Sample();
  const auto parsed = ParseTrace(Text(trace), "t");
  ASSERT_TRUE(parsed.ok()) << parsed.status().message();
  EXPECT_EQ(*parsed, trace);
}

TEST(Trace, WriterMakesTheSameFile) {
  test::TempDir dir;
  auto writer = TraceWriter::Create(dir.Path("t"), Sample().header);
  ASSERT_TRUE(writer.ok());
  const float values[] = {1, -2, 3.5};
  ASSERT_TRUE(writer->Append(QProj(0), values).ok());
  EXPECT_FALSE(FileExists(dir.Path("t")));
  ASSERT_TRUE(writer->Close().ok());
  Trace want = Sample();
  want.lines.resize(1);
  EXPECT_EQ(*ReadFile(dir.Path("t")), Text(want));
}

TEST(Trace, RefusesWhatIsNoTrace) {
  const std::string header = Print(Sample().header);
  const std::string line = Print(Sample().lines[0]);
  auto message = [](const std::string& text) { return ParseTrace(text, "t").status().message(); };
  EXPECT_EQ(message(""), "t: no header line");
  EXPECT_EQ(message(header + line.substr(0, line.size() - 1)), "t: the last line is torn");
  EXPECT_EQ(message(line), "t:1: unknown key (op)");
  EXPECT_EQ(message("[]\n"), "t:1: expected an object, found array");
  std::string newer = header;
  newer.replace(newer.find("\"version\": 1"), 12, "\"version\": 2");
  EXPECT_EQ(message(newer), "t:1: version (2) is not (1)");
  std::string untyped = line;
  untyped.replace(untyped.find("\"count\": 3"), 10, "\"count\": -3");
  EXPECT_EQ(message(header + untyped),
            "t:2: layer (0), count (-3) and nan (0) do not fit together");
  EXPECT_EQ(message(header + "{\"op\":1}\n"), "t:2: key (op) is of kind (integer)");
  EXPECT_EQ(message(header + "{}\n"), "t:2: no key (op)");
  EXPECT_TRUE(message(header + "{\n").starts_with("t:2: json:1: ")) << message(header + "{\n");
}

TEST(TraceCompare, FindsTheFirstLineBeyondTheBound) {
  const Trace a = Sample();
  Trace b = a;
  b.lines[2].max += 0.5;
  b.lines[4].max += 5;
  const auto found = Compare(a, b, 1e-3);
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->first.size(), 1u);
  EXPECT_EQ(found->first[0].b, b.lines[2]);
  EXPECT_DOUBLE_EQ(found->first[0].error, 0.5 / a.lines[2].rms);
  EXPECT_DOUBLE_EQ(found->worst, 5 / a.lines[4].rms);
  EXPECT_TRUE(Compare(a, b, 10)->first.empty());
}

TEST(TraceCompare, AnotherCountOfNansIsBeyondAnyBound) {
  const Trace a = Sample();
  Trace b = a;
  b.lines[5].nan = 1;
  EXPECT_EQ(Compare(a, b, 1e9)->first.size(), 1u);
}

TEST(TraceCompare, SkipsWhatOnlyOneHas) {
  const Trace a = Sample();
  Trace b = a;
  b.lines[1].value = "other";
  b.lines.erase(b.lines.begin() + 4);
  const auto found = Compare(a, b, 0);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->compared, 4u);
  EXPECT_EQ(found->only_a, 2u);
  EXPECT_EQ(found->only_b, 1u);
}

TEST(TraceCompare, RefusesWhatCannotBeCompared) {
  const Trace a = Sample();
  Trace b = a;
  b.header.tokens = {1, 2, 4};
  EXPECT_EQ(Compare(a, b, 0).status().message(), "tokens (3) and (3) differ from position (2) on");
  b = a;
  b.lines[0].count = 4;
  EXPECT_EQ(Compare(a, b, 0).status().message(),
            "matmul q_proj layer 0 (q): values (3) and (4) are not as many");
  b.lines.clear();
  EXPECT_EQ(Compare(a, b, 0).status().message(), "the traces share no result");
}

}  // namespace
}  // namespace ingot::model
