// Two associations over a link in virtual time: what is promised of each message and each stream.
#include "controlplane/sctp/sctp_association.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include "tests/unit/sctp/sctp_link.h"

namespace penstock {
namespace {

using test::bytes_of;
using test::SctpLink;

SctpMessage message_of(std::span<const std::uint8_t> bytes, std::uint16_t stream = 0) {
  return {.stream = stream, .protocol = 51, .bytes = bytes};
}

TEST(SctpAssociation, BothConnectAtOnceAndAreConnectedOnce) {
  SctpLink link;
  link.connect();
  for (const test::SctpEnd* end : {&link.a, &link.b}) {
    EXPECT_EQ(end->count(SctpEventKind::kConnected), 1U);
    EXPECT_EQ(end->association->outgoing_streams(), kSctpStreamsMax);
    EXPECT_LE(end->largest_packet, kSctpPacketBytesMax);
  }
}

TEST(SctpAssociation, ConnectsThroughLoss) {
  SctpLink link({.seed = 5, .loss_percent = 30});
  link.connect();
  link.run_for(10 * kSecond);
  EXPECT_TRUE(link.a.association->is_connected());
  EXPECT_TRUE(link.b.association->is_connected());
}

TEST(SctpAssociation, MessagesArriveAsTheyWereSent) {
  SctpLink link;
  link.connect();
  const auto text = bytes_of("hello");
  const SctpSent sent = link.a.association->send(link.now, message_of(text, 255));
  EXPECT_TRUE(sent.is_taken);
  EXPECT_FALSE(sent.is_waiting);
  link.run_for(100 * kMillisecond);
  const auto messages = link.b.of(SctpEventKind::kMessage);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].stream, 255);
  EXPECT_EQ(messages[0].protocol, 51U);
  EXPECT_EQ(messages[0].bytes, text);
}

TEST(SctpAssociation, InOrderAndWholeThroughLossAndReordering) {
  SctpLink link({.seed = 9, .loss_percent = 5, .jitter = 8 * kMillisecond});
  link.connect();
  std::vector<std::vector<std::uint8_t>> sent;
  for (std::size_t i = 0; i < 300; ++i) {
    std::vector<std::uint8_t> bytes(1 + i * 11, static_cast<std::uint8_t>(i));
    while (true) {
      const SctpSent done = link.a.association->send(link.now, message_of(bytes));
      ASSERT_FALSE(done.is_refused);
      if (done.is_waiting) link.run_for(20 * kMillisecond);
      if (done.is_taken) break;
    }
    sent.push_back(std::move(bytes));
  }
  link.run_for(20 * kSecond);
  const auto messages = link.b.of(SctpEventKind::kMessage);
  ASSERT_EQ(messages.size(), sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) EXPECT_EQ(messages[i].bytes, sent[i]) << i;
  EXPECT_LE(link.a.largest_packet, kSctpPacketBytesMax);
  EXPECT_GT(link.a.largest_packet, kSctpPacketBytesMax - 16);
}

TEST(SctpAssociation, TheLargestMessageArrivesInOnePiece) {
  SctpLink link;
  link.connect();
  std::vector<std::uint8_t> bytes(kSctpMessageBytesMax);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 31 >> 3);
  EXPECT_TRUE(link.a.association->send(link.now, message_of(bytes)).is_taken);
  link.run_for(2 * kSecond);
  const auto messages = link.b.of(SctpEventKind::kMessage);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].bytes, bytes);
}

TEST(SctpAssociation, WhatFollowsALargeMessageIsAMessageOfItsOwn) {
  const std::vector<std::uint8_t> large(kSctpMessageBytesMax, 7);
  const auto small = bytes_of("after");
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SctpLink link({.seed = seed, .loss_percent = 5, .jitter = 2 * kMillisecond});
    link.connect();
    EXPECT_TRUE(link.a.association->send(link.now, message_of(large)).is_taken);
    while (!link.a.association->send(link.now, message_of(small)).is_taken)
      link.run_for(kMillisecond);
    link.run_for(20 * kSecond);
    const auto messages = link.b.of(SctpEventKind::kMessage);
    ASSERT_EQ(messages.size(), 2U) << seed;
    EXPECT_TRUE(messages[0].bytes == large) << seed;
    EXPECT_TRUE(messages[1].bytes == small) << seed;
  }
}

TEST(SctpAssociation, AnUnreliableMessageIsGivenUpAndTheNextOneArrives) {
  SctpLink link;
  link.connect();
  const auto stale = bytes_of("stale");
  const auto fresh = bytes_of("fresh");
  for (const auto reliability : {SctpReliability::kLifetime, SctpReliability::kRetransmissions}) {
    link.b.events.clear();
    link.b.is_deaf = true;
    SctpMessage message = message_of(stale, 2);
    message.reliability = reliability;
    message.reliability_limit = reliability == SctpReliability::kLifetime ? 50 : 0;
    link.a.association->send(link.now, message);
    link.run_for(500 * kMillisecond);
    link.b.is_deaf = false;
    message.bytes = fresh;
    link.a.association->send(link.now, message);
    link.run_for(5 * kSecond);
    const auto messages = link.b.of(SctpEventKind::kMessage);
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_EQ(messages[0].bytes, fresh);
  }
}

TEST(SctpAssociation, WhatIsUnorderedDoesNotWaitForWhatIsMissing) {
  SctpLink link;
  link.connect();
  const auto first = bytes_of("first");
  const auto second = bytes_of("second");
  SctpMessage message = message_of(first, 4);
  message.is_ordered = false;
  link.b.is_deaf = true;
  link.a.association->send(link.now, message);
  link.run_for(10 * kMillisecond);
  link.b.is_deaf = false;
  message.bytes = second;
  link.a.association->send(link.now, message);
  link.run_for(20 * kMillisecond);
  ASSERT_EQ(link.b.count(SctpEventKind::kMessage), 1U);
  EXPECT_EQ(link.b.of(SctpEventKind::kMessage)[0].bytes, second);
  link.run_for(2 * kSecond);
  EXPECT_EQ(link.b.count(SctpEventKind::kMessage), 2U);
}

TEST(SctpAssociation, StreamsAreResetEachAndCanBeUsedAgain) {
  SctpLink link;
  link.connect();
  const auto text = bytes_of("x");
  for (const std::uint16_t stream : std::initializer_list<std::uint16_t>{0, 2, 9, 200}) {
    link.a.association->send(link.now, message_of(text, stream));
    link.a.association->reset_stream(link.now, stream);
  }
  link.run_for(2 * kSecond);
  EXPECT_EQ(link.b.count(SctpEventKind::kMessage), 4U);
  EXPECT_EQ(link.b.count(SctpEventKind::kStreamReset), 4U);
  EXPECT_EQ(link.a.count(SctpEventKind::kStreamIsFree), 4U);
  link.a.association->send(link.now, message_of(text, 200));
  link.run_for(kSecond);
  EXPECT_EQ(link.b.count(SctpEventKind::kMessage), 5U);
}

TEST(SctpAssociation, AResetIsReportedWithinARoundTrip) {
  SctpLink link({.delay = 10 * kMillisecond});
  link.connect();
  link.a.association->send(link.now, message_of(bytes_of("x"), 2));
  link.run_for(100 * kMillisecond);
  link.a.association->reset_stream(link.now, 2);
  link.run_for(25 * kMillisecond);
  EXPECT_EQ(link.b.count(SctpEventKind::kStreamReset), 1U);
  EXPECT_EQ(link.a.count(SctpEventKind::kStreamIsFree), 1U);
}

TEST(SctpAssociation, WhoReadsNothingIsNoticedAndHoldsLittle) {
  SctpLink link;
  link.connect();
  link.b.is_deaf = true;
  const std::vector<std::uint8_t> bytes(1'000);
  std::size_t taken = 0;
  bool is_waiting = false;
  for (int i = 0; i < 10'000 && !is_waiting; ++i) {
    const SctpSent sent = link.a.association->send(link.now, message_of(bytes));
    if (sent.is_taken) taken += bytes.size();
    is_waiting = sent.is_waiting;
  }
  EXPECT_TRUE(is_waiting);
  EXPECT_LT(taken, 20'000U) << "the first window, and a message more";
  EXPECT_TRUE(link.a.association->has_unsent());
  link.b.is_deaf = false;
  link.run_for(5 * kSecond);
  EXPECT_FALSE(link.a.association->has_unsent());
}

TEST(SctpAssociation, APeerThatNeverAnswersIsGivenUp) {
  SctpLink link;
  link.connect();
  link.b.is_deaf = true;
  link.a.association->send(link.now, message_of(bytes_of("x")));
  link.run_for(120 * kSecond);
  EXPECT_EQ(link.a.count(SctpEventKind::kClosed), 1U);
  EXPECT_TRUE(link.a.association->is_closed());
  EXPECT_TRUE(link.a.association->send(link.now, message_of(bytes_of("x"))).is_refused);
}

TEST(SctpAssociation, ManyComeAndGoWithPacketsUnderWay) {
  for (int i = 0; i < 200; ++i) {
    SctpLink link({.seed = static_cast<std::uint64_t>(i) + 1});
    for (test::SctpEnd* end : {&link.a, &link.b}) end->association->connect(link.now);
    link.run_for((i % 40) * kMillisecond);
    if (i % 2 == 0) link.a.association.reset();
    link.run_for((i % 7) * kMillisecond);
  }
  EXPECT_EQ(SctpStack::instance().next_timeout(), kNever);
}

// As browsers do. What usrsctp sets aside for so many is 7 MB at each end.
TEST(SctpAssociation, TakesLittleMemoryWhateverThePeerOffers) {
  constexpr std::size_t kLinks = 10;
  const auto heap = [] { return mallinfo2().uordblks; };
  const test::SctpLinkOptions options{.of_a = {.streams_out = 65'535, .streams_in = 65'535}};
  std::vector<std::unique_ptr<SctpLink>> links;
  const auto connect_one = [&] {
    links.push_back(std::make_unique<SctpLink>(options));
    links.back()->connect();
    EXPECT_EQ(links.back()->b.association->outgoing_streams(), kSctpStreamsMax);
    links.back()->a.association.reset();
  };
  connect_one();
  const std::size_t before = heap();
  for (std::size_t i = 0; i < kLinks; ++i) connect_one();
  const std::size_t each = (heap() - before) / kLinks;
  RecordProperty("bytes_each", static_cast<int>(each));
  EXPECT_LT(each, 60'000U);
}

// A peer as usrsctp is if nobody says otherwise.
TEST(SctpAssociation, SendsOnAllItsStreamsToWhoHasTen) {
  SctpLink link({.of_a = {.streams_out = 10, .streams_in = 2'048}});
  link.connect();
  link.b.association->send(link.now, message_of(bytes_of("x"), 255));
  link.a.association->send(link.now, message_of(bytes_of("y"), 9));
  link.run_for(kSecond);
  EXPECT_EQ(link.a.count(SctpEventKind::kMessage), 1U);
  EXPECT_EQ(link.b.count(SctpEventKind::kMessage), 1U);
  EXPECT_TRUE(link.a.association->send(link.now, message_of(bytes_of("y"), 10)).is_refused);
}

}  // namespace
}  // namespace penstock
