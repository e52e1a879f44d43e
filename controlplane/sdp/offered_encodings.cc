#include "controlplane/sdp/offered_encodings.h"

#include <algorithm>

#include "controlplane/sdp/codec_choice.h"
#include "controlplane/sdp/tokens.h"
#include "dataplane/base/limits.h"

namespace penstock::sdp {
namespace {

// The a=rid line of one simulcast stream that is to be sent, or null.
const Rid* sent_rid(const MediaDescription& offered,
                    const std::vector<SimulcastRid>& alternatives) {
  const auto rid = std::ranges::find(offered.rids, alternatives.front().id, &Rid::id);
  if (rid == offered.rids.end() || rid->direction != Direction::kSendOnly) return nullptr;
  return rid->id.size() <= kRidBytesMax ? &*rid : nullptr;
}

// Whether the rid may be sent with the payload type: "pt=" lists those it may (RFC 8851 section 4).
bool rid_allows(const Rid& rid, std::uint8_t payload_type) {
  std::string_view listed = format_parameter(rid.restrictions, "pt").value_or("");
  if (listed.empty()) return true;
  while (!listed.empty()) {
    if (parse_number<std::uint8_t>(take_until(listed, ',')) == payload_type) return true;
  }
  return false;
}

}  // namespace

std::vector<std::uint32_t> media_ssrcs(const MediaDescription& offered) {
  std::vector<std::uint32_t> repairs;
  for (const SsrcGroup& group : offered.ssrc_groups) {
    if (group.ssrcs.size() < 2 || (group.semantics != "FID" && group.semantics != "FEC-FR")) {
      continue;
    }
    repairs.insert(repairs.end(), group.ssrcs.begin() + 1, group.ssrcs.end());
  }
  std::ranges::sort(repairs);
  std::vector<std::uint32_t> ssrcs;
  for (const SsrcAttributes& source : offered.ssrcs) {
    if (!std::ranges::binary_search(repairs, source.ssrc)) ssrcs.push_back(source.ssrc);
  }
  return ssrcs;
}

std::vector<std::string> offered_rids(const MediaDescription& offered) {
  std::vector<std::string> rids;
  if (!offered.simulcast) return rids;
  for (const std::vector<SimulcastRid>& alternatives : offered.simulcast->send) {
    if (const Rid* rid = sent_rid(offered, alternatives)) rids.push_back(rid->id);
  }
  return rids;
}

std::string best_rid(const MediaDescription& offered, std::uint8_t payload_type, bool low_first) {
  std::string best;
  if (!offered.simulcast) return best;
  for (const std::vector<SimulcastRid>& alternatives : offered.simulcast->send) {
    const Rid* rid = sent_rid(offered, alternatives);
    if (rid == nullptr || alternatives.front().paused || !rid_allows(*rid, payload_type)) continue;
    if (best.empty() || low_first) best = rid->id;
  }
  return best;
}

}  // namespace penstock::sdp
