// RED as Chromium sends it (RFC 2198): where the primary block is, and with other payload types.
#include "dataplane/rtp/payload/red.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace penstock {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t kOpus = 111;

// One block of 960 units before, of three bytes, and the primary one of two.
Bytes usual() { return {0xEF, 0x0F, 0x00, 0x03, 0x6F, 1, 2, 3, 7, 8}; }

TEST(Red, ThePrimaryBlockIsBehindAllOthers) {
  EXPECT_EQ(red_primary_offset(usual(), kOpus), 8);
  EXPECT_EQ(red_primary_offset(Bytes{0x6F, 7, 8}, kOpus), 1) << "the first packet has no other";
  const Bytes two{0xEF, 0x1E, 0x00, 0x02, 0xEF, 0x0F, 0x00, 0x01, 0x6F, 1, 2, 3, 9};
  EXPECT_EQ(red_primary_offset(two, kOpus), 12);
}

TEST(Red, ALengthHasTenBits) {
  Bytes long_block{0xEF, 0x0F, 0x03, 0xFF, 0x6F};
  long_block.resize(5 + 1'023, 1);
  EXPECT_EQ(red_primary_offset(long_block, kOpus), std::nullopt) << "nothing is left";
  long_block.push_back(7);
  EXPECT_EQ(red_primary_offset(long_block, kOpus), 5 + 1'023);
}

TEST(Red, BlocksMayBeEmptyButForThePrimaryOne) {
  EXPECT_EQ(red_primary_offset(Bytes{0xEF, 0x0F, 0x00, 0x00, 0x6F, 7}, kOpus), 5);
  EXPECT_EQ(red_primary_offset(Bytes{0x6F}, kOpus), std::nullopt);
  EXPECT_EQ(red_primary_offset(Bytes{}, kOpus), std::nullopt);
}

TEST(Red, EveryShorterPayloadIsRefused) {
  const Bytes whole = usual();
  for (std::size_t size = 0; size <= 8; ++size) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(red_primary_offset(part, kOpus), std::nullopt) << size;
  }
}

TEST(Red, OtherPayloadTypesAreRefused) {
  EXPECT_EQ(red_primary_offset(usual(), 110), std::nullopt);
  Bytes mixed = usual();
  mixed[0] = 0xEE;
  EXPECT_EQ(red_primary_offset(mixed, kOpus), std::nullopt);
  mixed = usual();
  mixed[4] = 0x6E;
  EXPECT_EQ(red_primary_offset(mixed, kOpus), std::nullopt);
}

TEST(Red, MoreBlocksThanAreLookedAtAreRefused) {
  const auto with_blocks = [](std::size_t count) {
    Bytes payload;
    for (std::size_t i = 1; i < count; ++i) payload.insert(payload.end(), {0xEF, 0x0F, 0, 0});
    payload.insert(payload.end(), {0x6F, 7});
    return payload;
  };
  EXPECT_TRUE(red_primary_offset(with_blocks(kRedBlocksMax), kOpus).has_value());
  EXPECT_FALSE(red_primary_offset(with_blocks(kRedBlocksMax + 1), kOpus).has_value());
}

TEST(Red, HeadersGetAnotherPayloadTypeAndKeepAllElse) {
  std::array<std::uint8_t, kRedHeadersBytesUsual> headers{};
  ASSERT_EQ(renumber_red_headers(usual(), 103, headers), 5U);
  EXPECT_EQ(Bytes(headers.begin(), headers.begin() + 5), (Bytes{0xE7, 0x0F, 0x00, 0x03, 0x67}));
  EXPECT_EQ(renumber_red_headers(usual(), 103, std::span(headers).first(4)), 0U) << "no room";
  EXPECT_EQ(renumber_red_headers(Bytes{0xEF, 0x0F, 0, 1}, 103, headers), 0U) << "no end";
  EXPECT_EQ(renumber_red_headers(Bytes{0xEF, 0x0F}, 103, headers), 0U);
}

}  // namespace
}  // namespace penstock
