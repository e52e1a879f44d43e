// What an outgoing packet says of its sending.
#include "dataplane/worker/send_stamp.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>

#include "dataplane/rtp/header_extension.h"
#include "dataplane/worker/projected_header.h"
#include "tests/unit/worker/test_slot.h"

namespace penstock {
namespace {

constexpr Timestamp kNow = 130 * kSecond + 250 * kMillisecond;

class SendStampTest : public testing::Test {
 protected:
  SendStampTest() {
    ids.set(HeaderExtension::kMid, 9);
    ids.set(HeaderExtension::kTransportCc, 5);
    ids.set(HeaderExtension::kAbsSendTime, 6);
    subscription_config.mid = Mid::from("7");
    subscription_config.target.codec = Codec::kVp8;
    TransportConfig transport_config;
    transport_config.extensions_out = ids;
    transport.emplace(transport_config, 1, MemoryBlock(tables));
  }

  // The extensions of a header that goes with this stamp.
  ParsedExtensions write(SendStamp stamp, bool is_templated) {
    subscription_config.target.stamp = stamp;
    const Subscription subscription(subscription_config, prng);
    buffer.fill(0);
    if (is_templated) {
      const HeaderTemplate made = make_header_template(subscription, *transport);
      EXPECT_EQ(made.state, HeaderTemplate::State::kUsable);
      write_templated_header({}, packet_in(source), made, buffer.data());
    } else {
      EXPECT_NE(write_projected_header({}, packet_in(source), subscription, *transport, buffer),
                0U);
    }
    stamp_header(buffer.data(), subscription, *transport, 1'000, kNow);
    const auto header = parse_rtp_header(buffer);
    EXPECT_TRUE(header);
    return parse_extensions(buffer, *header, ids);
  }
  std::uint32_t abs_send_time_of(const ParsedExtensions& extensions) {
    const auto bytes = extensions.bytes(buffer, HeaderExtension::kAbsSendTime);
    EXPECT_EQ(bytes.size(), 3U);
    return bytes.size() != 3
               ? 0U
               : std::uint32_t{bytes[0]} << 16U | std::uint32_t{bytes[1]} << 8U | bytes[2];
  }

  ExtensionMap ids;
  SubscriptionConfig subscription_config;
  BlockPool tables{Transport::table_bytes(kStreamsPerTransport, kSubscriptionsPerTransport), 1,
                   PoolMemory::heap()};
  Prng prng{1};
  std::optional<Transport> transport;
  TestSlot source;
  std::array<std::uint8_t, kProjectedHeaderBytesMax> buffer{};
};

TEST_F(SendStampTest, PacketsAreNumberedInTheOrderInWhichTheyGo) {
  for (std::uint16_t number = 0; number < 4; ++number) {
    const ParsedExtensions extensions = write(SendStamp::kTransportCc, number % 2 == 0);
    EXPECT_EQ(extensions.transport_sequence_number(buffer), number);
    EXPECT_EQ(extensions.text(buffer, HeaderExtension::kMid), "7");
    EXPECT_FALSE(extensions.has(HeaderExtension::kAbsSendTime));
  }
}

TEST_F(SendStampTest, OrSayWhen) {
  for (const bool is_templated : {false, true}) {
    const ParsedExtensions extensions = write(SendStamp::kAbsSendTime, is_templated);
    EXPECT_EQ(abs_send_time_of(extensions), (2U << 18U) + (1U << 16U));
    EXPECT_FALSE(extensions.has(HeaderExtension::kTransportCc));
  }
}

TEST_F(SendStampTest, OrNothing) {
  const ParsedExtensions extensions = write(SendStamp::kNone, true);
  EXPECT_FALSE(extensions.has(HeaderExtension::kTransportCc));
  EXPECT_FALSE(extensions.has(HeaderExtension::kAbsSendTime));
  EXPECT_EQ(write(SendStamp::kTransportCc, true).transport_sequence_number(buffer), 0);
}

// A structure of a dependency descriptor needs the two-byte form.
TEST_F(SendStampTest, ThePlaceIsFoundInTheTwoByteForm) {
  buffer = {0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0x10, 0, 0, 1, 5, 2, 0xAA, 0xAA};
  EXPECT_EQ(first_element_at(buffer.data(), 5), 18U);
  EXPECT_EQ(first_element_at(buffer.data(), 6), 0U);
  buffer[0] = 0x80;
  EXPECT_EQ(first_element_at(buffer.data(), 5), 0U);
}

}  // namespace
}  // namespace penstock
