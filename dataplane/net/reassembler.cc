#include "dataplane/net/reassembler.h"

#include <algorithm>
#include <cstring>

namespace penstock {

Reassembler::Result Reassembler::take(const IpFragment& fragment, Timestamp now) {
  Slot* slot = find(fragment);
  if (slot == nullptr) slot = make(fragment, now);
  if (slot == nullptr) return {.drop = DropReason::kFragmentTooMany, .packet = {}};
  if (slot->is_void) return {.drop = DropReason::kFragmentOverlap, .packet = {}};
  const DropReason reason = add(*slot, fragment);
  if (reason != DropReason::kNone) {
    slot->is_void = true;
    return {.drop = reason, .packet = {}};
  }
  if (!is_whole(*slot)) return {};
  slot->is_used = false;
  --used_count_;
  return {.drop = DropReason::kNone, .packet = {slot->data.data(), slot->bytes}};
}

std::size_t Reassembler::expire(Timestamp now) {
  if (used_count_ == 0) return 0;
  std::size_t count = 0;
  for (Slot& slot : *slots_) {
    if (!slot.is_used || now < slot.expires_at) continue;
    slot.is_used = false;
    ++count;
  }
  used_count_ -= count;
  return count;
}

Reassembler::Slot* Reassembler::find(const IpFragment& fragment) {
  const auto found = std::ranges::find_if(*slots_, [&](const Slot& slot) {
    return slot.is_used && slot.identification == fragment.identification &&
           slot.source == fragment.source && slot.destination == fragment.destination;
  });
  return found == slots_->end() ? nullptr : &*found;
}

Reassembler::Slot* Reassembler::make(const IpFragment& fragment, Timestamp now) {
  const auto of_source = std::ranges::count_if(
      *slots_, [&](const Slot& slot) { return slot.is_used && slot.source == fragment.source; });
  const auto free = std::ranges::find(*slots_, false, &Slot::is_used);
  if (free == slots_->end() || static_cast<std::size_t>(of_source) >= kReassembliesPerSourceMax)
    return nullptr;
  free->is_used = true;
  free->is_void = false;
  free->source = fragment.source;
  free->destination = fragment.destination;
  free->identification = fragment.identification;
  free->expires_at = now + kReassemblyTimeout;
  free->bytes = 0;
  free->ranges.clear();
  ++used_count_;
  return &*free;
}

DropReason Reassembler::add(Slot& slot, const IpFragment& fragment) {
  const Range range{fragment.offset,
                    fragment.offset + static_cast<std::uint32_t>(fragment.data.size())};
  if (range.end > kReassembledBytesMax) return DropReason::kFragmentTooLarge;
  const bool came_before = std::ranges::any_of(slot.ranges, [&](const Range& other) {
    return other.begin == range.begin && other.end == range.end &&
           std::memcmp(&slot.data[range.begin], fragment.data.data(), fragment.data.size()) == 0;
  });
  if (came_before) return DropReason::kNone;
  const bool overlaps = std::ranges::any_of(slot.ranges, [&](const Range& other) {
    return range.begin < other.end && other.begin < range.end;
  });
  // Two ends, or something behind the end, contradict each other as well.
  const bool is_beyond_end = slot.bytes != 0 && (range.end > slot.bytes ||
                                                 (!fragment.has_more && range.end != slot.bytes));
  const bool ends_too_early =
      !fragment.has_more &&
      std::ranges::any_of(slot.ranges, [&](const Range& other) { return other.end > range.end; });
  if (overlaps || is_beyond_end || ends_too_early) return DropReason::kFragmentOverlap;
  if (!slot.ranges.push_back(range)) return DropReason::kFragmentTooMany;
  if (!fragment.has_more) slot.bytes = range.end;
  std::memcpy(&slot.data[range.begin], fragment.data.data(), fragment.data.size());
  return DropReason::kNone;
}

bool Reassembler::is_whole(const Slot& slot) {
  std::uint32_t bytes = 0;
  for (const Range& range : slot.ranges) bytes += range.end - range.begin;
  return slot.bytes != 0 && bytes == slot.bytes;
}

}  // namespace penstock
