#include "bench/load/population.h"

#include <algorithm>

#include "bench/load/clocks.h"

namespace penstock::load {
namespace {

// How often peers' timers are looked at: those of handshakes are short.
constexpr Duration kInterval = 100 * kMillisecond;
constexpr Duration kJoinersInterval = 10 * kMillisecond;

}  // namespace

Population::Population(PeerContext& context, MediaSender& sender, PacketReceiver& receiver,
                       LoadResult& result)
    : context_(context), sender_(sender), receiver_(receiver), result_(result) {}

void Population::join_publisher() {
  publishers_.push_back(std::make_unique<Publisher>(context_, publishers_.size()));
  for (const SentStream& stream : publishers_.back()->streams()) {
    context_.sources[stream.source].kind = stream.kind;
  }
  adopt(*publishers_.back());
}

std::vector<WantedStream> Population::wanted_streams(std::size_t index) const {
  const std::size_t wanted = context_.options.streams_per_subscriber;
  const std::size_t each = context_.options.streams_per_publisher();
  std::vector<WantedStream> streams;
  for (std::size_t i = 0; i < wanted; ++i) {
    const std::size_t source = (index * wanted + i) % context_.sources.size();
    const Publisher& publisher = *publishers_[source / each];
    if (publisher.state() != PeerState::kConnected) continue;
    streams.push_back({.source = static_cast<std::uint32_t>(source),
                       .feed = publisher.feed(),
                       .mid = static_cast<char>('0' + source % each)});
  }
  return streams;
}

void Population::join_subscriber() {
  const std::size_t index = subscribers_.size();
  subscribers_.push_back(std::make_unique<Subscriber>(context_, index, wanted_streams(index)));
  adopt(*subscribers_.back());
  if (subscribers_.back()->wanted().empty()) {
    subscribers_.back()->fail("none of its publishers is connected");
  }
}

void Population::adopt(Peer& peer) {
  const Timestamp now = monotonic_now();
  ++joining_;
  look_after_at_ = std::min(look_after_at_, now + kJoinersInterval);
  live_.push_back({.peer = &peer});
  if (peer.begin_join(now)) receiver_.add(peer);
}

void Population::replace_subscriber(Timestamp now) {
  while (!oldest_first_.empty()) {
    Subscriber& leaver = *oldest_first_.front();
    oldest_first_.pop_front();
    // It may have failed since it connected.
    if (leaver.state() != PeerState::kConnected) continue;
    leaver.note_leaving();
    queue_drops_of_leavers_ += leaver.socket().queue_drops();
    leaver.leave(now);
    --connected_;
    return join_subscriber();
  }
}

void Population::look_after(Timestamp now) {
  std::erase_if(live_, [&](Live& live) {
    Peer& peer = *live.peer;
    if (peer.is_live()) peer.handle_timeout(now);
    if (peer.state() == PeerState::kConnected) peer.report(now);
    if (peer.state() == PeerState::kConnected && !live.is_noted) {
      live.is_noted = true;
      note_connected(peer, now);
    }
    if (peer.state() == PeerState::kFailed) note_failed(live);
    return !peer.is_live();
  });
  look_after_at_ = now + (joining_ > 0 ? kJoinersInterval : kInterval);
}

void Population::note_connected(Peer& peer, Timestamp now) {
  --joining_;
  ++connected_;
  ++result_.connected_peers;
  result_.join_times.record(peer.join_time());
  if (peer.role() == PeerRole::kPublisher) {
    sender_.start(static_cast<Publisher&>(peer), now);
  } else {
    oldest_first_.push_back(static_cast<Subscriber*>(&peer));
  }
}

void Population::note_failed(const Live& live) {
  if (live.is_noted) {
    --connected_;
  } else {
    --joining_;
  }
  ++result_.failed_peers;
  if (result_.first_failure.empty()) result_.first_failure = live.peer->failure();
}

void Population::handle_event(std::uint64_t handle, const json::object& event) {
  const std::string kind = text_at(event, "/janus");
  if (kind != "hangup" && kind != "trickle") return;
  const auto found = std::ranges::find_if(live_, [handle](const Live& live) {
    return live.peer->is_live() && live.peer->handle_id() == handle;
  });
  if (found == live_.end()) return;
  if (kind == "hangup") {
    const bool is_joining = found->peer->state() == PeerState::kJoining;
    found->peer->fail("the server hung up: " + text_at(event, "/reason") +
                      (is_joining ? " (the only SRTP profile offered to it was " +
                                        std::string(to_string(context_.options.profile)) + ")"
                                  : ""));
  } else {
    found->peer->add_remote_candidate(text_at(event, "/candidate/candidate"));
  }
}

std::uint64_t Population::queue_drops() const {
  std::uint64_t drops = queue_drops_of_leavers_;
  for (const Live& live : live_) {
    if (live.peer->is_live()) drops += live.peer->socket().queue_drops();
  }
  return drops;
}

void Population::note_begin() {
  for (const auto& subscriber : subscribers_) subscriber->note_begin();
}

void Population::sum_up() const {
  for (const auto& subscriber : subscribers_) {
    for (const WantedStream& wanted : subscriber->wanted()) sum_up(*subscriber, wanted);
  }
}

void Population::sum_up(const Subscriber& subscriber, const WantedStream& wanted) const {
  const auto& all = subscriber.received();
  const auto found = std::ranges::find(all, std::optional(wanted.source), &ReceivedStream::source);
  const StreamStats* stats = found == all.end() ? nullptr : &found->stats;
  result_.expected_packets +=
      expected_packets(stats, context_.sources[wanted.source].window, subscriber.membership());
  if (stats == nullptr) return;
  result_.received_packets += stats->counts().received;
  result_.duplicate_packets += stats->counts().duplicates;
  result_.reordered_packets += stats->counts().reordered;
  if (stats->has_jitter()) result_.jitters.record(stats->jitter_ns());
}

}  // namespace penstock::load
