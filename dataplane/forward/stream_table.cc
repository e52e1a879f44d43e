#include "dataplane/forward/stream_table.h"

#include <algorithm>

namespace penstock {
namespace {

// The SSRC that this one repairs as signalling has it; 0 if it says nothing.
std::uint32_t repaired_by(const StreamTable::Entry& entry, std::uint32_t rtx_ssrc) {
  for (const RepairedSsrc& repaired : entry.repaired_ssrcs) {
    if (repaired.rtx_ssrc == rtx_ssrc) return repaired.ssrc;
  }
  return 0;
}

bool is_rtx_of(const StreamTable::Entry& entry, std::uint8_t payload_type) {
  return entry.rtx_payload_type != 0 && entry.rtx_payload_type == payload_type;
}

bool names(const StreamTable::Entry& entry, std::uint32_t ssrc) {
  return std::ranges::find(entry.signalled_ssrcs, ssrc) != entry.signalled_ssrcs.end() ||
         std::ranges::find(entry.repaired_ssrcs, ssrc, &RepairedSsrc::rtx_ssrc) !=
             entry.repaired_ssrcs.end();
}

}  // namespace

bool StreamTable::add(StreamHandle stream, const StreamConfig& config) {
  return entries_.push_back({stream, config.mid, config.rid, config.payload_type,
                             config.rtx_payload_type, config.signalled_ssrcs,
                             config.repaired_ssrcs});
}

void StreamTable::remove(StreamHandle stream) {
  for (std::size_t i = entries_.size(); i > 0; --i) {
    if (entries_[i - 1].stream == stream) entries_.erase_unordered(i - 1);
  }
  ssrcs_.erase_if([&](const LearnedSsrc& learned) { return learned.stream == stream; });
}

StreamTable::LearnedSsrc* StreamTable::learn(const Unattributed& packet) {
  const Entry* entry = attribute(packet);
  if (entry == nullptr) return nullptr;
  const bool is_rtx = is_rtx_of(*entry, packet.payload_type);
  // Of several encodings of an m-line one is taken.
  const std::string_view rid = is_rtx ? packet.repaired_rid : packet.rid;
  if (!rid.empty() && !entry->rid.view().empty() && rid != entry->rid.view()) return nullptr;
  return ssrcs_.add(packet.ssrc, {.repaired_ssrc = is_rtx ? repaired_by(*entry, packet.ssrc) : 0,
                                  .stream = entry->stream,
                                  .is_rtx = is_rtx});
}

const StreamTable::Entry* StreamTable::attribute(const Unattributed& packet) const {
  if (!packet.mid.empty()) {
    const auto* found = std::ranges::find_if(
        entries_, [&](const Entry& entry) { return entry.mid.view() == packet.mid; });
    return found == entries_.end() ? nullptr : found;
  }
  for (const Entry& entry : entries_) {
    if (names(entry, packet.ssrc)) return &entry;
  }
  const auto has_type = [&](const Entry& entry) {
    return entry.payload_type == packet.payload_type || is_rtx_of(entry, packet.payload_type);
  };
  if (std::ranges::count_if(entries_, has_type) != 1) return nullptr;
  return std::ranges::find_if(entries_, has_type);
}

}  // namespace penstock
