#include "bench/bridge/direction.h"

#include <gtest/gtest.h>

#include "bench/bridge/report.h"

namespace penstock::bridge {
namespace {

// A UDP datagram over IPv4, as far as the filter looks, with a number in it.
std::vector<std::uint8_t> datagram(std::uint8_t number) {
  std::vector<std::uint8_t> frame(200);
  frame[12] = 0x08;
  frame[14 + 9] = 17;
  frame.back() = number;
  return frame;
}
std::vector<std::uint8_t> arp() {
  std::vector<std::uint8_t> frame(60);
  frame[12] = 0x08;
  frame[13] = 0x06;
  return frame;
}

class DirectionTest : public testing::Test {
 protected:
  void rule(const char* text, Timestamp now = 0) {
    auto changes = parse_rule(text);
    ASSERT_TRUE(changes.has_value()) << changes.error();
    direction_.add_rules(std::move(*changes), now);
  }
  // The numbers of the frames that are out by `now`.
  std::vector<int> sent_by(Timestamp now) {
    std::vector<int> numbers;
    std::vector<std::uint8_t> frame;
    while (direction_.next_frame(now, frame)) {
      direction_.note_sent(frame.size(), true);
      numbers.push_back(frame.back());
    }
    return numbers;
  }

  Direction direction_{1, FrameFilter{}};
};

TEST_F(DirectionTest, WithoutRulesFramesGoOutAtOnceAndInOrder) {
  for (std::uint8_t i = 0; i < 5; ++i) direction_.take_in(datagram(i), 1'000);
  EXPECT_EQ(direction_.next_departure(), 1'000);
  EXPECT_EQ(sent_by(1'000), (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_EQ(direction_.next_departure(), kNever);
}

TEST_F(DirectionTest, FramesWaitForTheirTime) {
  rule("delay-ms=10");
  direction_.take_in(datagram(1), 0);
  direction_.take_in(datagram(2), 3 * kMillisecond);
  EXPECT_TRUE(sent_by(9 * kMillisecond).empty());
  EXPECT_EQ(direction_.next_departure(), 10 * kMillisecond);
  EXPECT_EQ(sent_by(11 * kMillisecond), std::vector<int>{1});
  EXPECT_EQ(direction_.counters().late_max, kMillisecond);
  EXPECT_EQ(direction_.waiting(), 1U);
}

TEST_F(DirectionTest, WhatTheRulesAreNotForPasses) {
  rule("loss=100");
  direction_.take_in(arp(), 0);
  direction_.take_in(datagram(1), 0);
  EXPECT_EQ(sent_by(0).size(), 1U);
  EXPECT_EQ(direction_.link().offered, 1U);
  EXPECT_EQ(direction_.link().lost, 1U);
}

TEST_F(DirectionTest, RulesThatComeLaterCountFromThen) {
  rule("loss=100", 10 * kSecond);
  rule("at-s=5,loss=0", 20 * kSecond);
  for (int second = 0; second < 30; ++second) {
    const auto number = static_cast<std::uint8_t>(second);
    direction_.take_in(datagram(number), second * kSecond);
    const bool is_lost = second >= 10 && second < 25;
    EXPECT_EQ(sent_by(second * kSecond).size(), is_lost ? 0U : 1U) << second;
  }
}

TEST_F(DirectionTest, EveryFrameIsAccountedFor) {
  rule("loss=5,bursts=1/25,duplicate=5,jitter-ms=5,rate-kbps=800,queue-ms=20");
  rule("at-s=2,outage-ms=300");
  std::vector<std::uint8_t> frame;
  for (int ms = 0; ms < 5'000; ++ms) {
    const Timestamp now = ms * kMillisecond;
    direction_.take_in(datagram(0), now);
    if (ms % 100 == 0) direction_.take_in(arp(), now);
    while (direction_.next_frame(now, frame)) direction_.note_sent(frame.size(), ms % 1'000 != 0);
  }
  const DirectionCounters& all = direction_.counters();
  const LinkCounters& link = direction_.link();
  for (const std::uint64_t count : {link.lost, link.lost_in_burst, link.lost_in_outage,
                                    link.queue_full, link.duplicated, all.not_sent}) {
    EXPECT_GT(count, 0U);
  }
  EXPECT_EQ(all.frames, 5'050U);
  EXPECT_EQ(all.frames + link.duplicated, all.sent + all.not_sent + link.lost + link.lost_in_burst +
                                              link.lost_in_outage + link.queue_full +
                                              direction_.waiting());
}

TEST_F(DirectionTest, TheReportHasItsNumbers) {
  rule("delay-ms=10");
  direction_.take_in(datagram(1), 0);
  direction_.take_in(datagram(2), 0);
  sent_by(11 * kMillisecond);
  const Direction other(2, FrameFilter{});
  const std::string text =
      to_json({{{"a0", &other, 0}, {"b0", &direction_, 3}}}, 1'500 * kMillisecond, 7);
  EXPECT_TRUE(text.starts_with(R"({"elapsed_ms":1500,"seed":7,"to":{"a0":{"frames":0,)")) << text;
  for (const char* part : {R"("b0":{"frames":2,"bytes":400,"sent":2,"sent_bytes":400)",
                           R"("missed":3,"delay_max_us":10000,"late_max_us":1000)"}) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace penstock::bridge
