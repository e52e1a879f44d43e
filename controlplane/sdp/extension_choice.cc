#include "controlplane/sdp/extension_choice.h"

#include "controlplane/sdp/fixed_ids.h"
#include "controlplane/sdp/media_rules.h"

namespace penstock::sdp {
namespace {

bool wanted(HeaderExtension extension, const MediaDescription& offered, MediaKind kind,
            const PublisherPolicy& policy) {
  if (!allowed_on(fixed_header_extension(extension), kind)) return false;
  switch (extension) {
    case HeaderExtension::kAudioLevel:
      return policy.audio_level;
    case HeaderExtension::kTransportCc:
      return policy.transport_cc;
    case HeaderExtension::kVideoOrientation:
      return policy.video_orientation;
    case HeaderExtension::kPlayoutDelay:
      return policy.playout_delay;
    case HeaderExtension::kAbsSendTime:
      return false;  // of no use beside transport-cc
    case HeaderExtension::kMid:
      return offered.mid.size() <= kMidBytesMax;
    case HeaderExtension::kRid:
    case HeaderExtension::kRepairedRid:
    case HeaderExtension::kDependencyDescriptor:
    case HeaderExtension::kAbsCaptureTime:
    case HeaderExtension::kVideoLayersAllocation:
      return true;
  }
  return false;
}

}  // namespace

std::vector<Extmap> ExtensionChoice::choose(const MediaDescription& offered, MediaKind kind,
                                            const PublisherPolicy& policy) {
  std::vector<Extmap> chosen;
  left_out_.clear();
  ExtensionMap here;
  for (const Extmap& extmap : offered.extmaps) {
    const auto extension = header_extension_of(extmap.uri);
    if (!extension || !wanted(*extension, offered, kind, policy) || here.id(*extension) != 0)
      continue;
    if (extmap.direction && !sends(*extmap.direction)) continue;
    const bool is_valid = extmap.id <= kHeaderExtensionIdMax && extmap.id != kReservedId;
    if (!is_valid || !claim(*extension, extmap.id)) {
      left_out_.push_back(extmap.id);
      continue;
    }
    here.set(*extension, static_cast<std::uint8_t>(extmap.id));
    chosen.push_back({.id = extmap.id, .direction = std::nullopt, .uri = extmap.uri});
  }
  return chosen;
}

bool ExtensionChoice::claim(HeaderExtension extension, std::uint16_t id) {
  if (map_.id(extension) != 0) return map_.id(extension) == id;
  if (id_taken_[id]) return false;
  id_taken_[id] = true;
  map_.set(extension, static_cast<std::uint8_t>(id));
  return true;
}

}  // namespace penstock::sdp
