#include "controlplane/sdp/writer.h"

#include <string_view>

#include "controlplane/sdp/lines.h"

namespace penstock::sdp {
namespace {

std::string_view direction_name(Direction direction) {
  switch (direction) {
    case Direction::kSendRecv:
      return "sendrecv";
    case Direction::kSendOnly:
      return "sendonly";
    case Direction::kRecvOnly:
      return "recvonly";
    case Direction::kInactive:
      return "inactive";
  }
  return {};
}

std::string_view setup_name(Setup setup) {
  switch (setup) {
    case Setup::kActpass:
      return "actpass";
    case Setup::kActive:
      return "active";
    case Setup::kPassive:
      return "passive";
    case Setup::kHoldconn:
      return "holdconn";
  }
  return {};
}

template <typename Range>
std::string joined(const Range& words, std::string_view separator) {
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

void write_transport(const TransportAttributes& transport, Lines& lines) {
  if (!transport.ice_ufrag.empty()) lines.add({"a=ice-ufrag:", transport.ice_ufrag});
  if (!transport.ice_pwd.empty()) lines.add({"a=ice-pwd:", transport.ice_pwd});
  if (!transport.ice_options.empty()) {
    lines.add({"a=ice-options:", joined(transport.ice_options, " ")});
  }
  for (const Fingerprint& fingerprint : transport.fingerprints) {
    lines.add({"a=fingerprint:", fingerprint.hash_function, " ", fingerprint.value});
  }
  if (transport.setup) lines.add({"a=setup:", setup_name(*transport.setup)});
}

void write_payload(const PayloadFormat& payload, Lines& lines) {
  const std::string number = std::to_string(payload.payload_type);
  if (payload.rtpmap) {
    const RtpMap& rtpmap = *payload.rtpmap;
    const std::string channels =
        rtpmap.channels == 1 ? std::string() : "/" + std::to_string(rtpmap.channels);
    lines.add({"a=rtpmap:", number, " ", rtpmap.encoding_name, "/", std::to_string(rtpmap.clock_hz),
               channels});
  }
  for (const std::string& feedback : payload.rtcp_fbs) {
    lines.add({"a=rtcp-fb:", number, " ", feedback});
  }
  if (!payload.fmtp.empty()) lines.add({"a=fmtp:", number, " ", payload.fmtp});
}

std::string simulcast_streams(const std::vector<std::vector<SimulcastRid>>& streams) {
  std::string text;
  for (const std::vector<SimulcastRid>& alternatives : streams) {
    if (!text.empty()) text += ';';
    for (std::size_t i = 0; i < alternatives.size(); ++i) {
      if (i > 0) text += ',';
      if (alternatives[i].paused) text += '~';
      text += alternatives[i].id;
    }
  }
  return text;
}

void write_simulcast(const MediaDescription& media, Lines& lines) {
  for (const Rid& rid : media.rids) {
    const bool send = rid.direction == Direction::kSendOnly;
    lines.add({"a=rid:", rid.id, send ? " send" : " recv", rid.restrictions.empty() ? "" : " ",
               rid.restrictions});
  }
  if (!media.simulcast) return;
  const Simulcast& simulcast = *media.simulcast;
  const bool both = !simulcast.send.empty() && !simulcast.recv.empty();
  lines.add({"a=simulcast:", simulcast.send.empty() ? "" : "send ",
             simulcast_streams(simulcast.send), both ? " " : "",
             simulcast.recv.empty() ? "" : "recv ", simulcast_streams(simulcast.recv)});
}

void write_sources(const MediaDescription& media, Lines& lines) {
  for (const Msid& msid : media.msids) {
    lines.add({"a=msid:", msid.stream_id, msid.track_id.empty() ? "" : " ", msid.track_id});
  }
  for (const SsrcGroup& group : media.ssrc_groups) {
    std::string ssrcs;
    for (const std::uint32_t ssrc : group.ssrcs) ssrcs += " " + std::to_string(ssrc);
    lines.add({"a=ssrc-group:", group.semantics, ssrcs});
  }
  for (const SsrcAttributes& source : media.ssrcs) {
    const std::string number = std::to_string(source.ssrc);
    if (!source.cname.empty() || source.msid.empty()) {
      lines.add({"a=ssrc:", number, " cname:", source.cname});
    }
    if (!source.msid.empty()) lines.add({"a=ssrc:", number, " msid:", source.msid});
  }
}

void write_media_line(const MediaDescription& media, Lines& lines) {
  std::string formats = joined(media.formats, " ");
  if (media.is_rtp()) {
    for (const PayloadFormat& payload : media.payloads) {
      formats += (formats.empty() ? "" : " ") + std::to_string(payload.payload_type);
    }
  }
  lines.add({"m=", media.kind, " ", std::to_string(media.port), " ", media.protocol, " ", formats});
  lines.add({"c=IN IP4 0.0.0.0"});
  for (const Bandwidth& bandwidth : media.bandwidths) {
    lines.add({"b=", bandwidth.type, ":", std::to_string(bandwidth.value)});
  }
}

void write_media(const MediaDescription& media, Lines& lines) {
  write_media_line(media, lines);
  for (const std::string& candidate : media.candidates) lines.add({"a=candidate:", candidate});
  lines.add_if(media.end_of_candidates, "a=end-of-candidates");
  write_transport(media.transport, lines);
  if (!media.mid.empty()) lines.add({"a=mid:", media.mid});
  lines.add_if(media.bundle_only, "a=bundle-only");
  for (const Extmap& extmap : media.extmaps) {
    lines.add({"a=extmap:", std::to_string(extmap.id), extmap.direction ? "/" : "",
               extmap.direction ? direction_name(*extmap.direction) : "", " ", extmap.uri});
  }
  lines.add_if(media.extmap_allow_mixed, "a=extmap-allow-mixed");
  lines.add({"a=", direction_name(media.direction)});
  lines.add_if(media.rtcp_mux, "a=rtcp-mux");
  lines.add_if(media.rtcp_mux_only, "a=rtcp-mux-only");
  lines.add_if(media.rtcp_rsize, "a=rtcp-rsize");
  lines.add_if(media.rtcp_reference_times, "a=rtcp-xr:rcvr-rtt=all");
  for (const std::string& feedback : media.rtcp_fbs_of_all) lines.add({"a=rtcp-fb:* ", feedback});
  for (const PayloadFormat& payload : media.payloads) write_payload(payload, lines);
  write_sources(media, lines);
  write_simulcast(media, lines);
  if (media.sctp_port) lines.add({"a=sctp-port:", std::to_string(*media.sctp_port)});
  if (media.max_message_bytes) {
    lines.add({"a=max-message-size:", std::to_string(*media.max_message_bytes)});
  }
}

}  // namespace

std::string write_session_description(const SessionDescription& description) {
  Lines lines;
  const Origin& origin = description.origin;
  const bool ipv6 = origin.address.find(':') != std::string::npos;
  lines.add({"v=0"});
  lines.add({"o=", origin.username, " ", std::to_string(origin.session_id), " ",
             std::to_string(origin.session_version), ipv6 ? " IN IP6 " : " IN IP4 ",
             origin.address});
  lines.add({"s=", description.name});
  lines.add({"t=0 0"});
  lines.add_if(description.ice_lite, "a=ice-lite");
  for (const std::vector<std::string>& group : description.bundle_groups) {
    lines.add({"a=group:BUNDLE", group.empty() ? "" : " ", joined(group, " ")});
  }
  write_transport(description.transport, lines);
  lines.add_if(description.extmap_allow_mixed, "a=extmap-allow-mixed");
  if (!description.msid_semantic.empty()) {
    lines.add({"a=msid-semantic: ", description.msid_semantic});
  }
  for (const MediaDescription& media : description.media) write_media(media, lines);
  return lines.take();
}

}  // namespace penstock::sdp
