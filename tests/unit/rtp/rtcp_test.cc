// The RTCP frame and all messages but transport feedback: vectors, round trips, refusals.
#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "dataplane/rtp/rtcp/bye.h"
#include "dataplane/rtp/rtcp/compound.h"
#include "dataplane/rtp/rtcp/extended_report.h"
#include "dataplane/rtp/rtcp/fir.h"
#include "dataplane/rtp/rtcp/nack.h"
#include "dataplane/rtp/rtcp/pli.h"
#include "dataplane/rtp/rtcp/receiver_report.h"
#include "dataplane/rtp/rtcp/remb.h"
#include "dataplane/rtp/rtcp/sdes.h"
#include "dataplane/rtp/rtcp/sender_report.h"

namespace penstock {
namespace {

using Bytes = std::vector<std::uint8_t>;

// The only packet of a datagram.
RtcpPacket only(const Bytes& datagram) {
  CompoundReader reader(datagram);
  const auto packet = reader.next();
  EXPECT_TRUE(packet);
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.malformed());
  return packet.value_or(RtcpPacket{});
}

// What `write(ByteWriter&)` writes into `room` bytes.
template <typename Write>
Bytes written(Write&& write, std::size_t room = 2'000) {
  Bytes buffer(room);
  ByteWriter writer(buffer);
  write(writer);
  buffer.resize(writer.size());
  return buffer;
}

// Writers write all or nothing: below the size of the packet nothing, and the writer stays usable.
template <typename Write>
void expect_all_or_nothing(Write&& write) {
  const std::size_t size = written(write).size();
  for (std::size_t room = 0; room < size; ++room) {
    Bytes buffer(room);
    ByteWriter writer(buffer);
    EXPECT_FALSE(write(writer));
    EXPECT_EQ(writer.size(), 0U);
    EXPECT_TRUE(writer.ok());
  }
  EXPECT_EQ(written(write, size).size(), size);
}

ReportBlock test_block() { return {0x01020304, 0x40, -5, 0x00010203, 77, 0xAABBCCDD, 0x00010000}; }

TEST(Compound, PacketsComeInOrder) {
  const Bytes datagram = {0x80, 201, 0, 1, 0, 0, 0, 1,              // RR
                          0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2,  // PLI
                          0x9F, 199, 0, 0};                         // unknown
  CompoundReader reader(datagram);
  auto packet = reader.next();
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->type, 201);
  EXPECT_EQ(packet->count, 0);
  EXPECT_EQ(packet->body.size(), 4U);
  packet = reader.next();
  ASSERT_TRUE(packet);
  EXPECT_TRUE(packet->is(kRtcpPayloadFeedback, kFmtPli));
  packet = reader.next();
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->count, 31);
  EXPECT_TRUE(packet->body.empty());
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.malformed());
}

TEST(Compound, MalformedPacketEndsTheIteration) {
  const Bytes good = {0x80, 201, 0, 1, 0, 0, 0, 1};
  const std::vector<Bytes> bad = {
      {0x80, 201, 0},                 // header cut off
      {0x40, 201, 0, 0},              // version 1
      {0x80, 201, 0, 1, 0, 0, 0},     // body cut off
      {0xA0, 201, 0, 0},              // padding without body
      {0xA0, 201, 0, 1, 0, 0, 0, 0},  // padding count 0
      {0xA0, 201, 0, 1, 0, 0, 0, 5},  // padding larger than the body
  };
  for (const Bytes& tail : bad) {
    Bytes datagram = good;
    datagram.insert(datagram.end(), tail.begin(), tail.end());
    datagram.insert(datagram.end(), good.begin(), good.end());
    // Lengths that the good packet after it would satisfy do not count here.
    if (tail.size() % 4 != 0) datagram.resize(good.size() + tail.size());
    CompoundReader reader(datagram);
    EXPECT_TRUE(reader.next());
    EXPECT_FALSE(reader.next());
    EXPECT_TRUE(reader.malformed());
    EXPECT_FALSE(reader.next());
  }
}

TEST(Compound, PaddingIsNotPartOfTheBody) {
  EXPECT_EQ(only({0xA0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4}).body.size(), 4U);
  EXPECT_EQ(only({0xA0, 201, 0, 2, 0, 0, 0, 1, 9, 0, 0, 3}).body.size(), 5U);  // as libwebrtc pads
}

TEST(SenderReport, ReadsTheWire) {
  const Bytes datagram = {0x81, 200,  0,    12,                                              //
                          0x11, 0x22, 0x33, 0x44,                                            // SSRC
                          0xDA, 0x8B, 0xD1, 0xFC, 0xDD, 0xDD, 0xA0, 0x5A,                    // NTP
                          0xAA, 0xF4, 0xED, 0xD5, 0,    0,    0,    1,    0, 0,    0,    2,  //
                          0xBC, 0x5E, 0x9A, 0x40, 0x80, 0xFF, 0xFF, 0xFB,  // -5 lost
                          0,    0,    0x46, 0xE1, 0,    0,    1,    0x11, 9, 0xF3, 0x64, 0x32,
                          0,    2,    0x4A, 0x79};
  const auto report = parse_sender_report(only(datagram));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->sender_ssrc, 0x11223344U);
  EXPECT_EQ(report->ntp, 0xDA8BD1FCDDDDA05AU);
  EXPECT_EQ(report->rtp_timestamp, 0xAAF4EDD5U);
  EXPECT_EQ(report->packet_count, 1U);
  EXPECT_EQ(report->octet_count, 2U);
  ASSERT_EQ(report->blocks.size(), 1U);
  EXPECT_EQ(report->blocks[0],
            (ReportBlock{0xBC5E9A40, 0x80, -5, 0x46E1, 273, 0x09F36432, 150'137}));
  EXPECT_EQ(written([&](ByteWriter& w) { return write_sender_report(w, *report); }), datagram);
}

TEST(SenderReport, FewerBlocksThanAnnouncedIsRefused) {
  SenderReport report;
  ASSERT_TRUE(report.blocks.push_back(test_block()));
  Bytes datagram = written([&](ByteWriter& w) { return write_sender_report(w, report); });
  datagram[0] = 0x82;
  EXPECT_FALSE(parse_sender_report(only(datagram)));
}

TEST(SenderReport, ExtensionAfterTheBlocksIsIgnored) {
  Bytes datagram = written([&](ByteWriter& w) { return write_sender_report(w, SenderReport{}); });
  datagram.insert(datagram.end(), {1, 2, 3, 4});
  datagram[3] = static_cast<std::uint8_t>(datagram[3] + 1);
  EXPECT_TRUE(parse_sender_report(only(datagram)));
}

TEST(SenderReport, WriterIsAllOrNothing) {
  SenderReport report;
  ASSERT_TRUE(report.blocks.push_back(test_block()));
  expect_all_or_nothing([&](ByteWriter& w) { return write_sender_report(w, report); });
}

TEST(ReceiverReport, RoundTripOfAllBlockCounts) {
  for (std::size_t count = 0; count <= kRtcpItemsMax; ++count) {
    std::vector<ReportBlock> blocks(count, test_block());
    for (std::size_t i = 0; i < count; ++i) blocks[i].ssrc = static_cast<std::uint32_t>(i);
    const auto write = [&](ByteWriter& w) { return write_receiver_report(w, 0x99, blocks); };
    const Bytes datagram = written(write);
    const auto report = parse_receiver_report(only(datagram));
    ASSERT_TRUE(report);
    EXPECT_EQ(report->sender_ssrc, 0x99U);
    EXPECT_EQ(std::vector(report->blocks.begin(), report->blocks.end()), blocks);
  }
}

TEST(ReceiverReport, CumulativeLossIsClampedTo24Bits) {
  std::vector<ReportBlock> blocks(2, test_block());
  blocks[0].cumulative_lost = 0x1000000;
  blocks[1].cumulative_lost = -0x1000000;
  const Bytes datagram =
      written([&](ByteWriter& w) { return write_receiver_report(w, 1, blocks); });
  const auto report = parse_receiver_report(only(datagram));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->blocks[0].cumulative_lost, 0x7FFFFF);
  EXPECT_EQ(report->blocks[1].cumulative_lost, -0x800000);
}

TEST(Sdes, ReadsCnamesAndSkipsOtherItems) {
  const Bytes datagram = {0x82, 202, 0, 6,                                                //
                          0,    0,   0, 1, 2, 2, 'm', 'e', 1, 3, 'a', 'b', 'c', 0, 0, 0,  // NAME
                          0,    0,   0, 2, 0, 0, 0,   0};                                 // none
  const auto chunks = parse_sdes(only(datagram));
  ASSERT_TRUE(chunks);
  ASSERT_EQ(chunks->size(), 2U);
  EXPECT_EQ((*chunks)[0].ssrc, 1U);
  EXPECT_EQ((*chunks)[0].cname, "abc");
  EXPECT_EQ((*chunks)[1].ssrc, 2U);
  EXPECT_EQ((*chunks)[1].cname, "");
}

TEST(Sdes, RefusesItemsAndChunksCutOff) {
  EXPECT_FALSE(parse_sdes(only({0x81, 202, 0, 2, 0, 0, 0, 1, 1, 9, 'a', 'b'})));
  EXPECT_FALSE(parse_sdes(only({0x81, 202, 0, 2, 0, 0, 0, 1, 1, 2, 'a', 'b'})));  // no end
  EXPECT_FALSE(parse_sdes(only({0x82, 202, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0})));
}

TEST(Sdes, RoundTripOfAllNameLengths) {
  for (std::size_t size = 0; size < 300; ++size) {
    const std::string name(size, 'n');
    const auto write = [&](ByteWriter& w) { return write_sdes_cname(w, 7, name); };
    const Bytes datagram = written(write);
    EXPECT_EQ(datagram.size() % 4, 0U);
    const auto chunks = parse_sdes(only(datagram));
    ASSERT_TRUE(chunks) << size;
    ASSERT_EQ(chunks->size(), 1U);
    EXPECT_EQ((*chunks)[0].ssrc, 7U);
    EXPECT_EQ((*chunks)[0].cname, name.substr(0, 255));
  }
  expect_all_or_nothing([](ByteWriter& w) { return write_sdes_cname(w, 7, "somebody"); });
}

TEST(Bye, ReadsSsrcsAndReason) {
  const Bytes datagram = {0x82, 203, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 3, 'f', 'o', 'o', 0, 0, 0, 0};
  const auto bye = parse_bye(only(datagram));
  ASSERT_TRUE(bye);
  ASSERT_EQ(bye->ssrcs.size(), 2U);
  EXPECT_EQ(bye->ssrcs[1], 2U);
  EXPECT_EQ(bye->reason, "foo");
}

TEST(Bye, RefusesMissingSsrcsAndReasonsCutOff) {
  EXPECT_FALSE(parse_bye(only({0x82, 203, 0, 1, 0, 0, 0, 1})));
  EXPECT_FALSE(parse_bye(only({0x81, 203, 0, 2, 0, 0, 0, 1, 4, 'f', 'o', 'o'})));
}

TEST(Bye, RoundTrip) {
  const std::vector<std::uint32_t> ssrcs = {5, 6, 7};
  const auto write = [&](ByteWriter& w) { return write_bye(w, ssrcs); };
  const Bytes datagram = written(write);
  const auto bye = parse_bye(only(datagram));
  ASSERT_TRUE(bye);
  EXPECT_EQ(std::vector(bye->ssrcs.begin(), bye->ssrcs.end()), ssrcs);
  EXPECT_EQ(bye->reason, "");
  expect_all_or_nothing(write);
}

std::vector<std::uint16_t> lost_in(const Nack& nack) {
  std::vector<std::uint16_t> lost;
  nack.for_each_lost([&](std::uint16_t sequence_number) { lost.push_back(sequence_number); });
  return lost;
}

TEST(Nack, BitmaskCountsFromTheNumberAfterPid) {
  const Bytes datagram = {0x81, 205,  0,    4,    0,    0,    0,    1,   0, 0, 0, 2,  //
                          0xFF, 0xFE, 0x80, 0x05, 0x00, 0x64, 0x00, 0x00};
  const auto nack = parse_nack(only(datagram));
  ASSERT_TRUE(nack);
  EXPECT_EQ(nack->sender_ssrc, 1U);
  EXPECT_EQ(nack->media_ssrc, 2U);
  EXPECT_EQ(lost_in(*nack), (std::vector<std::uint16_t>{65'534, 65'535, 1, 14, 100}));
}

TEST(Nack, WithoutItemsIsRefused) {
  EXPECT_FALSE(parse_nack(only({0x81, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2})));
}

TEST(Nack, WritesTheFewestItems) {
  const std::vector<std::uint16_t> lost = {65'534, 65'535, 1, 14, 15};
  Bytes buffer(100);
  ByteWriter writer(buffer);
  EXPECT_EQ(write_nack(writer, 1, 2, lost), 5U);
  buffer.resize(writer.size());
  EXPECT_EQ(buffer, (Bytes{0x81, 205,  0,    4,    0,    0,    0,    1,   0, 0, 0, 2,  //
                           0xFF, 0xFE, 0x80, 0x05, 0x00, 0x0F, 0x00, 0x00}));
}

TEST(Nack, ManyLossesAreSplitOverPackets) {
  std::vector<std::uint16_t> lost;
  for (unsigned i = 0; i < 10'000; ++i) lost.push_back(static_cast<std::uint16_t>(60'000 + i * 3));
  std::vector<std::uint16_t> read;
  std::size_t done = 0;
  while (done < lost.size()) {
    Bytes buffer(1'200);
    ByteWriter writer(buffer);
    const std::size_t count = write_nack(writer, 1, 2, std::span(lost).subspan(done));
    ASSERT_GT(count, 0U);
    buffer.resize(writer.size());
    const auto nack = parse_nack(only(buffer));
    ASSERT_TRUE(nack);
    for (const std::uint16_t number : lost_in(*nack)) read.push_back(number);
    done += count;
  }
  EXPECT_EQ(read, lost);
}

TEST(Nack, NothingIsWrittenWithoutRoomOrLosses) {
  const std::vector<std::uint16_t> lost = {1};
  Bytes buffer(15);
  ByteWriter writer(buffer);
  EXPECT_EQ(write_nack(writer, 1, 2, lost), 0U);
  EXPECT_EQ(write_nack(writer, 1, 2, {}), 0U);
  EXPECT_EQ(writer.size(), 0U);
}

TEST(Pli, RoundTrip) {
  const auto write = [](ByteWriter& w) { return write_pli(w, {0x11, 0x22}); };
  const Bytes datagram = written(write);
  EXPECT_EQ(datagram, (Bytes{0x81, 206, 0, 2, 0, 0, 0, 0x11, 0, 0, 0, 0x22}));
  const auto pli = parse_pli(only(datagram));
  ASSERT_TRUE(pli);
  EXPECT_EQ(pli->media_ssrc, 0x22U);
  expect_all_or_nothing(write);
}

TEST(Pli, OtherFormatsAreNotPli) {
  EXPECT_FALSE(parse_pli(only({0x82, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2})));
  EXPECT_FALSE(parse_pli(only({0x81, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2})));
}

TEST(Fir, RoundTrip) {
  Fir fir;
  fir.sender_ssrc = 1;
  ASSERT_TRUE(fir.entries.push_back({0x22, 250}));
  ASSERT_TRUE(fir.entries.push_back({0x33, 1}));
  const auto write = [&](ByteWriter& w) { return write_fir(w, fir); };
  const Bytes datagram = written(write);
  EXPECT_EQ(datagram, (Bytes{0x84, 206, 0, 6,    0,   0, 0, 1, 0, 0, 0, 0,  //
                             0,    0,   0, 0x22, 250, 0, 0, 0, 0, 0, 0, 0x33, 1, 0, 0, 0}));
  const auto parsed = parse_fir(only(datagram));
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->entries.size(), 2U);
  EXPECT_EQ(parsed->entries[0].ssrc, 0x22U);
  EXPECT_EQ(parsed->entries[0].sequence_number, 250);
  expect_all_or_nothing(write);
}

TEST(Fir, WithoutEntriesOrWithTooManyIsRefused) {
  EXPECT_FALSE(parse_fir(only({0x84, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0})));
  Bytes many(12 + (kFirEntriesMax + 1) * 8);
  many[0] = 0x84;
  many[1] = 206;
  many[3] = static_cast<std::uint8_t>(many.size() / 4 - 1);
  EXPECT_FALSE(parse_fir(only(many)));
}

TEST(Remb, ReadsTheWire) {
  // Mantissa 0x3FFFF, exponent 3: 2,097,144 bit/s, for two streams.
  const Bytes datagram = {0x8F, 206,  0,    6,    0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B',  //
                          2,    0x0F, 0xFF, 0xFF, 0, 0, 0, 5, 0, 0, 0, 6};
  const auto remb = parse_remb(only(datagram));
  ASSERT_TRUE(remb);
  EXPECT_EQ(remb->bitrate_bps, 0x3FFFFU << 3);
  ASSERT_EQ(remb->ssrcs.size(), 2U);
  EXPECT_EQ(remb->ssrcs[1], 6U);
  EXPECT_EQ(written([&](ByteWriter& w) { return write_remb(w, *remb); }), datagram);
}

TEST(Remb, RefusesOverflowMissingSsrcsAndOtherIdentifiers) {
  const Bytes good = {0x8F, 206,  0,    5,    0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B',  //
                      1,    0x00, 0x00, 0x01, 0, 0, 0, 5};
  EXPECT_TRUE(parse_remb(only(good)));
  Bytes bad = good;
  bad[16] = 2;
  EXPECT_FALSE(parse_remb(only(bad)));
  bad = good;
  bad[15] = 'X';
  EXPECT_FALSE(parse_remb(only(bad)));
  bad = good;
  bad[17] = 63 << 2;  // 1 << 63 still fits
  EXPECT_EQ(parse_remb(only(bad))->bitrate_bps, std::uint64_t{1} << 63);
  bad[19] = 2;
  EXPECT_FALSE(parse_remb(only(bad)));
}

TEST(Remb, BitrateKeeps18Bits) {
  for (int bits = 0; bits < 64; ++bits) {
    Remb remb;
    remb.bitrate_bps = (std::uint64_t{1} << bits) | 1;
    const auto write = [&](ByteWriter& w) { return write_remb(w, remb); };
    const Bytes datagram = written(write);
    const auto parsed = parse_remb(only(datagram));
    ASSERT_TRUE(parsed);
    EXPECT_LE(parsed->bitrate_bps, remb.bitrate_bps);
    EXPECT_LE(remb.bitrate_bps - parsed->bitrate_bps, remb.bitrate_bps >> 17);
  }
}

TEST(ExtendedReport, ReadsReferenceTimeAndSkipsUnknownBlocks) {
  const Bytes datagram = {0x80, 207, 0, 6, 0, 0, 0, 1,  //
                          9,    0,   0, 1, 1, 1, 1, 1,  // unknown block
                          4,    0,   0, 2, 1, 2, 3, 4, 5, 6, 7, 8};
  const auto report = parse_extended_report(only(datagram));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->sender_ssrc, 1U);
  EXPECT_EQ(report->receiver_reference_time, 0x0102030405060708U);
  EXPECT_TRUE(report->dlrr.empty());
}

TEST(ExtendedReport, RefusesBlocksOfWrongSize) {
  EXPECT_FALSE(parse_extended_report(only({0x80, 207, 0, 3, 0, 0, 0, 1, 4, 0, 0, 1, 1, 2, 3, 4})));
  EXPECT_FALSE(parse_extended_report(only({0x80, 207, 0, 3, 0, 0, 0, 1, 5, 0, 0, 1, 1, 2, 3, 4})));
  EXPECT_FALSE(parse_extended_report(only({0x80, 207, 0, 2, 0, 0, 0, 1, 9, 0, 0, 1})));
  EXPECT_FALSE(parse_extended_report(only({0x80, 207, 0, 0})));
}

TEST(ExtendedReport, DlrrRoundTrip) {
  const std::vector<DlrrItem> items = {{1, 2, 3}, {4, 5, 6}};
  const auto write = [&](ByteWriter& w) { return write_dlrr(w, 9, items); };
  const Bytes datagram = written(write);
  const auto report = parse_extended_report(only(datagram));
  ASSERT_TRUE(report);
  EXPECT_EQ(std::vector(report->dlrr.begin(), report->dlrr.end()), items);
  EXPECT_FALSE(report->receiver_reference_time);
  expect_all_or_nothing(write);
}

TEST(ExtendedReport, ReferenceTimeRoundTrip) {
  const auto write = [](ByteWriter& w) { return write_receiver_reference_time(w, 9, 0xABCDEF); };
  const auto datagram = written(write);
  EXPECT_EQ(parse_extended_report(only(datagram))->receiver_reference_time, 0xABCDEFU);
  expect_all_or_nothing(write);
}

TEST(ExtendedReport, MoreItemsThanTheCapacityAreIgnored) {
  const std::vector<DlrrItem> items(kRtcpItemsMax + 5, DlrrItem{1, 2, 3});
  const Bytes datagram = written([&](ByteWriter& w) { return write_dlrr(w, 9, items); });
  const auto report = parse_extended_report(only(datagram));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->dlrr.size(), kRtcpItemsMax);
}

}  // namespace
}  // namespace penstock
