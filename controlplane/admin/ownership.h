// The ownership walk over all of a server: from the sessions and rooms down to the fan-out lists,
// every live object must have exactly one owner (dataplane/pool/ownership_walk.h). For the auditor
// of the running server, the simulator and the tests of failures. Control thread, between calls.
#pragma once

#include "controlplane/janus/core.h"
#include "controlplane/media/peer_connections.h"
#include "controlplane/whip/service.h"
#include "dataplane/pool/ownership_walk.h"
#include "dataplane/registry/registry.h"

namespace penstock {

inline OwnershipWalk walk_ownership(const Registry& registry, const PeerConnections& media,
                                    const janus::Core& janus, const whip::Service& whip) {
  OwnershipWalk walk;
  registry.expect_pools(walk);
  media.expect_pools(walk);
  janus.walk_ownership(walk);
  whip.walk_ownership(walk);
  return walk;
}

}  // namespace penstock
