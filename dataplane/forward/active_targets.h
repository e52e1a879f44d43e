// Which decode targets one receiver is told that it gets (AV1 RTP specification, appendix A.8.3,
// active_decode_targets_bitmask): those of its layers, of the ones that the publisher sends. A
// decoder, or whoever forwards the stream further, would wait for others. Dependency descriptors
// say it in each packet for as long as it is less than what the publisher says, and on until a
// structure takes it back: so it does not matter which packets are lost.
//
// State of a subscription, on its receiver's worker; take() is called per packet that has a
// dependency descriptor, in the order in which they are numbered.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/api/layer.h"
#include "dataplane/rtp/payload/dependency_structure.h"

namespace penstock {

class ActiveTargets {
 public:
  // An element of a header extension has no more (RFC 8285 section 4.3).
  static constexpr std::size_t kDescriptorBytesMax = 255;

  // A descriptor that goes to the receiver, who sees layers up to `shown` from it on. A descriptor
  // without meaning changes nothing.
  void take(std::span<const std::uint8_t> descriptor, std::uint32_t source, Layer shown);
  // Whether the descriptor of a packet that was taken has to be written anew.
  bool changes(std::span<const std::uint8_t> descriptor, std::uint32_t source) const;
  // Writes it, as changes() says. Returns its bytes; 0 if it is of no use or gets too long.
  std::size_t write(std::span<const std::uint8_t> descriptor,
                    std::span<std::uint8_t, kDescriptorBytesMax> to) const;

 private:
  std::uint32_t mask_of(Layer shown) const;

  std::uint32_t source_ = 0;       // whose structure it is; they are counted from 1
  std::uint16_t since_frame_ = 0;  // that brought the structure
  std::uint16_t sent_ = 0;         // by the publisher, a bit for each decode target
  std::uint16_t mask_ = 0;         // what the receiver is told
  std::uint8_t count_ = 0;         // of decode targets; 0: no structure was sent yet
  bool is_told_ = false;
  // Of each decode target spatial and temporal layer, two bits each.
  std::uint64_t layers_ = 0;
};

}  // namespace penstock
