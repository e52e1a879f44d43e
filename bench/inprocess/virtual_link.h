// Internal header (includes rte_*). The device and the time of a worker that runs in virtual time:
// a transmit ring that drains at the rate of a link, and a clock that goes on by what the worker's
// work is said to cost. So what is lost at a ring depends on the worker's decisions alone, and is
// the same in each run, whatever the machine does.
//
// Time stands still unless the control thread lets it run (run_until), and the ring takes nothing
// meanwhile. While the link is unlimited, frames leave at once: commands and keyframe requests at a
// run's beginning are not in its way.
//
// Drivers give sent buffers back when the ring has no room for a burst: so does this one. Belongs
// to the worker's thread, but for what says otherwise.
#pragma once

#include <rte_mbuf.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <span>

#include "bench/inprocess/consent_log.h"
#include "bench/inprocess/delivery_log.h"
#include "bench/inprocess/in_process_dataplane.h"
#include "bench/inprocess/line_rate_ring.h"

namespace penstock::bench {

class VirtualLink {
 public:
  explicit VirtualLink(const VirtualLinkConfig& config)
      : config_(config), ring_(config.transmit_ring, config.gbps) {}
  ~VirtualLink() {
    for (rte_mbuf* packet : held_) rte_pktmbuf_free(packet);
  }
  VirtualLink(const VirtualLink&) = delete;
  VirtualLink& operator=(const VirtualLink&) = delete;

  // Control thread.
  void run_until(Timestamp end) { end_.store(end, std::memory_order_release); }
  // Any thread. False: everything that the worker wrote can be read.
  bool is_running() const { return now() < end_.load(std::memory_order_acquire); }
  Timestamp now() const { return now_.load(std::memory_order_acquire); }
  // Control thread, while time stands still.
  void set_unlimited(bool is_unlimited) { is_unlimited_.store(is_unlimited); }
  void watch(DeliveryLogConfig config) { log_ = DeliveryLog(std::move(config)); }
  const DeliveryLog& log() const { return log_; }
  ConsentLog& consents() { return consents_; }
  Duration busy() const { return ring_.busy(); }

  // The first frames that there is room for; `give_back(span)` gets those that have left.
  template <typename GiveBack>
  std::size_t transmit(std::span<rte_mbuf*> burst, GiveBack&& give_back) noexcept {
    std::size_t count = burst.size();
    if (is_unlimited_.load(std::memory_order_relaxed)) {
      for (const rte_mbuf* packet : burst) record(packet, now());
      give_back(burst);
    } else if (!is_running()) {
      count = 0;
    } else {
      if (held_.size() + burst.size() > config_.transmit_ring) give_back_sent(give_back);
      count = std::min(count, config_.transmit_ring - held_.size());
      for (rte_mbuf* packet : burst.first(count)) {
        spend(config_.cpu_per_frame);
        record(packet, ring_.push(packet->data_len, now()));
        held_.push_back(packet);
      }
    }
    return count;
  }

  // Buffers that it has; some of them have left.
  std::size_t held() const { return held_.size(); }

  // The worker says that a transport's consent has ended.
  void consent_ended(TransportHandle transport) { consents_.found(transport, now()); }

  // An iteration is over. Without work, time goes on to when there is some.
  void end_iteration(bool had_work, Timestamp next_arrival) noexcept {
    spend(kIteration);
    if (had_work) return;
    const Timestamp awaited = std::min({next_arrival, ring_.next_leaves_at(), now() + kIdleMax,
                                        end_.load(std::memory_order_relaxed)});
    now_.store(std::max(awaited, now()), std::memory_order_release);
  }

 private:
  static constexpr Duration kIteration = 100;
  static constexpr Duration kIdleMax = 100 * kMicrosecond;
  static constexpr Timestamp kStart = kSecond;

  void spend(Duration cpu) { now_.store(now() + cpu, std::memory_order_release); }
  void record(const rte_mbuf* packet, Timestamp left) {
    log_.record({rte_pktmbuf_mtod(packet, const std::uint8_t*), packet->data_len}, left);
  }
  template <typename GiveBack>
  void give_back_sent(GiveBack&& give_back) {
    const std::size_t in_use = ring_.in_use(now());
    while (held_.size() > in_use) {
      give_back(std::span(&held_.front(), 1));
      held_.pop_front();
    }
  }

  const VirtualLinkConfig config_;
  LineRateRing ring_;
  std::deque<rte_mbuf*> held_;  // in the ring, whether they have left or not
  DeliveryLog log_;
  ConsentLog consents_;
  std::atomic<bool> is_unlimited_ = true;
  std::atomic<Timestamp> now_ = kStart;
  std::atomic<Timestamp> end_ = 0;
};

}  // namespace penstock::bench
