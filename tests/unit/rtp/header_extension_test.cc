#include "dataplane/rtp/header_extension.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace penstock {
namespace {

using Bytes = std::vector<std::uint8_t>;

// A packet with this extension data, padded to 32 bits as the sender would.
Bytes packet_with(std::uint16_t profile, Bytes data) {
  while (data.size() % 4 != 0) data.push_back(0);
  Bytes packet = {0x90, 0x60, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3};
  packet.push_back(static_cast<std::uint8_t>(profile >> 8));
  packet.push_back(static_cast<std::uint8_t>(profile));
  packet.push_back(static_cast<std::uint8_t>(data.size() / 4 / 256));
  packet.push_back(static_cast<std::uint8_t>(data.size() / 4));
  packet.insert(packet.end(), data.begin(), data.end());
  return packet;
}

std::vector<std::pair<int, Bytes>> elements_of(const Bytes& packet) {
  std::vector<std::pair<int, Bytes>> elements;
  ExtensionReader reader(packet, *parse_rtp_header(packet));
  while (const auto element = reader.next()) {
    const auto begin = packet.begin() + element->offset;
    elements.emplace_back(element->id, Bytes(begin, begin + element->size));
  }
  return elements;
}

using Elements = std::vector<std::pair<int, Bytes>>;

TEST(ExtensionReader, OneByteFormAsInRfc8285Section42) {
  const Bytes packet = packet_with(0xBEDE, {0x10, 0xA0, 0x21, 0xB0, 0xB1, 0, 0, 0x33, 1, 2, 3, 4});
  EXPECT_EQ(elements_of(packet), (Elements{{1, {0xA0}}, {2, {0xB0, 0xB1}}, {3, {1, 2, 3, 4}}}));
}

TEST(ExtensionReader, TwoByteFormAsInRfc8285Section43) {
  // Appbits are any; the second element has no data.
  const Bytes packet = packet_with(0x1007, {1, 0, 2, 1, 0xB0, 0, 200, 4, 1, 2, 3, 4});
  EXPECT_EQ(elements_of(packet), (Elements{{1, {}}, {2, {0xB0}}, {200, {1, 2, 3, 4}}}));
}

TEST(ExtensionReader, OtherProfilesHaveNoElements) {
  EXPECT_TRUE(elements_of(packet_with(0x1010, {0x10, 0xA0, 0, 0})).empty());
  EXPECT_TRUE(elements_of(packet_with(0x0000, {0x10, 0xA0, 0, 0})).empty());
}

TEST(ExtensionReader, Id15EndsTheOneByteForm) {
  const Bytes packet = packet_with(0xBEDE, {0x10, 0xA0, 0xF0, 0xB0, 0x20, 0xC0, 0, 0});
  EXPECT_EQ(elements_of(packet), (Elements{{1, {0xA0}}}));
}

TEST(ExtensionReader, Id0WithALengthEndsTheOneByteForm) {
  const Bytes packet = packet_with(0xBEDE, {0x10, 0xA0, 0x01, 0xB0, 0x20, 0xC0, 0, 0});
  EXPECT_EQ(elements_of(packet), (Elements{{1, {0xA0}}}));
}

TEST(ExtensionReader, ElementPastTheEndEndsTheReading) {
  EXPECT_EQ(elements_of(packet_with(0xBEDE, {0x10, 0xA0, 0x2F, 0xB0})), (Elements{{1, {0xA0}}}));
  EXPECT_EQ(elements_of(packet_with(0x1000, {1, 1, 0xA0, 2})), (Elements{{1, {0xA0}}}));
  EXPECT_EQ(elements_of(packet_with(0x1000, {1, 0, 2, 255})), (Elements{{1, {}}}));
}

TEST(ExtensionReader, PacketWithoutExtensionHasNoElements) {
  const Bytes packet = {0x80, 0x60, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3};
  EXPECT_TRUE(elements_of(packet).empty());
}

ExtensionMap test_map() {
  ExtensionMap map;
  for (std::size_t i = 0; i < kHeaderExtensionCount; ++i) {
    map.ids[i] = static_cast<std::uint8_t>(i + 1);
  }
  return map;
}

TEST(ParsedExtensions, EachKindIsFoundAndDecoded) {
  const Bytes packet = packet_with(0xBEDE, {0x11, '4',       '2',         // mid
                                            0x20, 'h',                    // rid
                                            0x32, 'l',       'o',  'w',   // repaired rid
                                            0x40, 0x80 | 35,              // voice at -35 dBov
                                            0x51, 0xFF,      0xFE,        // transport-cc
                                            0x62, 0x01,      0x02, 0x03,  // abs-send-time
                                            0x70, 0x03,                   // 270 degrees
                                            0x82, 0x00,      0xA0, 0x14,  // 100 ms to 200 ms
                                            0x92, 0xC0,      0x00, 0x07});
  const auto parsed = parse_extensions(packet, *parse_rtp_header(packet), test_map());
  EXPECT_EQ(parsed.text(packet, HeaderExtension::kMid), "42");
  EXPECT_EQ(parsed.text(packet, HeaderExtension::kRid), "h");
  EXPECT_EQ(parsed.text(packet, HeaderExtension::kRepairedRid), "low");
  ASSERT_TRUE(parsed.audio_level(packet));
  EXPECT_EQ(parsed.audio_level(packet)->level, 35);
  EXPECT_TRUE(parsed.audio_level(packet)->voice);
  EXPECT_EQ(parsed.transport_sequence_number(packet), 0xFFFE);
  EXPECT_EQ(parsed.bytes(packet, HeaderExtension::kAbsSendTime).size(), 3);
  EXPECT_EQ(parsed.bytes(packet, HeaderExtension::kVideoOrientation).front(), 3);
  EXPECT_EQ(parsed.bytes(packet, HeaderExtension::kPlayoutDelay).size(), 3);
  EXPECT_EQ(parsed.bytes(packet, HeaderExtension::kDependencyDescriptor).size(), 3);
}

TEST(ParsedExtensions, AbsentKindsAnswerNothing) {
  const Bytes packet = packet_with(0xBEDE, {0xE0, 1});
  const auto parsed = parse_extensions(packet, *parse_rtp_header(packet), test_map());
  for (std::size_t i = 0; i < kHeaderExtensionCount; ++i) {
    EXPECT_FALSE(parsed.has(static_cast<HeaderExtension>(i)));
    EXPECT_TRUE(parsed.bytes(packet, static_cast<HeaderExtension>(i)).empty());
  }
  EXPECT_EQ(parsed.text(packet, HeaderExtension::kMid), "");
  EXPECT_FALSE(parsed.transport_sequence_number(packet));
  EXPECT_FALSE(parsed.audio_level(packet));
}

TEST(ParsedExtensions, WrongSizesAnswerNothing) {
  const Bytes packet = packet_with(0x1000, {4, 2, 1, 1, 5, 1, 9, 6, 0, 7, 2, 1, 1, 8, 1, 1});
  const auto parsed = parse_extensions(packet, *parse_rtp_header(packet), test_map());
  EXPECT_TRUE(parsed.has(HeaderExtension::kTransportCc));
  EXPECT_FALSE(parsed.audio_level(packet));
  EXPECT_FALSE(parsed.transport_sequence_number(packet));
}

TEST(ParsedExtensions, TextLongerThanWeStoreAnswersNothing) {
  Bytes data = {1, 255};
  data.insert(data.end(), 255, 'x');
  const Bytes packet = packet_with(0x1000, data);
  const auto parsed = parse_extensions(packet, *parse_rtp_header(packet), test_map());
  EXPECT_EQ(parsed.bytes(packet, HeaderExtension::kMid).size(), 255);
  EXPECT_EQ(parsed.text(packet, HeaderExtension::kMid), "");
}

TEST(ParsedExtensions, FirstOfRepeatedElementsCounts) {
  const Bytes packet = packet_with(0xBEDE, {0x10, 'a', 0x10, 'b'});
  const auto parsed = parse_extensions(packet, *parse_rtp_header(packet), test_map());
  EXPECT_EQ(parsed.text(packet, HeaderExtension::kMid), "a");
}

TEST(ParsedExtensions, UnnegotiatedKindsAreNotTakenForPadding) {
  const Bytes packet = packet_with(0xBEDE, {0, 0, 0x10, 'a'});
  const auto parsed = parse_extensions(packet, *parse_rtp_header(packet), ExtensionMap{});
  for (const auto& location : parsed.locations) EXPECT_EQ(location.offset, 0);
}

}  // namespace
}  // namespace penstock
