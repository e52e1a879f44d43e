#include "controlplane/sdp/codec_choice.h"

#include <algorithm>

#include "controlplane/sdp/tokens.h"

namespace penstock::sdp {
namespace {

bool is_set(std::string_view fmtp, std::string_view name) { return format_number(fmtp, name) == 1; }

// A parameter that is a small number, as text, or else its default.
std::string small_number(std::string_view fmtp, std::string_view name, std::string_view otherwise) {
  const auto value = format_number(fmtp, name);
  return value ? std::to_string(*value) : std::string(otherwise);
}

// What senders that name no profile send in practice, and all browsers decode: constrained
// baseline. (RFC 6184 section 8.1 says Baseline level 1, at which nobody stops.)
constexpr std::string_view kUsualProfileLevelId = "42e01f";

// profile-level-id in lower case. nullopt when it is not there or not 6 hexadecimal digits.
std::optional<std::string> profile_level_id(std::string_view fmtp) {
  std::string id = lower_case(format_parameter(fmtp, "profile-level-id").value_or(""));
  if (id.size() != 6 || id.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return std::nullopt;
  }
  return id;
}

constexpr int kH264Ranks = 4;

// Lower is better, 0 to kH264Ranks - 1; profile_idc and profile-iop are the first four digits, then
// comes the level.
int h264_rank(std::string_view id, std::string_view wanted) {
  if (wanted.size() == 6 && equals_ignoring_case(id.substr(0, 4), wanted.substr(0, 4))) return 0;
  const bool baseline = id.starts_with("42");
  const char iop = id[2];  // constraint_set1_flag, here the second bit of a hexadecimal digit
  const bool constrained = (iop >= '4' && iop <= '7') || (iop >= 'c' && iop <= 'f');
  if (baseline) return constrained ? 1 : 2;
  return 3;
}

CodecChoice choice_of(Codec codec, const PayloadFormat& format) {
  CodecChoice choice;
  choice.codec = codec;
  choice.payload_type = format.payload_type;
  return choice;
}

CodecChoice opus_choice(const PayloadFormat& format, const CodecWishes& wishes) {
  CodecChoice choice = choice_of(Codec::kOpus, format);
  choice.opus_fec = wishes.opus_fec && is_set(format.fmtp, "useinbandfec");
  choice.opus_dtx = wishes.opus_dtx;
  choice.opus_stereo = is_set(format.fmtp, "stereo") || is_set(format.fmtp, "sprop-stereo");
  const auto add = [&](bool present, std::string_view parameter) {
    if (!present) return;
    if (!choice.fmtp.empty()) choice.fmtp += ';';
    choice.fmtp += parameter;
  };
  add(choice.opus_fec, "useinbandfec=1");
  add(choice.opus_dtx, "usedtx=1");
  add(choice.opus_stereo, "stereo=1;sprop-stereo=1");
  choice.answer_fmtp = choice.fmtp;
  return choice;
}

struct RankedChoice {
  CodecChoice choice;
  int rank = 0;
};

// Our answer repeats what is offered. To subscribers it is packetization-mode 1 in any case: that
// mode allows all packets of mode 0 (RFC 6184 section 5.4), so that one m-line can carry either.
std::optional<RankedChoice> h264_choice(const PayloadFormat& format, const CodecWishes& wishes) {
  const auto mode = format_number(format.fmtp, "packetization-mode").value_or(0);
  if (mode > 1) return std::nullopt;  // interleaved: a receiver has to buffer
  const auto offered_id = profile_level_id(format.fmtp);
  CodecChoice choice = choice_of(Codec::kH264, format);
  choice.h264_profile = offered_id.value_or(std::string(kUsualProfileLevelId));
  choice.fmtp =
      "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=" + choice.h264_profile;
  if (is_set(format.fmtp, "level-asymmetry-allowed"))
    choice.answer_fmtp = "level-asymmetry-allowed=1;";
  choice.answer_fmtp += "packetization-mode=" + std::to_string(mode);
  if (offered_id) choice.answer_fmtp += ";profile-level-id=" + *offered_id;
  // Single NAL units cannot carry large pictures: mode 0 only where there is no mode 1.
  const int rank = h264_rank(choice.h264_profile, wishes.h264_profile);
  return RankedChoice{choice, mode == 1 ? rank : rank + kH264Ranks};
}

RankedChoice vp9_choice(const PayloadFormat& format, const CodecWishes& wishes) {
  CodecChoice choice = choice_of(Codec::kVp9, format);
  choice.vp9_profile = small_number(format.fmtp, "profile-id", "0");
  choice.fmtp = choice.answer_fmtp = "profile-id=" + choice.vp9_profile;
  if (choice.vp9_profile == wishes.vp9_profile) return {choice, 0};
  return {choice, choice.vp9_profile == "0" ? 1 : 2};
}

RankedChoice av1_choice(const PayloadFormat& format) {
  CodecChoice choice = choice_of(Codec::kAv1, format);
  const std::string profile = small_number(format.fmtp, "profile", "0");
  choice.fmtp = "level-idx=" + small_number(format.fmtp, "level-idx", "5") + ";profile=" + profile +
                ";tier=" + small_number(format.fmtp, "tier", "0");
  choice.answer_fmtp = choice.fmtp;
  return {choice, profile == "0" ? 0 : 1};
}

std::optional<RankedChoice> ranked_choice(const PayloadFormat& format, Codec codec,
                                          const CodecWishes& wishes) {
  if (!is_codec(format, codec)) return std::nullopt;
  switch (codec) {
    case Codec::kOpus:
      return RankedChoice{opus_choice(format, wishes), 0};
    case Codec::kVp8:
      return RankedChoice{choice_of(Codec::kVp8, format), 0};
    case Codec::kVp9:
      return vp9_choice(format, wishes);
    case Codec::kH264:
      return h264_choice(format, wishes);
    case Codec::kAv1:
      return av1_choice(format);
  }
  return std::nullopt;
}

std::string_view usual_parameters(Codec codec) {
  switch (codec) {
    case Codec::kOpus:
      return "useinbandfec=1";
    case Codec::kH264:
      return "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f";
    case Codec::kVp8:
    case Codec::kVp9:
    case Codec::kAv1:
      return "";  // the codec's own defaults
  }
  return "";
}

}  // namespace

bool is_codec(const PayloadFormat& format, Codec codec) {
  if (!format.rtpmap) return false;
  // "opus/48000/2" in any case (RFC 7587 section 7), but some leave the channels out.
  const std::uint32_t channels_max = codec == Codec::kOpus ? 2 : 1;
  return equals_ignoring_case(format.rtpmap->encoding_name, codec_name(codec)) &&
         format.rtpmap->clock_hz == codec_clock_hz(codec) &&
         format.rtpmap->channels <= channels_max;
}

std::optional<CodecChoice> choose_format(const MediaDescription& media, Codec codec,
                                         const CodecWishes& wishes) {
  std::optional<RankedChoice> best;
  for (const PayloadFormat& format : media.payloads) {
    auto candidate = ranked_choice(format, codec, wishes);
    if (candidate && (!best || candidate->rank < best->rank)) best = std::move(candidate);
  }
  if (!best) return std::nullopt;
  return std::move(best->choice);
}

std::optional<CodecChoice> choose_parameters(Codec codec, std::string_view fmtp) {
  PayloadFormat format;
  format.rtpmap = RtpMap{std::string(codec_name(codec)), codec_clock_hz(codec),
                         codec == Codec::kOpus ? 2U : 1U};
  format.fmtp = fmtp.empty() ? usual_parameters(codec) : fmtp;
  const CodecWishes wishes{.opus_dtx = is_set(format.fmtp, "usedtx")};
  auto ranked = ranked_choice(format, codec, wishes);
  if (!ranked) return std::nullopt;
  return std::move(ranked->choice);
}

std::optional<std::string_view> format_parameter(std::string_view fmtp, std::string_view name) {
  while (!fmtp.empty()) {
    std::string_view value = take_until(fmtp, ';');
    if (equals_ignoring_case(trimmed(take_until(value, '=')), name)) return trimmed(value);
  }
  return std::nullopt;
}

std::optional<std::uint8_t> format_number(std::string_view fmtp, std::string_view name) {
  return parse_number<std::uint8_t>(format_parameter(fmtp, name).value_or(""));
}

}  // namespace penstock::sdp
