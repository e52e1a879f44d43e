// What a dependency descriptor says of its frame (AV1 RTP specification, appendix A): the layer it
// is of, who needs it, and which layers a receiver may have from it on. Most descriptors only name
// a template of the structure that came with the last keyframe, which is remembered here, as is
// which decode targets the publisher has switched off. State of one encoding, on its stream's
// owner's worker; called per packet that has the header extension.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/rtp/payload/bit_reader.h"

namespace penstock {

struct FrameDependencies {
  bool is_frame_start = false;
  bool is_frame_end = false;
  // A structure is attached: the frame begins a coded video sequence.
  bool is_keyframe = false;
  std::uint8_t spatial_layer = 0;
  std::uint8_t temporal_layer = 0;
  // A receiver that has the frame may have layers up to these from it on; empty: as before.
  std::optional<std::uint8_t> spatial_switch;
  std::optional<std::uint8_t> temporal_switch;
  // Receivers of these spatial layers need it not: a bit for each, above its own.
  std::uint8_t not_for_spatial = 0;
  // The highest that the publisher sends: of a decode target that is active.
  std::uint8_t spatial_top = 0;
  std::uint32_t pixels = 0;  // of the largest layer, where the structure says it
};

// Of each decode target of a structure the highest layers that it has.
struct DecodeTargets {
  static constexpr std::size_t kMax = 16;  // that are taken; the browsers' L3T3 has 9

  std::uint8_t count = 0;  // 0: nothing is known
  std::array<std::uint8_t, kMax> spatial{};
  std::array<std::uint8_t, kMax> temporal{};

  std::uint32_t all() const { return (1U << count) - 1; }
};

class DependencyStructure {
 public:
  // The largest that is taken. The browsers' L3T3 has 15 templates for 9 decode targets.
  static constexpr std::size_t kTemplatesMax = 32;

  // Reads the element's data (HeaderExtension::kDependencyDescriptor), and takes over the structure
  // if one is attached. Empty if it is malformed, larger than what is taken, or names a template
  // that is not known.
  std::optional<FrameDependencies> read(std::span<const std::uint8_t> element);

  const DecodeTargets& targets() const { return targets_; }
  // Those that the publisher sends, a bit for each (active_decode_targets_bitmask).
  std::uint32_t active_targets() const { return active_; }
  // Of the element that was read last, if it has a structure: in bits, from the element's beginning
  // to the structure's end.
  std::size_t structure_end() const { return structure_end_; }

 private:
  // Decode target indications (A.8.2.3), two bits for each decode target.
  enum Indication : std::uint8_t { kNotPresent, kDiscardable, kSwitch, kRequired };
  struct Template {
    std::uint8_t spatial = 0;
    std::uint8_t temporal = 0;
    std::uint32_t indications = 0;
  };

  bool read_structure(BitReader& reader);
  bool read_layers(BitReader& reader);
  void read_chains(BitReader& reader);
  void find_target_layers();
  void take_active(std::uint32_t active, std::uint16_t frame_number, bool is_first);
  std::uint8_t not_for_spatial(std::uint32_t indications, std::uint8_t spatial) const;
  static Indication indication(std::uint32_t indications, std::size_t target) {
    return static_cast<Indication>(indications >> (2 * target) & 3U);
  }
  std::uint32_t read_indications(BitReader& reader) const;

  std::uint8_t id_offset_ = 0;
  std::uint8_t template_count_ = 0;  // 0: nothing is known yet
  std::uint16_t active_since_ = 0;   // the frame that said so
  std::uint32_t active_ = 0;
  std::uint32_t pixels_ = 0;
  std::size_t structure_end_ = 0;
  std::array<Template, kTemplatesMax> templates_{};
  DecodeTargets targets_;
};

}  // namespace penstock
