// RTP header extensions (RFC 8285): reading both forms, and the meaning of the ones we negotiate.
// Nothing is copied or allocated; a parsed result holds offsets into the packet. Malformed elements
// end the reading, what was read before them stays valid. Stateless; called by workers.
// Writing is in header_extension_writer.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "dataplane/base/time.h"
#include "dataplane/rtp/header.h"
#include "dataplane/rtp/media_types.h"

namespace penstock {

inline constexpr std::uint16_t kOneByteExtensionProfile = 0xBEDE;
inline constexpr std::uint16_t kTwoByteExtensionProfile = 0x1000;  // low 4 bits are "appbits"

// One element of a header extension; `offset` is from the start of the packet. `size` may be zero
// in the two-byte form.
struct ExtensionElement {
  std::uint16_t offset = 0;
  std::uint8_t size = 0;
  std::uint8_t id = 0;
};

// Steps through the elements of a packet's extension in the order of the wire. Padding (id 0) is
// skipped; id 15 ends the one-byte form (RFC 8285 section 4.2); an element that reaches past the
// end ends both. A value on the stack; borrows the packet.
class ExtensionReader {
 public:
  ExtensionReader(std::span<const std::uint8_t> packet, const RtpHeader& header);

  // The next element, or nothing at the end.
  std::optional<ExtensionElement> next();

 private:
  std::optional<ExtensionElement> next_one_byte();
  std::optional<ExtensionElement> next_two_byte();

  const std::uint8_t* packet_;
  std::size_t position_;
  std::size_t end_;
  bool two_byte_;
};

// RFC 6464: level is 0 (overload) to 127 (silence) in -dBov.
struct AudioLevel {
  std::uint8_t level = 127;
  bool voice = false;
};

// Where each negotiated extension is in one packet. All accessors take the packet it was parsed
// from (or a copy with the same header) and answer nothing for what is absent or has a wrong size.
struct ParsedExtensions {
  struct Location {
    std::uint16_t offset = 0;  // 0 = absent
    std::uint16_t size = 0;
  };
  std::array<Location, kHeaderExtensionCount> locations{};

  const Location& at(HeaderExtension kind) const {
    return locations[static_cast<std::size_t>(kind)];
  }
  bool has(HeaderExtension kind) const { return at(kind).offset != 0; }
  // The raw data; empty if absent.
  std::span<const std::uint8_t> bytes(std::span<const std::uint8_t> packet,
                                      HeaderExtension kind) const {
    return packet.subspan(at(kind).offset, at(kind).size);
  }

  // kMid, kRid and kRepairedRid as text; empty if absent or longer than we store.
  std::string_view text(std::span<const std::uint8_t> packet, HeaderExtension kind) const;
  std::optional<std::uint16_t> transport_sequence_number(
      std::span<const std::uint8_t> packet) const;
  std::optional<AudioLevel> audio_level(std::span<const std::uint8_t> packet) const;
};

// Finds all extensions of `map` in one pass. The first of several elements with one id counts;
// elements with ids that are not in the map are ignored.
ParsedExtensions parse_extensions(std::span<const std::uint8_t> packet, const RtpHeader& header,
                                  const ExtensionMap& map);

// Inline, because an element returned by value from another file goes through memory: the reader
// runs for every element of every packet.

inline ExtensionReader::ExtensionReader(std::span<const std::uint8_t> packet,
                                        const RtpHeader& header)
    : packet_(packet.data()),
      position_(header.extension_offset),
      end_(std::size_t{header.extension_offset} + header.extension_bytes),
      two_byte_((header.extension_profile & 0xFFF0) == kTwoByteExtensionProfile) {
  const bool known = two_byte_ || header.extension_profile == kOneByteExtensionProfile;
  if (!known || end_ > packet.size()) end_ = position_;
}

inline std::optional<ExtensionElement> ExtensionReader::next() {
  while (position_ < end_ && packet_[position_] == 0) ++position_;  // padding
  if (position_ >= end_) return std::nullopt;
  auto element = two_byte_ ? next_two_byte() : next_one_byte();
  if (!element) {
    position_ = end_;
  } else {
    position_ = std::size_t{element->offset} + element->size;
  }
  return element;
}

inline std::optional<ExtensionElement> ExtensionReader::next_one_byte() {
  constexpr std::uint8_t kReservedId = 15;
  const std::uint8_t id = packet_[position_] >> 4;
  // Id 0 with a length is no padding, and ends the extension just as id 15 does.
  if (id == 0 || id == kReservedId) return std::nullopt;
  const auto size = static_cast<std::uint8_t>((packet_[position_] & 0x0F) + 1);
  if (size > end_ - position_ - 1) return std::nullopt;
  return ExtensionElement{static_cast<std::uint16_t>(position_ + 1), size, id};
}

inline std::optional<ExtensionElement> ExtensionReader::next_two_byte() {
  if (end_ - position_ < 2) return std::nullopt;
  const std::uint8_t id = packet_[position_];
  const std::uint8_t size = packet_[position_ + 1];
  if (size > end_ - position_ - 2) return std::nullopt;
  return ExtensionElement{static_cast<std::uint16_t>(position_ + 2), size, id};
}

}  // namespace penstock
