// How a client that publishes adapts to its way, as browsers do: an estimate from the feedback of
// transport-cc, capped by REMB; encodings get what they need from the smallest up; padding on RTX
// when a probe is due. Part of webrtc_client.h.
#include <algorithm>

#include "dataplane/rtp/rtcp/remb.h"
#include "tests/client/webrtc_client.h"

namespace penstock::test {
namespace {

constexpr double kStartBps = 300'000;
constexpr double kAudioBps = 50'000;
// Of what is allowed: the rest is for headers and for what is sent again.
constexpr double kMediaShare = 0.9;
constexpr Duration kAdaptInterval = 100 * kMillisecond;
constexpr Duration kProbeInterval = 5 * kMillisecond;
constexpr std::size_t kPaddingBytes = 255;

}  // namespace

void WebRtcClient::adapt_to(std::vector<AdaptiveEncoding> encodings) {
  adaptation_.emplace(kStartBps);
  adaptation_->encodings = std::move(encodings);
}

double WebRtcClient::allowed_bps() const {
  return adaptation_ ? std::min(adaptation_->estimator.bps(), adaptation_->remb_bps) : 0;
}

std::uint16_t WebRtcClient::number_of_sent(std::size_t rtp_bytes) {
  constexpr std::size_t kHeaderBytes = 28;
  if (!adaptation_) return transport_sequence_++;
  return adaptation_->estimator.add_sent(now_, rtp_bytes + kHeaderBytes);
}

void WebRtcClient::take_rate_feedback(const RtcpPacket& packet, Timestamp now) {
  if (!adaptation_) return;
  if (const auto feedback = parse_transport_feedback(packet))
    adaptation_->estimator.take_feedback(*feedback, now);
  if (const auto remb = parse_remb(packet))
    adaptation_->remb_bps = static_cast<double>(remb->bitrate_bps);
}

void WebRtcClient::adapt(Timestamp now) {
  if (!adaptation_ || now < adaptation_->next_at) return;
  adaptation_->next_at = now + kAdaptInterval;
  double left_bps = allowed_bps() * kMediaShare - kAudioBps;
  double wanted_bps = kAudioBps;
  for (const AdaptiveEncoding& encoding : adaptation_->encodings) {
    const bool is_first = &encoding == &adaptation_->encodings.front();
    const double given = std::min(left_bps, encoding.max_bps);
    const bool is_sent = is_first || given >= encoding.min_bps;
    set_encoding_bitrate(
        encoding.rid, static_cast<std::uint64_t>(is_sent ? std::max(given, encoding.min_bps) : 0));
    if (is_sent) left_bps -= given;
    wanted_bps += encoding.max_bps;
  }
  adaptation_->estimator.set_goal(wanted_bps / kMediaShare);
  probe(now);
}

void WebRtcClient::probe(Timestamp now) {
  BandwidthEstimator& estimator = adaptation_->estimator;
  if (!estimator.poll_probe(now)) return;
  adaptation_->next_at = now + kProbeInterval;
  for (std::size_t due = estimator.probe_due_bytes(now); due > 0;
       due -= std::min(due, kPaddingBytes)) {
    const auto outgoing = std::ranges::find_if(outgoing_, [](const Outgoing& one) {
      return one.is_accepted && one.rtx_payload_type != 0;
    });
    if (outgoing == outgoing_.end()) return;
    const std::vector<std::uint8_t> padding(kPaddingBytes,
                                            static_cast<std::uint8_t>(kPaddingBytes));
    send_rtp(*outgoing, {.ssrc = outgoing->rtx_ssrc,
                         .sequence = outgoing->rtx_sequence++,
                         .payload_type = outgoing->rtx_payload_type,
                         .timestamp = outgoing->timestamp,
                         .payload = padding,
                         .is_padding = true});
  }
}

}  // namespace penstock::test
