// Media through one worker: what a receiver gets of it, and who gets nothing.
#include <array>
#include <map>
#include <ranges>

#include "dataplane/rtp/header_extension.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

class ForwardTest : public WorkerTest {
 protected:
  ForwardTest() : publisher(add_connected_peer()), source(add_stream(publisher)) {}

  TestPeer& publisher;
  StreamHandle source;
};

TEST_F(ForwardTest, EveryReceiverGetsThePayloadUnderItsOwnHeader) {
  std::vector<TestPeer*> receivers;
  for (std::uint32_t i = 0; i < 3; ++i) {
    receivers.push_back(&add_connected_peer());
    subscribe(*receivers.back(), source, 0x9000 + i);
  }
  TestRtp rtp;
  rtp.payload.assign(1'000, 0x42);
  rtp.payload[0] = 0x10, rtp.payload[1] = 0x00;
  receive_rtp(publisher, rtp);
  run();
  const auto sent = take_sent();
  ASSERT_EQ(sent.size(), 3U);
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(sent[i].to, receivers[i]->address);
    EXPECT_EQ(sent[i].from.port, kPortBase);
    const auto header = parse_rtp_header(sent[i].bytes);
    ASSERT_TRUE(header.has_value());
    EXPECT_EQ(header->ssrc, 0x9000 + i);
    EXPECT_EQ(header->payload_type, 100);
    EXPECT_TRUE(header->marker);
  }
  EXPECT_EQ(stats[0].media_forwarded.get(), 3U);
}

TEST_F(ForwardTest, TheReceiversMidGoesOutAndTheSendersTransportSequenceDoesNot) {
  TestPeer& receiver = add_connected_peer();
  subscribe(receiver, source);
  receive_rtp(publisher, {.mid = "v", .transport_sequence = 77});
  run();
  const auto media = take_media(receiver);
  ASSERT_EQ(media.size(), 1U);
  const auto header = parse_rtp_header(media[0]);
  const auto extensions = parse_extensions(media[0], *header, test_extensions());
  EXPECT_EQ(extensions.text(media[0], HeaderExtension::kMid), "0");
  EXPECT_FALSE(extensions.transport_sequence_number(media[0]).has_value());
  EXPECT_EQ(media[0].size(), header->header_bytes + TestRtp{}.payload.size());
}

TEST_F(ForwardTest, AReceiverMayHaveAPlayoutDelayOfItsOwn) {
  TestPeer& receiver = add_connected_peer();
  ExtensionMap ids = test_extensions();
  ids.set(HeaderExtension::kPlayoutDelay, 5);
  registry->set_extensions(receiver.transport, {}, ids);
  const SubscriptionHandle subscription = subscribe(receiver, source);
  const auto delay_in_next = [&](std::uint64_t sequence) {
    receive_rtp(publisher, {.sequence = sequence, .mid = "v"});
    run();
    const auto media = take_media(receiver).at(0);
    const auto header = parse_rtp_header(media);
    const auto delay = parse_extensions(media, *header, ids).at(HeaderExtension::kPlayoutDelay);
    return std::vector(media.begin() + delay.offset, media.begin() + delay.offset + delay.size);
  };
  const std::uint64_t first = TestRtp{}.sequence;
  EXPECT_TRUE(delay_in_next(first).empty());
  registry->set_playout_delay(subscription, PlayoutDelay{.min_10ms = 0, .max_10ms = 40});
  run();
  EXPECT_EQ(delay_in_next(first + 1), (std::vector<std::uint8_t>{0, 0, 40}));
  registry->set_playout_delay(subscription, std::nullopt);
  run();
  EXPECT_TRUE(delay_in_next(first + 2).empty());
}

TEST_F(ForwardTest, GapsOfTheSenderAreGapsOfTheReceiver) {
  TestPeer& receiver = add_connected_peer();
  subscribe(receiver, source);
  const std::uint64_t first = TestRtp{}.sequence;
  std::vector<std::uint16_t> numbers;
  for (const std::uint64_t step : {0U, 1U, 4U, 3U, 9U}) {
    receive_rtp(publisher, {.sequence = first + step});
    run();
    for (const auto& packet : take_media(receiver))
      numbers.push_back(parse_rtp_header(packet)->sequence_number);
  }
  ASSERT_EQ(numbers.size(), 5U);
  for (auto& number : numbers | std::views::drop(1))
    number = static_cast<std::uint16_t>(number - numbers[0]);
  EXPECT_EQ(numbers[1], 1);
  EXPECT_EQ(numbers[2], 4);
  EXPECT_EQ(numbers[3], 3);
  EXPECT_EQ(numbers[4], 9);
}

TEST_F(ForwardTest, PauseLeavesNoGapAndResumesAtAKeyframe) {
  TestPeer& receiver = add_connected_peer();
  const auto subscription = subscribe(receiver, source);
  std::uint64_t sequence = TestRtp{}.sequence;
  const auto receive_delta = [&] {
    receive_rtp(publisher, {.sequence = ++sequence, .payload = {0x10, 0x01, 0, 0}});
    run();
  };
  receive_rtp(publisher, {});
  run();
  const auto before = take_media(receiver);
  ASSERT_EQ(before.size(), 1U);
  registry->set_paused(subscription, true);
  run();
  for (int i = 0; i < 5; ++i) receive_delta();
  registry->set_paused(subscription, false);
  run();
  receive_delta();
  EXPECT_TRUE(take_media(receiver).empty());
  receive_rtp(publisher, {.sequence = ++sequence});
  run();
  const auto after = take_media(receiver);
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(parse_rtp_header(after[0])->sequence_number,
            static_cast<std::uint16_t>(parse_rtp_header(before[0])->sequence_number + 1));
}

TEST_F(ForwardTest, ASubscriptionMadePausedSendsNothingUntilItIsResumed) {
  TestPeer& receiver = add_connected_peer();
  const auto subscription = subscribe(receiver, source, 0x9999, true);
  receive_rtp(publisher, {});
  run();
  EXPECT_TRUE(take_media(receiver).empty());
  registry->set_paused(subscription, false);
  receive_rtp(publisher, {.sequence = TestRtp{}.sequence + 1});
  run();
  receive_rtp(publisher, {.sequence = TestRtp{}.sequence + 2});
  run();
  EXPECT_GE(take_media(receiver).size(), 1U);
}

TEST_F(ForwardTest, PaddingIsNotForwarded) {
  TestPeer& receiver = add_connected_peer();
  subscribe(receiver, source);
  // The P bit is in the first byte of the header, which is authenticated: build it by hand.
  TestRtp rtp;
  rtp.payload = {0x10, 0x00, 0xAA, 0xBB, 0, 0, 0, 4};
  std::vector<std::uint8_t> packet(200);
  RtpHeader header;
  header.payload_type = rtp.payload_type;
  header.sequence_number = static_cast<std::uint16_t>(rtp.sequence);
  header.ssrc = rtp.ssrc;
  ByteWriter writer(std::span<std::uint8_t>(packet).first(kRtpFixedHeaderBytes));
  write_rtp_header(writer, header);
  packet[0] |= 0x20;
  const auto engine = SrtpEngine::create(SrtpBackend::kLibsrtp);
  ProtectJob job{.context = &publisher.send,
                 .payload = rtp.payload.data(),
                 .packet = packet.data(),
                 .header_bytes = kRtpFixedHeaderBytes,
                 .payload_bytes = static_cast<std::uint16_t>(rtp.payload.size())};
  engine->protect_rtp({&job, 1});
  packet.resize(kRtpFixedHeaderBytes + rtp.payload.size() + 16);
  receive(publisher, packet);
  run();
  const auto media = take_media(receiver);
  ASSERT_EQ(media.size(), 1U);
  const auto sent = parse_rtp_header(media[0]);
  EXPECT_EQ(media[0].size() - sent->header_bytes, 4U);
  EXPECT_EQ(media[0][0] & 0x20, 0);
}

TEST_F(ForwardTest, AStreamWithoutReceiversIsTakenInAllTheSame) {
  receive_rtp(publisher, {});
  run();
  EXPECT_EQ(stats[0].media_received.get(), 1U);
  EXPECT_EQ(all_drops(), 0U);
}

class RoomsForwardTest : public WorkerTest {
 protected:
  RoomsForwardTest()
      : WorkerTest({.pools = {.transports = 128, .streams = 8, .subscriptions = 160}}) {}
};

// More sends than a batch has, begun and ended in the middle of a packet's receivers.
TEST_F(RoomsForwardTest, PacketsOfOneBurstReachTheReceiversOfTheirStreamsOnly) {
  constexpr std::size_t kReceivers = 40;
  std::array<TestPeer*, 3> publishers{&add_connected_peer(), &add_connected_peer(),
                                      &add_connected_peer()};
  std::array<StreamHandle, 3> streams{add_stream(*publishers[0]), add_stream(*publishers[1]),
                                      add_stream(*publishers[2])};
  std::array<std::vector<TestPeer*>, 3> receivers;
  for (std::size_t room = 0; room < 3; ++room) {
    for (std::size_t i = 0; i < kReceivers; ++i) {
      receivers[room].push_back(&add_connected_peer());
      subscribe(*receivers[room].back(), streams[room], 0x9000);
    }
  }
  for (std::size_t room = 0; room < 3; ++room) {
    TestRtp rtp;
    rtp.payload.assign(100 + room, 0x42);
    rtp.payload[0] = 0x10, rtp.payload[1] = 0x00;
    receive_rtp(*publishers[room], rtp);
  }
  run();
  std::map<SocketAddress, std::vector<std::size_t>> payloads;  // what each address got
  for (const auto& sent : take_sent()) {
    const auto header = parse_rtp_header(sent.bytes);
    ASSERT_TRUE(header.has_value());
    payloads[sent.to].push_back(sent.bytes.size() - header->header_bytes - 16);
  }
  EXPECT_EQ(payloads.size(), 3 * kReceivers);
  for (std::size_t room = 0; room < 3; ++room) {
    for (const TestPeer* receiver : receivers[room])
      EXPECT_EQ(payloads[receiver->address], std::vector{100 + room});
  }
}

}  // namespace
}  // namespace penstock
