#include "controlplane/janus/videoroom/talking.h"

#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/janus/videoroom/spreading.h"

namespace penstock::janus::videoroom {

AudioRule audio_rule_of(const room::Publisher& publisher, const room::RoomSettings& settings) {
  const AudioRule silent{.is_gated = settings.loudest != 0,
                         .is_followed = settings.dominant_speaker};
  if (!settings.audio_level_event) return silent;
  const auto chosen = [](std::uint32_t own, std::uint32_t rooms) { return own != 0 ? own : rooms; };
  return {.packets = chosen(publisher.audio_active_packets, settings.audio_active_packets),
          .level_max = static_cast<std::uint8_t>(
              chosen(publisher.audio_level_average, settings.audio_level_average)),
          .is_gated = silent.is_gated,
          .is_followed = silent.is_followed};
}

void tell_talking(const Context& context, const Attachment& attachment, std::string_view mid,
                  bool is_talking, float level) {
  const auto who = participant_of(context, attachment);
  if (!who) return;
  room::PublisherStream* stream = who->publisher->find_stream(mid);
  if (stream == nullptr || !who->room->settings().audio_level_event) return;
  stream->is_talking = is_talking;
  ObjectText event{{"videoroom", is_talking ? "talking" : "stopped-talking"},
                   {"room", to_json(who->room->id())},
                   {"id", to_json(who->publisher->id)},
                   {"mindex", stream->media.mindex},
                   {"mid", mid}};
  event.add_json("audio-level-dBov-avg", std::to_string(level));
  spread_event(context, *who->room, std::nullopt, std::move(event).text());
}

}  // namespace penstock::janus::videoroom
