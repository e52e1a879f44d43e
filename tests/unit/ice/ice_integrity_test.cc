// Only authenticated checks change anything, before and after nomination.
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "dataplane/stun/attribute.h"
#include "tests/unit/ice/ice_test_peer.h"

namespace penstock {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr stun::TransactionId kTransactionId = {9, 9, 9};

// A request written attribute by attribute.
Bytes write_request(const std::function<void(stun::MessageWriter&)>& write_attributes) {
  Bytes bytes(512);
  stun::MessageWriter writer(bytes, stun::MessageClass::kRequest, kTransactionId);
  write_attributes(writer);
  bytes.resize(writer.finish());
  return bytes;
}

stun::BindingRequest request_to(std::string_view username, std::string_view password) {
  stun::BindingRequest request;
  request.transaction_id = kTransactionId;
  request.username = username;
  request.password = password;
  request.priority = kHighPriority;
  request.use_candidate = true;
  request.ice_controlling = 42;
  return request;
}

// Every way to be wrong that A4 lists; each would nominate if it were believed.
std::map<std::string, Bytes> bad_requests(const IceCredentials& credentials) {
  const std::string ufrag(credentials.local_ufrag.view());
  const std::string pwd(credentials.local_pwd.view());
  const std::string username = ufrag + ":peer";
  const auto add_rest = [](stun::MessageWriter& writer) {
    writer.add_u32(stun::kAttributePriority, kHighPriority);
    writer.add_u64(stun::kAttributeIceControlling, 42);
    writer.add_flag(stun::kAttributeUseCandidate);
  };
  std::map<std::string, Bytes> requests;
  requests["no username"] = write_request([&](auto& writer) {
    add_rest(writer);
    writer.add_message_integrity(pwd);
    writer.add_fingerprint();
  });
  requests["no integrity"] = write_request([&](auto& writer) {
    writer.add_text(stun::kAttributeUsername, username);
    add_rest(writer);
    writer.add_fingerprint();
  });
  requests["SHA-256 integrity only"] = write_request([&](auto& writer) {
    writer.add_text(stun::kAttributeUsername, username);
    add_rest(writer);
    writer.add_bytes(stun::kAttributeMessageIntegritySha256, Bytes(32, 0x5A));
    writer.add_fingerprint();
  });
  requests["no fingerprint"] = write_request([&](auto& writer) {
    writer.add_text(stun::kAttributeUsername, username);
    add_rest(writer);
    writer.add_message_integrity(pwd);
  });
  requests["another local ufrag"] = make_request(request_to("otherone:peer", pwd));
  requests["another remote ufrag"] = make_request(request_to(ufrag + ":other", pwd));
  requests["ufrags swapped"] = make_request(request_to("peer:" + ufrag, pwd));
  requests["another pwd"] = make_request(request_to(username, pwd + "x"));
  requests["empty pwd"] = make_request(request_to(username, ""));
  Bytes wrong_crc = make_request(request_to(username, pwd));
  wrong_crc.back() ^= 1;
  requests["wrong fingerprint"] = wrong_crc;
  return requests;
}

class IceIntegrityTest : public IceAgentTest {
 protected:
  void SetUp() override { ASSERT_TRUE(agent_.set_remote_ufrag("peer")); }

  void expect_no_effect() {
    const auto selected = agent_.selected_pair();
    const std::size_t pairs = agent_.pair_count();
    const Timestamp timeout = agent_.next_timeout();
    for (const auto& [name, request] : bad_requests(credentials_)) {
      for (const std::uint16_t port : {std::uint16_t{5'000}, std::uint16_t{6'666}}) {
        EXPECT_EQ(deliver(agent_, 10 * kSecond, pair_from_port(port), request), 0U) << name;
      }
      EXPECT_EQ(agent_.selected_pair(), selected) << name;
      EXPECT_EQ(agent_.pair_count(), pairs) << name;
      EXPECT_EQ(agent_.next_timeout(), timeout) << name << ": consent is not refreshed";
      EXPECT_TRUE(take_events(agent_).empty()) << name;
    }
  }
};

TEST_F(IceIntegrityTest, BadRequestsHaveNoEffectBeforeNomination) {
  expect_no_effect();
  // The session is still there for the real peer.
  EXPECT_GT(nominate(10 * kSecond, 5'000), 0U);
  EXPECT_EQ(selected_port(), 5'000);
}

TEST_F(IceIntegrityTest, BadRequestsHaveNoEffectAfterNomination) {
  nominate(0, 5'000);
  take_events(agent_);
  expect_no_effect();
  EXPECT_GT(check(10 * kSecond, 5'000), 0U);
}

TEST_F(IceIntegrityTest, EveryFlippedBitIsNoticed) {
  const Bytes good = Check{.credentials = credentials_, .use_candidate = true}.bytes();
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes flipped = good;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_EQ(deliver(agent_, 0, pair_from_port(5'000), flipped), 0U) << bit;
  }
  EXPECT_EQ(agent_.pair_count(), 0U);
  EXPECT_GT(deliver(agent_, 0, pair_from_port(5'000), good), 0U);
}

TEST_F(IceIntegrityTest, IndicationsAndAnswersAreNeverAnswered) {
  for (const auto message_class :
       {stun::MessageClass::kIndication, stun::MessageClass::kSuccessResponse,
        stun::MessageClass::kErrorResponse}) {
    Bytes bytes(512);
    stun::MessageWriter writer(bytes, message_class, kTransactionId);
    writer.add_text(stun::kAttributeUsername,
                    std::string(credentials_.local_ufrag.view()) + ":peer");
    writer.add_message_integrity(credentials_.local_pwd.view());
    writer.add_fingerprint();
    bytes.resize(writer.finish());
    EXPECT_EQ(deliver(agent_, 0, pair_from_port(5'000), bytes), 0U);
  }
  EXPECT_EQ(agent_.pair_count(), 0U);
}

TEST_F(IceIntegrityTest, ACheckThatClaimsTheControlledRoleChangesNothing) {
  const std::string username = std::string(credentials_.local_ufrag.view()) + ":peer";
  stun::BindingRequest request = request_to(username, credentials_.local_pwd.view());
  request.ice_controlling.reset();
  request.ice_controlled = 42;
  EXPECT_GT(deliver(agent_, 0, pair_from_port(5'000), make_request(request)), 0U) << "487";
  EXPECT_EQ(agent_.pair_count(), 0U);
  EXPECT_FALSE(agent_.selected_pair().has_value());
}

TEST(IceEarlyCheck, IsAnsweredBeforeThePeersDescriptionIsKnown) {
  SeededRandom random(1);
  const IceCredentials credentials = generate_ice_credentials(random);
  IceLiteAgent agent(credentials, {}, 0);
  EXPECT_GT(deliver(agent, 0, pair_from_port(5'000), Check{.credentials = credentials}.bytes()),
            0U);
  EXPECT_TRUE(agent.set_remote_ufrag("another"));
  EXPECT_EQ(deliver(agent, 0, pair_from_port(5'000), Check{.credentials = credentials}.bytes()),
            0U);
  EXPECT_FALSE(agent.set_remote_ufrag(std::string(kIceUfragBytesMax + 1, 'x')));
}

}  // namespace
}  // namespace penstock
