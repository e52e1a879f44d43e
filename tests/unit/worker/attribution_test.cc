// Attribution directly: which stream a decrypted packet belongs to and what its slot says.
#include "dataplane/worker/attribution.h"

#include <gtest/gtest.h>

#include "dataplane/rtp/header_extension_writer.h"
#include "tests/support/conservation.h"
#include "tests/unit/worker/test_slot.h"

namespace penstock {
namespace {

constexpr std::size_t kFrameOffset = 42;
constexpr std::uint8_t kRepairPayloadType = 97;
constexpr std::uint32_t kRtxSsrc = 0x7777;

ExtensionMap ids() {
  ExtensionMap map;
  map.set(HeaderExtension::kMid, 1);
  map.set(HeaderExtension::kTransportCc, 2);
  map.set(HeaderExtension::kAudioLevel, 3);
  map.set(HeaderExtension::kVideoOrientation, 4);
  return map;
}

struct Packet {
  std::uint32_t ssrc = 0x1111;
  std::uint8_t payload_type = 96;
  std::string_view mid{};
  std::uint16_t transport_sequence = 0;
  bool has_audio_level = false;
  std::vector<std::uint8_t> payload{0x10, 0x00, 0xAA, 0xBB};
  std::uint8_t padding = 0;
};

class AttributionTest : public testing::Test {
 protected:
  AttributionTest() : transport(make_config(), 1, MemoryBlock(tables)) {}
  void SetUp() override { test::allow_pools_in_use_at_end(); }

  static TransportConfig make_config() {
    TransportConfig config;
    config.extensions_in = ids();
    return config;
  }
  StreamHandle add(Codec codec, std::string_view mid, std::uint8_t payload_type,
                   std::uint32_t signalled_ssrc = 0) {
    StreamConfig config;
    config.mid = Mid::from(mid);
    config.codec = codec;
    config.payload_type = payload_type;
    if (signalled_ssrc != 0) static_cast<void>(config.signalled_ssrcs.push_back(signalled_ssrc));
    return add(config);
  }
  // VP8 with RTX, whose SSRC signalling names, or not.
  StreamHandle add_repaired(std::uint32_t ssrc = 0, std::uint32_t rtx_ssrc = 0) {
    StreamConfig config;
    config.mid = Mid::from("v");
    config.codec = Codec::kVp8;
    config.payload_type = 96;
    config.rtx_payload_type = kRepairPayloadType;
    config.has_nack = true;
    if (rtx_ssrc != 0) static_cast<void>(config.repaired_ssrcs.push_back({ssrc, rtx_ssrc}));
    return add(config);
  }
  StreamHandle add(const StreamConfig& config) {
    const auto handle = pools.streams.allocate(config, WorkerIndex{0}, pools.encodings);
    EXPECT_TRUE(transport.streams.add(handle, config));
    return handle;
  }
  // The usual payload as RTX sends it again.
  static Packet rtx(std::uint16_t number, std::string_view mid = {}) {
    return {.ssrc = kRtxSsrc,
            .payload_type = kRepairPayloadType,
            .mid = mid,
            .payload = {static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number),
                        0x10, 0x00, 0xAA, 0xBB}};
  }
  std::expected<Attribution, DropReason> take(const Packet& packet) {
    received.bytes.fill(0);
    const std::span rtp = std::span(received.bytes).subspan(kFrameOffset);
    ExtensionWriter extension(rtp.subspan(kRtpFixedHeaderBytes));
    if (!packet.mid.empty()) {
      extension.add(1,
                    {reinterpret_cast<const std::uint8_t*>(packet.mid.data()), packet.mid.size()});
    }
    if (packet.transport_sequence != 0) extension.add_u16(2, packet.transport_sequence);
    if (packet.has_audio_level) extension.add_u8(3, 0x85);
    const std::size_t extension_bytes = extension.finish();
    RtpHeader header;
    header.marker = true;
    header.payload_type = packet.payload_type;
    header.sequence_number = ++sequence;
    header.timestamp = 777;
    header.ssrc = packet.ssrc;
    header.has_extension = extension_bytes != 0;
    ByteWriter writer(rtp.first(kRtpFixedHeaderBytes));
    write_rtp_header(writer, header);
    std::vector<std::uint8_t> payload = packet.payload;
    if (packet.padding != 0) {
      received.bytes[kFrameOffset] |= 0x20;
      payload.resize(payload.size() + packet.padding - 1);
      payload.push_back(packet.padding);
    }
    const std::size_t header_bytes = kRtpFixedHeaderBytes + extension_bytes;
    std::copy(payload.begin(), payload.end(),
              rtp.begin() + static_cast<std::ptrdiff_t>(header_bytes));
    const std::size_t rtp_bytes = header_bytes + payload.size();
    const auto parsed = parse_rtp_header(rtp.first(rtp_bytes));
    EXPECT_TRUE(parsed.has_value());
    slot = {};
    slot.arrival = now += 20 * kMillisecond;
    return attribute({.bytes = slot.bytes(),
                      .rtp_offset = kFrameOffset,
                      .rtp_bytes = rtp_bytes,
                      .header = *parsed,
                      .sequence = 65'536ULL + sequence},
                     transport, pools, slot);
  }

  Pools pools{{.transports = 1, .streams = 8, .subscriptions = 8}, 1, PoolMemory::heap()};
  BlockPool tables{Transport::table_bytes(kStreamsPerTransport, kSubscriptionsPerTransport), 1,
                   PoolMemory::heap()};
  Transport transport;
  TestSlot received;
  Slot& slot = received.slot;
  std::uint16_t sequence = 0;
  Timestamp now = kSecond;
};

TEST_F(AttributionTest, ByMidAndThenByTheLearnedSsrc) {
  const auto video = add(Codec::kVp8, "v", 96);
  add(Codec::kVp8, "w", 96);
  EXPECT_EQ(take({}).error(), DropReason::kStreamUnknown) << "two have the payload type";
  EXPECT_EQ(take({.mid = "v"})->handle, video);
  EXPECT_EQ(take({})->handle, video);
}

TEST_F(AttributionTest, BySignalledSsrc) {
  add(Codec::kVp8, "v", 96, 0x2222);
  const auto other = add(Codec::kVp8, "w", 96, 0x1111);
  EXPECT_EQ(take({})->handle, other);
}

TEST_F(AttributionTest, ByPayloadTypeIfOnlyOneStreamHasIt) {
  add(Codec::kOpus, "a", 111);
  const auto video = add(Codec::kVp8, "v", 96);
  EXPECT_EQ(take({})->handle, video);
}

TEST_F(AttributionTest, AnUnknownMidIsNobodysEvenIfThePayloadTypeFits) {
  add(Codec::kVp8, "v", 96);
  EXPECT_EQ(take({.mid = "x"}).error(), DropReason::kStreamUnknown);
}

TEST_F(AttributionTest, AnotherPayloadTypeThanTheStreamsIsRefused) {
  add(Codec::kVp8, "v", 96);
  EXPECT_EQ(take({.payload_type = 97, .mid = "v"}).error(), DropReason::kPayloadTypeUnknown);
}

TEST_F(AttributionTest, ADestroyedStreamIsForgotten) {
  const auto old_stream = add(Codec::kVp8, "v", 96);
  EXPECT_TRUE(take({.mid = "v"}).has_value());
  pools.streams.unlink(old_stream);
  EXPECT_EQ(take({}).error(), DropReason::kStreamClosed);
  EXPECT_EQ(take({}).error(), DropReason::kStreamUnknown);
  const auto new_stream = add(Codec::kVp8, "v", 96);
  EXPECT_EQ(take({.mid = "v"})->handle, new_stream);
}

TEST_F(AttributionTest, MetadataDescribesThePacketWithinItsFrame) {
  const auto stream = add(Codec::kVp8, "v", 96);
  const auto found = take({.mid = "v", .has_audio_level = true, .padding = 5});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->stream, pools.streams.resolve(stream));
  EXPECT_EQ(slot.payload_bytes, 4U) << "without the padding";
  EXPECT_EQ(received.bytes[slot.payload_offset + 2U], 0xAA);
  EXPECT_EQ(slot.source, source_name(0, 1));
  EXPECT_EQ(slot.timestamp, 777U);
  EXPECT_EQ(slot.sequence, 65'537U);
  EXPECT_TRUE(slot.marker);
  EXPECT_TRUE(slot.is_keyframe_start);
  ASSERT_EQ(slot.audio_level.size, 1U);
  EXPECT_EQ(received.bytes[slot.audio_level.offset], 0x85);
  EXPECT_EQ(slot.video_orientation.size, 0U);
}

TEST_F(AttributionTest, ADeltaFrameIsNoKeyframe) {
  add(Codec::kVp8, "v", 96);
  ASSERT_TRUE(take({.payload = {0x10, 0x01, 0, 0}}).has_value());
  EXPECT_FALSE(slot.is_keyframe_start);
}

TEST_F(AttributionTest, APayloadThatIsNotOfItsCodecIsForwardedAsNoKeyframe) {
  add(Codec::kVp8, "v", 96);
  ASSERT_TRUE(take({.payload = {0x80}}).has_value());
  EXPECT_FALSE(slot.is_keyframe_start);
  EXPECT_EQ(slot.payload_bytes, 1U);
}

TEST_F(AttributionTest, NothingButPaddingIsNotPassedOn) {
  add(Codec::kVp8, "v", 96);
  ASSERT_TRUE(take({}).has_value());
  EXPECT_EQ(take({.payload = {}, .padding = 255}).error(), DropReason::kRtpPadding);
  EXPECT_EQ(take({.payload = {}}).error(), DropReason::kRtpPadding);
  const std::uint64_t before = slot.sequence;
  ASSERT_TRUE(take({}).has_value());
  EXPECT_EQ(slot.sequence, 65'536U + 2) << "receivers see no gap";
  EXPECT_EQ(before, 0U);
}

TEST_F(AttributionTest, PaddingLongerThanThePacketIsRefused) {
  add(Codec::kVp8, "v", 96);
  EXPECT_EQ(take({.payload = {0x10}, .padding = 1}).has_value(), true);
  Packet bad{.payload = {0x10, 0, 200}};
  bad.padding = 0;
  EXPECT_TRUE(take(bad).has_value()) << "no P bit: the last byte is payload";
}

TEST_F(AttributionTest, ArrivalIsRecordedEvenIfNobodyCanUseThePacket) {
  EXPECT_FALSE(take({.transport_sequence = 9}).has_value());
  EXPECT_TRUE(transport.arrivals.has_pending()) << "the sender counts what arrived";
}

TEST_F(AttributionTest, ARetransmissionIsThePacketThatItRepeats) {
  const auto stream = add_repaired();
  ASSERT_TRUE(take({.mid = "v"}).has_value());
  ++sequence;  // is lost
  ASSERT_TRUE(take({}).has_value());
  const auto found = take(rtx(sequence - 1));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->handle, stream);
  EXPECT_TRUE(found->is_retransmission);
  EXPECT_EQ(slot.sequence, 65'536U + 2);
  EXPECT_EQ(slot.source, source_name(0, 1));
  EXPECT_EQ(slot.payload_bytes, 4U);
  EXPECT_EQ(received.bytes[slot.payload_offset + 2U], 0xAA);
  EXPECT_TRUE(slot.is_keyframe_start);
  EXPECT_EQ(slot.timestamp, 777U);
}

TEST_F(AttributionTest, ARetransmissionOfWhatIsThereIsDropped) {
  add_repaired();
  ASSERT_TRUE(take({.mid = "v"}).has_value());
  EXPECT_EQ(take(rtx(sequence)).error(), DropReason::kRtpDuplicate);
}

TEST_F(AttributionTest, AnRtxPacketWithoutContentIsPadding) {
  add_repaired();
  ASSERT_TRUE(take({.mid = "v"}).has_value());
  Packet probe = rtx(0);
  probe.payload = {};
  probe.padding = 255;
  probe.transport_sequence = 9;
  EXPECT_EQ(take(probe).error(), DropReason::kRtpPadding);
  EXPECT_TRUE(transport.arrivals.has_pending()) << "the sender measures with it";
}

TEST_F(AttributionTest, RtxBeforeAnyMediaIsTaken) {
  const auto stream = add_repaired(0x1111, kRtxSsrc);
  sequence = 50;
  const auto first = take(rtx(20));
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->handle, stream);
  EXPECT_EQ(slot.sequence, 20U);
  const std::uint32_t source = slot.source;
  EXPECT_EQ(pools.streams.resolve(stream)->encoding(0).reception.ssrc(), 0x1111U)
      << "as signalling has it";
  ASSERT_TRUE(take({.mid = "v"}).has_value());
  EXPECT_EQ(slot.source, source) << "one source, however it begins";
}

TEST_F(AttributionTest, RtxBeforeAnyMediaIsTakenThoughNothingNamesWhatItRepairs) {
  const auto stream = add_repaired();
  ASSERT_TRUE(take(rtx(20, "v")).has_value());
  const std::uint32_t source = slot.source;
  ASSERT_TRUE(take({.mid = "v"}).has_value());
  EXPECT_EQ(slot.source, source);
  EXPECT_EQ(pools.streams.resolve(stream)->encoding(0).reception.ssrc(), 0x1111U);
  ASSERT_TRUE(take(rtx(22)).has_value()) << "now it is known what it repairs";
  ASSERT_TRUE(take({.ssrc = 0x4444, .mid = "v"}).has_value());
  EXPECT_EQ(take(rtx(21)).error(), DropReason::kRtxOfOtherSource);
}

TEST_F(AttributionTest, RtxWithMediasPayloadTypeIsRefused) {
  add_repaired();
  ASSERT_TRUE(take({.mid = "v"}).has_value());
  ASSERT_TRUE(take(rtx(sequence + 1)).has_value());
  Packet confused = rtx(sequence + 1);
  confused.payload_type = 96;
  EXPECT_EQ(take(confused).error(), DropReason::kPayloadTypeUnknown);
}

TEST_F(AttributionTest, AChangeOfSsrcStartsTheReceptionAnew) {
  const auto handle = add(Codec::kVp8, "v", 96);
  ASSERT_TRUE(take({.mid = "v"}).has_value());
  ASSERT_TRUE(take({.ssrc = 0x4444, .mid = "v"}).has_value());
  EXPECT_EQ(pools.streams.resolve(handle)->encoding(0).reception.ssrc(), 0x4444U);
}

}  // namespace
}  // namespace penstock
