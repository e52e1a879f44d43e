// What subscribers ask: configure, subscribe, unsubscribe, update, switch. Read from JSON here,
// followed in videoroom/subscriber_verbs.cc and subscription_verbs.cc. Pure functions; views point
// into the request.
#pragma once

#include <expected>
#include <optional>
#include <string_view>
#include <vector>

#include "controlplane/janus/requests/reading.h"

namespace penstock::janus {

struct SubscriberConfigureRequest {
  // What one item changes.
  struct Change {
    std::optional<std::string_view> mid;  // of the subscriber's m-line; absent: all
    std::optional<bool> is_sent;
    room::LayerTargets layers;
  };

  std::vector<Change> changes;
  KindSwitches sends;
  std::optional<std::uint64_t> bitrate_bps;  // the most that it is sent in all; 0: no limit
  bool restarts_ice = false;
  bool updates = false;
};
std::expected<SubscriberConfigureRequest, Error> read_subscriber_configure(
    const json::object& body);

// What a subscriber no longer wants: one m-line of its own, or a feed or one of its streams.
struct UnwantedStream {
  std::optional<std::string_view> sub_mid;
  std::optional<room::Id> feed;
  std::optional<std::string_view> mid;
};

// subscribe, unsubscribe and update are one: what is added and what is removed, with one offer.
struct UpdateRequest {
  std::vector<WantedStream> added;
  std::vector<UnwantedStream> removed;
};
std::expected<UpdateRequest, Error> read_subscribe(const json::object& body, IdReader ids);
std::expected<UpdateRequest, Error> read_unsubscribe(const json::object& body, IdReader ids);
std::expected<UpdateRequest, Error> read_update(const json::object& body, IdReader ids);

// Either items, or the legacy form: a feed, whose first streams take the place of what is shown.
struct SwitchRequest {
  struct Item {
    room::Id feed;
    std::string_view mid;
    std::string_view sub_mid;
    room::LayerTargets layers;
  };

  std::vector<Item> items;
  std::optional<room::Id> feed;
};
std::expected<SwitchRequest, Error> read_switch_request(const json::object& body, IdReader ids);

}  // namespace penstock::janus
