#include "bench/load/media_sender.h"

#include <algorithm>

#include "bench/load/clocks.h"
#include "bench/load/payload_mark.h"
#include "dataplane/rtp/header.h"
#include "dataplane/rtp/header_extension_writer.h"

namespace penstock::load {
namespace {

// So far behind, what was due is left out: sending it all at once would be another load.
constexpr Duration kSkipAfter = 200 * kMillisecond;
constexpr std::uint8_t kAudioLevel = 0x80 | 30;  // voice, -30 dBov

}  // namespace

MediaSender::MediaSender(SrtpEngine& srtp, SourceTable& sources)
    : srtp_(srtp),
      sources_(sources),
      began_at_(wall_now()),
      plain_(kBatch * kPacketBytes, 0x55),
      packets_(kBatch * kPacketBytes) {}

void MediaSender::start(Publisher& publisher, Timestamp now) {
  for (std::size_t i = 0; i < publisher.streams().size(); ++i) {
    SentStream& stream = publisher.streams()[i];
    const auto phase = static_cast<Duration>(prng_.below(33 * kMillisecond));
    publisher.begin_media(stream, now + phase);
    due_.push_back({stream.schedule->next_at(), &publisher, i});
    std::ranges::push_heap(due_, std::greater{});
  }
}

bool MediaSender::send_due(Timestamp now) {
  if (next_at() > now) return false;
  count_ = 0;
  wall_ = wall_now();
  while (next_at() <= now && count_ + kBurstPacketsMax <= kBatch) {
    std::ranges::pop_heap(due_, std::greater{});
    const Due due = due_.back();
    due_.pop_back();
    // Its media ends with it.
    if (due.publisher->state() != PeerState::kConnected) continue;
    add_burst(due, now);
    due_.push_back(
        {due.publisher->streams()[due.stream].schedule->next_at(), due.publisher, due.stream});
    std::ranges::push_heap(due_, std::greater{});
  }
  if (count_ > 0) send_batch();
  return true;
}

void MediaSender::add_burst(const Due& due, Timestamp now) {
  SentStream& stream = due.publisher->streams()[due.stream];
  const Burst burst = stream.schedule->take();
  ++totals_.bursts;
  if (now - burst.due_at > kLateAfter) ++totals_.late_bursts;
  if (now - burst.due_at > kSkipAfter) stream.schedule->skip_to(now);
  if (burst.starts_frame) {
    stream.timestamp = rtp_timestamp(stream);
    stream.timestamp_at = wall_;
  }
  for (std::size_t i = 0; i < burst.packets; ++i) add_packet(*due.publisher, stream, burst, i);
}

// That of sending, not of a plan: jitter is then the network's and the server's, not ours.
std::uint32_t MediaSender::rtp_timestamp(const SentStream& stream) const {
  const auto clock_hz = static_cast<std::uint64_t>(sources_[stream.source].clock_hz());
  const auto microseconds = static_cast<std::uint64_t>((wall_ - began_at_) / kMicrosecond);
  return stream.first_timestamp + static_cast<std::uint32_t>(microseconds * clock_hz / 1'000'000);
}

// The plaintext of each packet is a slot of its own. Of what is made up, only what differs is
// written.
std::span<std::uint8_t> MediaSender::write_payload(const SentStream& stream, const Burst& burst,
                                                   std::size_t i) {
  std::uint8_t* const slot = plain_.data() + count_ * kPacketBytes;
  if (!burst.payloads.empty()) {
    std::ranges::copy(burst.payloads[i], slot);
    return {slot, burst.payloads[i].size()};
  }
  const bool is_first = burst.starts_frame && i == 0;
  // RFC 7741: S on the first packet of a frame; then the frame's inverse key bit.
  slot[0] = stream.kind == MediaKind::kVideo && is_first ? 0x10 : 0x00;
  slot[1] = burst.is_keyframe ? 0x00 : 0x01;
  return {slot, stream.payload_bytes};
}

void MediaSender::add_packet(Publisher& publisher, SentStream& stream, const Burst& burst,
                             std::size_t i) {
  Source& source = sources_[stream.source];
  const std::span payload = write_payload(stream, burst, i);
  write_mark(payload, {.source = stream.source, .number = source.next_number++, .sent_at = wall_});
  const bool marker =
      stream.kind == MediaKind::kVideo && burst.ends_frame && i + 1 == burst.packets;
  const std::size_t header_bytes = write_header(publisher, stream, marker);
  jobs_[count_] = {.context = &publisher.send_context(),
                   .payload = payload.data(),
                   .packet = packets_.data() + count_ * kPacketBytes,
                   .header_bytes = static_cast<std::uint16_t>(header_bytes),
                   .payload_bytes = static_cast<std::uint16_t>(payload.size()),
                   .roc = static_cast<std::uint32_t>((stream.sequence - 65'536) >> 16)};
  senders_[count_] = &publisher;
  ++stream.sequence;
  ++stream.packets;
  stream.octets += static_cast<std::uint32_t>(payload.size());
  ++count_;
}

std::size_t MediaSender::write_header(Publisher& publisher, const SentStream& stream, bool marker) {
  const std::span packet(packets_.data() + count_ * kPacketBytes, kPacketBytes);
  const ExtensionMap& ids = publisher.extensions();
  ExtensionWriter extension(packet.subspan(kRtpFixedHeaderBytes));
  const auto mid = static_cast<std::uint8_t>(stream.mid);
  extension.add(ids.id(HeaderExtension::kMid), {&mid, 1});
  extension.add_u16(ids.id(HeaderExtension::kTransportCc), publisher.take_transport_sequence());
  if (stream.kind == MediaKind::kAudio) {
    extension.add_u8(ids.id(HeaderExtension::kAudioLevel), kAudioLevel);
  }
  const std::size_t extension_bytes = extension.finish();
  RtpHeader header;
  header.marker = marker;
  header.payload_type = stream.payload_type;
  header.sequence_number = static_cast<std::uint16_t>(stream.sequence);
  header.timestamp = stream.timestamp;
  header.ssrc = stream.ssrc;
  header.has_extension = extension_bytes != 0;
  ByteWriter writer(packet.first(kRtpFixedHeaderBytes));
  write_rtp_header(writer, header);
  return kRtpFixedHeaderBytes + extension_bytes;
}

void MediaSender::send_batch() {
  srtp_.protect_rtp(std::span(jobs_).first(count_));
  for (std::size_t i = 0; i < count_; ++i) {
    const ProtectJob& job = jobs_[i];
    const std::size_t bytes =
        std::size_t{job.header_bytes} + job.payload_bytes + job.context->tag_bytes();
    vectors_[i] = {job.packet, bytes};
    messages_[i].msg_hdr = {};
    messages_[i].msg_hdr.msg_iov = &vectors_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
  }
  for (std::size_t first = 0, end = 0; first < count_; first = end) {
    while (end < count_ && senders_[end] == senders_[first]) ++end;
    const std::size_t sent =
        senders_[first]->socket().send(std::span(messages_).subspan(first, end - first));
    totals_.packets += sent;
    totals_.unsent_packets += end - first - sent;
  }
}

}  // namespace penstock::load
