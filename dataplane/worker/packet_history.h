// Packets that a worker keeps for a while after it forwarded them, to send them again to receivers
// that missed them (RFC 4588): each once, in plaintext, however many received it. Belongs to one
// worker; nothing in it needs to be given back.
//
// They are copies, written past the caches, and not the received buffers: those are soon used
// again while they still lie in a cache, which keeping them would end (docs/adr/0012). The copies
// of all streams stand in one queue, so that what is oldest is overwritten first, whoever's it is,
// and the memory is one number, shared by whoever sends. Beside it each stream has a ring of
// places in the queue, by sequence number.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "dataplane/api/handles.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/time.h"
#include "dataplane/forward/projection.h"
#include "dataplane/worker/packet_metadata.h"

namespace penstock {

// A packet as it was attributed.
struct alignas(64) KeptPacket {
  // Headers of the network, and a datagram.
  static constexpr std::size_t kFrameBytesMax = 62 + kDatagramBytesMax + 2;

  struct Description {
    StreamHandle stream;
    Timestamp kept_at = 0;
    PacketMetadata metadata;
  };
  Description description;
  alignas(64) std::array<std::uint8_t, kFrameBytesMax> frame;
};

class PacketHistory {
 public:
  // Room for `packets_max` packets (none: nothing is ever kept) of streams whose handles' index is
  // below `streams_max`. Memory is touched when it is needed: that is as much as what is sent
  // within two seconds takes, and no more.
  PacketHistory(std::size_t packets_max, std::size_t streams_max);

  // The packets of this stream are to be kept from now on; for as long as it lives, then for no
  // longer than any.
  void open(StreamHandle stream);
  bool is_open(StreamHandle stream) const {
    return stream.index() < streams_.size() && streams_[stream.index()] == stream;
  }

  // Keeps a copy of an attributed packet of an open stream, unless it is there already, or as much
  // older than another as the ring is long. Up to 63 bytes behind the payload are read, too. Called
  // per packet; `now` never goes back.
  void keep(StreamHandle stream, const PacketMetadata& metadata, const std::uint8_t* frame,
            Timestamp now);

  // Null if it is not there, or was kept longer than kHistoryAge ago. Good until the next keep().
  const KeptPacket* find(StreamHandle stream, const SourcePosition& source, Timestamp now) const;

 private:
  static_assert((kHistoryPacketsPerStream & (kHistoryPacketsPerStream - 1)) == 0);
  static constexpr std::uint32_t kNowhere = UINT32_MAX;

  // Where a packet is, or was: what is there says itself what it is.
  struct Place {
    std::uint32_t position = kNowhere;
    std::uint32_t sequence = 0;  // modulo 2^32
  };
  struct Ring {
    std::uint32_t source = 0;
    std::array<Place, kHistoryPacketsPerStream> places;
  };

  // Memory for plain values that are written before they are read.
  template <typename T>
  struct Block {
    explicit Block(std::size_t count);
    T& operator[](std::size_t index) const { return begin.get()[index]; }

    struct Free {
      void operator()(T* memory) const { ::operator delete(memory, std::align_val_t{alignof(T)}); }
    };
    std::unique_ptr<T, Free> begin;
  };

  std::size_t take_position(Timestamp now);

  std::size_t packets_max_;
  Block<KeptPacket> packets_;
  std::size_t end_ = 0;                // where the next packet goes
  Timestamp first_kept_at_ = 0;        // that at the queue's front
  std::vector<StreamHandle> streams_;  // by index of the handle; null: not open
  Block<Ring> rings_;                  // likewise
};

}  // namespace penstock
