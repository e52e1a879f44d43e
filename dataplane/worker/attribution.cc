#include "dataplane/worker/attribution.h"

#include <algorithm>

#include "dataplane/rtp/header_extension.h"
#include "dataplane/rtp/payload/payload_info.h"

namespace penstock {
namespace {

ElementLocation locate(const ParsedExtensions& extensions, HeaderExtension kind,
                       std::size_t offset) {
  const auto& location = extensions.at(kind);
  if (location.offset == 0) return {};
  return {static_cast<std::uint16_t>(location.offset + offset), location.size};
}

std::expected<Attribution, DropReason> find_stream(const PlainPacket& packet,
                                                   const ParsedExtensions& extensions,
                                                   Transport& transport, const Pools& pools) {
  StreamHandle handle = transport.streams.find(packet.header.ssrc);
  if (handle.is_null()) {
    handle = transport.streams.learn(packet.header.ssrc,
                                     extensions.text(packet.rtp(), HeaderExtension::kMid),
                                     packet.header.payload_type);
    if (handle.is_null()) return std::unexpected(DropReason::kStreamUnknown);
  }
  Stream* stream = pools.streams.resolve(handle);
  if (stream == nullptr) {
    transport.streams.remove(handle);
    return std::unexpected(DropReason::kStreamClosed);
  }
  if (stream->config.payload_type != packet.header.payload_type) {
    return std::unexpected(DropReason::kPayloadTypeUnknown);
  }
  return Attribution{handle, stream};
}

void count_reception(const PlainPacket& packet, Timestamp arrival, Stream::Reception& reception,
                     std::uint32_t clock_hz) {
  if (reception.ssrc != packet.header.ssrc) {
    reception.ssrc = packet.header.ssrc;
    reception.stats = ReceptionStats(clock_hz);
  }
  reception.stats.on_packet(packet.header.sequence_number, packet.header.timestamp, arrival);
  reception.last_packet_at = arrival;
}

}  // namespace

std::expected<Attribution, DropReason> attribute(const PlainPacket& packet, Transport& transport,
                                                 const Pools& pools, PacketMetadata& metadata) {
  const auto rtp = packet.rtp();
  const ParsedExtensions extensions = parse_extensions(rtp, packet.header, transport.extensions_in);
  // Recorded before anything else can refuse the packet: the sender counts what arrived, not what
  // we could use.
  if (const auto number = extensions.transport_sequence_number(rtp)) {
    transport.arrivals.record(*number, metadata.arrival);
    transport.last_media_ssrc = packet.header.ssrc;
  }
  const auto found = find_stream(packet, extensions, transport, pools);
  if (!found) return found;

  const auto padding = padding_bytes(rtp, packet.header);
  if (!padding) return std::unexpected(DropReason::kRtpInvalid);
  Stream& stream = *found->stream;
  count_reception(packet, metadata.arrival, stream.reception, codec_clock_hz(stream.config.codec));

  metadata.payload_offset =
      static_cast<std::uint16_t>(packet.rtp_offset + packet.header.header_bytes);
  metadata.payload_bytes =
      static_cast<std::uint16_t>(rtp.size() - packet.header.header_bytes - *padding);
  metadata.source_ssrc = packet.header.ssrc;
  metadata.timestamp = packet.header.timestamp;
  metadata.sequence = packet.sequence;
  metadata.marker = packet.header.marker;
  metadata.audio_level = locate(extensions, HeaderExtension::kAudioLevel, packet.rtp_offset);
  metadata.video_orientation =
      locate(extensions, HeaderExtension::kVideoOrientation, packet.rtp_offset);
  metadata.playout_delay = locate(extensions, HeaderExtension::kPlayoutDelay, packet.rtp_offset);
  metadata.dependency_descriptor =
      locate(extensions, HeaderExtension::kDependencyDescriptor, packet.rtp_offset);

  metadata.element_bytes_max =
      std::max({metadata.audio_level.size, metadata.video_orientation.size,
                metadata.playout_delay.size, metadata.dependency_descriptor.size});

  const auto payload = packet.frame.subspan(metadata.payload_offset, metadata.payload_bytes);
  const auto info = describe_payload(stream.config.codec, payload, packet.header.marker);
  metadata.is_keyframe_start = info && info->is_keyframe_start;
  return found;
}

}  // namespace penstock
