#include "controlplane/whip/offer_rules.h"

#include <algorithm>
#include <utility>

#include "controlplane/sdp/parser.h"
#include "controlplane/sdp/transport_description.h"

namespace penstock::whip {
namespace {

std::unexpected<Fault> fault(unsigned status, std::string text) {
  return std::unexpected(Fault{status, std::move(text)});
}

bool is_media(const sdp::MediaDescription& media) {
  return (media.kind == "audio" || media.kind == "video") && (media.port != 0 || media.bundle_only);
}

std::expected<OfferFacts, Fault> transport_of(const sdp::SessionDescription& description) {
  const auto first = std::ranges::find_if(description.media, is_media);
  if (first == description.media.end()) return fault(422, "no m-line of audio or video is in use");
  const auto peer = sdp::peer_transport(description, *first);
  if (!peer) return fault(400, peer.error().text);
  const sdp::MediaDescription& tagged = sdp::tagged_media(description, *first);
  return OfferFacts{.ice_ufrag = peer->remote.ice_ufrag,
                    .ice_pwd = peer->remote.ice_pwd,
                    .kind = tagged.kind,
                    .mid = tagged.mid};
}

// RFC 9725 section 4.4.1: one MediaStream, with one track of each kind at most.
std::expected<void, Fault> check_tracks(const sdp::SessionDescription& offer) {
  for (const char* kind : {"audio", "video"}) {
    const auto count = std::ranges::count_if(offer.media, [&](const sdp::MediaDescription& media) {
      return is_media(media) && media.kind == kind;
    });
    if (count > 1) return fault(422, std::string("more than one m-line of ") + kind);
  }
  return {};
}

}  // namespace

std::expected<OfferFacts, Fault> read_offer(std::string_view text, HttpApi api) {
  const auto offer = sdp::parse_session_description(text);
  if (!offer) return fault(400, offer.error());
  const bool is_player = api == HttpApi::kWhep;
  if (is_player && offer->media.empty()) return OfferFacts{};
  for (const sdp::MediaDescription& media : offer->media) {
    if (is_media(media) &&
        !(is_player ? sdp::receives(media.direction) : sdp::sends(media.direction)))
      return fault(422, is_player ? "an m-line does not want to receive: recvonly is expected"
                                  : "an m-line does not want to send: sendonly is expected");
  }
  if (!is_player) {
    if (const auto checked = check_tracks(*offer); !checked)
      return std::unexpected(checked.error());
  }
  return transport_of(*offer);
}

std::expected<OfferFacts, Fault> read_answer(std::string_view text) {
  const auto answer = sdp::parse_session_description(text);
  if (!answer) return fault(400, answer.error());
  return transport_of(*answer);
}

}  // namespace penstock::whip
