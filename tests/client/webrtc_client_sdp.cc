// The client's part in negotiation: what is in webrtc_client.h about offers and answers.
#include <algorithm>

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

std::string WebRtcClient::make_publish_offer(const std::vector<SyntheticSourceConfig>& sources) {
  std::vector<OfferedStream> streams;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const bool is_encoding = !sources[i].rid.empty();
    const bool is_further = is_encoding && i > 0 && !sources[i - 1].rid.empty();
    const std::size_t mline = is_further ? streams.size() - 1 : streams.size();
    Outgoing outgoing{.mid = std::to_string(mline), .source = SyntheticSource(sources[i])};
    outgoing.mline = mline;
    Prng& prng = connection_->prng();
    outgoing.ssrc = prng.next_u32();
    outgoing.sequence = 65'536 + prng.below(1U << 15);
    outgoing.timestamp = prng.next_u32();
    outgoing.rtx_ssrc = prng.next_u32();
    outgoing.rtx_sequence = 65'536 + prng.below(1U << 15);
    if (!is_further) {
      streams.push_back({.kind = sources[i].kind,
                         .ssrc = outgoing.ssrc,
                         .has_nack = sends_again_,
                         .rtx_ssrc = names_rtx_ ? outgoing.rtx_ssrc : 0});
    }
    if (is_encoding) streams.back().rids.push_back(sources[i].rid);
    outgoing_.push_back(std::move(outgoing));
  }
  publish_offer_ = write_publish_offer(connection_->local_transport(), streams);
  return publish_offer_;
}

std::string WebRtcClient::restart_ice() {
  const WebRtcConnection::Credentials before = connection_->credentials();
  connection_->make_credentials();
  replace_all(publish_offer_, before.local_ufrag, connection_->credentials().local_ufrag);
  replace_all(publish_offer_, before.local_pwd, connection_->credentials().local_pwd);
  return publish_offer_;
}

bool WebRtcClient::accept_publish_answer(std::string_view answer_sdp, Timestamp now) {
  const auto answer = sdp::parse_session_description(answer_sdp);
  const std::size_t mlines = outgoing_.empty() ? 0 : outgoing_.back().mline + 1;
  if (!answer || answer->media.size() != mlines) return false;
  const auto streams = read_publish_answer(*answer);
  bool any = false;
  for (Outgoing& outgoing : outgoing_) {
    const AnsweredStream& stream = streams[outgoing.mline];
    const std::string& rid = outgoing.source.config().rid;
    const auto& accepted_rids = answer->media[outgoing.mline].rids;
    if (!stream.is_accepted) continue;
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
  connection_->take_answer(*answer);
  connection_->start_checks(now);
  return true;
}

std::string WebRtcClient::answer_subscription(std::string_view offer_sdp, Timestamp now) {
  const auto offer = sdp::parse_session_description(offer_sdp);
  if (!offer) return {};
  const bool is_restart = connection_->take_offer(*offer);
  // The peer has new credentials: so have we, and check with them at once (RFC 8445 section 9).
  if (is_restart) connection_->make_credentials();
  if (is_restart || !connection_->is_ice_connected()) connection_->start_checks(now);
  merge_extensions(*offer, extensions_in_);
  for (const auto& media : offer->media) {
    if (media.payloads.empty()) continue;
    kinds_[media.payloads.front().payload_type] =
        media.kind == "video" ? MediaKind::kVideo : MediaKind::kAudio;
    if (asks_again_) take_rtx(media);
  }
  return write_subscription_answer(connection_->local_transport(), *offer, is_dtls_client_);
}

// What an offered m-line says of RTX: its payload type is the second one.
void WebRtcClient::take_rtx(const sdp::MediaDescription& media) {
  if (media.payloads.size() < 2) return;
  apt_[media.payloads[1].payload_type] = media.payloads[0].payload_type;
  for (const sdp::SsrcGroup& group : media.ssrc_groups) {
    if (group.semantics != "FID" || group.ssrcs.size() != 2) continue;
    ssrc_of_rtx_[group.ssrcs[1]] = group.ssrcs[0];
    missing_.try_emplace(group.ssrcs[0]);
  }
}

}  // namespace penstock::test
