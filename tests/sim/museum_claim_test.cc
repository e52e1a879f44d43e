// Goal: a session that waits to be claimed is either claimed or ended, never both, never twice, and
// the counts stay right (Janus #3526, #3532: sessions counted wrong around reclaiming). Method: the
// connection is lost under a call; the claim comes just before, at and just after the timeout, from
// one connection, from two, and again.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"
#include "tests/sim/wire.h"

namespace penstock::sim {
namespace {

constexpr Duration kReclaim = 5 * kSecond;
constexpr Duration kDelay = 20 * kMillisecond;  // of signalling

class Claim : public testing::Test {
 protected:
  void SetUp() override {
    before_ = sim_.server().census();  // the wires are not there yet
    sim_.run_for(kSecond);
    start_call(sim_, 2);
    lost_ = sim_.people()[0].get();
    other_ = sim_.people()[1].get();
    sim_.run_for(2 * kSecond);
    // Its connection goes; the server hears of it kDelay later. The media has a way of its own.
    lost_->lose_signalling();
    lost_at_ = sim_.now() + kDelay;
  }

  // So that what is sent arrives at `at`.
  void run_until_sending(Timestamp at) { sim_.run_for(at - kDelay - sim_.now()); }
  json::object claim(Wire& wire) {
    wire.set_session(lost_->session());
    return wire.ask({{"janus", "claim"}});
  }
  void expect_alive() {
    EXPECT_EQ(sim_.server().janus().counts().sessions, 2U);
    EXPECT_EQ(sim_.server().media().counts().peers, 4U);
    EXPECT_TRUE(sees_now(sim_, *other_, *lost_)) << "its media went on";
  }
  void expect_gone() {
    EXPECT_EQ(sim_.server().janus().counts().sessions, 1U);
    EXPECT_EQ(sim_.server().media().counts().peers, 2U);
    EXPECT_FALSE(other_->hears_of(*lost_));
  }
  // Everybody goes; everything is as it was.
  void expect_nothing_stays() {
    other_->leave();
    for (Wire* wire : {&first_, &second_}) wire->close();
    sim_.run_for(kReclaim + kSecond);
    expect_census(sim_, before_);
  }

  Simulation sim_{{.seed = 331, .reclaim_session_timeout = kReclaim}};
  Wire first_{sim_, 0x5000};
  Wire second_{sim_, 0x5001};
  Census before_;
  Person* lost_ = nullptr;
  Person* other_ = nullptr;
  Timestamp lost_at_ = 0;
};

struct Moment {
  const char* name;
  Duration after_loss;
  bool is_in_time;
};

class ClaimAt : public Claim, public testing::WithParamInterface<Moment> {};

TEST_P(ClaimAt, TheSessionIsTakenOverOrGoneButNotBoth) {
  run_until_sending(lost_at_ + GetParam().after_loss);
  EXPECT_EQ(error_code(claim(first_)), GetParam().is_in_time ? 0 : 458);
  sim_.run_for(kSecond);
  GetParam().is_in_time ? expect_alive() : expect_gone();
  expect_nothing_stays();
}

INSTANTIATE_TEST_SUITE_P(
    Moments, ClaimAt,
    // At the very moment: requests are taken in before timers run.
    testing::Values(Moment{"AtOnce", 0, true}, Moment{"InTime", kReclaim - kSecond, true},
                    Moment{"AMillisecondBefore", kReclaim - kMillisecond, true},
                    Moment{"AtTheTimeout", kReclaim, true},
                    Moment{"ATickAfter", kReclaim + 5 * kMillisecond, false},
                    Moment{"LongAfter", kReclaim + kSecond, false}),
    [](const auto& test) { return test.param.name; });

TEST_F(Claim, BeforeTheServerHasHeardThatTheConnectionIsGoneTakesTheSessionAway) {
  // The close is on its way, the claim behind it in the same millisecond.
  EXPECT_EQ(error_code(claim(first_)), 0);
  sim_.run_for(kReclaim + kSecond);
  expect_alive();
  expect_nothing_stays();
}

TEST_F(Claim, FromTwoConnectionsAtOnceTheLastOneHasIt) {
  run_until_sending(lost_at_ + kSecond);
  for (Wire* wire : {&first_, &second_}) {
    wire->set_session(lost_->session());
    wire->send({{"janus", "claim"}});
  }
  sim_.run_for(kSecond);
  EXPECT_EQ(first_.count("success"), 1U);
  EXPECT_EQ(second_.count("success"), 1U);
  EXPECT_EQ(error_code(first_.ask({{"janus", "keepalive"}})), 458) << "not its any more";
  EXPECT_EQ(error_code(second_.ask({{"janus", "keepalive"}})), 0);
  // The one that lost it goes: that is nothing to the session.
  first_.close();
  sim_.run_for(kReclaim + kSecond);
  expect_alive();
  expect_nothing_stays();
}

TEST_F(Claim, LostAgainAndClaimedAgainAndNotClaimedAtLast) {
  run_until_sending(lost_at_ + kSecond);
  EXPECT_EQ(error_code(claim(first_)), 0);
  first_.close();
  sim_.run_for(kReclaim - kSecond);
  EXPECT_EQ(error_code(claim(second_)), 0);
  expect_alive();
  second_.close();
  sim_.run_for(kReclaim + kSecond);
  expect_gone();
  expect_nothing_stays();
}

TEST_F(Claim, WhatHappenedMeanwhileIsToldAfterTheClaimAndOnce) {
  const auto count_unpublished = [](const Wire& wire) {
    return std::ranges::count_if(wire.received(), [](const json::object& event) {
      const json::value* plugin = event.if_contains("plugindata");
      return plugin != nullptr && plugin->at("data").as_object().contains("unpublished");
    });
  };
  run_until_sending(lost_at_ + kSecond);
  other_->unpublish();
  sim_.run_for(kSecond);
  EXPECT_EQ(error_code(claim(first_)), 0);
  sim_.run_for(kSecond);
  EXPECT_EQ(first_.received().front().at("janus"), "success");
  EXPECT_EQ(count_unpublished(first_), 1);
  EXPECT_EQ(error_code(claim(second_)), 0);
  sim_.run_for(kSecond);
  EXPECT_EQ(count_unpublished(second_), 0);
  EXPECT_EQ(sim_.server().janus().counts().queued_events, 0U);
  expect_nothing_stays();
}

TEST_F(Claim, DestroyedByWhoClaimedItEndsOnce) {
  run_until_sending(lost_at_ + kSecond);
  first_.set_session(lost_->session());
  second_.set_session(lost_->session());
  first_.send({{"janus", "claim"}});
  first_.send({{"janus", "destroy"}});
  second_.send({{"janus", "claim"}});
  sim_.run_for(kSecond);
  EXPECT_EQ(second_.count("error"), 1U);
  expect_gone();
  expect_nothing_stays();
}

TEST_F(Claim, ASilentSessionThatIsClaimedTimesOutAgainIfNobodySpeaks) {
  run_until_sending(lost_at_ + kSecond);
  EXPECT_EQ(error_code(claim(first_)), 0);
  sim_.run_for(59 * kSecond);
  EXPECT_EQ(sim_.server().janus().counts().sessions, 2U);
  // The timeout and a claim from elsewhere in the same moment.
  run_until_sending(lost_at_ + kSecond + 60 * kSecond);
  EXPECT_EQ(error_code(claim(second_)), 0) << "requests come before timers";
  EXPECT_EQ(first_.count("timeout"), 0U);
  sim_.run_for(61 * kSecond);
  EXPECT_EQ(second_.count("timeout"), 1U);
  expect_gone();
  expect_nothing_stays();
}

}  // namespace
}  // namespace penstock::sim
