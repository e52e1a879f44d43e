#include "controlplane/sdp/attribute_values.h"

#include <string>

#include "controlplane/sdp/limits.h"
#include "controlplane/sdp/tokens.h"

namespace penstock::sdp {
namespace {

// "AB:CD:EF", at most the 64 bytes of a SHA-512 hash.
bool is_fingerprint_value(std::string_view value) {
  if (value.size() % 3 != 2 || value.size() > 64 * 3) return false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (i % 3 == 2 ? value[i] != ':' : !hex_value(value[i])) return false;
  }
  return true;
}

// rid-id of RFC 8851 section 10.
bool is_rid(std::string_view text) {
  for (const char c : text) {
    if (!is_alphanumeric(c) && c != '-' && c != '_') return false;
  }
  return !text.empty();
}

// "h;m;~l,x": streams separated by ';', their alternatives by ','. Drafts before RFC 8853 have
// "rid=" before the first.
std::optional<std::vector<std::vector<SimulcastRid>>> parse_simulcast_streams(
    std::string_view text) {
  if (text.starts_with("rid=")) text.remove_prefix(4);
  std::vector<std::vector<SimulcastRid>> streams;
  std::size_t rids = 0;
  while (!text.empty()) {
    if (text.back() == ';') return std::nullopt;
    std::string_view alternatives = take_until(text, ';');
    if (alternatives.empty() || alternatives.back() == ',') return std::nullopt;
    std::vector<SimulcastRid>& stream = streams.emplace_back();
    while (!alternatives.empty()) {
      std::string_view id = take_until(alternatives, ',');
      const bool paused = id.starts_with('~');
      if (paused) id.remove_prefix(1);
      if (!is_rid(id) || ++rids > kRidsMax) return std::nullopt;
      stream.push_back({std::string(id), paused});
    }
  }
  if (streams.empty()) return std::nullopt;
  return streams;
}

using SimulcastSide = std::vector<std::vector<SimulcastRid>> Simulcast::*;

std::optional<SimulcastSide> parse_simulcast_side(std::string_view word) {
  if (equals_ignoring_case(word, "send")) return &Simulcast::send;
  if (equals_ignoring_case(word, "recv")) return &Simulcast::recv;
  return std::nullopt;
}

}  // namespace

std::optional<Origin> parse_origin(std::string_view value) {
  Origin origin;
  origin.username = take_word(value);
  const auto session_id = parse_number<std::uint64_t>(take_word(value));
  const auto session_version = parse_number<std::uint64_t>(take_word(value));
  const std::string_view network = take_word(value);
  const std::string_view address_type = take_word(value);
  origin.address = take_word(value);
  if (!session_id || !session_version || !equals_ignoring_case(network, "IN") ||
      origin.address.empty() ||
      (!equals_ignoring_case(address_type, "IP4") && !equals_ignoring_case(address_type, "IP6"))) {
    return std::nullopt;
  }
  origin.session_id = *session_id;
  origin.session_version = *session_version;
  return origin;
}

std::optional<Bandwidth> parse_bandwidth(std::string_view value) {
  const std::string_view type = trimmed(take_until(value, ':'));
  const auto number = parse_number<std::uint64_t>(trimmed(value));
  if (!is_token(type) || !number) return std::nullopt;
  return Bandwidth{upper_case(type), *number};
}

std::optional<RtpMap> parse_rtpmap(std::string_view name_clock) {
  RtpMap rtpmap;
  const std::string_view name = take_until(name_clock, '/');
  const auto clock_hz = parse_number<std::uint32_t>(take_until(name_clock, '/'));
  if (!is_token(name) || !clock_hz) return std::nullopt;
  rtpmap.encoding_name = name;
  rtpmap.clock_hz = *clock_hz;
  if (!name_clock.empty()) {
    const auto channels = parse_number<std::uint32_t>(name_clock);
    if (!channels || *channels == 0) return std::nullopt;
    rtpmap.channels = *channels;
  }
  return rtpmap;
}

std::optional<Direction> parse_direction(std::string_view name) {
  if (equals_ignoring_case(name, "sendrecv")) return Direction::kSendRecv;
  if (equals_ignoring_case(name, "sendonly")) return Direction::kSendOnly;
  if (equals_ignoring_case(name, "recvonly")) return Direction::kRecvOnly;
  if (equals_ignoring_case(name, "inactive")) return Direction::kInactive;
  return std::nullopt;
}

std::optional<Setup> parse_setup(std::string_view value) {
  if (equals_ignoring_case(value, "actpass")) return Setup::kActpass;
  if (equals_ignoring_case(value, "active")) return Setup::kActive;
  if (equals_ignoring_case(value, "passive")) return Setup::kPassive;
  if (equals_ignoring_case(value, "holdconn")) return Setup::kHoldconn;
  return std::nullopt;
}

std::optional<Fingerprint> parse_fingerprint(std::string_view value) {
  const std::string_view hash_function = take_word(value);
  const std::string_view hex = take_word(value);
  if (!is_token(hash_function) || !is_fingerprint_value(hex)) return std::nullopt;
  Fingerprint fingerprint{lower_case(hash_function), std::string(hex)};
  for (char& c : fingerprint.value) c = to_upper(c);
  return fingerprint;
}

std::optional<Extmap> parse_extmap(std::string_view value) {
  Extmap extmap;
  std::string_view id = take_word(value);
  const std::string_view number = take_until(id, '/');
  const auto parsed = parse_number<std::uint16_t>(number);
  extmap.uri = take_word(value);
  if (!parsed || *parsed == 0 || extmap.uri.empty()) return std::nullopt;
  extmap.id = *parsed;
  if (!id.empty()) {
    extmap.direction = parse_direction(id);
    if (!extmap.direction) return std::nullopt;
  }
  return extmap;
}

std::string parse_feedback(std::string_view value) {
  std::string feedback;
  for (std::string_view word = take_word(value); !word.empty(); word = take_word(value)) {
    if (!feedback.empty()) feedback += ' ';
    feedback += lower_case(word);
  }
  return feedback;
}

std::optional<Msid> parse_msid(std::string_view value) {
  Msid msid;
  msid.stream_id = take_word(value);
  msid.track_id = take_word(value);
  if (msid.stream_id.empty()) return std::nullopt;
  return msid;
}

std::optional<SsrcGroup> parse_ssrc_group(std::string_view value) {
  SsrcGroup group;
  group.semantics = upper_case(take_word(value));
  if (!is_token(group.semantics)) return std::nullopt;
  for (std::string_view word = take_word(value); !word.empty(); word = take_word(value)) {
    const auto ssrc = parse_number<std::uint32_t>(word);
    if (!ssrc || group.ssrcs.size() == kSsrcsMax) return std::nullopt;
    group.ssrcs.push_back(*ssrc);
  }
  return group;
}

std::optional<Rid> parse_rid(std::string_view value) {
  Rid rid;
  const std::string_view id = take_word(value);
  const std::string_view direction = take_word(value);
  const bool is_sent = equals_ignoring_case(direction, "send");
  if (!is_rid(id) || (!is_sent && !equals_ignoring_case(direction, "recv"))) return std::nullopt;
  rid.id = id;
  rid.direction = is_sent ? Direction::kSendOnly : Direction::kRecvOnly;
  rid.restrictions = value;
  return rid;
}

std::optional<Simulcast> parse_simulcast(std::string_view value) {
  Simulcast simulcast;
  std::string_view word = take_word(value);
  while (!word.empty()) {
    const auto side = parse_simulcast_side(word);
    if (!side) return std::nullopt;
    std::string text(take_word(value));  // then up to the other side, without blanks
    for (word = take_word(value); !word.empty() && !parse_simulcast_side(word);
         word = take_word(value)) {
      text += word;
    }
    auto streams = parse_simulcast_streams(text);
    if (!(simulcast.*side.value()).empty() || !streams) return std::nullopt;
    simulcast.*side.value() = std::move(*streams);
  }
  if (simulcast.send.empty() && simulcast.recv.empty()) return std::nullopt;
  return simulcast;
}

}  // namespace penstock::sdp
