#include "bench/inprocess/delivery_log.h"

#include <gtest/gtest.h>

#include <array>

#include "dataplane/base/endian.h"

namespace penstock::bench {
namespace {

constexpr std::uint8_t kPayloadType = 96;
constexpr std::uint32_t kFirstSsrc = 0x2000;
constexpr std::uint32_t kStep = 3'000;

using Frame = std::array<std::uint8_t, 100>;

// As a receiver with its own origin of times sees the publisher's frame.
Frame frame_to(std::uint16_t receiver, std::uint32_t publisher, std::uint32_t number) {
  Frame frame{};
  store_be16(&frame[32], receiver);
  frame[42] = 0x80;
  frame[43] = kPayloadType;
  store_be32(&frame[46], 0xFFFF'0000 + 77 * receiver + number * kStep);  // passes 2^32
  store_be32(&frame[50], kFirstSsrc + publisher);
  return frame;
}

DeliveryLog log_of(std::vector<std::uint16_t> receivers, std::size_t publishers) {
  return DeliveryLog({.receivers = std::move(receivers),
                      .publishers = publishers,
                      .payload_type = kPayloadType,
                      .first_ssrc = kFirstSsrc,
                      .timestamp_step = kStep});
}

TEST(DeliveryLog, CountsByReceiverInTheListsOrder) {
  DeliveryLog log = log_of({7, 8, 9}, 1);
  for (const std::uint16_t receiver : std::array<std::uint16_t, 3>{9, 7, 8})
    log.record(frame_to(receiver, 0, 0), 1);
  log.record(frame_to(9, 0, 1), 2);
  log.record(frame_to(7, 0, 1), 3);
  log.record(frame_to(9, 0, 2), 4);
  EXPECT_EQ(log.receivers_seen(), 3U);
  EXPECT_EQ(log.packets_by_receiver(), (std::vector<std::uint64_t>{2, 1, 0}));
  EXPECT_EQ(log.media_bytes(), 3 * sizeof(Frame));
}

TEST(DeliveryLog, TellsFramesApartAlthoughEachReceiverHasItsOwnTimes) {
  DeliveryLog log = log_of({7, 8}, 2);
  for (const std::uint16_t receiver : std::array<std::uint16_t, 2>{7, 8}) {
    for (const std::uint32_t publisher : {0U, 1U}) log.record(frame_to(receiver, publisher, 0), 1);
  }
  log.record(frame_to(7, 1, 1), 10);
  log.record(frame_to(7, 1, 30), 400);
  log.record(frame_to(8, 1, 1), 25);
  log.record(frame_to(8, 0, 1), 30);
  const auto frames = log.frames();
  ASSERT_EQ(frames.size(), 3U);
  EXPECT_EQ(frames[0].packets, 1U);  // the first publisher's
  EXPECT_EQ(frames[1].first, 10);
  EXPECT_EQ(frames[1].last, 25);
  EXPECT_EQ(frames[1].packets, 2U);
  EXPECT_EQ(frames[2].first, 400);
}

TEST(DeliveryLog, PassesOverWhatIsNotMediaOfAPublisherToAReceiver) {
  DeliveryLog log = log_of({7}, 1);
  log.record(frame_to(7, 0, 0), 1);
  Frame rtcp = frame_to(7, 0, 1);
  rtcp[43] = 200;
  log.record(rtcp, 2);
  Frame rtx = frame_to(7, 0, 1);
  rtx[43] = kPayloadType + 1;
  log.record(rtx, 2);
  log.record(frame_to(8, 0, 1), 2);
  log.record(frame_to(7, 1, 1), 2);
  log.record(std::span(rtcp).first(40), 2);
  EXPECT_EQ(log.packets_by_receiver(), std::vector<std::uint64_t>{0});
  Frame marked = frame_to(7, 0, 1);
  marked[43] |= 0x80;
  log.record(marked, 2);
  EXPECT_EQ(log.packets_by_receiver(), std::vector<std::uint64_t>{1});
}

// By the publisher: what another gets in between is not feedback for this one.
TEST(DeliveryLog, SaysHowFarApartTheRtcpToAPublisherIs) {
  DeliveryLog log({.receivers = {7},
                   .publishers = 2,
                   .payload_type = kPayloadType,
                   .first_ssrc = kFirstSsrc,
                   .timestamp_step = kStep,
                   .rtcp_receivers = {1, 2}});
  const auto record_rtcp = [&](std::uint16_t to, Timestamp left) {
    Frame frame = frame_to(to, 0, 0);
    frame[43] = 205;
    log.record(frame, left);
  };
  record_rtcp(1, 100);
  EXPECT_EQ(log.longest_rtcp_gap(), 0);
  record_rtcp(2, 150);
  record_rtcp(1, 180);
  record_rtcp(2, 200);
  record_rtcp(7, 900);
  record_rtcp(7, 1'000'000);
  EXPECT_EQ(log.longest_rtcp_gap(), 80);
}

}  // namespace
}  // namespace penstock::bench
