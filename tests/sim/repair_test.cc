// Goal: what the network loses on its way from a publisher comes again, in its place, to everybody;
// and what stays lost does not hold anybody up. Method: calls over lossy uplinks; the server asks
// publishers again (NACK), who answer with RTX; everything that is sent is watched by the nonce
// oracle, as always.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

// Of what everybody receives of everybody else.
struct Sum {
  std::uint64_t packets = 0;
  std::uint64_t lost = 0;
};
Sum sum_of(const Simulation& sim, MediaKind kind) {
  Sum sum;
  for (const auto& person : sim.people()) {
    for (const auto& other : sim.people()) {
      if (person == other) continue;
      for (const auto* stream : streams_from(*person, *other, kind)) {
        sum.packets += stream->packets;
        sum.lost += stream->lost();
      }
    }
  }
  return sum;
}

std::uint64_t sent_again(const Simulation& sim) {
  std::uint64_t count = 0;
  for (const auto& person : sim.people()) {
    count += person->publisher()->webrtc->media_sent_again();
  }
  return count;
}

constexpr LinkConditions kRtt50{.delay = 25 * kMillisecond};
constexpr LinkConditions kRtt50Losing10{.loss_per_million = 100'000, .delay = 25 * kMillisecond};

// Lossy uplinks for ten seconds, then a second for what is under way.
void run_lossy_call(Simulation& sim, std::size_t people, const LinkConditions& uplink,
                    const test::ClientConfig& config = {}) {
  for (std::size_t i = 0; i < people; ++i) {
    Person& person = sim.join(kRoom, "person" + std::to_string(i));
    person.set_client(config);
    person.set_links(kRtt50, kRtt50);
    person.publish();
    person.subscribe_to_everyone();
  }
  sim.run_for(2 * kSecond);
  for (const auto& person : sim.people()) person->set_links(uplink, kRtt50);
  sim.run_for(10 * kSecond);
  for (const auto& person : sim.people()) person->set_links(kRtt50, kRtt50);
  sim.run_for(kSecond);
}

class RepairOfUplinks : public testing::TestWithParam<std::size_t> {};

TEST_P(RepairOfUplinks, TenPercentLossIsRepairedForEverybody) {
  Simulation sim({.seed = 31, .workers = GetParam(), .room_peers_per_worker_max = 4});
  run_lossy_call(sim, 4, kRtt50Losing10);
  expect_all_see_each_other(sim);
  const Sum video = sum_of(sim, MediaKind::kVideo);
  EXPECT_GT(video.packets, 10'000U);
  std::printf("10 %% lost on the way in: %llu video packets arrived, %llu did not\n",
              static_cast<unsigned long long>(video.packets),
              static_cast<unsigned long long>(video.lost));
  EXPECT_LE(video.lost * 100, video.packets) << "99 % of what is sent arrives";
  EXPECT_LE(sum_of(sim, MediaKind::kAudio).lost * 100, sum_of(sim, MediaKind::kAudio).packets);
  EXPECT_GT(sent_again(sim), 500U);
}
INSTANTIATE_TEST_SUITE_P(Workers, RepairOfUplinks, testing::Values(1, 2));

TEST(Repair, WhereSignallingDoesNotNameRtxThePayloadTypeDoes) {
  Simulation sim({.seed = 32});
  run_lossy_call(sim, 3, kRtt50Losing10, {.names_rtx = false});
  expect_all_see_each_other(sim);
  const Sum video = sum_of(sim, MediaKind::kVideo);
  EXPECT_LE(video.lost * 100, video.packets);
  EXPECT_EQ(sim.drops(DropReason::kStreamUnknown), 0U);
}

// As Pion writes "a=rtcp-fb:96 nack ", and then some.
std::string with_blanks_and_parameters(std::string_view description) {
  std::string text;
  for (const char c : description) {
    if (c == '\r') text += " \t";
    text += c == ' ' ? '\t' : c;
  }
  for (std::size_t at = 0; (at = text.find("apt=", at)) != std::string::npos; at += 20) {
    text.insert(at, "rtx-time=3000 ; ");
  }
  return text;
}

TEST(Repair, BlanksAndParametersInDescriptionsDoNotSwitchItOff) {
  Simulation sim({.seed = 35});
  for (const char* name : {"Ada", "Bob"}) {
    Person& person = sim.join(kRoom, name);
    person.rewrite_descriptions(with_blanks_and_parameters);
    person.set_links(kRtt50Losing10, kRtt50Losing10);
    person.publish();
    person.subscribe_to_everyone();
  }
  sim.run_for(8 * kSecond);
  for (const auto& person : sim.people()) person->set_links(kRtt50, kRtt50);
  sim.run_for(kSecond);
  expect_all_see_each_other(sim);
  EXPECT_GT(sent_again(sim), 50U) << "what was lost on the way in";
  const Sum video = sum_of(sim, MediaKind::kVideo);
  EXPECT_LE(video.lost * 50, video.packets) << "of 10 % lost on each of two ways";
}

TEST(Repair, WithoutItTheLossIsThere) {
  Simulation sim({.seed = 31});
  run_lossy_call(sim, 4, kRtt50Losing10, {.sends_again = false});
  const Sum video = sum_of(sim, MediaKind::kVideo);
  EXPECT_GT(video.lost * 100, 5 * video.packets);
  EXPECT_EQ(sent_again(sim), 0U);
}

TEST(Repair, ACleanNetworkIsNotAskedForAnything) {
  Simulation sim({.seed = 33, .workers = 2});
  run_lossy_call(sim, 3, kRtt50);
  EXPECT_EQ(sent_again(sim), 0U);
  EXPECT_EQ(sum_of(sim, MediaKind::kVideo).lost, 0U);
}

TEST(Repair, PacketsThatAreOnlyLateAreSeldomAskedForAndNeverForwardedTwice) {
  Simulation sim({.seed = 34});
  run_lossy_call(sim, 3,
                 {.loss_per_million = 20'000,
                  .duplicate_per_million = 20'000,
                  .delay = 25 * kMillisecond,
                  .jitter = 8 * kMillisecond});
  expect_all_see_each_other(sim);
  const Sum video = sum_of(sim, MediaKind::kVideo);
  EXPECT_LE(video.lost * 200, video.packets);
  std::uint64_t sent = 0;
  for (const auto& person : sim.people()) sent += person->publisher()->webrtc->media_sent();
  EXPECT_LT(sent_again(sim), sent / 10);
}

// Nothing comes for a while, from one of them: too much to be sent again, and for good.
TEST(Repair, AfterAnOutageThePictureGoesOnWithAKeyframe) {
  Simulation sim({.seed = 35});
  start_call(sim, 2);
  sim.run_for(2 * kSecond);
  Person& alice = *sim.people()[0];
  Person& bob = *sim.people()[1];
  const auto keyframes = [&] { return streams_from(bob, alice, MediaKind::kVideo)[0]->keyframes; };
  const std::uint64_t before = keyframes();
  alice.set_links({.is_cut = true}, {});
  sim.run_for(12 * kSecond);
  alice.set_links({}, {});
  sim.run_for(400 * kMillisecond);
  EXPECT_GT(keyframes(), before);
  EXPECT_TRUE(sees_now(sim, bob, alice));
}

}  // namespace
}  // namespace penstock::sim
