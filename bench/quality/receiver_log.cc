#include "bench/quality/receiver_log.h"

#include <algorithm>

#include "dataplane/net/udp_parser.h"
#include "dataplane/rtp/demux.h"
#include "dataplane/rtp/header.h"

namespace penstock::quality {

void ReceiverLog::on_sent(std::span<const std::uint8_t> frame, const bridge::LinkVerdict& verdict,
                          Duration delay, Timestamp now, const InterfaceAddresses& addresses) {
  const bool is_lost = verdict.at == kNever;
  sent_.push_back({.at = now,
                   .arrives_at = verdict.at,
                   .bytes = static_cast<std::uint32_t>(frame.size()),
                   .queued_ns = is_lost ? 0 : std::max<Duration>(verdict.at - now - delay, 0)});
  const FrameVerdict parsed = parse_frame(frame, addresses);
  if (parsed.kind != FrameKind::kUdp) return;
  const auto datagram = frame.subspan(parsed.payload_offset, parsed.payload_bytes);
  if (classify_datagram(datagram) == DatagramKind::kRtp) note_rtp(datagram, is_lost, now);
}

// SRTP leaves the header as it is.
void ReceiverLog::note_rtp(std::span<const std::uint8_t> datagram, bool is_lost, Timestamp now) {
  const auto header = parse_rtp_header(datagram);
  if (!header) return;
  const SentPacket packet{.at = now, .is_lost = is_lost, .marker = header->marker};
  if (const auto found = videos_.find(header->ssrc); found != videos_.end()) {
    VideoStream& stream = found->second;
    stream.packets.emplace(stream.unwrapper.unwrap(header->sequence_number), packet);
  } else {
    unknown_[header->ssrc].push_back({header->sequence_number, packet});
  }
}

ReceiverLog::VideoStream& ReceiverLog::video(std::uint32_t ssrc) {
  if (const auto found = videos_.find(ssrc); found != videos_.end()) return found->second;
  VideoStream& stream = videos_[ssrc];
  for (const Numbered& numbered : unknown_[ssrc])
    stream.packets.emplace(stream.unwrapper.unwrap(numbered.number), numbered.packet);
  unknown_.erase(ssrc);
  return stream;
}

void ReceiverLog::on_taken(const test::WebRtcClient::TakenPacket& packet, Timestamp now) {
  if (packet.kind != MediaKind::kVideo) return;
  VideoStream& stream = video(packet.ssrc);
  const auto payload = packet.payload.first(packet.payload.size() -
                                            std::min(packet.payload.size(), test::kWatermarkBytes));
  const std::uint64_t sequence =
      stream.unwrapper.unwrap(static_cast<std::uint16_t>(packet.sequence));
  if (const auto sent = stream.packets.find(sequence); sent != stream.packets.end()) {
    sent->second.has_arrived = true;
    if (const auto mark = test::read_frame_mark(payload))
      sent->second.width = static_cast<std::uint16_t>(mark->encoding);
  }
  stream.watcher.take({.sequence = sequence,
                       .timestamp = packet.timestamp,
                       .marker = packet.marker,
                       .payload = payload},
                      now);
}

}  // namespace penstock::quality
