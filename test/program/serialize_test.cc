#include "ingot/program/serialize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "test/program/sample.h"

#include "ingot/base/file.h"
#include "ingot/base/hash.h"
#include "ingot/base/text.h"
#include "ingot/program/check.h"

namespace ingot::program {
namespace {

using test::Sample;

// The sample's text with the first `from` replaced by `to`; the message that Parse gives for it.
std::string Refused(std::string_view from, std::string_view to) {
  std::string text = Print(Sample());
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  Result<Program> program = Parse(text, "p.json");
  EXPECT_FALSE(program.ok());
  return program.status().message();
}

TEST(Serialize, TheSampleReadsBackEqual) {
  std::string text = Print(Sample());
  Result<Program> again = Parse(text, "p.json");
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ(*again, Sample());
  EXPECT_EQ(Print(*again), text);
}

TEST(Serialize, ADispatchIsALine) {
  std::vector<std::string> lines;
  std::string text = Print(Sample());
  for (std::string_view line : Split(text, '\n')) {
    if (line.find("\"op\": ") != std::string_view::npos) lines.emplace_back(line);
  }
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines[2],
            "  {\"op\": \"matmul\", \"role\": \"q_proj\", \"layer\": 0, \"value\": \"matmul\", "
            "\"kernel\": \"matmul_tiled\", \"variant\": \"wide\", \"overrides\": {\"ROWS\": 4, "
            "\"W_FORMAT\": 3}, \"bindings\": [{\"name\": \"x\", \"buffer\": \"s1\", \"access\": "
            "\"read\", \"dtype\": \"f32\", \"layout\": \"rows\", \"shape\": [\"tokens\", 64]}, "
            "{\"name\": \"w\", \"buffer\": \"q\", \"access\": \"read\", \"dtype\": \"q8_0\", "
            "\"layout\": \"tiles16\", \"shape\": [64, 64]}, {\"name\": \"y\", \"buffer\": \"s2\", "
            "\"access\": \"read_write\", \"dtype\": \"f32\", \"layout\": \"rows\", \"shape\": "
            "[\"tokens\", 64]}], \"grid\": [\"ceil(tokens, 4)\", 1, 2], \"group\": 0},");
}

TEST(Serialize, AProgramOfNothingReadsBackEqual) {
  EXPECT_EQ(
      Print(Program()),
      "{\n\"version\": 1,\n\"model\": \"\",\n\"target\": \"\",\n\"phase\": \"decode\",\n"
      "\"numerics\": \"exact\",\n\"max_tokens\": 1,\n\"buffers\": [],\n\"dispatches\": []\n}\n");
  EXPECT_EQ(*Parse(Print(Program()), "p.json"), Program());
}

TEST(Serialize, TheDocumentsExampleIsALegalProgram) {
  Result<std::string> page = ReadFile(INGOT_SOURCE_DIR "/docs/formats/program.md");
  ASSERT_TRUE(page.ok()) << page.status().message();
  size_t begin = page->find("```json\n");
  ASSERT_NE(begin, std::string::npos);
  begin += 8;
  std::string text = page->substr(begin, page->find("```", begin) - begin);
  Result<Program> program = Parse(text, "program.md");
  ASSERT_TRUE(program.ok()) << program.status().message();
  EXPECT_EQ(Check(*program).message(), "");
  EXPECT_EQ(Print(*program), text);
}

TEST(Serialize, EveryFloatReadsBackBitForBit) {
  Stream random(1, "floats");
  std::vector<float> values = {0.0f,
                               -0.0f,
                               1.0f,
                               0.1f,
                               1e-5f,
                               1e20f,
                               std::numeric_limits<float>::max(),
                               std::numeric_limits<float>::lowest(),
                               std::numeric_limits<float>::denorm_min(),
                               std::numeric_limits<float>::min()};
  while (values.size() < 2000) {
    uint32_t bits = random.NextU32();
    float value;
    std::memcpy(&value, &bits, sizeof value);
    if (std::isfinite(value)) values.push_back(value);
  }
  Program program;
  program.dispatches.resize(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    program.dispatches[i].uniforms = {{"f", values[i]}};
    program.dispatches[i].overrides = {{"F", static_cast<double>(values[i]) / 3}};
  }
  Result<Program> again = Parse(Print(program), "p.json");
  ASSERT_TRUE(again.ok()) << again.status().message();
  for (size_t i = 0; i < values.size(); ++i) {
    float got = std::get<float>(again->dispatches[i].uniforms[0].value);
    ASSERT_EQ(std::memcmp(&got, &values[i], sizeof got), 0) << values[i];
    ASSERT_EQ(again->dispatches[i].overrides.at("F"), static_cast<double>(values[i]) / 3);
  }
}

TEST(Serialize, NumbersOfSixtyFourBitsReadBackEqual) {
  Program program;
  program.max_tokens = UINT64_MAX;
  program.buffers.push_back({"w", BufferKind::kWeight, {}, UINT64_MAX, {{"t", UINT64_MAX, 1}}, {}});
  Result<Program> again = Parse(Print(program), "p.json");
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ(*again, program);
}

TEST(Serialize, RefusesUnknownMissingAndRepeatedKeys) {
  EXPECT_EQ(Refused("\"model\"", "\"modle\""), "p.json:1: key (model) is missing");
  EXPECT_EQ(Refused("\"max_tokens\": 8,", "\"max_tokens\": 8, \"max_token\": 8,"),
            "p.json:7: unknown key (max_token), nearest is (max_tokens)");
  EXPECT_EQ(Refused("\"model\": \"sample\",", "\"model\": \"sample\", \"model\": \"sample\","),
            "p.json:3: key (model) stands twice");
  EXPECT_EQ(Refused("\"role\": \"q_proj\"", "\"rule\": \"q_proj\""),
            "p.json:23: unknown key (rule), nearest is (role)");
  EXPECT_EQ(Refused("\"rows\": 64}", "\"rows\": 64, \"cols\": 64}"),
            "p.json:10: unknown key (cols), nearest is (rows)");
  EXPECT_EQ(Refused("\"count\": 64}", "\"count\": 64, \"at\": 64}"), "p.json:11: unknown key (at)");
  EXPECT_EQ(Refused("\"access\": \"read\", ", ""), "p.json:21: key (access) is missing");
}

TEST(Serialize, RefusesNewerVersions) {
  EXPECT_EQ(Refused("\"version\": 1", "\"version\": 2"), "p.json:2: version: (2) is outside 1..1");
  EXPECT_EQ(Refused("\"version\": 1", "\"version\": 0"), "p.json:2: version: (0) is outside 1..1");
}

TEST(Serialize, RefusesNamesItDoesNotKnow) {
  EXPECT_EQ(Refused("\"phase\": \"prefill\"", "\"phase\": \"both\""),
            "p.json:5: phase: unknown name (both)");
  EXPECT_EQ(Refused("\"numerics\": \"exact\"", "\"numerics\": \"\""),
            "p.json:6: numerics: unknown name ()");
  EXPECT_EQ(Refused("\"kind\": \"ids\"", "\"kind\": \"id\""), "p.json:9: kind: unknown name (id)");
  EXPECT_EQ(Refused("\"dtype\": \"u32\"", "\"dtype\": \"U32\""),
            "p.json:9: dtype: unknown name (U32)");
  EXPECT_EQ(Refused("\"buffer\": \"s2\"", "\"buffer\": \"s3\""),
            "p.json:23: buffer: unknown name (s3)");
  EXPECT_EQ(Refused("\"access\": \"read\"", "\"access\": \"rw\""),
            "p.json:21: access: unknown name (rw)");
  EXPECT_EQ(Refused("\"name\": \"s2\"", "\"name\": \"s1\""), "p.json:17: buffer (s1) stands twice");
}

TEST(Serialize, RefusesValuesOfTheWrongKindOrRange) {
  EXPECT_EQ(Refused("\"bytes\": 64", "\"bytes\": -64"), "p.json:14: bytes: (-64) is negative");
  EXPECT_EQ(Refused("\"bytes\": 64", "\"bytes\": 64.0"),
            "p.json:14: bytes: expected integer or expression, found number");
  EXPECT_EQ(Refused("\"bytes\": 64", "\"bytes\": \"64 *\""),
            "p.json:14: bytes: size (64 *): expected a size at column (5)");
  EXPECT_EQ(Refused("\"max_tokens\": 8", "\"max_tokens\": \"tokens\""),
            "p.json:7: max_tokens: (tokens) is no constant");
  EXPECT_EQ(Refused("\"layer\": 0", "\"layer\": -1"),
            "p.json:22: layer: (-1) is outside 0..2147483647");
  EXPECT_EQ(Refused("\"group\": 0", "\"group\": 2147483648"),
            "p.json:23: group: (2147483648) is outside 0..2147483647");
  EXPECT_EQ(Refused("\"op\": \"matmul\"", "\"op\": 3"),
            "p.json:23: op: expected string, found integer");
  EXPECT_EQ(Refused("{\"ROWS\": 4", "{\"ROWS\": \"4\""),
            "p.json:23: overrides: ROWS: expected number, found string");
  EXPECT_EQ(Refused("{\"ROWS\": 4, \"W_FORMAT\": 3}", "[4]"),
            "p.json:23: overrides: expected object, found array");
  EXPECT_EQ(Refused("\"eps\": 1e-05", "\"eps\": 1e39"),
            "p.json:22: uniforms: eps: (1e+39) is out of range of f32");
  EXPECT_EQ(Refused("\"eps\": 1e-05", "\"eps\": true"),
            "p.json:22: uniforms: eps: expected integer or expression, found boolean");
  EXPECT_EQ(Refused(", 1, 2], \"group\"", ", 1], \"group\""),
            "p.json:23: grid: 2 items are outside 3..3");
  EXPECT_EQ(Refused("\"shape\": [16]", "\"shape\": [1,1,1,1,1,1,1,1,1]"),
            "p.json:14: shape: 9 items are outside 0..8");
  EXPECT_EQ(Refused("\"shape\": [16]", "\"shape\": 16"),
            "p.json:14: shape: expected array, found integer");
  EXPECT_EQ(Parse("[]", "p.json").status().message(), "p.json:1: expected object, found array");
}

TEST(Serialize, RefusesListsThatAreTooLong) {
  std::string axes, many = "\"overrides\": {\"A0\": 0";
  for (int i = 1; i <= 256; ++i) many += StrCat(", \"A", i, "\": 0");
  EXPECT_EQ(Refused("\"overrides\": {\"ROWS\": 4", many),
            "p.json:23: overrides: 258 members are more than 256");
  std::string text =
      "{\"version\": 1, \"model\": \"\", \"target\": \"\", \"phase\": \"decode\", "
      "\"numerics\": \"exact\", \"max_tokens\": 1, \"buffers\": [0";
  for (int i = 0; i < 65536; ++i) text += ",0";
  text += "], \"dispatches\": []}";
  EXPECT_EQ(Parse(text, "p.json").status().message(),
            "p.json:1: buffers: 65537 items are more than 65536");
}

TEST(Serialize, EveryTornTailIsRefused) {
  std::string text = Print(Sample());
  for (size_t length = 0; length + 1 < text.size(); ++length) {
    ASSERT_FALSE(Parse(std::string_view(text).substr(0, length), "p.json").ok()) << length;
  }
}

// A Program of random parts, well-formed but seldom legal.
class RandomProgram {
 public:
  explicit RandomProgram(Stream* random) : random_(*random) {}

  Program Make() {
    Program program;
    program.model = Text();
    program.target = Text();
    program.phase = Below(2) == 0 ? Phase::kPrefill : Phase::kDecode;
    program.numerics = Below(2) == 0 ? Numerics::kExact : Numerics::kFast;
    program.max_tokens = Number();
    for (uint64_t i = Below(6); i > 0; --i) program.buffers.push_back(MakeBuffer(i));
    for (uint64_t i = Below(6); i > 0; --i) program.dispatches.push_back(MakeDispatch(program));
    return program;
  }

 private:
  uint64_t Below(uint64_t bound) { return random_.Below(bound); }
  uint64_t Number() { return Below(2) == 0 ? Below(100) : Below(UINT64_MAX); }
  std::string Text() {
    constexpr std::array<const char*, 6> kTexts = {"",        "x",        "blk.0.\"q\"\\",
                                                   "a\nb\tc", "\xc3\xa9", "{}"};
    return kTexts[Below(kTexts.size())];
  }
  Size MakeSize(int depth = 3) {
    uint64_t kind = Below(depth == 0 ? 4 : 8);
    if (kind == 0) return Number();
    if (kind == 1) return Size::Tokens();
    if (kind == 2) return Size::Outputs();
    if (kind == 3) return Size::Capacity();
    Size a = MakeSize(depth - 1), b = MakeSize(depth - 1);
    if (kind == 4) return a + b;
    if (kind == 5) return a - b;
    if (kind == 6) return a * b;
    return Below(2) == 0 ? Size::Max(a, b) : Size::CeilDiv(a, b);
  }
  TensorType MakeType() {
    TensorType type;
    type.dtype = AllDTypes()[Below(AllDTypes().size())].dtype;
    type.layout = Text();
    for (uint64_t i = Below(5); i > 0; --i) type.shape.push_back(MakeSize());
    return type;
  }
  Buffer MakeBuffer(uint64_t number) {
    Buffer buffer{
        StrCat(Text(), number), static_cast<BufferKind>(Below(8)), MakeType(), MakeSize(), {}, {}};
    for (uint64_t i = Below(3); i > 0; --i) buffer.sources.push_back({Text(), Number(), Number()});
    for (uint64_t i = Below(3); i > 0; --i) buffer.slices.push_back({Text(), Number(), Number()});
    return buffer;
  }
  Dispatch MakeDispatch(const Program& program) {
    Dispatch dispatch;
    dispatch.op = Text();
    dispatch.role = Text();
    dispatch.layer = static_cast<int>(Below(4)) - 1;
    dispatch.value = Text();
    dispatch.kernel = Text();
    dispatch.variant = Text();
    dispatch.group = static_cast<int>(Below(4)) - 1;
    for (uint64_t i = Below(4); i > 0; --i) dispatch.overrides[Text()] = random_.NextNormal() * 1e6;
    for (uint64_t i = Below(4); i > 0 && !program.buffers.empty(); --i) {
      auto buffer = static_cast<BufferId>(Below(program.buffers.size()));
      dispatch.bindings.push_back(
          {Text(), buffer, Below(2) == 0 ? Access::kRead : Access::kReadWrite, MakeType()});
    }
    for (uint64_t i = Below(4); i > 0; --i) {
      std::string name = StrCat(Text(), i);
      if (Below(2) == 0) {
        dispatch.uniforms.push_back({name, MakeSize()});
      } else {
        dispatch.uniforms.push_back({name, static_cast<float>(random_.NextNormal())});
      }
    }
    for (Size& axis : dispatch.grid) axis = Below(2) == 0 ? Size(1) : MakeSize();
    return dispatch;
  }

  Stream& random_;
};

TEST(Serialize, RandomProgramsReadBackEqual) {
  Stream random(1, "programs");
  for (int round = 0; round < 500; ++round) {
    Program program = RandomProgram(&random).Make();
    std::string text = Print(program);
    Result<Program> again = Parse(text, "p.json");
    ASSERT_TRUE(again.ok()) << again.status().message() << "\n" << text;
    ASSERT_EQ(*again, program) << text;
    ASSERT_EQ(Print(*again), text);
    // Whatever it says, it comes back.
    (void)Check(program);
  }
}

TEST(Serialize, ChangedBytesAreReadOrRefused) {
  Stream random(1, "bytes");
  const std::string text = Print(Sample());
  int read = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string changed = text;
    changed[random.Below(text.size())] = static_cast<char>(random.Below(256));
    Result<Program> program = Parse(changed, "p.json");
    if (!program.ok()) {
      ASSERT_EQ(program.status().message().substr(0, 7), "p.json:");
      continue;
    }
    ++read;
    Result<Program> again = Parse(Print(*program), "p.json");
    ASSERT_TRUE(again.ok() && *again == *program) << changed;
    (void)Check(*program);
  }
  EXPECT_GT(read, 40);
}

}  // namespace
}  // namespace ingot::program
