// What is not a media packet: commands, datagrams of the control plane, timers, reports, events.
// Part of worker.h.
#pragma once

#include <algorithm>
#include <utility>

#include "dataplane/worker/worker.h"

namespace penstock {

template <Platform P>
std::size_t Worker<P>::apply_commands() {
  std::array<Command, kCommandsPerIteration> commands;
  const std::size_t count = platform_.receive_commands(commands);
  for (std::size_t i = 0; i < count; ++i) apply(commands[i]);
  return count;
}

template <Platform P>
void Worker<P>::apply(const Command& command) {
  if (command.kind == CommandKind::kRequestKeyframe) return ask_for_keyframe(command.stream);
  if (command.kind == CommandKind::kPauseSubscription)
    return pause_subscription(command.subscription, command.flag);
  Transport* transport = pools_.transports.resolve(command.transport);
  if (transport == nullptr) return;  // destroyed meanwhile
  switch (command.kind) {
    case CommandKind::kAdoptTransport:
      return adopt(*transport, command.transport);
    case CommandKind::kAddFlow:
      return add_flow(*transport, command.transport, command.path,
                      command.flag ? &command.nomination : nullptr);
    case CommandKind::kRemoveFlow:
      return remove_flow(*transport, command.transport, command.path.remote);
    case CommandKind::kSetIceCredentials:
      // After a restart the peer may count its nominations from one again.
      if (transport->ice.local_ufrag != command.ice.local_ufrag) transport->nomination.number = 0;
      transport->ice = command.ice;
      return;
    case CommandKind::kSetSrtpKeys:
      if (!transport->send.init(command.srtp_keys.profile, command.srtp_keys.send,
                                context_.srtp_backend) ||
          !transport->receive.init(command.srtp_keys.profile, command.srtp_keys.receive,
                                   context_.srtp_backend)) {
        return count(DropReason::kSrtpNoKeys);
      }
      ask_for_keyframes(*transport);
      return;
    case CommandKind::kSetExtensions:
      return set_extensions(*transport, command);
    case CommandKind::kSetReducedSizeRtcp:
      transport->has_reduced_size_rtcp = command.flag;
      return;
    case CommandKind::kAttachStream:
      return attach_stream(*transport, command.stream);
    case CommandKind::kUpdateStream:
      return update_stream(*transport, command.stream, command.stream_config);
    case CommandKind::kRetarget:
      return retarget(command.subscription, command.target);
    case CommandKind::kLimitBitrate:
      return limit_bitrate(*transport, command.bitrate_bps);
    case CommandKind::kAttachSubscription:
      return attach_subscription(*transport, command.subscription);
    case CommandKind::kPauseSubscription:
    case CommandKind::kRequestKeyframe:
      return;
  }
}

template <Platform P>
void Worker<P>::set_extensions(Transport& transport, const Command& command) {
  if (!command.flag) {
    transport.extensions_in = command.extensions;
    return;
  }
  transport.extensions_out = command.extensions;
  for (const Transport::Sent& sent : transport.subscriptions) {
    Subscription* subscription = pools_.subscriptions.resolve(sent.subscription);
    if (subscription != nullptr) subscription->header.state = HeaderTemplate::State::kStale;
  }
}

template <Platform P>
void Worker<P>::adopt(Transport& transport, TransportHandle handle) {
  if (owned_.size() == owned_.capacity()) {
    // Stale entries of destroyed transports may fill the list until the next timer pass: look for
    // one now.
    for (std::size_t i = owned_.size(); i > 0; --i) {
      if (pools_.transports.resolve(owned_[i - 1].transport) == nullptr) disown(i - 1);
    }
  }
  PENSTOCK_CHECK(owned_.size() < owned_.capacity());
  transport.owned_index = static_cast<std::uint32_t>(owned_.size());
  transport.consent_at = kNever;  // nobody has given any that could end (add_flow)
  owned_.push_back({handle, {}});
  timers_.push_back(now_);
}

// The registry sees to it that a transport has no more live streams and subscriptions than fit its
// tables; what was destroyed makes room first.
template <Platform P>
void Worker<P>::attach_stream(Transport& transport, StreamHandle handle) {
  forget_destroyed_streams(transport);
  const Stream* stream = pools_.streams.resolve(handle);
  if (stream != nullptr) PENSTOCK_CHECK(transport.streams.add(handle, stream->config));
}

template <Platform P>
void Worker<P>::update_stream(Transport& transport, StreamHandle handle,
                              const StreamConfig& config) {
  Stream* stream = pools_.streams.resolve(handle);
  if (stream == nullptr) return;
  if (!config.is_sent) {
    // What the description says of a stream that is not sent is about nothing.
    stream->config.is_sent = false;
    return;
  }
  transport.streams.update(handle, config);
  stream->update(config);
}

template <Platform P>
void Worker<P>::limit_bitrate(Transport& transport, std::uint64_t bitrate_bps) {
  transport.remb_bps = bitrate_bps == 0 ? kRembBitrateMax : std::min(bitrate_bps, kRembBitrateMax);
  transport.next_remb_at = now_;
  wake(transport, now_);
}

template <Platform P>
void Worker<P>::attach_subscription(Transport& transport, SubscriptionHandle handle) {
  if (transport.subscriptions.full()) forget_destroyed_subscriptions(transport);
  const Subscription* subscription = pools_.subscriptions.resolve(handle);
  if (subscription == nullptr) return;
  PENSTOCK_CHECK(transport.subscriptions.push_back({subscription->ssrc, handle}));
  if (transport.can_send()) ask_for_keyframe(handle);
}

template <Platform P>
void Worker<P>::retarget(SubscriptionHandle handle, const SubscriptionTarget& target) {
  Subscription* subscription = pools_.subscriptions.resolve(handle);
  if (subscription == nullptr) return;
  const SubscriptionTarget before = std::exchange(subscription->target, target);
  subscription->header.state = HeaderTemplate::State::kStale;
  if (before.stream != target.stream) {
    subscription->projection.leave_stream();
  } else if (before.codec != target.codec) {
    subscription->projection.restart();
  } else {
    return;
  }
  subscription->keyframe_asked_at = now_ - Subscription::kKeyframeAskInterval;
  const Transport* transport = pools_.transports.resolve(subscription->transport);
  if (!subscription->is_paused && transport != nullptr && transport->can_send())
    ask_for_keyframe(handle);
}

template <Platform P>
void Worker<P>::pause_subscription(SubscriptionHandle handle, bool is_paused) {
  Subscription* subscription = pools_.subscriptions.resolve(handle);
  if (subscription == nullptr || subscription->is_paused == is_paused) return;
  subscription->is_paused = is_paused;
  subscription->projection.restart();
  // A receiver that is not connected yet asks when it is: a keyframe now would be for nobody.
  const Transport* transport = pools_.transports.resolve(subscription->transport);
  if (!is_paused && transport != nullptr && transport->can_send()) ask_for_keyframe(handle);
}

template <Platform P>
void Worker<P>::forget_destroyed_streams(Transport& transport) {
  const auto& entries = transport.streams.entries();
  for (std::size_t i = entries.size(); i > 0; --i) {
    const StreamHandle handle = entries[i - 1].stream;
    if (pools_.streams.resolve(handle) == nullptr) transport.streams.remove(handle);
  }
}

template <Platform P>
void Worker<P>::forget_destroyed_subscriptions(Transport& transport) {
  auto& subscriptions = transport.subscriptions;
  for (std::size_t i = subscriptions.size(); i > 0; --i) {
    if (pools_.subscriptions.resolve(subscriptions[i - 1].subscription) == nullptr)
      subscriptions.erase_unordered(i - 1);
  }
}

template <Platform P>
std::size_t Worker<P>::send_outgoing() {
  std::size_t count = 0;
  OutgoingDatagram datagram;
  while (count < kOutgoingPerIteration && platform_.receive_outgoing(datagram)) {
    ++count;
    send_payload(way_along(datagram.path),
                 std::span<const std::uint8_t>(datagram.data).first(datagram.bytes));
  }
  return count;
}

// Announcements and gateway requests; worker 0 speaks for the port.
template <Platform P>
void Worker<P>::poll_link() {
  if (context_.index != 0 || now_ < next_link_poll_at_) return;
  next_link_poll_at_ = now_ + 100 * kMillisecond;
  for (int i = 0; i < 8; ++i) {
    Packet* packet = platform_.allocate();
    if (packet == nullptr) return count(DropReason::kPoolExhausted);
    const std::size_t bytes = link_.poll(now_, {platform_.data(packet), kPollFrameBytesMax});
    if (bytes == 0) {
      platform_.release(packet);
      break;
    }
    transmit_link_frame(packet, bytes);
  }
  publish_conflicts();
  const auto publish = [](std::atomic<std::uint64_t>& slot, const std::optional<MacAddress>& mac) {
    if (mac) slot.store(mac->word(), std::memory_order_relaxed);
  };
  publish(context_.gateway_macs->ipv4, link_.ipv4_gateway_mac());
  publish(context_.gateway_macs->ipv6, link_.ipv6_gateway_mac());
}

template <Platform P>
void Worker<P>::publish_conflicts() {
  for (std::size_t which = 0; which < kOwnAddresses; ++which) {
    const AddressConflict& conflict = link_.conflict(static_cast<OwnAddress>(which));
    Counter& count = stats_.address_conflicts[which];
    if (conflict.count == count.get()) continue;
    stats_.conflicting_macs[which].store(conflict.mac.word(), std::memory_order_relaxed);
    count.add(conflict.count - count.get());
  }
}

// Sees to every transport of which something is due once per pass, a bounded number per iteration.
template <Platform P>
void Worker<P>::run_timers() {
  if (timer_cursor_ == 0 && now_ < next_timer_pass_at_) return;
  if (timer_cursor_ == 0) {
    next_timer_pass_at_ = now_ + kTimerPassInterval;
    if (const std::size_t given_up = reassembler_.expire(now_); given_up != 0)
      count(DropReason::kFragmentTimeout, given_up);
  }
  std::size_t due = 0;
  for (std::size_t i = 0; i < kTimersSeenPerIteration && due < kTimersPerIteration; ++i) {
    if (timer_cursor_ >= owned_.size()) {
      timer_cursor_ = 0;
      return;
    }
    if (timers_[timer_cursor_] > now_) {
      ++timer_cursor_;
      continue;
    }
    ++due;
    const TransportHandle handle = owned_[timer_cursor_].transport;
    if (Transport* transport = pools_.transports.resolve(handle)) {
      timers_[timer_cursor_] =
          std::max(run_timers_of(*transport, handle), now_ + kTimerPassInterval);
      ++timer_cursor_;
    } else {
      disown(timer_cursor_);  // moves the last one here: look at it next
    }
  }
}

// Something of the transport is due earlier than was known when it was last seen to.
template <Platform P>
void Worker<P>::wake(const Transport& transport, Timestamp at) {
  Timestamp& timer = timers_[transport.owned_index];
  timer = std::min(timer, at);
}

// Forgets a destroyed transport: its flows lead nowhere any more.
template <Platform P>
void Worker<P>::disown(std::size_t index) {
  const Owned& owned = owned_[index];
  for (const SocketAddress& flow : owned.flows) {
    flows_.erase(flow, owned.transport);
    context_.flow_sources->remove(context_.index, flow.ip);
  }
  owned_[index] = owned_.back();
  owned_.pop_back();
  timers_[index] = timers_.back();
  timers_.pop_back();
  if (index < owned_.size()) {
    Transport* moved = pools_.transports.resolve(owned_[index].transport);
    if (moved != nullptr) moved->owned_index = static_cast<std::uint32_t>(index);
  }
}

// Does what is due of the transport. Returns when something is due next; what comes to be due
// earlier wakes it.
template <Platform P>
Timestamp Worker<P>::run_timers_of(Transport& transport, TransportHandle handle) {
  forget_destroyed_streams(transport);
  forget_destroyed_subscriptions(transport);
  Timestamp next = std::min(now_ + kTimerIntervalMax, check_consent(transport, handle));
  next = std::min(next, run_stream_timers(transport));
  refresh_next_hop(transport);
  if (transport.path_limit.mtu != 0 && now_ >= transport.path_limit.ends_at)
    unlimit_path(transport);
  if (!transport.is_path_told) tell_path(transport, handle);
  if (!transport.can_send()) return next;
  return std::min({next, send_feedback(transport), send_bitrate_limit(transport),
                   send_reception_reports(transport), send_reports(transport)});
}

// Each of these does what is due, and returns when it is due next.
template <Platform P>
Timestamp Worker<P>::check_consent(Transport& transport, TransportHandle handle) {
  const Duration silence = now_ - transport.consent_at;
  if (silence >= context_.consent_timeout) transport.is_consent_expired = true;
  transport.is_consent_due = true;
  if (!transport.is_consent_expired) {
    const bool has_end = context_.consent_timeout != kNever && transport.consent_at != kNever;
    return has_end ? transport.consent_at + context_.consent_timeout : kNever;
  }
  if (now_ >= transport.next_consent_event_at) {
    // Said again until the control plane has destroyed the transport.
    transport.next_consent_event_at = now_ + kSecond;
    static_cast<void>(
        raise({.kind = EventKind::kConsentExpired, .transport = handle, .stream = {}, .path = {}}));
  }
  return transport.next_consent_event_at;
}

template <Platform P>
Timestamp Worker<P>::run_stream_timers(Transport& transport) {
  Timestamp next = kNever;
  for (const StreamTable::Entry& entry : transport.streams.entries()) {
    const StreamHandle handle = entry.stream;
    Stream* stream = pools_.streams.resolve(handle);
    if (stream == nullptr) continue;
    const auto came_lately = [&](const Encoding& encoding) {
      return now_ - encoding.reception.last_packet_at <= kSecond;
    };
    if (stream->is_receiving && !std::ranges::any_of(stream->encodings(), came_lately)) {
      stream->is_receiving =
          !raise({.kind = EventKind::kMediaStopped, .transport = {}, .stream = handle, .path = {}});
    }
    stream->want_keyframes(now_);
    stream->for_each_keyframe_source(now_, [&](Encoding& encoding) {
      Reception& reception = encoding.reception;
      if (reception.ssrc() != 0 && reception.keyframes.poll(now_)) send_pli(transport, encoding);
    });
    // What packets bring with them is looked at as often as they are reported on.
    if (stream->is_receiving) next = std::min(next, now_ + kTransportCcInterval);
    for (const Encoding& encoding : stream->encodings())
      next = std::min(next, encoding.reception.keyframes.due_at());
  }
  return next;
}

template <Platform P>
Timestamp Worker<P>::send_feedback(Transport& transport) {
  if (!transport.arrivals.has_pending()) return kNever;
  if (now_ < transport.next_feedback_at) return transport.next_feedback_at;
  transport.next_feedback_at = now_ + kTransportCcInterval;
  for (int i = 0; i < 4 && transport.arrivals.has_pending(); ++i) {
    send_feedback_message(transport, [&](ByteWriter& writer) {
      transport.arrivals.build_feedback(writer, transport.sender_ssrc, transport.last_media_ssrc);
    });
  }
  return transport.next_feedback_at;
}

// Also when nothing of what it is about has come yet: that is looked at again soon.
template <Platform P>
Timestamp Worker<P>::send_bitrate_limit(Transport& transport) {
  if (transport.remb_bps == 0) return kNever;
  if (now_ < transport.next_remb_at) return transport.next_remb_at;
  bool is_written = false;
  send_feedback_message(transport, [&](ByteWriter& writer) {
    is_written = write_bitrate_limit(writer, transport, pools_);
  });
  transport.next_remb_at = now_ + (is_written ? kRembInterval : kRembInterval / 10);
  return transport.next_remb_at;
}

template <Platform P>
Timestamp Worker<P>::send_reception_reports(Transport& transport) {
  if (now_ < transport.next_report_at) return transport.next_report_at;
  transport.next_report_at = now_ + kReceiverReportInterval;
  const std::size_t streams = transport.streams.entries().size();
  for (std::size_t first = 0; first < streams;) {
    std::size_t next = streams;  // if nothing can be sent
    send_rtcp(transport, [&](ByteWriter& writer) {
      next = write_reception_report(writer, transport, pools_, now_, first);
    });
    first = next;
  }
  return transport.next_report_at;
}

template <Platform P>
Timestamp Worker<P>::send_reports(Transport& transport) {
  Timestamp next = kNever;
  for (const Transport::Sent& sent : transport.subscriptions) {
    Subscription* subscription = pools_.subscriptions.resolve(sent.subscription);
    if (subscription == nullptr || subscription->packets_sent == 0) continue;
    if (now_ >= subscription->next_report_at) {
      // Spread by up to 15 % either way, so that reports of many receivers do not come in step.
      subscription->next_report_at = now_ + kSenderReportInterval * 85 / 100 +
                                     static_cast<Duration>(prng_.below(300)) * kMillisecond;
      subscription->publish_report();
      send_rtcp(transport, [&](ByteWriter& writer) {
        write_subscription_report(writer, *subscription, pools_, context_.wall_clock.ntp_at(now_),
                                  now_);
      });
    }
    next = std::min(next, subscription->next_report_at);
  }
  return next;
}

// False if even the worker's own list is full, as the control plane has been stalled for long: then
// it is for the caller to say it again.
template <Platform P>
bool Worker<P>::raise(const Event& event) {
  return events_.push_back(event);
}

template <Platform P>
void Worker<P>::flush_events() {
  std::size_t sent = 0;
  while (sent < events_.size() && platform_.send_event(events_[sent])) ++sent;
  if (sent == 0) return;
  StaticVector<Event, 64> rest;
  for (std::size_t i = sent; i < events_.size(); ++i) static_cast<void>(rest.push_back(events_[i]));
  events_ = rest;
}

}  // namespace penstock
