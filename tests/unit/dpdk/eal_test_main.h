// The EAL that all tests of this program share: two workers and the looped-back port net_ring0,
// whose queue i receives what was sent on queue i.
#pragma once

#include "dataplane/dpdk/packet_pool.h"
#include "dataplane/worker/platform.h"

struct rte_mbuf;

namespace penstock {

// Started before the first test, stopped after the last one.
PacketPool& shared_pool();
// Of the started port.
std::uint16_t shared_port_id();

inline Handover<rte_mbuf> handover_of(HandoverKind kind, rte_mbuf* packet) {
  Handover<rte_mbuf> handover;
  handover.kind = kind;
  handover.packet = packet;
  return handover;
}

}  // namespace penstock
