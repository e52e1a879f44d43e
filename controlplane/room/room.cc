#include "controlplane/room/room.h"

#include <algorithm>
#include <utility>

#include "dataplane/base/scope_guard.h"

namespace penstock::room {

const Publisher* Room::find_publisher(const Id& id) const {
  const auto found = publishers_.find(id);
  return found == publishers_.end() ? nullptr : members_.publishers.resolve(found->second);
}

Publisher* Room::find_publisher(const Id& id) {
  return const_cast<Publisher*>(std::as_const(*this).find_publisher(id));
}

const Publisher* Room::find_private_id(std::uint32_t private_id) const {
  for (const Publisher& publisher : publishers()) {
    if (publisher.private_id == private_id) return &publisher;
  }
  return nullptr;
}

Handle<Publisher> Room::add_publisher(Publisher publisher) {
  if (publishers_.contains(publisher.id)) return {};
  const Id id = publisher.id;
  publisher.heard = news_.end();
  const Handle<Publisher> added = members_.publishers.allocate(std::move(publisher));
  if (added.is_null()) return {};
  ScopeGuard undo([&] { members_.publishers.discard(added); });
  publishers_.emplace(id, added);
  undo.dismiss();
  return added;
}

void Room::remove_publisher(const Id& id, Timestamp now) {
  const auto found = publishers_.find(id);
  if (found == publishers_.end()) return;
  members_.retired.retire(members_.publishers, found->second, now);
  publishers_.erase(found);
}

std::size_t Room::publishing_count_without(const Id& id) const {
  return static_cast<std::size_t>(std::ranges::count_if(publishers(), [&](const Publisher& other) {
    return other.is_publishing && !other.is_dummy && other.id != id;
  }));
}

Subscriber* Room::find_subscriber(PeerId peer) {
  const auto found = subscribers_.find(peer);
  return found == subscribers_.end() ? nullptr : members_.subscribers.resolve(found->second);
}

Subscriber* Room::add_subscriber(Subscriber subscriber) {
  const PeerId peer = subscriber.peer();
  if (subscribers_.contains(peer)) return nullptr;
  subscriber.heard = news_.end();
  const Handle<Subscriber> added = members_.subscribers.allocate(std::move(subscriber));
  if (added.is_null()) return nullptr;
  ScopeGuard undo([&] { members_.subscribers.discard(added); });
  subscribers_.emplace(peer, added);
  undo.dismiss();
  return members_.subscribers.resolve(added);
}

void Room::remove_subscriber(PeerId peer, Timestamp now) {
  const auto found = subscribers_.find(peer);
  if (found == subscribers_.end()) return;
  members_.retired.retire(members_.subscribers, found->second, now);
  subscribers_.erase(found);
}

void Room::remove_everybody(Timestamp now) {
  while (!subscribers_.empty()) remove_subscriber(subscribers_.begin()->first, now);
  while (!publishers_.empty()) remove_publisher(publishers_.begin()->first, now);
}

Room::Member Room::next_to_tell() {
  if (!std::exchange(pass_.is_running, true)) pass_.until = news_.end();
  if (!pass_.subscriber) {
    const auto next =
        pass_.publisher ? publishers_.upper_bound(*pass_.publisher) : publishers_.begin();
    if (next != publishers_.end()) return {.publisher = members_.publishers.resolve(next->second)};
  }
  const auto next =
      pass_.subscriber ? subscribers_.upper_bound(*pass_.subscriber) : subscribers_.begin();
  if (next != subscribers_.end()) return {.subscriber = members_.subscribers.resolve(next->second)};
  news_.forget_before(pass_.until);
  pass_ = {};
  return {};
}

void Room::told(const Member& member) {
  if (member.publisher != nullptr) pass_.publisher = member.publisher->id;
  if (member.subscriber != nullptr) pass_.subscriber = member.subscriber->peer();
}

const PublisherStream* Room::find_source(const Source& source) const {
  const Publisher* publisher = find_publisher(source.feed);
  const PublisherStream* stream =
      publisher == nullptr ? nullptr : publisher->find_stream(source.mid);
  return stream != nullptr && stream->media.is_live() ? stream : nullptr;
}

bool Room::is_paused(const Subscriber& subscriber, const SubscriberStream& stream) const {
  if (subscriber.is_paused || !stream.is_sent || !stream.source) return true;
  const PublisherStream* source = find_source(*stream.source);
  return source == nullptr || !source->is_forwarded();
}

StreamWishes Room::wishes(const SubscriberStream& stream) const {
  const PublisherStream* source = stream.source ? find_source(*stream.source) : nullptr;
  if (source == nullptr) return {};
  StreamWishes wishes = stream.layers.wishes(source->media.is_simulcast);
  if (stream.kind != MediaKind::kVideo) wishes.playout_delay.reset();
  return wishes;
}

std::vector<SubscriberMline> Room::mlines(const Subscriber& subscriber) const {
  std::vector<SubscriberMline> lines;
  lines.reserve(subscriber.streams().size());
  for (const SubscriberStream& stream : subscriber.streams()) {
    SubscriberMline line;
    line.kind = stream.kind;
    if (stream.kind == MediaKind::kData) {
      line.is_active = true;
      lines.push_back(std::move(line));
      continue;
    }
    const PublisherStream* source = stream.source ? find_source(*stream.source) : nullptr;
    if (source != nullptr) {
      const std::string mindex = std::to_string(lines.size());
      const bool uses_msid = subscriber.options().uses_msid;
      line.is_active = true;
      line.source = source->media.handle;
      line.codec = source->media.codec;
      line.fmtp = source->media.fmtp;
      // Whether this one sends RED or not: what is shown may change without an offer.
      line.has_red = settings_.opus_red && line.codec == Codec::kOpus;
      line.msid_stream = uses_msid ? stream.source->feed.to_string() : "janus";
      line.msid_track = uses_msid ? stream.source->mid : "janus" + mindex;
      line.is_paused = is_paused(subscriber, stream);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<DataSource> Room::data_sources(const Subscriber& subscriber,
                                           const SubscriberStream& stream) const {
  std::vector<DataSource> sources;
  stream.for_each_source([&](const Source& source) {
    const PublisherStream* found = find_source(source);
    if (found == nullptr) return;
    sources.push_back(
        {.publisher = find_publisher(source.feed)->peer,
         .name = source.feed.to_string(),
         .is_paused = subscriber.is_paused || !stream.is_sent || !found->is_forwarded()});
  });
  return sources;
}

void Room::walk_ownership(OwnershipWalk& walk) const {
  for (const auto& [id, publisher] : publishers_) walk.mark(members_.publishers, publisher);
  for (const auto& [peer, subscriber] : subscribers_) walk.mark(members_.subscribers, subscriber);
}

}  // namespace penstock::room
