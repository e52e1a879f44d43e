// Which stream of one transport an RTP packet belongs to (RFC 9143 section 9.2), and whether it is
// media or a retransmission of some (RTX, RFC 4588): by an SSRC that was learned, else by its MID,
// else by an SSRC that signalling named, else by the payload type if only one stream has it. An
// SSRC is learned only from authenticated packets. Owned by the transport, touched by its worker.
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
    Mid rid;
    std::uint8_t payload_type = 0;
    std::uint8_t rtx_payload_type = 0;
    StaticVector<std::uint32_t, 4> signalled_ssrcs;
    StaticVector<RepairedSsrc, 4> repaired_ssrcs;
  };

  struct LearnedSsrc {
    std::uint32_t ssrc = 0;
    // RTX: the SSRC of the media that it repairs; 0 until that is known.
    std::uint32_t repaired_ssrc = 0;
    StreamHandle stream;
    bool is_rtx = false;
  };

  // What a packet says of itself; texts are empty if it does not.
  struct Unattributed {
    std::uint32_t ssrc = 0;
    std::uint8_t payload_type = 0;
    std::string_view mid;
    std::string_view rid;           // of media
    std::string_view repaired_rid;  // of RTX
  };

  // Adds a stream; false when there are kStreamsPerTransportMax.
  bool add(StreamHandle stream, const StreamConfig& config);
  // Forgets a stream and the SSRCs that led to it.
  void remove(StreamHandle stream);

  // What was learned of this SSRC, or null. Called per packet; good until the table changes.
  LearnedSsrc* find(std::uint32_t ssrc);
  // Attributes the first authenticated packet of an SSRC and learns it; null if no rule applies.
  LearnedSsrc* learn(const Unattributed& packet);

  StaticVector<Entry, kStreamsPerTransportMax>& entries() { return entries_; }

 private:
  const Entry* attribute(const Unattributed& packet) const;

  StaticVector<Entry, kStreamsPerTransportMax> entries_;
  StaticVector<LearnedSsrc, kSsrcsPerTransportMax> ssrcs_;
};

}  // namespace penstock
