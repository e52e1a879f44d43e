#include "controlplane/janus/requests/subscriber_requests.h"

#include <array>

namespace penstock::janus {
namespace {

using enum JsonType;

constexpr Field kConfigureFields[] = {
    {"streams", kArray}, {"restart", kBoolean}, {"update", kBoolean},
    {"mid", kString},    {"send", kBoolean},    {"audio", kBoolean},
    {"video", kBoolean}, {"data", kBoolean},    {"bitrate", kPositiveInteger},
};
constexpr Field kStreamFields[] = {{"mid", kString}, {"send", kBoolean}};

std::expected<SubscriberConfigureRequest::Change, Error> read_change(const json::object& item) {
  const auto layers = read_layers(item);
  if (!layers) return std::unexpected(layers.error());
  return SubscriberConfigureRequest::Change{
      .mid = get_string(item, "mid"), .is_sent = get_bool(item, "send"), .layers = *layers};
}

std::expected<SubscriberConfigureRequest::Change, Error> read_listed_change(
    const json::value& value) {
  if (!value.is_object()) return not_an_object("streams");
  const json::object& item = value.get_object();
  if (const auto checked = check_room_fields(item, kStreamFields); !checked) {
    return std::unexpected(checked.error());
  }
  if (!item.contains("mid")) {
    return fail(RoomError::kInvalidElement, "Invalid value (mid can't be null in a streams array)");
  }
  return read_change(item);
}

// A list that must be there and hold something.
std::expected<const json::array*, Error> read_items(const json::object& body, std::string_view name,
                                                    const char* kind) {
  const std::array<Field, 1> fields{Field{name, kArray, true}};
  if (const auto checked = check_room_fields(body, fields); !checked) {
    return std::unexpected(checked.error());
  }
  const json::array* items = get_array(body, name);
  if (items->empty()) {
    return fail(RoomError::kInvalidElement, "Empty " + std::string(kind) + " list");
  }
  return items;
}

std::expected<UnwantedStream, Error> read_unwanted_stream(const json::value& value, IdReader ids) {
  if (!value.is_object()) return not_an_object("streams");
  const json::object& item = value.get_object();
  const std::array<Field, 3> fields{ids.field("feed", false), Field{"mid", kString},
                                    Field{"sub_mid", kString}};
  if (const auto checked = check_room_fields(item, fields); !checked) {
    return std::unexpected(checked.error());
  }
  UnwantedStream stream{.sub_mid = get_string(item, "sub_mid"),
                        .feed = ids.read(item, "feed"),
                        .mid = get_string(item, "mid")};
  if (!stream.sub_mid && !stream.feed) {
    return fail(RoomError::kMissingElement, "Missing mandatory element (feed)");
  }
  return stream;
}

std::expected<void, Error> read_added(const json::object& body, std::string_view name, IdReader ids,
                                      UpdateRequest& request) {
  const auto items = read_items(body, name, "subscription");
  if (!items) return std::unexpected(items.error());
  auto streams = read_wanted_streams(**items, ids);
  if (!streams) return std::unexpected(streams.error());
  request.added = *std::move(streams);
  return {};
}

std::expected<void, Error> read_removed(const json::object& body, std::string_view name,
                                        IdReader ids, UpdateRequest& request) {
  const auto items = read_items(body, name, "unsubscription");
  if (!items) return std::unexpected(items.error());
  for (const json::value& item : **items) {
    auto stream = read_unwanted_stream(item, ids);
    if (!stream) return std::unexpected(stream.error());
    request.removed.push_back(*std::move(stream));
  }
  return {};
}

}  // namespace

std::expected<SubscriberConfigureRequest, Error> read_subscriber_configure(
    const json::object& body) {
  if (const auto checked = check_room_fields(body, kConfigureFields); !checked) {
    return std::unexpected(checked.error());
  }
  SubscriberConfigureRequest request;
  if (const json::array* items = get_array(body, "streams")) {
    for (const json::value& item : *items) {
      auto change = read_listed_change(item);
      if (!change) return std::unexpected(change.error());
      request.changes.push_back(*change);
    }
  } else {  // The form that the demo pages send: the same keys at the top.
    auto change = read_change(body);
    if (!change) return std::unexpected(change.error());
    request.changes.push_back(*change);
  }
  request.sends = read_kind_switches(body);
  request.bitrate_bps = get_uint(body, "bitrate");
  request.restarts_ice = get_bool(body, "restart").value_or(false);
  request.updates = get_bool(body, "update").value_or(false);
  return request;
}

std::expected<UpdateRequest, Error> read_subscribe(const json::object& body, IdReader ids) {
  UpdateRequest request;
  if (const auto read = read_added(body, "streams", ids, request); !read) {
    return std::unexpected(read.error());
  }
  return request;
}

std::expected<UpdateRequest, Error> read_unsubscribe(const json::object& body, IdReader ids) {
  UpdateRequest request;
  if (const auto read = read_removed(body, "streams", ids, request); !read) {
    return std::unexpected(read.error());
  }
  return request;
}

std::expected<UpdateRequest, Error> read_update(const json::object& body, IdReader ids) {
  UpdateRequest request;
  const bool adds = body.contains("subscribe");
  const bool removes = body.contains("unsubscribe");
  if (!adds && !removes) {
    return fail(RoomError::kMissingElement,
                "At least one of either 'subscribe' or 'unsubscribe' must be present");
  }
  if (adds) {
    if (const auto read = read_added(body, "subscribe", ids, request); !read) {
      return std::unexpected(read.error());
    }
  }
  if (removes) {
    if (const auto read = read_removed(body, "unsubscribe", ids, request); !read) {
      return std::unexpected(read.error());
    }
  }
  return request;
}

std::expected<SwitchRequest, Error> read_switch_request(const json::object& body, IdReader ids) {
  const std::array<Field, 3> fields{ids.field("feed", true), Field{"mid", kString, true},
                                    Field{"sub_mid", kString, true}};
  SwitchRequest request;
  if (!body.contains("streams") && body.contains("feed")) {
    if (const auto checked = check_room_fields(body, std::span(fields).first(1)); !checked) {
      return std::unexpected(checked.error());
    }
    request.feed = ids.read(body, "feed");
    return request;
  }
  const auto items = read_items(body, "streams", "switch");
  if (!items) return std::unexpected(items.error());
  for (const json::value& value : **items) {
    if (!value.is_object()) return not_an_object("streams");
    const json::object& item = value.get_object();
    const auto layers = read_layers(item);
    if (!layers) return std::unexpected(layers.error());
    if (const auto checked = check_room_fields(item, fields); !checked) {
      return std::unexpected(checked.error());
    }
    request.items.push_back({.feed = ids.read(item, "feed").value_or(room::Id()),
                             .mid = *get_string(item, "mid"),
                             .sub_mid = *get_string(item, "sub_mid"),
                             .layers = *layers});
  }
  return request;
}

}  // namespace penstock::janus
