// What a dependency descriptor says of its frame (AV1 RTP specification, appendix A): the layer it
// is of, and which others a receiver may have from it on. Most descriptors only name a template of
// the structure that came with the last keyframe, which is remembered here. State of one encoding,
// on its stream's owner's worker; called per packet that has the header extension.
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
  std::uint32_t pixels = 0;  // of the largest layer, where the structure says it
};

class DependencyStructure {
 public:
  // The largest that is taken. The browsers' L3T3 has 15 templates for 9 decode targets.
  static constexpr std::size_t kTemplatesMax = 32;
  static constexpr std::size_t kDecodeTargetsMax = 16;

  // Reads the element's data (HeaderExtension::kDependencyDescriptor), and takes over the structure
  // if one is attached. Empty if it is malformed, larger than what is taken, or names a template
  // that is not known.
  std::optional<FrameDependencies> read(std::span<const std::uint8_t> element);

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
  static Indication indication(std::uint32_t indications, std::size_t target) {
    return static_cast<Indication>(indications >> (2 * target) & 3U);
  }
  std::uint32_t read_indications(BitReader& reader) const;

  std::uint8_t id_offset_ = 0;
  std::uint8_t template_count_ = 0;  // 0: nothing is known yet
  std::uint8_t target_count_ = 0;
  std::uint32_t pixels_ = 0;
  std::array<Template, kTemplatesMax> templates_{};
  // Of decode targets: the highest layers that they have.
  std::array<std::uint8_t, kDecodeTargetsMax> target_spatial_{};
  std::array<std::uint8_t, kDecodeTargetsMax> target_temporal_{};
};

}  // namespace penstock
