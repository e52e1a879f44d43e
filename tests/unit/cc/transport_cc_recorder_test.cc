#include "dataplane/cc/transport_cc_recorder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "dataplane/base/limits.h"
#include "dataplane/base/prng.h"
#include "tests/support/transport_statuses.h"

namespace penstock {
namespace {

using Sequences = std::initializer_list<std::uint16_t>;

constexpr std::int64_t kWrapTicks = kReferenceTimeModulus * kTicksPerReferenceUnit;

// One message as its receiver sees it.
struct Message {
  std::uint16_t base = 0;
  std::uint8_t feedback_count = 0;
  std::size_t bytes = 0;
  std::vector<test::TransportStatus> statuses;
};

std::optional<Message> next_message(TransportCcRecorder& recorder,
                                    std::size_t room = kControlDatagramBytesMax) {
  std::vector<std::uint8_t> buffer(room);
  ByteWriter writer(buffer);
  Message message;
  message.bytes = recorder.build_feedback(writer, 0x11, 0x22);
  EXPECT_EQ(message.bytes, writer.size());
  if (message.bytes == 0) return std::nullopt;
  CompoundReader reader(writer.written());
  const auto packet = reader.next();
  const auto feedback = packet ? parse_transport_feedback(*packet) : std::nullopt;
  EXPECT_TRUE(feedback);
  if (!feedback) return std::nullopt;
  EXPECT_EQ(feedback->sender_ssrc, 0x11U);
  EXPECT_EQ(feedback->media_ssrc, 0x22U);
  message.base = feedback->base_sequence_number;
  message.feedback_count = feedback->feedback_count;
  test::for_each_status(
      *feedback, [&](const test::TransportStatus& status) { message.statuses.push_back(status); });
  return message;
}

std::vector<Message> all_messages(TransportCcRecorder& recorder) {
  std::vector<Message> messages;
  while (auto message = next_message(recorder)) messages.push_back(*message);
  EXPECT_FALSE(recorder.has_pending());
  return messages;
}

// "R" received, "." lost, for all statuses of all messages.
std::string pattern(const std::vector<Message>& messages) {
  std::string text;
  for (const Message& message : messages) {
    for (const test::TransportStatus& status : message.statuses)
      text += status.received ? 'R' : '.';
  }
  return text;
}

TEST(TransportCcRecorder, NothingToReportAtFirst) {
  TransportCcRecorder recorder;
  EXPECT_FALSE(recorder.has_pending());
  EXPECT_FALSE(next_message(recorder));
}

TEST(TransportCcRecorder, LossesBetweenArrivalsAreReported) {
  TransportCcRecorder recorder;
  for (const std::uint16_t sequence : Sequences{10, 11, 14}) recorder.record(sequence, kSecond);
  const auto messages = all_messages(recorder);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].base, 10);
  EXPECT_EQ(pattern(messages), "RR..R");
}

TEST(TransportCcRecorder, NextMessageBeginsWhereTheLastEnded) {
  TransportCcRecorder recorder;
  recorder.record(10, kSecond);
  EXPECT_EQ(next_message(recorder)->feedback_count, 0);
  recorder.record(13, kSecond);
  const auto message = next_message(recorder);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->base, 11);
  EXPECT_EQ(message->feedback_count, 1);
  EXPECT_EQ(pattern({*message}), "..R");
}

TEST(TransportCcRecorder, SequenceNumbersWrap) {
  TransportCcRecorder recorder;
  for (const std::uint16_t sequence : Sequences{65'534, 65'535, 0, 2})
    recorder.record(sequence, kSecond);
  const auto messages = all_messages(recorder);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].base, 65'534);
  EXPECT_EQ(pattern(messages), "RRR.R");
}

TEST(TransportCcRecorder, ReorderedArrivalsHaveNegativeDeltas) {
  TransportCcRecorder recorder;
  recorder.record(1, 1'000 * kMillisecond);
  recorder.record(3, 1'010 * kMillisecond);
  recorder.record(2, 1'020 * kMillisecond);
  const auto message = next_message(recorder);
  ASSERT_TRUE(message);
  ASSERT_EQ(pattern({*message}), "RRR");
  EXPECT_EQ(message->statuses[1].arrival_ticks - message->statuses[0].arrival_ticks, 80);
  EXPECT_EQ(message->statuses[2].arrival_ticks - message->statuses[1].arrival_ticks, -40);
}

TEST(TransportCcRecorder, PacketThatComesAfterItWasReportedLostIsReportedAgain) {
  TransportCcRecorder recorder;
  for (const std::uint16_t sequence : Sequences{1, 3, 4}) recorder.record(sequence, kSecond);
  EXPECT_EQ(pattern(all_messages(recorder)), "R.RR");
  recorder.record(2, kSecond + kMillisecond);
  const auto messages = all_messages(recorder);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].base, 2);
  EXPECT_EQ(pattern(messages), "RRR");
}

TEST(TransportCcRecorder, PacketFromBeforeTheFirstIsReported) {
  TransportCcRecorder recorder;
  recorder.record(0, kSecond);
  recorder.record(65'534, kSecond);
  const auto messages = all_messages(recorder);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].base, 65'534);
  EXPECT_EQ(pattern(messages), "R.R");
}

TEST(TransportCcRecorder, DuplicateKeepsTheFirstArrivalAndReportsNothing) {
  TransportCcRecorder recorder;
  recorder.record(1, kSecond);
  recorder.record(1, 2 * kSecond);
  EXPECT_EQ(next_message(recorder)->statuses[0].arrival_ticks, 4'000);
  recorder.record(1, 3 * kSecond);
  EXPECT_FALSE(recorder.has_pending());
}

TEST(TransportCcRecorder, PauseLongerThanADeltaSplitsTheMessages) {
  TransportCcRecorder recorder;
  recorder.record(1, kSecond);
  recorder.record(2, 10 * kSecond);  // more than 8.19 s
  recorder.record(4, 10 * kSecond);
  const auto messages = all_messages(recorder);
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(pattern(messages), "RR.R");
  EXPECT_EQ(messages[1].base, 2);
  EXPECT_EQ(messages[1].statuses[0].arrival_ticks, 40'000);
}

TEST(TransportCcRecorder, GapWithinTheWindowIsReportedAsLoss) {
  TransportCcRecorder recorder;
  recorder.record(0, kSecond);
  recorder.record(TransportCcRecorder::kWindowPackets - 1, kSecond);
  const std::string text = pattern(all_messages(recorder));
  EXPECT_EQ(text.size(), TransportCcRecorder::kWindowPackets);
  EXPECT_EQ(std::ranges::count(text, 'R'), 2);
}

TEST(TransportCcRecorder, GapOfAWindowOrMoreBeginsANewSeries) {
  for (const unsigned gap : {3'000U, 20'000U, 32'768U, 40'000U, 62'000U}) {
    TransportCcRecorder recorder;
    recorder.record(5, kSecond);
    recorder.record(static_cast<std::uint16_t>(5 + gap), kSecond);
    recorder.record(static_cast<std::uint16_t>(6 + gap), kSecond);
    const auto messages = all_messages(recorder);
    ASSERT_EQ(messages.size(), 1U) << gap;
    EXPECT_EQ(messages[0].base, static_cast<std::uint16_t>(5 + gap));
    EXPECT_EQ(pattern(messages), "RR");
  }
}

TEST(TransportCcRecorder, UnreportedPacketsBeyondTheWindowAreForgotten) {
  TransportCcRecorder recorder;
  for (unsigned i = 0; i < 5'000; ++i) recorder.record(static_cast<std::uint16_t>(i), kSecond);
  const auto messages = all_messages(recorder);
  ASSERT_FALSE(messages.empty());
  EXPECT_EQ(messages[0].base, 5'000 - TransportCcRecorder::kWindowPackets);
  EXPECT_EQ(pattern(messages), std::string(TransportCcRecorder::kWindowPackets, 'R'));
  for (const Message& message : messages) EXPECT_LE(message.bytes, kControlDatagramBytesMax);
}

TEST(TransportCcRecorder, SmallRoomIsFilledInMoreMessages) {
  TransportCcRecorder recorder;
  for (unsigned i = 0; i < 100; ++i) recorder.record(static_cast<std::uint16_t>(i), kSecond);
  std::size_t count = 0;
  EXPECT_FALSE(next_message(recorder, 20));
  EXPECT_TRUE(recorder.has_pending());
  while (const auto message = next_message(recorder, 40)) {
    EXPECT_LE(message->bytes, 40U);
    EXPECT_EQ(message->base, count);
    count += message->statuses.size();
  }
  EXPECT_EQ(count, 100U);
}

TEST(TransportCcRecorder, ReferenceTimeWrapsAfterTwelveDays) {
  TransportCcRecorder recorder;
  const Timestamp wrap = kWrapTicks * kTransportFeedbackTick;
  EXPECT_NEAR(static_cast<double>(wrap) / (86'400.0 * kSecond), 12.4, 0.1);
  recorder.record(1, wrap - 10 * kMillisecond);
  recorder.record(2, wrap + 10 * kMillisecond);
  const auto before = next_message(recorder);
  recorder.record(3, wrap + 100 * kMillisecond);
  const auto after = next_message(recorder);
  ASSERT_TRUE(before && after);
  ASSERT_EQ(before->statuses.size(), 2U);
  EXPECT_EQ(before->statuses[1].arrival_ticks - before->statuses[0].arrival_ticks, 80);
  const std::int64_t step = after->statuses[0].arrival_ticks - before->statuses[1].arrival_ticks;
  EXPECT_EQ(((step % kWrapTicks) + kWrapTicks) % kWrapTicks, 360);
}

// The differential check: a lossy, reordering, jittery network over several wraps of the sequence
// number, a message every 50 ms. What the receiver of the messages knows at the end must be what
// happened, to within a tick.
TEST(TransportCcRecorder, ReportsMatchWhatHappenedForRandomNetworks) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Prng prng(seed);
    const std::uint64_t loss_percent = prng.below(40);
    const std::uint64_t jitter = prng.below(3) * 20 * kMillisecond + 1;
    const auto first = static_cast<std::uint16_t>(prng.next_u32());
    const std::size_t count = 20'000;

    std::vector<std::pair<Timestamp, std::size_t>> arrivals;
    for (std::size_t i = 0; i < count; ++i) {
      if (i != 0 && i != count - 1 && prng.chance(loss_percent, 100)) continue;
      const auto sent = static_cast<Timestamp>(i) * kMillisecond + 1'000 * kSecond;
      arrivals.emplace_back(sent + static_cast<Timestamp>(prng.below(jitter)), i);
    }
    std::ranges::sort(arrivals);

    TransportCcRecorder recorder;
    std::map<std::size_t, Timestamp> truth;
    std::map<std::size_t, Timestamp> known;
    const auto report = [&] {
      while (const auto message = next_message(recorder)) {
        ASSERT_LE(message->bytes, kControlDatagramBytesMax);
        for (const test::TransportStatus& status : message->statuses) {
          if (!status.received) continue;
          // The packet it means is the newest with this number.
          std::size_t index = static_cast<std::uint16_t>(status.sequence_number - first);
          while (index + 32'768 < truth.rbegin()->first) index += 65'536;
          known[index] = status.arrival_ticks * kTransportFeedbackTick;
        }
      }
    };
    Timestamp next_report = arrivals[0].first + kTransportCcInterval;
    for (const auto& [arrival, index] : arrivals) {
      if (arrival >= next_report) {
        report();
        next_report = arrival + kTransportCcInterval;
      }
      recorder.record(static_cast<std::uint16_t>(first + index), arrival);
      truth[index] = arrival;
    }
    report();
    ASSERT_EQ(known.size(), truth.size()) << seed;
    for (const auto& [index, arrival] : truth) {
      ASSERT_TRUE(known.contains(index));
      ASSERT_LT(std::abs(known[index] - arrival), kTransportFeedbackTick) << seed;
    }
  }
}

}  // namespace
}  // namespace penstock
