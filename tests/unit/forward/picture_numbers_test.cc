#include "dataplane/forward/picture_numbers.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

constexpr std::uint32_t kSmallSource = 4;
constexpr std::uint32_t kLargeSource = 5;

PacketLayer picture(std::uint16_t picture_id, std::uint8_t tl0 = 10, std::uint8_t key = 3) {
  PacketLayer packet;
  packet.is_layered = packet.has_picture_id = true;
  packet.picture_id = picture_id & 0x7FFF;
  packet.tl0_picture_index = tl0;
  packet.key_index = key & 31U;
  return packet;
}

PictureNames names_of(const PacketLayer& packet) {
  return {static_cast<std::uint16_t>(packet.picture_id), packet.tl0_picture_index,
          static_cast<std::uint8_t>(packet.key_index)};
}

class PictureNumbersTest : public testing::Test {
 protected:
  PictureNames take(const PacketLayer& packet, std::uint32_t source, bool begins = false) {
    const auto names = numbers.take(packet, source, begins);
    return names.value_or(names_of(packet));
  }
  PictureNumbers numbers;
};

TEST_F(PictureNumbersTest, WithNothingLeftOutPacketsGoAsTheyAre) {
  EXPECT_FALSE(numbers.take(picture(0x7FFF), kSmallSource, true).has_value());
  EXPECT_FALSE(numbers.take(picture(0), kSmallSource, false).has_value());
}

TEST_F(PictureNumbersTest, AnotherEncodingGoesOnWhereTheOneBeforeEnded) {
  take(picture(0x7FFE, 255, 31), kSmallSource, true);
  EXPECT_EQ(take(picture(500, 20, 7), kLargeSource, true), (PictureNames{0x7FFF, 0, 0}));
  EXPECT_EQ(take(picture(501, 20, 7), kLargeSource), (PictureNames{0, 0, 0}));
  EXPECT_EQ(take(picture(502, 21, 7), kLargeSource), (PictureNames{1, 1, 0}));
}

TEST_F(PictureNumbersTest, ThereIsNoGapWhereAPictureIsLeftOut) {
  take(picture(0x7FFF), kSmallSource, true);
  numbers.leave_out(picture(0), kSmallSource);
  numbers.leave_out(picture(0), kSmallSource);  // its second packet
  EXPECT_EQ(take(picture(1), kSmallSource).picture_id, 0);
  numbers.leave_out(picture(2), kSmallSource);
  EXPECT_EQ(take(picture(3), kSmallSource).picture_id, 1);
}

TEST_F(PictureNumbersTest, AMissingPictureKeepsItsNumber) {
  take(picture(100), kSmallSource, true);
  numbers.leave_out(picture(101), kSmallSource);
  EXPECT_EQ(take(picture(103), kSmallSource).picture_id, 102);
  EXPECT_EQ(take(picture(102), kSmallSource).picture_id, 101);
  numbers.leave_out(picture(104), kSmallSource);
  EXPECT_EQ(take(picture(105), kSmallSource).picture_id, 103);
}

TEST_F(PictureNumbersTest, WhatIsSentAgainHasTheNamesThatItHad) {
  take(picture(100), kSmallSource, true);
  numbers.leave_out(picture(101), kSmallSource);
  const PictureNames low = take(picture(102), kSmallSource);
  const PictureNames high = take(picture(7'000, 99, 9), kLargeSource, true);
  EXPECT_EQ(numbers.find(picture(102), kSmallSource), low);
  EXPECT_EQ(numbers.find(picture(7'000, 99, 9), kLargeSource), high);
  EXPECT_FALSE(numbers.find(picture(1), 77).has_value());
}

TEST_F(PictureNumbersTest, AShortIdIsAlwaysWrittenAnew) {
  PacketLayer first = picture(5);
  first.is_picture_id_short = true;
  EXPECT_EQ(numbers.take(first, kSmallSource, true), (PictureNames{5, 10, 3}));
}

}  // namespace
}  // namespace penstock
