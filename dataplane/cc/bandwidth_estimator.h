// What the way to one receiver carries, from what the receiver says of the packets that were sent
// to it: Google Congestion Control at the sender, on transport-wide feedback
// (draft-ietf-rmcat-gcc-02, draft-holmer-rmcat-transport-wide-cc-extensions-01), or, from a
// receiver without that feedback, what it estimates itself (REMB,
// draft-alvestrand-rmcat-remb-03).
//
// Rates are bits a second of whole IP packets. It runs when feedback comes, and has no timer of its
// own. Owned by one transport, on its worker; pure: no clocks, sockets or allocation.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/base/time.h"
#include "dataplane/cc/delay_trend.h"
#include "dataplane/cc/delivery_rate.h"
#include "dataplane/cc/loss_control.h"
#include "dataplane/cc/packet_groups.h"
#include "dataplane/cc/probe_cluster.h"
#include "dataplane/cc/probe_schedule.h"
#include "dataplane/cc/queue_level.h"
#include "dataplane/cc/rate_control.h"
#include "dataplane/cc/send_history.h"
#include "dataplane/rtp/rtcp/transport_feedback.h"

namespace penstock {

class BandwidthEstimator {
 public:
  static constexpr double kMinBps = 30'000;
  static constexpr double kMaxBps = 100'000'000;

  explicit BandwidthEstimator(double start_bps) : rate_(start_bps, kBounds), bps_(rate_.bps()) {}
  BandwidthEstimator(bool is_used, MemoryBlock& block)
      : history_(is_used, block), rate_(kMinBps, kBounds), bps_(kMinBps) {}

  // Begins with this, before anything is sent.
  void start(double bps) {
    rate_ = RateControl(bps, kBounds);
    bps_ = rate_.bps();
  }

  // A packet of `bytes`, with the headers of UDP and IP, goes now. Returns the transport-wide
  // number that it goes with. Called per packet.
  std::uint16_t add_sent(Timestamp now, std::size_t bytes) {
    sent_bytes_ += bytes;
    return history_.add(now, bytes, probe_.mark(bytes));
  }
  void take_feedback(const TransportFeedback& feedback, Timestamp now);
  // Ignored once there has been transport-wide feedback.
  void take_remb(std::uint64_t bitrate_bps);

  // True once the receiver has said something.
  bool is_known() const { return has_feedback_ || has_remb_; }
  double bps() const { return bps_; }
  // From the last packet that was reported on; 0: not known yet. It has the time for which the
  // receiver kept its report.
  Duration rtt() const { return rtt_; }
  // Packets lost whatever is sent, as a share.
  double inherent_loss() const { return loss_.inherent(); }
  // When a probe last showed that the way carries bps().
  Timestamp proved_at() const { return proved_at_; }
  // True while queues on the way grow, and are more than jitter and our own bursts.
  bool is_growing() const { return trend_.trend() == QueueTrend::kGrows && has_queue(); }

  // What would be of use in all: it is probed for, as far as it is more than is known. 0: nothing.
  void set_goal(double goal_bps) { goal_bps_ = goal_bps; }
  // Begins a probe if its time has come and the receiver can be heard. True if one is under way,
  // and then due_bytes() are to be sent, of whatever there is.
  bool poll_probe(Timestamp now);
  std::size_t probe_bytes() const { return probe_.bytes(); }
  std::size_t probe_due_bytes(Timestamp now) { return probe_.due_bytes(now); }
  bool is_probing() const { return probe_.is_sending(); }
  // When poll_probe() may begin one; kNever: there is nothing to gain.
  Timestamp next_probe_at() const;

 private:
  static constexpr RateBounds kBounds{.min_bps = kMinBps, .max_bps = kMaxBps};
  static constexpr Duration kSilenceMax = 2 * kSecond;  // after which delays are another way's
  static constexpr double kLimitedShare = 0.65;         // sent, of what is allowed: media is short
  static constexpr Duration kMeasureInterval = 250 * kMillisecond;
  static constexpr double kAverageShare = 0.25;  // of an interval, in the average: about a second
  // Of what is allowed: who sends more on the average than that has no bursts, but too much.
  static constexpr double kBurstShareMax = 0.9;
  static constexpr Duration kQueueMin = 20 * kMillisecond;  // less than that is none
  // A full queue does not grow: one of so much, for so long, is one although delays are steady, if
  // more is sent than arrives.
  static constexpr Duration kFullQueueMin = 100 * kMillisecond;
  static constexpr Duration kFullQueueFor = kSecond;
  static constexpr double kFullQueueSentMin = 1.1;
  static constexpr double kDropShare = 0.8;  // from here on what was known of the way is not
  // What a probe has filled is empty again within this and a round trip. Meanwhile growth is its
  // doing, if so much of what was allowed before still arrives.
  static constexpr Duration kProbeDrains = 300 * kMillisecond;
  static constexpr double kCarriedMin = 0.8;
  static constexpr double kProbeKeepsMin = 0.85;  // of what the full way carried

  bool has_queue() const { return level_.standing() >= kQueueMin; }
  bool has_long_queue() const { return level_.standing() >= kFullQueueMin; }

  // What one message says of packets that nothing was known of.
  struct Seen {
    std::uint32_t received = 0;
    std::uint32_t recovered = 0;
    std::uint32_t lost = 0;
    bool has_grown = false;  // the queue, at some time within
    Timestamp newest_sent_at = -1;
  };

  // Returns what is to be added to the message's times, which come round.
  Duration begin_feedback(const TransportFeedback& feedback, Timestamp now);
  void take_received(std::uint64_t sequence, Timestamp arrived_at, Timestamp now, Seen& seen);
  void find_lost(std::uint64_t begin, std::uint64_t end, Seen& seen);
  void control(const Seen& seen, Timestamp now);
  void end_probe(Timestamp now);
  bool stop_probe(Timestamp now);
  void measure_sent(Timestamp now);
  void set_bps();
  bool is_full(double delivered_bps, Timestamp now);

  // What a packet that is sent reads and writes.
  SendHistory history_;
  std::uint64_t sent_bytes_ = 0;  // since measured_at_
  ProbeCluster probe_;

  PacketGroups groups_;
  DelayTrend trend_;
  QueueLevel level_;
  DeliveryRate delivery_;
  RateControl rate_;
  LossControl loss_;
  ProbeSchedule schedule_;

  double bps_;
  double goal_bps_ = 0;
  Duration rtt_ = 0;
  Timestamp decreased_at_ = -kSecond;
  Timestamp proved_at_ = -kSecond;
  Timestamp queue_stands_since_ = kNever;

  Timestamp measured_at_ = -1;
  double sent_bps_ = 0;
  double sent_average_bps_ = 0;

  bool has_feedback_ = false;
  bool has_remb_ = false;
  std::uint8_t feedback_count_ = 0;
  Timestamp feedback_at_ = 0;
  std::int64_t reference_units_ = 0;  // of the last message, as it was counted
};

}  // namespace penstock
