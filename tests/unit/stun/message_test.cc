#include "dataplane/stun/message.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "dataplane/stun/integrity.h"
#include "dataplane/stun/writer.h"
#include "tests/unit/stun/vectors.h"

namespace penstock::stun {
namespace {

constexpr std::string_view kMessagePassword = "a-password-of-22-chars";

// A message under construction, with a buffer of its own.
struct Draft {
  std::vector<std::uint8_t> buffer = std::vector<std::uint8_t>(1'500);
  MessageWriter writer;

  explicit Draft(MessageClass message_class = MessageClass::kRequest)
      : writer(buffer, message_class, {1, 2, 3}) {}

  std::vector<std::uint8_t> bytes() const {
    return {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(writer.finish())};
  }
  // Parses what was written; the view borrows `parsed_bytes`.
  MessageView parse() {
    parsed_bytes = bytes();
    MessageView message;
    EXPECT_EQ(parse_message(parsed_bytes, message), DropReason::kNone);
    return message;
  }
  std::vector<std::uint8_t> parsed_bytes;
};

TEST(StunMessage, ReadsEveryIceAttribute) {
  Draft draft;
  draft.writer.add_text(kAttributeUsername, "a:b");
  draft.writer.add_u32(kAttributePriority, 7);
  draft.writer.add_u64(kAttributeIceControlling, 0x0102030405060708);
  draft.writer.add_flag(kAttributeUseCandidate);
  draft.writer.add_u32(kAttributeNomination, 9);
  const MessageView message = draft.parse();
  EXPECT_EQ(message.username, "a:b");
  EXPECT_EQ(message.priority, 7U);
  EXPECT_EQ(message.ice_controlling, 0x0102030405060708U);
  EXPECT_TRUE(message.use_candidate);
  EXPECT_EQ(message.nomination, 9U);
  EXPECT_EQ(message.message_integrity_offset, 0);
  EXPECT_FALSE(message.has_fingerprint);
}

TEST(StunMessage, ReadsClassAndMethodFromTheirScatteredBits) {
  for (unsigned type = 0; type < 0x4000; ++type) {
    std::vector<std::uint8_t> bytes(20, 0);
    store_be16(bytes.data(), static_cast<std::uint16_t>(type));
    store_be32(&bytes[4], kMagicCookie);
    MessageView message;
    ASSERT_EQ(parse_message(bytes, message), DropReason::kNone);
    unsigned method = 0;  // all bits but 4 and 8, closed up
    unsigned to = 0;
    for (unsigned bit = 0; bit < 14; ++bit)
      if (bit != 4 && bit != 8) method |= ((type >> bit) & 1U) << to++;
    ASSERT_EQ(message.method, method);
    ASSERT_EQ(static_cast<unsigned>(message.message_class),
              ((type >> 4) & 1U) | ((type >> 7) & 2U));
  }
}

TEST(StunMessage, ReadsAnErrorResponse) {
  Draft draft(MessageClass::kErrorResponse);
  draft.writer.add_error_code(487, "Role Conflict");
  const MessageView message = draft.parse();
  EXPECT_EQ(message.message_class, MessageClass::kErrorResponse);
  EXPECT_EQ(message.error_code, 487);
  EXPECT_EQ(message.error_reason, "Role Conflict");
}

TEST(StunMessage, TakesTheFirstOfRepeatedAttributes) {
  Draft draft;
  draft.writer.add_text(kAttributeUsername, "first:one");
  draft.writer.add_text(kAttributeUsername, "second:one");
  draft.writer.add_u32(kAttributePriority, 1);
  draft.writer.add_u32(kAttributePriority, 2);
  draft.writer.add_u64(kAttributeIceControlling, 1);
  draft.writer.add_u64(kAttributeIceControlling, 2);
  draft.writer.add_xor_mapped_address({IpAddress::from_v4({192, 0, 2, 1}), 1});
  draft.writer.add_xor_mapped_address({IpAddress::from_v4({192, 0, 2, 2}), 2});
  draft.writer.add_error_code(400, "first");
  draft.writer.add_error_code(401, "second");
  const MessageView message = draft.parse();
  EXPECT_EQ(message.username, "first:one");
  EXPECT_EQ(message.priority, 1U);
  EXPECT_EQ(message.ice_controlling, 1U);
  EXPECT_EQ(message.xor_mapped_address, (SocketAddress{IpAddress::from_v4({192, 0, 2, 1}), 1}));
  EXPECT_EQ(message.error_code, 400);
  EXPECT_EQ(message.error_reason, "first");
}

TEST(StunMessage, IgnoresWhatIsBehindMessageIntegrity) {
  Draft draft;
  draft.writer.add_text(kAttributeUsername, "a:b");
  draft.writer.add_message_integrity(kMessagePassword);
  draft.writer.add_text(kAttributeUsername, "c:d");
  draft.writer.add_flag(kAttributeUseCandidate);
  draft.writer.add_u32(kAttributePriority, 5);
  draft.writer.add_u64(kAttributeIceControlled, 5);
  draft.writer.add_u32(0x7F01, 5);
  draft.writer.add_bytes(kAttributePriority, {});  // even malformed
  draft.writer.add_message_integrity("another password");
  draft.writer.add_fingerprint();
  const MessageView message = draft.parse();
  EXPECT_EQ(message.username, "a:b");
  EXPECT_FALSE(message.use_candidate);
  EXPECT_FALSE(message.priority);
  EXPECT_FALSE(message.ice_controlled);
  EXPECT_TRUE(message.unknown_required.empty());
  EXPECT_TRUE(message.has_fingerprint);
  EXPECT_TRUE(verify_integrity(message, kMessagePassword));
  EXPECT_FALSE(verify_integrity(message, "another password"));
}

TEST(StunMessage, IgnoresWhatIsBehindSha256Integrity) {
  Draft draft;
  draft.writer.add_bytes(kAttributeMessageIntegritySha256, std::vector<std::uint8_t>(32));
  draft.writer.add_text(kAttributeUsername, "a:b");
  draft.writer.add_message_integrity(kMessagePassword);
  const MessageView message = draft.parse();
  EXPECT_FALSE(message.username);
  EXPECT_EQ(message.message_integrity_offset, 0);
}

TEST(StunMessage, NamesUnknownRequiredAttributesOnceAndUpToItsLimit) {
  Draft draft;
  draft.writer.add_u32(0x8001, 0);  // comprehension-optional: ignored
  for (std::uint16_t type = 0x7F00; type < 0x7F20; ++type) {
    draft.writer.add_u32(type, 0);
    draft.writer.add_u32(type, 0);
  }
  const MessageView message = draft.parse();
  ASSERT_EQ(message.unknown_required.size(), kStunUnknownAttributesMax);
  EXPECT_EQ(message.unknown_required[0], 0x7F00);
  EXPECT_EQ(message.unknown_required[7], 0x7F07);
}

TEST(StunMessage, AcceptsAUsernameUpToItsLimit) {
  Draft longest;
  longest.writer.add_text(kAttributeUsername, std::string(kUsernameBytesMax, 'u'));
  EXPECT_EQ(longest.parse().username->size(), kUsernameBytesMax);
  Draft longer;
  longer.writer.add_text(kAttributeUsername, std::string(kUsernameBytesMax + 1, 'u'));
  MessageView message;
  EXPECT_EQ(parse_message(longer.bytes(), message), DropReason::kStunInvalid);
}

TEST(StunMessage, IsReadTheSameAtEveryAlignment) {
  const auto bytes = test::rfc5769_request();
  for (std::size_t offset = 0; offset < 8; ++offset) {
    std::vector<std::uint8_t> buffer(offset + bytes.size());
    std::memcpy(buffer.data() + offset, bytes.data(), bytes.size());
    MessageView message;
    ASSERT_EQ(parse_message(std::span(buffer).subspan(offset), message), DropReason::kNone);
    EXPECT_EQ(message.priority, 0x6E0001FFU);
    EXPECT_TRUE(verify_integrity(message, test::kVectorPassword));
  }
}

TEST(StunUsername, SplitsAtItsOneColon) {
  const auto parts = split_username("ours:theirs");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->local_ufrag, "ours");
  EXPECT_EQ(parts->remote_ufrag, "theirs");
  for (const char* bad : {"", ":", "ours", "ours:", ":theirs", "ours:theirs:", "a:b:c", "::"})
    EXPECT_FALSE(split_username(bad)) << bad;
}

}  // namespace
}  // namespace penstock::stun
