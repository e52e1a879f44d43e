#include "controlplane/janus/requests/room_requests.h"

#include <algorithm>
#include <array>

#include "controlplane/signalling/limits.h"

namespace penstock::janus {
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
    {"opusred", kBoolean},
    {"audiolevel_ext", kBoolean},
    {"audiolevel_event", kBoolean},
    {"audio_active_packets", kPositiveInteger},
    {"audio_level_average", kPositiveInteger},
    {"loudest", kPositiveInteger},
    {"dominant_speaker", kBoolean},
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

bool read_permanent(const json::object& body) {
  return get_bool(body, "permanent").value_or(false);
}

std::expected<void, Error> read_codec_settings(const json::object& body,
                                               room::RoomSettings& settings,
                                               std::vector<std::string>& warnings) {
  for (const MediaKind kind : {MediaKind::kAudio, MediaKind::kVideo}) {
    const bool is_audio = kind == MediaKind::kAudio;
    const auto text = get_string(body, is_audio ? "audiocodec" : "videocodec");
    if (!text) continue;
    const auto codecs = read_codecs(*text, kind, warnings);
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

std::expected<room::RoomSettings, Error> read_settings(const json::object& body,
                                                       std::vector<std::string>& warnings) {
  room::RoomSettings s;
  if (const auto read = read_codec_settings(body, s, warnings); !read)
    return std::unexpected(read.error());
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
  s.requires_signed_token = flag("signed_tokens", false);
  s.requires_e2ee = flag("require_e2ee", false);
  s.notifies_joining = flag("notify_joining", false);
  s.publishers_max = number("publishers", s.publishers_max);
  s.bitrate_bps = clamp_bitrate(get_uint(body, "bitrate").value_or(0));
  s.bitrate_cap = flag("bitrate_cap", false);
  s.keyframe_interval_s = number("fir_freq", 0);
  s.opus_fec = flag("opus_fec", s.opus_fec);
  s.opus_dtx = flag("opus_dtx", s.opus_dtx);
  s.opus_red = flag("opusred", s.opus_red);
  s.audio_level_extension = flag("audiolevel_ext", true);
  s.audio_level_event = flag("audiolevel_event", false);
  s.audio_active_packets = number("audio_active_packets", s.audio_active_packets);
  if (s.audio_active_packets == 0) s.audio_active_packets = 100;
  s.audio_level_average = number("audio_level_average", s.audio_level_average);
  if (s.audio_level_average == 0 || s.audio_level_average > 127) s.audio_level_average = 25;
  s.loudest = number("loudest", 0);
  s.dominant_speaker = flag("dominant_speaker", false);
  s.video_orientation_extension = flag("videoorient_ext", true);
  s.playout_delay_extension = flag("playoutdelay_ext", true);
  s.transport_cc_extension = flag("transport_wide_cc_ext", true);
  s.is_recorded = flag("record", false);
  s.recording_folder = get_string(body, "rec_dir").value_or("");
  s.locks_recording = flag("lock_record", false);
  return s;
}

// What is taken and has no effect yet.
constexpr std::string_view kCreateNoEffect[] = {"threads"};

}  // namespace

std::expected<CreateRequest, Error> read_create(const json::object& body, IdReader ids,
                                                bool needs_admin_key) {
  const std::array<Field, 1> room_field{ids.field("room", false)};
  const std::array<Field, 1> admin_field{Field{"admin_key", kString, needs_admin_key}};
  for (const std::span<const Field> fields :
       {std::span<const Field>(room_field), std::span<const Field>(kCreateFields),
        std::span<const Field>(admin_field)}) {
    const auto checked = check_room_fields(body, fields);
    if (!checked) return std::unexpected(checked.error());
  }
  CreateRequest request;
  request.is_permanent = read_permanent(body);
  request.room = ids.read(body, "room");
  request.admin_key = get_string(body, "admin_key").value_or("");
  auto settings = read_settings(body, request.warnings);
  if (!settings) return std::unexpected(settings.error());
  request.settings = *std::move(settings);
  warn_of_no_effect(body, kCreateNoEffect, request.warnings);
  return request;
}

std::expected<EditRequest, Error> read_edit(const json::object& body, IdReader ids) {
  if (const auto checked = check_room_fields(body, kEditFields); !checked) {
    return std::unexpected(checked.error());
  }
  auto room = read_managed_room(body, ids);
  if (!room) return std::unexpected(room.error());
  EditRequest request;
  request.is_permanent = read_permanent(body);
  request.room = *std::move(room);
  request.description = get_string(body, "new_description");
  request.secret = get_string(body, "new_secret");
  request.pin = get_string(body, "new_pin");
  request.is_private = get_bool(body, "new_is_private");
  request.requires_private_id = get_bool(body, "new_require_pvtid");
  request.bitrate_bps = get_uint(body, "new_bitrate").transform(clamp_bitrate);
  request.keyframe_interval_s = get_uint(body, "new_fir_freq").transform(clamp_u32);
  request.publishers_max = get_uint(body, "new_publishers").transform(clamp_u32);
  request.recording_folder = get_string(body, "new_rec_dir");
  request.locks_recording = get_bool(body, "new_lock_record");
  return request;
}

void EditRequest::apply_to(room::RoomSettings& settings) const {
  // An empty text leaves things as they are: that is how Janus has it.
  const auto set_text = [](std::optional<std::string_view> text, std::string& target) {
    if (text && !text->empty()) target = *text;
  };
  set_text(description, settings.description);
  set_text(secret, settings.secret);
  set_text(pin, settings.pin);
  set_text(recording_folder, settings.recording_folder);
  settings.locks_recording = locks_recording.value_or(settings.locks_recording);
  settings.is_private = is_private.value_or(settings.is_private);
  settings.requires_private_id = requires_private_id.value_or(settings.requires_private_id);
  settings.bitrate_bps = bitrate_bps.value_or(settings.bitrate_bps);
  settings.keyframe_interval_s = keyframe_interval_s.value_or(settings.keyframe_interval_s);
  settings.publishers_max = publishers_max.value_or(settings.publishers_max);
}

std::expected<DestroyRequest, Error> read_destroy(const json::object& body, IdReader ids) {
  static constexpr Field kFields[] = {{"permanent", kBoolean}};
  if (const auto checked = check_room_fields(body, kFields); !checked) {
    return std::unexpected(checked.error());
  }
  auto room = read_managed_room(body, ids);
  if (!room) return std::unexpected(room.error());
  return DestroyRequest{*std::move(room), read_permanent(body)};
}

std::expected<EnableRecordingRequest, Error> read_enable_recording(const json::object& body,
                                                                   IdReader ids) {
  static constexpr Field kFields[] = {{"record", kBoolean, true}};
  if (const auto checked = check_room_fields(body, kFields); !checked) {
    return std::unexpected(checked.error());
  }
  auto room = read_managed_room(body, ids);
  if (!room) return std::unexpected(room.error());
  return EnableRecordingRequest{*std::move(room), *get_bool(body, "record")};
}

std::expected<ListRequest, Error> read_list(const json::object& body) {
  static constexpr Field kFields[] = {{"admin_key", kString}};
  if (const auto checked = check_room_fields(body, kFields); !checked) {
    return std::unexpected(checked.error());
  }
  return ListRequest{get_string(body, "admin_key")};
}

}  // namespace penstock::janus
