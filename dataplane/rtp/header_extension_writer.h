// Builds the header extension of one outgoing RTP packet (RFC 8285) in the caller's buffer, which
// begins where the extension does: after the 12 fixed bytes and the CSRCs. A value on the stack of
// its user, a worker.
//
//   ExtensionWriter extensions(buffer.subspan(kRtpFixedHeaderBytes));
//   extensions.add(map.id(HeaderExtension::kMid), mid_bytes);
//   extensions.add_u16(map.id(HeaderExtension::kTransportCc), 0);
//   const std::size_t bytes = extensions.finish();   // 0: nothing added, leave the X bit clear
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/base/limits.h"
#include "dataplane/base/static_vector.h"

namespace penstock {

class ExtensionWriter {
 public:
  explicit ExtensionWriter(std::span<std::uint8_t> buffer) : buffer_(buffer) {}

  // Appends an element. Id 0 (not negotiated with this receiver) is silently left out. The one-byte
  // form is used until an element needs the two-byte form (id over 14, or a size of 0 or over 16
  // bytes, as dependency descriptors can have); then the elements so far are rewritten. At most
  // kHeaderExtensionsMax elements of at most 255 bytes.
  void add(std::uint8_t id, std::span<const std::uint8_t> value);
  void add_u8(std::uint8_t id, std::uint8_t value);
  void add_u16(std::uint8_t id, std::uint16_t value);
  void add_u24(std::uint8_t id, std::uint32_t value);

  // Ends the extension: pads to 32 bits and fills in profile and length. Returns the bytes used
  // from the start of the buffer, 4 bytes of extension header included; 0 if there is no element or
  // if something did not fit. Call once, last.
  std::size_t finish();

  // False once something did not fit; nothing is added from then on.
  bool ok() const { return ok_; }
  bool is_two_byte() const { return two_byte_; }

  // Where the data of an added element is, from the start of the buffer, so that a value known only
  // later (the transport-wide sequence number) can be put there. Valid after finish().
  std::optional<std::size_t> offset_of(std::uint8_t id) const;

 private:
  struct Element {
    std::uint16_t offset;  // of the data, from the start of the buffer
    std::uint8_t size;
    std::uint8_t id;
  };

  void upgrade_to_two_byte();

  std::span<std::uint8_t> buffer_;
  StaticVector<Element, kHeaderExtensionsMax> elements_;
  std::size_t size_ = 4;  // profile and length come first
  bool two_byte_ = false;
  bool ok_ = true;
};

}  // namespace penstock
