// Reads one media description: its m= line and the lines that follow it. Internal to the parser.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "controlplane/sdp/refusal.h"
#include "controlplane/sdp/session_description.h"

namespace penstock::sdp {

using MidSet = std::set<std::string, std::less<>>;

// One object per m= section.
class MediaParser {
 public:
  // What stands after "m=".
  Refusal read_media_line(std::string_view value);
  // What stands after "b=".
  void read_bandwidth(std::string_view value);
  // "a=<name>:<value>" without blanks around either, `name` in lower case. A mid that `used_mids`
  // has already is refused.
  AttributeRefusal read_attribute(std::string_view name, std::string_view value, MidSet& used_mids);
  // "a=<name>" without a value.
  void read_flag(std::string_view name);

  // The result; `session_direction` counts if the section has no direction of its own.
  MediaDescription finish(Direction session_direction);

 private:
  using Handler = Refusal (MediaParser::*)(std::string_view value);
  struct Attribute {
    std::string_view name;
    Handler handler;
    bool is_used = true;  // by negotiation; nobody misses one that is not
  };
  static const std::array<Attribute, 13> kAttributes;

  Refusal read_formats(std::string_view words);
  Refusal mid(std::string_view value, MidSet& used_mids);
  Refusal rtpmap(std::string_view value);
  Refusal fmtp(std::string_view value);
  Refusal rtcp_fb(std::string_view value);
  Refusal rtcp_xr(std::string_view value);
  Refusal extmap(std::string_view value);
  Refusal msid(std::string_view value);
  Refusal ssrc(std::string_view value);
  Refusal ssrc_group(std::string_view value);
  Refusal rid(std::string_view value);
  Refusal simulcast(std::string_view value);
  Refusal candidate(std::string_view value);
  Refusal sctp_port(std::string_view value);
  Refusal max_message_size(std::string_view value);

  // Takes the payload type off the front of `value` and finds its format: null when the m= line
  // does not list it; nullopt when there is no payload type.
  std::optional<PayloadFormat*> take_payload(std::string_view& value);

  MediaDescription media_;
  std::optional<Direction> direction_;
  // Position in media_.payloads + 1 of each payload type: what keeps parsing linear.
  std::array<std::uint16_t, 128> payload_positions_{};
};

}  // namespace penstock::sdp
