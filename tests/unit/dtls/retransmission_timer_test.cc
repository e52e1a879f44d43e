#include "controlplane/dtls/retransmission_timer.h"

#include <gtest/gtest.h>

#include <ctime>

#include "controlplane/clock/library_clock.h"
#include "tests/unit/dtls/dtls_test_network.h"
#include "tests/unit/dtls/dtls_test_peer.h"

namespace penstock {
namespace {

timeval to_timeval(Duration duration) {
  return {.tv_sec = duration / kSecond, .tv_usec = duration % kSecond / kMicrosecond};
}

TEST(LibraryClock, WithoutOneThereIsTheWallClock) {
  const std::time_t before = std::time(nullptr);
  timeval now = {};
  ASSERT_EQ(gettimeofday(&now, nullptr), 0);
  EXPECT_GE(now.tv_sec, before);
  EXPECT_LE(now.tv_sec, std::time(nullptr) + 1);
}

TEST(LibraryClock, TheInnermostOneCounts) {
  const auto seconds = [] {
    timeval now = {};
    gettimeofday(&now, nullptr);
    return now.tv_sec;
  };
  const LibraryClock outer({.tv_sec = 7, .tv_usec = 0});
  {
    const LibraryClock inner({.tv_sec = 3, .tv_usec = 0});
    EXPECT_EQ(seconds(), 3);
  }
  EXPECT_EQ(seconds(), 7);
}

// Plays OpenSSL.
class RetransmissionTimerTest : public testing::Test {
 protected:
  RetransmissionTimer timer_{100 * kMillisecond, 300 * kMillisecond};

  void start_timer(bool is_new_flight) {
    const unsigned int interval_us = timer_.next_interval_us(is_new_flight);
    timer_.on_openssl_timer_set(to_timeval(5'000 * kSecond + interval_us * kMicrosecond));
  }
};

TEST_F(RetransmissionTimerTest, FollowsStartsRestartsAndStopsOfOpenSsl) {
  EXPECT_EQ(timer_.deadline(), kNever);
  start_timer(true);
  timer_.update(0);
  EXPECT_EQ(timer_.deadline(), 100 * kMillisecond);

  timer_.expire();
  start_timer(false);
  timer_.update(100 * kMillisecond);
  EXPECT_EQ(timer_.deadline(), 300 * kMillisecond);

  timer_.expire();
  start_timer(false);
  timer_.update(300 * kMillisecond);
  EXPECT_EQ(timer_.deadline(), 600 * kMillisecond) << "not more than the maximum";
  EXPECT_EQ(timer_.retransmissions(), 2U);

  timer_.on_openssl_timer_set({});
  timer_.update(400 * kMillisecond);
  EXPECT_EQ(timer_.deadline(), kNever);

  start_timer(true);
  timer_.update(kSecond);
  EXPECT_EQ(timer_.deadline(), 1'100 * kMillisecond)
      << "a new flight starts with the short interval";
}

TEST_F(RetransmissionTimerTest, ACallThatDoesNotTouchTheTimerLeavesTheDeadline) {
  start_timer(true);
  timer_.update(0);
  timer_.update(50 * kMillisecond);
  EXPECT_EQ(timer_.deadline(), 100 * kMillisecond);
}

TEST_F(RetransmissionTimerTest, TheClockOfOpenSslStandsStillBetweenDeadlines) {
  const timeval before = timer_.openssl_time();
  EXPECT_NE(before.tv_sec, 0);
  start_timer(true);
  timer_.update(0);
  timer_.update(90 * kMillisecond);
  EXPECT_EQ(timer_.openssl_time().tv_sec, before.tv_sec);
  timer_.expire();
  EXPECT_EQ(timer_.openssl_time().tv_sec, 5'000);
  EXPECT_EQ(timer_.openssl_time().tv_usec, 100'000);
}

TEST_F(RetransmissionTimerTest, AfterTheLastRepetitionOfAFlightNothingIsDue) {
  start_timer(true);
  timer_.update(0);
  for (int i = 0; i < RetransmissionTimer::kRetransmissionsPerFlightMax; ++i) {
    ASSERT_NE(timer_.deadline(), kNever) << i;
    timer_.expire();
    start_timer(false);
    timer_.update(timer_.deadline());
  }
  EXPECT_EQ(timer_.deadline(), kNever);
}

// An OpenSSL that cannot be shown our clock: here it sees a wall clock that a test moves.
class WallClockTest : public testing::Test {
 protected:
  Identity identity_ = make_identity(KeyKind::kP256);
  Duration step_ = 1'700'000'000 * kSecond;

  RawPeer make_peer(bool is_client) {
    return RawPeer({.is_client = is_client, .identity = &identity_, .clock = [this](Timestamp now) {
                      return to_timeval(now + step_);
                    }});
  }
  static int count_output(RawPeer& peer) {
    int count = 0;
    for (Datagram datagram; peer.poll_output(datagram);) ++count;
    return count;
  }
};

TEST_F(WallClockTest, FlightsAreSentAgainAtTheSameTimes) {
  RawPeer client = make_peer(true);
  RawPeer server = make_peer(false);
  DtlsNetwork network(client, server);
  std::vector<Timestamp> sent_at;
  network.set_filter([&](bool, Datagram&) {
    sent_at.push_back(network.now() / kMillisecond);
    return false;
  });
  network.run(20 * kSecond);
  EXPECT_EQ(sent_at, (std::vector<Timestamp>{0, 100, 300, 700, 1'500, 2'500, 3'500, 4'500, 5'500,
                                             6'500, 7'500, 8'500, 9'500}));
}

TEST_F(WallClockTest, HandshakesWithLossConnect) {
  int connected = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    RawPeer client = make_peer(true);
    RawPeer server = make_peer(false);
    DtlsNetwork network(client, server, {.loss_percent = 30, .seed = seed});
    network.run(10 * kSecond);
    connected += client.is_connected() && server.is_connected() ? 1 : 0;
  }
  EXPECT_GE(connected, 19);
}

TEST_F(WallClockTest, AfterAStepBackItIsAskedAgainUntilTheFlightIsDue) {
  RawPeer client = make_peer(true);
  client.start(0);
  EXPECT_EQ(count_output(client), 1);
  step_ -= 50 * kMillisecond;
  Timestamp now = 0;
  int asked = 0;
  for (; count_output(client) == 0 && asked < 20; ++asked) {
    now = client.next_timeout();
    client.handle_timeout(now);
  }
  EXPECT_GT(asked, 2);
  EXPECT_LE(now, 160 * kMillisecond);
  EXPECT_EQ(client.next_timeout(), now + 200 * kMillisecond);
}

TEST_F(WallClockTest, AfterAStepForwardAFlightIsSentOnceAndTheHandshakeGoesOn) {
  RawPeer client = make_peer(true);
  RawPeer server = make_peer(false);
  DtlsNetwork network(client, server);
  network.set_filter([&](bool, Datagram&) {
    step_ += 10 * kSecond;
    return true;
  });
  network.run(5 * kSecond);
  EXPECT_TRUE(client.is_connected() && server.is_connected());
}

}  // namespace
}  // namespace penstock
