// The answers of the lite agent, for every kind of wrong request.
#include "dataplane/stun/responder.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <vector>

#include "dataplane/stun/integrity.h"
#include "dataplane/stun/writer.h"
#include "tests/unit/stun/vectors.h"

namespace penstock::stun {
namespace {

constexpr std::string_view kOurPassword = "our-password-22-chars!";
constexpr TransactionId kRequestId = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

IceCredentials credentials(std::string_view local = "ours", std::string_view remote = "theirs",
                           std::string_view password = kOurPassword) {
  IceCredentials result;
  EXPECT_TRUE(result.local_ufrag.assign(local));
  EXPECT_TRUE(result.local_pwd.assign(password));
  EXPECT_TRUE(result.remote_ufrag.assign(remote));
  return result;
}

class StunResponder : public ::testing::Test {
 protected:
  BindingVerdict give(std::span<const std::uint8_t> request) {
    answer_.fill(0xEE);
    MessageView message;
    if (const DropReason reason = parse_message(request, message); reason != DropReason::kNone)
      return {.drop = reason};
    return answer_binding_request(message, credentials_, source_, answer_);
  }

  // Writes a request attribute by attribute and gives it.
  BindingVerdict give(const std::function<void(MessageWriter&)>& write,
                      MessageClass message_class = MessageClass::kRequest) {
    MessageWriter writer(request_, message_class, kRequestId);
    write(writer);
    request_bytes_ = writer.finish();
    return give(std::span(request_).first(request_bytes_));
  }

  BindingVerdict give(const BindingRequest& request) {
    request_bytes_ = write_binding_request(request, request_);
    return give(std::span(request_).first(request_bytes_));
  }

  static BindingRequest valid_request() {
    BindingRequest request;
    request.transaction_id = kRequestId;
    request.username = "ours:theirs";
    request.password = kOurPassword;
    request.priority = 0x6E0001FF;
    request.ice_controlling = 7;
    return request;
  }

  MessageView answer(const BindingVerdict& verdict) {
    MessageView message;
    EXPECT_EQ(parse_message(std::span(answer_).first(verdict.bytes), message), DropReason::kNone);
    EXPECT_EQ(message.transaction_id, kRequestId);
    EXPECT_TRUE(message.has_fingerprint);
    EXPECT_TRUE(verify_integrity(message, kOurPassword));
    EXPECT_FALSE(message.username);
    return message;
  }

  void expect_silence(const BindingVerdict& verdict, DropReason reason, const char* what = "") {
    EXPECT_EQ(to_label(verdict.drop), to_label(reason)) << what;
    EXPECT_EQ(verdict.bytes, 0U) << what;
    EXPECT_FALSE(verdict.authenticated) << what;
    EXPECT_FALSE(verdict.nominates) << what;
    EXPECT_EQ(verdict.priority, 0U) << what;
    for (const std::uint8_t byte : answer_) ASSERT_EQ(byte, 0xEE) << what;
  }

  IceCredentials credentials_ = credentials();
  SocketAddress source_{IpAddress::from_v4({203, 0, 113, 7}), 50'000};
  std::array<std::uint8_t, 1'500> request_{};
  std::size_t request_bytes_ = 0;
  std::array<std::uint8_t, kAnswerBytesMax> answer_{};
};

TEST_F(StunResponder, AnswersAValidCheckWithTheAddressItCameFrom) {
  const BindingVerdict verdict = give(valid_request());
  EXPECT_EQ(verdict.drop, DropReason::kNone);
  EXPECT_TRUE(verdict.authenticated);
  EXPECT_FALSE(verdict.nominates);
  EXPECT_EQ(verdict.priority, 0x6E0001FFU);
  const MessageView message = answer(verdict);
  EXPECT_EQ(message.message_class, MessageClass::kSuccessResponse);
  EXPECT_EQ(message.xor_mapped_address, source_);
  EXPECT_LE(verdict.bytes, request_bytes_);
}

TEST_F(StunResponder, AnswersOverIpv6) {
  source_ = {parse_ip_address("2001:db8::7").value(), 50'000};
  EXPECT_EQ(answer(give(valid_request())).xor_mapped_address, source_);
}

TEST_F(StunResponder, SaysWhetherTheCheckNominates) {
  BindingRequest request = valid_request();
  request.use_candidate = true;
  request.nomination = 5;
  const BindingVerdict verdict = give(request);
  EXPECT_TRUE(verdict.nominates);
  EXPECT_EQ(verdict.nomination, 5U);
}

TEST_F(StunResponder, AnswersARepeatedCheckTheSame) {
  const BindingVerdict first = give(valid_request());
  const auto first_answer = answer_;
  const BindingVerdict second = give(valid_request());
  EXPECT_EQ(first.bytes, second.bytes);
  EXPECT_EQ(first_answer, answer_);
}

TEST_F(StunResponder, AnswersBeforeThePeersUfragIsKnown) {
  credentials_ = credentials("ours", "");
  EXPECT_TRUE(give(valid_request()).authenticated);
}

TEST_F(StunResponder, AnswersAConsentCheckWithoutPriority) {
  const BindingVerdict verdict = give([](MessageWriter& writer) {
    writer.add_text(kAttributeUsername, "ours:theirs");
    writer.add_message_integrity(kOurPassword);
    writer.add_fingerprint();
  });
  EXPECT_TRUE(verdict.authenticated);
  EXPECT_EQ(verdict.priority, 0U);
}

TEST_F(StunResponder, IsSilentForUnknownUsers) {
  for (const char* user : {"", ":", "ours", "ours:", ":theirs", "other:theirs", "ours:other",
                           "theirs:ours", "our:theirs", "ourss:theirs",
                           "ours:theirs:", "ours:their", "OURS:theirs", "ours :theirs"}) {
    BindingRequest request = valid_request();
    request.username = user;
    request.use_candidate = true;
    expect_silence(give(request), DropReason::kStunUnauthenticated, user);
  }
}

TEST_F(StunResponder, IsSilentForOldCredentialsAfterARestart) {
  credentials_ = credentials("fresh", "anew", "a-new-password-22-char");
  expect_silence(give(valid_request()), DropReason::kStunUnauthenticated);
}

TEST_F(StunResponder, IsSilentForAWrongPassword) {
  for (const char* password : {"", "our-password-22-chars?", "theirs", "our-password-22-chars"}) {
    BindingRequest request = valid_request();
    request.password = password;
    expect_silence(give(request), DropReason::kStunUnauthenticated, password);
  }
}

TEST_F(StunResponder, TrustsNobodyWithoutAPasswordOfItsOwn) {
  credentials_ = credentials("ours", "theirs", "");
  BindingRequest request = valid_request();
  request.password = "";
  expect_silence(give(request), DropReason::kStunUnauthenticated);
}

TEST_F(StunResponder, IsSilentWithoutUserOrIntegrity) {
  expect_silence(give([](MessageWriter& writer) { writer.add_fingerprint(); }),
                 DropReason::kStunUnauthenticated, "neither");
  expect_silence(give([](MessageWriter& writer) {
                   writer.add_text(kAttributeUsername, "ours:theirs");
                   writer.add_fingerprint();
                 }),
                 DropReason::kStunUnauthenticated, "no integrity");
  expect_silence(give([](MessageWriter& writer) {
                   writer.add_message_integrity(kOurPassword);
                   writer.add_fingerprint();
                 }),
                 DropReason::kStunUnauthenticated, "no user");
  expect_silence(give([](MessageWriter& writer) {
                   writer.add_message_integrity(kOurPassword);
                   writer.add_text(kAttributeUsername, "ours:theirs");
                   writer.add_fingerprint();
                 }),
                 DropReason::kStunUnauthenticated, "user not covered by integrity");
  expect_silence(give([](MessageWriter& writer) {
                   writer.add_text(kAttributeUsername, "ours:theirs");
                   writer.add_bytes(kAttributeMessageIntegritySha256,
                                    std::vector<std::uint8_t>(32));
                   writer.add_fingerprint();
                 }),
                 DropReason::kStunUnauthenticated, "SHA-256 only");
}

TEST_F(StunResponder, IsSilentWithoutOrWithAWrongFingerprint) {
  expect_silence(give([](MessageWriter& writer) {
                   writer.add_text(kAttributeUsername, "ours:theirs");
                   writer.add_message_integrity(kOurPassword);
                 }),
                 DropReason::kStunInvalid, "none");
  give(valid_request());
  request_[request_bytes_ - 1] ^= 1;
  expect_silence(give(std::span(request_).first(request_bytes_)), DropReason::kStunInvalid,
                 "wrong");
}

TEST_F(StunResponder, TakesNoFlagThatIntegrityDoesNotCover) {
  const BindingVerdict verdict = give([](MessageWriter& writer) {
    writer.add_text(kAttributeUsername, "ours:theirs");
    writer.add_u32(kAttributePriority, 1);
    writer.add_message_integrity(kOurPassword);
    writer.add_flag(kAttributeUseCandidate);
    writer.add_u32(kAttributePriority, 2);
    writer.add_fingerprint();
  });
  EXPECT_TRUE(verdict.authenticated);
  EXPECT_FALSE(verdict.nominates);
  EXPECT_EQ(verdict.priority, 1U);
}

TEST_F(StunResponder, NamesTheAttributesItDoesNotKnow) {
  const BindingVerdict verdict = give([](MessageWriter& writer) {
    writer.add_text(kAttributeUsername, "ours:theirs");
    writer.add_flag(kAttributeUseCandidate);
    for (std::uint16_t type = 0x7F00; type < 0x7F10; ++type) writer.add_u32(type, 1);
    writer.add_message_integrity(kOurPassword);
    writer.add_fingerprint();
  });
  EXPECT_EQ(verdict.drop, DropReason::kNone);
  EXPECT_FALSE(verdict.authenticated);
  EXPECT_FALSE(verdict.nominates);
  EXPECT_LE(verdict.bytes, request_bytes_);
  const MessageView message = answer(verdict);
  EXPECT_EQ(message.message_class, MessageClass::kErrorResponse);
  EXPECT_EQ(message.error_code, kErrorUnknownAttribute);
}

TEST_F(StunResponder, DoesNotTellStrangersWhichAttributesItKnows) {
  expect_silence(give([](MessageWriter& writer) {
                   writer.add_text(kAttributeUsername, "ours:theirs");
                   writer.add_u32(0x7F00, 1);
                   writer.add_message_integrity("wrong");
                   writer.add_fingerprint();
                 }),
                 DropReason::kStunUnauthenticated);
}

TEST_F(StunResponder, KeepsItsRole) {
  BindingRequest request = valid_request();
  request.ice_controlling.reset();
  request.ice_controlled = 1;
  request.use_candidate = true;
  const BindingVerdict verdict = give(request);
  EXPECT_FALSE(verdict.authenticated);
  EXPECT_FALSE(verdict.nominates);
  EXPECT_EQ(answer(verdict).error_code, kErrorRoleConflict);
}

TEST_F(StunResponder, IgnoresIndicationsAndResponses) {
  for (const MessageClass message_class :
       {MessageClass::kIndication, MessageClass::kSuccessResponse, MessageClass::kErrorResponse}) {
    expect_silence(give(
                       [](MessageWriter& writer) {
                         writer.add_text(kAttributeUsername, "ours:theirs");
                         writer.add_message_integrity(kOurPassword);
                         writer.add_fingerprint();
                       },
                       message_class),
                   DropReason::kStunIgnored);
  }
}

TEST_F(StunResponder, IgnoresOwnAnswersSentBack) {
  const BindingVerdict verdict = give(valid_request());
  const std::vector<std::uint8_t> reflected(
      answer_.begin(), answer_.begin() + static_cast<std::ptrdiff_t>(verdict.bytes));
  expect_silence(give(reflected), DropReason::kStunIgnored);
}

TEST_F(StunResponder, SpeaksBindingOnly) {
  MessageWriter writer(request_, MessageClass::kRequest, kRequestId);
  store_be16(request_.data(), 0x0003);  // Allocate
  writer.add_text(kAttributeUsername, "ours:theirs");
  writer.add_message_integrity(kOurPassword);
  writer.add_fingerprint();
  expect_silence(give(std::span(request_).first(writer.finish())), DropReason::kStunInvalid);
}

TEST_F(StunResponder, RefusesEveryFlippedBit) {
  BindingRequest request = valid_request();
  request.use_candidate = true;
  ASSERT_TRUE(give(request).authenticated);
  for (std::size_t at = 0; at < request_bytes_; ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      request_[at] = static_cast<std::uint8_t>(request_[at] ^ (1U << bit));
      const BindingVerdict verdict = give(std::span(request_).first(request_bytes_));
      EXPECT_NE(verdict.drop, DropReason::kNone) << at << " " << bit;
      EXPECT_EQ(verdict.bytes, 0U);
      EXPECT_FALSE(verdict.authenticated);
      request_[at] = static_cast<std::uint8_t>(request_[at] ^ (1U << bit));
    }
  }
}

TEST_F(StunResponder, NeverReflectsASpoofedRequestOfAnySize) {
  expect_silence(give([](MessageWriter&) {}), DropReason::kStunInvalid, "20 bytes");
  expect_silence(give([](MessageWriter& writer) {
                   writer.add_bytes(0x8022, std::vector<std::uint8_t>(1'440));
                   writer.add_fingerprint();
                 }),
                 DropReason::kStunUnauthenticated, "1,472 bytes");
}

TEST_F(StunResponder, RefusesTheVectorsOfOthers) {
  expect_silence(give(test::rfc5769_request()), DropReason::kStunUnauthenticated);
  expect_silence(give(test::rfc8489_sha256_request()), DropReason::kStunInvalid);
}

}  // namespace
}  // namespace penstock::stun
