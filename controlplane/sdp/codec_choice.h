// Which of the formats that a peer offers is a given codec of ours, and what its format parameters
// mean. Internal to negotiation; pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controlplane/sdp/session_description.h"
#include "dataplane/rtp/media_types.h"

namespace penstock::sdp {

// A codec as one m-line will use it.
struct CodecChoice {
  Codec codec = Codec::kOpus;
  std::uint8_t payload_type = 0;
  // For subscribers. Only the parameters we know, in one fixed order: equal configurations have
  // equal texts.
  std::string fmtp;
  std::string answer_fmtp;  // for the publisher
  bool opus_stereo = false;
  bool opus_fec = false;
  bool opus_dtx = false;
  std::string h264_profile;
  std::string vp9_profile;
};

// What the room wants of a codec; see PublisherPolicy.
struct CodecWishes {
  std::string_view h264_profile{};
  std::string_view vp9_profile{};
  bool opus_fec = true;
  bool opus_dtx = false;
};

// Whether the format is this codec: same encoding name, clock and channels (RFC 8866 section 6.6).
bool is_codec(const PayloadFormat& format, Codec codec);

// The best format of `media` for this codec, in the order of the m= line among equals. H.264 in
// packetization-mode 1 (RFC 6184 section 6.3) is better than in mode 0; there is no other.
std::optional<CodecChoice> choose_format(const MediaDescription& media, Codec codec,
                                         const CodecWishes& wishes);

// What choose_format makes of this codec when it is offered with these format parameters; empty:
// with those that browsers offer by default. nullopt when no m-line could use them.
std::optional<CodecChoice> choose_parameters(Codec codec, std::string_view fmtp);

// The value of one parameter of an fmtp text ("a=1;b=2"), names compared without regard to case.
std::optional<std::string_view> format_parameter(std::string_view fmtp, std::string_view name);
// The same as a number; nullopt also if it is none.
std::optional<std::uint8_t> format_number(std::string_view fmtp, std::string_view name);

}  // namespace penstock::sdp
