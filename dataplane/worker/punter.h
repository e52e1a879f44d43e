// Datagrams that are for the control plane: DTLS, and STUN whose credentials are nobody's here.
// Owned by the worker; its own thread only.
#pragma once

#include <algorithm>
#include <cstring>
#include <span>

#include "dataplane/worker/paths.h"

namespace penstock {

template <Platform P>
class Punter {
 public:
  using Packet = typename P::Packet;

  Punter(Environment<P>& env, const Paths<P>& paths) : env_(env), paths_(paths) {}

  // Takes the packet over; counts what is lost. `handle`: whose flow it is of, or null.
  void punt(Packet* packet, TransportHandle handle);
  // False if the ring had no room for all of it: then it is lost, like any datagram.
  bool punt_in_parts(const Path& path, TransportHandle handle,
                     std::span<const std::uint8_t> payload);

 private:
  Environment<P>& env_;
  const Paths<P>& paths_;
};

template <Platform P>
void Punter<P>::punt(Packet* packet, TransportHandle handle) {
  const auto bytes = env_.datagram(packet);
  PuntedDatagram punted;
  if (bytes.size() > punted.data.size()) {
    env_.drop(packet, DropReason::kPacketTooLarge);
    return;
  }
  punted.path = env_.platform.metadata(packet).path;
  punted.path.remote_mac = paths_.next_hop(punted.path);
  punted.transport = handle;
  punted.total_bytes = punted.bytes = static_cast<std::uint16_t>(bytes.size());
  std::memcpy(punted.data.data(), bytes.data(), bytes.size());
  if (!env_.platform.punt(punted)) env_.count(DropReason::kPuntRingFull);
  env_.platform.release(packet);
}

template <Platform P>
bool Punter<P>::punt_in_parts(const Path& path, TransportHandle handle,
                              std::span<const std::uint8_t> payload) {
  PuntedDatagram punted;
  punted.path = path;
  punted.path.remote_mac = paths_.next_hop(path);
  punted.transport = handle;
  punted.total_bytes = static_cast<std::uint16_t>(payload.size());
  while (punted.offset < payload.size()) {
    const auto part = payload.subspan(punted.offset,
                                      std::min(punted.data.size(), payload.size() - punted.offset));
    punted.bytes = static_cast<std::uint16_t>(part.size());
    std::memcpy(punted.data.data(), part.data(), part.size());
    if (!env_.platform.punt(punted)) return false;
    punted.offset = static_cast<std::uint16_t>(punted.offset + part.size());
  }
  return true;
}

}  // namespace penstock
