#include "bench/load/room_setup.h"

namespace penstock::load {
namespace {

constexpr Duration kPatience = 25 * kSecond;  // longer than that of a request

}  // namespace

std::expected<void, std::string> RoomSetup::attach() {
  signalling_.attach([this](const auto& handle) { attached_ = handle; });
  if (!signalling_.wait([this] { return attached_.has_value(); }, kPatience)) {
    return std::unexpected(signalling_.failure());
  }
  if (!*attached_) return std::unexpected(attached_->error());
  return {};
}

Reply RoomSetup::ask(json::object body) {
  if (!attached_) {
    if (const auto attached = attach(); !attached) return std::unexpected(attached.error());
  }
  reply_.reset();
  signalling_.message(**attached_, std::move(body), std::nullopt,
                      [this](const Reply& reply) { reply_ = reply; });
  if (!signalling_.wait([this] { return reply_.has_value(); }, kPatience)) {
    return std::unexpected(signalling_.failure());
  }
  return *reply_;
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
