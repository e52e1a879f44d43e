#include "dataplane/rtp/header_extension_writer.h"

#include <gtest/gtest.h>

#include <span>
#include <vector>

#include "dataplane/base/prng.h"
#include "dataplane/rtp/header.h"
#include "dataplane/rtp/header_extension.h"

namespace penstock {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(ExtensionWriter, OneByteFormPaddedToWords) {
  Bytes buffer(64, 0xEE);
  ExtensionWriter writer(buffer);
  writer.add_u8(1, 0xA0);
  writer.add_u16(2, 0xB0B1);
  ASSERT_EQ(writer.finish(), 12);
  buffer.resize(12);
  EXPECT_EQ(buffer, (Bytes{0xBE, 0xDE, 0, 2, 0x10, 0xA0, 0x21, 0xB0, 0xB1, 0, 0, 0}));
  EXPECT_EQ(writer.offset_of(2), 7);
  EXPECT_FALSE(writer.offset_of(3));
}

TEST(ExtensionWriter, LargeIdNeedsTwoByteFormFromTheStart) {
  Bytes buffer(64);
  ExtensionWriter writer(buffer);
  writer.add_u24(15, 0x010203);
  ASSERT_EQ(writer.finish(), 12);
  buffer.resize(12);
  EXPECT_EQ(buffer, (Bytes{0x10, 0x00, 0, 2, 15, 3, 1, 2, 3, 0, 0, 0}));
}

TEST(ExtensionWriter, LongElementTurnsEarlierOnesIntoTwoByteForm) {
  Bytes buffer(64);
  ExtensionWriter writer(buffer);
  writer.add_u8(1, 0xA0);
  writer.add_u16(2, 0xB0B1);
  EXPECT_FALSE(writer.is_two_byte());
  writer.add(3, Bytes(17, 0xCC));
  EXPECT_TRUE(writer.is_two_byte());
  ASSERT_EQ(writer.finish(), 32);
  EXPECT_EQ(Bytes(buffer.begin(), buffer.begin() + 12),
            (Bytes{0x10, 0x00, 0, 7, 1, 1, 0xA0, 2, 2, 0xB0, 0xB1, 3}));
  EXPECT_EQ(writer.offset_of(1), 6);
  EXPECT_EQ(writer.offset_of(2), 9);
  EXPECT_EQ(writer.offset_of(3), 13);
}

TEST(ExtensionWriter, SixteenBytesStayInOneByteForm) {
  Bytes buffer(64);
  ExtensionWriter writer(buffer);
  writer.add(14, Bytes(16, 0xCC));
  EXPECT_FALSE(writer.is_two_byte());
  EXPECT_EQ(writer.finish(), 24);
  EXPECT_EQ(buffer[4], 0xEF);
}

TEST(ExtensionWriter, IdZeroIsLeftOut) {
  Bytes buffer(64);
  ExtensionWriter writer(buffer);
  writer.add_u16(0, 7);
  EXPECT_TRUE(writer.ok());
  EXPECT_EQ(writer.finish(), 0);
}

TEST(ExtensionWriter, WhatDoesNotFitFailsAndStaysInside) {
  for (std::size_t size = 0; size < 40; ++size) {
    Bytes buffer(size);
    ExtensionWriter writer(buffer);
    writer.add_u16(1, 7);
    writer.add_u16(2, 7);
    writer.add(3, Bytes(17));  // 4 + 2 * 4 + 19 = 31, padded 32
    EXPECT_EQ(writer.finish(), size >= 32 ? 32 : 0) << size;
    EXPECT_EQ(writer.ok(), size >= 32) << size;
  }
}

TEST(ExtensionWriter, MoreElementsThanTheLimitFail) {
  Bytes buffer(256);
  ExtensionWriter writer(buffer);
  for (std::uint8_t id = 1; id <= kHeaderExtensionsMax; ++id) writer.add_u8(id, id);
  EXPECT_TRUE(writer.ok());
  writer.add_u8(1, 1);
  EXPECT_FALSE(writer.ok());
}

TEST(ExtensionWriter, WhatIsWrittenIsReadBack) {
  Prng prng(1);
  for (int round = 0; round < 2'000; ++round) {
    Bytes packet(12 + 1'400);
    packet[0] = 0x90;
    ExtensionWriter writer{std::span(packet).subspan(12)};
    std::vector<std::pair<std::uint8_t, Bytes>> added;
    const std::size_t count = 1 + prng.below(8);
    const bool large = prng.chance(1, 4);
    for (std::size_t i = 0; i < count; ++i) {
      const auto id = static_cast<std::uint8_t>(1 + prng.below(large ? 255 : 14));
      Bytes value(large ? prng.below(100) : 1 + prng.below(16));
      for (auto& byte : value) byte = static_cast<std::uint8_t>(prng.next_u32());
      writer.add(id, value);
      added.emplace_back(id, value);
    }
    const std::size_t bytes = writer.finish();
    ASSERT_GT(bytes, 0);
    ASSERT_EQ(bytes % 4, 0);
    packet.resize(12 + bytes);
    const auto header = parse_rtp_header(packet);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->header_bytes, packet.size());
    ExtensionReader reader(packet, *header);
    for (const auto& [id, value] : added) {
      const auto element = reader.next();
      ASSERT_TRUE(element);
      EXPECT_EQ(element->id, id);
      const auto begin = packet.begin() + element->offset;
      EXPECT_EQ(Bytes(begin, begin + element->size), value);
    }
    EXPECT_FALSE(reader.next());
  }
}

}  // namespace
}  // namespace penstock
