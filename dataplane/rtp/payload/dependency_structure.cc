#include "dataplane/rtp/payload/dependency_structure.h"

#include <algorithm>
#include <bit>

namespace penstock {
namespace {

constexpr std::size_t kMandatoryDescriptorBytes = 3;

// ns(n) of AV1 (section 4.10.7).
std::uint32_t read_non_symmetric(BitReader& reader, std::uint32_t bound) {
  const auto width = static_cast<unsigned>(std::bit_width(bound));
  const std::uint32_t short_codes = (1U << width) - bound;
  const std::uint32_t value = reader.read(width - 1);
  if (value < short_codes) return value;
  return (value << 1) - short_codes + reader.read(1);
}

}  // namespace

std::optional<FrameDependencies> DependencyStructure::read(std::span<const std::uint8_t> element) {
  if (element.size() < kMandatoryDescriptorBytes) return std::nullopt;
  BitReader reader(element);
  FrameDependencies frame;
  frame.is_frame_start = reader.read_flag();
  frame.is_frame_end = reader.read_flag();
  const std::uint32_t template_id = reader.read(6);
  const auto frame_number = static_cast<std::uint16_t>(reader.read(16));
  bool has_own_indications = false;
  if (element.size() > kMandatoryDescriptorBytes) {
    frame.is_keyframe = reader.read_flag();
    const bool has_active_targets = reader.read_flag();
    has_own_indications = reader.read_flag();
    reader.skip(2);  // own frame differences, own chains: behind what is read here
    if (frame.is_keyframe) {
      if (!read_structure(reader)) {
        template_count_ = 0;
        return std::nullopt;
      }
      structure_end_ = reader.position();
      take_active(targets_.all(), frame_number, true);
    }
    if (has_active_targets)
      take_active(reader.read(targets_.count), frame_number, frame.is_keyframe);
  }
  const std::uint32_t index = (template_id + 64 - id_offset_) % 64;
  if (index >= template_count_) return std::nullopt;
  const std::uint32_t indications =
      has_own_indications ? read_indications(reader) : templates_[index].indications;
  if (!reader.ok()) return std::nullopt;
  frame.spatial_layer = templates_[index].spatial;
  frame.temporal_layer = templates_[index].temporal;
  frame.not_for_spatial = not_for_spatial(indications, frame.spatial_layer);
  frame.pixels = pixels_;
  for (std::size_t target = 0; target < targets_.count; ++target) {
    if ((active_ >> target & 1U) == 0) continue;
    frame.spatial_top = std::max(frame.spatial_top, targets_.spatial[target]);
    if (indication(indications, target) != kSwitch) continue;
    frame.spatial_switch = std::max(frame.spatial_switch.value_or(0), targets_.spatial[target]);
    frame.temporal_switch = std::max(frame.temporal_switch.value_or(0), targets_.temporal[target]);
  }
  return frame;
}

// What a frame says holds from it on, so that one which comes late says nothing new.
void DependencyStructure::take_active(std::uint32_t active, std::uint16_t frame_number,
                                      bool is_first) {
  if (!is_first && static_cast<std::int16_t>(frame_number - active_since_) < 0) return;
  active_ = active;
  active_since_ = frame_number;
}

// Spatial layers of which each decode target does without the frame. One that has fewer temporal
// layers does without many, which says nothing of its spatial layer.
std::uint8_t DependencyStructure::not_for_spatial(std::uint32_t indications,
                                                  std::uint8_t spatial) const {
  unsigned known = 0;
  unsigned needing = 0;
  for (std::size_t target = 0; target < targets_.count; ++target) {
    const std::uint8_t of = targets_.spatial[target];
    if (of <= spatial || of > 7) continue;
    known |= 1U << of;
    if (indication(indications, target) != kNotPresent) needing |= 1U << of;
  }
  return static_cast<std::uint8_t>(known & ~needing);
}

// A.8.2: layers, indications, frame differences, chains and sizes.
bool DependencyStructure::read_structure(BitReader& reader) {
  id_offset_ = static_cast<std::uint8_t>(reader.read(6));
  const std::size_t targets = reader.read(5) + 1;
  if (targets > DecodeTargets::kMax) return false;
  targets_.count = static_cast<std::uint8_t>(targets);
  if (!read_layers(reader)) return false;
  for (std::size_t i = 0; i < template_count_; ++i)
    templates_[i].indications = read_indications(reader);
  for (std::size_t i = 0; i < template_count_; ++i) {
    while (reader.read_flag()) reader.skip(4);
  }
  read_chains(reader);
  find_target_layers();
  pixels_ = 0;
  if (reader.read_flag()) {
    for (int i = 0; i <= templates_[template_count_ - 1].spatial; ++i) {
      const std::uint32_t width = reader.read(16) + 1;
      pixels_ = std::max(pixels_, width * (reader.read(16) + 1));
    }
  }
  return reader.ok();
}

bool DependencyStructure::read_layers(BitReader& reader) {
  enum NextLayer : std::uint8_t { kSame, kNextTemporal, kNextSpatial, kNone };
  template_count_ = 0;
  Template next;
  for (;;) {
    if (template_count_ == kTemplatesMax) return false;
    templates_[template_count_++] = next;
    switch (reader.read(2)) {
      case kNextTemporal:
        ++next.temporal;
        break;
      case kNextSpatial:
        next.temporal = 0;
        ++next.spatial;
        break;
      case kNone:
        return true;
      default:
        if (!reader.ok()) return false;
    }
  }
}

std::uint32_t DependencyStructure::read_indications(BitReader& reader) const {
  std::uint32_t indications = 0;
  for (std::size_t i = 0; i < targets_.count; ++i) indications |= reader.read(2) << (2 * i);
  return indications;
}

// Nothing of them is needed here.
void DependencyStructure::read_chains(BitReader& reader) {
  const std::uint32_t chains = read_non_symmetric(reader, targets_.count + 1U);
  if (chains == 0) return;
  for (std::size_t i = 0; i < targets_.count; ++i) read_non_symmetric(reader, chains);
  for (std::size_t i = 0; i < template_count_; ++i) reader.skip(4 * chains);
}

void DependencyStructure::find_target_layers() {
  targets_.spatial = {};
  targets_.temporal = {};
  for (std::size_t target = 0; target < targets_.count; ++target) {
    for (std::size_t i = 0; i < template_count_; ++i) {
      const Template& of = templates_[i];
      if (indication(of.indications, target) == kNotPresent) continue;
      targets_.spatial[target] = std::max(targets_.spatial[target], of.spatial);
      targets_.temporal[target] = std::max(targets_.temporal[target], of.temporal);
    }
  }
}

}  // namespace penstock
