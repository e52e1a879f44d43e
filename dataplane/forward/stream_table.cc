#include "dataplane/forward/stream_table.h"

#include <algorithm>
#include <optional>

namespace penstock {
namespace {

StreamTable::Entry entry_of(StreamHandle stream, const StreamConfig& config) {
  return {stream,
          config.mid,
          config.payload_type,
          config.rtx_payload_type,
          config.red_payload_type,
          config.signalled_ssrcs,
          config.repaired_ssrcs,
          config.rids,
          config.other_ssrcs,
          static_cast<std::uint8_t>(config.encoding_count())};
}

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

// Which encoding a packet is of, or repairs: as its rid says or, without one, as signalling has it
// for the SSRC. Empty if it is none of those that are taken, or if nothing says which of several.
std::optional<std::uint8_t> encoding_of(const StreamTable::Entry& entry, std::string_view rid,
                                        std::uint32_t ssrc) {
  const auto index_in = [](const auto& list, auto* found) -> std::optional<std::uint8_t> {
    if (found == list.end()) return std::nullopt;
    return static_cast<std::uint8_t>(found - list.begin());
  };
  if (!rid.empty() && !entry.rids.empty()) {
    return index_in(entry.rids, std::ranges::find(entry.rids, rid, &Mid::view));
  }
  if (entry.encoding_count == 1) return std::uint8_t{0};
  // With rids signalling names the SSRCs in the same order (Firefox).
  const auto named =
      index_in(entry.signalled_ssrcs, std::ranges::find(entry.signalled_ssrcs, ssrc));
  return named && *named < entry.encoding_count ? named : std::nullopt;
}

}  // namespace

bool StreamTable::add(StreamHandle stream, const StreamConfig& config) {
  return entries_.push_back(entry_of(stream, config));
}

void StreamTable::update(StreamHandle stream, const StreamConfig& config) {
  auto* const entry = std::ranges::find(entries_, stream, &Entry::stream);
  if (entry == entries_.end()) return;
  const Entry old = *entry;
  *entry = entry_of(stream, config);
  const bool has_same_encodings = old.encoding_count == entry->encoding_count &&
                                  std::ranges::equal(old.rids.span(), entry->rids.span());
  ssrcs_.erase_if([&](std::uint32_t ssrc, const LearnedSsrc& learned) {
    return learned.stream == stream &&
           (!has_same_encodings || (names(old, ssrc) && !names(*entry, ssrc)));
  });
}

void StreamTable::remove(StreamHandle stream) {
  for (std::size_t i = entries_.size(); i > 0; --i) {
    if (entries_[i - 1].stream == stream) entries_.erase_unordered(i - 1);
  }
  ssrcs_.erase_if(
      [&](std::uint32_t, const LearnedSsrc& learned) { return learned.stream == stream; });
}

StreamTable::LearnedSsrc* StreamTable::learn(const Unattributed& packet) {
  const Entry* entry = attribute(packet);
  if (entry == nullptr) return nullptr;
  if (std::ranges::find(entry->other_ssrcs, packet.ssrc) != entry->other_ssrcs.end())
    return nullptr;
  const bool is_rtx = is_rtx_of(*entry, packet.payload_type);
  const std::uint32_t repaired_ssrc = is_rtx ? repaired_by(*entry, packet.ssrc) : 0;
  const auto encoding = encoding_of(*entry, is_rtx ? packet.repaired_rid : packet.rid,
                                    is_rtx ? repaired_ssrc : packet.ssrc);
  if (!encoding) return nullptr;
  const LearnedSsrc learned{.repaired_ssrc = repaired_ssrc,
                            .stream = entry->stream,
                            .is_rtx = is_rtx,
                            .encoding = *encoding,
                            .used_at = ++look_ups_};
  return ssrcs_.add_or_replace(
      packet.ssrc, learned,
      [](const LearnedSsrc& one, const LearnedSsrc& other) { return one.used_at < other.used_at; },
      [](std::uint32_t, const LearnedSsrc&) {});
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
    return entry.payload_type == packet.payload_type || is_rtx_of(entry, packet.payload_type) ||
           (entry.red_payload_type != 0 && entry.red_payload_type == packet.payload_type);
  };
  if (std::ranges::count_if(entries_, has_type) != 1) return nullptr;
  return std::ranges::find_if(entries_, has_type);
}

}  // namespace penstock
