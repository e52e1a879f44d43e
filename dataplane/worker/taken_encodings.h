// Which encodings of simulcast each receiver of a worker may take now, apart from the
// subscriptions: so that a packet of an encoding that few take costs the others a look at two
// bytes. Belongs to one worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/forward/packet_layer.h"

namespace penstock {

class TakenEncodings {
 public:
  // By the index of a subscription's handle. Memory is touched here.
  explicit TakenEncodings(std::size_t subscriptions_max) : taken_(subscriptions_max, kAny) {}

  // False: the receiver has nothing to do with it. When what comes of the stream has changed, it
  // has to look at it anew.
  bool may_take(std::size_t subscription, const PacketLayer& packet) const {
    const std::uint16_t taken = taken_[subscription];
    return (taken >> packet.encoding & 1U) != 0 || taken >> 8 != packet.version;
  }
  // A bit for each encoding, while packets have this version.
  void set(std::size_t subscription, std::uint8_t version, std::uint8_t encodings) {
    taken_[subscription] = static_cast<std::uint16_t>(version << 8 | encodings);
  }
  // The receiver looks at whatever comes next.
  void forget(std::size_t subscription) { taken_[subscription] = kAny; }

 private:
  static constexpr std::uint16_t kAny = 0xFF;
  std::vector<std::uint16_t> taken_;
};

}  // namespace penstock
