#include "tests/client/client_sdp.h"

#include <sstream>

#include "controlplane/sdp/data_media.h"

namespace penstock::test {
namespace {

constexpr std::string_view kMidUri = "urn:ietf:params:rtp-hdrext:sdes:mid";
constexpr std::string_view kAudioLevelUri = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
constexpr std::string_view kRidUri = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
constexpr std::string_view kRepairedRidUri =
    "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";

std::uint8_t extension_id(const sdp::MediaDescription& media, std::string_view uri) {
  for (const auto& extmap : media.extmaps) {
    if (extmap.uri == uri) return static_cast<std::uint8_t>(extmap.id);
  }
  return 0;
}

std::string_view setup_text(bool is_dtls_client) { return is_dtls_client ? "active" : "passive"; }

void write_transport(std::ostream& sdp, const LocalTransport& local, std::string_view setup) {
  sdp << "a=ice-ufrag:" << local.ufrag << "\r\na=ice-pwd:" << local.pwd
      << "\r\na=fingerprint:" << local.fingerprint << "\r\na=setup:" << setup << "\r\n";
  if (!local.candidate.empty()) {
    sdp << "a=" << local.candidate << "\r\na=end-of-candidates\r\n";
  }
}

void write_codec(std::ostream& sdp, const sdp::PayloadFormat& payload) {
  const int payload_type = payload.payload_type;
  if (payload.rtpmap) {
    sdp << "a=rtpmap:" << payload_type << ' ' << payload.rtpmap->encoding_name << '/'
        << payload.rtpmap->clock_hz;
    if (payload.rtpmap->channels > 1) sdp << '/' << payload.rtpmap->channels;
    sdp << "\r\n";
  }
  if (!payload.fmtp.empty()) sdp << "a=fmtp:" << payload_type << ' ' << payload.fmtp << "\r\n";
}

void write_repair(std::ostream& sdp, const OfferedStream& stream) {
  if (stream.kind == MediaKind::kAudio) {
    sdp << "a=rtcp-fb:109 nack\r\n";
    return;
  }
  const int rtx = kPublishedRtxPayloadType;
  sdp << "a=rtcp-fb:120 nack\r\na=rtpmap:" << rtx << " rtx/90000\r\na=fmtp:" << rtx
      << " apt=120\r\n";
  if (stream.rtx_ssrc == 0 || !stream.rids.empty() || !stream.is_sent) return;
  sdp << "a=ssrc:" << stream.rtx_ssrc << " cname:client\r\na=ssrc-group:FID " << stream.ssrc << ' '
      << stream.rtx_ssrc << "\r\n";
}

void write_simulcast(std::ostream& sdp, const std::vector<std::string>& rids) {
  sdp << "a=extmap:5 " << kRidUri << "\r\na=extmap:6 " << kRepairedRidUri << "\r\n";
  for (const std::string& rid : rids) sdp << "a=rid:" << rid << " send\r\n";
  sdp << "a=simulcast:send ";
  for (std::size_t i = 0; i < rids.size(); ++i) sdp << (i == 0 ? "" : ";") << rids[i];
  sdp << "\r\n";
}

void write_data_media(std::ostream& sdp, const LocalTransport& local, std::string_view mid,
                      std::string_view setup) {
  sdp << "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:" << mid
      << "\r\n";
  write_transport(sdp, local, setup);
  sdp << "a=sctp-port:5000\r\na=max-message-size:262144\r\n";
}

}  // namespace

std::string write_publish_offer(const LocalTransport& local,
                                std::span<const OfferedStream> streams) {
  std::ostringstream sdp;
  sdp << "v=0\r\no=- " << local.session_id << ' ' << local.session_version
      << " IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE";
  const auto mid_of = [&](std::size_t i) {
    return streams[i].mid.empty() ? std::to_string(i) : streams[i].mid;
  };
  for (std::size_t i = 0; i < streams.size(); ++i) {
    if (!streams[i].is_stopped) sdp << ' ' << mid_of(i);
  }
  sdp << "\r\n";
  for (std::size_t i = 0; i < streams.size(); ++i) {
    if (streams[i].kind == MediaKind::kData) {
      write_data_media(sdp, local, mid_of(i), "actpass");
      continue;
    }
    const bool is_video = streams[i].kind == MediaKind::kVideo;
    sdp << "m=" << (is_video ? "video " : "audio ") << (streams[i].is_stopped ? 0 : 9)
        << " UDP/TLS/RTP/SAVPF " << (is_video ? 120 : 109);
    if (is_video && streams[i].has_nack) sdp << ' ' << int{kPublishedRtxPayloadType};
    sdp << "\r\nc=IN IP4 0.0.0.0\r\na=mid:" << mid_of(i)
        << (streams[i].is_sent ? "\r\na=sendonly" : "\r\na=inactive")
        << "\r\na=rtcp-mux\r\na=rtcp-rsize\r\n";
    write_transport(sdp, local, "actpass");
    sdp << "a=extmap:4 " << kMidUri << "\r\na=extmap:3 " << kTransportCcUri << "\r\n";
    if (is_video) {
      sdp << (streams[i].codec == Codec::kH264 ? "a=rtpmap:120 H264/90000\r\na=fmtp:120 "
                                                 "profile-level-id=42e01f;packetization-mode=1\r\n"
                                               : "a=rtpmap:120 VP8/90000\r\n")
          << "a=rtcp-fb:120 nack pli\r\na=rtcp-fb:120 transport-cc\r\n";
    } else {
      sdp << "a=extmap:1 " << kAudioLevelUri
          << "\r\na=rtpmap:109 opus/48000/2\r\na=fmtp:109 minptime=10;useinbandfec=1\r\n";
    }
    if (!streams[i].rids.empty()) {
      write_simulcast(sdp, streams[i].rids);
    } else if (streams[i].is_sent) {
      sdp << "a=ssrc:" << streams[i].ssrc << " cname:client\r\n";
    }
    if (streams[i].has_nack) write_repair(sdp, streams[i]);
  }
  return sdp.str();
}

std::string write_play_offer(const LocalTransport& local, std::span<const PlayedLine> lines,
                             bool has_transport_cc) {
  std::ostringstream sdp;
  sdp << "v=0\r\no=- " << local.session_id << ' ' << local.session_version
      << " IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE";
  for (const PlayedLine& line : lines) sdp << ' ' << line.mid;
  sdp << "\r\n";
  int payload_type = 100;  // those of our own offers are others
  for (const PlayedLine& line : lines) {
    const bool is_video = line.kind == MediaKind::kVideo;
    std::vector<std::string> codecs = line.codecs;
    if (codecs.empty()) codecs = {is_video ? "VP8/90000" : "opus/48000/2"};
    const int first = payload_type;
    std::ostringstream formats;
    std::ostringstream attributes;
    for (const std::string& codec : codecs) {
      const int media = payload_type++;
      formats << ' ' << media;
      attributes << "a=rtpmap:" << media << ' ' << codec << "\r\n";
      if (!is_video) continue;
      const int rtx = payload_type++;
      formats << ' ' << rtx;
      attributes << "a=rtcp-fb:" << media << " nack\r\na=rtcp-fb:" << media
                 << " nack pli\r\na=rtcp-fb:" << media << " transport-cc\r\na=rtpmap:" << rtx
                 << " rtx/90000\r\na=fmtp:" << rtx << " apt=" << media << "\r\n";
    }
    if (!is_video) attributes << "a=fmtp:" << first << " minptime=10;useinbandfec=1\r\n";
    sdp << "m=" << (is_video ? "video" : "audio") << " 9 UDP/TLS/RTP/SAVPF" << formats.str()
        << "\r\nc=IN IP4 0.0.0.0\r\na=mid:" << line.mid
        << "\r\na=recvonly\r\na=rtcp-mux\r\na=rtcp-rsize\r\n";
    write_transport(sdp, local, "actpass");
    sdp << "a=extmap:9 " << kMidUri << "\r\n";
    if (has_transport_cc) sdp << "a=extmap:7 " << kTransportCcUri << "\r\n";
    if (!is_video) sdp << "a=extmap:12 " << kAudioLevelUri << "\r\n";
    sdp << attributes.str();
  }
  return sdp.str();
}

std::vector<AnsweredStream> read_publish_answer(const sdp::SessionDescription& answer) {
  std::vector<AnsweredStream> streams;
  for (const sdp::MediaDescription& media : answer.media) {
    AnsweredStream& stream = streams.emplace_back();
    if (media.port == 0 || media.payloads.empty() || !sdp::receives(media.direction)) continue;
    stream = {.is_accepted = true, .payload_type = media.payloads.front().payload_type};
    if (media.payloads.size() > 1) stream.rtx_payload_type = media.payloads[1].payload_type;
  }
  return streams;
}

std::string write_subscription_answer(const LocalTransport& local,
                                      const sdp::SessionDescription& offer, bool is_dtls_client,
                                      bool rejects_first, std::string_view feedback_extension) {
  std::ostringstream sdp;
  sdp << "v=0\r\no=- " << local.session_id << ' ' << local.session_version
      << " IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE";
  const auto is_rejected = [&](const sdp::MediaDescription& media) {
    return rejects_first && &media == offer.media.data();
  };
  for (const auto& media : offer.media) {
    if (!is_rejected(media)) sdp << ' ' << media.mid;
  }
  sdp << "\r\n";
  for (const auto& media : offer.media) {
    if (sdp::is_data_media(media))
      write_data_media(sdp, local, media.mid, setup_text(is_dtls_client));
    if (media.payloads.empty()) continue;
    const auto& payload = media.payloads.front();
    if (is_rejected(media)) {
      sdp << "m=" << media.kind << " 0 UDP/TLS/RTP/SAVPF " << int{payload.payload_type}
          << "\r\nc=IN IP4 0.0.0.0\r\na=mid:" << media.mid << "\r\na=inactive\r\n";
      continue;
    }
    sdp << "m=" << media.kind << " 9 UDP/TLS/RTP/SAVPF";
    for (const auto& format : media.payloads) sdp << ' ' << int{format.payload_type};
    sdp << "\r\nc=IN IP4 0.0.0.0\r\na=mid:" << media.mid
        << "\r\na=" << (sdp::sends(media.direction) ? "recvonly" : "inactive")
        << "\r\na=rtcp-mux\r\n"
        << (media.rtcp_rsize ? "a=rtcp-rsize\r\n" : "");
    write_transport(sdp, local, setup_text(is_dtls_client));
    for (const auto& extmap : media.extmaps) {
      if (extmap.uri == kMidUri || extmap.uri == kAudioLevelUri ||
          extmap.uri == feedback_extension) {
        sdp << "a=extmap:" << extmap.id << ' ' << extmap.uri << "\r\n";
      }
    }
    for (const auto& format : media.payloads) write_codec(sdp, format);
    for (const std::string& feedback : payload.rtcp_fbs) {
      sdp << "a=rtcp-fb:" << int{payload.payload_type} << ' ' << feedback << "\r\n";
    }
  }
  return sdp.str();
}

void merge_extensions(const sdp::SessionDescription& description, ExtensionMap& map) {
  const auto merge = [&](const sdp::MediaDescription& media, HeaderExtension kind,
                         std::string_view uri) {
    if (const std::uint8_t id = extension_id(media, uri); id != 0) map.set(kind, id);
  };
  for (const sdp::MediaDescription& media : description.media) {
    if (media.port == 0) continue;
    merge(media, HeaderExtension::kMid, kMidUri);
    merge(media, HeaderExtension::kRid, kRidUri);
    merge(media, HeaderExtension::kRepairedRid, kRepairedRidUri);
    merge(media, HeaderExtension::kAudioLevel, kAudioLevelUri);
    merge(media, HeaderExtension::kTransportCc, kTransportCcUri);
  }
}

}  // namespace penstock::test
