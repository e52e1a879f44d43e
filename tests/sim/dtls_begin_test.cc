// Goal: a client's ClientHello is answered at once, though the nomination comes later.
// Method: clients that nominate as late as browsers and libnice do, and would send their
// ClientHello again only after a second; the times of both messages at the client's end of the
// link.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

constexpr std::uint8_t kHandshakeRecord = 22;

struct HelloTimes {
  Timestamp client_hello = 0;
  Timestamp server_hello = 0;
};

class DtlsBegin : public testing::Test {
 protected:
  Person& join(Duration nominates_after, HelloTimes& times) {
    Person& person = sim.join(kRoom, "person" + std::to_string(sim.people().size() + 1));
    test::ClientConfig config;
    config.nominates_after = nominates_after;
    config.dtls_timeout = kSecond;
    const auto note = [this](Timestamp& at) {
      return [this, &at](std::span<std::uint8_t> datagram) {
        if (datagram[0] == kHandshakeRecord && at == 0) at = sim.now();
        return true;
      };
    };
    person.set_client(config, [=, &times](SimClient& client) {
      client.filter_up = note(times.client_hello);
      client.filter_down = note(times.server_hello);
    });
    return person;
  }

  // Both ways through the network, and a turn of the server.
  void expect_answered_at_once(const HelloTimes& times) {
    ASSERT_GT(times.client_hello, 0);
    ASSERT_GT(times.server_hello, 0);
    EXPECT_LE(times.server_hello - times.client_hello, 2 * LinkConditions{}.delay + kTick);
  }

  Simulation sim{{.seed = 92}};
};

TEST_F(DtlsBegin, APublishersClientHelloIsAnsweredBeforeItNominates) {
  start_call(sim, 1);
  HelloTimes times;
  Person& publisher = join(70 * kMillisecond, times);
  publisher.publish();
  sim.run_for(2 * kSecond);
  expect_answered_at_once(times);
  expect_sees(*sim.people()[0], publisher);
}

TEST_F(DtlsBegin, AReceiversClientHelloIsAnsweredBeforeItNominates) {
  start_call(sim, 1);
  HelloTimes times;
  Person& receiver = join(70 * kMillisecond, times);
  receiver.subscribe_to_everyone();
  sim.run_for(2 * kSecond);
  expect_answered_at_once(times);
  expect_sees(receiver, *sim.people()[0]);
}

// Media goes only to a pair that the peer has nominated.
TEST_F(DtlsBegin, NoMediaGoesToAReceiverBeforeItNominates) {
  start_call(sim, 1);
  HelloTimes times;
  Person& receiver = join(3 * kSecond, times);
  receiver.subscribe_to_everyone();
  sim.run_for(2 * kSecond);
  expect_answered_at_once(times);
  EXPECT_FALSE(sees_now(sim, receiver, *sim.people()[0], 2 * kSecond));
  sim.run_for(3 * kSecond);
  EXPECT_TRUE(sees_now(sim, receiver, *sim.people()[0]));
}

}  // namespace
}  // namespace penstock::sim
