#include "dataplane/stun/writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "dataplane/base/endian.h"
#include "dataplane/stun/integrity.h"

namespace penstock::stun {
namespace {

constexpr std::string_view kWriterPassword = "a-password-of-22-chars";
constexpr TransactionId kWriterId = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

std::vector<std::uint16_t> attribute_types(std::span<const std::uint8_t> message) {
  std::vector<std::uint16_t> types;
  for (std::size_t at = 20; at < message.size();) {
    types.push_back(load_be16(&message[at]));
    at += 4 + (load_be16(&message[at + 2]) + 3U) / 4 * 4;
  }
  return types;
}

TEST(StunWriter, WritesARequestThatIsReadBack) {
  std::array<std::uint8_t, 256> buffer;
  const BindingRequest request{.transaction_id = kWriterId,
                               .username = "server:client",
                               .password = kWriterPassword,
                               .priority = 12345,
                               .use_candidate = true,
                               .ice_controlling = 99,
                               .ice_controlled = std::nullopt,
                               .nomination = 3};
  const std::size_t size = write_binding_request(request, buffer);
  ASSERT_GT(size, 0U);
  MessageView message;
  ASSERT_EQ(parse_message(std::span(buffer).first(size), message), DropReason::kNone);
  EXPECT_EQ(message.message_class, MessageClass::kRequest);
  EXPECT_EQ(message.method, kMethodBinding);
  EXPECT_EQ(message.transaction_id, kWriterId);
  EXPECT_EQ(message.username, "server:client");
  EXPECT_EQ(message.priority, 12345U);
  EXPECT_TRUE(message.use_candidate);
  EXPECT_EQ(message.ice_controlling, 99U);
  EXPECT_FALSE(message.ice_controlled);
  EXPECT_EQ(message.nomination, 3U);
  EXPECT_TRUE(message.has_fingerprint);
  EXPECT_TRUE(verify_integrity(message, kWriterPassword));
}

TEST(StunWriter, WritesASuccessWithThreeAttributesAndNothingElse) {
  for (const char* text : {"203.0.113.7", "2001:db8::7"}) {
    const SocketAddress mapped{parse_ip_address(text).value(), 50'000};
    std::array<std::uint8_t, 256> buffer;
    const std::size_t size = write_binding_success(kWriterId, mapped, kWriterPassword, buffer);
    const auto bytes = std::span(buffer).first(size);
    EXPECT_EQ(attribute_types(bytes),
              (std::vector<std::uint16_t>{kAttributeXorMappedAddress, kAttributeMessageIntegrity,
                                          kAttributeFingerprint}));
    MessageView message;
    ASSERT_EQ(parse_message(bytes, message), DropReason::kNone);
    EXPECT_EQ(message.message_class, MessageClass::kSuccessResponse);
    EXPECT_EQ(message.xor_mapped_address, mapped);
    EXPECT_TRUE(verify_integrity(message, kWriterPassword));
  }
}

TEST(StunWriter, WritesErrors) {
  const std::array<std::uint16_t, 3> unknown = {0x7F00, 0x7F01, 0x7F02};
  for (const std::uint16_t code :
       {kErrorBadRequest, kErrorUnauthenticated, kErrorUnknownAttribute, kErrorRoleConflict}) {
    std::array<std::uint8_t, 256> buffer;
    BindingError error{.code = code, .unknown_attributes = unknown, .password = std::nullopt};
    std::size_t size = write_binding_error(kWriterId, error, buffer);
    MessageView message;
    ASSERT_EQ(parse_message(std::span(buffer).first(size), message), DropReason::kNone);
    EXPECT_EQ(message.message_class, MessageClass::kErrorResponse);
    EXPECT_EQ(message.error_code, code);
    EXPECT_FALSE(message.error_reason.empty());
    EXPECT_EQ(message.message_integrity_offset, 0);
    const auto types = attribute_types(message.bytes);
    EXPECT_EQ(std::count(types.begin(), types.end(), kAttributeUnknownAttributes),
              code == 420 ? 1 : 0);
    error.password = kWriterPassword;
    size = write_binding_error(kWriterId, error, buffer);
    ASSERT_EQ(parse_message(std::span(buffer).first(size), message), DropReason::kNone);
    EXPECT_TRUE(verify_integrity(message, kWriterPassword));
  }
}

TEST(StunWriter, ListsUnknownAttributes) {
  const std::array<std::uint16_t, 3> unknown = {0x7F00, 0x7F01, 0x7F02};
  std::array<std::uint8_t, 256> buffer;
  const std::size_t size = write_binding_error(
      kWriterId, {.code = 420, .unknown_attributes = unknown, .password = std::nullopt}, buffer);
  const std::size_t at = size - 8 - 12;  // before FINGERPRINT
  EXPECT_EQ(load_be16(&buffer[at]), kAttributeUnknownAttributes);
  EXPECT_EQ(load_be16(&buffer[at + 2]), 6);
  EXPECT_EQ(load_be16(&buffer[at + 8]), 0x7F02);
  EXPECT_EQ(load_be16(&buffer[at + 10]), 0);  // padding
}

TEST(StunWriter, WritesNothingThatDoesNotFit) {
  std::array<std::uint8_t, 256> buffer;
  const BindingRequest request{.transaction_id = kWriterId,
                               .username = "server:client",
                               .password = kWriterPassword,
                               .ice_controlling = std::nullopt,
                               .ice_controlled = std::nullopt,
                               .nomination = std::nullopt};
  const std::size_t needed = write_binding_request(request, buffer);
  for (std::size_t size = 0; size < needed; ++size) {
    std::vector<std::uint8_t> small(size + 1, 0xEE);
    EXPECT_EQ(write_binding_request(request, std::span(small).first(size)), 0U) << size;
    EXPECT_EQ(small[size], 0xEE);
  }
  EXPECT_EQ(write_binding_request(request, std::span(buffer).first(needed)), needed);
}

}  // namespace
}  // namespace penstock::stun
