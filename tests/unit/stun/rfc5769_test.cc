// The published messages, read and, where we write such messages, written.
#include <gtest/gtest.h>

#include "dataplane/stun/integrity.h"
#include "dataplane/stun/message.h"
#include "dataplane/stun/writer.h"
#include "tests/unit/stun/vectors.h"

namespace penstock::stun {
namespace {

const TransactionId kTransactionId = {0xB7, 0xE7, 0xA7, 0x01, 0xBC, 0x34,
                                      0xD6, 0x86, 0xFA, 0x87, 0xDF, 0xAE};

TEST(Rfc5769, ReadsTheRequest) {
  const auto bytes = test::rfc5769_request();
  MessageView message;
  ASSERT_EQ(parse_message(bytes, message), DropReason::kNone);
  EXPECT_EQ(message.message_class, MessageClass::kRequest);
  EXPECT_EQ(message.method, kMethodBinding);
  EXPECT_EQ(message.transaction_id, kTransactionId);
  EXPECT_EQ(message.username, "evtj:h6vY");
  EXPECT_EQ(message.priority, 0x6E0001FFU);
  EXPECT_EQ(message.ice_controlled, 0x932FF9B151263B36U);
  EXPECT_EQ(message.ice_controlling, std::nullopt);
  EXPECT_FALSE(message.use_candidate);
  EXPECT_TRUE(message.has_fingerprint);
  EXPECT_TRUE(message.unknown_required.empty());
  EXPECT_TRUE(verify_integrity(message, test::kVectorPassword));
  EXPECT_FALSE(verify_integrity(message, "VOkJxbRl1RmTxUk/WvJxBT"));
}

void expect_response(const std::vector<std::uint8_t>& bytes, std::string_view mapped_ip) {
  MessageView message;
  ASSERT_EQ(parse_message(bytes, message), DropReason::kNone);
  EXPECT_EQ(message.message_class, MessageClass::kSuccessResponse);
  EXPECT_EQ(message.transaction_id, kTransactionId);
  ASSERT_TRUE(message.xor_mapped_address);
  EXPECT_EQ(*message.xor_mapped_address,
            (SocketAddress{parse_ip_address(mapped_ip).value(), 32853}));
  EXPECT_TRUE(message.has_fingerprint);
  EXPECT_TRUE(verify_integrity(message, test::kVectorPassword));
}

TEST(Rfc5769, ReadsTheIpv4Response) { expect_response(test::rfc5769_ipv4_response(), "192.0.2.1"); }

TEST(Rfc5769, ReadsTheIpv6Response) {
  expect_response(test::rfc5769_ipv6_response(), "2001:db8:1234:5678:11:2233:4455:6677");
}

TEST(Rfc5769, VerifiesTheLongTermRequest) {
  const auto bytes = test::rfc5769_long_term_request();
  MessageView message;
  ASSERT_EQ(parse_message(bytes, message), DropReason::kNone);
  EXPECT_EQ(message.username, "\u30DE\u30C8\u30EA\u30C3\u30AF\u30B9");
  EXPECT_FALSE(message.has_fingerprint);
  EXPECT_TRUE(verify_integrity(message, test::rfc5769_long_term_key()));
  EXPECT_FALSE(verify_integrity(message, test::kVectorPassword));
}

// The vectors pad with spaces, we with zeros: all but the padding, and what covers it, is equal.
TEST(Rfc5769, WritesTheIpv4ResponseButForItsPadding) {
  std::array<std::uint8_t, 128> buffer;
  MessageWriter writer(buffer, MessageClass::kSuccessResponse, kTransactionId);
  writer.add_text(kAttributeSoftware, "test vector");
  writer.add_xor_mapped_address({IpAddress::from_v4({192, 0, 2, 1}), 32853});
  const std::size_t covered_bytes = writer.finish();
  writer.add_message_integrity(test::kVectorPassword);
  writer.add_fingerprint();
  auto expected = test::rfc5769_ipv4_response();
  ASSERT_EQ(writer.finish(), expected.size());
  constexpr std::size_t kPaddingAt = 20 + 4 + 11;
  ASSERT_EQ(expected[kPaddingAt], ' ');
  expected[kPaddingAt] = 0;
  EXPECT_TRUE(std::equal(buffer.begin(),
                         buffer.begin() + static_cast<std::ptrdiff_t>(covered_bytes),
                         expected.begin()));
}

// Appendix B.1 uses what ICE never does: it is read, and none of it is taken for understood.
TEST(Rfc8489, ReadsTheRequestWithSha256) {
  const auto bytes = test::rfc8489_sha256_request();
  MessageView message;
  ASSERT_EQ(parse_message(bytes, message), DropReason::kNone);
  EXPECT_EQ(message.message_class, MessageClass::kRequest);
  EXPECT_FALSE(message.username);
  EXPECT_TRUE(message.has_message_integrity_sha256);
  EXPECT_EQ(message.message_integrity_offset, 0);
  ASSERT_EQ(message.unknown_required.size(), 2U);
  EXPECT_EQ(message.unknown_required[0], 0x001E);  // USERHASH
  EXPECT_EQ(message.unknown_required[1], 0x001D);  // PASSWORD-ALGORITHM
  EXPECT_FALSE(verify_integrity(message, "TheMatrIX"));
}

}  // namespace
}  // namespace penstock::stun
