// One receiver that reads slowly or not at all, beside others: it hurts itself, and is held little.
#include <gtest/gtest.h>
#include <malloc.h>

#include "tests/unit/datachannel/data_network.h"

namespace penstock {
namespace {

using namespace test;

constexpr DataPeerId kStopped = kReceiver;
constexpr DataPeerId kReader = kOther;

struct Room {
  DataNetwork network;
  DataClient& publisher = network.join(kPublisher);
  DataClient& stopped = network.join(kStopped);
  DataClient& reader = network.join(kReader);
  std::uint16_t stream = 0;
  std::size_t said = 0;

  explicit Room(const DataChannelParameters& parameters) {
    for (const DataPeerId id : {kStopped, kReader}) network.receive(id, {source_of(kPublisher)});
    stream = *publisher.connection.open(parameters, network.now);
    network.run_for(kSecond);
  }
  void say(std::size_t count, std::size_t bytes, Duration interval) {
    for (std::size_t i = 0; i < count; ++i) {
      std::string text = std::to_string(said++);
      text.resize(std::max(bytes, text.size()), ' ');
      publisher.send(stream, text, network.now);
      network.run_for(interval);
    }
  }
};

DataChannelParameters reliable() { return {.label = "r", .protocol = {}}; }
DataChannelParameters unreliable() {
  return {.label = "u",
          .protocol = {},
          .is_ordered = false,
          .reliability = SctpReliability::kRetransmissions};
}

TEST(SlowReceiver, WhoStopsLosesItsChannelAndNobodyElseAMessage) {
  Room room(reliable());
  room.network.link(kStopped).is_cut = true;
  const std::size_t before = mallinfo2().uordblks;
  room.reader.keeps_messages = false;
  std::size_t most_queued = 0;
  std::size_t most_heap = 0;
  for (int i = 0; i < 2'000; ++i) {
    room.say(1, 1'000, kMillisecond);
    most_queued = std::max(most_queued, room.network.relay.counts().queued_bytes);
    most_heap = std::max(most_heap, mallinfo2().uordblks - before);
  }
  room.network.run_for(kSecond);
  EXPECT_EQ(room.reader.stats.messages_received, 2'000U);
  EXPECT_EQ(room.network.relay.stats().channels_overflowed, 1U);
  EXPECT_GT(most_queued, kDataQueueBytesMax - 2'000);
  EXPECT_LE(most_queued, kDataQueueBytesMax);
  EXPECT_LT(most_heap, 1'000'000U) << "of everything that the stopped one makes wait";
  EXPECT_EQ(room.network.relay.counts().queued_bytes, 0U) << "with its channel";
  EXPECT_EQ(room.network.relay.counts().routes, 1U);
  RecordProperty("most_heap", static_cast<int>(most_heap));
}

// One publisher, and 50 receivers of which the first may have stopped.
struct Audience {
  struct Result {
    std::size_t most_heap = 0;  // more than before it began
    std::size_t most_queued = 0;
    std::size_t most_waiting = 0;  // receivers
    std::vector<std::uint64_t> received;
  };

  static Result say(bool has_stopped, std::size_t count) {
    DataNetwork network;
    DataClient& publisher = network.join(kPublisher);
    std::vector<DataClient*> receivers;
    for (DataPeerId id = 100; id < 150; ++id) {
      receivers.push_back(&network.join(id));
      receivers.back()->keeps_messages = false;
      network.receive(id, {source_of(kPublisher)});
    }
    const std::uint16_t stream = *publisher.connection.open(reliable(), network.now);
    network.run_for(kSecond);
    network.link(100).is_cut = has_stopped;
    Result result;
    const std::size_t before = mallinfo2().uordblks;
    for (std::size_t i = 0; i < count; ++i) {
      publisher.send(stream, std::string(1'000, 'x'), network.now);
      network.run_for(kMillisecond);
      const DataRelayCounts counts = network.relay.counts();
      result.most_heap = std::max(result.most_heap, mallinfo2().uordblks - before);
      result.most_queued = std::max(result.most_queued, counts.queued_bytes);
      result.most_waiting = std::max(result.most_waiting, counts.waiting);
    }
    network.run_for(kSecond);
    EXPECT_EQ(network.relay.counts().waiting, has_stopped ? 1U : 0U);
    for (const DataClient* receiver : receivers)
      result.received.push_back(receiver->stats.messages_received);
    return result;
  }
};

TEST(SlowReceiver, BesideFortyNineWhoReadItCostsLessThanAMegabyteAndNobodyAMessage) {
  constexpr std::size_t kMessages = 1'000;
  const Audience::Result all_read = Audience::say(false, kMessages);
  const Audience::Result one_stopped = Audience::say(true, kMessages);
  for (std::size_t i = 1; i < 50; ++i) EXPECT_EQ(one_stopped.received[i], kMessages) << i;
  EXPECT_GT(one_stopped.most_queued, kDataQueueBytesMax - 2'000);
  EXPECT_LT(one_stopped.most_heap, all_read.most_heap + 1'000'000);
  RecordProperty("heap_of_the_stopped_one",
                 static_cast<int>(one_stopped.most_heap) - static_cast<int>(all_read.most_heap));
  EXPECT_EQ(all_read.received, std::vector<std::uint64_t>(50, kMessages));
}

TEST(SlowReceiver, WhoReadsIsNotDelayedByWhoDoesNot) {
  Room room(reliable());
  room.network.link(kStopped).is_cut = true;
  std::vector<Timestamp> sent;
  for (int i = 0; i < 500; ++i) {
    sent.push_back(room.network.now);
    room.say(1, 1'000, 2 * kMillisecond);
  }
  room.network.run_for(kSecond);
  ASSERT_EQ(room.reader.messages.size(), 500U);
  Duration longest = 0;
  for (std::size_t i = 0; i < 500; ++i)
    longest = std::max(longest, room.reader.messages[i].at - sent[i]);
  EXPECT_LE(longest, 15 * kMillisecond) << "two links of 5 ms, and 5 ms more";
}

TEST(SlowReceiver, OfAnUnreliableChannelWhatComesAfterAPauseIsNew) {
  Room room(unreliable());
  room.network.link(kStopped).is_cut = true;
  room.say(2'000, 1'000, kMillisecond);
  EXPECT_GT(room.network.relay.stats().messages_dropped, 1'000U);
  room.network.link(kStopped).is_cut = false;
  const Timestamp back = room.network.now;
  room.say(3'000, 1'000, kMillisecond);
  room.network.run_for(kSecond);
  EXPECT_EQ(room.reader.messages.size(), 5'000U);
  EXPECT_TRUE(room.stopped.closed.empty());
  ASSERT_GT(room.stopped.messages.size(), 500U);
  // Of before the pause: what fits a first window, and what was under way.
  std::size_t late = 0;
  for (const DataClient::Message& message : room.stopped.messages) {
    const auto number = std::stoul(message.bytes);
    if (message.at > back && number > 100 && number < 1'900) ++late;
  }
  EXPECT_LE(late, 30U);
  EXPECT_EQ(room.stopped.messages.back().bytes, room.reader.messages.back().bytes);
}

TEST(SlowReceiver, AReliableMessageThatHasWaitedTooLongEndsItsChannel) {
  Room room(reliable());
  room.network.link(kStopped).packet_time = 200 * kMillisecond;
  std::size_t most_queued = 0;
  for (int i = 0; i < 2'000 && room.network.relay.stats().channels_overflowed == 0; ++i) {
    room.say(1, 1'000, 100 * kMillisecond);
    most_queued = std::max(most_queued, room.network.relay.counts().queued_bytes);
  }
  EXPECT_EQ(room.network.relay.stats().channels_overflowed, 1U);
  EXPECT_LT(most_queued, kDataQueueBytesMax - 50'000);
  EXPECT_EQ(room.network.relay.counts().queued_bytes, 0U);
}

TEST(SlowReceiver, WhoComesBackInTimeHasEverything) {
  Room room(reliable());
  room.network.link(kStopped).is_cut = true;
  room.say(300, 1'000, kMillisecond);
  room.network.link(kStopped).is_cut = false;
  room.network.run_for(20 * kSecond);
  EXPECT_EQ(room.stopped.messages.size(), 300U);
  for (std::size_t i = 0; i < room.stopped.messages.size(); ++i)
    EXPECT_EQ(std::stoul(room.stopped.messages[i].bytes), i);
}

}  // namespace
}  // namespace penstock
