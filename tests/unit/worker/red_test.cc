// RED (RFC 2198): who takes it gets it, all others get what is in it.
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t kOpusOfPublisher = 111;
constexpr std::uint8_t kRedOfPublisher = 63;
constexpr std::uint8_t kRedOfReceiver = 120;

class RedTest : public WorkerTest {
 protected:
  RedTest() : publisher(add_connected_peer()) {
    StreamConfig config;
    config.transport = publisher.transport;
    config.mid = Mid::from("a");
    config.codec = Codec::kOpus;
    config.payload_type = kOpusOfPublisher;
    config.red_payload_type = kRedOfPublisher;
    stream = add_stream(config);
  }
  TestPeer& receive_as(std::uint8_t payload_type, std::uint8_t red_payload_type,
                       WorkerIndex worker = 0) {
    TestPeer& receiver = add_connected_peer(worker);
    SubscriptionConfig config;
    config.transport = receiver.transport;
    config.target = {.stream = stream,
                     .codec = Codec::kOpus,
                     .payload_type = payload_type,
                     .red_payload_type = red_payload_type};
    config.ssrc = 0x9999;
    config.mid = Mid::from("0");
    subscribe(config);
    return receiver;
  }
  void send(std::uint8_t payload_type, Bytes payload, bool has_padding = false) {
    receive_rtp(publisher, {.payload_type = payload_type,
                            .sequence = ++sequence,
                            .timestamp = static_cast<std::uint32_t>(sequence * 960),
                            .marker = false,
                            .has_padding = has_padding,
                            .mid = "a",
                            .audio_level = 30,
                            .payload = std::move(payload)});
    run();
  }
  void send_red(Bytes payload) { send(kRedOfPublisher, std::move(payload)); }

  struct Got {
    std::uint8_t payload_type = 0;
    std::uint16_t number = 0;
    Bytes payload;
  };
  // Of what was sent since the last time to anybody.
  std::vector<Got> got(TestPeer& receiver) {
    std::vector<Got> all;
    for (const Bytes& packet : take_media(receiver)) {
      const auto header = parse_rtp_header(packet);
      all.push_back({header->payload_type, header->sequence_number,
                     Bytes(packet.begin() + header->header_bytes, packet.end())});
    }
    return all;
  }

  // One block before, of three bytes, and the primary one.
  const Bytes red{0xEF, 0x0F, 0x00, 0x03, 0x6F, 1, 2, 3, 7, 8};
  const Bytes primary{7, 8};
  TestPeer& publisher;
  StreamHandle stream;
  std::uint64_t sequence = TestRtp{}.sequence;
};

TEST_F(RedTest, WhoTakesRedGetsItAndOthersGetThePrimaryBlock) {
  TestPeer& modern = receive_as(kOpusOfPublisher, kRedOfReceiver);
  TestPeer& plain = receive_as(kOpusOfPublisher, 0);
  send_red(red);
  const auto passed = got(modern);
  ASSERT_EQ(passed.size(), 1U);
  EXPECT_EQ(passed[0].payload_type, kRedOfReceiver);
  EXPECT_EQ(passed[0].payload, red);
  send_red(red);
  const auto unwrapped = got(plain);
  ASSERT_EQ(unwrapped.size(), 1U);
  EXPECT_EQ(unwrapped[0].payload_type, kOpusOfPublisher);
  EXPECT_EQ(unwrapped[0].payload, primary);
}

TEST_F(RedTest, PlainPacketsBetweenGoToAllAsTheyAreAndNumbersFollowEachOther) {
  TestPeer& modern = receive_as(kOpusOfPublisher, kRedOfReceiver);
  TestPeer& plain = receive_as(kOpusOfPublisher, 0);
  for (TestPeer* receiver : {&modern, &plain}) {
    send_red(red);
    send(kOpusOfPublisher, {9, 9});
    send_red(red);
    const auto all = got(*receiver);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[1].payload_type, kOpusOfPublisher);
    EXPECT_EQ(all[1].payload, (Bytes{9, 9}));
    for (std::size_t i = 1; i < all.size(); ++i)
      EXPECT_EQ(static_cast<std::uint16_t>(all[i].number - all[0].number), i);
  }
}

TEST_F(RedTest, BlocksGetTheReceiversPayloadType) {
  TestPeer& receiver = receive_as(103, 104);
  send_red(red);
  Bytes many;  // more headers than are written anew
  for (int i = 0; i < 4; ++i) many.insert(many.end(), {0xEF, 0x0F, 0x00, 0x00});
  many.insert(many.end(), {0x6F, 7, 8});
  send_red(many);
  const auto all = got(receiver);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].payload_type, 104);
  EXPECT_EQ(all[0].payload, (Bytes{0xE7, 0x0F, 0x00, 0x03, 0x67, 1, 2, 3, 7, 8}));
  EXPECT_EQ(all[1].payload_type, 103) << "then it gets the primary block";
  EXPECT_EQ(all[1].payload, primary);
}

TEST_F(RedTest, WhatCannotBeReadGoesOnlyToWhoTakesRed) {
  TestPeer& modern = receive_as(kOpusOfPublisher, kRedOfReceiver);
  TestPeer& other_number = receive_as(103, 104);
  TestPeer& plain = receive_as(kOpusOfPublisher, 0);
  const Bytes broken{0xEF, 0x0F, 0x00, 0x09, 0x6F, 1};
  send_red(red);
  send_red(broken);
  EXPECT_EQ(drops(DropReason::kRedInvalid), 1U);
  send_red(red);
  const auto around = got(plain);
  ASSERT_EQ(around.size(), 2U);
  EXPECT_EQ(around[1].payload, primary);
  EXPECT_EQ(static_cast<std::uint16_t>(around[1].number - around[0].number), 2) << "it misses one";
  for (TestPeer* receiver : {&modern, &other_number}) {
    send_red(broken);
    const auto all = got(*receiver);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].payload, broken);
  }
}

TEST_F(RedTest, NobodySendsRedThatDidNotAgreeToIt) {
  StreamConfig config;
  config.transport = publisher.transport;
  config.mid = Mid::from("b");
  config.codec = Codec::kOpus;
  config.payload_type = 112;
  add_stream(config);
  receive_rtp(publisher, {.ssrc = 0x2222, .payload_type = kRedOfPublisher, .mid = "b"});
  run();
  EXPECT_EQ(drops(DropReason::kPayloadTypeUnknown), 1U);
}

TEST_F(RedTest, ANegotiationMayChangeWhoTakesIt) {
  TestPeer& receiver = add_connected_peer();
  SubscriptionConfig config;
  config.transport = receiver.transport;
  config.target = {.stream = stream, .codec = Codec::kOpus, .payload_type = kOpusOfPublisher};
  config.ssrc = 0x9999;
  const auto subscription = subscribe(config);
  send_red(red);
  config.target.red_payload_type = kRedOfReceiver;
  registry->commit_retarget(subscription, config.target);
  run();
  send_red(red);
  const auto all = got(receiver);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].payload, primary);
  EXPECT_EQ(all[1].payload, red);
  EXPECT_EQ(static_cast<std::uint16_t>(all[1].number - all[0].number), 1);
}

}  // namespace
}  // namespace penstock
