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
  reader.skip(16);  // frame number
  bool has_own_indications = false;
  if (element.size() > kMandatoryDescriptorBytes) {
    frame.is_keyframe = reader.read_flag();
    const bool has_active_targets = reader.read_flag();
    has_own_indications = reader.read_flag();
    reader.skip(2);  // own frame differences, own chains: behind what is read here
    if (frame.is_keyframe && !read_structure(reader)) {
      template_count_ = 0;
      return std::nullopt;
    }
    if (has_active_targets) reader.skip(target_count_);
  }
  const std::uint32_t index = (template_id + 64 - id_offset_) % 64;
  if (index >= template_count_) return std::nullopt;
  const std::uint32_t indications =
      has_own_indications ? read_indications(reader) : templates_[index].indications;
  if (!reader.ok()) return std::nullopt;
  frame.spatial_layer = templates_[index].spatial;
  frame.temporal_layer = templates_[index].temporal;
  frame.pixels = pixels_;
  for (std::size_t target = 0; target < target_count_; ++target) {
    if (indication(indications, target) != kSwitch) continue;
    frame.spatial_switch = std::max(frame.spatial_switch.value_or(0), target_spatial_[target]);
    frame.temporal_switch = std::max(frame.temporal_switch.value_or(0), target_temporal_[target]);
  }
  return frame;
}

// A.8.2: layers, indications, frame differences, chains and sizes.
bool DependencyStructure::read_structure(BitReader& reader) {
  id_offset_ = static_cast<std::uint8_t>(reader.read(6));
  const std::size_t targets = reader.read(5) + 1;
  if (targets > kDecodeTargetsMax) return false;
  target_count_ = static_cast<std::uint8_t>(targets);
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
  for (std::size_t i = 0; i < target_count_; ++i) indications |= reader.read(2) << (2 * i);
  return indications;
}

// Nothing of them is needed here.
void DependencyStructure::read_chains(BitReader& reader) {
  const std::uint32_t chains = read_non_symmetric(reader, target_count_ + 1U);
  if (chains == 0) return;
  for (std::size_t i = 0; i < target_count_; ++i) read_non_symmetric(reader, chains);
  for (std::size_t i = 0; i < template_count_; ++i) reader.skip(4 * chains);
}

void DependencyStructure::find_target_layers() {
  target_spatial_ = {};
  target_temporal_ = {};
  for (std::size_t target = 0; target < target_count_; ++target) {
    for (std::size_t i = 0; i < template_count_; ++i) {
      const Template& of = templates_[i];
      if (indication(of.indications, target) == kNotPresent) continue;
      target_spatial_[target] = std::max(target_spatial_[target], of.spatial);
      target_temporal_[target] = std::max(target_temporal_[target], of.temporal);
    }
  }
}

}  // namespace penstock
