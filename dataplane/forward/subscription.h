// One stream's projection to one receiver. Lives in a pool; made and destroyed on the control
// thread; everything but the transport belongs to the worker of that transport, the receiver's.
//
// What it shows may change (CommandKind::kRetarget). Its projection goes on then, so that numbers
// of its SSRC are never used twice; and packets of what it showed before, which may still be on
// their way, are told by their stream.
//
// An SSRC, be it for media or for RTX, is never used by two subscriptions of one transport, even
// one after the other: the projection, and counting up for RTX, are what keeps (SSRC, packet index)
// unique under the transport's key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/api/dataplane.h"
#include "dataplane/api/rtp_report.h"
#include "dataplane/base/coarse_time.h"
#include "dataplane/forward/active_targets.h"
#include "dataplane/forward/header_template.h"
#include "dataplane/forward/layer_filter.h"
#include "dataplane/forward/layer_selector.h"
#include "dataplane/forward/media_clock.h"
#include "dataplane/forward/picture_numbers.h"
#include "dataplane/forward/projection.h"
#include "dataplane/forward/receiver_keyframes.h"
#include "dataplane/forward/resend_limiter.h"

namespace penstock {

class Subscription {
 public:
  Subscription(const SubscriptionConfig& config, Prng& prng)
      : transport(config.transport),
        target(config.target),
        ssrc(config.ssrc),
        mid(config.mid),
        is_paused(config.is_paused),
        projection(codec_kind(config.target.codec) == MediaKind::kVideo,
                   codec_clock_hz(config.target.codec), prng),
        cname(config.cname),
        rtx_sequence(prng.below(1U << 15)) {
    if (config.only_encoding) layers.fix_encoding(*config.only_encoding);
  }

  // What forwarding reads, from the beginning on: up to the part of the projection that packets in
  // order need.
  static constexpr std::size_t kForwardBytes = 192;

  bool is_video() const { return codec_kind(target.codec) == MediaKind::kVideo; }

  const TransportHandle transport;
  SubscriptionTarget target;
  const std::uint32_t ssrc;
  const Mid mid;
  std::uint8_t priority = 0;       // of streams of one receiver: higher is first
  std::uint8_t fraction_lost = 0;  // of the receiver's last report; here there is a place for it

  bool is_paused;        // by the control plane
  bool has_room = true;  // the receiver's way can take some of the stream
  bool is_sent() const { return !is_paused && has_room; }
  // It has begun with packets that were kept (worker/keyframe_cache.h), up to that which stands in
  // its slot at cached_to. What of them is on its way here all the same has no place any more.
  bool has_begun_cached = false;
  HeaderTemplate header;

  // For sender reports (RFC 3550 section 6.4.1), which have the lower 32 bits of the counts.
  std::uint8_t early_reports = 0;     // that may be tried before the next is due
  std::uint32_t reported_source = 0;  // whose sender reports have begun
  std::uint64_t packets_sent = 0;
  std::uint64_t octets_sent = 0;
  Timestamp last_sent_at = 0;

  Projection projection;

  LayerSelector layers;
  LayerFilter filter;
  PictureNumbers pictures;
  FrameNumbers frames;
  ActiveTargets targets;
  // What the receiver has now, if the stream has layers.
  std::optional<Layer> current_layer() const {
    if (!is_sent() || !filter.is_started()) return std::nullopt;
    const auto rank = layers.rank();
    // What was sent does not fit any more, and what does has not begun.
    if (layers.is_simulcast() && !rank) return std::nullopt;
    return Layer{rank.value_or(filter.current().spatial), filter.current().temporal};
  }
  // Of simulcast, which can go on from this keyframe of another encoding: false if it should not,
  // as the keyframe is older than what was sent, and would be shown later than it was seen. `from`,
  // `to`: the clocks of what was sent before and of the keyframe's source, where they are known.
  bool begin_encoding(const PacketLayer& packet, const SourcePacket& source,
                      const std::optional<MediaClock::Reading>& from,
                      const std::optional<MediaClock::Reading>& to);
  // Of a stream that has layers, before a packet is projected: whether it is of those that the
  // receiver is to have. If not, numbers close up over it.
  bool passes(const PacketLayer& packet, const SourcePacket& source) {
    const bool begins = projection.begins_with(source.source);
    if (!begins && filter.goes_on(packet, source.timestamp)) return true;
    return begin_frame(packet, source, begins);
  }
  // The same of what is not one more packet of the newest frame.
  bool begin_frame(const PacketLayer& packet, const SourcePacket& source, bool begins);
  // What was said of it, and when.
  std::optional<Layer> told_layer;
  bool told_has_room = true;  // has_room, likewise

  bool has_playout_delay = false;               // of its own, instead of what the publisher says:
  std::array<std::uint8_t, 3> playout_delay{};  // PlayoutDelay::bytes()

  Timestamp layer_told_at = -kTellLayerInterval;
  static constexpr Duration kTellLayerInterval = 500 * kMillisecond;

  const std::uint64_t cname;
  Timestamp next_report_at = 0;

  ReceiverKeyframes keyframes;
  // The last time a keyframe was asked for because the receiver waits for its first.
  CoarseTime keyframe_asked_at{-kKeyframeAskInterval};
  static constexpr Duration kKeyframeAskInterval = 200 * kMillisecond;

  // The last time that something this receiver misses, and cannot have, was passed on.
  CoarseTime lost_reported_at{-kLostReportInterval};
  static constexpr Duration kLostReportInterval = 50 * kMillisecond;

  std::uint64_t cached_to = 0;  // SlotRef::position()

  // What the receiver last reported of us, besides fraction_lost.
  std::int32_t packets_lost = 0;
  std::uint32_t jitter = 0;

  // True if packets may be sent again, as RTX (RFC 4588).
  bool has_rtx() const { return target.rtx_ssrc != 0; }
  std::uint64_t rtx_sequence;  // extended, of the next RTX packet
  ResendLimiter resends;

  // For the control thread.
  PublishedRtpReport report;
  void publish_report() {
    report.set({.ssrc = ssrc,
                .packets = packets_sent,
                .payload_bytes = octets_sent,
                .packets_lost = packets_lost,
                .fraction_lost = fraction_lost,
                .jitter = jitter});
  }
};

// There are tens of thousands.
static_assert(sizeof(Subscription) <= 1'024);
static_assert(offsetof(Subscription, projection) + Projection::kForwardBytes <=
              Subscription::kForwardBytes);

}  // namespace penstock
