#include "dataplane/rtp/rtcp/transport_feedback.h"

#include <gtest/gtest.h>

#include <span>
#include <vector>

#include "dataplane/base/limits.h"
#include "dataplane/base/prng.h"
#include "tests/support/transport_statuses.h"

namespace penstock {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Ticks = std::vector<std::int64_t>;

std::optional<TransportFeedback> parse(const Bytes& datagram) {
  const auto packet = CompoundReader(datagram).next();
  return packet ? parse_transport_feedback(*packet) : std::nullopt;
}

std::vector<test::TransportStatus> statuses_of(const TransportFeedback& feedback) {
  std::vector<test::TransportStatus> statuses;
  test::for_each_status(feedback,
                        [&](const test::TransportStatus& status) { statuses.push_back(status); });
  return statuses;
}

// A message with the given chunks and deltas after the fixed fields, padded to words.
Bytes message(std::uint16_t status_count, const Bytes& chunks_and_deltas) {
  Bytes datagram = {0x8F, 205, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0xFF, 0xFF, 0, 0, 0, 0, 1, 7};
  datagram[14] = static_cast<std::uint8_t>(status_count >> 8);
  datagram[15] = static_cast<std::uint8_t>(status_count);
  for (const std::uint8_t byte : chunks_and_deltas) datagram.push_back(byte);
  while (datagram.size() % 4 != 0) datagram.push_back(0);
  datagram[3] = static_cast<std::uint8_t>(datagram.size() / 4 - 1);
  return datagram;
}

TEST(TransportFeedback, ReadsOnePacketAsChromiumSendsIt) {
  const Bytes datagram = {0xAF, 0xCD, 0x00, 0x05, 0xFA, 0x17, 0xFA, 0x17, 0x43, 0x03, 0x2F, 0xA0,
                          0x00, 0x99, 0x00, 0x01, 0x3D, 0xE8, 0x02, 0x17, 0x20, 0x01, 0x94, 0x01};
  const auto feedback = parse(datagram);
  ASSERT_TRUE(feedback);
  EXPECT_EQ(feedback->sender_ssrc, 0xFA17FA17U);
  EXPECT_EQ(feedback->media_ssrc, 0x43032FA0U);
  EXPECT_EQ(feedback->base_sequence_number, 0x99);
  EXPECT_EQ(feedback->reference_time, 0x3DE802);
  EXPECT_EQ(feedback->feedback_count, 0x17);
  const auto statuses = statuses_of(*feedback);
  ASSERT_EQ(statuses.size(), 1U);
  EXPECT_TRUE(statuses[0].received);
  EXPECT_EQ(statuses[0].arrival_ticks, 0x3DE802 * 256 + 0x94);
}

TEST(TransportFeedback, ReadsNegativeDeltasAndPaddingAsChromiumSendsThem) {
  const Bytes datagram = {0xAF, 0xCD, 0x00, 0x06, 0xFA, 0x17, 0xFA, 0x17, 0x19, 0x3D,
                          0xD8, 0xBB, 0x01, 0x74, 0x00, 0x02, 0x45, 0xB1, 0x5A, 0x40,
                          0xD8, 0x00, 0xF0, 0xFF, 0xD0, 0x00, 0x00, 0x03};
  const auto feedback = parse(datagram);
  ASSERT_TRUE(feedback);
  const auto statuses = statuses_of(*feedback);
  ASSERT_EQ(statuses.size(), 2U);
  EXPECT_EQ(statuses[0].sequence_number, 372);
  EXPECT_EQ(statuses[0].arrival_ticks, 0x45B15A * 256 + 0xF0);
  EXPECT_EQ(statuses[1].sequence_number, 373);
  EXPECT_EQ(statuses[1].arrival_ticks, statuses[0].arrival_ticks - 48);
}

TEST(TransportFeedback, ReadsTheChunkExamplesOfTheDraft) {
  // Section 3.1.3: 221 lost. Section 3.1.4: 1 lost, 5 received, 2 lost, 3 received, 3 lost.
  // Two-bit form (its reserved symbol replaced): lost, large, 3 small, 2 lost.
  const Bytes datagram = message(221 + 14 + 7, {0x00, 0xDD, 0x9F, 0x38, 0xC9, 0x50,  //
                                                1, 1, 1, 1, 1, 1, 1, 1,              //
                                                0x01, 0x00, 1, 1, 1});
  const auto feedback = parse(datagram);
  ASSERT_TRUE(feedback);
  const auto statuses = statuses_of(*feedback);
  ASSERT_EQ(statuses.size(), 242U);
  std::vector<std::size_t> received;
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    EXPECT_EQ(statuses[i].sequence_number, static_cast<std::uint16_t>(0xFFFF + i));
    if (statuses[i].received) received.push_back(i);
  }
  EXPECT_EQ(received, (std::vector<std::size_t>{222, 223, 224, 225, 226, 229, 230, 231,  //
                                                236, 237, 238, 239}));
  EXPECT_EQ(statuses[239].arrival_ticks, 256 + 8 + 256 + 3);
}

TEST(TransportFeedback, ReferenceTimeIsSigned) {
  Bytes datagram = message(1, {0x20, 0x01, 5});
  datagram[16] = datagram[17] = datagram[18] = 0xFF;
  const auto feedback = parse(datagram);
  ASSERT_TRUE(feedback);
  EXPECT_EQ(feedback->reference_time, -1);
  EXPECT_EQ(statuses_of(*feedback)[0].arrival_ticks, -256 + 5);
}

TEST(TransportFeedback, RefusesWhatContradictsItself) {
  EXPECT_TRUE(parse(message(2, {0x20, 0x02, 1, 1})));
  EXPECT_FALSE(parse(message(0, {0x20, 0x02, 1, 1})));         // no statuses
  EXPECT_FALSE(parse(message(5, {0x20, 0x05, 1, 1})));         // deltas missing
  EXPECT_FALSE(parse(message(30, {0x80, 0x00, 0x80, 0x00})));  // chunks missing
  EXPECT_FALSE(parse(message(2, {0x60, 0x02, 1, 1})));         // reserved symbol, run
  EXPECT_FALSE(parse(message(2, {0xF0, 0x00, 1, 1})));         // reserved symbol, vector
}

TEST(TransportFeedback, TellsWhatWasReceivedOfManyThatWereNot) {
  // As Chromium says it after a jump of the numbers: many, in a few bytes.
  const Bytes datagram =
      message(16'398, {0x1F, 0xFF, 0x1F, 0xFF, 0xC2, 0x40, 0x20, 0x02, 0x80, 0x00, 5, 1, 0, 7, 8});
  const auto sparse = parse(datagram);
  ASSERT_TRUE(sparse);
  std::vector<std::pair<std::size_t, std::int64_t>> received;
  sparse->for_each_received([&](std::size_t index, std::int64_t ticks) {
    received.emplace_back(index, ticks - sparse->reference_time * kTicksPerReferenceUnit);
  });
  const std::vector<std::pair<std::size_t, std::int64_t>> expected = {
      {16'384, 0x501}, {16'385, 0x501}, {16'389, 0x508}, {16'390, 0x510}};
  EXPECT_EQ(received, expected);
  EXPECT_EQ(statuses_of(*sparse).size(), 16'398U);
}

TEST(TransportFeedback, SymbolsBeyondTheCountDoNotMatter) {
  const auto feedback = parse(message(1, {0xDF, 0xFF, 1, 0}));  // small, then reserved ones
  ASSERT_TRUE(feedback);
  EXPECT_EQ(feedback->deltas.size(), 1U);
}

TEST(TransportFeedback, WritesRunsAndVectorsInTheFewestBytes) {
  Ticks arrivals(30, 256);  // one run of received packets
  arrivals.insert(arrivals.end(), 100, kNotReceived);
  for (int i = 0; i < 7; ++i) {  // alternating
    arrivals.push_back(300 + i);
    arrivals.push_back(kNotReceived);
  }
  arrivals.push_back(1'000);  // a large delta
  Bytes buffer(1'200);
  ByteWriter writer(buffer);
  ASSERT_EQ(write_transport_feedback(writer, {1, 2, 3, 4}, arrivals), 145U);
  // 20 fixed, chunks: run, run, one-bit vector, run of one; 37 small deltas and a large one.
  EXPECT_EQ(writer.size(), (20U + 4 * 2 + 37 + 2 + 3) / 4 * 4);
  EXPECT_EQ(Bytes(buffer.begin() + 20, buffer.begin() + 28),
            (Bytes{0x20, 30, 0x00, 100, 0xAA, 0xAA, 0x40, 1}));
}

TEST(TransportFeedback, DeltaBeyond16BitsEndsTheMessage) {
  const Ticks arrivals = {0, 32'767, 32'767 + 32'768, 0};
  Bytes buffer(1'200);
  ByteWriter writer(buffer);
  EXPECT_EQ(write_transport_feedback(writer, {}, arrivals), 2U);
  EXPECT_EQ(write_transport_feedback(writer, {}, std::span(arrivals).subspan(1, 1)), 1U);
  const Ticks back = {65'536, 65'536 - 32'768, 65'536 - 2 * 32'768 - 1};
  EXPECT_EQ(write_transport_feedback(writer, {}, back), 2U);
}

TEST(TransportFeedback, NothingIsWrittenWithoutAReceivedPacketOrRoom) {
  const Ticks lost(10, kNotReceived);
  Bytes buffer(1'200);
  ByteWriter writer(buffer);
  EXPECT_EQ(write_transport_feedback(writer, {}, lost), 0U);
  EXPECT_EQ(write_transport_feedback(writer, {}, {}), 0U);
  const Ticks one = {5};
  for (std::size_t room = 0; room < 24; ++room) {
    ByteWriter small{std::span(buffer).first(room)};
    EXPECT_EQ(write_transport_feedback(small, {}, one), 0U);
    EXPECT_EQ(small.size(), 0U);
  }
  ByteWriter enough{std::span(buffer).first(24)};
  EXPECT_EQ(write_transport_feedback(enough, {}, one), 1U);
}

TEST(TransportFeedback, ReferenceTimeIsRoundedDownForNegativeTimesToo) {
  Bytes buffer(24);
  ByteWriter writer(buffer);
  EXPECT_EQ(write_transport_feedback(writer, {}, Ticks{-5}), 1U);
  EXPECT_EQ(Bytes(buffer.begin() + 16, buffer.end()),
            (Bytes{0xFF, 0xFF, 0xFF, 0, 0x20, 1, 256 - 5, 0}));
}

// Random arrivals of one kind of network each, always beginning with something received.
Ticks random_arrivals(Prng& prng) {
  const std::uint64_t loss_percent = prng.below(4) * 30;
  const std::uint64_t spread = std::uint64_t{1} << prng.below(14);
  std::int64_t now = static_cast<std::int64_t>(prng.below(1ULL << 40)) - (1LL << 39);
  Ticks arrivals = {now};
  const std::size_t count = 1 + prng.below(3'000);
  while (arrivals.size() < count) {
    now += static_cast<std::int64_t>(prng.below(spread));
    if (prng.chance(1, 10)) now -= static_cast<std::int64_t>(prng.below(spread));
    arrivals.push_back(prng.chance(loss_percent, 100) ? kNotReceived : now);
  }
  while (arrivals.back() == kNotReceived) arrivals.pop_back();
  return arrivals;
}

// Times are equal modulo the wrap of the reference time.
std::int64_t modulo_wrap(std::int64_t ticks) {
  return ticks & (kReferenceTimeModulus * kTicksPerReferenceUnit - 1);
}

TEST(TransportFeedback, WhatIsWrittenIsReadBackForRandomArrivalsAndRooms) {
  Prng prng(11);
  for (int round = 0; round < 500; ++round) {
    const Ticks arrivals = random_arrivals(prng);
    const auto base = static_cast<std::uint16_t>(prng.next_u32());
    std::size_t done = 0;
    while (done < arrivals.size()) {
      Bytes buffer(40 + prng.below(3'000));
      ByteWriter writer(buffer);
      const TransportFeedbackHeader header{1, 2, static_cast<std::uint16_t>(base + done), 3};
      const std::size_t count =
          write_transport_feedback(writer, header, std::span(arrivals).subspan(done));
      ASSERT_GT(count, 0U);
      ASSERT_LE(writer.size(), kControlDatagramBytesMax);
      buffer.resize(writer.size());
      const auto feedback = parse(buffer);
      ASSERT_TRUE(feedback);
      ASSERT_EQ(feedback->status_count, count);
      std::size_t i = done;
      test::for_each_status(*feedback, [&](const test::TransportStatus& status) {
        EXPECT_EQ(status.sequence_number, static_cast<std::uint16_t>(base + i));
        ASSERT_EQ(status.received, arrivals[i] != kNotReceived);
        if (status.received) {
          ASSERT_EQ(modulo_wrap(status.arrival_ticks), modulo_wrap(arrivals[i]));
        }
        ++i;
      });
      done += count;
    }
    ASSERT_EQ(done, arrivals.size());
  }
}

}  // namespace
}  // namespace penstock
