// Finding rooms and participants for a request, and whether it may have them.
#include <array>
#include <span>

#include "controlplane/janus/videoroom.h"

namespace penstock::janus {
namespace {

// A random UUID (RFC 9562, version 4).
std::string new_uuid(SecureRandom& random) {
  std::array<std::uint8_t, 16> bytes{};
  random.fill(bytes);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kHex[bytes[i] >> 4];
    text += kHex[bytes[i] & 0x0F];
  }
  return text;
}

// A secret that a request must carry in the member `name`. One that is not set nobody has.
std::expected<void, Error> check_secret(const json::object& body, std::string_view name,
                                        const std::string& expected) {
  const std::array<Field, 1> fields{Field{name, JsonType::kString, true}};
  if (const auto checked = check_room_fields(body, fields); !checked) return checked;
  if (!expected.empty() && equals_in_constant_time(*get_string(body, name), expected)) return {};
  return fail(RoomError::kUnauthorized, "Unauthorized (wrong " + std::string(name) + ")");
}

}  // namespace

Field VideoRoom::id_field(std::string_view name, bool is_required) const {
  return {name, config_.has_string_ids ? JsonType::kString : JsonType::kPositiveInteger,
          is_required};
}

// Nothing if it is absent, or 0 or "": "choose one".
std::optional<room::Id> VideoRoom::read_id(const json::object& object,
                                           std::string_view name) const {
  if (config_.has_string_ids) {
    const std::string_view text = get_string(object, name).value_or("");
    return text.empty() ? std::nullopt : std::optional(room::Id(std::string(text)));
  }
  const std::uint64_t number = get_uint(object, name).value_or(0);
  return number == 0 ? std::nullopt : std::optional(room::Id(number));
}

room::Id VideoRoom::new_id() {
  if (config_.has_string_ids) return room::Id(new_uuid(random_));
  while (true) {
    const std::uint64_t number = random_.next_u64() & 0x1F'FFFF'FFFF'FFFF;
    if (number != 0) return room::Id(number);
  }
}

std::uint32_t VideoRoom::new_private_id(const room::Room& room) {
  while (true) {
    const auto id = static_cast<std::uint32_t>(random_.next_u64());
    if (id != 0 && room.find_private_id(id) == nullptr) return id;
  }
}

std::expected<room::Room*, Error> VideoRoom::find_room(const json::object& body) {
  const std::array<Field, 1> fields{id_field("room", true)};
  if (const auto checked = check_room_fields(body, fields); !checked) {
    return std::unexpected(checked.error());
  }
  const room::Id id = read_id(body, "room").value_or(room::Id());
  room::Room* room = rooms_.find(id);
  if (room == nullptr) {
    return fail(RoomError::kNoSuchRoom, "No such room (" + id.to_string() + ")");
  }
  return room;
}

std::expected<room::Room*, Error> VideoRoom::find_managed_room(const json::object& body) {
  const auto room = find_room(body);
  if (!room) return room;
  const room::RoomSettings& settings = (*room)->settings();
  if (settings.secret.empty() && !settings.is_static) return room;
  const auto checked = check_secret(body, "secret", settings.secret);
  if (!checked) return std::unexpected(checked.error());
  return room;
}

std::expected<room::Room*, Error> VideoRoom::find_joinable_room(const json::object& body) {
  const auto room = find_room(body);
  if (!room) return room;
  const std::string& pin = (*room)->settings().pin;
  if (pin.empty()) return room;
  const auto checked = check_secret(body, "pin", pin);
  if (!checked) return std::unexpected(checked.error());
  return room;
}

std::optional<VideoRoom::Participant> VideoRoom::participant_of(
    const Attachment& attachment) const {
  room::Room* room = rooms_.resolve(attachment.room);
  room::Publisher* publisher = rooms_.resolve(attachment.publisher);
  if (room == nullptr || publisher == nullptr) return std::nullopt;
  return Participant{room, publisher};
}

std::optional<VideoRoom::Subscription> VideoRoom::subscription_of(
    const Attachment& attachment) const {
  room::Room* room = rooms_.resolve(attachment.room);
  if (room == nullptr || attachment.role != Attachment::Role::kSubscriber) return std::nullopt;
  room::Subscriber* subscriber = room->find_subscriber(attachment.handle);
  if (subscriber == nullptr) return std::nullopt;
  return Subscription{room, subscriber};
}

std::expected<VideoRoom::Participant, Error> VideoRoom::find_participant(
    const Attachment& attachment) {
  if (const auto who = participant_of(attachment)) return *who;
  return fail(RoomError::kNoSuchRoom, "No such room (" + attachment.room_id.to_string() + ")");
}

std::expected<VideoRoom::Participant, Error> VideoRoom::find_publisher(
    const Attachment& attachment) {
  const auto who = find_participant(attachment);
  if (who || !attachment.is_kicked) return who;
  return fail(RoomError::kUnauthorized, "Unauthorized, you have been kicked");
}

std::expected<VideoRoom::Subscription, Error> VideoRoom::find_subscription(
    const Attachment& attachment) {
  if (const auto who = subscription_of(attachment)) return *who;
  return fail(RoomError::kNoSuchRoom, "No such room (" + attachment.room_id.to_string() + ")");
}

}  // namespace penstock::janus
