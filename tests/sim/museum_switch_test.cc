// Goal: a subscriber switches its sources while the publisher it leaves, or the one it goes to,
// dies (Janus #1761). Method: the subscriber's messages (switch, pause, subscribe, its answer to
// the offer) and the publisher's last ones, in all interleavings that keep each side's own order,
// in the same millisecond; then again with each message at every moment of the exchange.
#include <gtest/gtest.h>

#include <functional>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"
#include "tests/support/scale.h"

namespace penstock::sim {
namespace {

using Script = std::vector<std::function<void()>>;

// Runs `a` and `b` merged as `bits` says (set: next of `a`), as far as both have something.
void run_merged(const Script& a, const Script& b, unsigned bits) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    const bool takes_a = j == b.size() || (i < a.size() && (bits & 1U) != 0);
    takes_a ? a[i++]() : b[j++]();
    bits >>= 1;
  }
}

json::object to_feed(const Person& feed) {
  return {{"feed", feed.id()}, {"mid", "1"}, {"sub_mid", "1"}};
}

class SwitchWhileDying : public testing::Test {
 protected:
  void SetUp() override {
    for (Person* publisher : {&old_, &next_}) publisher->publish();
    sim_.run_for(kSecond);
    watch_old();
    at_rest_ = sim_.server().census();
  }

  // Somebody new, who receives the one that is going to be left.
  void watch_old() {
    viewer_ = &sim_.join(kRoom, "viewer");
    viewer_->subscribe_to(old_);
    sim_.run_for(kSecond);
    EXPECT_TRUE(sees_now(sim_, *viewer_, old_));
  }
  Script viewer_script() {
    return {
        [this] { switch_to(next_); },
        [this] { viewer_->say_as_subscriber({{"request", "pause"}}); },
        [this] { switch_to(old_); },
        [this] { viewer_->say_as_subscriber({{"request", "start"}}); },
    };
  }
  void switch_to(const Person& feed) {
    viewer_->say_as_subscriber({{"request", "switch"}, {"streams", json::array{to_feed(feed)}}});
  }

  // Back to where each round begins; nothing may have stayed of the one before.
  void recover(Person& dead) {
    sim_.run_for(500 * kMillisecond);
    EXPECT_EQ(sim_.server().media().counts().peers, 2U);
    dead.publish();
    viewer_->leave();
    watch_old();
    expect_census(sim_, at_rest_);
  }

  Simulation sim_{{.seed = 321, .workers = 2, .room_peers_per_worker_max = 2}};
  Person& old_ = sim_.join(kRoom, "old");
  Person& next_ = sim_.join(kRoom, "next");
  Person* viewer_ = nullptr;
  Census at_rest_;
};

TEST_F(SwitchWhileDying, InEveryInterleavingOfTheMessages) {
  for (Person* dying : {&old_, &next_}) {
    const Script last_words = {
        [dying] { dying->say({{"request", "configure"}, {"video", false}}); },
        [dying] { dying->unpublish(); },
    };
    for (unsigned bits = 0; bits < (1U << 6); ++bits) {
      if (__builtin_popcount(bits) != 4) continue;  // four of the viewer's, two of the other's
      SCOPED_TRACE(testing::Message() << dying->name() << " dies, interleaving " << bits);
      run_merged(viewer_script(), last_words, bits);
      recover(*dying);
      if (HasFailure()) return;
    }
  }
}

TEST_F(SwitchWhileDying, AtEveryMomentOfTheExchange) {
  const Duration step = static_cast<Duration>(test::stride(4)) * 5 * kMillisecond;
  for (Person* dying : {&old_, &next_}) {
    for (Duration moment = -120 * kMillisecond; moment <= 120 * kMillisecond; moment += step) {
      SCOPED_TRACE(testing::Message()
                   << dying->name() << " dies " << moment / kMillisecond << " ms after the switch");
      if (moment <= 0) dying->unpublish();
      sim_.run_for(std::abs(moment));
      switch_to(next_);
      if (moment > 0) dying->unpublish();
      recover(*dying);
      if (HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace penstock::sim
