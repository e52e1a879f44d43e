#include "dataplane/rtp/header.h"

#include <gtest/gtest.h>

#include <vector>

#include "dataplane/rtp/rtx.h"

namespace penstock {
namespace {

using Bytes = std::vector<std::uint8_t>;

// Marker set, payload type 96, sequence number 0x1234, timestamp 0x89ABCDEF, SSRC 0xCAFEBABE.
const Bytes kPlain = {0x80, 0xE0, 0x12, 0x34, 0x89, 0xAB, 0xCD, 0xEF, 0xCA, 0xFE, 0xBA, 0xBE};

Bytes with(Bytes packet, std::uint8_t first_byte, const Bytes& rest) {
  packet[0] = first_byte;
  packet.insert(packet.end(), rest.begin(), rest.end());
  return packet;
}

TEST(RtpHeader, FixedFieldsAreRead) {
  const auto header = parse_rtp_header(kPlain);
  ASSERT_TRUE(header);
  EXPECT_TRUE(header->marker);
  EXPECT_EQ(header->payload_type, 96);
  EXPECT_EQ(header->sequence_number, 0x1234);
  EXPECT_EQ(header->timestamp, 0x89ABCDEF);
  EXPECT_EQ(header->ssrc, 0xCAFEBABE);
  EXPECT_EQ(header->header_bytes, 12);
  EXPECT_FALSE(header->has_padding);
  EXPECT_FALSE(header->has_extension);
}

TEST(RtpHeader, CsrcsAndExtensionCountAsHeader) {
  const Bytes packet = with(kPlain, 0x92,
                            {1, 1, 1, 1, 2, 2, 2, 2,              // two CSRCs
                             0xBE, 0xDE, 0, 1, 0x10, 0xAA, 0, 0,  // extension
                             0x55});
  const auto header = parse_rtp_header(packet);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->csrc_count, 2);
  EXPECT_EQ(header->extension_profile, 0xBEDE);
  EXPECT_EQ(header->extension_offset, 24);
  EXPECT_EQ(header->extension_bytes, 4);
  EXPECT_EQ(header->header_bytes, 28);
}

TEST(RtpHeader, OtherVersionsAreRefused) {
  for (const unsigned version : {0U, 1U, 3U}) {
    Bytes packet = kPlain;
    packet[0] = static_cast<std::uint8_t>(version << 6);
    EXPECT_EQ(parse_rtp_header(packet).error(), DropReason::kRtpInvalid);
  }
}

TEST(RtpHeader, WhatReachesPastTheEndIsRefused) {
  EXPECT_FALSE(parse_rtp_header(Bytes(kPlain.begin(), kPlain.end() - 1)));
  EXPECT_FALSE(parse_rtp_header(with(kPlain, 0x81, {1, 1, 1})));                 // a CSRC
  EXPECT_FALSE(parse_rtp_header(with(kPlain, 0x90, {0xBE, 0xDE, 0})));           // extension header
  EXPECT_FALSE(parse_rtp_header(with(kPlain, 0x90, {0xBE, 0xDE, 0, 1, 1, 1})));  // its data
  EXPECT_FALSE(parse_rtp_header(with(kPlain, 0x90, {0xBE, 0xDE, 0xFF, 0xFF})));
}

TEST(RtpHeader, PacketLargerThanAnyDatagramIsRefused) {
  EXPECT_TRUE(parse_rtp_header(with(kPlain, 0x80, Bytes(65'535 - 12))));
  EXPECT_FALSE(parse_rtp_header(with(kPlain, 0x80, Bytes(65'536 - 12))));
}

TEST(RtpHeader, PayloadIsNotLookedAtSoThatSrtpParses) {
  // P set, and a last byte that would be an impossible padding count: it is ciphertext here.
  const auto header = parse_rtp_header(with(kPlain, 0xA0, {0xFF}));
  ASSERT_TRUE(header);
  EXPECT_TRUE(header->has_padding);
}

TEST(RtpPadding, CountIsTheLastByte) {
  const Bytes packet = with(kPlain, 0xA0, {0x77, 0, 0, 3});
  EXPECT_EQ(padding_bytes(packet, *parse_rtp_header(packet)), 3);
}

TEST(RtpPadding, NoneWithoutTheBit) {
  const Bytes packet = with(kPlain, 0x80, {0x77, 0, 0, 3});
  EXPECT_EQ(padding_bytes(packet, *parse_rtp_header(packet)), 0);
}

TEST(RtpPadding, WholePayloadMayBePadding) {
  const Bytes packet = with(kPlain, 0xA0, {0, 0, 0, 4});
  EXPECT_EQ(padding_bytes(packet, *parse_rtp_header(packet)), 4);
}

TEST(RtpPadding, ZeroOrMoreThanThePayloadIsInvalid) {
  for (const Bytes& payload : {Bytes{0x77, 0}, Bytes{0, 3}, Bytes{}}) {
    const Bytes packet = with(kPlain, 0xA0, payload);
    EXPECT_FALSE(padding_bytes(packet, *parse_rtp_header(packet)));
  }
}

TEST(RtpHeader, WritingGivesBackTheTwelveBytes) {
  for (const std::uint8_t first : {std::uint8_t{0x80}, std::uint8_t{0xA0}}) {
    const Bytes packet = with(kPlain, first, {1});
    Bytes buffer(12);
    ByteWriter writer(buffer);
    write_rtp_header(writer, *parse_rtp_header(packet));
    EXPECT_TRUE(writer.ok());
    EXPECT_EQ(buffer, Bytes(packet.begin(), packet.begin() + 12));
  }
}

TEST(RtpHeader, WritingSetsExtensionBitAndCsrcCount) {
  Bytes buffer(12);
  ByteWriter writer(buffer);
  RtpHeader header;
  header.has_extension = true;
  header.csrc_count = 3;
  write_rtp_header(writer, header);
  EXPECT_EQ(buffer[0], 0x93);
}

TEST(Rtx, OriginalSequenceNumberIsTheFirstTwoBytes) {
  EXPECT_EQ(original_sequence_number(Bytes{0xFE, 0x01, 9}), 0xFE01);
  EXPECT_EQ(original_sequence_number(Bytes{0xFE, 0x01}), 0xFE01);
}

TEST(Rtx, PayloadBelowTwoBytesHasNone) {
  EXPECT_FALSE(original_sequence_number({}));
  EXPECT_FALSE(original_sequence_number(Bytes{1}));
}

}  // namespace
}  // namespace penstock
