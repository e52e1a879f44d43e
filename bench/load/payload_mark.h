// What the end of each packet's payload says about it: which stream of this program it is of, which
// packet of the stream, and when it was sent. Read from decrypted packets at the other end. What
// servers look at, the codec's descriptor and header, is at the beginning.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/base/endian.h"
#include "dataplane/base/time.h"

namespace penstock::load {

struct PayloadMark {
  std::uint32_t source = 0;  // of this program: its streams are numbered
  std::uint64_t number = 0;  // of the packet in its stream, from 0
  Timestamp sent_at = 0;     // wall clock

  bool operator==(const PayloadMark&) const = default;
};

inline constexpr std::uint32_t kMarkMagic = 0x504C4F44;
inline constexpr std::size_t kMarkBytes = 24;
// Of a marked payload: before the mark is room for what the codec says of the packet.
inline constexpr std::size_t kPayloadBytesMin = 40;
inline constexpr std::size_t kPayloadBytesMax = 1'300;

// The payload has kPayloadBytesMin bytes at least.
inline void write_mark(std::span<std::uint8_t> payload, const PayloadMark& mark) {
  std::uint8_t* at = payload.last(kMarkBytes).data();
  store_be32(at, kMarkMagic);
  store_be32(at + 4, mark.source);
  store_be64(at + 8, mark.number);
  store_be64(at + 16, static_cast<std::uint64_t>(mark.sent_at));
}

inline std::optional<PayloadMark> read_mark(std::span<const std::uint8_t> payload) {
  if (payload.size() < kMarkBytes) return std::nullopt;
  const std::uint8_t* at = payload.last(kMarkBytes).data();
  if (load_be32(at) != kMarkMagic) return std::nullopt;
  return PayloadMark{load_be32(at + 4), load_be64(at + 8),
                     static_cast<Timestamp>(load_be64(at + 16))};
}

}  // namespace penstock::load
