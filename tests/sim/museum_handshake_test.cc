// Goal: a connection that does not come about ends by itself, with a hangup that says why, and
// leaves nothing: ICE that never comes or never nominates, DTLS that never comes, is cut off or
// garbled in any flight, another certificate than the one described, and a client that vanishes
// after any one message. Method: every datagram of a client's connection is counted; what may pass
// depends on its number. The signalling stays up, so that only the connection is to blame.
#include <gtest/gtest.h>

#include "dataplane/rtp/demux.h"
#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

using Datagram = std::span<std::uint8_t>;

bool is_dtls(Datagram bytes) { return classify_datagram(bytes) == DatagramKind::kDtls; }

// Changes the last byte of each DTLS datagram from the `first` on: of a record's tag, or of the
// handshake message while there is none.
std::function<bool(Datagram)> garble_from(std::size_t first) {
  return [first, count = std::size_t{0}](Datagram bytes) mutable {
    if (is_dtls(bytes) && count++ >= first) bytes.back() ^= 0x5A;
    return true;
  };
}

enum Role : std::uint8_t { kPublisher, kSubscriber };

class Handshake : public testing::TestWithParam<Role> {
 protected:
  void SetUp() override {
    talker_.publish();
    sim_.run_for(kSecond);
    before_ = sim_.server().census();
  }

  // Somebody joins and connects, in the role that is tested.
  Person& connect(const test::ClientConfig& config, std::function<void(SimClient&)> prepare) {
    Person& person = sim_.join(kRoom, "person" + std::to_string(sim_.people().size()));
    person.set_client(config, std::move(prepare));
    sim_.run_for(200 * kMillisecond);
    GetParam() == kPublisher ? person.publish() : person.subscribe_to(talker_);
    sim_.run_for(kSecond);
    return person;
  }
  const SimClient& connection_of(const Person& person) const {
    return GetParam() == kPublisher ? *person.publisher() : *person.subscriber();
  }
  // It has ended for this reason, and with the person goes all that it had.
  void expect_ended(Person& person, std::string_view reason) {
    const SimClient& client = connection_of(person);
    EXPECT_EQ(client.closed_reason, reason);
    EXPECT_EQ(person.events("hangup"), 1U);
    EXPECT_EQ(sim_.server().media().counts().peers, 1U);
    EXPECT_EQ(sim_.server().media().counts().handshakes_in_flight, 0U);
    person.leave();
    sim_.run_for(200 * kMillisecond);
    expect_census(sim_, before_);
  }

  Simulation sim_{{.seed = 351, .workers = 2, .room_peers_per_worker_max = 1}};
  Person& talker_ = sim_.join(kRoom, "talker");
  Census before_;
};

TEST_P(Handshake, IceNeverComes) {
  Person& person =
      connect({}, [](SimClient& client) { client.filter_up = [](Datagram) { return false; }; });
  sim_.run_for(28 * kSecond);
  EXPECT_EQ(connection_of(person).closed_reason, "");
  sim_.run_for(3 * kSecond);
  expect_ended(person, "ICE failed");
}

TEST_P(Handshake, IceNeverNominates) {
  test::ClientConfig config;
  config.nominates = false;
  Person& person = connect(config, {});
  sim_.run_for(31 * kSecond);
  expect_ended(person, "ICE failed");
}

TEST_P(Handshake, DtlsNeverComesThoughChecksGoOn) {
  Person& person = connect({}, [](SimClient& client) {
    client.filter_up = [](Datagram bytes) { return !is_dtls(bytes); };
  });
  sim_.run_for(31 * kSecond);
  expect_ended(person, "DTLS timeout");
}

TEST_P(Handshake, AnotherCertificateThanTheOneDescribed) {
  test::ClientConfig config;
  config.fingerprint_override = "sha-256 00";
  for (int i = 1; i < 32; ++i) config.fingerprint_override += ":11";
  Person& person = connect(config, {});
  expect_ended(person, "DTLS error");
  EXPECT_EQ(sim_.drops(DropReason::kSrtpAuthFailed), 0U);
}

// After any number of datagrams, both directions counted together, nothing passes any more.
TEST_P(Handshake, TheClientVanishesAfterAnyOneMessage) {
  constexpr std::size_t kFarBeyond = 64;
  std::size_t established_after = 0;
  for (std::size_t last = 0; last < kFarBeyond; ++last) {
    SCOPED_TRACE(testing::Message() << "after " << last << " datagrams");
    Person& person = connect({}, [last](SimClient& client) {
      auto counter = std::make_shared<std::size_t>(0);
      client.filter_up =
          client.filter_down = [counter, last](Datagram) { return ++*counter <= last; };
    });
    sim_.run_for(32 * kSecond);
    const bool was_up = connection_of(person).was_connected;
    EXPECT_NE(connection_of(person).closed_reason, "");
    expect_ended(person, connection_of(person).closed_reason);
    if (HasFailure()) return;
    if (was_up && established_after == 0) established_after = last;
    if (was_up && last > established_after + 4) return;  // media: presence_test has that
  }
  FAIL() << "never established";
}

// From the n-th DTLS datagram of one side on, every one arrives with a wrong byte.
TEST_P(Handshake, IsGarbledFromAnyFlightOn) {
  for (const bool is_up : {true, false}) {
    std::size_t established = 0;
    for (std::size_t first = 0; established == 0 && first < 16; ++first) {
      SCOPED_TRACE(testing::Message() << (is_up ? "up" : "down") << ", from the " << first << "th");
      Person& person = connect({}, [first, is_up](SimClient& client) {
        (is_up ? client.filter_up : client.filter_down) = garble_from(first);
      });
      sim_.run_for(32 * kSecond);
      if (connection_of(person).was_connected && connection_of(person).closed_reason.empty()) {
        ++established;  // the handshake was over before
        person.leave();
        sim_.run_for(200 * kMillisecond);
        expect_census(sim_, before_);
        continue;
      }
      expect_ended(person, connection_of(person).closed_reason);
      if (HasFailure()) return;
    }
    EXPECT_EQ(established, 1U) << (is_up ? "up" : "down");
  }
}

INSTANTIATE_TEST_SUITE_P(BothRoles, Handshake, testing::Values(kPublisher, kSubscriber),
                         [](const auto& test) {
                           return test.param == kPublisher ? "Publisher" : "Subscriber";
                         });

}  // namespace
}  // namespace penstock::sim
