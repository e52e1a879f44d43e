#include "controlplane/janus/json.h"

#include <gtest/gtest.h>

#include "controlplane/signalling/limits.h"
#include "dataplane/base/constant_time.h"

namespace penstock::janus {
namespace {

bool is_accepted(std::string_view text) {
  JsonReader reader(text);
  const auto value = reader.next();
  return value && *value;
}

TEST(JsonReader, GivesSeveralValuesOneAfterAnother) {
  JsonReader reader(" {\"a\":1} {\"b\":2}\n[3]");
  EXPECT_EQ((*reader.next())->at("a"), 1);
  EXPECT_EQ((*reader.next())->at("b"), 2);
  EXPECT_TRUE((*reader.next())->is_array());
  EXPECT_FALSE(reader.next());
}

TEST(JsonReader, StopsAfterAnError) {
  JsonReader reader(R"({"a":1} {"b": } {"c":1})");
  EXPECT_TRUE(*reader.next());
  EXPECT_FALSE(*reader.next());
  EXPECT_FALSE(reader.next());
}

TEST(JsonReader, RefusesEmptyAndIncompleteText) {
  for (const char* text : {"", "  ", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "[1,", "\"", "nul"}) {
    EXPECT_FALSE(is_accepted(text)) << text;
  }
}

TEST(JsonReader, RefusesDuplicateKeysAtAnyDepth) {
  EXPECT_FALSE(is_accepted(R"({"a":1,"a":2})"));
  EXPECT_FALSE(is_accepted(R"({"x":[{"b":{"a":1,"c":2,"a":1}}]})"));
  EXPECT_FALSE(is_accepted(R"({"a":1,"\u0061":2})"));
  EXPECT_TRUE(is_accepted(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]})"));
}

TEST(JsonReader, RefusesDepthOverTheLimit) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(is_accepted(nested(kJsonDepthMax)));
  EXPECT_FALSE(is_accepted(nested(kJsonDepthMax + 1)));
  EXPECT_FALSE(is_accepted(nested(100'000)));
}

TEST(JsonReader, RefusesTooManyMembersInOneMessage) {
  std::string array = "[0";
  for (std::size_t i = 2; i < kJsonMembersMax; ++i) array += ",0";
  EXPECT_TRUE(is_accepted(array + "]"));
  EXPECT_FALSE(is_accepted(array + ",0,0]"));
  const std::string both = array + "] [0,0]";
  JsonReader two(both);
  EXPECT_TRUE(*two.next());
  EXPECT_FALSE(*two.next()) << "the limit is for the message, not for each value";
}

TEST(JsonReader, RefusesTooManyMembersInOneObject) {
  std::string object = "{\"k\":0";
  for (std::size_t i = 1; i < kJsonObjectMembersMax; ++i) {
    object += ",\"k" + std::to_string(i) + "\":0";
  }
  EXPECT_TRUE(is_accepted(object + "}"));
  EXPECT_FALSE(is_accepted(object + ",\"z\":0}"));
}

TEST(JsonReader, RefusesNumbersThatAreNotFiniteAndBrokenStrings) {
  for (const char* text : {"[1e999]", "[-1e999]", "[NaN]", "[Infinity]", R"(["\ud800"])",
                           R"(["\udc00\ud800"])", "[\"\x01\"]", "[01]", "[1,]", "{\"a\":1,}"}) {
    EXPECT_FALSE(is_accepted(text)) << text;
  }
}

TEST(JsonReader, RefusesMoreThanSixteenValues) {
  std::string text;
  for (std::size_t i = 0; i < kJsonRootsPerMessageMax; ++i) text += "{}";
  JsonReader enough(text);
  for (std::size_t i = 0; i < kJsonRootsPerMessageMax; ++i) EXPECT_TRUE(*enough.next());
  EXPECT_FALSE(enough.next());
  const std::string longer = text + "{}";
  JsonReader more(longer);
  for (std::size_t i = 0; i < kJsonRootsPerMessageMax; ++i) EXPECT_TRUE(*more.next());
  EXPECT_FALSE(*more.next());
}

TEST(CheckFields, NamesTheFirstBadFieldInOrderOfTheTable) {
  static constexpr Field kFields[] = {{"text", JsonType::kString, true},
                                      {"number", JsonType::kPositiveInteger},
                                      {"flag", JsonType::kBoolean},
                                      {"list", JsonType::kArray},
                                      {"object", JsonType::kObject}};
  const auto text_of = [](const char* json_text) {
    const auto checked = check_room_fields(json::parse(json_text).as_object(), kFields);
    return checked ? std::string()
                   : std::to_string(checked.error().code) + " " + checked.error().text;
  };
  EXPECT_EQ(text_of(R"({"text":"","number":0,"flag":true,"list":[],"object":{},"x":null})"), "");
  EXPECT_EQ(text_of(R"({"flag":1})"), "429 Missing mandatory element (text)");
  EXPECT_EQ(text_of(R"({"flag":1,"text":7})"),
            "430 Invalid element type (text should be a string)");
  EXPECT_EQ(text_of(R"({"text":"","number":-1,"flag":1})"),
            "430 Invalid element type (number should be a positive integer)");
  EXPECT_EQ(text_of(R"({"text":"","number":1.0})"),
            "430 Invalid element type (number should be a positive integer)");
  EXPECT_EQ(text_of(R"({"text":"","number":18446744073709551615})"),
            "430 Invalid element type (number should be a positive integer)");
  EXPECT_EQ(text_of(R"({"text":"","flag":null})"),
            "430 Invalid element type (flag should be a boolean)");
  EXPECT_EQ(text_of(R"({"text":"","list":{}})"),
            "430 Invalid element type (list should be an array)");
  EXPECT_EQ(text_of(R"({"text":"","object":[]})"),
            "430 Invalid element type (object should be an object)");
}

TEST(Comparison, IgnoresCaseOrTakesConstantTime) {
  EXPECT_TRUE(equals_ignoring_case("JoinAndConfigure", "joinandconfigure"));
  EXPECT_FALSE(equals_ignoring_case("join", "joins"));
  EXPECT_TRUE(equals_in_constant_time("", ""));
  EXPECT_TRUE(equals_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equals_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equals_in_constant_time("abc", ""));
  EXPECT_FALSE(equals_in_constant_time("", "abc"));
  EXPECT_FALSE(equals_in_constant_time("aa", "a"));
}

}  // namespace
}  // namespace penstock::janus
