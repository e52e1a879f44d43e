#include "controlplane/room/subscriber.h"

#include <algorithm>

#include "dataplane/base/ascii.h"

namespace penstock::room {
namespace {

template <typename T>
void overwrite(std::optional<T>& target, const std::optional<T>& value) {
  if (value) target = value;
}

}  // namespace

StreamWishes LayerTargets::wishes(bool is_simulcast) const {
  constexpr std::uint32_t kHighest = 2;
  const std::uint32_t spatial = (is_simulcast ? substream : spatial_layer).value_or(kHighest);
  const std::uint32_t frames = (is_simulcast ? temporal : temporal_layer).value_or(kHighest);
  StreamWishes wishes;
  if (spatial < kHighest) wishes.limit.spatial = static_cast<std::uint8_t>(spatial);
  if (frames < kHighest) wishes.limit.temporal = static_cast<std::uint8_t>(frames);
  wishes.priority = static_cast<std::uint8_t>(priority.value_or(0));
  if (fallback_us && *fallback_us < kFallbackMax / kMicrosecond)
    wishes.fallback = static_cast<Duration>(*fallback_us) * kMicrosecond;
  if (playout_delay_min || playout_delay_max) {
    const std::uint32_t longest = playout_delay_max.value_or(PlayoutDelay::kMax);
    wishes.playout_delay = {.min_10ms = static_cast<std::uint16_t>(playout_delay_min.value_or(0)),
                            .max_10ms = static_cast<std::uint16_t>(longest)};
  }
  return wishes;
}

void LayerTargets::merge(const LayerTargets& other) {
  overwrite(substream, other.substream);
  overwrite(temporal, other.temporal);
  overwrite(spatial_layer, other.spatial_layer);
  overwrite(temporal_layer, other.temporal_layer);
  overwrite(fallback_us, other.fallback_us);
  overwrite(playout_delay_min, other.playout_delay_min);
  overwrite(playout_delay_max, other.playout_delay_max);
  overwrite(priority, other.priority);
}

std::size_t Subscriber::active_count() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      streams_, [](const SubscriberStream& stream) { return stream.source.has_value(); }));
}

bool SubscriberStream::has(const Source& wanted) const {
  return source == wanted || std::ranges::find(more_sources, wanted) != more_sources.end();
}

bool Subscriber::receives(const Id& feed) const {
  bool is_found = false;
  for (const SubscriberStream& stream : streams_) {
    stream.for_each_source(
        [&](const Source& source) { is_found = is_found || source.feed == feed; });
  }
  return is_found;
}

bool Subscriber::receives(const Id& feed, std::string_view mid) const {
  const Source wanted{feed, std::string(mid)};
  return std::ranges::any_of(streams_,
                             [&](const SubscriberStream& stream) { return stream.has(wanted); });
}

std::vector<std::optional<Source>> Subscriber::sources() const {
  std::vector<std::optional<Source>> sources;
  sources.reserve(streams_.size());
  for (const SubscriberStream& stream : streams_) sources.push_back(stream.source);
  for (const SubscriberStream& stream : streams_) {
    for (const Source& other : stream.more_sources) sources.emplace_back(other);
  }
  return sources;
}

Subscriber::AddResult Subscriber::subscribe(const SubscriptionRequest& request) {
  if (receives(request.source.feed, request.source.mid)) return AddResult::kAlreadyThere;
  const bool is_data = request.kind == MediaKind::kData;
  auto line = std::ranges::find_if(streams_, [&](const SubscriberStream& stream) {
    return (!stream.source || is_data) && stream.kind == request.kind;
  });
  if (line != streams_.end() && line->source) {
    line->more_sources.push_back(request.source);
    return AddResult::kAdded;
  }
  if (line == streams_.end()) {
    if (streams_.size() >= options_.streams_max) return AddResult::kFull;
    line = streams_.emplace(streams_.end());
  }
  *line = {};
  line->kind = request.kind;
  line->source = request.source;
  line->crossrefid = request.crossrefid;
  line->is_sent = request.is_sent;
  line->layers = request.layers;
  line->current_layer.reset();
  return AddResult::kAdded;
}

bool Subscriber::unsubscribe(std::size_t mindex) {
  if (mindex >= streams_.size() || !streams_[mindex].source) return false;
  const MediaKind kind = streams_[mindex].kind;
  // The line of a guest waits for another source, to be received in the same way.
  const LayerTargets layers = options_.is_guest ? streams_[mindex].layers : LayerTargets{};
  streams_[mindex] = {};
  streams_[mindex].kind = kind;
  streams_[mindex].layers = layers;
  return true;
}

std::size_t Subscriber::unsubscribe(const Id& feed, std::optional<std::string_view> mid) {
  const auto is_meant = [&](const Source& source) {
    return source.feed == feed && (!mid || source.mid == *mid);
  };
  std::size_t count = 0;
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    SubscriberStream& stream = streams_[i];
    count += std::erase_if(stream.more_sources, is_meant);
    if (!stream.source || !is_meant(*stream.source)) continue;
    ++count;
    if (stream.more_sources.empty()) {
      unsubscribe(i);
    } else {
      stream.source = std::move(stream.more_sources.front());
      stream.more_sources.erase(stream.more_sources.begin());
    }
  }
  return count;
}

void Subscriber::switch_source(std::size_t mindex, const Source& source,
                               const LayerTargets& layers) {
  SubscriberStream& stream = streams_[mindex];
  stream.source = source;
  stream.is_sent = true;
  stream.layers = layers;
  stream.current_layer.reset();
}

void Subscriber::await_offer(std::size_t mindex) {
  streams_[mindex].is_offered = false;
  streams_[mindex].is_ready = false;
}

std::optional<std::size_t> Subscriber::index_of(std::string_view mid) const {
  const auto index = parse_number<std::size_t>(mid);
  const bool is_canonical = mid.size() == 1 || (!mid.empty() && mid.front() != '0');
  return is_canonical && index && *index < streams_.size() ? index : std::nullopt;
}

void Subscriber::want_update(bool restart_ice) {
  is_update_wanted_ = true;
  is_restart_wanted_ = is_restart_wanted_ || restart_ice;
}

void Subscriber::offer_sent() {
  is_offer_pending_ = true;
  is_update_wanted_ = false;
  is_restart_wanted_ = false;
  for (SubscriberStream& stream : streams_) stream.is_offered = true;
}

void Subscriber::answer_accepted() {
  is_offer_pending_ = false;
  // What changed since the offer was made has not been answered: it will be offered again.
  for (SubscriberStream& stream : streams_) {
    stream.is_ready = stream.is_offered && stream.source.has_value();
  }
}

}  // namespace penstock::room
