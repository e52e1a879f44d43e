#include "controlplane/janus/json_text.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdint>

namespace penstock::janus {
namespace {

TEST(JsonText, MembersStandInTheOrderInWhichTheyAreAdded) {
  ObjectText object{{"name", "room"}, {"number", 12}, {"flag", true}};
  object.add("large", UINT64_MAX).add("negative", -1);
  EXPECT_EQ(
      std::move(object).text(),
      R"({"name":"room","number":12,"flag":true,"large":18446744073709551615,"negative":-1})");
}

TEST(JsonText, EmptyObjectAndArray) {
  EXPECT_EQ(ObjectText{}.text(), "{}");
  EXPECT_EQ(ArrayText{}.text(), "[]");
}

TEST(JsonText, WhatIsJsonAlreadyIsNotQuoted) {
  ArrayText items;
  items.add(ObjectText{{"a", 1}});
  items.add("b");
  ObjectText object{{"items", std::move(items).json()}};
  object.add_json("metadata", R"({"k":[1,2]})");
  EXPECT_EQ(std::move(object).text(), R"({"items":[{"a":1},"b"],"metadata":{"k":[1,2]}})");
}

// Every byte that a text from a client can hold comes back as it was.
TEST(JsonText, AnyTextReadsBackAsItWas) {
  std::string text;
  for (int byte = 0; byte < 0x80; ++byte) text += static_cast<char>(byte);
  text += "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
  const std::string json = ObjectText{{text, text}}.text();
  const boost::json::object read = boost::json::parse(json).as_object();
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read.begin()->key(), text);
  EXPECT_EQ(read.begin()->value().as_string(), text);
}

}  // namespace
}  // namespace penstock::janus
