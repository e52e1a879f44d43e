// A subscription whose receiver is a file (docs/adr/0032): what it is sent goes, as plain RTP, to
// the worker's arena. Without one nothing is recorded. Owned by the worker; its own thread only.
//
// Where the arena has no room the newest is lost: each file then has a gap, which the next record
// of it tells, and video goes on with a keyframe, which is asked for when there is room again.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "dataplane/recording/arena.h"
#include "dataplane/worker/environment.h"
#include "dataplane/worker/projected_header.h"
#include "dataplane/worker/transport_tables.h"

namespace penstock {

template <Platform P>
class Recorder {
 public:
  // How often it is said which time the timestamps are.
  static constexpr Duration kClockInterval = kSecond;

  explicit Recorder(Environment<P>& env) : env_(env), arena_(env.context.recordings) {}

  // Whether a packet with such a payload can be recorded. If not, it counts as lost.
  bool has_room(Subscription& subscription, std::size_t payload_bytes) {
    if (reserve(payload_bytes) != nullptr) return true;
    // Nobody reports on what a file gets, so that this is free.
    ++subscription.packets_lost;
    if (subscription.is_video()) subscription.projection.restart();
    return false;
  }

  // Where it goes, with room for any header in front; null: there is none.
  std::uint8_t* reserve(std::size_t payload_bytes) {
    return arena_ == nullptr ? nullptr : arena_->reserve(kProjectedHeaderBytesMax + payload_bytes);
  }

  // What was reserved last is there.
  void commit(SubscriptionHandle handle, Subscription& subscription, const Slot& slot,
              std::size_t header_bytes, std::size_t payload_bytes) {
    RecordHeader header = header_of(RecordKind::kPacket, handle, subscription);
    header.bytes = static_cast<std::uint16_t>(header_bytes + payload_bytes);
    header.is_keyframe_start = slot.is_keyframe_start;
    header.layer = slot.layer.is_simulcast ? slot.layer.encoding : slot.layer.spatial;
    header.at = slot.arrival;
    arena_->commit(header);
    ++subscription.packets_sent;
    subscription.octets_sent += payload_bytes;
    subscription.last_sent_at = env_.now;
    env_.stats.media_recorded.add(1);
  }

  // What is due of the transport. Returns when something is due next.
  Timestamp run(Transport& transport) {
    forget_destroyed_subscriptions(transport, env_.pools, [](const Transport::Sent&) {});
    Timestamp next = env_.now + kTimerIntervalMax;
    for (const Transport::Sent& sent : transport.subscriptions) {
      Subscription* subscription = env_.pools.subscriptions.resolve(sent.subscription);
      if (subscription == nullptr || subscription->packets_sent == 0) continue;
      if (env_.now >= subscription->next_report_at) {
        subscription->next_report_at = env_.now + kClockInterval;
        subscription->publish_report();
        tell_clock(sent.subscription, *subscription);
      }
      next = std::min(next, subscription->next_report_at);
    }
    return next;
  }

 private:
  RecordHeader header_of(RecordKind kind, SubscriptionHandle handle,
                         const Subscription& subscription) const {
    return {.kind = kind,
            .recording = handle.bits(),
            .at = env_.now,
            .lost = static_cast<std::uint32_t>(subscription.packets_lost)};
  }

  // As a sender report would.
  void tell_clock(SubscriptionHandle handle, const Subscription& subscription) {
    const Stream* stream = env_.pools.streams.resolve(subscription.target.stream);
    if (stream == nullptr || !subscription.projection.is_started()) return;
    const auto clock = stream->clock_of(subscription.projection.source());
    if (!clock || env_.now - subscription.last_sent_at > kClockInterval) return;
    std::uint8_t* to = arena_->reserve(sizeof(ClockRecord));
    if (to == nullptr) return;
    const ClockRecord record{
        .captured_at = clock->captured_at,
        .rtp_timestamp = clock->rtp_timestamp + subscription.projection.timestamp_offset()};
    std::memcpy(to, &record, sizeof(record));
    RecordHeader header = header_of(RecordKind::kClock, handle, subscription);
    header.bytes = sizeof(record);
    arena_->commit(header);
  }

  Environment<P>& env_;
  RecordingArena* const arena_;
};

}  // namespace penstock
