#include "dataplane/base/ascii.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(AsciiTest, CaseIsThatOfLettersAlone) {
  EXPECT_TRUE(equals_ignoring_case("UDP-1", "udp-1"));
  EXPECT_FALSE(equals_ignoring_case("udp", "udp4"));
  EXPECT_FALSE(equals_ignoring_case("[", "{"));
  EXPECT_FALSE(equals_ignoring_case("\xC4", "\xE4")) << "not of ASCII";
  EXPECT_EQ(lower_case("VP8/90000 \xC4"), "vp8/90000 \xC4");
  EXPECT_EQ(to_upper('z'), 'Z');
}

TEST(AsciiTest, HexadecimalDigitsHaveEitherCase) {
  EXPECT_EQ(hex_value('0'), 0);
  EXPECT_EQ(hex_value('a'), 10);
  EXPECT_EQ(hex_value('F'), 15);
  EXPECT_FALSE(hex_value('g').has_value());
  EXPECT_TRUE(is_hex("09afAF"));
  EXPECT_FALSE(is_hex("0x"));
}

TEST(AsciiTest, ANumberIsTheWholeText) {
  EXPECT_EQ(parse_number<std::uint16_t>("65535"), 65'535);
  EXPECT_EQ(parse_number<std::uint8_t>("ff", 16), 255);
  EXPECT_EQ(parse_number<std::uint32_t>("007"), 7U);
  for (const char* text : {"", "65536", "-1", "+1", " 1", "1 ", "1x", "0x1"}) {
    EXPECT_FALSE(parse_number<std::uint16_t>(text).has_value()) << text;
  }
}

TEST(AsciiTest, ControlCharactersAreThoseBelowTheBlankAndDelete) {
  for (const char c : {'\0', '\t', '\r', '\x1F', '\x7F'}) EXPECT_TRUE(is_control(c));
  for (const char c : {' ', '~', '\x80', '\xFF'}) EXPECT_FALSE(is_control(c));
}

}  // namespace
}  // namespace penstock
