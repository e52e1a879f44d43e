#include "controlplane/room/room.h"

#include <algorithm>
#include <utility>

namespace penstock::room {

const Publisher* Room::find_publisher(const Id& id) const {
  const auto found = publishers_.find(id);
  return found == publishers_.end() ? nullptr : &found->second;
}

Publisher* Room::find_publisher(const Id& id) {
  return const_cast<Publisher*>(std::as_const(*this).find_publisher(id));
}

const Publisher* Room::find_private_id(std::uint32_t private_id) const {
  for (const auto& [id, publisher] : publishers_) {
    if (publisher.private_id == private_id) return &publisher;
  }
  return nullptr;
}

Publisher* Room::add_publisher(Publisher publisher) {
  Id id = publisher.id;
  const auto [place, is_new] = publishers_.try_emplace(std::move(id), std::move(publisher));
  return is_new ? &place->second : nullptr;
}

void Room::remove_publisher(const Id& id) { publishers_.erase(id); }

std::size_t Room::publishing_count_without(const Id& id) const {
  return static_cast<std::size_t>(std::ranges::count_if(publishers_, [&](const auto& entry) {
    return entry.second.is_publishing && entry.second.peer && entry.first != id;
  }));
}

Subscriber* Room::find_subscriber(PeerId peer) {
  const auto found = subscribers_.find(peer);
  return found == subscribers_.end() ? nullptr : &found->second;
}

Subscriber& Room::add_subscriber(Subscriber subscriber) {
  const PeerId peer = subscriber.peer();
  return subscribers_.insert_or_assign(peer, std::move(subscriber)).first->second;
}

void Room::remove_subscriber(PeerId peer) { subscribers_.erase(peer); }

const PublisherStream* Room::find_source(const Source& source) const {
  const Publisher* publisher = find_publisher(source.feed);
  const PublisherStream* stream =
      publisher == nullptr ? nullptr : publisher->find_stream(source.mid);
  return stream != nullptr && stream->media.is_active ? stream : nullptr;
}

bool Room::is_paused(const Subscriber& subscriber, const SubscriberStream& stream) const {
  if (subscriber.is_paused || !stream.is_sent || !stream.source) return true;
  const PublisherStream* source = find_source(*stream.source);
  return source == nullptr || !source->is_forwarded();
}

std::vector<SubscriberMline> Room::mlines(const Subscriber& subscriber) const {
  std::vector<SubscriberMline> lines;
  lines.reserve(subscriber.streams().size());
  for (const SubscriberStream& stream : subscriber.streams()) {
    SubscriberMline line;
    line.kind = stream.kind;
    const PublisherStream* source = stream.source ? find_source(*stream.source) : nullptr;
    if (source != nullptr) {
      const std::string mindex = std::to_string(lines.size());
      const bool uses_msid = subscriber.options().uses_msid;
      line.is_active = true;
      line.source = source->media.handle;
      line.codec = source->media.codec;
      line.fmtp = source->media.fmtp;
      line.msid_stream = uses_msid ? stream.source->feed.to_string() : "janus";
      line.msid_track = uses_msid ? stream.source->mid : "janus" + mindex;
      line.is_paused = is_paused(subscriber, stream);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<PeerId> Room::end_streams(const Id& feed, std::span<const std::string> mids) {
  std::vector<PeerId> losers;
  for (auto& [peer, subscriber] : subscribers_) {
    std::size_t lost = 0;
    for (const std::string& mid : mids) lost += subscriber.unsubscribe(feed, mid);
    if (lost > 0) losers.push_back(peer);
  }
  return losers;
}

}  // namespace penstock::room
