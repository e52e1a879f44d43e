// The header that a receiver gets: its own SSRC, numbers, payload type, MID and extension ids.
#include "dataplane/worker/projected_header.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "dataplane/forward/subscription.h"
#include "dataplane/rtp/header.h"
#include "dataplane/rtp/header_extension.h"
#include "dataplane/worker/transport.h"
#include "tests/unit/worker/test_slot.h"

namespace penstock {
namespace {

class ProjectedHeaderTest : public testing::Test {
 protected:
  static SubscriptionConfig subscription_config() {
    SubscriptionConfig config;
    config.mid = Mid::from("7");
    config.ssrc = 0x9999;
    config.target.codec = Codec::kVp8;
    config.target.payload_type = 120;
    return config;
  }
  static TransportConfig transport_config(const ExtensionMap& out) {
    TransportConfig config;
    config.extensions_out = out;
    return config;
  }
  static ExtensionMap all_ids() {
    ExtensionMap map;
    map.set(HeaderExtension::kMid, 9);
    map.set(HeaderExtension::kAudioLevel, 11);
    map.set(HeaderExtension::kVideoOrientation, 12);
    map.set(HeaderExtension::kPlayoutDelay, 13);
    map.set(HeaderExtension::kDependencyDescriptor, 14);
    map.set(HeaderExtension::kAbsCaptureTime, 7);
    map.set(HeaderExtension::kTransportCc, 5);
    return map;
  }
  std::size_t write(const ExtensionMap& out) {
    const Transport transport(transport_config(out), 1, MemoryBlock(tables));
    buffer.fill(0xEE);
    return write_projected_header({.sequence = 3 * 65'536 + 4, .timestamp = 0x01020304},
                                  packet_in(source), subscription, transport, buffer);
  }

  std::size_t write_bare(const ExtensionMap& out) {
    const Transport transport(transport_config(out), 1, MemoryBlock(tables));
    buffer.fill(0xEE);
    return write_bare_header({.sequence = 3 * 65'536 + 4, .timestamp = 0x01020304},
                             packet_in(source), subscription, transport, buffer);
  }

  BlockPool tables{Transport::table_bytes(kStreamsPerTransport, kSubscriptionsPerTransport), 2,
                   PoolMemory::heap()};
  Prng prng{1};
  Subscription subscription{subscription_config(), prng};
  TestSlot source;
  Slot& slot = source.slot;
  std::array<std::uint8_t, kProjectedHeaderBytesMax> buffer{};
};

TEST_F(ProjectedHeaderTest, HasTheReceiversNumbers) {
  slot.marker = true;
  const std::size_t bytes = write(all_ids());
  const auto header = parse_rtp_header(std::span(buffer).first(bytes));
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->header_bytes, bytes);
  EXPECT_EQ(header->ssrc, 0x9999U);
  EXPECT_EQ(header->sequence_number, 4);
  EXPECT_EQ(header->timestamp, 0x01020304U);
  EXPECT_EQ(header->payload_type, 120);
  EXPECT_TRUE(header->marker);
  const auto extensions = parse_extensions(std::span(buffer).first(bytes), *header, all_ids());
  EXPECT_EQ(extensions.text(buffer, HeaderExtension::kMid), "7");
  EXPECT_EQ(extensions.at(HeaderExtension::kAudioLevel).size, 0U);
}

TEST_F(ProjectedHeaderTest, PassesElementsOnUnderTheReceiversIds) {
  source.bytes[100] = 0x85;
  slot.audio_level = {100, 1};
  slot.video_orientation = {101, 1};
  slot.playout_delay = {102, 3};
  const std::size_t bytes = write(all_ids());
  const auto header = parse_rtp_header(std::span(buffer).first(bytes));
  const auto extensions = parse_extensions(std::span(buffer).first(bytes), *header, all_ids());
  ASSERT_EQ(extensions.at(HeaderExtension::kAudioLevel).size, 1U);
  EXPECT_EQ(buffer[extensions.at(HeaderExtension::kAudioLevel).offset], 0x85);
  EXPECT_EQ(extensions.at(HeaderExtension::kVideoOrientation).size, 1U);
  EXPECT_EQ(extensions.at(HeaderExtension::kPlayoutDelay).size, 3U);
}

TEST_F(ProjectedHeaderTest, APlayoutDelayOfTheReceiversOwnComesFirst) {
  slot.playout_delay = {102, 3};
  subscription.has_playout_delay = true;
  subscription.playout_delay = PlayoutDelay{.min_10ms = 0x123, .max_10ms = 0x456}.bytes();
  const std::size_t bytes = write(all_ids());
  const auto header = parse_rtp_header(std::span(buffer).first(bytes));
  const auto extensions = parse_extensions(std::span(buffer).first(bytes), *header, all_ids());
  const auto delay = extensions.at(HeaderExtension::kPlayoutDelay);
  ASSERT_EQ(delay.size, 3U);
  EXPECT_EQ(buffer[delay.offset], 0x12);
  EXPECT_EQ(buffer[delay.offset + 1], 0x34);
  EXPECT_EQ(buffer[delay.offset + 2], 0x56);
}

TEST_F(ProjectedHeaderTest, LeavesOutWhatTheReceiverDidNotNegotiate) {
  slot.audio_level = {100, 1};
  EXPECT_EQ(write({}), kRtpFixedHeaderBytes);
  EXPECT_EQ(buffer[0] & 0x10, 0) << "no X bit";
  EXPECT_EQ(buffer[12], 0xEE) << "nothing is written behind it";
}

TEST_F(ProjectedHeaderTest, ALongDependencyDescriptorFits) {
  slot.audio_level = {100, 1};
  slot.dependency_descriptor = {200, 120};
  const std::size_t bytes = write(all_ids());
  ASSERT_NE(bytes, 0U);
  const auto header = parse_rtp_header(std::span(buffer).first(bytes));
  const auto extensions = parse_extensions(std::span(buffer).first(bytes), *header, all_ids());
  EXPECT_EQ(extensions.at(HeaderExtension::kDependencyDescriptor).size, 120U);
}

TEST_F(ProjectedHeaderTest, ABareHeaderHasTheDependencyDescriptorAlone) {
  slot.audio_level = {100, 1};
  slot.playout_delay = {101, 3};
  EXPECT_EQ(write_bare(all_ids()), kRtpFixedHeaderBytes);
  EXPECT_EQ(buffer[0] & 0x10, 0) << "no X bit";
  slot.dependency_descriptor = {200, 6};
  const std::size_t bytes = write_bare(all_ids());
  const auto header = parse_rtp_header(std::span(buffer).first(bytes));
  ASSERT_TRUE(header.has_value());
  const auto extensions = parse_extensions(std::span(buffer).first(bytes), *header, all_ids());
  EXPECT_EQ(extensions.at(HeaderExtension::kDependencyDescriptor).size, 6U);
  EXPECT_EQ(extensions.at(HeaderExtension::kAudioLevel).size, 0U);
  EXPECT_EQ(extensions.at(HeaderExtension::kMid).size, 0U);
}

TEST_F(ProjectedHeaderTest, WhatDoesNotFitIsRefusedWhole) {
  slot.dependency_descriptor = {0, 255};
  slot.playout_delay = {0, 120};  // no such thing is this long
  EXPECT_EQ(write(all_ids()), 0U);
}

// Both ways of writing a header must agree, bit for bit, whatever a packet carries and whatever the
// receiver has negotiated.
TEST_F(ProjectedHeaderTest, ATemplateGivesTheSameHeader) {
  for (auto& byte : source.bytes) byte = static_cast<std::uint8_t>(prng.next_u32());
  const ExtensionMap nothing;
  ExtensionMap some;
  some.set(HeaderExtension::kAudioLevel, 3);
  for (const ExtensionMap& out : {all_ids(), nothing, some, all_ids()}) {
    const Transport transport(transport_config(out), 1, MemoryBlock(tables));
    const HeaderTemplate header = make_header_template(subscription, transport);
    ASSERT_EQ(header.state, HeaderTemplate::State::kUsable);
    for (int i = 0; i < 500; ++i) {
      slot = {};
      slot.marker = prng.chance(1, 2);
      for (ElementLocation* element :
           {&slot.audio_level, &slot.video_orientation, &slot.playout_delay, &slot.capture_time,
            &slot.dependency_descriptor}) {
        if (prng.chance(1, 2)) continue;
        *element = {static_cast<std::uint16_t>(prng.below(400)),
                    static_cast<std::uint8_t>(1 + prng.below(kTemplatedElementBytesMax))};
        slot.element_bytes_max = std::max(slot.element_bytes_max, element->size);
      }
      const std::size_t bytes = write(out);
      std::array<std::uint8_t, kProjectedHeaderBytesMax> templated;
      templated.fill(0xEE);
      ASSERT_EQ(write_templated_header({.sequence = 3 * 65'536 + 4, .timestamp = 0x01020304},
                                       packet_in(source), header, templated.data()),
                bytes);
      ASSERT_TRUE(std::equal(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(bytes),
                             templated.begin()));
    }
    subscription.has_playout_delay = true;  // for the others
  }
}

TEST_F(ProjectedHeaderTest, ATemplateIsRefusedWhereItsFormWouldNotDo) {
  ExtensionMap two_byte_id = all_ids();
  two_byte_id.set(HeaderExtension::kAudioLevel, 15);
  const Transport transport(transport_config(two_byte_id), 1, MemoryBlock(tables));
  EXPECT_EQ(make_header_template(subscription, transport).state, HeaderTemplate::State::kTooLarge);

  SubscriptionConfig config = subscription_config();
  config.mid = Mid::from("0123456789abcdef");
  const Subscription with_long_mid(config, prng);
  const Transport usual(transport_config(all_ids()), 1, MemoryBlock(tables));
  EXPECT_EQ(make_header_template(with_long_mid, usual).state, HeaderTemplate::State::kTooLarge);
}

}  // namespace
}  // namespace penstock
