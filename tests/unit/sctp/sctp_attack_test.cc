// What a peer may send that is wrong: nothing comes of it, and it takes no time.
#include <gtest/gtest.h>

#include "controlplane/sctp/crc32c.h"
#include "tests/unit/sctp/sctp_link.h"

namespace penstock {
namespace {

using test::SctpLink;

// Sees what `from` sends next.
std::vector<std::uint8_t> next_packet(test::SctpEnd& from) {
  std::vector<std::uint8_t> packet;
  EXPECT_TRUE(from.association->poll_packet(packet));
  return packet;
}

TEST(SctpAttack, WrongChecksumsAndStubsAreDiscarded) {
  SctpLink link;
  link.connect();
  const std::vector<std::uint8_t> bytes(100, 1);
  link.a.association->send(link.now, {.protocol = 53, .bytes = bytes});
  std::vector<std::uint8_t> packet = next_packet(link.a);
  packet.back() ^= 1;
  link.b.association->handle_packet(link.now, packet);
  link.b.association->handle_packet(link.now, std::span(packet).first(11));
  link.b.association->handle_packet(link.now, {});
  link.b.take_events();
  EXPECT_EQ(link.b.association->counters().packets_discarded, 3U);
  EXPECT_EQ(link.b.count(SctpEventKind::kMessage), 0U);
}

// Chunks of length 0 to 5, more chunks than fit, chunks beyond the end: progress is made.
TEST(SctpAttack, ChunksOfWrongLengthsEnd) {
  SctpLink link;
  link.connect();
  const std::vector<std::uint8_t> bytes(400, 0);
  link.a.association->send(link.now, {.protocol = 53, .bytes = bytes});
  const std::vector<std::uint8_t> packet = next_packet(link.a);
  for (unsigned type = 0; type < 256; ++type) {
    for (const unsigned length : {0U, 1U, 3U, 4U, 5U, 8U, 16U, 0xFFFFU}) {
      std::vector<std::uint8_t> bad = packet;
      for (std::size_t at = 12; at + 4 <= bad.size(); at += std::max(4U, length & 0xFCU)) {
        bad[at] = static_cast<std::uint8_t>(type);
        bad[at + 2] = static_cast<std::uint8_t>(length >> 8);
        bad[at + 3] = static_cast<std::uint8_t>(length);
      }
      write_sctp_checksum(bad);
      SctpLink other;
      other.b.association->connect(other.now);
      other.b.association->handle_packet(other.now, bad);
      if (type != 6 && type != 14) link.b.association->handle_packet(link.now, bad);
      link.exchange();
    }
  }
}

TEST(SctpAttack, RandomBytesBehindARightChecksumDoNothing) {
  SctpLink link;
  link.connect();
  link.a.association->send(link.now, {.protocol = 53, .bytes = std::vector<std::uint8_t>(200)});
  const std::vector<std::uint8_t> packet = next_packet(link.a);
  Prng prng(3);
  for (int i = 0; i < 20'000; ++i) {
    std::vector<std::uint8_t> bad = packet;
    for (int changes = 0; changes < 4; ++changes) {
      bad[12 + prng.below(bad.size() - 12)] = static_cast<std::uint8_t>(prng.next_u32());
    }
    write_sctp_checksum(bad);
    link.b.association->handle_packet(link.now, bad);
    link.exchange();
  }
  link.run_for(kSecond);
}

// The packet's one chunk of data becomes a middle of one message, or its beginning.
void make_fragment(std::vector<std::uint8_t>& packet, bool is_first) {
  constexpr std::size_t kFlags = 13;
  constexpr std::size_t kSequence = 22;
  packet[kFlags] = is_first ? 0x02 : 0x00;
  packet[kSequence] = packet[kSequence + 1] = 0;
  write_sctp_checksum(packet);
}

TEST(SctpAttack, AMessageWithoutAnEndClosesTheAssociation) {
  SctpLink link;
  link.connect();
  const std::vector<std::uint8_t> bytes(1'000);
  std::size_t sent_bytes = 0;
  while (sent_bytes < 10'000'000 && !link.b.association->is_closed()) {
    const SctpSent sent = link.a.association->send(link.now, {.protocol = 53, .bytes = bytes});
    if (!sent.is_taken || sent.is_waiting) link.run_for(20 * kMillisecond);
    std::vector<std::uint8_t> packet;
    while (link.a.association->poll_packet(packet)) {
      if (packet.size() > 1'000) {
        make_fragment(packet, sent_bytes == 0);
        sent_bytes += bytes.size();
      }
      link.b.association->handle_packet(link.now, packet);
    }
    while (link.b.association->poll_packet(packet))
      link.a.association->handle_packet(link.now, packet);
    link.exchange();
  }
  EXPECT_TRUE(link.b.association->is_closed());
  EXPECT_LE(sent_bytes, kSctpPartialBytesMax + 2 * kSctpReceiveBufferBytes);
}

}  // namespace
}  // namespace penstock
