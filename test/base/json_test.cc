#include "ingot/base/json.h"

#include <gtest/gtest.h>

namespace ingot {
namespace {

TEST(Json, KeepsLinesAndOrder) {
  Result<Json> json =
      Json::Parse("{\"b\": 1,\n \"a\": [true,\n2.5,\n\"x\"],\n\"n\": 7\n}\n", "t.json");
  ASSERT_TRUE(json.ok()) << json.status().message();
  EXPECT_EQ(json->members()[0].first, "b");
  EXPECT_EQ(json->Find("b")->line(), 1);
  EXPECT_EQ((*json->Find("a"))[0].line(), 2);
  EXPECT_EQ((*json->Find("a"))[1].line(), 3);
  EXPECT_EQ((*json->Find("a"))[2].line(), 4);
  EXPECT_EQ(json->Find("n")->line(), 5);
  EXPECT_EQ(json->Find("n")->AsInt(), 7);
}

TEST(Json, ReadsBackWhatItPrints) {
  Json json;
  json["text"] = "a\"\n\xc3\xa4";
  json["pi"] = 3.25e-300;
  json["whole"] = 4.0;
  json["list"] = Json::Array();
  json["list"].Append(Json());
  json["list"].Append(Json(int64_t{-5}));
  for (int indent : {-1, 2}) {
    Result<Json> again = Json::Parse(json.Dump(indent), "t");
    ASSERT_TRUE(again.ok()) << again.status().message();
    EXPECT_EQ(*again, json);
  }
}

TEST(Json, RefusesWithPlace) {
  EXPECT_EQ(Json::Parse("{\"a\": 1,\n\"a\": 2}", "t.json").status().message(),
            "t.json:2: key (a) stands twice");
  EXPECT_FALSE(Json::Parse("{\"a\": ", "t.json").ok());
  EXPECT_FALSE(Json::Parse("[1] 2", "t.json").ok());
  EXPECT_FALSE(Json::Parse("[1e999]", "t.json").ok());
  EXPECT_FALSE(Json::Parse(std::string(300, '['), "t.json").ok());
  EXPECT_FALSE(Json::Parse("", "t.json").ok());
}

}  // namespace
}  // namespace ingot
