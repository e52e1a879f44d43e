// The VideoRoom plugin of the Janus API: requests of handles in, events to handles out, rooms in
// controlplane/room, connections in controlplane/media. Here a request finds its verb (verbs.h);
// who is found is in finding.h, who is told in telling.h, what ends in endings.h.
//
// Two kinds of request. Synchronous ones (room management) are answered by a success, asynchronous
// ones (joining, publishing, subscribing) by an ack and then an event that carries the request's
// transaction; either is an Answer (continuation.h). What is removed can be used by the call that
// removed it until end_of_call. Owned by the core; control thread.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/janus/room_file.h"
#include "controlplane/janus/videoroom/context.h"
#include "controlplane/janus/videoroom/dominant_speakers.h"
#include "controlplane/janus/videoroom/endings.h"
#include "controlplane/janus/videoroom/host_names.h"
#include "controlplane/janus/videoroom/keyframe_timer.h"
#include "controlplane/janus/videoroom/loudest.h"
#include "controlplane/janus/videoroom/permanent_rooms.h"
#include "controlplane/janus/videoroom/recording.h"
#include "controlplane/janus/videoroom/spreading.h"
#include "controlplane/janus/videoroom/talking.h"
#include "controlplane/janus/videoroom/telling.h"
#include "dataplane/base/scope_guard.h"

namespace penstock::janus {

class VideoRoom {
 public:
  static constexpr std::string_view kPackage = "janus.plugin.videoroom";

  // The configuration, tokens, host, media and random source outlive the plugin.
  VideoRoom(const JanusConfig& config, const AccessTokens& tokens, PluginHost& host, Media& media,
            SecureRandom& random);
  VideoRoom(const VideoRoom&) = delete;
  VideoRoom& operator=(const VideoRoom&) = delete;

  // Whether a request with this body is one that is acknowledged now and answered by an event.
  static bool is_asynchronous(const json::object& body);
  void handle(const VideoRoomRequest& request);
  // Something for somebody without a handle (guest_verbs.h): `verb(context)` has a result that says
  // whether it has failed. What a failed one has said is taken back.
  template <typename Verb>
  auto run(Verb&& verb) {
    const std::size_t said = context_.host.said_so_far();
    rooms_.begin_request();
    ScopeGuard undo([&] { rooms_.take_back_news(); });
    auto result = verb(context_);
    if (result) {
      undo.dismiss();
    } else {
      context_.host.take_back(said);
    }
    return result;
  }
  const videoroom::Context& context() const { return context_; }

  // Whether an offer was sent to this handle that has not been answered.
  bool expects_answer(const Attachment& attachment) const;
  // The handle's connection is gone (and already closed in media).
  void connection_closed(Attachment& attachment, Timestamp now) {
    videoroom::connection_closed(context_, attachment, now);
  }
  // What the subscriber's m-line gets of its source is another layer.
  void layer_changed(const Attachment& attachment, std::uint32_t mindex, Layer layer) {
    videoroom::tell_layer(context_, attachment, mindex, layer);
  }
  // Nothing is sent for the subscriber's m-line for want of bandwidth, or something is again.
  void starved_changed(const Attachment& attachment, std::uint32_t mindex, bool is_starved) {
    videoroom::tell_starved(context_, attachment, mindex, is_starved);
  }
  // Somebody begins or stops talking in an m-line of the handle's.
  void talking_changed(const Attachment& attachment, std::string_view mid, bool is_talking,
                       float level) {
    videoroom::tell_talking(context_, attachment, mid, is_talking, level);
  }
  // A file of the handle's recording has ended by itself.
  void recording_ended(const Attachment& attachment, const videoroom::EndedFile& file) {
    videoroom::tell_recording_ended(context_, attachment, file);
  }
  // The handle is about to go.
  void detach(Attachment& attachment, Timestamp now) {
    videoroom::detach(context_, attachment, now);
  }

  // Makes the rooms that are to be there after a restart, and keeps those that become so in their
  // file. Rooms that cannot be made stay in the file: a text for each says why. The executor
  // outlives the plugin.
  std::vector<std::string> open_rooms(RoomFile file, TableExecutor& executor, Timestamp now);

  // Names of hosts can be looked up from now on. The executor outlives the plugin.
  void open_names(NameExecutor& executor) { names_.open(executor); }

  // Before a request of the handle is looked at: it is told what it has not heard of its room.
  void catch_up(const Attachment& attachment, Timestamp now) {
    videoroom::catch_up(context_, attachment, now);
  }

  // Whether there is more to do, at once: large rooms end, and are told what has happened in them,
  // in several turns; changes of permanent rooms are over, names are known.
  bool is_due() const {
    return rooms_.first_ending() != nullptr || rooms_.has_behind() || permanent_.has_news() ||
           names_.has_news();
  }
  // When handle_timeout is due next.
  Timestamp next_timeout() const {
    return std::min({keyframes_.next_timeout(), loudest_.next_timeout(), speakers_.next_timeout()});
  }
  void handle_timeout(Timestamp now) {
    permanent_.take_news(context_.host);
    names_.take_news(context_.host);
    videoroom::end_rooms_further(context_, now);
    videoroom::spread_further(context_, now);
    keyframes_.handle_timeout(context_, now);
    loudest_.handle_timeout(context_, now);
    speakers_.handle_timeout(context_, now);
  }

  // No request is being handled any more: what has been removed is freed.
  void end_of_call(Timestamp now) { rooms_.end_of_call(now); }

  room::Counts counts() const { return rooms_.counts(); }
  // Every room ends, also those that clients cannot destroy.
  void close_all(Timestamp now) { videoroom::close_all(context_, now); }
  const RetireList& retired() const { return rooms_.retired(); }
  void report_pools(PoolReports& out) const { rooms_.report_pools(out); }
  // Marks the rooms, everybody in them, and the peers that no handle owns.
  void walk_ownership(OwnershipWalk& walk) const;

 private:
  room::Directory rooms_;
  videoroom::KeyframeTimer keyframes_;
  videoroom::Loudest loudest_;
  videoroom::DominantSpeakers speakers_;
  videoroom::PermanentRooms permanent_;
  videoroom::HostNames names_;
  const videoroom::Context context_;
};

}  // namespace penstock::janus
