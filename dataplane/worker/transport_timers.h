// What is due of a transport as time passes: consent (RFC 7675), keyframes that are still wanted,
// feedback and reports (RFC 3550 section 6.4, transport-wide congestion control), the next hop.
// Owned by the worker; its own thread only.
#pragma once

#include <algorithm>
#include <cstddef>

#include "dataplane/worker/bandwidth.h"
#include "dataplane/worker/layer_control.h"
#include "dataplane/worker/paths.h"
#include "dataplane/worker/prober.h"
#include "dataplane/worker/publisher_limit.h"
#include "dataplane/worker/recorder.h"
#include "dataplane/worker/reports.h"
#include "dataplane/worker/rtcp_sender.h"
#include "dataplane/worker/transport_tables.h"

namespace penstock {

template <Platform P>
class TransportTimers {
 public:
  TransportTimers(Environment<P>& env, Paths<P>& paths, RtcpSender<P>& rtcp,
                  LayerControl<P>& layers, Bandwidth<P>& bandwidth, Prober<P>& prober,
                  PublisherLimit<P>& publisher_limit, Recorder<P>& recorder)
      : env_(env),
        paths_(paths),
        rtcp_(rtcp),
        layers_(layers),
        bandwidth_(bandwidth),
        prober_(prober),
        publisher_limit_(publisher_limit),
        recorder_(recorder) {}

  // Does what is due of the transport. Returns when something is due next; what comes to be due
  // earlier wakes it (OwnedTransports).
  Timestamp run(Transport& transport, TransportHandle handle);

 private:
  // How often it is looked whether the next hop of a plain transport has been found.
  static constexpr Duration kNextHopInterval = 20 * kMillisecond;

  void end_subscriptions(Transport& transport);
  void tell_talking(Stream& stream, StreamHandle handle);
  // Each of these does what is due, and returns when it is due next.
  Timestamp check_consent(Transport& transport, TransportHandle handle);
  Timestamp run_stream_timers(Transport& transport);
  Timestamp ask_for_keyframes(Transport& transport, Stream& stream);
  Timestamp send_feedback(Transport& transport);
  Timestamp send_bitrate_limit(Transport& transport);
  Timestamp send_reception_reports(Transport& transport);
  Timestamp send_reports(Transport& transport);

  void send_report(Transport& transport, Subscription& subscription);
  RtcpInstant instant() const { return {env_.now, env_.context.wall_clock.ntp_at(env_.now)}; }

  Environment<P>& env_;
  Paths<P>& paths_;
  RtcpSender<P>& rtcp_;
  LayerControl<P>& layers_;
  Bandwidth<P>& bandwidth_;
  Prober<P>& prober_;
  PublisherLimit<P>& publisher_limit_;
  Recorder<P>& recorder_;
};

template <Platform P>
Timestamp TransportTimers<P>::run(Transport& transport, TransportHandle handle) {
  if (transport.kind == TransportKind::kRecording) return recorder_.run(transport);
  forget_destroyed_streams(transport, env_.pools);
  end_subscriptions(transport);
  Timestamp next = std::min(env_.now + kTimerIntervalMax, check_consent(transport, handle));
  next = std::min(next, run_stream_timers(transport));
  paths_.refresh_next_hop(transport);
  if (transport.kind == TransportKind::kPlain && transport.path_template.header_bytes == 0)
    next = std::min(next, env_.now + kNextHopInterval);
  transport.pace.measure(env_.now, env_.context.pacing_percent,
                         transport.estimator.is_known() ? transport.estimator.bps() : 0);
  if (transport.path_limit.mtu != 0 && env_.now >= transport.path_limit.ends_at)
    paths_.unlimit(transport);
  if (!transport.is_path_told) paths_.tell(transport, handle);
  next = std::min(next, layers_.tell(transport));
  if (!transport.can_send()) return next;
  next = std::min(next, bandwidth_.run(transport));
  next = std::min(next, prober_.poll(transport, handle));
  next = std::min(next, publisher_limit_.run(transport));
  return std::min({next, send_feedback(transport), send_bitrate_limit(transport),
                   send_reception_reports(transport), send_reports(transport)});
}

// The receiver is told of those that were destroyed.
template <Platform P>
void TransportTimers<P>::end_subscriptions(Transport& transport) {
  StaticVector<std::uint32_t, kRtcpItemsMax> ended;
  forget_destroyed_subscriptions(transport, env_.pools, [&](const Transport::Sent& sent) {
    if (sent.has_sent) static_cast<void>(ended.push_back(sent.ssrc));
  });
  if (ended.empty()) return;
  rtcp_.send(transport,
             [&](ByteWriter& writer) { write_goodbye(writer, transport, ended.span()); });
}

template <Platform P>
Timestamp TransportTimers<P>::check_consent(Transport& transport, TransportHandle handle) {
  if (transport.kind != TransportKind::kWebRtc) {
    transport.is_consent_due = false;
    return kNever;
  }
  const Duration silence = env_.now - transport.consent_at;
  if (silence >= env_.context.consent_timeout) transport.is_consent_expired = true;
  transport.is_consent_due = true;
  if (!transport.is_consent_expired) {
    const bool has_end = env_.context.consent_timeout != kNever && transport.consent_at != kNever;
    return has_end ? transport.consent_at + env_.context.consent_timeout : kNever;
  }
  if (env_.now >= transport.next_consent_event_at) {
    // Said again until the control plane has destroyed the transport.
    transport.next_consent_event_at = env_.now + kSecond;
    static_cast<void>(env_.raise(
        {.kind = EventKind::kConsentExpired, .transport = handle, .stream = {}, .path = {}}));
  }
  return transport.next_consent_event_at;
}

template <Platform P>
Timestamp TransportTimers<P>::run_stream_timers(Transport& transport) {
  Timestamp next = kNever;
  for (const StreamTable::Entry& entry : transport.streams.entries()) {
    const StreamHandle handle = entry.stream;
    Stream* stream = env_.pools.streams.resolve(handle);
    if (stream == nullptr) continue;
    const auto came_lately = [&](const Encoding& encoding) {
      return env_.now - encoding.reception.last_packet_at <= kSecond;
    };
    if (stream->is_receiving && !std::ranges::any_of(stream->encodings(), came_lately)) {
      stream->is_receiving = !env_.raise(
          {.kind = EventKind::kMediaStopped, .transport = {}, .stream = handle, .path = {}});
      stream->layers.silence();
    }
    tell_talking(*stream, handle);
    // What packets bring with them is looked at as often as they are reported on.
    if (stream->is_receiving) next = std::min(next, env_.now + kTransportCcInterval);
    next = std::min(next, ask_for_keyframes(transport, *stream));
  }
  return next;
}

template <Platform P>
Timestamp TransportTimers<P>::ask_for_keyframes(Transport& transport, Stream& stream) {
  Timestamp next = kNever;
  stream.for_each_of(Stream::kAllEncodings, [&](std::size_t index, Encoding& encoding) {
    const Duration interval = stream.keyframe_interval(index, transport.rtt_ns);
    KeyframeRequester& requester = encoding.reception.keyframes;
    if (encoding.reception.ssrc() != 0 && requester.poll(env_.now, interval))
      rtcp_.send_pli(transport, encoding);
    next = std::min(next, requester.due_at(interval));
  });
  return next;
}

template <Platform P>
void TransportTimers<P>::tell_talking(Stream& stream, StreamHandle handle) {
  const auto change = stream.talk.poll(env_.now);
  if (!change) return;
  if (env_.raise({.kind = change->is_talking ? EventKind::kTalking : EventKind::kStoppedTalking,
                  .transport = {},
                  .stream = handle,
                  .path = {},
                  .level = change->level_average}))
    stream.talk.told();
}

template <Platform P>
Timestamp TransportTimers<P>::send_feedback(Transport& transport) {
  if (!transport.arrivals.has_pending()) return kNever;
  const Timestamp at =
      transport.feedback_at +
      (transport.is_feedback_cheap() ? kTransportCcInterval : kTransportCcIntervalMax);
  if (env_.now < at) return at;
  transport.feedback_at = env_.now;
  transport.feedback_bytes = transport.arrived_bytes = 0;
  for (int i = 0; i < 4 && transport.arrivals.has_pending(); ++i) {
    transport.feedback_bytes += rtcp_.send_feedback(transport, [&](ByteWriter& writer) {
      transport.arrivals.build_feedback(writer, transport.sender_ssrc, transport.last_media_ssrc);
    });
  }
  return env_.now + kTransportCcInterval;
}

// Also when nothing of what it is about has come yet: that is looked at again soon.
template <Platform P>
Timestamp TransportTimers<P>::send_bitrate_limit(Transport& transport) {
  if (transport.remb_bps == 0) return kNever;
  if (env_.now < transport.next_remb_at) return transport.next_remb_at;
  bool is_written = false;
  rtcp_.send_feedback(transport, [&](ByteWriter& writer) {
    is_written = write_bitrate_limit(writer, transport, env_.pools);
  });
  transport.next_remb_at = env_.now + (is_written ? kRembInterval : kRembInterval / 10);
  return transport.next_remb_at;
}

template <Platform P>
Timestamp TransportTimers<P>::send_reception_reports(Transport& transport) {
  if (env_.now < transport.next_report_at) return transport.next_report_at;
  transport.next_report_at = env_.now + kReceiverReportInterval;
  const std::size_t streams = transport.streams.entries().size();
  for (std::size_t first = 0; first < streams;) {
    std::size_t next = streams;  // if nothing can be sent
    rtcp_.send(transport, [&](ByteWriter& writer) {
      next = write_reception_report(writer, transport, env_.pools, instant(), first);
    });
    first = next;
  }
  return transport.next_report_at;
}

template <Platform P>
Timestamp TransportTimers<P>::send_reports(Transport& transport) {
  Timestamp next = kNever;
  for (Transport::Sent& sent : transport.subscriptions) {
    Subscription* subscription = env_.pools.subscriptions.resolve(sent.subscription);
    if (subscription == nullptr || subscription->packets_sent == 0) continue;
    sent.has_sent = true;
    if (env_.now >= subscription->next_report_at) send_report(transport, *subscription);
    next = std::min(next, subscription->next_report_at);
  }
  return next;
}

template <Platform P>
void TransportTimers<P>::send_report(Transport& transport, Subscription& subscription) {
  // Spread by up to 15 % either way, so that reports of many receivers do not come in step.
  subscription.next_report_at = env_.now + kSenderReportInterval * 85 / 100 +
                                static_cast<Duration>(env_.prng.below(300)) * kMillisecond;
  subscription.publish_report();
  if (env_.now - subscription.last_sent_at > kSenderReportIdleMax) return;
  bool is_written = false;
  rtcp_.send(transport, [&](ByteWriter& writer) {
    is_written = write_subscription_report(writer, subscription, transport, env_.pools, instant());
  });
  if (is_written) {
    subscription.early_reports = 0;
  } else if (subscription.early_reports != 0) {
    --subscription.early_reports;
    subscription.next_report_at = env_.now + kEarlySenderReportInterval;
  }
}

}  // namespace penstock
