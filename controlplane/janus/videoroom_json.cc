#include "controlplane/janus/videoroom_json.h"

#include <algorithm>
#include <array>

namespace penstock::janus {
namespace {

constexpr std::array<std::string_view, 5> kCodecNames = {"opus", "vp8", "vp9", "h264", "av1"};

json::value parse_own(const std::string& text) { return json::parse(text); }

std::string join_codecs(const std::vector<Codec>& codecs) {
  std::string text;
  for (const Codec codec : codecs) {
    if (!text.empty()) text += ',';
    text += to_json(codec);
  }
  return text;
}

void add_extension_ids(json::object& to, const PublishedStream& media) {
  const auto add = [&](const char* name, HeaderExtension extension) {
    if (media.extensions.id(extension) != 0) to[name] = media.extensions.id(extension);
  };
  if (media.kind == MediaKind::kAudio) add("audiolevel_ext_id", HeaderExtension::kAudioLevel);
  if (media.kind == MediaKind::kVideo) {
    add("videoorient_ext_id", HeaderExtension::kVideoOrientation);
    add("playoutdelay_ext_id", HeaderExtension::kPlayoutDelay);
  }
}

json::object simulcast_json(const room::LayerTargets& layers) {
  // Which layer flows right now is the data plane's knowledge: -1, as before the first packet.
  json::object simulcast{{"substream", -1},
                         {"substream-target", layers.substream.value_or(2)},
                         {"temporal-layer", -1},
                         {"temporal-layer-target", layers.temporal.value_or(2)}};
  if (layers.fallback_us) simulcast["fallback"] = *layers.fallback_us;
  return simulcast;
}

void add_source(json::object& to, const room::Room& room, const room::SubscriberStream& stream) {
  const room::Publisher* publisher = room.find_publisher(stream.source->feed);
  const room::PublisherStream* source = room.find_source(*stream.source);
  if (publisher == nullptr || source == nullptr) return;
  const PublishedStream& media = source->media;
  to["feed_id"] = to_json(publisher->id);
  if (publisher->display) to["feed_display"] = *publisher->display;
  if (publisher->metadata_json) to["feed_metadata"] = parse_own(*publisher->metadata_json);
  to["feed_mid"] = media.mid;
  if (!source->description.empty()) to["feed_description"] = source->description;
  to["codec"] = to_json(media.codec);
  if (!media.h264_profile.empty()) to["h264-profile"] = media.h264_profile;
  if (!media.vp9_profile.empty()) to["vp9-profile"] = media.vp9_profile;
  if (stream.layers.playout_delay_min || stream.layers.playout_delay_max) {
    to["playout-delay"] = {{"min-delay", stream.layers.playout_delay_min.value_or(0)},
                           {"max-delay", stream.layers.playout_delay_max.value_or(0)}};
  }
  if (media.is_simulcast) to["simulcast"] = simulcast_json(stream.layers);
}

}  // namespace

json::value to_json(const room::Id& id) {
  if (id.is_number()) return id.number();
  return json::string(id.to_string());
}

std::string_view to_json(MediaKind kind) { return kind == MediaKind::kAudio ? "audio" : "video"; }

std::string_view to_json(Codec codec) { return kCodecNames[static_cast<std::size_t>(codec)]; }

json::object error_event(const Error& error) {
  return {{"videoroom", "event"}, {"error_code", error.code}, {"error", error.text}};
}

json::object room_event(const room::Room& room) {
  return {{"videoroom", "event"}, {"room", to_json(room.id())}};
}

void add_warnings(json::object& to, std::span<const std::string> warnings) {
  if (!warnings.empty()) to["warnings"] = json::array(warnings.begin(), warnings.end());
}

void add_profile(json::object& to, const room::Publisher& publisher) {
  if (publisher.display) to["display"] = *publisher.display;
  if (publisher.metadata_json) to["metadata"] = parse_own(*publisher.metadata_json);
}

json::object attendee_json(const room::Publisher& publisher) {
  json::object attendee{{"id", to_json(publisher.id)}};
  add_profile(attendee, publisher);
  return attendee;
}

void add_codecs(json::object& to, const room::Publisher& publisher) {
  for (const MediaKind kind : {MediaKind::kAudio, MediaKind::kVideo}) {
    const auto first = std::ranges::find_if(publisher.streams, [&](const auto& stream) {
      return stream.media.is_active && stream.media.kind == kind;
    });
    if (first == publisher.streams.end()) continue;
    to[kind == MediaKind::kAudio ? "audio_codec" : "video_codec"] = to_json(first->media.codec);
  }
}

json::object publisher_json(const room::Publisher& publisher, bool marks_dummy) {
  json::object entry = attendee_json(publisher);
  if (marks_dummy && publisher.is_dummy) entry["dummy"] = true;
  add_codecs(entry, publisher);
  entry["streams"] = publisher_streams_json(publisher, false);
  return entry;
}

json::array publisher_streams_json(const room::Publisher& publisher, bool own) {
  json::array streams;
  for (const room::PublisherStream& stream : publisher.streams) {
    const PublishedStream& media = stream.media;
    json::object entry{{"type", to_json(media.kind)}, {"mindex", media.mindex}, {"mid", media.mid}};
    if (!media.is_active) {
      entry["disabled"] = true;
      streams.push_back(std::move(entry));
      continue;
    }
    if (!stream.description.empty()) entry["description"] = stream.description;
    entry["codec"] = to_json(media.codec);
    if (media.opus_stereo) entry["stereo"] = true;
    if (media.opus_fec) entry["fec"] = true;
    if (media.opus_dtx) entry["dtx"] = true;
    if (!media.h264_profile.empty()) entry["h264_profile"] = media.h264_profile;
    if (!media.vp9_profile.empty()) entry["vp9_profile"] = media.vp9_profile;
    if (stream.is_muted) entry["moderated"] = true;
    if (media.is_simulcast) entry["simulcast"] = true;
    if (own) add_extension_ids(entry, media);
    streams.push_back(std::move(entry));
  }
  return streams;
}

json::array subscriber_streams_json(const room::Room& room, const room::Subscriber& subscriber) {
  json::array streams;
  for (const room::SubscriberStream& stream : subscriber.streams()) {
    const std::size_t mindex = streams.size();
    json::object entry{{"type", to_json(stream.kind)},
                       {"active", stream.source.has_value()},
                       {"mindex", mindex},
                       {"mid", std::to_string(mindex)}};
    if (!stream.crossrefid.empty()) entry["crossrefid"] = stream.crossrefid;
    entry["ready"] = stream.is_ready;
    entry["send"] = stream.is_sent;
    if (stream.source) add_source(entry, room, stream);
    streams.push_back(std::move(entry));
  }
  return streams;
}

json::object room_json(const room::Room& room) {
  const room::RoomSettings& s = room.settings();
  json::object entry{{"room", to_json(room.id())},         {"description", s.description},
                     {"pin_required", !s.pin.empty()},     {"is_private", s.is_private},
                     {"max_publishers", s.publishers_max}, {"bitrate", s.bitrate_bps}};
  if (s.bitrate_cap) entry["bitrate_cap"] = true;
  entry["fir_freq"] = s.keyframe_interval_s;
  entry["require_pvtid"] = s.requires_private_id;
  entry["require_e2ee"] = s.requires_e2ee;
  entry["dummy_publisher"] = s.dummy.has_value();
  entry["notify_joining"] = s.notifies_joining;
  entry["audiocodec"] = join_codecs(s.audio_codecs);
  entry["videocodec"] = join_codecs(s.video_codecs);
  if (s.opus_fec) entry["opus_fec"] = true;
  if (s.opus_dtx) entry["opus_dtx"] = true;
  entry["record"] = false;
  entry["lock_record"] = false;
  entry["num_participants"] = room.publishers().size();
  entry["audiolevel_ext"] = s.audio_level_extension;
  entry["audiolevel_event"] = s.audio_level_event;
  if (s.audio_level_event) {
    entry["audio_active_packets"] = s.audio_active_packets;
    entry["audio_level_average"] = s.audio_level_average;
  }
  entry["videoorient_ext"] = s.video_orientation_extension;
  entry["playoutdelay_ext"] = s.playout_delay_extension;
  entry["transport_wide_cc_ext"] = s.transport_cc_extension;
  return entry;
}

}  // namespace penstock::janus
