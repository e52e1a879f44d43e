// Internal header (includes rte_*). Probes and announces the port's addresses again when its link
// has come up: what worker 0 announced before is lost while a NIC and its switch negotiate, and a
// switch that was without us, or another one, does not know where we are (RFC 5227 section 2.3, RFC
// 4861 section 7.2.6). Frames go to worker 0, which sends them as they are. Owned by
// DataplaneRuntime, control thread.
#pragma once

#include <cstddef>
#include <optional>

#include "dataplane/base/time.h"
#include "dataplane/dpdk/ring.h"
#include "dataplane/net/responder.h"

struct rte_mbuf;
struct rte_mempool;

namespace penstock {

class LinkAnnouncer {
 public:
  // `pool` and `frames` outlive it. `is_link_up`: while it was, worker 0's announcements were
  // heard.
  LinkAnnouncer(const InterfaceAddresses& addresses, bool is_link_up, rte_mempool* pool,
                SpscRing<rte_mbuf*>& frames);

  // To be called about once a second. What does not fit the ring is not sent.
  void work(bool is_link_up, Timestamp now);

 private:
  // Pushes the next frame that is due; false if there is none.
  bool push_frame(Timestamp now);

  InterfaceAddresses addresses_;  // without gateways, whom worker 0 asks
  bool is_link_up_;
  rte_mempool* pool_;
  SpscRing<rte_mbuf*>& frames_;
  std::optional<LinkResponder> announcing_;  // until everything is announced
};

}  // namespace penstock
