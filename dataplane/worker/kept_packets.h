// Where the packets of each stream are that may have to be sent again (RFC 4588): a ring of places
// beside each stream, by sequence number; with simulcast three more, for its further encodings, for
// which there is less room than there can be streams. The packets themselves stand in the slots of
// the worker that received them; nothing in here needs to be given back, and nothing is copied.
//
// The worker of the publisher writes, all workers read: what one received, every other can send
// again. Made and destroyed on the control thread; outlives the workers.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "dataplane/api/handles.h"
#include "dataplane/base/limits.h"
#include "dataplane/forward/projection.h"
#include "dataplane/pool/pool_memory.h"
#include "dataplane/worker/slot.h"

namespace penstock {

class KeptPackets {
  static_assert((kHistoryPacketsPerStream & (kHistoryPacketsPerStream - 1)) == 0);

  // The position of a slot, and the lower 16 bits of its sequence number below it; 0: none.
  using Place = std::uint64_t;
  static constexpr std::uint64_t kNoKeyframe = ~std::uint64_t{0};
  struct Ring {
    std::atomic<std::uint32_t> source{0};              // the publisher's worker only
    std::atomic<WorkerIndex> worker{0};                // in whose slots they are
    std::uint32_t keyframe_timestamp = 0;              // the publisher's worker only
    std::atomic<std::uint64_t> keyframe{kNoKeyframe};  // where the newest one begins
    std::atomic<std::uint64_t> newest{0};
    std::array<std::atomic<Place>, kHistoryPacketsPerStream> places;
  };
  static constexpr std::size_t kFurtherRings = kEncodingsMax - 1;

 public:
  static constexpr std::size_t kStreamBytes = sizeof(Ring);
  // Rings for the further encodings of a quarter of the streams, each kStreamBytes.
  static constexpr std::size_t further_rings(std::size_t streams_max) {
    return further_max(streams_max) * kFurtherRings;
  }

  // Of streams whose handles' index is below `streams_max`; none: nothing is ever kept.
  KeptPackets(std::size_t streams_max, const PoolMemory& memory);
  ~KeptPackets();
  KeptPackets(const KeptPackets&) = delete;
  KeptPackets& operator=(const KeptPackets&) = delete;

  // A stream was made, or has got more encodings: its memory is touched here, unless it was before,
  // so that no worker has to. The control thread, before any worker hears of it. Of further
  // encodings nothing is kept where there is no room for them any more.
  void make_room_for(StreamHandle stream, std::size_t encodings);
  // It ends. The control thread.
  void end(StreamHandle stream);

  // Keeps the packet, unless it is kept already or as much older than another as the ring of places
  // is long. The publisher's worker; called per packet.
  void keep(const Slot& slot, SlotRef ref, const SlotRings& rings);

  // False if it is not there, or arrived longer than kHistoryAge ago. The stream may have ended.
  // Any worker.
  bool find(StreamHandle stream, const SourcePosition& source, const SlotRings& rings,
            Timestamp now, MediaPacket& packet) const;

  // From the newest keyframe of an encoding on to the newest packet, at most as many as the ring
  // has places; each of them may be gone, or not have come. Any worker.
  struct SinceKeyframe {
    std::uint32_t source = 0;
    std::uint64_t first = 0;  // sequence numbers
    std::uint64_t last = 0;
  };
  std::optional<SinceKeyframe> since_keyframe(StreamHandle stream, std::size_t encoding) const;

 private:
  static constexpr std::size_t bytes(std::size_t streams_max) {
    return (streams_max + further_rings(streams_max)) * sizeof(Ring);
  }
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static constexpr std::size_t further_max(std::size_t streams_max) {
    return streams_max == 0 ? 0 : streams_max / 4 + 1;
  }
  // Null if there is none.
  Ring* ring_of(std::size_t index, std::size_t encoding) const;
  static void begin(Ring& ring, std::uint32_t source, WorkerIndex worker);
  static void note(Ring& ring, const Slot& slot);

  const std::size_t streams_max_;
  const PoolMemory from_;
  std::size_t touched_ = 0;                          // of rings_, so many of first encodings
  Ring* rings_;                                      // by index of the stream's handle
  Ring* further_rings_;                              // of further encodings: kFurtherRings each
  std::vector<std::atomic<std::uint64_t>> streams_;  // by index: whose the ring is
  std::vector<std::atomic<std::uint32_t>>
      further_of_;  // likewise: which of further_rings_, or none
  // Those that are free, so many of them; control thread.
  std::vector<std::uint32_t> free_further_;
  std::size_t free_count_ = 0;
};

}  // namespace penstock
