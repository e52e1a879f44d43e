// A participant of a room that may publish: an entry in the room's list with zero or more streams.
// Owned by its room, lies in Members. What feeds it is a peer, named by a number: the connection of
// a Janus handle, or, of a dummy, a peer without a transport. Both end alike. Control thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/media/media.h"
#include "controlplane/room/forwarder.h"
#include "controlplane/room/id.h"

namespace penstock::room {

// One m-line of a publisher.
struct PublisherStream {
  PublishedStream media;
  std::string description;
  bool is_sent = true;    // the publisher's own switch
  bool is_muted = false;  // a moderator's switch
  bool is_talking = false;

  bool is_forwarded() const { return is_sent && !is_muted; }
  // Its m-line is in use, and for this.
  bool is_active(MediaKind kind) const { return media.is_active && media.kind == kind; }
};

struct Publisher {
  Id id{};
  std::uint32_t private_id = 0;
  PeerId peer = 0;
  std::optional<std::string> display{};
  std::optional<std::string> metadata_json{};  // an object; opaque here
  bool is_publishing = false;
  bool is_e2ee = false;
  // Made with its room to hold codecs. For lists, limits and the refusal to kick it; nothing that
  // ends a publisher asks.
  bool is_dummy = false;
  std::uint64_t heard = 0;  // of the room's news: those before this place
  std::uint64_t bitrate_bps = 0;
  std::uint32_t audio_active_packets = 0;  // 0: the room's
  std::uint32_t audio_level_average = 0;   // 0: the room's
  std::optional<bool> is_recorded{};       // absent: as the room says
  std::string recording_name{};            // of its files; empty: one that says whose they are
  PeerId recorder = 0;                     // what records it; 0: nothing has yet
  std::map<std::string, std::string, std::less<>>
      descriptions{};                      // by mid, for streams to come too
  std::vector<PublisherStream> streams{};  // index = m-line
  // In the order in which they were made. Whoever ends the publisher, or a stream, ends them.
  std::vector<Forwarder> forwarders{};
  std::vector<Remote> remotes{};

  // The stream with this mid, active or not; null if there is none.
  PublisherStream* find_stream(std::string_view mid);
  const PublisherStream* find_stream(std::string_view mid) const;

  // What a negotiation means for those who receive: mids of streams that are no longer there, and
  // of those that are sent with another codec from now on, or with other parameters.
  struct StreamChanges {
    std::vector<std::string> ended;
    std::vector<std::string> recoded;
  };
  // Takes over what a negotiation gave. Switches and descriptions stay with their mid.
  StreamChanges set_streams(std::vector<PublishedStream> negotiated);

  // Ends publishing: no streams.
  void clear_streams();
};

}  // namespace penstock::room
