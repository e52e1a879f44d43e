// What the control plane tells a worker: trivially copyable, fixed size, through one bounded SPSC
// ring per worker (control thread -> worker). Objects are created and unlinked by the registry
// without commands; a command hands the worker what it must put in its own tables or change in
// state that only it may touch.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "dataplane/api/handles.h"
#include "dataplane/api/layer.h"
#include "dataplane/api/playout_delay.h"
#include "dataplane/api/stream_config.h"
#include "dataplane/net/path.h"
#include "dataplane/rtp/media_types.h"
#include "dataplane/stun/ice_credentials.h"
#include "dataplane/stun/nomination.h"

namespace penstock {

enum class CommandKind : std::uint8_t {
  kAdoptTransport,     // transport: put it under this worker's timers
  kFindNeighbor,       // transport, path: of a plain one, for worker 0, which speaks for the port
  kAddFlow,            // transport, path: an ICE-validated 5-tuple; `flag`: send there, nomination
  kRemoveFlow,         // transport, path
  kSetIceCredentials,  // transport, ice
  kUseSrtpKeys,        // transport: the registry has put its keys there
  kSetExtensions,      // transport, extensions (the peer's ids; `flag`: those that we send)
  kSetTransportOptions,  // transport, options
  kAttachStream,         // transport, stream: SSRCs and MID of the stream lead to it
  kUpdateStream,         // transport, stream, stream_config: what its m-line is from now on
  kAttachSubscription,   // transport, subscription: include it in reports and feedback lookup
  kRetarget,             // transport, subscription, target: what it shows from now on
  kLimitBitrate,         // transport, bitrate_bps: what its peer may send; 0: any
  kPauseSubscription,    // subscription; `flag`: paused
  kSetLayerLimit,        // subscription, layer: the most of its stream that its receiver wants
  kSetPriority,          // subscription, priority: of the receiver's streams
  kSetFallback,          // subscription, fallback: without packets, to a smaller encoding
  kSetPlayoutDelay,      // subscription, playout_delay; `flag`: there is one
  kLimitReceiver,        // transport, bitrate_bps: what its peer is sent; 0: any
  kRequestKeyframe,      // stream: ask its publisher for a keyframe
};

struct Command {
  CommandKind kind{};
  bool flag = false;
  TransportHandle transport;
  StreamHandle stream;
  SubscriptionHandle subscription;
  stun::Nomination nomination{};
  union {
    Path path;
    IceCredentials ice;
    ExtensionMap extensions;
    StreamConfig stream_config;
    SubscriptionTarget target;
    TransportOptions options;
    std::uint64_t bitrate_bps;
    Layer layer;
    std::uint8_t priority;
    Duration fallback;
    PlayoutDelay playout_delay;
  };

  Command() : path{} {}
  explicit Command(CommandKind command_kind) : kind(command_kind), path{} {}
};
static_assert(std::is_trivially_copyable_v<Command>);
static_assert(sizeof(Command) <= 320);

// A datagram that the control plane sends through a worker's port: DTLS flights and STUN answers.
struct OutgoingDatagram {
  Path path;
  std::uint16_t bytes = 0;
  std::array<std::uint8_t, kControlDatagramBytesMax> data;
};
static_assert(std::is_trivially_copyable_v<OutgoingDatagram>);

}  // namespace penstock
