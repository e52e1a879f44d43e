#include "dataplane/forward/picture_numbers.h"

#include <algorithm>

namespace penstock {
namespace {

constexpr std::uint16_t kIdMask = 0x7FFF;
constexpr std::uint8_t kKeyMask = 0x1F;

}  // namespace

// The id nearest to the newest one. Those of 7 bits were extended where it came in.
std::uint64_t PictureNumbers::Source::extend(std::uint16_t picture_id) const {
  const auto step = static_cast<std::uint16_t>((picture_id - newest) & kIdMask);
  return step < 0x4000 ? newest + step : newest - (0x8000U - step);
}

PictureNames PictureNumbers::Source::names(const PacketLayer& packet) const {
  const std::uint64_t number = pictures.number_of(extend(packet.picture_id));
  return {
      .picture_id = static_cast<std::uint16_t>((number + id_offset) & kIdMask),
      .tl0_picture_index = static_cast<std::uint8_t>(packet.tl0_picture_index + tl0_offset),
      .key_index = static_cast<std::uint8_t>((packet.key_index + key_offset) & kKeyMask),
  };
}

// What comes first of a source, or after a pause: everything goes on from what was sent.
void PictureNumbers::begin(const PacketLayer& packet, std::uint32_t source) {
  if (present_.name != source) ended_ = present_;
  present_ = {};
  present_.name = source;
  present_.newest = kFirst + packet.picture_id;
  if (!has_sent_) return;
  present_.id_offset = static_cast<std::uint64_t>(last_.picture_id) + 1 - packet.picture_id;
  present_.tl0_offset =
      static_cast<std::uint8_t>(last_.tl0_picture_index + 1 - packet.tl0_picture_index);
  present_.key_offset = static_cast<std::uint8_t>(last_.key_index + 1 - packet.key_index);
  present_.has_changed = true;
}

std::optional<PictureNames> PictureNumbers::take(const PacketLayer& packet, std::uint32_t source,
                                                 bool begins) {
  if (begins || present_.name != source) begin(packet, source);
  const PictureNames names = present_.names(packet);
  present_.newest = std::max(present_.newest, present_.extend(packet.picture_id));
  // Of packets out of order the last one is not the highest.
  const auto step = static_cast<std::uint16_t>((names.picture_id - last_.picture_id) & kIdMask);
  if (!has_sent_ || step < 0x4000) last_ = names;
  has_sent_ = true;
  return present_.has_changed || packet.is_picture_id_short ? std::optional(names) : std::nullopt;
}

void PictureNumbers::leave_out(const PacketLayer& packet, std::uint32_t source) {
  if (present_.name != source) return;
  const std::uint64_t id = present_.extend(packet.picture_id);
  if (id <= present_.newest) return;
  present_.newest = id;
  present_.pictures.leave_out(id);
  present_.has_changed = true;
}

std::optional<PictureNames> PictureNumbers::find(const PacketLayer& packet,
                                                 std::uint32_t source) const {
  for (const Source* of : {&present_, &ended_}) {
    if (of->name == source)
      return of->has_changed || packet.is_picture_id_short ? std::optional(of->names(packet))
                                                           : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace penstock
