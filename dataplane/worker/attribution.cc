#include "dataplane/worker/attribution.h"

#include <algorithm>

#include "dataplane/forward/packet_layer.h"
#include "dataplane/rtp/header_extension.h"
#include "dataplane/rtp/payload/payload_info.h"
#include "dataplane/rtp/payload/picture_size.h"
#include "dataplane/rtp/payload/red.h"
#include "dataplane/rtp/rtx.h"

namespace penstock {
namespace {

ElementLocation locate(const ParsedExtensions& extensions, HeaderExtension kind,
                       std::size_t offset) {
  const auto& location = extensions.at(kind);
  if (location.offset == 0) return {};
  return {static_cast<std::uint16_t>(location.offset + offset),
          static_cast<std::uint8_t>(location.size)};  // an element has at most 255
}

// The stream that a packet belongs to, and as what.
struct Found {
  StreamHandle handle;
  Stream* stream = nullptr;
  StreamTable::LearnedSsrc* learned = nullptr;
  bool is_red = false;

  Reception& reception() const { return stream->encoding(learned->encoding).reception; }
};

std::expected<Found, DropReason> find_stream(const PlainPacket& packet,
                                             const ParsedExtensions& extensions,
                                             Transport& transport, const Pools& pools) {
  StreamTable::LearnedSsrc* learned = transport.streams.find(packet.header.ssrc);
  if (learned == nullptr) {
    const auto text = [&](HeaderExtension kind) { return extensions.text(packet.rtp(), kind); };
    learned = transport.streams.learn({.ssrc = packet.header.ssrc,
                                       .payload_type = packet.header.payload_type,
                                       .mid = text(HeaderExtension::kMid),
                                       .rid = text(HeaderExtension::kRid),
                                       .repaired_rid = text(HeaderExtension::kRepairedRid)});
    if (learned == nullptr) return std::unexpected(DropReason::kStreamUnknown);
  }
  const StreamHandle handle = learned->stream;
  Stream* stream = pools.streams.resolve(handle);
  if (stream == nullptr) {
    transport.streams.remove(handle);
    return std::unexpected(DropReason::kStreamClosed);
  }
  const StreamConfig& config = stream->config;
  if (!config.is_sent) return std::unexpected(DropReason::kStreamInactive);
  const std::uint8_t payload_type = packet.header.payload_type;
  if (payload_type == (learned->is_rtx ? config.rtx_payload_type : config.payload_type))
    return Found{handle, stream, learned};
  if (learned->is_rtx || config.red_payload_type == 0 || payload_type != config.red_payload_type)
    return std::unexpected(DropReason::kPayloadTypeUnknown);
  return Found{handle, stream, learned, true};
}

// What the packet carries: of a retransmission the packet that it repeats.
struct Carried {
  std::uint64_t sequence = 0;     // extended
  std::size_t payload_at = 0;     // from the start of the RTP packet
  std::size_t payload_bytes = 0;  // without padding
};

std::expected<Carried, DropReason> carried_by(const PlainPacket& packet, const Found& found,
                                              Timestamp arrival) {
  const auto rtp = packet.rtp();
  const auto padding = padding_bytes(rtp, packet.header);
  if (!padding) return std::unexpected(DropReason::kRtpInvalid);
  Carried carried{.sequence = packet.sequence,
                  .payload_at = packet.header.header_bytes,
                  .payload_bytes = rtp.size() - packet.header.header_bytes - *padding};
  Reception& reception = found.reception();
  StreamTable::LearnedSsrc& learned = *found.learned;
  if (!learned.is_rtx) {
    const DropReason reason = reception.take_ssrc(packet.header.ssrc, false, arrival);
    if (reason != DropReason::kNone) return std::unexpected(reason);
    return carried;
  }
  found.stream->encoding(learned.encoding)
      .repair.on_packet(packet.header.ssrc, packet.header.sequence_number, packet.header.timestamp,
                        arrival, found.stream->config.codec);
  const auto number =
      original_sequence_number(rtp.subspan(carried.payload_at, carried.payload_bytes));
  if (!number) return std::unexpected(DropReason::kRtpPadding);
  // Which SSRC it repairs, if signalling did not say: the one that is sent while it comes first.
  if (learned.repaired_ssrc == 0) learned.repaired_ssrc = reception.ssrc();
  if (const DropReason reason = reception.take_ssrc(learned.repaired_ssrc, true, arrival);
      reason != DropReason::kNone) {
    return std::unexpected(reason);
  }
  const auto sequence = reception.extend(*number);
  if (!sequence) return std::unexpected(sequence.error());
  carried.sequence = *sequence;
  carried.payload_at += kRtxHeaderBytes;
  carried.payload_bytes -= kRtxHeaderBytes;
  return carried;
}

std::optional<FrameDependencies> read_dependencies(const PlainPacket& packet, const Slot& slot,
                                                   Encoding& encoding) {
  const ElementLocation& element = slot.dependency_descriptor;
  if (element.size == 0) return std::nullopt;
  return encoding.dependencies.read({packet.bytes + element.offset, element.size});
}

// Of a keyframe the layers are yet to come, so that the publisher's word counts.
unsigned spatial_top(const Stream& stream, const std::optional<FrameDependencies>& frame,
                     const Slot& slot) {
  if (slot.is_keyframe_start && frame) return std::min<unsigned>(frame->spatial_top, 3);
  return static_cast<unsigned>(stream.layers.spatial_top());
}

// What of the stream's layers comes with the packet: counted, and said in its slot.
void note_layer(const Found& found, std::span<const std::uint8_t> payload,
                const std::optional<PayloadInfo>& info,
                const std::optional<FrameDependencies>& frame, Slot& slot) {
  Stream& stream = *found.stream;
  Encoding& encoding = stream.encoding(found.learned->encoding);
  PacketLayer& layer = slot.layer;
  layer.is_simulcast = stream.is_simulcast();
  layer.encoding = found.learned->encoding & 3U;
  describe_layer(info, frame, encoding.picture_id, layer);
  if (frame && !layer.is_simulcast) stream.layers.stop_above(frame->spatial_top);
  std::uint32_t pixels = frame ? frame->pixels : 0;
  if (!slot.is_keyframe_start) {
    pixels = 0;
  } else if (pixels == 0) {
    if (const auto size = picture_size(stream.config.codec, payload))
      pixels = static_cast<std::uint32_t>(size->pixels());
  }
  stream.layers.take({.row = layer.is_simulcast ? layer.encoding : layer.spatial,
                      .temporal = layer.temporal,
                      .timestamp = slot.timestamp,
                      .bytes = payload.size(),
                      .pixels = pixels,
                      .is_for_above = layer.not_for_spatial == 0},
                     slot.arrival);
  layer.version = static_cast<std::uint8_t>(stream.layers.version());
  const Layer limit = stream.layers.limit();
  layer.spatial_limit = limit.spatial & 3U;
  layer.temporal_limit = limit.temporal & 3U;
  if (!layer.is_simulcast) layer.spatial_top = spatial_top(stream, frame, slot) & 3U;
}

// A packet of audio, with its level if it has one. True if it goes further.
bool hear(Stream& stream, const std::optional<AudioLevel>& level, Timestamp arrival) {
  const AudioRule& rule = stream.config.audio;
  if (!level) return true;
  if (rule.packets != 0) stream.talk.take(rule, level->level, arrival);
  if (rule.is_followed) stream.levels.take(level->level);
  return !rule.is_gated || stream.gate.take(level->level, arrival);
}

}  // namespace

std::expected<Attribution, DropReason> attribute(const PlainPacket& packet, Transport& transport,
                                                 const Pools& pools, Slot& slot) {
  const auto rtp = packet.rtp();
  const ParsedExtensions extensions = parse_extensions(rtp, packet.header, transport.extensions_in);
  // Recorded before anything else can refuse the packet: the sender counts what arrived, not what
  // we could use.
  if (const auto number = extensions.transport_sequence_number(rtp)) {
    transport.arrivals.record(*number, slot.arrival);
    transport.last_media_ssrc = packet.header.ssrc;
    transport.arrived_bytes +=
        static_cast<std::uint32_t>(rtp.size() + Transport::kNetworkHeaderBytes);
  }
  const auto found = find_stream(packet, extensions, transport, pools);
  if (!found) return std::unexpected(found.error());
  const auto carried = carried_by(packet, *found, slot.arrival);
  if (!carried) return std::unexpected(carried.error());
  Stream& stream = *found->stream;
  Reception& reception = found->reception();
  const bool is_heard =
      stream.is_video() || hear(stream, extensions.audio_level(rtp), slot.arrival);
  const bool is_empty = carried->payload_bytes == 0;
  const auto number = reception.take({.sequence = carried->sequence,
                                      .rtp_timestamp = packet.header.timestamp,
                                      .arrival = slot.arrival,
                                      .is_retransmission = found->learned->is_rtx,
                                      .is_left_out = is_empty || !is_heard});
  if (!number && number.error() == DropReason::kRtpPadding && !is_empty) {
    return Attribution{.handle = found->handle,
                       .stream = found->stream,
                       .encoding = found->learned->encoding,
                       .is_retransmission = found->learned->is_rtx,
                       .is_heard = false};
  }
  if (!number) return std::unexpected(number.error());

  slot.payload_offset = static_cast<std::uint16_t>(packet.rtp_offset + carried->payload_at);
  slot.payload_bytes = static_cast<std::uint16_t>(carried->payload_bytes);
  reception.payload_bytes += carried->payload_bytes;
  slot.timestamp = packet.header.timestamp;
  slot.sequence = *number;
  slot.marker = packet.header.marker;
  slot.codec = stream.config.codec;
  slot.audio_level = locate(extensions, HeaderExtension::kAudioLevel, packet.rtp_offset);
  slot.video_orientation =
      locate(extensions, HeaderExtension::kVideoOrientation, packet.rtp_offset);
  slot.playout_delay = locate(extensions, HeaderExtension::kPlayoutDelay, packet.rtp_offset);
  slot.dependency_descriptor =
      locate(extensions, HeaderExtension::kDependencyDescriptor, packet.rtp_offset);

  slot.capture_time = locate(extensions, HeaderExtension::kAbsCaptureTime, packet.rtp_offset);
  if (slot.capture_time.size != 0) [[unlikely]]
    slot.capture_time.size = transport.capture_clock.rebase(
        {packet.bytes + slot.capture_time.offset, slot.capture_time.size});

  slot.element_bytes_max =
      std::max({slot.audio_level.size, slot.video_orientation.size, slot.playout_delay.size,
                slot.capture_time.size, slot.dependency_descriptor.size});

  slot.stream = found->handle;
  const std::span payload(packet.bytes + slot.payload_offset, slot.payload_bytes);
  const auto info = describe_payload(stream.config.codec, payload, packet.header.marker);
  Encoding& encoding = stream.encoding(found->learned->encoding);
  const auto frame = read_dependencies(packet, slot, encoding);
  slot.is_keyframe_start =
      frame ? frame->is_keyframe && frame->is_frame_start : info && info->is_keyframe_start;
  // Every packet of audio is where somebody can start, which makes none superfluous.
  if (slot.is_keyframe_start && stream.is_video()) {
    reception.on_keyframe(carried->sequence, *number);
  }
  if (found->is_red) [[unlikely]] {
    const auto primary = red_primary_offset(payload, stream.config.payload_type);
    slot.red_primary_offset = primary.value_or(Slot::kNoPrimary) & Slot::kNoPrimary;
  }
  slot.source = stream.source(found->learned->encoding);
  // What is sent again says what was so when it was sent first.
  if (extensions.has(HeaderExtension::kVideoLayersAllocation) && !found->learned->is_rtx)
      [[unlikely]] {
    const auto allocation = parse_video_layers_allocation(
        extensions.bytes(rtp, HeaderExtension::kVideoLayersAllocation));
    if (allocation) stream.layers.announce(*allocation, found->learned->encoding);
  }
  if (stream.is_video()) note_layer(*found, payload, info, frame, slot);
  return Attribution{.handle = found->handle,
                     .stream = found->stream,
                     .encoding = found->learned->encoding,
                     .is_retransmission = found->learned->is_rtx};
}

}  // namespace penstock
