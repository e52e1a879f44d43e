// Where the packets of each stream are that may have to be sent again (RFC 4588): a ring of places
// beside each stream, by sequence number. The packets themselves stand in the slots of the worker
// that received them; nothing in here needs to be given back, and nothing is copied.
//
// The worker of the publisher writes, all workers read: what one received, every other can send
// again. Made and destroyed on the control thread; outlives the workers.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
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
  struct Ring {
    std::uint32_t source = 0;  // the publisher's worker only
    WorkerIndex worker = 0;    // in whose slots they are
    std::array<std::atomic<Place>, kHistoryPacketsPerStream> places;
  };

 public:
  static constexpr std::size_t kStreamBytes = sizeof(Ring);

  // Of streams whose handles' index is below `streams_max`; none: nothing is ever kept.
  KeptPackets(std::size_t streams_max, const PoolMemory& memory);
  ~KeptPackets();
  KeptPackets(const KeptPackets&) = delete;
  KeptPackets& operator=(const KeptPackets&) = delete;

  // A stream was made: its memory is touched here, unless it was before, so that no worker has to.
  // The control thread, before any worker hears of the stream.
  void make_room_for(StreamHandle stream);

  // Keeps the packet, unless it is kept already or as much older than another as the ring of places
  // is long. The publisher's worker; called per packet.
  void keep(const Slot& slot, SlotRef ref, const SlotRings& rings);

  // False if it is not there, or arrived longer than kHistoryAge ago. The stream may have ended.
  // Any worker.
  bool find(StreamHandle stream, const SourcePosition& source, const SlotRings& rings,
            Timestamp now, MediaPacket& packet) const;

 private:
  void begin(std::size_t index, const Slot& slot, WorkerIndex worker);

  const std::size_t streams_max_;
  const PoolMemory from_;
  std::size_t touched_ = 0;                          // of rings_, so many
  Ring* rings_;                                      // by index of the stream's handle
  std::vector<std::atomic<std::uint64_t>> streams_;  // likewise: whose the ring is
};

}  // namespace penstock
