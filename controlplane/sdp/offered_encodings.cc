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

std::vector<std::string> accepted_rids(const MediaDescription& offered, std::uint8_t payload_type) {
  std::vector<std::string> accepted;
  for (const std::string& id : offered_rids(offered)) {
    const auto rid = std::ranges::find(offered.rids, id, &Rid::id);
    if (accepted.size() < kEncodingsMax && rid_allows(*rid, payload_type)) accepted.push_back(id);
  }
  return accepted;
}

OfferedSources offered_sources(const MediaDescription& offered) {
  OfferedSources sources;
  const auto track_of = [&](std::uint32_t ssrc) -> std::string_view {
    return std::ranges::find(offered.ssrcs, ssrc, &SsrcAttributes::ssrc)->msid;
  };
  for (const std::uint32_t ssrc : media_ssrcs(offered)) {
    const bool is_of_first = sources.track.empty() || track_of(ssrc).empty() ||
                             track_of(ssrc) == track_of(sources.track.front());
    (is_of_first ? sources.track : sources.others).push_back(ssrc);
  }
  const std::vector<std::uint32_t> media_of_others = sources.others;
  for (const SsrcGroup& group : offered.ssrc_groups) {
    const auto is_other = [&](std::uint32_t ssrc) {
      return std::ranges::find(media_of_others, ssrc) != media_of_others.end();
    };
    const auto is_of_track = [&](std::uint32_t ssrc) {
      return std::ranges::find(sources.track, ssrc) != sources.track.end();
    };
    if (group.semantics == "FID" && group.ssrcs.size() == 2 && is_other(group.ssrcs[0]))
      sources.others.push_back(group.ssrcs[1]);
    if (group.semantics == "SIM" && group.ssrcs.size() == sources.track.size() &&
        std::ranges::all_of(group.ssrcs, is_of_track))
      sources.track = group.ssrcs;
  }
  return sources;
}

}  // namespace penstock::sdp
