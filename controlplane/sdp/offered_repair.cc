#include "controlplane/sdp/offered_repair.h"

#include <algorithm>

#include "controlplane/sdp/codec_choice.h"
#include "controlplane/sdp/media_rules.h"
#include "controlplane/sdp/tokens.h"

namespace penstock::sdp {

bool offers_feedback(const MediaDescription& offered, std::uint8_t payload_type,
                     std::string_view feedback) {
  const auto has = [&](const std::vector<std::string>& texts) {
    return std::ranges::find(texts, feedback) != texts.end();
  };
  const PayloadFormat* format = offered.find_payload(payload_type);
  return has(offered.rtcp_fbs_of_all) || (format != nullptr && has(format->rtcp_fbs));
}

const PayloadFormat* offered_rtx(const MediaDescription& offered, std::uint8_t payload_type) {
  const PayloadFormat* original = offered.find_payload(payload_type);
  if (original == nullptr || !original->rtpmap) return nullptr;
  const auto repeats = [&](const PayloadFormat& format) {
    if (!format.rtpmap || !equals_ignoring_case(format.rtpmap->encoding_name, kRtxName) ||
        format.rtpmap->clock_hz != original->rtpmap->clock_hz) {
      return false;
    }
    return format_number(format.fmtp, "apt") == payload_type;
  };
  const auto found = std::ranges::find_if(offered.payloads, repeats);
  return found == offered.payloads.end() ? nullptr : &*found;
}

const PayloadFormat* offered_red(const MediaDescription& offered, std::uint8_t payload_type) {
  const PayloadFormat* block = offered.find_payload(payload_type);
  if (block == nullptr || !block->rtpmap) return nullptr;
  const auto has_no_other_blocks = [&](std::string_view fmtp) {
    if (fmtp.empty()) return false;
    while (!fmtp.empty()) {
      if (parse_number<std::uint8_t>(trimmed(take_until(fmtp, '/'))) != payload_type) return false;
    }
    return true;
  };
  const auto is_red = [&](const PayloadFormat& format) {
    return format.rtpmap && equals_ignoring_case(format.rtpmap->encoding_name, kRedName) &&
           format.rtpmap->clock_hz == block->rtpmap->clock_hz &&
           format.rtpmap->channels == block->rtpmap->channels && has_no_other_blocks(format.fmtp);
  };
  const auto found = std::ranges::find_if(offered.payloads, is_red);
  return found == offered.payloads.end() ? nullptr : &*found;
}

std::vector<std::pair<std::uint32_t, std::uint32_t>> repaired_ssrcs(
    const MediaDescription& offered) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
  for (const SsrcGroup& group : offered.ssrc_groups) {
    if (group.semantics == "FID" && group.ssrcs.size() == 2) {
      pairs.emplace_back(group.ssrcs[0], group.ssrcs[1]);
    }
  }
  return pairs;
}

}  // namespace penstock::sdp
