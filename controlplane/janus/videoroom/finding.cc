// Finding rooms and participants for a request, and whether it may have them.
#include "controlplane/janus/videoroom/finding.h"

#include <array>
#include <span>

namespace penstock::janus::videoroom {
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

Field id_field(const Context& context, std::string_view name, bool is_required) {
  return {name, context.config.has_string_ids ? JsonType::kString : JsonType::kPositiveInteger,
          is_required};
}

// Nothing if it is absent, or 0 or "": "choose one".
std::optional<room::Id> read_id(const Context& context, const json::object& object,
                                std::string_view name) {
  if (context.config.has_string_ids) {
    const std::string_view text = get_string(object, name).value_or("");
    return text.empty() ? std::nullopt : std::optional(room::Id(std::string(text)));
  }
  const std::uint64_t number = get_uint(object, name).value_or(0);
  return number == 0 ? std::nullopt : std::optional(room::Id(number));
}

room::Id new_id(const Context& context) {
  if (context.config.has_string_ids) return room::Id(new_uuid(context.random));
  while (true) {
    const std::uint64_t number = context.random.next_u64() & 0x1F'FFFF'FFFF'FFFF;
    if (number != 0) return room::Id(number);
  }
}

std::uint32_t new_private_id(const Context& context, const room::Room& room) {
  while (true) {
    const auto id = static_cast<std::uint32_t>(context.random.next_u64());
    if (id != 0 && room.find_private_id(id) == nullptr) return id;
  }
}

std::expected<room::Room*, Error> find_room(const Context& context, const json::object& body) {
  const std::array<Field, 1> fields{id_field(context, "room", true)};
  if (const auto checked = check_room_fields(body, fields); !checked) {
    return std::unexpected(checked.error());
  }
  const room::Id id = read_id(context, body, "room").value_or(room::Id());
  room::Room* room = context.rooms.find(id);
  if (room == nullptr) {
    return fail(RoomError::kNoSuchRoom, "No such room (" + id.to_string() + ")");
  }
  return room;
}

std::expected<room::Room*, Error> find_managed_room(const Context& context,
                                                    const json::object& body) {
  const auto room = find_room(context, body);
  if (!room) return room;
  const room::RoomSettings& settings = (*room)->settings();
  if (settings.secret.empty() && !settings.is_static) return room;
  const auto checked = check_secret(body, "secret", settings.secret);
  if (!checked) return std::unexpected(checked.error());
  return room;
}

std::expected<room::Room*, Error> find_joinable_room(const Context& context,
                                                     const json::object& body) {
  const auto room = find_room(context, body);
  if (!room) return room;
  const std::string& pin = (*room)->settings().pin;
  if (pin.empty()) return room;
  const auto checked = check_secret(body, "pin", pin);
  if (!checked) return std::unexpected(checked.error());
  return room;
}

std::optional<Participant> participant_of(const Context& context, const Attachment& attachment) {
  room::Room* room = context.rooms.resolve(attachment.room);
  room::Publisher* publisher = context.rooms.resolve(attachment.publisher);
  if (room == nullptr || publisher == nullptr) return std::nullopt;
  return Participant{room, publisher};
}

std::optional<Subscription> subscription_of(const Context& context, const Attachment& attachment) {
  room::Room* room = context.rooms.resolve(attachment.room);
  if (room == nullptr || attachment.role != Attachment::Role::kSubscriber) return std::nullopt;
  room::Subscriber* subscriber = room->find_subscriber(attachment.handle);
  if (subscriber == nullptr) return std::nullopt;
  return Subscription{room, subscriber};
}

std::expected<Participant, Error> find_participant(const Context& context,
                                                   const Attachment& attachment) {
  if (const auto who = participant_of(context, attachment)) return *who;
  return fail(RoomError::kNoSuchRoom, "No such room (" + attachment.room_id.to_string() + ")");
}

std::expected<Participant, Error> find_publisher(const Context& context,
                                                 const Attachment& attachment) {
  const auto who = find_participant(context, attachment);
  if (who || !attachment.is_kicked) return who;
  return fail(RoomError::kUnauthorized, "Unauthorized, you have been kicked");
}

std::expected<Subscription, Error> find_subscription(const Context& context,
                                                     const Attachment& attachment) {
  if (const auto who = subscription_of(context, attachment)) return *who;
  return fail(RoomError::kNoSuchRoom, "No such room (" + attachment.room_id.to_string() + ")");
}

}  // namespace penstock::janus::videoroom
