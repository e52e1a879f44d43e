#include "dataplane/forward/stream_table.h"

#include <algorithm>

namespace penstock {

bool StreamTable::add(StreamHandle stream, const StreamConfig& config) {
  return entries_.push_back({stream, config.mid, config.payload_type, config.signalled_ssrcs});
}

void StreamTable::remove(StreamHandle stream) {
  for (std::size_t i = entries_.size(); i > 0; --i) {
    if (entries_[i - 1].stream == stream) entries_.erase_unordered(i - 1);
  }
  for (std::size_t i = ssrcs_.size(); i > 0; --i) {
    if (ssrcs_[i - 1].stream == stream) ssrcs_.erase_unordered(i - 1);
  }
}

StreamHandle StreamTable::find(std::uint32_t ssrc) const {
  for (const LearnedSsrc& learned : ssrcs_) {
    if (learned.ssrc == ssrc) return learned.stream;
  }
  return {};
}

StreamHandle StreamTable::learn(std::uint32_t ssrc, std::string_view mid,
                                std::uint8_t payload_type) {
  const Entry* entry = attribute(ssrc, mid, payload_type);
  if (entry == nullptr || !ssrcs_.push_back({ssrc, entry->stream})) return {};
  return entry->stream;
}

const StreamTable::Entry* StreamTable::attribute(std::uint32_t ssrc, std::string_view mid,
                                                 std::uint8_t payload_type) const {
  if (!mid.empty()) {
    const auto* found = std::find_if(entries_.begin(), entries_.end(),
                                     [&](const Entry& entry) { return entry.mid.view() == mid; });
    return found == entries_.end() ? nullptr : found;
  }
  for (const Entry& entry : entries_) {
    for (const std::uint32_t signalled : entry.signalled_ssrcs) {
      if (signalled == ssrc) return &entry;
    }
  }
  const auto has_type = [&](const Entry& entry) { return entry.payload_type == payload_type; };
  if (std::count_if(entries_.begin(), entries_.end(), has_type) != 1) return nullptr;
  return std::find_if(entries_.begin(), entries_.end(), has_type);
}

}  // namespace penstock
