#include "dataplane/dpdk/link_announcer.h"

#include <rte_mbuf.h>

namespace penstock {

LinkAnnouncer::LinkAnnouncer(const InterfaceAddresses& addresses, bool is_link_up,
                             rte_mempool* pool, SpscRing<rte_mbuf*>& frames)
    : addresses_(addresses), is_link_up_(is_link_up), pool_(pool), frames_(frames) {
  addresses_.ipv4.gateway = {};
  addresses_.ipv6.gateway = {};
}

void LinkAnnouncer::work(bool is_link_up, Timestamp now) {
  if (is_link_up && !is_link_up_) announcing_.emplace(addresses_);
  is_link_up_ = is_link_up;
  if (!announcing_ || !is_link_up) return;
  while (push_frame(now)) {
  }
  if (announcing_->next_poll() == kNever) announcing_.reset();
}

bool LinkAnnouncer::push_frame(Timestamp now) {
  rte_mbuf* frame = rte_pktmbuf_alloc(pool_);
  if (frame == nullptr) return false;
  auto* data = rte_pktmbuf_mtod(frame, std::uint8_t*);
  std::size_t bytes = announcing_->poll(now, {data, kPollFrameBytesMax});
  if (bytes != 0) bytes = insert_vlan_tag(data, bytes, addresses_.vlan_id);
  frame->data_len = static_cast<std::uint16_t>(bytes);
  frame->pkt_len = static_cast<std::uint32_t>(bytes);
  if (bytes == 0 || !frames_.push(frame)) rte_pktmbuf_free(frame);
  return bytes != 0;
}

}  // namespace penstock
