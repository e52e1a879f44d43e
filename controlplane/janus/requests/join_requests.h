// What clients ask to become: a participant or a subscriber of a room. Read from JSON here,
// followed in videoroom/join_verbs.cc. Pure functions; views point into the request.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "controlplane/janus/requests/reading.h"

namespace penstock::janus {

struct PublisherJoin {
  std::optional<room::Id> id;  // absent: choose one
  std::optional<std::string_view> display;
  std::optional<std::string> metadata_json;
  std::uint32_t audio_active_packets = 0;  // 0: the room's
  std::uint32_t audio_level_average = 0;   // 0: the room's
};

struct SubscriberJoin {
  std::uint64_t private_id = 0;  // 0: none
  bool uses_msid = false;
  bool is_updated_automatically = true;
  std::uint64_t bitrate_bps = 0;  // the most that it is sent in all; 0: no limit
  std::vector<WantedStream> streams;
  // The legacy form: one feed, whose kinds are switched on and off.
  bool is_legacy = false;
  KindSwitches offers;
  KindSwitches sends;
};

struct JoinRequest {
  room::Id room;
  std::optional<std::string_view> pin;
  std::string_view token;
  std::variant<PublisherJoin, SubscriberJoin> as;
};
std::expected<JoinRequest, Error> read_join(const json::object& body, IdReader ids);

}  // namespace penstock::janus
