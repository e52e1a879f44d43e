#include "bench/load/room_setup.h"

#include <memory>

namespace penstock::load {
namespace {

constexpr Duration kPatience = 25 * kSecond;  // longer than that of a request

}  // namespace

// What is shared with the calls outlives this function, should they come late.
Reply RoomSetup::ask(json::object body) {
  auto reply = std::make_shared<std::optional<Reply>>();
  const auto send = [&] {
    signalling_.message(handle_, body, std::nullopt, [reply](const Reply& got) { *reply = got; });
  };
  if (handle_.id == 0) {
    auto attached = std::make_shared<std::optional<std::expected<JanusHandle, std::string>>>();
    signalling_.attach([attached](const auto& handle) { *attached = handle; });
    if (!signalling_.wait([&] { return attached->has_value(); }, kPatience)) {
      return std::unexpected(signalling_.failure());
    }
    if (!**attached) return std::unexpected((*attached)->error());
    handle_ = ***attached;
  }
  send();
  if (!signalling_.wait([&] { return reply->has_value(); }, kPatience)) {
    return std::unexpected(signalling_.failure());
  }
  return **reply;
}

std::expected<std::uint64_t, std::string> RoomSetup::prepare() {
  if (options_.room) {
    const Reply reply = ask({{"request", "exists"}, {"room", *options_.room}});
    if (!reply) return std::unexpected("room: " + reply.error());
    boost::system::error_code error;
    const json::value answer(*reply);
    const json::value* exists = answer.find_pointer("/plugindata/data/exists", error);
    if (exists == nullptr || *exists != json::value(true)) {
      return std::unexpected("there is no room " + std::to_string(*options_.room));
    }
    return *options_.room;
  }
  json::object create{{"request", "create"},  {"description", "penstock-load"},
                      {"is_private", true},   {"publishers", options_.publishers},
                      {"audiocodec", "opus"}, {"videocodec", "vp8"}};
  if (!options_.admin_key.empty()) create["admin_key"] = options_.admin_key;
  const Reply reply = ask(std::move(create));
  if (!reply) return std::unexpected("cannot make a room: " + reply.error());
  made_ = number_at(*reply, "/plugindata/data/room");
  if (made_ == 0) return std::unexpected("cannot make a room: no id in the answer");
  return made_;
}

void RoomSetup::destroy() {
  if (made_ != 0) static_cast<void>(ask({{"request", "destroy"}, {"room", made_}}));
}

}  // namespace penstock::load
