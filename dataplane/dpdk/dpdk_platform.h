// Internal header (includes rte_*). The world below one worker, as the Platform concept names it
// (dataplane/worker/platform.h), in DPDK: mbufs, a queue pair, rings, QSBR. Everything is inline:
// the worker is instantiated over it. Used on its worker's thread only.
#pragma once

#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_mbuf.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "dataplane/base/check.h"
#include "dataplane/base/limits.h"
#include "dataplane/dpdk/aligned_memory.h"
#include "dataplane/dpdk/doorbell.h"
#include "dataplane/dpdk/packet_order.h"
#include "dataplane/dpdk/qsbr.h"
#include "dataplane/dpdk/worker_rings.h"
#include "dataplane/worker/platform.h"

namespace penstock {

// What one worker's platform is made of. All of it outlives the platform.
struct DpdkPlatformParts {
  WorkerIndex worker = 0;
  std::uint16_t port_id = 0;
  std::size_t queue_count = 1;  // the port's; worker w < queue_count owns queue w
  rte_mempool* pool = nullptr;
  WorkerRings* rings = nullptr;
  Qsbr* qsbr = nullptr;
  Doorbell* doorbell = nullptr;
  bool finishes_checksums = false;  // the port does (DataPort::finishes_checksums)
};

class DpdkPlatform {
 public:
  using Packet = rte_mbuf;

  explicit DpdkPlatform(const DpdkPlatformParts& parts)
      : parts_(parts),
        control_(&parts.rings->control(parts.worker)),
        owns_queue_(parts.worker < parts.queue_count) {
    const std::size_t count = parts.rings->worker_count();
    for (std::size_t other = 0; other < count; ++other) {
      outgoing_pairs_[other] = parts.rings->pair(parts.worker, other);
      if (other == parts.worker) {
        continue;
      }
      incoming_pairs_[incoming_count_++] = parts.rings->pair(other, parts.worker);
      if (other >= parts.queue_count && other % parts.queue_count == parts.worker) {
        relayed_[relayed_count_++] = &parts.rings->pair(other, parts.worker)->relay;
      }
    }
    if (parts.worker == 0) relayed_[relayed_count_++] = &parts.rings->announcements();
    if (!owns_queue_) {
      relay_ = &outgoing_pairs_[parts.worker % parts.queue_count]->relay;
    }
  }

  // Also sends what workers without a queue, and the control thread, have left to this one.
  std::size_t receive_burst(std::span<rte_mbuf*> burst) noexcept {
    transmit_relayed();
    if (!owns_queue_) {
      return 0;
    }
    const std::size_t count =
        rte_eth_rx_burst(parts_.port_id, parts_.worker, burst.data(), burst_size(burst));
    packets_taken(burst.first(count));
    return refuse_chained(burst.first(count));
  }
  std::size_t take_refused() noexcept { return std::exchange(refused_, 0); }

  std::size_t transmit_burst(std::span<rte_mbuf*> burst) noexcept {
    if (!owns_queue_) {
      return relay_->push_burst(burst);
    }
    packets_given(burst);
    return rte_eth_tx_burst(parts_.port_id, parts_.worker, burst.data(), burst_size(burst));
  }

  // What else DPDK resets of an mbuf was reset before it came back to the pool, or means nothing
  // without a flag: its second line is not touched.
  [[gnu::always_inline]] rte_mbuf* allocate() noexcept {
    void* taken = nullptr;
    if (rte_mempool_generic_get(parts_.pool, &taken, 1, cache()) != 0) [[unlikely]] {
      return nullptr;
    }
    auto* packet = static_cast<rte_mbuf*>(taken);
    packet_taken(packet);
    packet->data_off = RTE_PKTMBUF_HEADROOM;
    packet->ol_flags = 0;
    prefetch_after_next();
    return packet;
  }
  void release(rte_mbuf* packet) noexcept {
    PENSTOCK_DCHECK(packet->nb_segs == 1 && rte_mbuf_refcnt_read(packet) == 1);
    packet_given(packet);
    void* given = packet;
    rte_mempool_generic_put(parts_.pool, &given, 1, cache());
  }

  std::uint8_t* data(rte_mbuf* packet) noexcept { return rte_pktmbuf_mtod(packet, std::uint8_t*); }
  std::size_t size(rte_mbuf* packet) noexcept { return packet->data_len; }
  void set_size(rte_mbuf* packet, std::size_t bytes) noexcept {
    packet->data_len = static_cast<std::uint16_t>(bytes);
    packet->pkt_len = static_cast<std::uint32_t>(bytes);
  }
  PacketMetadata& metadata(rte_mbuf* packet) noexcept {
    return *static_cast<PacketMetadata*>(rte_mbuf_to_priv(packet));
  }
  bool has_good_checksums(rte_mbuf* packet) noexcept {
    if ((packet->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) != RTE_MBUF_F_RX_L4_CKSUM_GOOD) {
      return false;
    }
    // IPv6 has no header checksum that could be reported good.
    return (packet->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_GOOD ||
           ether_type(packet) == RTE_BE16(RTE_ETHER_TYPE_IPV6);
  }

  bool finishes_checksums() const noexcept { return parts_.finishes_checksums; }
  // The field has what rte_eth_tx_prepare would write for drivers that want it.
  void finish_checksum(rte_mbuf* packet, const UdpPathTemplate& path) noexcept {
    const std::size_t l3_bytes = path.is_ipv4() ? kIpv4HeaderBytes : kIpv6HeaderBytes;
    packet->ol_flags =
        RTE_MBUF_F_TX_UDP_CKSUM | (path.is_ipv4() ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6);
    packet->tx_offload = rte_mbuf_tx_offload(ip_offset(path), l3_bytes, 0, 0, 0, 0, 0);
  }

  // `worker` is another one.
  bool hand_over(WorkerIndex worker, const Handover<rte_mbuf>& handover) noexcept {
    return outgoing_pairs_[worker]->handovers.push(handover);
  }
  std::size_t receive_handovers(std::span<Handover<rte_mbuf>> handovers) noexcept {
    std::size_t count = 0;
    for (std::size_t i = 0; i < incoming_count_ && count < handovers.size(); ++i) {
      // Starts with another worker each time, so that a busy one cannot starve the rest.
      const std::size_t from = (first_incoming_ + i) % incoming_count_;
      count += incoming_pairs_[from]->handovers.pop_burst(handovers.subspan(count));
    }
    ++first_incoming_;
    return count;
  }

  // Of commands, datagrams and handovers.
  bool has_arrivals() const noexcept {
    bool has = !control_->commands.is_empty() || !control_->outgoing.is_empty();
    for (std::size_t i = 0; i < incoming_count_; ++i)
      has |= !incoming_pairs_[i]->handovers.is_empty();
    return has;
  }

  std::size_t receive_commands(std::span<Command> commands) noexcept {
    return control_->commands.pop_burst(commands);
  }
  bool receive_outgoing(OutgoingDatagram& outgoing) noexcept {
    return control_->outgoing.pop(outgoing);
  }
  bool send_event(const Event& event) noexcept {
    has_news_ = true;
    return control_->events.push(event);
  }
  bool punt(const PuntedDatagram& punted) noexcept {
    has_news_ = true;
    return control_->punted.push(punted);
  }

  // Ends the loop iteration: the control thread is woken here if there is something for it.
  void report_quiescent() noexcept {
    parts_.qsbr->report_quiescent(parts_.worker);
    if (has_news_) {
      has_news_ = false;
      parts_.doorbell->ring_if_asleep();
    }
  }
  std::uint64_t start_grace_period() noexcept { return parts_.qsbr->start(); }
  bool grace_period_ended(std::uint64_t token) noexcept { return parts_.qsbr->has_ended(token); }

 private:
  // Behind a VLAN tag, if there is one. A frame is at least 60 bytes long.
  static rte_be16_t ether_type(rte_mbuf* packet) noexcept {
    const auto* ethernet = rte_pktmbuf_mtod(packet, const rte_ether_hdr*);
    if (ethernet->ether_type != RTE_BE16(RTE_ETHER_TYPE_VLAN)) [[likely]]
      return ethernet->ether_type;
    return reinterpret_cast<const rte_vlan_hdr*>(ethernet + 1)->eth_proto;
  }

  // This lcore's cache of the pool. DPDK looks it up for each packet, by way of a thread-local
  // variable of another library; null on threads that have none.
  rte_mempool_cache* cache() noexcept {
    if (cache_ == nullptr) [[unlikely]]
      find_cache();
    return cache_;
  }
  [[gnu::noinline]] void find_cache() noexcept {
    cache_ = rte_mempool_default_cache(parts_.pool, rte_lcore_id());
  }

  // The packet that will be taken after the next one: its mbuf, and the lines of the frame that
  // headers are written to.
  void prefetch_after_next() noexcept {
    if (cache_ == nullptr || cache_->len < 2) return;
    constexpr std::size_t kPrivateBytes = RTE_ALIGN_CEIL(sizeof(PacketMetadata), kCacheLineBytes);
    constexpr std::size_t kFrameAt = sizeof(rte_mbuf) + kPrivateBytes + RTE_PKTMBUF_HEADROOM;
    const auto* packet = static_cast<const std::byte*>(cache_->objs[cache_->len - 2]);
    __builtin_prefetch(packet, 1);
    __builtin_prefetch(packet + kFrameAt, 1);
    __builtin_prefetch(packet + kFrameAt + kCacheLineBytes, 1);
  }

  // Some drivers deliver a large frame as a chain of buffers without being asked to. Everything
  // behind takes a packet for one buffer. Returns how many are left.
  std::size_t refuse_chained(std::span<rte_mbuf*> burst) noexcept {
    std::size_t kept = 0;
    for (rte_mbuf* packet : burst) {
      if (packet->nb_segs == 1) [[likely]] {
        burst[kept++] = packet;
      } else {
        release_chain(packet);
        ++refused_;
      }
    }
    return kept;
  }

  // Each buffer goes back by itself: one that still had others on it would be taken, and sent,
  // together with them.
  [[gnu::noinline]] void release_chain(rte_mbuf* packet) noexcept {
    while (packet != nullptr) {
      rte_mbuf* next = std::exchange(packet->next, nullptr);
      packet->nb_segs = 1;
      release(packet);
      packet = next;
    }
  }

  static std::uint16_t burst_size(std::span<rte_mbuf*> burst) {
    return static_cast<std::uint16_t>(burst.size());
  }

  void transmit_relayed() noexcept {
    std::array<rte_mbuf*, kBurstMax> frames;
    for (std::size_t i = 0; i < relayed_count_; ++i) {
      relayed_[i]->consume(frames, [this](std::span<rte_mbuf*> burst) -> std::size_t {
        packets_given(burst);
        return rte_eth_tx_burst(parts_.port_id, parts_.worker, burst.data(), burst_size(burst));
      });
    }
  }

  DpdkPlatformParts parts_;
  ControlRings* control_;
  bool owns_queue_;
  bool has_news_ = false;
  std::size_t refused_ = 0;  // frames in chains, not asked for yet
  rte_mempool_cache* cache_ = nullptr;
  SpscRing<rte_mbuf*>* relay_ = nullptr;  // our way out without a queue
  std::size_t relayed_count_ = 0;
  std::size_t incoming_count_ = 0;
  std::size_t first_incoming_ = 0;
  std::array<SpscRing<rte_mbuf*>*, kWorkersMax>
      relayed_{};  // of those who send through us, fewer than there are workers, and control
  std::array<WorkerPairRings*, kWorkersMax> outgoing_pairs_{};  // by worker; null: ourselves
  std::array<WorkerPairRings*, kWorkersMax> incoming_pairs_{};  // the first incoming_count_
};
static_assert(Platform<DpdkPlatform>);

}  // namespace penstock
