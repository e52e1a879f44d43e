// What was sent over one transport, by its transport-wide sequence number, until its receiver says
// what has become of it (draft-holmer-rmcat-transport-wide-cc-extensions-01). Owned by one
// transport, touched by its worker only; its memory (8 KiB) is part of a block of a pool's, or its
// own. Eight bytes a packet: two seconds of 5 Mb/s.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/base/time.h"
#include "dataplane/pool/fixed_vector.h"

namespace penstock {

enum class PacketFate : std::uint8_t { kUnknown, kLost, kReceived };

struct SentPacket {
  std::uint32_t sent_at_us = 0;  // the lower half
  std::uint16_t bytes = 0;
  std::uint8_t probe = 0;  // of which it is a part (probe_results.h); 0: of none
  PacketFate fate = PacketFate::kUnknown;
};
static_assert(sizeof(SentPacket) == 8);

class SendHistory {
 public:
  static constexpr std::size_t kPackets = 1'024;

  SendHistory() : packets_(kPackets) { clear(); }
  // Of a transport that we send to, or of one that we do not: then nothing is kept.
  SendHistory(bool is_used, MemoryBlock& block) : packets_(is_used ? kPackets : 0, block) {
    clear();
  }

  // What one takes of a block.
  static constexpr std::size_t bytes(bool is_used) {
    return is_used ? FixedVector<SentPacket>::bytes(kPackets) : 0;
  }

  bool is_used() const { return packets_.capacity() != 0; }

  // A packet goes: the number that it goes with. Called per packet.
  std::uint16_t add(Timestamp now, std::size_t bytes, std::uint8_t probe) {
    SentPacket& packet = packets_[next_ % kPackets];
    packet.sent_at_us = static_cast<std::uint32_t>(now / kMicrosecond);
    packet.bytes = static_cast<std::uint16_t>(bytes);
    packet.probe = probe;
    packet.fate = PacketFate::kUnknown;
    return static_cast<std::uint16_t>(next_++);
  }

  // Packets sent so far, and one after the newest number.
  std::uint64_t next() const { return next_; }
  // The number as it was counted: the newest such that was sent. Meaningless before the first.
  std::uint64_t extend(std::uint16_t sequence) const {
    return next_ - 1 - static_cast<std::uint16_t>(static_cast<std::uint16_t>(next_ - 1) - sequence);
  }
  // Null if it was not sent, or is not kept any more.
  SentPacket* find(std::uint64_t sequence) {
    if (sequence >= next_ || next_ - sequence > packets_.size()) return nullptr;
    return &packets_[sequence % kPackets];
  }

  // When it was sent; `now` is less than an hour later.
  static Timestamp sent_at(const SentPacket& packet, Timestamp now) {
    const auto now_us = static_cast<std::uint32_t>(now / kMicrosecond);
    return now / kMicrosecond * kMicrosecond -
           static_cast<Duration>(now_us - packet.sent_at_us) * kMicrosecond;
  }

 private:
  void clear() {
    while (packets_.push_back({})) continue;
  }

  std::uint64_t next_ = 0;
  FixedVector<SentPacket> packets_;
};

}  // namespace penstock
