// Channels of one peer: opened, closed, closed by both, and what a peer must not do.
#include <gtest/gtest.h>

#include "tests/unit/datachannel/data_network.h"

namespace penstock {
namespace {

using namespace test;

TEST(DataChannels, AClosedOneIsClosedAtTheReceiverAndItsStreamIsFree) {
  DataNetwork network;
  DataClient& peer = network.join(kPublisher);
  DataClient& receiver = network.join(kReceiver);
  network.receive(kReceiver, {source_of(kPublisher)});
  for (int round = 0; round < 5; ++round) {
    const auto stream = peer.open("x", network.now);
    ASSERT_EQ(stream, 0) << "the stream of before";
    network.run_for(kSecond);
    ASSERT_EQ(receiver.find("11"), 1);
    peer.connection.close(*stream, network.now);
    network.run_for(kSecond);
    EXPECT_TRUE(receiver.channels.empty());
  }
  EXPECT_EQ(network.relay.stats().channels_refused, 0U);
}

TEST(DataChannels, AClosingIsAnsweredWithinARoundTrip) {
  DataNetwork network({.delay = 10 * kMillisecond});
  DataClient& peer = network.join(kPublisher);
  const auto stream = peer.open("x", network.now);
  network.run_for(kSecond);
  peer.connection.close(*stream, network.now);
  network.run_for(45 * kMillisecond);
  EXPECT_EQ(peer.open("y", network.now), stream) << "both directions are reset";
}

TEST(DataChannels, BothMayCloseAtOnce) {
  DataNetwork network;
  DataClient& peer = network.join(kPublisher);
  DataClient& receiver = network.join(kReceiver);
  network.receive(kReceiver, {source_of(kPublisher)});
  const auto stream = peer.open("x", network.now);
  network.run_for(kSecond);
  receiver.connection.close(*receiver.find("11"), network.now);
  peer.connection.close(*stream, network.now);
  network.run_for(kSecond);
  EXPECT_EQ(network.relay.counts().routes, 0U);
  const auto again = peer.open("x", network.now);
  network.run_for(kSecond);
  EXPECT_EQ(again, stream);
  EXPECT_EQ(receiver.find("11"), 1);
}

TEST(DataChannels, ManyAreOpenedAndOneMoreIsRefused) {
  DataNetwork network;
  DataClient& peer = network.join(kPublisher);
  std::size_t opened = 0;
  while (peer.open(std::to_string(opened), network.now)) ++opened;
  EXPECT_EQ(opened, kSctpStreamsMax / 2) << "those of its parity";
  network.run_for(kSecond);
  EXPECT_EQ(network.relay.stats().channels_opened, opened);
}

// Speaks SCTP as it likes.
class RawPeer {
 public:
  explicit RawPeer(DataNetwork& network) : network_(network), client_(network.join(kPublisher)) {
    network_.run_for(kSecond);
  }
  void send(std::uint16_t stream, std::uint32_t protocol, std::vector<std::uint8_t> bytes) {
    client_.connection.send_raw(stream, protocol, bytes, network_.now);
    network_.run_for(200 * kMillisecond);
  }
  DataClient& client() { return client_; }

 private:
  DataNetwork& network_;
  DataClient& client_;
};

std::vector<std::uint8_t> open_of(std::string_view label) {
  return write_dcep_open({.label = std::string(label), .protocol = {}});
}

TEST(DataChannels, OpeningsThatAreWrongAreRefusedAndTheRestGoesOn) {
  DataNetwork network;
  RawPeer peer(network);
  const DataStats& stats = network.relay.stats();
  peer.send(1, kDcepProtocol, open_of("of our parity"));
  EXPECT_EQ(stats.channels_refused, 1U);
  peer.send(2, kDcepProtocol, {3, 0, 0});
  EXPECT_EQ(stats.channels_refused, 2U);
  auto bad = open_of("label");
  bad.back() = 0xFF;
  peer.send(4, kDcepProtocol, bad);
  EXPECT_EQ(stats.channels_refused, 3U);
  std::vector<std::uint8_t> long_label = open_of("");
  long_label[8] = long_label[9] = 0xFF;
  long_label.resize(12 + 65'535, 'a');
  peer.send(6, kDcepProtocol, long_label);
  EXPECT_EQ(stats.channels_refused, 4U);
  peer.send(8, kDcepProtocol, open_of("good"));
  EXPECT_EQ(stats.channels_opened, 1U);
  peer.send(8, kDcepProtocol, open_of("twice"));
  EXPECT_EQ(stats.channels_refused, 5U);
  EXPECT_EQ(stats.associations_closed, 0U);
  peer.send(10, kDcepProtocol, open_of("still good"));
  EXPECT_EQ(stats.channels_opened, 2U);
}

TEST(DataChannels, MessagesOfNoChannelAndOfNoTypeAreIgnored) {
  DataNetwork network;
  RawPeer peer(network);
  const DataStats& stats = network.relay.stats();
  peer.send(0, kTextProtocol, {'x'});
  peer.send(0, kDcepProtocol, {2});
  peer.send(0, kDcepProtocol, {77});
  peer.send(0, 0, {'x'});
  EXPECT_EQ(stats.messages_ignored, 4U);
  peer.send(0, kDcepProtocol, open_of("a"));
  for (const std::uint32_t protocol : {0U, 46U, 52U, 54U, 55U}) peer.send(0, protocol, {'x'});
  EXPECT_EQ(stats.messages_ignored, 9U);
  peer.send(0, kBinaryProtocol, {'x'});
  EXPECT_EQ(stats.messages_received, 1U);
}

TEST(DataChannels, PacketsBeforeTheBeginningAndOfNobodyAreDiscarded) {
  DataNetwork network;
  network.relay.handle_packet(99, std::vector<std::uint8_t>(40), network.now);
  network.relay.open(7, {}, network.now);
  network.relay.handle_packet(7, std::vector<std::uint8_t>(40), network.now);
  network.relay.start(7, network.now);
  network.relay.handle_packet(7, std::vector<std::uint8_t>(40), network.now);
  EXPECT_EQ(network.relay.stats().packets_discarded, 3U);
}

}  // namespace
}  // namespace penstock
