#include "dataplane/worker/reports.h"

#include <algorithm>
#include <optional>

#include "dataplane/rtp/rtcp/bye.h"
#include "dataplane/rtp/rtcp/cname.h"
#include "dataplane/rtp/rtcp/compound.h"
#include "dataplane/rtp/rtcp/extended_report.h"
#include "dataplane/rtp/rtcp/fir.h"
#include "dataplane/rtp/rtcp/pli.h"
#include "dataplane/rtp/rtcp/receiver_report.h"
#include "dataplane/rtp/rtcp/remb.h"
#include "dataplane/rtp/rtcp/sdes.h"
#include "dataplane/rtp/rtcp/sender_report.h"
#include "dataplane/rtp/rtcp/transport_feedback.h"

namespace penstock {
namespace {

// The subscription of the transport that sends with `ssrc`, or null.
SubscriptionHandle find_subscription(std::uint32_t ssrc, const Transport& transport,
                                     const Pools& pools) {
  for (const Transport::Sent& sent : transport.subscriptions) {
    if (sent.ssrc == ssrc && pools.subscriptions.resolve(sent.subscription) != nullptr) {
      return sent.subscription;
    }
  }
  return {};
}

void take_sender_report(const SenderReport& report, Transport& transport, const Pools& pools,
                        const RtcpInstant& arrival) {
  const StreamTable::LearnedSsrc* learned = transport.streams.find(report.sender_ssrc);
  // That of RTX has the timestamps of its media, and is not needed beside the media's own.
  if (learned == nullptr || learned->is_rtx) return;
  Stream* stream = pools.streams.resolve(learned->stream);
  if (stream == nullptr) return;
  // One of an SSRC that the publisher no longer sends with has the timestamps of that.
  Reception& reception = stream->encoding(learned->encoding).reception;
  if (reception.ssrc() != report.sender_ssrc) return;
  reception.stats.on_sender_report(report.ntp, arrival.now);
  const auto captured_at = transport.sender_clock.to_local(report.ntp, arrival.now);
  if (!captured_at) return;
  stream->take_report(learned->encoding, *captured_at, report.rtp_timestamp);
  transport.capture_clock.set(report.ntp,
                              arrival.ntp - ntp_difference_from_ns(arrival.now - *captured_at));
}

// The publisher's SSRC has ended: nothing of it is waited for.
void take_bye(const Bye& bye, Transport& transport, const Pools& pools) {
  for (const std::uint32_t ssrc : bye.ssrcs) {
    const StreamTable::LearnedSsrc* learned = transport.streams.find(ssrc);
    if (learned == nullptr || learned->is_rtx) continue;
    Stream* stream = pools.streams.resolve(learned->stream);
    if (stream == nullptr) continue;
    Reception& reception = stream->encoding(learned->encoding).reception;
    if (reception.ssrc() == ssrc) reception.end_source();
  }
}

// RFC 3550 section 6.4.1, RFC 3611 section 4.5: now, less the time of our report, less how long the
// peer kept it, both in 1/65,536 s.
void take_round_trip(std::uint32_t our_report, std::uint32_t kept, NtpTime ntp,
                     Transport& transport) {
  if (our_report == 0) return;
  const std::uint32_t round_trip = compact_ntp(ntp) - our_report - kept;
  constexpr std::uint32_t kNonsense = 10U << 16;  // less than nothing, too
  if (round_trip >= kNonsense) return;
  transport.rtt_ns = std::int64_t{round_trip} * kSecond / 65'536;
  transport.round_trip_ns.set(transport.rtt_ns);
}

void take_report_blocks(std::span<const ReportBlock> blocks, Transport& transport,
                        const Pools& pools, NtpTime ntp) {
  for (const ReportBlock& block : blocks) {
    Subscription* subscription =
        pools.subscriptions.resolve(find_subscription(block.ssrc, transport, pools));
    if (subscription == nullptr) continue;
    subscription->fraction_lost = block.fraction_lost;
    subscription->packets_lost = block.cumulative_lost;
    subscription->jitter = block.jitter;
    take_round_trip(block.last_sr, block.delay_since_last_sr, ntp, transport);
  }
}

void take_extended_report(const ExtendedReport& report, Transport& transport,
                          const RtcpInstant& arrival) {
  if (report.receiver_reference_time)
    transport.reference_times.take(report.sender_ssrc, *report.receiver_reference_time,
                                   arrival.now);
  for (const DlrrItem& item : report.dlrr) {
    if (item.ssrc == transport.sender_ssrc)
      take_round_trip(item.last_rr, item.delay, arrival.ntp, transport);
  }
}

void want_keyframe(std::uint32_t media_ssrc, const Transport& transport, const Pools& pools,
                   RtcpRequests& requests) {
  const SubscriptionHandle handle = find_subscription(media_ssrc, transport, pools);
  if (!handle.is_null()) static_cast<void>(requests.keyframes.push_back(handle));
}

void want_resend(const Nack& nack, const Transport& transport, const Pools& pools,
                 RtcpRequests& requests) {
  const SubscriptionHandle handle = find_subscription(nack.media_ssrc, transport, pools);
  if (!handle.is_null()) static_cast<void>(requests.resends.push_back({handle, nack}));
}

// Clients send it without having agreed to, also where they report on each packet. Of a plain
// transport anybody may have sent it.
void take_remb(const Remb& remb, Transport& transport, const Pools& pools) {
  if (transport.kind != TransportKind::kWebRtc) return;
  const bool is_meant = std::ranges::any_of(remb.ssrcs, [&](std::uint32_t ssrc) {
    const auto* subscription =
        pools.subscriptions.resolve(find_subscription(ssrc, transport, pools));
    return subscription != nullptr && subscription->target.stamp != SendStamp::kTransportCc;
  });
  if (is_meant) transport.estimator.take_remb(remb.bitrate_bps);
}

void write_sdes(ByteWriter& writer, std::uint32_t ssrc, std::uint64_t cname) {
  static_cast<void>(write_sdes_cname(writer, ssrc, CnameText(cname).view()));
}

// The report block on one of the stream's encodings, which the control thread is told of, too.
// Nothing if nothing has come of it.
std::optional<ReportBlock> report_on(Stream& stream, std::size_t encoding, Transport& transport,
                                     Timestamp now) {
  PublishedRtpReport& published = stream.reports[encoding];
  if (encoding >= stream.encoding_count() || !stream.encoding(encoding).reception.stats.started()) {
    published.set({});
    return std::nullopt;
  }
  Reception& reception = stream.encoding(encoding).reception;
  const ReportBlock block = reception.stats.make_report_block(reception.ssrc(), now);
  published.set({.ssrc = block.ssrc,
                 .packets = reception.stats.received(),
                 .payload_bytes = reception.payload_bytes,
                 .packets_lost = reception.stats.lost(),
                 .fraction_lost = block.fraction_lost,
                 .jitter = block.jitter});
  if (transport.rtt_ns == 0 && reception.round_trip_ns() != 0)
    transport.round_trip_ns.set(reception.round_trip_ns());
  return block;
}

}  // namespace

std::size_t write_reception_report(ByteWriter& writer, Transport& transport, const Pools& pools,
                                   const RtcpInstant& at, std::size_t first) {
  StaticVector<ReportBlock, kRtcpItemsMax> blocks;
  const auto& entries = transport.streams.entries();
  std::size_t next = first;
  for (; next < entries.size() && blocks.size() + 2 * kEncodingsMax <= blocks.capacity(); ++next) {
    Stream* stream = pools.streams.resolve(entries[next].stream);
    if (stream == nullptr) continue;
    for (std::size_t i = 0; i < stream->reports.size(); ++i) {
      const auto block = report_on(*stream, i, transport, at.now);
      if (!block) continue;
      static_cast<void>(blocks.push_back(*block));
      RepairStream& repair = stream->encoding(i).repair;
      if (repair.ssrc != 0)
        static_cast<void>(blocks.push_back(repair.stats.make_report_block(repair.ssrc, at.now)));
    }
  }
  if (blocks.empty()) return next;
  if (write_receiver_report(writer, transport.sender_ssrc, blocks.span())) {
    write_sdes(writer, transport.sender_ssrc, transport.cname);
    if (first == 0 && transport.options.has_reference_times)
      static_cast<void>(write_receiver_reference_time(writer, transport.sender_ssrc, at.ntp));
  }
  return next;
}

void write_compound_start(ByteWriter& writer, const Transport& transport) {
  static_cast<void>(write_receiver_report(writer, transport.sender_ssrc, {}));
  write_sdes(writer, transport.sender_ssrc, transport.cname);
}

bool write_bitrate_limit(ByteWriter& writer, Transport& transport, const Pools& pools) {
  Remb remb{.sender_ssrc = transport.sender_ssrc, .bitrate_bps = transport.remb_bps, .ssrcs = {}};
  for (const StreamTable::Entry& entry : transport.streams.entries()) {
    const Stream* stream = pools.streams.resolve(entry.stream);
    if (stream == nullptr || !stream->config.has_remb) continue;
    for (const Encoding& encoding : stream->encodings()) {
      const std::uint32_t ssrc = encoding.reception.ssrc();
      if (ssrc != 0) static_cast<void>(remb.ssrcs.push_back(ssrc));
    }
  }
  return !remb.ssrcs.empty() && write_remb(writer, remb);
}

bool write_subscription_report(ByteWriter& writer, const Subscription& subscription,
                               const Transport& transport, const Pools& pools,
                               const RtcpInstant& at) {
  // Between two streams it has the clock of neither.
  if (!subscription.projection.is_started()) return false;
  const Stream* stream = pools.streams.resolve(subscription.target.stream);
  if (stream == nullptr) return false;
  // After a change of source there is no report until the new one has sent its own.
  const auto clock = stream->clock_of(subscription.projection.source());
  if (!clock) return false;
  SenderReport report;
  report.sender_ssrc = subscription.ssrc;
  report.ntp = at.ntp;
  report.rtp_timestamp =
      rtp_timestamp_at(*clock, at.now, codec_clock_hz(subscription.target.codec)) +
      subscription.projection.timestamp_offset();
  report.packet_count = static_cast<std::uint32_t>(subscription.packets_sent);
  report.octet_count = static_cast<std::uint32_t>(subscription.octets_sent);
  if (!write_sender_report(writer, report)) return false;
  write_sdes(writer, subscription.ssrc, subscription.cname);
  // Of the media's own SSRC: Chromium takes no other for an answer.
  const ReferenceTimes::Answers answers = transport.reference_times.answers(at.now);
  if (!answers.empty()) static_cast<void>(write_dlrr(writer, subscription.ssrc, answers.span()));
  return true;
}

void write_goodbye(ByteWriter& writer, const Transport& transport,
                   std::span<const std::uint32_t> ssrcs) {
  write_compound_start(writer, transport);
  static_cast<void>(write_bye(writer, ssrcs));
}

bool receive_rtcp(std::span<const std::uint8_t> compound, Transport& transport, const Pools& pools,
                  const RtcpInstant& arrival, RtcpRequests& requests) {
  CompoundReader reader(compound);
  while (const auto packet = reader.next()) {
    if (packet->type == kRtcpSenderReport) {
      if (const auto report = parse_sender_report(*packet)) {
        take_sender_report(*report, transport, pools, arrival);
        take_report_blocks(report->blocks.span(), transport, pools, arrival.ntp);
      }
    } else if (packet->type == kRtcpReceiverReport) {
      if (const auto report = parse_receiver_report(*packet)) {
        take_report_blocks(report->blocks.span(), transport, pools, arrival.ntp);
      }
    } else if (packet->is(kRtcpPayloadFeedback, kFmtPli)) {
      if (const auto pli = parse_pli(*packet))
        want_keyframe(pli->media_ssrc, transport, pools, requests);
    } else if (packet->is(kRtcpPayloadFeedback, kFmtFir)) {
      if (const auto fir = parse_fir(*packet)) {
        for (const FirEntry& entry : fir->entries)
          want_keyframe(entry.ssrc, transport, pools, requests);
      }
    } else if (packet->is(kRtcpTransportFeedback, kFmtNack)) {
      if (const auto nack = parse_nack(*packet)) want_resend(*nack, transport, pools, requests);
    } else if (packet->is(kRtcpTransportFeedback, kFmtTransportCc)) {
      if (const auto feedback = parse_transport_feedback(*packet))
        transport.estimator.take_feedback(*feedback, arrival.now);
    } else if (packet->is(kRtcpPayloadFeedback, kFmtApplication)) {
      if (const auto remb = parse_remb(*packet)) take_remb(*remb, transport, pools);
    } else if (packet->type == kRtcpExtendedReport) {
      if (const auto report = parse_extended_report(*packet))
        take_extended_report(*report, transport, arrival);
    } else if (packet->type == kRtcpBye) {
      if (const auto bye = parse_bye(*packet)) take_bye(*bye, transport, pools);
    }
  }
  return !reader.malformed();
}

}  // namespace penstock
