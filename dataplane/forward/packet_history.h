// Packets that a worker keeps for a while after it forwarded them, to send them again to receivers
// that missed them (RFC 4588): each once, in plaintext, however many received it. Belongs to one
// worker.
//
// The packets of all streams stand in one queue, in the order in which they were kept: what is
// oldest goes first, whoever's it is, so that the memory is bounded by one number and shared by
// whoever sends. Beside it each stream has a ring of positions in the queue, by sequence number.
// A stream is named by its handle; `close` gives its packets back when it is gone.
//
// The history owns one reference to each of its packets: it takes over that of whoever keeps, and
// gives it back through `release(Packet*)`, the last argument of what may let go of packets.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/api/handles.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/time.h"

namespace penstock {

// What belongs to a packet that is kept.
struct KeptPacket {
  StreamHandle stream;
  std::uint32_t ssrc = 0;      // the source's
  std::uint64_t sequence = 0;  // the source's, extended
  Timestamp kept_at = 0;       // never before that of the one kept before
};

template <typename Packet>
class PacketHistory {
 public:
  // Room for `packets_max` packets (none: nothing is ever kept) of streams whose handles' index is
  // below `streams_max`. Memory of streams that are not opened is not touched.
  PacketHistory(std::size_t packets_max, std::size_t streams_max)
      : entries_(packets_max),
        streams_(packets_max == 0 ? 0 : streams_max),
        rings_(std::make_unique_for_overwrite<Ring[]>(streams_.size())) {
    opened_.reserve(streams_.size());
  }

  // The packets of this stream may be kept from now on. What the slot's last stream has left is let
  // go.
  template <typename Release>
  void open(StreamHandle stream, Release&& release) {
    if (stream.index() >= streams_.size() || is_open(stream)) return;
    close(streams_[stream.index()], release);
    streams_[stream.index()] = stream;
    rings_[stream.index()] = {};
    opened_.push_back(stream);
  }

  bool is_open(StreamHandle stream) const {
    return stream.index() < streams_.size() && streams_[stream.index()] == stream;
  }

  // Takes the packet of an open stream, and lets go of what must make room: the same stream's that
  // is kHistoryPacketsPerStream older, the queue's first if it is full, and what is too old. The
  // packet itself is let go if it is as much older than another, or there already.
  template <typename Release>
  void keep(Packet* packet, const KeptPacket& kept, Release&& release) {
    std::uint32_t& place = rings_[kept.stream.index()].at(kept.sequence);
    Entry& previous = entries_[place];
    if (has_place_of(previous, kept)) {
      const bool is_same_source = previous.kept.ssrc == kept.ssrc;
      if (is_same_source && previous.kept.sequence >= kept.sequence) return release(packet);
      let_go(previous, release);
    }
    if (count_ == entries_.size()) pop(release);
    expire(kept.kept_at, 2, release);
    place = static_cast<std::uint32_t>(end_);
    entries_[end_] = {packet, kept};
    end_ = next(end_);
    ++count_;
    ++packets_;
    // Long not looked at, and the next to go.
    __builtin_prefetch(entries_[rings_[kept.stream.index()].at(kept.sequence + 1)].packet);
    __builtin_prefetch(entries_[first_].packet);
  }

  // Null if it is not there. The packet stays the history's.
  Packet* find(StreamHandle stream, std::uint32_t ssrc, std::uint64_t sequence) const {
    if (!is_open(stream)) return nullptr;
    const Entry& entry = entries_[rings_[stream.index()].at(sequence)];
    const bool is_it =
        entry.kept.stream == stream && entry.kept.ssrc == ssrc && entry.kept.sequence == sequence;
    return is_it ? entry.packet : nullptr;
  }

  // Lets go of what is older than kHistoryAge, at most `packets_max` packets.
  template <typename Release>
  void expire(Timestamp now, std::size_t packets_max, Release&& release) {
    for (std::size_t i = 0; i < packets_max && count_ != 0; ++i) {
      const Entry& first = entries_[first_];
      if (first.packet != nullptr && now - first.kept.kept_at <= kHistoryAge) return;
      pop(release);
    }
  }

  // Lets go of the oldest packets, at most so many, whatever their age.
  template <typename Release>
  void shrink(std::size_t packets_max, Release&& release) {
    for (std::size_t i = 0; i < packets_max && count_ != 0; ++i) pop(release);
  }

  // Lets go of all packets of the stream, and keeps no more.
  template <typename Release>
  void close(StreamHandle stream, Release&& release) {
    if (stream.is_null() || !is_open(stream)) return;
    for (const std::uint32_t position : rings_[stream.index()].positions) {
      Entry& entry = entries_[position];
      if (entry.packet != nullptr && entry.kept.stream == stream) let_go(entry, release);
    }
    streams_[stream.index()] = {};
    opened_.erase(std::ranges::find(opened_, stream));
  }

  // Lets go of everything.
  template <typename Release>
  void clear(Release&& release) {
    while (count_ != 0) pop(release);
  }

  // Streams that were opened and not closed yet, in no order.
  const std::vector<StreamHandle>& opened() const { return opened_; }
  // Packets that are kept.
  std::size_t size() const { return packets_; }
  std::size_t capacity() const { return entries_.size(); }

 private:
  static_assert((kHistoryPacketsPerStream & (kHistoryPacketsPerStream - 1)) == 0);

  // One place in the queue; without a packet if that had to go before its turn.
  struct Entry {
    Packet* packet = nullptr;
    KeptPacket kept;
  };
  // Where in the queue a stream's packets are, or others that came after them: an entry says
  // itself what it is.
  struct Ring {
    std::uint32_t& at(std::uint64_t sequence) {
      return positions[sequence % kHistoryPacketsPerStream];
    }
    const std::uint32_t& at(std::uint64_t sequence) const {
      return positions[sequence % kHistoryPacketsPerStream];
    }
    std::uint32_t positions[kHistoryPacketsPerStream];
  };

  // A position that a ring has never held, or that is old, leads to anything.
  static bool has_place_of(const Entry& entry, const KeptPacket& kept) {
    return entry.packet != nullptr && entry.kept.stream == kept.stream &&
           (entry.kept.sequence - kept.sequence) % kHistoryPacketsPerStream == 0;
  }

  std::size_t next(std::size_t position) const {
    return position + 1 == entries_.size() ? 0 : position + 1;
  }

  template <typename Release>
  void let_go(Entry& entry, Release&& release) {
    release(entry.packet);
    entry.packet = nullptr;
    --packets_;
  }

  template <typename Release>
  void pop(Release&& release) {
    if (entries_[first_].packet != nullptr) let_go(entries_[first_], release);
    first_ = next(first_);
    --count_;
  }

  std::vector<Entry> entries_;  // the queue: `count_` of them from `first_` on
  std::size_t first_ = 0;
  std::size_t end_ = 0;
  std::size_t count_ = 0;
  std::size_t packets_ = 0;
  std::vector<StreamHandle> streams_;  // by index of the handle; null: not open
  std::unique_ptr<Ring[]> rings_;      // likewise
  std::vector<StreamHandle> opened_;
};

}  // namespace penstock
