#include "tests/client/webrtc_client.h"

#include <algorithm>

#include "controlplane/sctp/sctp_stack.h"
#include "dataplane/base/check.h"
#include "dataplane/rtp/demux.h"
#include "dataplane/rtp/header.h"
#include "dataplane/rtp/header_extension.h"
#include "dataplane/rtp/header_extension_writer.h"
#include "dataplane/rtp/payload/picture_size.h"
#include "dataplane/rtp/rtcp/compound.h"
#include "dataplane/rtp/rtcp/nack.h"
#include "dataplane/rtp/rtcp/pli.h"
#include "dataplane/rtp/rtcp/receiver_report.h"
#include "dataplane/rtp/rtcp/remb.h"
#include "dataplane/rtp/rtcp/sdes.h"
#include "dataplane/rtp/rtcp/sender_report.h"
#include "dataplane/rtp/rtcp/transport_feedback.h"
#include "dataplane/rtp/rtx.h"

namespace penstock::test {
namespace {

// For how long browsers wait for a keyframe of a stream that has begun without one.
constexpr Duration kFirstKeyframeWait = 200 * kMillisecond;

}  // namespace

WebRtcClient::WebRtcClient(const ClientConfig& config, const Certificate& certificate)
    : is_dtls_client_(config.is_dtls_client),
      offers_data_(config.has_data),
      srtp_(SrtpEngine::create(SrtpBackend::kLibsrtp)),
      receive_({.rtp_max = config.ssrcs_max, .rtcp_max = config.ssrcs_max}),
      reports_reception_(config.reports_reception),
      asks_again_(config.asks_again),
      patience_(config.patience),
      sends_again_(config.sends_again),
      names_rtx_(config.names_rtx),
      rejects_first_(config.rejects_first),
      feedback_(config.feedback) {
  DtlsOptions options;
  options.srtp_profiles = config.srtp_profiles;
  options.retransmission_timeout_initial = config.dtls_timeout;
  options.retransmission_timeout_max =
      std::max(options.retransmission_timeout_max, config.dtls_timeout);
  auto context = DtlsContext::create(certificate, options);
  PENSTOCK_CHECK(context.has_value() && srtp_ != nullptr);
  dtls_context_ = std::move(*context);
  const std::string fingerprint = config.fingerprint_override.empty()
                                      ? "sha-256 " + certificate.fingerprint_sha256()
                                      : config.fingerprint_override;
  connection_.emplace(ConnectionConfig{.seed = config.seed,
                                       .local = config.local,
                                       .fingerprint = fingerprint,
                                       .nominates = config.nominates,
                                       .nominates_after = config.nominates_after,
                                       .is_dtls_client = config.is_dtls_client,
                                       .checks_consent = config.checks_consent},
                      *dtls_context_);
  rtcp_ssrc_ = connection_->prng().next_u32();
  if (config.sends_reports || config.reports_reception) next_receiver_report_at_ = 0;
}

WebRtcClient::Secrets WebRtcClient::secrets() const {
  return {connection_->credentials(), last_srtp_packet_,
          outgoing_.empty() ? 0 : outgoing_.front().ssrc};
}

std::optional<SrtpProfile> WebRtcClient::srtp_profile() const {
  return keys_ready_ ? std::optional(send_.profile()) : std::nullopt;
}

void WebRtcClient::take_keys() {
  const SrtpKeys* keys = connection_->srtp_keys();
  if (keys_ready_ || keys == nullptr) return;
  keys_ready_ = send_.init(keys->profile, keys->send, SrtpBackend::kLibsrtp) &&
                receive_.init(keys->profile, keys->receive, SrtpBackend::kLibsrtp);
}

void WebRtcClient::begin_data(Timestamp now) {
  if (data_ || !is_data_agreed_ || !connection_->has_dtls()) return;
  DataConnectionOptions options;
  options.is_dtls_client = connection_->is_dtls_client();
  options.peer_message_bytes_max = 256 * 1'024;
  data_.emplace(options, now);
  data_->connection.connect(now);
}

void WebRtcClient::pump_data(Timestamp now) {
  begin_data(now);
  std::vector<std::uint8_t> packet;
  while (connection_->poll_data(packet)) {
    if (data_) data_->connection.handle_packet(packet, now);
  }
  if (!data_) return;
  data_->connection.take_events(now);
  while (data_->connection.poll_packet(packet)) connection_->send_data(now, packet);
}

void WebRtcClient::handle_datagram(Timestamp now, const SocketAddress& from,
                                   std::span<const std::uint8_t> bytes) {
  if (is_closed_) return;
  now_ = now;
  switch (classify_datagram(bytes)) {
    case DatagramKind::kStun:
      return connection_->handle_stun(now, from, bytes);
    case DatagramKind::kDtls:
      connection_->handle_dtls(now, bytes);
      take_keys();
      return pump_data(now);
    case DatagramKind::kRtp:
      return handle_rtp(now, bytes);
    case DatagramKind::kRtcp:
      return handle_rtcp(now, bytes);
    case DatagramKind::kUnknown:
      return;
  }
}

void WebRtcClient::handle_rtp(Timestamp now, std::span<const std::uint8_t> bytes) {
  const auto header = parse_rtp_header(bytes);
  if (!header || !keys_ready_) return;
  std::vector<std::uint8_t> packet(bytes.begin(), bytes.end());
  UnprotectJob job{.context = &receive_,
                   .packet = packet.data(),
                   .packet_bytes = static_cast<std::uint16_t>(packet.size()),
                   .header_bytes = header->header_bytes};
  srtp_->unprotect_rtp({&job, 1});
  if (job.result != DropReason::kNone) {
    ++srtp_failures_;
    return;
  }
  const std::span<const std::uint8_t> plain(packet.data(), job.plain_bytes);
  const auto number =
      parse_extensions(plain, *header, extensions_in_).transport_sequence_number(plain);
  if (number && feedback_ == BandwidthFeedback::kTransportCc) arrivals_.record(*number, now);
  last_ssrc_ = header->ssrc;
  ReceivedMedia media{.header = *header,
                      .packet = plain,
                      .payload = plain.subspan(header->header_bytes),
                      .is_repair = apt_.contains(header->payload_type)};
  const std::size_t padding = padding_bytes(plain, *header).value_or(media.payload.size());
  media.payload = media.payload.first(media.payload.size() - padding);
  if (padding != 0 && media.payload.empty()) {
    ++padding_received_;
    return;
  }
  if (!media.is_repair || unwrap_rtx(media)) take_media(now, media);
}

// RFC 4588 section 4. False if it is of no stream.
bool WebRtcClient::unwrap_rtx(ReceivedMedia& media) const {
  const auto number = original_sequence_number(media.payload);
  const auto ssrc = ssrc_of_rtx_.find(media.header.ssrc);
  if (!number || ssrc == ssrc_of_rtx_.end()) return false;
  media.header.sequence_number = *number;
  media.header.payload_type = apt_.at(media.header.payload_type);
  media.header.ssrc = ssrc->second;
  media.payload = media.payload.subspan(kRtxHeaderBytes);
  return true;
}

void WebRtcClient::take_media(Timestamp now, const ReceivedMedia& media) {
  const RtpHeader& header = media.header;
  ReceivedStream& stream = received_[header.ssrc];
  if (reports_reception_ && !media.is_repair) {
    const std::uint32_t clock_hz =
        kinds_[header.payload_type] == MediaKind::kVideo ? 90'000 : 48'000;
    reception_.try_emplace(header.ssrc, clock_hz)
        .first->second.on_packet(header.sequence_number, header.timestamp, now);
  }
  const std::uint64_t sequence = unwrappers_[header.ssrc].unwrap(header.sequence_number);
  if (const auto missing = missing_.find(header.ssrc); missing != missing_.end()) {
    missing->second.arrived(sequence, now);
  }
  if (stream.sequences.contains(sequence)) {
    if (media.is_repair) {
      ++stream.needless_repairs;
    } else if (!stream.repaired.contains(sequence)) {
      ++stream.duplicates;
    }
    return;
  }
  if (media.is_repair) stream.repaired.insert(sequence);
  if (watch_) {
    watch_({.ssrc = header.ssrc,
            .sequence = sequence,
            .timestamp = header.timestamp,
            .kind = kinds_[header.payload_type],
            .marker = header.marker,
            .is_repair = media.is_repair,
            .payload = media.payload},
           now);
  }
  if (stream.packets == 0) {
    stream.first_at = now;
    stream.first_sequence = sequence;
    stream.payload_type = header.payload_type;
  }
  ++stream.packets;
  stream.last_at = now;
  stream.first_sequence = std::min(stream.first_sequence, sequence);
  stream.highest_sequence = std::max(stream.highest_sequence, sequence);
  stream.sequences.insert(sequence);
  const auto mark = read_watermark(media.payload);
  if (!mark || (stream.packets > 1 && stream.sender != mark->sender)) ++stream.foreign;
  if (mark) {
    stream.sender = mark->sender;
    stream.numbers[sequence] = mark->number;
  }
  const ParsedExtensions extensions = parse_extensions(media.packet, header, extensions_in_);
  if (const auto mid = extensions.text(media.packet, HeaderExtension::kMid); !mid.empty())
    stream.mid = mid;
  if (extensions.audio_level(media.packet)) ++stream.audio_levels;
  const bool is_video = kinds_[header.payload_type] == MediaKind::kVideo;
  if (!is_video || header.marker) ++stream.frames;
  if (is_video && is_keyframe_start(media.payload)) {
    ++stream.keyframes;
    if (const auto size = picture_size(Codec::kVp8, media.payload)) stream.width = size->width;
  }
  // As browsers do who have nothing that they could begin with.
  if (is_video && stream.keyframes == 0 &&
      now - std::max(stream.first_at, stream.keyframe_asked_at) >= kFirstKeyframeWait) {
    stream.keyframe_asked_at = now;
    request_keyframe(header.ssrc);
  }
}

template <typename Write>
void WebRtcClient::send_rtcp(Write&& write) {
  std::vector<std::uint8_t> packet(1'200);
  ByteWriter writer(std::span<std::uint8_t>(packet).first(packet.size() - kSrtcpOverheadBytesMax));
  write(writer);
  const auto result = srtp_->protect_rtcp(send_, packet, writer.size());
  if (result.reason == DropReason::kNone)
    connection_->send(std::span<std::uint8_t>(packet).first(result.bytes));
}

void WebRtcClient::ask_for_missing(Timestamp now) {
  if (!keys_ready_) return;
  for (auto& [ssrc, missing] : missing_) {
    std::vector<std::uint16_t> due = missing.take_due(now);
    for (std::span<const std::uint16_t> rest = due; !rest.empty();) {
      std::size_t count = 0;
      send_rtcp([&](ByteWriter& writer) { count = write_nack(writer, rtcp_ssrc_, ssrc, rest); });
      PENSTOCK_CHECK(count != 0);
      rest = rest.subspan(count);
    }
  }
}

// Of nobody in particular, unless what it says of loss matters.
void WebRtcClient::send_receiver_report(Timestamp now) {
  if (!keys_ready_ || now < next_receiver_report_at_) return;
  next_receiver_report_at_ = now + kSecond;
  std::vector<ReportBlock> blocks;
  for (auto& [ssrc, stats] : reception_) blocks.push_back(stats.make_report_block(ssrc, now));
  std::span<const ReportBlock> rest = blocks;
  do {
    const auto first = rest.first(std::min(rest.size(), kRtcpItemsMax));
    send_rtcp([&](ByteWriter& writer) { write_receiver_report(writer, rtcp_ssrc_, first); });
    rest = rest.subspan(first.size());
  } while (!rest.empty());
}

// Every 62.5 ms of each packet, or a rate every 200 ms.
void WebRtcClient::send_bandwidth_feedback(Timestamp now) {
  if (!keys_ready_ || feedback_ == BandwidthFeedback::kNone || now < next_bandwidth_feedback_at_)
    return;
  if (feedback_ == BandwidthFeedback::kRemb) {
    next_bandwidth_feedback_at_ = now + 200 * kMillisecond;
    if (remb_bps_ == 0) return;
    Remb remb{.sender_ssrc = rtcp_ssrc_, .bitrate_bps = remb_bps_, .ssrcs = {}};
    for (const auto& [ssrc, stream] : received_) static_cast<void>(remb.ssrcs.push_back(ssrc));
    send_rtcp([&](ByteWriter& writer) { PENSTOCK_CHECK(write_remb(writer, remb)); });
    return;
  }
  next_bandwidth_feedback_at_ = now + 62'500 * kMicrosecond;
  while (arrivals_.has_pending()) {
    send_rtcp([&](ByteWriter& writer) {
      PENSTOCK_CHECK(arrivals_.build_feedback(writer, rtcp_ssrc_, last_ssrc_) != 0);
    });
  }
}

void WebRtcClient::handle_rtcp(Timestamp now, std::span<const std::uint8_t> bytes) {
  if (!keys_ready_) return;
  std::vector<std::uint8_t> packet(bytes.begin(), bytes.end());
  const auto result = srtp_->unprotect_rtcp(receive_, packet);
  if (result.reason != DropReason::kNone) {
    ++srtp_failures_;
    return;
  }
  CompoundReader reader(std::span<const std::uint8_t>(packet).first(result.bytes));
  while (const auto part = reader.next()) {
    take_rate_feedback(*part, now);
    if (part->is(kRtcpPayloadFeedback, kFmtPli)) {
      const auto pli = parse_pli(*part);
      for (Outgoing& outgoing : outgoing_) {
        if (!pli || outgoing.ssrc != pli->media_ssrc) continue;
        ++pli_received_;
        outgoing.source.request_keyframe();
      }
    } else if (part->is(kRtcpTransportFeedback, kFmtNack)) {
      const auto nack = parse_nack(*part);
      for (Outgoing& outgoing : outgoing_) {
        if (!nack || outgoing.ssrc != nack->media_ssrc) continue;
        nack->for_each_lost([&](std::uint16_t number) { send_again(outgoing, number); });
      }
    } else if (part->is(kRtcpTransportFeedback, kFmtTransportCc)) {
      ++feedback_received_;
      if (const auto feedback = parse_transport_feedback(*part)) {
        feedback->for_each_received(
            [&](std::size_t, std::int64_t) { ++feedback_packets_reported_; });
      }
    } else if (part->type == kRtcpReceiverReport) {
      ++receiver_reports_;
    } else if (part->type == kRtcpSenderReport) {
      if (const auto report = parse_sender_report(*part)) {
        ++received_[report->sender_ssrc].sender_reports;
        if (const auto stats = reception_.find(report->sender_ssrc); stats != reception_.end())
          stats->second.on_sender_report(report->ntp, now);
      }
    }
  }
}

void WebRtcClient::start_media(Timestamp now) {
  is_sending_ = true;
  for (Outgoing& outgoing : outgoing_) {
    outgoing.next_at = now;
    outgoing.next_report_at = now + 100 * kMillisecond;
  }
}

void WebRtcClient::pause_encoding(std::string_view rid, bool is_paused) {
  for (Outgoing& outgoing : outgoing_) {
    if (outgoing.source.config().rid != rid) continue;
    outgoing.is_paused = is_paused;
    outgoing.source.request_keyframe();
  }
}

void WebRtcClient::set_encoding_bitrate(std::string_view rid, std::uint64_t bitrate_bps) {
  for (Outgoing& outgoing : outgoing_) {
    if (outgoing.source.config().rid != rid) continue;
    if (outgoing.is_paused != (bitrate_bps == 0)) pause_encoding(rid, bitrate_bps == 0);
    outgoing.source.set_bitrate(bitrate_bps);
  }
}

void WebRtcClient::send_frame(Timestamp now, Outgoing& outgoing) {
  const SourceFrame frame = outgoing.source.next_frame(now);
  if (outgoing.source.config().model) outgoing.timestamp = model_timestamp(outgoing, now);
  for (std::size_t i = 0; i < frame.payloads.size(); ++i) {
    send_media(outgoing, frame.payloads[i], i + 1 == frame.payloads.size());
  }
  const auto clock_hz = outgoing.source.config().kind == MediaKind::kVideo ? 90'000 : 48'000;
  const Duration interval = outgoing.source.config().frame_interval;
  outgoing.timestamp += static_cast<std::uint32_t>(interval * clock_hz / kSecond);
  outgoing.next_at = now + interval;
}

void WebRtcClient::send_media(Outgoing& outgoing, std::vector<std::uint8_t> payload, bool marker) {
  const bool is_video = outgoing.source.config().kind == MediaKind::kVideo;
  send_rtp(outgoing, {.ssrc = outgoing.ssrc,
                      .sequence = outgoing.sequence,
                      .payload_type = outgoing.payload_type,
                      .timestamp = outgoing.timestamp,
                      .marker = marker && is_video,
                      .payload = payload});
  ++outgoing.packets;
  outgoing.octets += static_cast<std::uint32_t>(payload.size());
  ++media_sent_;
  outgoing.sent.keep(outgoing.sequence++,
                     {std::move(payload), outgoing.timestamp, marker && is_video});
}

// As RTX (RFC 4588 section 4), or, where that was not agreed upon, as it was.
void WebRtcClient::send_again(Outgoing& outgoing, std::uint16_t sequence_number) {
  const SentPackets::Packet* sent = outgoing.sent.find(sequence_number);
  if (sent == nullptr || !sends_again_) return;
  ++media_sent_again_;
  RtpToSend rtp{.ssrc = outgoing.ssrc,
                .sequence = outgoing.sequence -
                            static_cast<std::uint16_t>(outgoing.sequence - sequence_number),
                .payload_type = outgoing.payload_type,
                .timestamp = sent->timestamp,
                .marker = sent->marker,
                .payload = sent->payload};
  if (outgoing.rtx_payload_type == 0) return send_rtp(outgoing, rtp);
  std::vector<std::uint8_t> payload(kRtxHeaderBytes);
  store_be16(payload.data(), sequence_number);
  payload.insert(payload.end(), sent->payload.begin(), sent->payload.end());
  rtp.ssrc = outgoing.rtx_ssrc;
  rtp.sequence = outgoing.rtx_sequence++;
  rtp.payload_type = outgoing.rtx_payload_type;
  rtp.payload = payload;
  send_rtp(outgoing, rtp);
}

void WebRtcClient::send_rtp(const Outgoing& outgoing, const RtpToSend& rtp) {
  std::vector<std::uint8_t> packet(1'600);
  ExtensionWriter extension(std::span<std::uint8_t>(packet).subspan(kRtpFixedHeaderBytes));
  extension.add(extensions_out_.id(HeaderExtension::kMid),
                {reinterpret_cast<const std::uint8_t*>(outgoing.mid.data()), outgoing.mid.size()});
  const std::string& rid = outgoing.source.config().rid;
  const HeaderExtension rid_kind =
      rtp.ssrc == outgoing.rtx_ssrc ? HeaderExtension::kRepairedRid : HeaderExtension::kRid;
  if (!rid.empty()) {
    extension.add(extensions_out_.id(rid_kind),
                  {reinterpret_cast<const std::uint8_t*>(rid.data()), rid.size()});
  }
  extension.add_u16(extensions_out_.id(HeaderExtension::kTransportCc),
                    number_of_sent(rtp.payload.size()));
  if (outgoing.source.config().kind == MediaKind::kAudio) {
    extension.add_u8(extensions_out_.id(HeaderExtension::kAudioLevel), 0x80 | audio_level_);
  }
  const std::size_t extension_bytes = extension.finish();
  RtpHeader header;
  header.marker = rtp.marker;
  header.payload_type = rtp.payload_type;
  header.sequence_number = static_cast<std::uint16_t>(rtp.sequence);
  header.timestamp = rtp.timestamp;
  header.ssrc = rtp.ssrc;
  header.has_padding = rtp.is_padding;
  header.has_extension = extension_bytes != 0;
  ByteWriter writer(std::span<std::uint8_t>(packet).first(kRtpFixedHeaderBytes));
  write_rtp_header(writer, header);
  ProtectJob job{.context = &send_,
                 .payload = rtp.payload.data(),
                 .packet = packet.data(),
                 .header_bytes = static_cast<std::uint16_t>(kRtpFixedHeaderBytes + extension_bytes),
                 .payload_bytes = static_cast<std::uint16_t>(rtp.payload.size()),
                 .roc = static_cast<std::uint32_t>((rtp.sequence - 65'536) >> 16)};
  srtp_->protect_rtp({&job, 1});
  PENSTOCK_CHECK(job.result == DropReason::kNone);
  packet.resize(job.header_bytes + rtp.payload.size() + srtp_tag_bytes(send_.profile()));
  last_srtp_packet_ = packet;
  connection_->send(packet);
}

void WebRtcClient::request_keyframes(Timestamp now) {
  if (!keys_ready_) return;
  for (const auto& [ssrc, stream] : received_) {
    if (kinds_[stream.payload_type] == MediaKind::kVideo) request_keyframe(ssrc);
  }
  static_cast<void>(now);
}

void WebRtcClient::request_keyframe(std::uint32_t ssrc) {
  send_rtcp([&](ByteWriter& writer) {
    write_pli(writer, {.sender_ssrc = rtcp_ssrc_, .media_ssrc = ssrc});
  });
}

void WebRtcClient::handle_timeout(Timestamp now) {
  if (is_closed_) return;
  now_ = now;
  connection_->handle_timeout(now);
  if (data_) SctpStack::instance().advance(now);
  pump_data(now);
  ask_for_missing(now);
  send_receiver_report(now);
  send_bandwidth_feedback(now);
  if (!is_sending_ || !keys_ready_) return;
  adapt(now);
  for (Outgoing& outgoing : outgoing_) {
    if (!outgoing.is_accepted || !outgoing.is_sent || outgoing.is_paused) continue;
    if (now >= outgoing.next_at) send_frame(now, outgoing);
    if (now >= outgoing.next_report_at && outgoing.packets > 0) {
      outgoing.next_report_at = now + kSecond;
      SenderReport report;
      report.sender_ssrc = outgoing.ssrc;
      report.ntp = ntp_from_unix_ns(1'700'000'000'000'000'000ULL + static_cast<std::uint64_t>(now));
      report.rtp_timestamp =
          outgoing.source.config().model ? model_timestamp(outgoing, now) : outgoing.timestamp;
      report.packet_count = outgoing.packets;
      report.octet_count = outgoing.octets;
      send_rtcp([&](ByteWriter& writer) {
        write_sender_report(writer, report);
        write_sdes_cname(writer, outgoing.ssrc, "client");
      });
    }
  }
}

Timestamp WebRtcClient::next_timeout() const {
  if (is_closed_) return kNever;
  Timestamp next = connection_->next_timeout();
  // Not when the stack is due: others in this process see to that, and what is to be sent waits.
  if (data_) next = std::min(next, now_ + kSctpTick);
  if (keys_ready_) {
    for (const auto& [ssrc, missing] : missing_) next = std::min(next, missing.next_at());
    next = std::min(next, next_receiver_report_at_);
    const bool reports = arrivals_.has_pending() || feedback_ == BandwidthFeedback::kRemb;
    if (reports) next = std::min(next, next_bandwidth_feedback_at_);
  }
  if (!is_sending_ || !keys_ready_) return next;
  if (adaptation_) next = std::min(next, adaptation_->next_at);
  for (const Outgoing& outgoing : outgoing_) {
    if (!outgoing.is_accepted || !outgoing.is_sent || outgoing.is_paused) continue;
    next = std::min(next, outgoing.next_at);
    if (outgoing.packets > 0) next = std::min(next, outgoing.next_report_at);
  }
  return next;
}

void WebRtcClient::close(Timestamp now) {
  connection_->close(now);
  is_closed_ = true;
}

}  // namespace penstock::test
