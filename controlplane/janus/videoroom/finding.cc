// Finding rooms and participants for a request, and whether it may have them.
#include "controlplane/janus/videoroom/finding.h"

#include <array>
#include <span>

#include "controlplane/janus/requests/join_requests.h"
#include "dataplane/base/constant_time.h"

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

// A secret that a request must carry as `name`. One that is not set nobody has.
std::expected<void, Error> check_secret(std::string_view name,
                                        std::optional<std::string_view> given,
                                        const std::string& expected) {
  if (!given) {
    return fail(RoomError::kMissingElement,
                "Missing mandatory element (" + std::string(name) + ")");
  }
  if (!expected.empty() && equals_in_constant_time(*given, expected)) return {};
  return fail(RoomError::kUnauthorized, "Unauthorized (wrong " + std::string(name) + ")");
}

}  // namespace

std::expected<void, Error> check_admin_key(const Context& context,
                                           std::optional<std::string_view> given) {
  return check_secret("admin_key", given, context.config.admin_key);
}

room::Id new_id(const Context& context) {
  if (context.ids.are_texts) return room::Id(new_uuid(context.random));
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

std::expected<room::Room*, Error> find_room(const Context& context, const room::Id& id) {
  room::Room* room = context.rooms.find(id);
  if (room == nullptr) {
    return fail(RoomError::kNoSuchRoom, "No such room (" + id.to_string() + ")");
  }
  return room;
}

std::expected<room::Room*, Error> find_managed_room(const Context& context,
                                                    const ManagedRoom& wanted) {
  const auto room = find_room(context, wanted.id);
  if (!room) return room;
  const room::RoomSettings& settings = (*room)->settings();
  if (settings.secret.empty() && !settings.is_static) return room;
  const auto checked = check_secret("secret", wanted.secret, settings.secret);
  if (!checked) return std::unexpected(checked.error());
  return room;
}

std::expected<room::Room*, Error> find_joinable_room(const Context& context,
                                                     const JoinRequest& wanted) {
  const auto room = find_room(context, wanted.room);
  if (!room) return room;
  const room::RoomSettings& settings = (*room)->settings();
  if (settings.requires_signed_token &&
      !context.tokens.opens_room(wanted.token, wanted.room.to_string())) {
    return fail(RoomError::kUnauthorized, "Unauthorized (wrong token)");
  }
  if (settings.pin.empty()) return room;
  const auto checked = check_secret("pin", wanted.pin, settings.pin);
  if (!checked) return std::unexpected(checked.error());
  return room;
}

std::optional<Participant> participant_of(const Context& context, const Attachment& attachment) {
  room::Room* room = context.rooms.resolve(attachment.room);
  room::Publisher* publisher = context.rooms.resolve(attachment.publisher);
  if (room == nullptr || room->is_ending || publisher == nullptr) return std::nullopt;
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
