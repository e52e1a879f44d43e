// A connection that receives streams of a room: a list of m-lines, each with a source that is named
// (feed and mid), never pointed to, and the state of offer and answer. Owned by its room.
//
// The list only grows. An m-line whose source ended or was unsubscribed is inactive and is given to
// the next subscription of its kind; its index is the mid that the client sees. There are never two
// offers in flight: what changes meanwhile is offered once, after the answer. Control thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/media/media.h"
#include "controlplane/room/id.h"

namespace penstock::room {

// One publisher's m-line, resolved through the room at each use.
struct Source {
  Id feed;
  std::string mid;

  bool operator==(const Source&) const = default;
};

// How a subscriber wants a stream: which layers at most, and before which others. Absent: never
// said.
struct LayerTargets {
  std::optional<std::uint32_t> substream;       // simulcast encoding, 0 to 2
  std::optional<std::uint32_t> temporal;        // of simulcast, 0 to 2
  std::optional<std::uint32_t> spatial_layer;   // of SVC, 0 to 2
  std::optional<std::uint32_t> temporal_layer;  // of SVC, 0 to 2
  std::optional<std::uint64_t> fallback_us;
  std::optional<std::uint32_t> playout_delay_min;  // in units of 10 ms
  std::optional<std::uint32_t> playout_delay_max;
  std::optional<std::uint32_t> priority;  // 0 to 255, the higher first; 0 if never said

  // The API counts layers to 2, which is the highest, however many there are.
  StreamWishes wishes(bool is_simulcast) const;

  // Overwrites what `other` says.
  void merge(const LayerTargets& other);
};

struct SubscriberStream {
  bool has(const Source& wanted) const;
  // Calls `visit` with each source.
  template <typename Visit>
  void for_each_source(Visit&& visit) const {
    if (source) visit(*source);
    for (const Source& other : more_sources) visit(other);
  }

  MediaKind kind{};
  std::optional<Source> source;  // absent: inactive
  // Of data channels, which one m-line has for all sources; none without the first.
  std::vector<Source> more_sources;
  std::string crossrefid;
  bool is_sent = true;
  bool is_offered = false;  // an offer has named this source; until then nothing flows
  bool is_ready = false;    // the client has answered that offer
  LayerTargets layers;
  // What was last told to be received; empty: nothing yet.
  std::optional<Layer> current_layer;
};

// What a subscription asks for, once the room has found it.
struct SubscriptionRequest {
  Source source;
  MediaKind kind{};
  std::string crossrefid;
  bool is_sent = true;
  LayerTargets layers;
};

class Subscriber {
 public:
  enum class AddResult : std::uint8_t { kAdded, kAlreadyThere, kFull };
  struct Options {
    bool uses_msid = false;
    bool is_updated_automatically = true;
    bool is_e2ee = false;
    bool is_guest = false;         // guests.h: it has negotiated once and for all
    std::uint32_t private_id = 0;  // of the participant it belongs to; 0: not said
    std::size_t streams_max = 0;
  };

  Subscriber(PeerId peer, Options options) : peer_(peer), options_(options) {}

  PeerId peer() const { return peer_; }
  const Options& options() const { return options_; }
  const std::vector<SubscriberStream>& streams() const { return streams_; }
  std::size_t active_count() const;
  bool receives(const Id& feed) const;
  bool receives(const Id& feed, std::string_view mid) const;
  // What feeds each m-line, and beside the first: to see whether anything changed.
  std::vector<std::optional<Source>> sources() const;

  AddResult subscribe(const SubscriptionRequest& request);
  // The m-line of this index becomes inactive. False if it is not there or already was.
  bool unsubscribe(std::size_t mindex);
  // Every m-line fed by this feed (and mid, if given). Returns how many lost a source.
  std::size_t unsubscribe(const Id& feed, std::optional<std::string_view> mid);
  // Gives an m-line another source of its kind, which flows at once. `mindex` must exist.
  void switch_source(std::size_t mindex, const Source& source, const LayerTargets& layers);
  // The m-line that this subscriber's mid names ("0", "1", ...).
  std::optional<std::size_t> index_of(std::string_view mid) const;
  SubscriberStream& stream(std::size_t mindex) { return streams_[mindex]; }

  // --- Offer and answer -------------------------------------------------------------------------
  bool is_offer_pending() const { return is_offer_pending_; }
  bool is_update_wanted() const { return is_update_wanted_; }
  bool is_restart_wanted() const { return is_restart_wanted_; }
  // Remembers that an offer must follow the one in flight.
  void want_update(bool restart_ice);
  // What was switched to needs an offer: nothing of it flows before.
  void await_offer(std::size_t mindex);
  void offer_sent();
  void answer_accepted();

  bool is_paused = false;
  std::uint64_t heard = 0;  // of the room's news: those before this place

 private:
  PeerId peer_;
  Options options_;
  std::vector<SubscriberStream> streams_;
  bool is_offer_pending_ = false;
  bool is_update_wanted_ = false;
  bool is_restart_wanted_ = false;
};

}  // namespace penstock::room
