// Who receives what: a publisher's channels at its receivers, whoever comes first or goes.
#include "controlplane/datachannel/data_relay.h"

#include <gtest/gtest.h>

#include "tests/unit/datachannel/data_network.h"

namespace penstock {
namespace {

using namespace test;
using Texts = std::vector<std::string>;

TEST(DataRelay, WhatAPublisherSaysArrivesOnAChannelWithItsName) {
  DataNetwork network;
  DataClient& publisher = network.join(kPublisher);
  DataClient& receiver = network.join(kReceiver);
  network.receive(kReceiver, {source_of(kPublisher)});
  const auto stream = publisher.open("JanusDataChannel", network.now);
  ASSERT_EQ(stream, 0);
  publisher.send(*stream, "hello", network.now);
  publisher.send(*stream, "", network.now);
  publisher.send(*stream, std::string("\0\xFF", 2), network.now, false);
  publisher.send(*stream, "", network.now, false);
  network.run_for(kSecond);
  const auto channel = receiver.find("11");
  ASSERT_EQ(channel, 1) << "of the server's parity";
  ASSERT_EQ(receiver.messages.size(), 4U);
  EXPECT_EQ(receiver.received(*channel), (Texts{"hello", "", std::string("\0\xFF", 2), ""}));
  EXPECT_TRUE(receiver.messages[1].is_text);
  EXPECT_FALSE(receiver.messages[2].is_text);
  EXPECT_FALSE(receiver.messages[3].is_text);
  EXPECT_EQ(network.relay.stats().messages_received, 4U);
  EXPECT_EQ(network.relay.stats().messages_sent, 4U);
  EXPECT_TRUE(publisher.messages.empty());
}

TEST(DataRelay, AChannelKeepsItsParameters) {
  DataNetwork network;
  DataClient& publisher = network.join(kPublisher);
  DataClient& receiver = network.join(kReceiver);
  network.receive(kReceiver, {source_of(kPublisher)});
  std::vector<DataChannelParameters> published;
  for (const auto reliability :
       {SctpReliability::kFull, SctpReliability::kLifetime, SctpReliability::kRetransmissions}) {
    for (const bool is_ordered : {true, false}) {
      published.push_back({.label = "l" + std::to_string(published.size()),
                           .protocol = "p" + std::to_string(published.size()),
                           .is_ordered = is_ordered,
                           .reliability = reliability,
                           .reliability_limit = reliability == SctpReliability::kFull ? 0U : 7U,
                           .priority = 512});
      ASSERT_TRUE(publisher.connection.open(published.back(), network.now));
    }
  }
  network.run_for(kSecond);
  ASSERT_EQ(receiver.channels.size(), published.size());
  for (DataChannelParameters expected : published) {
    expected.label = expected.label == "l0" ? "11" : "11/" + expected.label;
    const auto channel = receiver.find(expected.label);
    ASSERT_TRUE(channel) << expected.label;
    EXPECT_EQ(receiver.channels[*channel], expected);
  }
}

TEST(DataRelay, WhoComesLaterHasTheChannelsThatAreThere) {
  DataNetwork network;
  DataClient& publisher = network.join(kPublisher);
  const auto stream = publisher.open("first", network.now);
  publisher.send(*stream, "before", network.now);
  network.run_for(kSecond);
  network.receive(kReceiver, {source_of(kPublisher)});
  DataClient& receiver = network.join(kReceiver);
  network.run_for(kSecond);
  ASSERT_TRUE(receiver.find("11"));
  publisher.send(*stream, "after", network.now);
  network.run_for(kSecond);
  EXPECT_EQ(receiver.received(*receiver.find("11")), Texts{"after"});
}

TEST(DataRelay, SourcesComeAndGoWithoutTheOthersNoticing) {
  DataNetwork network;
  DataClient& publisher = network.join(kPublisher);
  DataClient& other = network.join(kOther);
  DataClient& receiver = network.join(kReceiver);
  network.receive(kReceiver, {source_of(kPublisher)});
  const auto stream = publisher.open("a", network.now);
  const auto other_stream = other.open("b", network.now);
  network.run_for(kSecond);
  EXPECT_TRUE(receiver.find("11"));
  EXPECT_FALSE(receiver.find("33"));
  network.receive(kReceiver, {source_of(kPublisher), source_of(kOther)});
  network.run_for(kSecond);
  EXPECT_TRUE(receiver.find("33"));
  EXPECT_EQ(network.relay.counts().routes, 2U);
  network.receive(kReceiver, {source_of(kOther)});
  network.run_for(kSecond);
  EXPECT_FALSE(receiver.find("11"));
  EXPECT_EQ(receiver.closed.size(), 1U);
  publisher.send(*stream, "nobody hears it", network.now);
  other.send(*other_stream, "still there", network.now);
  network.run_for(kSecond);
  ASSERT_EQ(receiver.messages.size(), 1U);
  EXPECT_EQ(receiver.messages[0].bytes, "still there");
  EXPECT_EQ(network.relay.counts().routes, 1U);
}

TEST(DataRelay, WhatIsPausedIsNotSentAndItsChannelStays) {
  DataNetwork network;
  DataClient& publisher = network.join(kPublisher);
  DataClient& receiver = network.join(kReceiver);
  network.receive(kReceiver, {source_of(kPublisher, true)});
  const auto stream = publisher.open("a", network.now);
  publisher.send(*stream, "1", network.now);
  network.run_for(kSecond);
  network.receive(kReceiver, {source_of(kPublisher, false)});
  publisher.send(*stream, "2", network.now);
  network.run_for(kSecond);
  network.receive(kReceiver, {source_of(kPublisher, true)});
  publisher.send(*stream, "3", network.now);
  network.run_for(kSecond);
  EXPECT_EQ(receiver.received(*receiver.find("11")), Texts{"2"});
  EXPECT_TRUE(receiver.closed.empty());
}

TEST(DataRelay, WhenThePublisherGoesItsChannelsCloseAndNothingIsLeft) {
  DataNetwork network;
  DataClient& publisher = network.join(kPublisher);
  DataClient& receiver = network.join(kReceiver);
  network.receive(kReceiver, {source_of(kPublisher)});
  publisher.open("a", network.now);
  network.run_for(kSecond);
  network.leave(kPublisher);
  network.run_for(kSecond);
  EXPECT_TRUE(receiver.channels.empty());
  EXPECT_EQ(network.relay.counts().routes, 0U);
  network.leave(kReceiver);
  EXPECT_EQ(network.relay.counts(), DataRelayCounts{});
  EXPECT_EQ(SctpStack::instance().next_timeout(), kNever);
}

TEST(DataRelay, WhenAReceiverGoesTheOthersGoOn) {
  DataNetwork network;
  DataClient& publisher = network.join(kPublisher);
  network.join(kReceiver);
  DataClient& other = network.join(kOther);
  for (const DataPeerId id : {kReceiver, kOther}) network.receive(id, {source_of(kPublisher)});
  const auto stream = publisher.open("a", network.now);
  network.run_for(kSecond);
  network.leave(kReceiver);
  publisher.send(*stream, "x", network.now);
  network.run_for(kSecond);
  EXPECT_EQ(other.messages.size(), 1U);
  EXPECT_EQ(network.relay.counts().routes, 1U);
}

// As a page does that has its own channel, which janus.js opens in every connection.
TEST(DataRelay, WhatReceiversSayGoesNowhere) {
  DataNetwork network;
  DataClient& publisher = network.join(kPublisher);
  DataClient& receiver = network.join(kReceiver);
  network.receive(kReceiver, {source_of(kPublisher)});
  publisher.open("a", network.now);
  const auto stream = receiver.open("JanusDataChannel", network.now);
  receiver.send(*stream, "x", network.now);
  network.run_for(kSecond);
  EXPECT_TRUE(publisher.messages.empty());
  EXPECT_TRUE(publisher.channels.empty());
}

TEST(DataRelay, AReceiverThatClosesItsChannelIsLeftAlone) {
  DataNetwork network;
  DataClient& publisher = network.join(kPublisher);
  DataClient& receiver = network.join(kReceiver);
  network.receive(kReceiver, {source_of(kPublisher)});
  const auto stream = publisher.open("a", network.now);
  network.run_for(kSecond);
  receiver.connection.close(*receiver.find("11"), network.now);
  network.run_for(kSecond);
  publisher.send(*stream, "x", network.now);
  network.run_for(kSecond);
  EXPECT_TRUE(receiver.messages.empty());
  EXPECT_EQ(network.relay.counts().routes, 0U);
}

TEST(DataRelay, ThroughLossEverythingArrivesInOrder) {
  DataNetwork network({.seed = 4, .loss_percent = 5, .delay = 20 * kMillisecond});
  DataClient& publisher = network.join(kPublisher);
  DataClient& receiver = network.join(kReceiver);
  network.run_for(5 * kSecond);
  network.receive(kReceiver, {source_of(kPublisher)});
  const auto stream = publisher.open("a", network.now);
  ASSERT_TRUE(stream);
  Texts sent;
  for (int i = 0; i < 500; ++i) {
    sent.push_back(std::to_string(i));
    publisher.send(*stream, sent.back(), network.now);
    network.run_for(10 * kMillisecond);
  }
  network.run_for(20 * kSecond);
  ASSERT_TRUE(receiver.find("11"));
  EXPECT_EQ(receiver.received(*receiver.find("11")), sent);
}

TEST(DataRelay, LargeMessagesArriveWhole) {
  DataNetwork network;
  DataClient& publisher = network.join(kPublisher);
  DataClient& receiver = network.join(kReceiver, {.peer_message_bytes_max = kSctpMessageBytesMax});
  DataClient& limited = network.join(kOther);  // named no size: takes 65,536
  for (const DataPeerId id : {kReceiver, kOther}) network.receive(id, {source_of(kPublisher)});
  const auto stream = publisher.open("a", network.now);
  std::string large(kSctpMessageBytesMax, 'x');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 131 >> 4);
  for (const std::size_t bytes : {large.size(), std::size_t{65'536}, std::size_t{65'537}}) {
    publisher.send(*stream, large.substr(0, bytes), network.now, false);
    network.run_for(5 * kSecond);
  }
  ASSERT_EQ(receiver.messages.size(), 3U);
  EXPECT_EQ(receiver.messages[0].bytes, large);
  ASSERT_EQ(limited.messages.size(), 1U);
  EXPECT_EQ(limited.messages[0].bytes.size(), 65'536U);
}

}  // namespace
}  // namespace penstock
