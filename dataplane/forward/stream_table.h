// Which stream of one transport an RTP packet belongs to (RFC 9143 section 9.2), which encoding of
// it, and whether it is media or a retransmission of some (RTX, RFC 4588): by an SSRC that was
// learned, else by its MID, else by an SSRC that signalling named, else by the payload type if only
// one stream has it. Of several encodings its rid (RFC 8852) says which, else signalling. An SSRC
// is learned only from authenticated packets. Owned by the transport, touched by its worker.
#pragma once

#include <cstdint>
#include <string_view>

#include "dataplane/api/dataplane.h"
#include "dataplane/base/static_vector.h"
#include "dataplane/pool/fixed_vector.h"
#include "dataplane/rtp/ssrc_table.h"

namespace penstock {

class StreamTable {
 public:
  struct Entry {
    StreamHandle stream;
    Mid mid;
    std::uint8_t payload_type = 0;
    std::uint8_t rtx_payload_type = 0;
    std::uint8_t red_payload_type = 0;
    StaticVector<std::uint32_t, kEncodingsMax> signalled_ssrcs;
    StaticVector<RepairedSsrc, kEncodingsMax> repaired_ssrcs;
    StaticVector<Mid, kEncodingsMax> rids;
    StaticVector<std::uint32_t, 2 * kEncodingsMax> other_ssrcs;
    std::uint8_t encoding_count = 1;
  };

  struct LearnedSsrc {
    // RTX: the SSRC of the media that it repairs; 0 until that is known.
    std::uint32_t repaired_ssrc = 0;
    StreamHandle stream;
    bool is_rtx = false;
    std::uint8_t encoding = 0;  // of the stream
    std::uint64_t used_at = 0;  // the number of the look-up that found it last
  };

  // What a packet says of itself; texts are empty if it does not.
  struct Unattributed {
    std::uint32_t ssrc = 0;
    std::uint8_t payload_type = 0;
    std::string_view mid;
    std::string_view rid;           // of media
    std::string_view repaired_rid;  // of RTX
  };

  // Has room for so many streams, and for their SSRCs.
  explicit StreamTable(std::size_t streams_max)
      : entries_(streams_max), ssrcs_(ssrcs_max(streams_max)) {}
  StreamTable(std::size_t streams_max, MemoryBlock& block)
      : entries_(streams_max, block), ssrcs_(ssrcs_max(streams_max), block) {}

  // What so many streams may use: media and RTX each, and more for sources that change theirs.
  static constexpr std::size_t ssrcs_max(std::size_t streams_max) {
    return streams_max == 0 ? 0 : 2 * streams_max + 32;
  }

  // What one takes of a block.
  static constexpr std::size_t bytes(std::size_t streams_max) {
    return FixedVector<Entry>::bytes(streams_max) +
           SsrcTable<LearnedSsrc>::bytes(ssrcs_max(streams_max));
  }

  // Adds a stream; false when there is no room.
  bool add(StreamHandle stream, const StreamConfig& config);
  // The stream has changed in place: SSRCs that signalling named, and no longer does, lead to it no
  // more.
  void update(StreamHandle stream, const StreamConfig& config);
  // Forgets a stream and the SSRCs that led to it.
  void remove(StreamHandle stream);

  // Asks for what was learned of the first few SSRCs.
  void prefetch_ssrcs() const { ssrcs_.prefetch_first(2); }

  // Where this SSRC leads, or the null handle: for who wants to prefetch.
  StreamHandle stream_of(std::uint32_t ssrc) {
    const LearnedSsrc* learned = ssrcs_.find(ssrc);
    return learned == nullptr ? StreamHandle{} : learned->stream;
  }

  // What was learned of this SSRC, or null. Called per packet; good until the table changes.
  LearnedSsrc* find(std::uint32_t ssrc) {
    LearnedSsrc* learned = ssrcs_.find(ssrc);
    if (learned != nullptr) learned->used_at = ++look_ups_;
    return learned;
  }
  // Attributes the first authenticated packet of an SSRC and learns it; null if no rule applies.
  // When there is no room, the SSRC is forgotten that nothing came of for longest.
  LearnedSsrc* learn(const Unattributed& packet);

  FixedVector<Entry>& entries() { return entries_; }
  // How many streams there is room for. Does not change: any thread.
  std::size_t capacity() const { return entries_.capacity(); }

 private:
  const Entry* attribute(const Unattributed& packet) const;

  FixedVector<Entry> entries_;
  SsrcTable<LearnedSsrc> ssrcs_;
  std::uint64_t look_ups_ = 0;
};

}  // namespace penstock
