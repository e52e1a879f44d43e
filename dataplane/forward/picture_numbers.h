// The numbers that pictures carry in their payload descriptors, continuous for one receiver however
// often its encoding changes: picture id, TL0PICIDX and VP8's KEYIDX (RFC 7741 section 4.2, RFC
// 9628 section 4.2). Picture ids of VP8 close up over pictures that it is not sent, too: browsers
// show nothing for seconds when one jumps; those of VP9 do not, as pictures refer to others by
// them. State of a subscription, on its receiver's worker; called per packet and receiver of
// streams that have layers, in the order in which they are numbered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/forward/number_line.h"
#include "dataplane/forward/packet_layer.h"
#include "dataplane/rtp/payload/rewritten_descriptor.h"

namespace penstock {

class PictureNumbers {
 public:
  // A packet that goes to the receiver, of this source. `begins`: its projection has just started.
  // Empty if the packet can go as it is.
  std::optional<PictureNames> take(const PacketLayer& packet, std::uint32_t source, bool begins);
  // A packet of VP8 that does not: its picture gets no number, if no later one has.
  void leave_out(const PacketLayer& packet, std::uint32_t source);
  // Of a packet that went: the same, as long as the source is the present one or the one before.
  std::optional<PictureNames> find(const PacketLayer& packet, std::uint32_t source) const;

 private:
  static constexpr std::size_t kPictures = 128;
  static constexpr std::uint64_t kFirst = 1U << 16;  // extended ids begin above it

  struct Source {
    std::uint32_t name = 0;
    std::uint8_t tl0_offset = 0;
    std::uint8_t key_offset = 0;
    bool has_changed = false;     // what goes out is not what came
    std::uint64_t newest = 0;     // extended picture id
    std::uint64_t id_offset = 0;  // modulo 2^15
    NumberLine<kPictures> pictures;

    std::uint64_t extend(std::uint16_t picture_id) const;
    PictureNames names(const PacketLayer& packet) const;
  };

  void begin(const PacketLayer& packet, std::uint32_t source);

  bool has_sent_ = false;
  PictureNames last_;  // that was sent, the highest
  Source present_;
  Source ended_;
};

// The same of the frame number in dependency descriptors (AV1 RTP specification, appendix A.8.3),
// which do not close up, as frames refer to others by them.
class FrameNumbers {
 public:
  // What is to be added to the number of a packet that goes to the receiver, modulo 2^16.
  std::uint16_t take(std::uint16_t number, std::uint32_t source, bool begins) {
    if (begins || source != source_) {
      if (source != source_) {
        ended_source_ = source_;
        ended_offset_ = offset_;
      }
      source_ = source;
      offset_ = has_sent_ ? static_cast<std::uint16_t>(last_ + 1 - number) : std::uint16_t{0};
    }
    const auto sent = static_cast<std::uint16_t>(number + offset_);
    if (!has_sent_ || static_cast<std::int16_t>(sent - last_) > 0) last_ = sent;
    has_sent_ = true;
    return offset_;
  }
  // Of a packet that went.
  std::uint16_t offset_of(std::uint32_t source) const {
    return source == ended_source_ ? ended_offset_ : offset_;
  }

 private:
  std::uint32_t source_ = 0;
  std::uint32_t ended_source_ = 0;
  std::uint16_t offset_ = 0;
  std::uint16_t ended_offset_ = 0;
  std::uint16_t last_ = 0;
  bool has_sent_ = false;
};

}  // namespace penstock
