// Peers of an InProcessDataplane that are connected from the start: a transport with a flow and
// keys. What populations (population.h) and meetings (meeting.h) are made of. Control thread only.
#pragma once

#include <cstdint>
#include <expected>
#include <span>

#include "bench/inprocess/in_process_dataplane.h"
#include "dataplane/base/check.h"

namespace penstock::bench {

inline constexpr std::uint8_t kMediaPayloadType = 96;  // of audio and video alike

struct PeerConfig {
  WorkerIndex worker = 0;
  std::uint16_t number = 0;  // unlike every other peer's of the data plane; its address has it
  SrtpProfile profile = SrtpProfile::kAeadAes128Gcm;
  std::size_t subscriptions_max = 0;
};

struct Peer {
  TransportHandle transport;
  SocketAddress address;
  SrtpKeys keys;
};

inline constexpr std::size_t kPeerCommands = 3;  // that connect_peer sends
// The pools must have room (PENSTOCK_CHECK).
Peer connect_peer(InProcessDataplane& dataplane, const PeerConfig& config);

// The peer is heard of again, as by a connectivity check with a nomination: its consent begins
// anew.
void renew_consent(InProcessDataplane& dataplane, const PeerConfig& config,
                   TransportHandle transport);

// The sender of what `peer` publishes; its encodings are the caller's to fill in.
SyntheticPublisher synthetic_publisher(const InProcessDataplane& dataplane,
                                       const PeerConfig& config, const Peer& peer);

// A stream of the peer's, sent with these SSRCs, with several as simulcast, in m-line `mline`.
StreamHandle publish(InProcessDataplane& dataplane, const Peer& peer, std::size_t mline,
                     Codec codec, std::span<const std::uint32_t> ssrcs);

// Subscribes the peer to it, in m-line `mline` of what it receives, with an SSRC of its own; video
// with RTX.
SubscriptionHandle subscribe(InProcessDataplane& dataplane, const Peer& peer, std::size_t mline,
                             Codec codec, StreamHandle stream);
// What the peer receives in m-line `mline`.
constexpr std::uint32_t subscription_ssrc(std::size_t mline) {
  return static_cast<std::uint32_t>(0x2000 + mline);
}

}  // namespace penstock::bench
