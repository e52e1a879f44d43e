// Offers of subscribers: part of peer_connections.h.
#include <utility>

#include "controlplane/media/negotiation_warnings.h"
#include "controlplane/media/peer_connections.h"
#include "controlplane/sdp/parser.h"
#include "controlplane/sdp/receiver_negotiation.h"
#include "controlplane/sdp/writer.h"
#include "dataplane/base/scope_guard.h"

namespace penstock {
namespace {

// A line as it is once the offer is answered. What is not shown never will be.
void settle(const sdp::ReceiverLine& answered, SubscriberLine& line) {
  if (!answered.is_shown) {
    SubscriberMline inactive;
    inactive.kind = line.wanted.kind;
    line.wanted = std::move(inactive);
    line.ssrc = 0;
    line.rtx_ssrc = 0;
    return;
  }
  line.mid = answered.mid;
  line.payload_type = answered.payload_type;
  line.rtx_payload_type = answered.rtx_payload_type;
  line.red_payload_type = answered.red_payload_type;
  line.fmtp = answered.fmtp;
  if (line.rtx_payload_type == 0) line.rtx_ssrc = 0;
}

}  // namespace

std::expected<SubscribeResult, MediaError> PeerConnections::subscribe(
    PeerId id, PeerPlacement placement, std::string_view offer_sdp,
    std::span<const SubscriberMline> sources, Timestamp now,
    const BeforeEffect<SubscribeResult>& tell) {
  const Call call(*this, now);
  sdp::Warnings warnings;
  const auto offer = sdp::parse_session_description(offer_sdp, &warnings);
  if (!offer) return std::unexpected(MediaError{MediaErrorKind::kInvalidSdp, offer.error()});
  if (exists(id))
    return std::unexpected(MediaError{MediaErrorKind::kWrongState, "this peer is there already"});
  auto made = make_connected_peer(id, PeerRole::kSubscriber, placement, now);
  if (!made) return std::unexpected(made.error());
  Peer& peer = **made;
  ScopeGuard undo([&] { destroy(find_handle(id), now); });
  std::vector<SubscriberLine> lines = lines_to_show(peer, sources);
  auto negotiation = sdp::answer_receiver_offer(
      *offer, streams_of(lines),
      local_parameters(peer, peer.transport->ice().credentials(), peer.transport->worker()));
  if (!negotiation)
    return std::unexpected(MediaError{MediaErrorKind::kInvalidSdp, negotiation.error().text});
  SubscribeResult result{.answer_sdp = sdp::write_session_description(negotiation->answer),
                         .mids = {},
                         .warnings = all_warnings(warnings, negotiation->agreed.warnings)};
  bool shows_any = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    settle(negotiation->lines[i], lines[i]);
    result.mids.push_back(negotiation->lines[i].mid);
    shows_any = shows_any || negotiation->lines[i].is_shown;
  }
  if (!shows_any) {
    return std::unexpected(
        MediaError{MediaErrorKind::kNoUsableStream,
                   explained("no m-line of the offer can show what is sent", result.warnings)});
  }
  const auto fingerprints = check_remote(peer, negotiation->agreed.remote);
  if (!fingerprints) return std::unexpected(fingerprints.error());
  peer.lines = std::move(lines);
  std::vector<SubscriptionHandle> subscriptions(peer.lines.size());
  ScopeGuard undo_made([&] {
    for (const SubscriptionHandle each : subscriptions) {
      if (!each.is_null()) dataplane_.destroy_subscription(each, now);
    }
  });
  if (const auto done = make_subscriptions(peer, negotiation->agreed, subscriptions); !done)
    return std::unexpected(done.error());
  log_warnings(id, result.warnings);
  tell(result);

  // From here on nothing can fail.
  undo_made.dismiss();
  undo.dismiss();
  ++peer.session_version;
  peer.remote_origin = offer->origin;
  settle_answer(peer, negotiation->agreed, *fingerprints, subscriptions, now);
  return result;
}

// One for each source, as it would be offered but for its numbers, which the subscriber chooses. An
// SSRC for RTX, and RED, say that there could be some.
std::vector<SubscriberLine> PeerConnections::lines_to_show(
    Peer& peer, std::span<const SubscriberMline> sources) {
  std::vector<SubscriberLine> lines;
  for (const SubscriberMline& source : sources) {
    SubscriberLine& line = lines.emplace_back();
    line.wanted = source;
    line.codec = source.codec;
    line.fmtp = source.fmtp;
    line.ssrc = peer.next_ssrc();
    line.cname = cname_of(source.source);
    if (config_.has_history && codec_kind(source.codec) == MediaKind::kVideo) {
      line.rtx_payload_type = 1;
      line.rtx_ssrc = peer.next_ssrc();
    }
    if (source.has_red) line.red_payload_type = 1;
  }
  return lines;
}

}  // namespace penstock
