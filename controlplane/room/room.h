// One room: its settings, its participants (publishers, publishing or not) and its subscribers, all
// owned by it. Nobody keeps a pointer to any of them: they are found by id at each use, and what a
// subscriber receives is named by {feed, mid}. Pure state; what must be told to whom is the API's
// business (controlplane/janus). Control thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/media/media.h"
#include "controlplane/room/id.h"
#include "controlplane/room/publisher.h"
#include "controlplane/room/room_settings.h"
#include "controlplane/room/subscriber.h"

namespace penstock::room {

class Room {
 public:
  // `serial` is never used for another room, also not for one with the same id.
  Room(Id id, std::uint64_t serial, RoomSettings settings)
      : id_(std::move(id)), serial_(serial), settings_(std::move(settings)) {}

  const Id& id() const { return id_; }
  std::uint64_t serial() const { return serial_; }
  PeerPlacement placement() const { return {.room_key = serial_}; }
  RoomSettings& settings() { return settings_; }
  const RoomSettings& settings() const { return settings_; }

  // --- Participants -----------------------------------------------------------------------------
  const std::map<Id, Publisher>& publishers() const { return publishers_; }
  Publisher* find_publisher(const Id& id);
  const Publisher* find_publisher(const Id& id) const;
  // The participant with this private id, if any.
  const Publisher* find_private_id(std::uint32_t private_id) const;
  // Null if the id is taken.
  Publisher* add_publisher(Publisher publisher);
  void remove_publisher(const Id& id);
  // How many others than this one publish; those without a peer do not count.
  std::size_t publishing_count_without(const Id& id) const;

  // --- Subscribers ------------------------------------------------------------------------------
  const std::map<PeerId, Subscriber>& subscribers() const { return subscribers_; }
  Subscriber* find_subscriber(PeerId peer);
  Subscriber& add_subscriber(Subscriber subscriber);
  void remove_subscriber(PeerId peer);

  // The stream that a source names, if it is there and active.
  const PublisherStream* find_source(const Source& source) const;
  // What media must offer to a subscriber: its m-lines with every source resolved.
  std::vector<SubscriberMline> mlines(const Subscriber& subscriber) const;
  // Whether one m-line of a subscriber is to be silent for now.
  bool is_paused(const Subscriber& subscriber, const SubscriberStream& stream) const;
  // Makes every m-line that these mids of a feed fed inactive. Returns who lost something.
  std::vector<PeerId> end_streams(const Id& feed, std::span<const std::string> mids);

 private:
  Id id_;
  std::uint64_t serial_;
  RoomSettings settings_;
  std::map<Id, Publisher> publishers_;
  std::map<PeerId, Subscriber> subscribers_;
};

}  // namespace penstock::room
