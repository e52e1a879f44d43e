// Peers that want more streams than they began with (RFC 6525): to send on as many as we take, and
// not to have us send on more.
#include "controlplane/sctp/stream_requests.h"

#include <gtest/gtest.h>

#include "tests/unit/sctp/sctp_link.h"

namespace penstock {
namespace {

using test::SctpLink;

using Packet = std::vector<std::uint8_t>;

// A packet of one RE-CONFIG chunk with these parameters, of 12 bytes each.
Packet reconfig(const std::vector<std::uint8_t>& types) {
  Packet packet(12, 0);
  packet.insert(packet.end(), {130, 0, 0, static_cast<std::uint8_t>(4 + 12 * types.size())});
  for (const std::uint8_t type : types)
    packet.insert(packet.end(), {0, type, 0, 12, 0, 0, 0, 1, 0, 8, 0, 0});
  return packet;
}

TEST(StreamRequests, OneToSendOnMoreStreamsIsFound) {
  EXPECT_TRUE(asks_to_send_on_more_streams(reconfig({17})));
  EXPECT_TRUE(asks_to_send_on_more_streams(reconfig({16, 17})));
  Packet behind = reconfig({16});
  const Packet chunk = reconfig({17});
  behind.insert(behind.end(), chunk.begin() + 12, chunk.end());
  EXPECT_TRUE(asks_to_send_on_more_streams(behind));
}

TEST(StreamRequests, NoneThatWouldHaveUsSendOnMore) {
  EXPECT_FALSE(asks_to_send_on_more_streams(reconfig({18})));
  EXPECT_FALSE(asks_to_send_on_more_streams(reconfig({17, 18})));
  EXPECT_FALSE(asks_to_send_on_more_streams(reconfig({13, 16})));
}

TEST(StreamRequests, WhatIsMalformedAsksForNothing) {
  const Packet good = reconfig({17});
  for (std::size_t bytes = 0; bytes < good.size(); ++bytes)
    EXPECT_FALSE(asks_to_send_on_more_streams(std::span(good).first(bytes))) << bytes;
  for (const int length : {0, 3, 200}) {
    Packet bad = good;
    bad[19] = static_cast<std::uint8_t>(length);  // of the parameter
    EXPECT_FALSE(asks_to_send_on_more_streams(bad)) << length;
  }
  Packet other = good;
  other[12] = 0;  // a DATA chunk
  EXPECT_FALSE(asks_to_send_on_more_streams(other));
}

struct StreamsAdded : ::testing::Test {
  StreamsAdded() { link.connect(); }
  // Whether what `a` says on this stream arrives.
  bool reaches(std::uint16_t stream) {
    const std::size_t before = link.b.count(SctpEventKind::kMessage);
    const Packet bytes = {1};
    link.a.association->send(link.now, {.stream = stream, .protocol = 53, .bytes = bytes});
    link.run_for(kSecond);
    return link.b.count(SctpEventKind::kMessage) == before + 1;
  }

  SctpLink link{{.of_a = {.streams_out = 10, .streams_in = 2'000}}};
};

TEST_F(StreamsAdded, ByThePeerAreGrantedUpToWhatWeTake) {
  EXPECT_TRUE(reaches(9));
  EXPECT_FALSE(reaches(10));
  ASSERT_TRUE(link.a.association->add_streams(link.now, {.out = 90}));
  link.run_for(kSecond);
  EXPECT_TRUE(reaches(99));
  EXPECT_FALSE(reaches(100));
  ASSERT_TRUE(link.a.association->add_streams(link.now, {.out = kSctpStreamsMax}));
  link.run_for(kSecond);
  EXPECT_FALSE(reaches(100)) << "together there would be more than we take";
  EXPECT_TRUE(reaches(99)) << "the association goes on";
}

TEST_F(StreamsAdded, ByUsForThePeerAreRefused) {
  ASSERT_TRUE(link.a.association->add_streams(link.now, {.in = 1'000}));
  link.run_for(kSecond);
  EXPECT_TRUE(reaches(9)) << "the association goes on";
  const Packet bytes = {1};
  EXPECT_TRUE(link.b.association
                  ->send(link.now, {.stream = kSctpStreamsMax, .protocol = 53, .bytes = bytes})
                  .is_refused);
}

TEST_F(StreamsAdded, ResetsWorkOnThemToo) {
  ASSERT_TRUE(link.a.association->add_streams(link.now, {.out = 90}));
  link.run_for(kSecond);
  EXPECT_TRUE(reaches(99));
  link.a.association->reset_stream(link.now, 99);
  link.run_for(kSecond);
  EXPECT_EQ(link.b.count(SctpEventKind::kStreamReset), 1U);
  EXPECT_TRUE(reaches(99));
}

}  // namespace
}  // namespace penstock
