// The dummy publisher that `create` asks for (videoroom/dummies.cc makes it).
#include <algorithm>

#include "controlplane/janus/requests/reading.h"

namespace penstock::janus {
namespace {

constexpr Field kDummyStreamFields[] = {{"codec", JsonType::kString, true},
                                        {"fmtp", JsonType::kString}};

// The text goes into offers as it is: it must not be able to add lines to them.
bool is_fit_for_sdp(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

std::expected<DummyStream, Error> read_stream(const json::value& item) {
  if (!item.is_object()) return not_an_object("dummy_streams");
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

}  // namespace penstock::janus
