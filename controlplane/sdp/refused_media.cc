#include "controlplane/sdp/refused_media.h"

#include <algorithm>
#include <vector>

#include "controlplane/sdp/codec_choice.h"
#include "controlplane/sdp/media_rules.h"
#include "controlplane/sdp/tokens.h"

namespace penstock::sdp {
namespace {

constexpr std::size_t kNamesMax = 8;
constexpr std::size_t kNameBytesMax = 32;

std::string joined(std::span<const std::string> names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "nothing" : text;
}

// The codecs of the m-line, each once.
std::vector<std::string> offered_names(const MediaDescription& offered) {
  std::vector<std::string> names;
  for (const PayloadFormat& format : offered.payloads) {
    const std::string name = format.rtpmap ? format.rtpmap->encoding_name.substr(0, kNameBytesMax)
                                           : "payload type " + std::to_string(format.payload_type);
    if (equals_ignoring_case(name, kRtxName) || std::ranges::find(names, name) != names.end()) {
      continue;
    }
    if (names.size() == kNamesMax) {
      names.emplace_back("...");
      break;
    }
    names.push_back(name);
  }
  return names;
}

}  // namespace

MediaDescription rejected_media(const MediaDescription& offered) {
  MediaDescription answered;
  answered.kind = offered.kind;
  answered.port = 0;
  answered.protocol = offered.protocol;
  answered.mid = offered.mid;
  answered.direction = Direction::kInactive;
  if (!offered.payloads.empty()) {
    answered.payloads.push_back({.payload_type = offered.payloads.front().payload_type,
                                 .rtpmap = std::nullopt,
                                 .fmtp = {},
                                 .rtcp_fbs = {}});
  }
  if (!offered.formats.empty()) answered.formats = {offered.formats.front()};
  return answered;
}

std::string about_media(std::size_t mindex, std::string_view mid, std::string_view what) {
  std::string text = "m-line " + std::to_string(mindex);
  if (!mid.empty()) text.append(" (mid ").append(mid.substr(0, kNameBytesMax)).append(")");
  return text.append(": ").append(what);
}

std::string no_codec_reason(const MediaDescription& offered, std::span<const Codec> wanted) {
  std::vector<std::string> taken;
  for (const Codec codec : wanted) {
    taken.emplace_back(codec_name(codec));
    if (std::ranges::any_of(offered.payloads,
                            [&](const PayloadFormat& format) { return is_codec(format, codec); })) {
      return "no a=fmtp of its " + taken.back() + " can be taken";
    }
  }
  return "no codec of this room: offers " + joined(offered_names(offered)) + "; room takes " +
         joined(taken);
}

}  // namespace penstock::sdp
