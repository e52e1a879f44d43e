// What a publisher of scalable video says of its frames in dependency descriptors (AV1 RTP
// specification, appendix A): structures of so many spatial and temporal layers, as browsers' LxTy
// and LxTy_KEY modes have them, but for frame differences and chains. Test code; values.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace penstock {

// Writes bits, most significant first.
class BitString {
 public:
  BitString& put(unsigned count, std::uint32_t value) {
    for (unsigned i = count; i-- > 0;) {
      if (used_ % 8 == 0) bytes_.push_back(0);
      if ((value >> i & 1U) != 0)
        bytes_.back() = static_cast<std::uint8_t>(bytes_.back() | (0x80U >> (used_ % 8)));
      ++used_;
    }
    return *this;
  }
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  std::size_t size() const { return used_; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t used_ = 0;
};

struct SvcFrame {
  unsigned spatial = 0;
  unsigned temporal = 0;
  bool is_of_keyframe = false;  // its picture needs no earlier one
  std::uint16_t number = 0;
  bool is_start = true;  // what is said is of a packet: the frame's first,
  bool is_end = true;    // and its last
};

class SvcModel {
 public:
  enum Indication : std::uint8_t { kNotPresent, kDiscardable, kSwitch, kRequired };

  // `is_key`: spatial layers need each other in keyframes only (K-SVC).
  SvcModel(unsigned spatial_layers, unsigned temporal_layers, bool is_key)
      : spatial_(spatial_layers), temporal_(temporal_layers), is_key_(is_key) {}

  unsigned target_count() const { return spatial_ * temporal_; }
  unsigned target(unsigned spatial, unsigned temporal) const {
    return spatial * temporal_ + temporal;
  }
  std::uint32_t all_targets() const { return (1U << target_count()) - 1; }
  // Those with layers up to these.
  std::uint32_t targets_up_to(unsigned spatial, unsigned temporal) const {
    std::uint32_t mask = 0;
    for (unsigned s = 0; s <= spatial && s < spatial_; ++s) {
      for (unsigned t = 0; t <= temporal && t < temporal_; ++t) mask |= 1U << target(s, t);
    }
    return mask;
  }

  Indication indication(const SvcFrame& frame, unsigned spatial, unsigned temporal) const {
    if (spatial < frame.spatial || temporal < frame.temporal) return kNotPresent;
    if (spatial == frame.spatial)
      return temporal != 0 && temporal == frame.temporal ? kDiscardable : kSwitch;
    if (frame.is_of_keyframe) return kSwitch;
    return is_key_ ? kNotPresent : kRequired;
  }

  // `active`: says which decode targets are. A structure comes with a keyframe's first packet.
  BitString bits(const SvcFrame& frame, std::optional<std::uint32_t> active = {}) const {
    const bool has_structure = frame.is_of_keyframe && frame.spatial == 0 && frame.is_start;
    BitString bits;
    bits.put(1, frame.is_start).put(1, frame.is_end);
    bits.put(6, (kFirstTemplate + template_of(frame)) % 64).put(16, frame.number);
    if (!has_structure && !active) return bits;
    bits.put(1, has_structure).put(1, active.has_value()).put(3, 0);
    if (has_structure) put_structure(bits);
    if (active) bits.put(target_count(), *active);
    return bits;
  }
  std::vector<std::uint8_t> descriptor(const SvcFrame& frame,
                                       std::optional<std::uint32_t> active = {}) const {
    return bits(frame, active).bytes();
  }

 private:
  static constexpr unsigned kFirstTemplate = 50;

  // By spatial layer, of each: keyframe, then one of each temporal layer.
  unsigned template_of(const SvcFrame& frame) const {
    return frame.spatial * (temporal_ + 1) + (frame.is_of_keyframe ? 0 : 1 + frame.temporal);
  }
  void put_structure(BitString& bits) const {
    bits.put(6, kFirstTemplate).put(5, target_count() - 1);
    enum : std::uint8_t { kSame, kNextTemporal, kNextSpatial, kNone };
    for (unsigned s = 0; s < spatial_; ++s) {
      bits.put(2, kSame);
      for (unsigned t = 1; t < temporal_; ++t) bits.put(2, kNextTemporal);
      bits.put(2, s + 1 < spatial_ ? kNextSpatial : kNone);
    }
    for (unsigned s = 0; s < spatial_; ++s) {
      put_indications(bits, {.spatial = s, .temporal = 0, .is_of_keyframe = true});
      for (unsigned t = 0; t < temporal_; ++t)
        put_indications(bits, {.spatial = s, .temporal = t, .is_of_keyframe = false});
    }
    bits.put(spatial_ * (temporal_ + 1), 0);                                     // differences
    bits.put(static_cast<unsigned>(std::bit_width(target_count() + 1)) - 1, 0);  // chains
    bits.put(1, 1);
    for (unsigned s = 0; s < spatial_; ++s) bits.put(16, (320U << s) - 1).put(16, (180U << s) - 1);
  }
  void put_indications(BitString& bits, const SvcFrame& frame) const {
    for (unsigned s = 0; s < spatial_; ++s) {
      for (unsigned t = 0; t < temporal_; ++t) bits.put(2, indication(frame, s, t));
    }
  }

  unsigned spatial_;
  unsigned temporal_;
  bool is_key_;
};

}  // namespace penstock
