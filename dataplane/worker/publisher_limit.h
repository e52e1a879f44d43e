// The bitrate of a publisher as a choice of layers. It is told what its video may take (REMB), but
// need not obey; so of all that it sends each receiver gets the layers that fit into that, chosen
// once for all of them (StreamLayers::set_limit). The lowest layer of each stream always goes: what
// comes in one layer only goes as it comes. Owned by the worker; its own thread only.
#pragma once

#include <algorithm>
#include <cstddef>

#include "dataplane/forward/allocation.h"
#include "dataplane/pool/fixed_vector.h"
#include "dataplane/worker/environment.h"
#include "dataplane/worker/transport.h"

namespace penstock {

template <Platform P>
class PublisherLimit {
 public:
  explicit PublisherLimit(Environment<P>& env)
      : env_(env), streams_(kStreamsPerTransportMax), limited_(kStreamsPerTransportMax) {}

  // Looks at what comes from the publisher, if that is due. Returns when it is due next.
  Timestamp run(Transport& transport);

 private:
  static constexpr Duration kLookInterval = StreamLayers::kBucket;
  // What an encoder sends swings about what it was asked for: a tenth more is not too much. Nor is
  // what is too much for less than this, as the second with a keyframe in it, or the second after
  // it was asked for less.
  static constexpr double kOverShare = 1.1;
  static constexpr Duration kOverMax = 2 * kSecond;
  // A change of encodings costs a keyframe, so that more has to fit for so long.
  static constexpr Duration kUnderMin = 5 * kSecond;

  void look(Transport& transport);
  void decide(Transport::Limited& limited, double limit_bps);
  bool has_more() const;
  void apply();
  static bool lasts(Timestamp& since, bool is_so, Timestamp now, Duration duration) {
    if (!is_so) since = kNever;
    if (is_so && since == kNever) since = now;
    return is_so && now - since >= duration;
  }

  Environment<P>& env_;
  // Of the publisher that is seen to.
  FixedVector<AllocationStream> streams_;
  FixedVector<StreamLayers*> limited_;
};

template <Platform P>
Timestamp PublisherLimit<P>::run(Transport& transport) {
  Transport::Limited& limited = transport.limited;
  if (transport.remb_bps == 0 || limited.look_at == kNever) return kNever;
  if (env_.now < limited.look_at) return limited.look_at;
  look(transport);
  if (transport.remb_bps == kRembBitrateMax) {
    for (StreamLayers* layers : limited_) layers->set_limit(kHighestLayer);
    limited.look_at = kNever;
    return kNever;
  }
  decide(limited, static_cast<double>(transport.remb_bps));
  limited.look_at = env_.now + kLookInterval;
  return limited.look_at;
}

template <Platform P>
void PublisherLimit<P>::look(Transport& transport) {
  streams_.clear();
  limited_.clear();
  for (const StreamTable::Entry& entry : transport.streams.entries()) {
    Stream* stream = env_.pools.streams.resolve(entry.stream);
    if (stream == nullptr || !stream->is_video()) continue;
    AllocationStream made;
    make_steps(stream->layers.rates(), kHighestLayer, {}, made);
    made.present = stream->layers.limit();
    if (!streams_.push_back(made) || !limited_.push_back(&stream->layers)) break;
  }
}

template <Platform P>
void PublisherLimit<P>::decide(Transport::Limited& limited, double limit_bps) {
  double present_bps = 0;
  for (const AllocationStream& stream : streams_) present_bps += stream.present_bps();
  const bool is_over = present_bps > kOverShare * limit_bps;
  // What goes now may stay, and more come to it.
  allocate({.available_bps = is_over ? limit_bps : std::max(limit_bps, present_bps)},
           {streams_.begin(), streams_.size()});
  const bool is_over_for_long = lasts(limited.over_since, is_over, env_.now, kOverMax);
  const bool is_under_for_long =
      lasts(limited.under_since, !is_over && has_more(), env_.now, kUnderMin);
  if (!is_over_for_long && !is_under_for_long) return;
  apply();
  limited.over_since = limited.under_since = kNever;
}

// Something more fits beside all that goes now.
template <Platform P>
bool PublisherLimit<P>::has_more() const {
  bool is_more = false;
  for (const AllocationStream& stream : streams_) {
    const double step_bps = stream.given_bps() - stream.present_bps();
    if (step_bps < 0) return false;
    is_more = is_more || step_bps > 0;
  }
  return is_more;
}

// What was found to fit. Of a stream of which all does, and of one of which nothing comes, more may
// come.
template <Platform P>
void PublisherLimit<P>::apply() {
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const AllocationStream& stream = streams_[i];
    Layer limit = kHighestLayer;
    if (!stream.is_full() && stream.given != 0) limit = stream.steps[stream.given - 1].layer;
    if (limit.spatial != 0) limit.temporal = kHighestLayer.temporal;
    limited_[i]->set_limit(limit);
  }
}

}  // namespace penstock
