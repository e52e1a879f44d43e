// What a worker tells the control plane, through bounded SPSC rings (worker -> control thread):
// events, and the datagrams that it cannot answer itself. Trivially copyable, fixed size. A worker
// never waits for room: an event that does not fit is kept by the worker and offered again; a
// datagram that does not fit is dropped and counted.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "dataplane/api/handles.h"
#include "dataplane/api/layer.h"
#include "dataplane/base/limits.h"
#include "dataplane/net/path.h"

namespace penstock {

enum class EventKind : std::uint8_t {
  kPathSelected,    // transport, path: an authenticated check nominated this pair
  kConsentExpired,  // transport: nothing authentic for the consent timeout; nothing is sent
                    // any more
  kMediaStarted,    // stream: its first authenticated packet, or the first after silence
  kMediaStopped,    // stream: no packet for a second
  kLayerChanged,    // subscription, layer: what its receiver is sent now; at most twice a second
  kVideoStarved,    // subscription: its receiver's way cannot carry any of it, and nothing is sent
  kVideoFed,        // subscription: it can again
  kTalking,         // stream, level: by its AudioRule
  kStoppedTalking,  // stream, level
};

struct Event {
  EventKind kind{};
  TransportHandle transport;
  StreamHandle stream;
  Path path{};
  SubscriptionHandle subscription{};
  Layer layer{};
  float level = 0;  // an average, -dBov
};
static_assert(std::is_trivially_copyable_v<Event>);
static_assert(sizeof(Event) <= 128);

// A STUN message from an unknown flow (transport null) or a DTLS record from an ICE-validated one.
// What is larger than `data` comes in parts, one behind the other.
struct PuntedDatagram {
  Path path{};
  TransportHandle transport;
  std::uint16_t total_bytes = 0;  // of the datagram
  std::uint16_t offset = 0;       // of this part
  std::uint16_t bytes = 0;
  std::array<std::uint8_t, kDatagramBytesMax> data;
};
static_assert(std::is_trivially_copyable_v<PuntedDatagram>);

}  // namespace penstock
