// The client's part in negotiation: what is in webrtc_client.h about offers and answers.
#include <algorithm>
#include <utility>

#include "controlplane/sdp/data_media.h"
#include "controlplane/sdp/parser.h"
#include "tests/client/client_sdp.h"
#include "tests/client/webrtc_client.h"

namespace penstock::test {
namespace {

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

}  // namespace

WebRtcClient::Outgoing WebRtcClient::make_outgoing(const SyntheticSourceConfig& source) {
  Outgoing outgoing{.mid = {}, .source = SyntheticSource(source)};
  Prng& prng = connection_->prng();
  outgoing.ssrc = prng.next_u32();
  outgoing.sequence = 65'536 + prng.below(1U << 15);
  outgoing.timestamp = outgoing.timestamp_at_0 = prng.next_u32();
  outgoing.rtx_ssrc = prng.next_u32();
  outgoing.rtx_sequence = 65'536 + prng.below(1U << 15);
  return outgoing;
}

std::string WebRtcClient::make_publish_offer(const std::vector<SyntheticSourceConfig>& sources) {
  for (const SyntheticSourceConfig& source : sources) {
    const bool is_further =
        !source.rid.empty() && !outgoing_.empty() && !outgoing_.back().source.config().rid.empty();
    if (!is_further) {
      use_line(mline_count(), source);
      continue;
    }
    Outgoing outgoing = make_outgoing(source);
    outgoing.mline = outgoing_.back().mline;
    outgoing.mid = outgoing_.back().mid;
    outgoing_.push_back(std::move(outgoing));
  }
  return make_next_offer();
}

std::string WebRtcClient::make_next_offer() {
  std::vector<OfferedStream> streams;
  for (Outgoing& outgoing : outgoing_) {
    if (std::exchange(outgoing.is_ssrc_due, false)) {
      outgoing.next_ssrc = connection_->prng().next_u32();
      outgoing.next_rtx_ssrc = connection_->prng().next_u32();
    }
    if (outgoing.mline == streams.size()) {
      const bool is_next = outgoing.next_ssrc != 0;
      const std::uint32_t rtx_ssrc = is_next ? outgoing.next_rtx_ssrc : outgoing.rtx_ssrc;
      streams.push_back({.kind = outgoing.source.config().kind,
                         .mid = outgoing.mid,
                         .codec = outgoing.next_codec.value_or(outgoing.source.config().codec),
                         .is_sent = outgoing.is_sent,
                         .is_stopped = outgoing.is_stopped,
                         .ssrc = is_next ? outgoing.next_ssrc : outgoing.ssrc,
                         .has_nack = sends_again_,
                         .rtx_ssrc = names_rtx_ ? rtx_ssrc : 0});
    }
    const std::string& rid = outgoing.source.config().rid;
    if (!rid.empty()) streams.back().rids.push_back(rid);
  }
  if (offers_data_) streams.push_back({.kind = MediaKind::kData});
  publish_offer_ = write_publish_offer(next_description(), streams);
  return publish_offer_;
}

void WebRtcClient::set_sent(std::size_t mindex, bool is_sent) {
  Outgoing& outgoing = line(mindex);
  // On again with the answer.
  if (is_sent && !outgoing.is_sent) outgoing.is_accepted = false;
  outgoing.is_sent = is_sent;
}

void WebRtcClient::stop_line(std::size_t mindex) {
  line(mindex).is_stopped = true;
  line(mindex).is_accepted = false;
}

void WebRtcClient::use_line(std::size_t mindex, const SyntheticSourceConfig& source) {
  Outgoing outgoing = make_outgoing(source);
  outgoing.mline = mindex;
  outgoing.mid = std::to_string(mids_made_++);
  if (mindex < mline_count()) {
    line(mindex) = std::move(outgoing);
  } else {
    outgoing_.push_back(std::move(outgoing));
  }
}

// What the answered offer said of an m-line that changes.
void WebRtcClient::put_in_force(Outgoing& outgoing, Prng& prng) {
  if (outgoing.next_codec) outgoing.source.set_codec(*std::exchange(outgoing.next_codec, {}));
  if (outgoing.next_ssrc == 0) return;
  outgoing.ssrc = std::exchange(outgoing.next_ssrc, 0);
  outgoing.rtx_ssrc = std::exchange(outgoing.next_rtx_ssrc, 0);
  outgoing.sequence = 65'536 + prng.below(1U << 15);
  outgoing.timestamp = prng.next_u32();
  outgoing.rtx_sequence = 65'536 + prng.below(1U << 15);
  outgoing.sent = {};
  outgoing.packets = 0;
  outgoing.octets = 0;
  outgoing.source.request_keyframe();
}

LocalTransport WebRtcClient::next_description() {
  LocalTransport local = connection_->local_transport();
  local.session_version = ++descriptions_made_;
  return local;
}

std::string WebRtcClient::restart_ice() {
  const WebRtcConnection::Credentials before = connection_->credentials();
  const std::string origin = "o=- " + std::to_string(connection_->local_transport().session_id);
  const std::uint64_t version = descriptions_made_++;
  replace_all(publish_offer_, origin + " " + std::to_string(version) + " ",
              origin + " " + std::to_string(version + 1) + " ");
  connection_->make_credentials();
  replace_all(publish_offer_, before.local_ufrag, connection_->credentials().local_ufrag);
  replace_all(publish_offer_, before.local_pwd, connection_->credentials().local_pwd);
  return publish_offer_;
}

bool WebRtcClient::accept_publish_answer(std::string_view answer_sdp, Timestamp now) {
  const auto answer = sdp::parse_session_description(answer_sdp);
  if (!answer || answer->media.size() != mline_count() + (offers_data_ ? 1 : 0)) return false;
  is_data_agreed_ = offers_data_ && answer->media.back().port != 0;
  const auto streams = read_publish_answer(*answer);
  bool any = is_data_agreed_;
  for (Outgoing& outgoing : outgoing_) {
    const AnsweredStream& stream = streams[outgoing.mline];
    const std::string& rid = outgoing.source.config().rid;
    const auto& accepted_rids = answer->media[outgoing.mline].rids;
    put_in_force(outgoing, connection_->prng());
    if (!stream.is_accepted) {
      any = any || !outgoing.is_sent;
      continue;
    }
    if (!rid.empty() &&
        std::ranges::find(accepted_rids, rid, &sdp::Rid::id) == accepted_rids.end()) {
      continue;
    }
    outgoing.is_accepted = true;
    outgoing.payload_type = stream.payload_type;
    outgoing.rtx_payload_type = stream.rtx_payload_type;
    any = true;
  }
  if (!any) return false;
  merge_extensions(*answer, extensions_out_);
  if (connection_->take_answer(*answer) || !connection_->is_ice_connected())
    connection_->start_checks(now);
  return true;
}

std::string WebRtcClient::answer_subscription(std::string_view offer_sdp, Timestamp now) {
  auto offer = sdp::parse_session_description(offer_sdp);
  if (!offer) return {};
  if (rejects_first_) {
    // With the m-line goes its transport.
    offer->media.front().transport = {};
    offer->media.front().candidates.clear();
  }
  const bool is_restart = connection_->take_offer(*offer);
  // The peer has new credentials: so have we, and check with them at once (RFC 8445 section 9).
  if (is_restart) connection_->make_credentials();
  if (is_restart || !connection_->is_ice_connected()) connection_->start_checks(now);
  expect_media(*offer);
  const std::string_view extension = feedback_ == BandwidthFeedback::kTransportCc ? kTransportCcUri
                                     : feedback_ == BandwidthFeedback::kRemb      ? kAbsSendTimeUri
                                                                                  : "";
  return write_subscription_answer(next_description(), *offer, is_dtls_client_, rejects_first_,
                                   extension);
}

// What the server says that it sends.
void WebRtcClient::expect_media(const sdp::SessionDescription& description) {
  merge_extensions(description, extensions_in_);
  for (const auto& media : description.media) {
    is_data_agreed_ = is_data_agreed_ || sdp::is_data_media(media);
    if (media.payloads.empty()) continue;
    kinds_[media.payloads.front().payload_type] =
        media.kind == "video" ? MediaKind::kVideo : MediaKind::kAudio;
    if (asks_again_) take_rtx(media);
  }
}

std::string WebRtcClient::make_play_offer(std::span<const PlayedLine> lines) {
  return write_play_offer(next_description(), lines, feedback_ == BandwidthFeedback::kTransportCc);
}

bool WebRtcClient::accept_play_answer(std::string_view answer_sdp, Timestamp now) {
  const auto answer = sdp::parse_session_description(answer_sdp);
  if (!answer) return false;
  const bool any = std::ranges::any_of(
      answer->media, [](const sdp::MediaDescription& media) { return media.port != 0; });
  if (!any) return false;
  connection_->take_answer(*answer);
  expect_media(*answer);
  connection_->start_checks(now);
  return true;
}

WebRtcConnection::Credentials WebRtcClient::renew_credentials() {
  connection_->make_credentials();
  return connection_->credentials();
}

void WebRtcClient::accept_restart(const std::string& remote_ufrag, const std::string& remote_pwd,
                                  Timestamp now) {
  connection_->take_restart(remote_ufrag, remote_pwd);
  connection_->start_checks(now);
}

// What an offered m-line says of RTX: its payload type is the second one.
void WebRtcClient::take_rtx(const sdp::MediaDescription& media) {
  if (media.payloads.size() < 2) return;
  apt_[media.payloads[1].payload_type] = media.payloads[0].payload_type;
  for (const sdp::SsrcGroup& group : media.ssrc_groups) {
    if (group.semantics != "FID" || group.ssrcs.size() != 2) continue;
    ssrc_of_rtx_[group.ssrcs[1]] = group.ssrcs[0];
    missing_.try_emplace(group.ssrcs[0], patience_);
  }
}

}  // namespace penstock::test
