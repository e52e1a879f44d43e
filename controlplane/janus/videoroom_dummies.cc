// Dummy publishers: publishers that a room is made with, to hold codecs. Nobody feeds them, so that
// they can be subscribed before anybody publishes and be switched away from later. How they are
// asked for and how they are made; they end as every publisher does (videoroom_lifecycle.cc).
#include <algorithm>

#include "controlplane/janus/videoroom.h"
#include "controlplane/janus/videoroom_json.h"
#include "controlplane/signalling/limits.h"

namespace penstock::janus {
namespace {

constexpr Field kDummyStreamFields[] = {{"codec", JsonType::kString, true},
                                        {"fmtp", JsonType::kString}};

// The text goes into offers as it is: it must not be able to add lines to them.
bool is_fit_for_sdp(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

std::expected<DummyStream, Error> read_stream(const json::value& item) {
  if (!item.is_object()) {
    return fail(RoomError::kInvalidElement,
                "Invalid element type (dummy_streams should contain objects)");
  }
  const json::object& object = item.get_object();
  if (const auto checked = check_room_fields(object, kDummyStreamFields); !checked) {
    return std::unexpected(checked.error());
  }
  const std::string_view name = *get_string(object, "codec");
  const auto audio = codec_from(name, MediaKind::kAudio);
  const auto codec = audio ? audio : codec_from(name, MediaKind::kVideo);
  if (!codec) {
    return fail(RoomError::kInvalidElement,
                "Invalid element (codec " + std::string(name) +
                    " of dummy_streams can only be opus, vp8, vp9, h264 or av1)");
  }
  const std::string_view fmtp = get_string(object, "fmtp").value_or("");
  if (!is_fit_for_sdp(fmtp)) {
    return fail(RoomError::kInvalidElement,
                "Invalid element (fmtp of dummy_streams holds control characters)");
  }
  return DummyStream{.codec = *codec, .fmtp = std::string(fmtp)};
}

Error dummy_error(const MediaError& error) {
  const bool is_full = error.kind == MediaErrorKind::kCapacity;
  return {static_cast<int>(is_full ? RoomError::kUnknown : RoomError::kInvalidElement),
          (is_full ? "Error creating dummy publisher: " : "Invalid element (dummy_streams: ") +
              error.text + (is_full ? "" : ")")};
}

}  // namespace

std::expected<void, Error> read_dummy(const json::object& body, room::RoomSettings& settings) {
  if (!get_bool(body, "dummy_publisher").value_or(false)) return {};
  room::DummySettings dummy{.streams = {}, .is_e2ee = get_bool(body, "dummy_e2ee").value_or(false)};
  if (const json::array* items = get_array(body, "dummy_streams")) {
    for (const json::value& item : *items) {
      auto stream = read_stream(item);
      if (!stream) return std::unexpected(stream.error());
      dummy.streams.push_back(*std::move(stream));
    }
  }
  settings.dummy = std::move(dummy);
  return {};
}

VideoRoom::Result VideoRoom::add_dummy(room::Room& room, const room::DummySettings& dummy,
                                       Timestamp now) {
  std::vector<DummyStream> streams = dummy.streams;
  if (streams.empty()) {
    for (const Codec codec : room.settings().audio_codecs) streams.push_back({codec, {}});
    for (const Codec codec : room.settings().video_codecs) streams.push_back({codec, {}});
  }
  const Handle<room::Publisher> added = room.add_publisher({.id = new_id(),
                                                            .private_id = new_private_id(room),
                                                            .peer = host_.new_peer_id(),
                                                            .display = "Dummy publisher",
                                                            .is_e2ee = dummy.is_e2ee,
                                                            .is_dummy = true});
  if (added.is_null()) {
    return fail(RoomError::kUnknown, "all participants are in use (limits.participants)");
  }
  room::Publisher& publisher = *rooms_.resolve(added);
  auto published = media_.publish_dummy(publisher.peer, room.placement(), streams, now);
  if (!published) return std::unexpected(dummy_error(published.error()));
  publisher.is_publishing = true;
  publisher.set_streams(*std::move(published));
  return {};
}

}  // namespace penstock::janus
