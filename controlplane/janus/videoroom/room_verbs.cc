// Synchronous requests about rooms: create, edit, destroy, exists, list.
#include <algorithm>
#include <array>

#include "controlplane/janus/requests/reading.h"
#include "controlplane/janus/videoroom/endings.h"
#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/janus/videoroom/telling.h"
#include "controlplane/janus/videoroom/verbs.h"
#include "dataplane/base/scope_guard.h"
#include "dataplane/base/test_hooks.h"

namespace penstock::janus::videoroom {
namespace {

using enum JsonType;

constexpr std::uint64_t kBitrateMin = 64'000;

constexpr Field kCreateFields[] = {
    {"description", kString},
    {"is_private", kBoolean},
    {"allowed", kArray},
    {"secret", kString},
    {"pin", kString},
    {"require_pvtid", kBoolean},
    {"signed_tokens", kBoolean},
    {"bitrate", kPositiveInteger},
    {"bitrate_cap", kBoolean},
    {"fir_freq", kPositiveInteger},
    {"publishers", kPositiveInteger},
    {"audiocodec", kString},
    {"videocodec", kString},
    {"vp9_profile", kString},
    {"h264_profile", kString},
    {"opus_fec", kBoolean},
    {"opus_dtx", kBoolean},
    {"audiolevel_ext", kBoolean},
    {"audiolevel_event", kBoolean},
    {"audio_active_packets", kPositiveInteger},
    {"audio_level_average", kPositiveInteger},
    {"videoorient_ext", kBoolean},
    {"playoutdelay_ext", kBoolean},
    {"transport_wide_cc_ext", kBoolean},
    {"record", kBoolean},
    {"rec_dir", kString},
    {"lock_record", kBoolean},
    {"permanent", kBoolean},
    {"notify_joining", kBoolean},
    {"require_e2ee", kBoolean},
    {"dummy_publisher", kBoolean},
    {"dummy_streams", kArray},
    {"dummy_e2ee", kBoolean},
    {"threads", kPositiveInteger},
};

constexpr Field kEditFields[] = {
    {"secret", kString},
    {"new_description", kString},
    {"new_is_private", kBoolean},
    {"new_secret", kString},
    {"new_pin", kString},
    {"new_require_pvtid", kBoolean},
    {"new_bitrate", kPositiveInteger},
    {"new_fir_freq", kPositiveInteger},
    {"new_publishers", kPositiveInteger},
    {"new_lock_record", kBoolean},
    {"new_rec_dir", kString},
    {"permanent", kBoolean},
};

std::uint32_t clamp_u32(std::uint64_t value) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, UINT32_MAX));
}

std::uint64_t clamp_bitrate(std::uint64_t bps) { return bps == 0 ? 0 : std::max(bps, kBitrateMin); }

// What a client may ask for and this server does not do: refused rather than ignored.
std::expected<void, Error> refuse_unsupported(const json::object& body) {
  for (const char* name : {"record", "signed_tokens"}) {
    if (get_bool(body, name).value_or(false)) {
      return fail(RoomError::kInvalidElement,
                  "Invalid element (" + std::string(name) + " is not supported by this server)");
    }
  }
  return {};
}

std::expected<void, Error> refuse_permanent(const json::object& body, const char* what) {
  if (!get_bool(body, "permanent").value_or(false)) return {};
  return fail(RoomError::kUnknown,
              "No configuration file, can't " + std::string(what) + " permanent room");
}

std::expected<void, Error> read_codec_settings(const json::object& body,
                                               room::RoomSettings& settings) {
  for (const MediaKind kind : {MediaKind::kAudio, MediaKind::kVideo}) {
    const bool is_audio = kind == MediaKind::kAudio;
    const auto text = get_string(body, is_audio ? "audiocodec" : "videocodec");
    if (!text) continue;
    const auto codecs = read_codecs(*text, kind);
    if (!codecs) return std::unexpected(codecs.error());
    (is_audio ? settings.audio_codecs : settings.video_codecs) = *codecs;
  }
  const auto has = [&](Codec codec) {
    return std::ranges::find(settings.video_codecs, codec) != settings.video_codecs.end();
  };
  if (has(Codec::kH264)) settings.h264_profile = get_string(body, "h264_profile").value_or("");
  if (has(Codec::kVp9)) settings.vp9_profile = get_string(body, "vp9_profile").value_or("");
  return {};
}

std::expected<void, Error> read_allowed_tokens(const json::object& body,
                                               room::RoomSettings& settings) {
  const json::array* tokens = get_array(body, "allowed");
  if (tokens == nullptr) return {};
  settings.allowed_tokens.emplace();
  for (const json::value& token : *tokens) {
    if (!token.is_string() || token.get_string().size() > kRoomTextBytesMax) {
      return fail(RoomError::kInvalidElement,
                  "Invalid element in the allowed array (not a string)");
    }
    settings.allowed_tokens->emplace(token.get_string().c_str(), token.get_string().size());
  }
  return {};
}

std::expected<room::RoomSettings, Error> read_settings(const json::object& body) {
  room::RoomSettings s;
  if (const auto read = read_codec_settings(body, s); !read) return std::unexpected(read.error());
  if (const auto read = read_allowed_tokens(body, s); !read) return std::unexpected(read.error());
  if (const auto read = read_dummy(body, s); !read) return std::unexpected(read.error());
  const auto flag = [&](const char* name, bool otherwise) {
    return get_bool(body, name).value_or(otherwise);
  };
  const auto number = [&](const char* name, std::uint32_t otherwise) {
    return clamp_u32(get_uint(body, name).value_or(otherwise));
  };
  s.description = get_string(body, "description").value_or("");
  s.secret = get_string(body, "secret").value_or("");
  s.pin = get_string(body, "pin").value_or("");
  s.is_private = flag("is_private", false);
  s.requires_private_id = flag("require_pvtid", false);
  s.requires_e2ee = flag("require_e2ee", false);
  s.notifies_joining = flag("notify_joining", false);
  s.publishers_max = number("publishers", s.publishers_max);
  s.bitrate_bps = clamp_bitrate(get_uint(body, "bitrate").value_or(0));
  s.bitrate_cap = flag("bitrate_cap", false);
  s.keyframe_interval_s = number("fir_freq", 0);
  s.opus_fec = flag("opus_fec", s.opus_fec);
  s.opus_dtx = flag("opus_dtx", s.opus_dtx);
  s.audio_level_extension = flag("audiolevel_ext", true);
  s.audio_level_event = flag("audiolevel_event", false);
  s.audio_active_packets = number("audio_active_packets", s.audio_active_packets);
  if (s.audio_active_packets == 0) s.audio_active_packets = 100;
  s.audio_level_average = number("audio_level_average", s.audio_level_average);
  if (s.audio_level_average == 0 || s.audio_level_average > 127) s.audio_level_average = 25;
  s.video_orientation_extension = flag("videoorient_ext", true);
  s.playout_delay_extension = flag("playoutdelay_ext", true);
  s.transport_cc_extension = flag("transport_wide_cc_ext", true);
  return s;
}

ObjectText room_reply(std::string_view what, const room::Id& id) {
  return {{"videoroom", what}, {"room", to_json(id)}, {"permanent", false}};
}

}  // namespace

std::expected<room::Room*, Error> make_room(const Context& context, const room::Id& id,
                                            room::RoomSettings settings, Timestamp now) {
  const auto created = context.rooms.create(id, std::move(settings));
  if (!created && created.error() == room::Directory::CreateError::kExists) {
    return fail(RoomError::kRoomExists, "Room " + id.to_string() + " already exists");
  }
  if (!created) return fail(RoomError::kUnknown, "all rooms are in use (limits.rooms)");
  room::Room& room = **created;
  if (!room.settings().dummy) return &room;
  ScopeGuard undo([&] {
    if (test_hooks::is_planted(test_hooks::PlantedBug::kKeepRoomOfFailedDummy)) return;
    destroy_room(context, room, now);
  });
  const Result added = add_dummy(context, room, *room.settings().dummy, now);
  if (!added) return std::unexpected(added.error());
  undo.dismiss();
  return &room;
}

Result create(const Context& context, const Request& request) {
  const json::object& body = request.body;
  const std::array<Field, 1> room_field{id_field(context, "room", false)};
  const std::array<Field, 1> admin_field{
      Field{"admin_key", kString, !context.config.admin_key.empty()}};
  for (const std::span<const Field> fields :
       {std::span<const Field>(room_field), std::span<const Field>(kCreateFields),
        std::span<const Field>(admin_field)}) {
    const auto checked = check_room_fields(body, fields);
    if (!checked) return std::unexpected(checked.error());
  }
  if (!context.config.admin_key.empty() &&
      !equals_in_constant_time(*get_string(body, "admin_key"), context.config.admin_key)) {
    return fail(RoomError::kUnauthorized, "Unauthorized (wrong admin_key)");
  }
  if (const auto checked = refuse_unsupported(body); !checked) {
    return std::unexpected(checked.error());
  }
  if (const auto checked = refuse_permanent(body, "create"); !checked) {
    return std::unexpected(checked.error());
  }
  auto settings = read_settings(body);
  if (!settings) return std::unexpected(settings.error());
  room::Id id = read_id(context, body, "room").value_or(room::Id());
  while (id == room::Id()) {
    const room::Id chosen = new_id(context);
    if (context.rooms.find(chosen) == nullptr) id = chosen;
  }
  if (settings->description.empty()) settings->description = "Room " + id.to_string();
  const auto made = make_room(context, id, *std::move(settings), request.now);
  if (!made) return std::unexpected(made.error());
  ScopeGuard undo([&] { destroy_room(context, **made, request.now); });
  const Result answered = answer(request, room_reply("created", id));
  undo.dismiss();
  return answered;
}

Result edit(const Context& context, const Request& request) {
  const json::object& body = request.body;
  if (const auto checked = check_room_fields(body, kEditFields); !checked) {
    return std::unexpected(checked.error());
  }
  const auto room = find_managed_room(context, body);
  if (!room) return std::unexpected(room.error());
  if (const auto checked = refuse_permanent(body, "edit"); !checked) {
    return std::unexpected(checked.error());
  }
  room::RoomSettings s = (*room)->settings();
  const auto set_text = [&](const char* name, std::string& target) {
    // An empty text leaves things as they are: that is how Janus has it.
    if (const auto text = get_string(body, name); text && !text->empty()) target = *text;
  };
  set_text("new_description", s.description);
  set_text("new_secret", s.secret);
  set_text("new_pin", s.pin);
  s.is_private = get_bool(body, "new_is_private").value_or(s.is_private);
  s.requires_private_id = get_bool(body, "new_require_pvtid").value_or(s.requires_private_id);
  s.bitrate_bps = clamp_bitrate(get_uint(body, "new_bitrate").value_or(s.bitrate_bps));
  s.keyframe_interval_s = clamp_u32(get_uint(body, "new_fir_freq").value_or(s.keyframe_interval_s));
  s.publishers_max = clamp_u32(get_uint(body, "new_publishers").value_or(s.publishers_max));
  const Result answered = answer(request, room_reply("edited", (*room)->id()));
  (*room)->settings() = std::move(s);
  return answered;
}

Result destroy(const Context& context, const Request& request) {
  static constexpr Field kFields[] = {{"permanent", kBoolean}};
  if (const auto checked = check_room_fields(request.body, kFields); !checked) {
    return std::unexpected(checked.error());
  }
  const auto room = find_managed_room(context, request.body);
  if (!room) return std::unexpected(room.error());
  if (const auto checked = refuse_permanent(request.body, "destroy"); !checked) {
    return std::unexpected(checked.error());
  }
  announce_end(context, **room);
  const Result answered = answer(request, room_reply("destroyed", (*room)->id()));
  destroy_room(context, **room, request.now);
  return answered;
}

Result exists(const Context& context, const Request& request) {
  const std::array<Field, 1> fields{id_field(context, "room", true)};
  if (const auto checked = check_room_fields(request.body, fields); !checked) {
    return std::unexpected(checked.error());
  }
  const room::Id id = read_id(context, request.body, "room").value_or(room::Id());
  return answer(request, {{"videoroom", "success"},
                          {"room", to_json(id)},
                          {"exists", context.rooms.find(id) != nullptr}});
}

Result list(const Context& context, const Request& request) {
  static constexpr Field kFields[] = {{"admin_key", kString}};
  if (const auto checked = check_room_fields(request.body, kFields); !checked) {
    return std::unexpected(checked.error());
  }
  const auto key = get_string(request.body, "admin_key");
  const bool is_admin = key && !context.config.admin_key.empty() &&
                        equals_in_constant_time(*key, context.config.admin_key);
  if (key && !context.config.admin_key.empty() && !is_admin) {
    return fail(RoomError::kUnauthorized, "Unauthorized (wrong admin_key)");
  }
  ArrayText list;
  for (const room::Room& room : context.rooms.rooms()) {
    if (!room.settings().is_private || is_admin) list.add(room_json(room));
  }
  return answer(request, {{"videoroom", "success"}, {"list", std::move(list).json()}});
}

}  // namespace penstock::janus::videoroom
