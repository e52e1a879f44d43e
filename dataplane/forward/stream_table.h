// Which stream of one transport an RTP packet belongs to (RFC 9143 section 9.2): by an SSRC that
// was learned, else by its MID, else by an SSRC that signalling named, else by the payload type if
// only one stream has it. An SSRC is learned only from authenticated packets. Owned by the
// transport, touched by its worker.
#pragma once

#include <cstdint>
#include <string_view>

#include "dataplane/api/dataplane.h"
#include "dataplane/base/static_vector.h"

namespace penstock {

class StreamTable {
 public:
  struct Entry {
    StreamHandle stream;
    Mid mid;
    std::uint8_t payload_type = 0;
    StaticVector<std::uint32_t, 4> signalled_ssrcs;
  };

  // Adds a stream; false when there are kStreamsPerTransportMax.
  bool add(StreamHandle stream, const StreamConfig& config);
  // Forgets a stream and the SSRCs that led to it.
  void remove(StreamHandle stream);

  // The stream of a learned SSRC, or null. Called per packet.
  StreamHandle find(std::uint32_t ssrc) const;
  // Attributes the first authenticated packet of an SSRC and learns it; null if no rule applies.
  // `mid`: empty if the packet has none.
  StreamHandle learn(std::uint32_t ssrc, std::string_view mid, std::uint8_t payload_type);

  StaticVector<Entry, kStreamsPerTransportMax>& entries() { return entries_; }

 private:
  struct LearnedSsrc {
    std::uint32_t ssrc = 0;
    StreamHandle stream;
  };

  const Entry* attribute(std::uint32_t ssrc, std::string_view mid, std::uint8_t payload_type) const;

  StaticVector<Entry, kStreamsPerTransportMax> entries_;
  StaticVector<LearnedSsrc, kSsrcsPerTransportMax> ssrcs_;
};

}  // namespace penstock
