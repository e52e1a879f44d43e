// The RTP header that one receiver gets: 12 fixed bytes and its own header extension, with its ids
// (RFC 8285), its MID and what is passed on from the source. Called per packet per receiver.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/base/endian.h"
#include "dataplane/forward/header_template.h"
#include "dataplane/forward/projection.h"
#include "dataplane/net/udp_writer.h"
#include "dataplane/worker/slot.h"

namespace penstock {

class Subscription;
class Transport;

// Room for the largest header we write: 12 bytes and an extension with a dependency descriptor of a
// whole structure.
inline constexpr std::size_t kProjectedHeaderBytesMax = 12 + 320;

// In the second byte of an RTP header.
inline constexpr std::uint8_t kRtpMarkerBit = 0x80;

// Elements up to this size are passed on by write_templated_header.
inline constexpr std::size_t kTemplatedElementBytesMax = 16;

// Of a packet that has a dependency descriptor: the number of its frame there.
inline std::uint16_t frame_number(const MediaPacket& packet) {
  return load_be16(packet.bytes + packet.slot.dependency_descriptor.offset + 1);
}

// The receiver is told of other decode targets than the packet says: write_projected_header() does.
bool changes_targets(const MediaPacket& source, const Subscription& subscription);

// What of a header is the same for all packets of `subscription`, for as long as the ids of the
// transport's extensions stay.
HeaderTemplate make_header_template(const Subscription& subscription, const Transport& transport);

// Writes the header of `packet` for `subscription` and returns its bytes; 0 if it does not fit
// `buffer`. `source`: from which the passed-on extension elements are copied.
std::size_t write_projected_header(const ProjectedPacket& packet, const MediaPacket& source,
                                   const Subscription& subscription, const Transport& transport,
                                   std::span<std::uint8_t> buffer);

// The same with nothing in the extension but the dependency descriptor, without which some pictures
// cannot be decoded: for packets that fill the frame. The offer names the SSRC, so that the MID is
// not needed to know whose the packet is (RFC 8843 section 9.2).
std::size_t write_bare_header(const ProjectedPacket& packet, const MediaPacket& source,
                              const Subscription& subscription, const Transport& transport,
                              std::span<std::uint8_t> buffer);

// What a header may have along the path if so many bytes come behind it; 0 if those alone do not
// fit.
inline std::size_t header_bytes_max(const UdpPathTemplate& path, std::size_t behind_bytes) {
  const std::size_t rest_bytes = std::size_t{path.frame_bytes_max} - path.header_bytes;
  return rest_bytes > behind_bytes ? rest_bytes - behind_bytes : 0;
}

// The header that a packet goes with: of `header_bytes`, as they were written (0: they did not fit
// the buffer), if it has at most `header_bytes_max`; else what `write_bare()` writes in its place,
// which is write_bare_header(), if that has. 0 if neither.
template <typename WriteBare>
std::size_t fit_header(std::size_t header_bytes, std::size_t header_bytes_max,
                       WriteBare&& write_bare) {
  if (header_bytes != 0 && header_bytes <= header_bytes_max) [[likely]]
    return header_bytes;
  const std::size_t bare_bytes = write_bare();
  return bare_bytes <= header_bytes_max ? bare_bytes : 0;
}

// The same as write_projected_header from the subscription's template, where that is possible: all
// but dependency descriptors of more than 16 bytes, or that are changed. `buffer` has room for
// kProjectedHeaderBytesMax; 16 bytes are readable from each element of the source on.
std::size_t write_templated_header(const ProjectedPacket& packet, const MediaPacket& source,
                                   const HeaderTemplate& header, std::uint8_t* buffer);

}  // namespace penstock
