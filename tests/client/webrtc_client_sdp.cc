// The client's session descriptions: part of webrtc_client.h.
#include <sstream>

#include "controlplane/ice/candidate.h"
#include "controlplane/ice/ice_credential_generator.h"
#include "controlplane/sdp/parser.h"
#include "tests/client/webrtc_client.h"

namespace penstock::test {
namespace {

constexpr std::string_view kMidUri = "urn:ietf:params:rtp-hdrext:sdes:mid";
constexpr std::string_view kAudioLevelUri = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
constexpr std::string_view kTransportCcUri =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

std::uint8_t extension_id(const sdp::MediaDescription& media, std::string_view uri) {
  for (const auto& extmap : media.extmaps) {
    if (extmap.uri == uri) return static_cast<std::uint8_t>(extmap.id);
  }
  return 0;
}

void merge_extensions(const sdp::MediaDescription& media, ExtensionMap& map) {
  const auto merge = [&](HeaderExtension kind, std::string_view uri) {
    if (const std::uint8_t id = extension_id(media, uri); id != 0) map.set(kind, id);
  };
  merge(HeaderExtension::kMid, kMidUri);
  merge(HeaderExtension::kAudioLevel, kAudioLevelUri);
  merge(HeaderExtension::kTransportCc, kTransportCcUri);
}

std::string_view setup_text(bool is_dtls_client) { return is_dtls_client ? "active" : "passive"; }

}  // namespace

std::string WebRtcClient::make_publish_offer(const std::vector<SyntheticSourceConfig>& sources) {
  std::ostringstream sdp;
  sdp << "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE";
  for (std::size_t i = 0; i < sources.size(); ++i) sdp << ' ' << i;
  sdp << "\r\n";
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const bool is_video = sources[i].kind == MediaKind::kVideo;
    const int payload_type = is_video ? 120 : 109;
    sdp << "m=" << (is_video ? "video" : "audio") << " 9 UDP/TLS/RTP/SAVPF " << payload_type
        << "\r\nc=IN IP4 0.0.0.0\r\na=mid:" << i
        << "\r\na=sendonly\r\na=rtcp-mux\r\na=rtcp-rsize\r\na=ice-ufrag:" << secrets_.local_ufrag
        << "\r\na=ice-pwd:" << secrets_.local_pwd << "\r\na=fingerprint:" << fingerprint_
        << "\r\na=setup:actpass\r\na=extmap:4 " << kMidUri << "\r\na=extmap:3 " << kTransportCcUri
        << "\r\n";
    if (is_video) {
      sdp << "a=rtpmap:120 VP8/90000\r\na=rtcp-fb:120 nack pli\r\na=rtcp-fb:120 transport-cc\r\n";
    } else {
      sdp << "a=extmap:1 " << kAudioLevelUri
          << "\r\na=rtpmap:109 opus/48000/2\r\na=fmtp:109 minptime=10;useinbandfec=1\r\n";
    }
    Outgoing outgoing{.mid = std::to_string(i), .source = SyntheticSource(sources[i])};
    outgoing.ssrc = prng_.next_u32();
    outgoing.sequence = 65'536 + prng_.below(1U << 15);
    outgoing.timestamp = prng_.next_u32();
    sdp << "a=ssrc:" << outgoing.ssrc << " cname:client\r\n";
    outgoing_.push_back(std::move(outgoing));
  }
  if (!outgoing_.empty()) secrets_.first_ssrc = outgoing_.front().ssrc;
  publish_offer_ = sdp.str();
  return publish_offer_;
}

std::string WebRtcClient::restart_ice() {
  SeededRandom random(prng_.next_u64());
  const auto replace_all = [&](std::string& secret, std::size_t characters) {
    const std::string fresh = generate_ice_characters(random, characters);
    for (auto at = publish_offer_.find(secret); at != std::string::npos;
         at = publish_offer_.find(secret, at + fresh.size())) {
      publish_offer_.replace(at, secret.size(), fresh);
    }
    secret = fresh;
  };
  replace_all(secrets_.local_ufrag, kUfragCharacters);
  replace_all(secrets_.local_pwd, kIcePwdCharacters);
  return publish_offer_;
}

bool WebRtcClient::accept_publish_answer(std::string_view answer_sdp, Timestamp now) {
  const auto answer = sdp::parse_session_description(answer_sdp);
  if (!answer || answer->media.size() != outgoing_.size()) return false;
  bool any = false;
  for (std::size_t i = 0; i < answer->media.size(); ++i) {
    const sdp::MediaDescription& media = answer->media[i];
    if (media.port == 0 || media.payloads.empty() || !sdp::receives(media.direction)) continue;
    outgoing_[i].is_accepted = true;
    outgoing_[i].payload_type = media.payloads.front().payload_type;
    merge_extensions(media, extensions_out_);
    // Setup of the answer is the server's; ours is the other.
    dtls_role_ =
        media.transport.setup == sdp::Setup::kActive ? DtlsRole::kServer : DtlsRole::kClient;
    any = true;
  }
  if (!any) return false;
  learn_remote(*answer);
  next_check_at_ = now;
  return true;
}

std::string WebRtcClient::answer_subscription(std::string_view offer_sdp, Timestamp now) {
  const auto offer = sdp::parse_session_description(offer_sdp);
  if (!offer) return {};
  const std::string ufrag_before = secrets_.remote_ufrag;
  learn_remote(*offer);
  if (!ufrag_before.empty() && ufrag_before != secrets_.remote_ufrag) restart_ice(now);
  std::ostringstream sdp;
  sdp << "v=0\r\no=- 2 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE";
  for (const auto& media : offer->media) sdp << ' ' << media.mid;
  sdp << "\r\n";
  for (const auto& media : offer->media) {
    const auto& payload = media.payloads.front();
    const bool is_active = sdp::sends(media.direction);
    kinds_[payload.payload_type] = media.kind == "video" ? MediaKind::kVideo : MediaKind::kAudio;
    merge_extensions(media, extensions_in_);
    sdp << "m=" << media.kind << " 9 UDP/TLS/RTP/SAVPF " << int{payload.payload_type}
        << "\r\nc=IN IP4 0.0.0.0\r\na=mid:" << media.mid
        << "\r\na=" << (is_active ? "recvonly" : "inactive")
        << "\r\na=rtcp-mux\r\na=ice-ufrag:" << secrets_.local_ufrag
        << "\r\na=ice-pwd:" << secrets_.local_pwd << "\r\na=fingerprint:" << fingerprint_
        << "\r\na=setup:" << setup_text(config_.is_dtls_client) << "\r\n";
    for (const auto& extmap : media.extmaps) {
      if (extmap.uri == kMidUri || extmap.uri == kAudioLevelUri) {
        sdp << "a=extmap:" << extmap.id << ' ' << extmap.uri << "\r\n";
      }
    }
    sdp << "a=rtpmap:" << int{payload.payload_type} << ' ' << payload.rtpmap->encoding_name << '/'
        << payload.rtpmap->clock_hz;
    if (payload.rtpmap->channels > 1) sdp << '/' << payload.rtpmap->channels;
    sdp << "\r\n";
    if (!payload.fmtp.empty()) {
      sdp << "a=fmtp:" << int{payload.payload_type} << ' ' << payload.fmtp << "\r\n";
    }
  }
  dtls_role_ = config_.is_dtls_client ? DtlsRole::kClient : DtlsRole::kServer;
  if (!ice_connected_) next_check_at_ = now;
  return sdp.str();
}

void WebRtcClient::learn_remote(const sdp::SessionDescription& description) {
  for (const auto& media : description.media) {
    const auto& transport =
        media.transport.ice_ufrag.empty() ? description.transport : media.transport;
    if (transport.ice_ufrag.empty() || media.port == 0) continue;
    secrets_.remote_ufrag = transport.ice_ufrag;
    secrets_.remote_pwd = transport.ice_pwd;
    remote_fingerprints_.clear();
    const auto& prints = media.transport.fingerprints.empty() ? description.transport.fingerprints
                                                              : media.transport.fingerprints;
    for (const auto& print : prints) {
      if (const auto parsed = parse_fingerprint(print.hash_function + " " + print.value)) {
        static_cast<void>(remote_fingerprints_.push_back(*parsed));
      }
    }
    break;
  }
  for (const auto& media : description.media) {
    for (const std::string& line : media.candidates) {
      const auto candidate = parse_candidate("candidate:" + line);
      // A client with one address uses the candidate of its family.
      if (candidate && candidate->address &&
          candidate->address->ip.is_v4() == config_.local.ip.is_v4() && !has_remote_) {
        remote_ = *candidate->address;
        has_remote_ = true;
      }
    }
  }
}

}  // namespace penstock::test
