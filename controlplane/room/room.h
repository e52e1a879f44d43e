// One room: its settings, its participants (publishers, publishing or not) and its subscribers, all
// owned by it and lying in Members. Nobody keeps a pointer to any of them: the room has their
// handles by id, and what a subscriber receives is named by {feed, mid}. Pure state; what must be
// told to whom is the API's business (controlplane/janus). Control thread.
//
// Who is removed cannot be found from that moment on; pointers that the call that is running has
// to them stay good until it ends (Directory::end_of_call).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/media/media.h"
#include "controlplane/room/dominant_speaker.h"
#include "controlplane/room/id.h"
#include "controlplane/room/members.h"
#include "controlplane/room/news.h"
#include "controlplane/room/publisher.h"
#include "controlplane/room/room_settings.h"
#include "controlplane/room/subscriber.h"
#include "dataplane/pool/ownership_walk.h"

namespace penstock::room {

class Room {
 public:
  // `serial` is never used for another room, also not for one with the same id. `members` outlives
  // the room.
  Room(Id id, std::uint64_t serial, RoomSettings settings, Members& members)
      : id_(std::move(id)), serial_(serial), settings_(std::move(settings)), members_(members) {}

  const Id& id() const { return id_; }
  std::uint64_t serial() const { return serial_; }
  PeerPlacement placement() const { return {.room_key = serial_}; }
  RoomSettings& settings() { return settings_; }
  const RoomSettings& settings() const { return settings_; }

  // --- Participants -----------------------------------------------------------------------------
  // A range of `const Publisher&`, in the order of their ids.
  auto publishers() const {
    return std::views::transform(publishers_, [this](const auto& entry) -> const Publisher& {
      return *members_.publishers.resolve(entry.second);
    });
  }
  // Those that come after this id, in the same order: to go on where one has stopped.
  auto publishers_after(const Id& id) const {
    return std::views::transform(
        std::ranges::subrange(publishers_.upper_bound(id), publishers_.end()),
        [this](const auto& entry) -> const Publisher& {
          return *members_.publishers.resolve(entry.second);
        });
  }
  std::size_t participant_count() const { return publishers_.size(); }
  Publisher* find_publisher(const Id& id);
  const Publisher* find_publisher(const Id& id) const;
  // The participant with this private id, if any.
  const Publisher* find_private_id(std::uint32_t private_id) const;
  // The null handle, and nothing added, if the id is taken or Members has no place.
  Handle<Publisher> add_publisher(Publisher publisher);
  // The one end of a publisher. Unknown: no-op.
  void remove_publisher(const Id& id, Timestamp now);
  // How many others than this one publish; dummies do not count.
  std::size_t publishing_count_without(const Id& id) const;

  // --- Subscribers ------------------------------------------------------------------------------
  // A range of `const Subscriber&`, in the order of their peers.
  auto subscribers() const {
    return std::views::transform(subscribers_, [this](const auto& entry) -> const Subscriber& {
      return *members_.subscribers.resolve(entry.second);
    });
  }
  std::size_t subscriber_count() const { return subscribers_.size(); }
  // Calls `visit(Subscriber&)` for each; it may be removed then.
  template <typename Visit>
  void for_each_subscriber(Visit&& visit) {
    for (auto next = subscribers_.begin(); next != subscribers_.end();) {
      Subscriber& subscriber = *members_.subscribers.resolve((next++)->second);
      visit(subscriber);
    }
  }
  Subscriber* find_subscriber(PeerId peer);
  // Null, and nothing added, if the peer is taken or Members has no place.
  Subscriber* add_subscriber(Subscriber subscriber);
  // The one end of a subscriber. Unknown: no-op.
  void remove_subscriber(PeerId peer, Timestamp now);

  // Everybody goes: the room is about to.
  void remove_everybody(Timestamp now);

  // The stream that a source names, if it is there, switched off or not.
  const PublisherStream* find_source(const Source& source) const;
  // What media must offer to a subscriber: its m-lines with every source resolved.
  std::vector<SubscriberMline> mlines(const Subscriber& subscriber) const;
  // What the subscriber's m-line of data channels shows.
  std::vector<DataSource> data_sources(const Subscriber& subscriber,
                                       const SubscriberStream& stream) const;
  // Whether one m-line of a subscriber is to be silent for now.
  bool is_paused(const Subscriber& subscriber, const SubscriberStream& stream) const;
  // The most that the subscriber wants of what the m-line shows.
  StreamWishes wishes(const SubscriberStream& stream) const;
  // --- News -------------------------------------------------------------------------------------
  // What not everybody has been told yet. Whoever joins begins behind the last of it.
  NewsList& news() { return news_; }
  // One of those who are told in turn; or nobody.
  struct Member {
    Publisher* publisher = nullptr;
    Subscriber* subscriber = nullptr;
  };
  // Who is to be told next: participants in the order of their ids, then subscribers. Nobody: all
  // have been, and what they have heard is forgotten; what came meanwhile is told in another pass.
  Member next_to_tell();
  // It has heard everything.
  void told(const Member& member);

  // Marks everybody in the room.
  void walk_ownership(OwnershipWalk& walk) const;

  DominantSpeaker dominant_speaker;  // where the settings have it
  Timestamp keyframes_at = kNever;   // when its publishers are asked for keyframes next
  bool is_ending = false;            // nobody finds it any more (Directory::begin_removal)
  bool is_behind = false;            // on the directory's list of those with news

 private:
  // How far those who are told in turn have been.
  struct Pass {
    bool is_running = false;
    std::uint64_t until = 0;  // all of it is heard when the pass is over
    std::optional<Id> publisher;
    std::optional<PeerId> subscriber;
  };

  Id id_;
  std::uint64_t serial_;
  RoomSettings settings_;
  Members& members_;
  std::map<Id, Handle<Publisher>> publishers_;
  std::map<PeerId, Handle<Subscriber>> subscribers_;
  NewsList news_;
  Pass pass_;
};

}  // namespace penstock::room
