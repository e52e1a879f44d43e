#include "controlplane/sdp/media_parser.h"

#include <algorithm>
#include <utility>

#include "controlplane/sdp/attribute_values.h"
#include "controlplane/sdp/limits.h"
#include "controlplane/sdp/tokens.h"
#include "controlplane/sdp/transport_parser.h"

namespace penstock::sdp {

constexpr std::array<MediaParser::Attribute, 13> MediaParser::kAttributes = {{
    {"rtpmap", &MediaParser::rtpmap},
    {"fmtp", &MediaParser::fmtp},
    {"rtcp-fb", &MediaParser::rtcp_fb},
    {"rtcp-xr", &MediaParser::rtcp_xr},
    {"extmap", &MediaParser::extmap},
    {"msid", &MediaParser::msid, false},
    {"ssrc", &MediaParser::ssrc},
    {"ssrc-group", &MediaParser::ssrc_group},
    {"rid", &MediaParser::rid},
    {"simulcast", &MediaParser::simulcast},
    {"candidate", &MediaParser::candidate, false},
    {"sctp-port", &MediaParser::sctp_port, false},
    {"max-message-size", &MediaParser::max_message_size, false},
}};

Refusal MediaParser::read_media_line(std::string_view value) {
  media_.kind = lower_case(take_word(value));
  std::string_view port_and_count = take_word(value);
  const auto port = parse_number<std::uint16_t>(take_until(port_and_count, '/'));
  media_.protocol = upper_case(take_word(value));
  if (!is_token(media_.kind) || !port || media_.protocol.empty()) return kMalformed;
  media_.port = *port;
  return read_formats(value);
}

Refusal MediaParser::read_formats(std::string_view words) {
  std::size_t count = 0;
  for (std::string_view word = take_word(words); !word.empty(); word = take_word(words)) {
    if (++count > kFormatsMax) return kTooMany;
    if (!media_.is_rtp()) {
      media_.formats.emplace_back(word);
      continue;
    }
    const auto payload_type = parse_number<std::uint8_t>(word);
    if (!payload_type || *payload_type > 127) return "malformed payload type";
    std::uint16_t& position = payload_positions_[*payload_type];
    if (position != 0) continue;  // listed twice
    media_.payloads.emplace_back().payload_type = *payload_type;
    position = static_cast<std::uint16_t>(media_.payloads.size());
  }
  return count == 0 ? kMalformed : Refusal{};
}

void MediaParser::read_bandwidth(std::string_view value) {
  if (auto bandwidth = parse_bandwidth(value)) media_.bandwidths.push_back(*std::move(bandwidth));
}

AttributeRefusal MediaParser::read_attribute(std::string_view name, std::string_view value,
                                             MidSet& used_mids) {
  if (name == "mid") return {mid(value, used_mids)};
  if (const auto read = read_transport_attribute(name, value, media_.transport)) return {*read};
  for (const Attribute& known : kAttributes) {
    if (known.name != name) continue;
    const Refusal refusal = (this->*known.handler)(value);
    return {known.is_used ? refusal : Refusal{}, true};
  }
  return {};
}

void MediaParser::read_flag(std::string_view name) {
  if (const auto direction = parse_direction(name)) direction_ = direction;
  if (name == "rtcp-mux") media_.rtcp_mux = true;
  if (name == "rtcp-mux-only") media_.rtcp_mux_only = true;
  if (name == "rtcp-rsize") media_.rtcp_rsize = true;
  if (name == "bundle-only") media_.bundle_only = true;
  if (name == "extmap-allow-mixed") media_.extmap_allow_mixed = true;
  if (name == "end-of-candidates") media_.end_of_candidates = true;
}

MediaDescription MediaParser::finish(Direction session_direction) {
  media_.direction = direction_.value_or(session_direction);
  return std::move(media_);
}

std::optional<PayloadFormat*> MediaParser::take_payload(std::string_view& value) {
  const auto payload_type = parse_number<std::uint8_t>(take_word(value));
  if (!payload_type || *payload_type > 127) return std::nullopt;
  const std::uint16_t position = payload_positions_[*payload_type];
  return position == 0 ? nullptr : &media_.payloads[position - 1U];
}

Refusal MediaParser::mid(std::string_view value, MidSet& used_mids) {
  if (!is_token(value) || value.size() > kMidTextBytesMax) return kMalformed;
  if (!media_.mid.empty()) return media_.mid == value ? Refusal{} : "another mid for one m-line";
  if (!used_mids.emplace(value).second) return "mid used twice";
  media_.mid = value;
  return {};
}

Refusal MediaParser::rtpmap(std::string_view value) {
  const auto payload = take_payload(value);
  auto rtpmap = parse_rtpmap(take_word(value));
  if (!payload || !rtpmap) return kMalformed;
  if (*payload != nullptr) (*payload)->rtpmap = std::move(rtpmap);
  return {};
}

// RFC 3611 section 5.1: words, of which one is known here.
Refusal MediaParser::rtcp_xr(std::string_view value) {
  for (std::string_view word = take_word(value); !word.empty(); word = take_word(value)) {
    std::string_view format = take_until(word, ':');
    if (format == "rcvr-rtt=all") media_.rtcp_reference_times = true;
  }
  return {};
}

Refusal MediaParser::fmtp(std::string_view value) {
  if (!media_.is_rtp()) return {};
  const auto payload = take_payload(value);
  if (!payload) return kMalformed;
  if (*payload != nullptr) (*payload)->fmtp = value;
  return {};
}

Refusal MediaParser::rtcp_fb(std::string_view value) {
  std::vector<std::string>* target = &media_.rtcp_fbs_of_all;
  if (value.starts_with('*')) {
    take_word(value);
  } else {
    const auto payload = take_payload(value);
    if (!payload) return kMalformed;
    if (*payload == nullptr) return {};
    target = &(*payload)->rtcp_fbs;
  }
  std::string feedback = parse_feedback(value);
  if (feedback.empty()) return kMalformed;
  target->push_back(std::move(feedback));
  return {};
}

Refusal MediaParser::extmap(std::string_view value) {
  return append(media_.extmaps, parse_extmap(value), kExtmapsMax);
}

Refusal MediaParser::msid(std::string_view value) {
  return append(media_.msids, parse_msid(value), kDescriptionLinesMax);
}

Refusal MediaParser::ssrc(std::string_view value) {
  const auto number = parse_number<std::uint32_t>(take_word(value));
  if (!number) return kMalformed;
  const std::string_view name = trimmed(take_until(value, ':'));
  std::vector<SsrcAttributes>& ssrcs = media_.ssrcs;
  auto found = std::ranges::find(ssrcs, *number, &SsrcAttributes::ssrc);
  if (found == ssrcs.end()) {
    if (ssrcs.size() == kSsrcsMax) return kTooMany;
    found = ssrcs.insert(found, SsrcAttributes{.ssrc = *number, .cname = {}, .msid = {}});
  }
  if (equals_ignoring_case(name, "cname")) found->cname = trimmed(value);
  if (equals_ignoring_case(name, "msid")) found->msid = trimmed(value);
  return {};
}

Refusal MediaParser::ssrc_group(std::string_view value) {
  return append(media_.ssrc_groups, parse_ssrc_group(value), kSsrcsMax);
}

Refusal MediaParser::rid(std::string_view value) {
  auto parsed = parse_rid(value);
  if (parsed && std::ranges::find(media_.rids, parsed->id, &Rid::id) != media_.rids.end()) {
    return kTwice;
  }
  return append(media_.rids, std::move(parsed), kRidsMax);
}

Refusal MediaParser::simulcast(std::string_view value) {
  media_.simulcast = parse_simulcast(value);
  return media_.simulcast ? Refusal{} : kMalformed;
}

Refusal MediaParser::candidate(std::string_view value) {
  if (value.empty()) return kMalformed;
  return append(media_.candidates, std::optional(std::string(value)), kCandidatesMax);
}

Refusal MediaParser::sctp_port(std::string_view value) {
  media_.sctp_port = parse_number<std::uint16_t>(value);
  return media_.sctp_port ? Refusal{} : kMalformed;
}

Refusal MediaParser::max_message_size(std::string_view value) {
  media_.max_message_bytes = parse_number<std::uint64_t>(value);
  return media_.max_message_bytes ? Refusal{} : kMalformed;
}

}  // namespace penstock::sdp
