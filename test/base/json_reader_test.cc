#include "ingot/base/json_reader.h"

#include <gtest/gtest.h>

namespace ingot {
namespace {

using Need = JsonReader::Need;

// Reads {"name": text, "count": 1..9, "list": [integers]?, "map": {text: boolean}?}.
Status Read(std::string_view text) {
  Result<Json> json = Json::Parse(text, "f");
  EXPECT_TRUE(json.ok()) << json.status().message();
  JsonReader reader(*json, "f");
  std::string name;
  int64_t count = 0;
  reader.Text("name", &name);
  reader.Int("count", 1, 9, &count);
  auto item = [&](const Json& value) {
    return value.IsInt() ? Status() : reader.Fail(value, "item is no integer");
  };
  reader.Each("list", 2, item, Need::kOptional);
  auto member = [](const std::string&, const Json& value) {
    return value.IsBool() ? Status() : WrongKind("boolean", value);
  };
  reader.Members("map", 2, member, Need::kOptional);
  return reader.Finish();
}

TEST(JsonReader, ReadsWhatItIsAskedFor) {
  Result<Json> json = Json::Parse(R"({"name": "a", "count": 3})", "f");
  JsonReader reader(*json, "f");
  std::string name, other = "kept";
  int64_t count = 0;
  reader.Text("name", &name);
  reader.Int("count", 0, 9, &count);
  reader.Text("other", &other, Need::kOptional);
  EXPECT_TRUE(reader.Finish().ok());
  EXPECT_EQ(name, "a");
  EXPECT_EQ(count, 3);
  EXPECT_EQ(other, "kept");
}

TEST(JsonReader, NamesThePlaceOfTheFirstFailure) {
  EXPECT_EQ(Read(R"({"name": "a", "count": 3, "list": [1, 2], "map": {"x": true}})").message(), "");
  EXPECT_EQ(Read("{\"name\": \"a\",\n\"count\": 10, \"list\": 3}").message(),
            "f:2: count: (10) is outside 1..9");
  EXPECT_EQ(Read(R"({"name": 1, "count": 3})").message(),
            "f:1: name: expected string, found integer");
  EXPECT_EQ(Read(R"({"name": "a", "count": 3.0})").message(),
            "f:1: count: expected integer, found number");
  EXPECT_EQ(Read(R"({"count": 3})").message(), "f:1: key (name) is missing");
  EXPECT_EQ(Read("{\"name\": \"a\", \"count\": 3,\n\"conut\": 3}").message(),
            "f:2: unknown key (conut), nearest is (count)");
  EXPECT_EQ(Read("3").message(), "f:1: expected object, found integer");
}

TEST(JsonReader, BoundsListsAndMembers) {
  EXPECT_EQ(Read(R"({"name": "a", "count": 3, "list": [1, 2, 3]})").message(),
            "f:1: list: 3 items are more than 2");
  EXPECT_EQ(Read(R"({"name": "a", "count": 3, "list": {}})").message(),
            "f:1: list: expected array, found object");
  EXPECT_EQ(Read("{\"name\": \"a\", \"count\": 3, \"list\": [1,\ntrue]}").message(),
            "f:2: item is no integer");
  EXPECT_EQ(
      Read(R"({"name": "a", "count": 3, "map": {"x": true, "y": true, "z": true}})").message(),
      "f:1: map: 3 members are more than 2");
  EXPECT_EQ(Read(R"({"name": "a", "count": 3, "map": {"x": 0}})").message(),
            "f:1: map: x: expected boolean, found integer");
  EXPECT_EQ(Read(R"({"name": "a", "count": 3, "map": []})").message(),
            "f:1: map: expected object, found array");
}

}  // namespace
}  // namespace ingot
