#include "controlplane/janus/videoroom/room_json.h"

#include <algorithm>
#include <array>

namespace penstock::janus {
namespace {

constexpr std::array<std::string_view, 5> kCodecNames = {"opus", "vp8", "vp9", "h264", "av1"};

void add_extension_ids(ObjectText& to, const PublishedStream& media) {
  const auto add = [&](const char* name, HeaderExtension extension) {
    if (media.extensions.id(extension) != 0) to.add(name, media.extensions.id(extension));
  };
  if (media.kind == MediaKind::kAudio) add("audiolevel_ext_id", HeaderExtension::kAudioLevel);
  if (media.kind == MediaKind::kVideo) {
    add("videoorient_ext_id", HeaderExtension::kVideoOrientation);
    add("playoutdelay_ext_id", HeaderExtension::kPlayoutDelay);
  }
}

// -1: nothing has been received yet.
int spatial_of(const room::SubscriberStream& stream) {
  return stream.current_layer ? stream.current_layer->spatial : -1;
}
int temporal_of(const room::SubscriberStream& stream) {
  return stream.current_layer ? stream.current_layer->temporal : -1;
}

ObjectText simulcast_json(const room::SubscriberStream& stream) {
  const room::LayerTargets& layers = stream.layers;
  ObjectText simulcast{{"substream", spatial_of(stream)},
                       {"substream-target", layers.substream.value_or(2)},
                       {"temporal-layer", temporal_of(stream)},
                       {"temporal-layer-target", layers.temporal.value_or(2)}};
  if (layers.fallback_us) simulcast.add("fallback", *layers.fallback_us);
  return simulcast;
}

// Of scalable coding, which nothing in a description tells: once it was received, or asked for.
ObjectText svc_json(const room::SubscriberStream& stream) {
  return {{"spatial-layer", spatial_of(stream)},
          {"target-spatial-layer", stream.layers.spatial_layer.value_or(2)},
          {"temporal-layer", temporal_of(stream)},
          {"target-temporal-layer", stream.layers.temporal_layer.value_or(2)}};
}

// Of data channels, which have one m-line for all sources.
void add_source_ids(ObjectText& to, const room::SubscriberStream& stream) {
  ArrayText ids;
  std::size_t count = 0;
  stream.for_each_source([&](const room::Source& source) {
    ids.add(to_json(source.feed));
    ++count;
  });
  to.add("sources", count).add("source_ids", std::move(ids).json());
}

void add_source(ObjectText& to, const room::Room& room, const room::SubscriberStream& stream) {
  const room::Publisher* publisher = room.find_publisher(stream.source->feed);
  const room::PublisherStream* source = room.find_source(*stream.source);
  if (publisher == nullptr || source == nullptr) return;
  const PublishedStream& media = source->media;
  to.add("feed_id", to_json(publisher->id));
  if (publisher->display) to.add("feed_display", *publisher->display);
  if (publisher->metadata_json) to.add_json("feed_metadata", *publisher->metadata_json);
  to.add("feed_mid", media.mid);
  if (!source->description.empty()) to.add("feed_description", source->description);
  if (media.kind == MediaKind::kData) return;
  to.add("codec", to_json(media.codec));
  if (!media.h264_profile.empty()) to.add("h264-profile", media.h264_profile);
  if (!media.vp9_profile.empty()) to.add("vp9-profile", media.vp9_profile);
  if (stream.layers.playout_delay_min || stream.layers.playout_delay_max) {
    ObjectText delay{{"min-delay", stream.layers.playout_delay_min.value_or(0)},
                     {"max-delay", stream.layers.playout_delay_max.value_or(PlayoutDelay::kMax)}};
    to.add("playout-delay", std::move(delay).json());
  }
  if (stream.layers.priority) to.add("priority", *stream.layers.priority);
  if (media.is_simulcast) {
    to.add("simulcast", simulcast_json(stream).json());
  } else if (stream.current_layer || stream.layers.spatial_layer || stream.layers.temporal_layer) {
    to.add("svc", svc_json(stream).json());
  }
}

}  // namespace

JsonText to_json(const room::Id& id) {
  if (id.is_number()) return {id.to_string()};
  JsonText quoted;
  append_quoted(quoted.text, id.to_string());
  return quoted;
}

std::string_view to_json(MediaKind kind) {
  constexpr std::array<std::string_view, 3> kNames = {"audio", "video", "data"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view to_json(Codec codec) { return kCodecNames[static_cast<std::size_t>(codec)]; }

std::string join_codecs(const std::vector<Codec>& codecs) {
  std::string text;
  for (const Codec codec : codecs) {
    if (!text.empty()) text += ',';
    text += to_json(codec);
  }
  return text;
}

ObjectText error_event(const Error& error) {
  return {{"videoroom", "event"}, {"error_code", error.code}, {"error", error.text}};
}

ObjectText room_event(const room::Room& room) {
  return {{"videoroom", "event"}, {"room", to_json(room.id())}};
}

void add_warnings(ObjectText& to, std::span<const std::string> warnings) {
  if (warnings.empty()) return;
  ArrayText texts;
  for (const std::string& warning : warnings) texts.add(warning);
  to.add("warnings", std::move(texts).json());
}

void add_profile(ObjectText& to, const room::Publisher& publisher) {
  if (publisher.display) to.add("display", *publisher.display);
  if (publisher.metadata_json) to.add_json("metadata", *publisher.metadata_json);
}

std::size_t attendee_bytes(const room::Publisher& publisher) {
  std::size_t bytes = 128;  // beside the texts
  if (publisher.display) bytes += publisher.display->size();
  if (publisher.metadata_json) bytes += publisher.metadata_json->size();
  return bytes;
}

ObjectText attendee_json(const room::Publisher& publisher) {
  ObjectText attendee{{"id", to_json(publisher.id)}};
  add_profile(attendee, publisher);
  return attendee;
}

void add_codecs(ObjectText& to, const room::Publisher& publisher) {
  for (const MediaKind kind : {MediaKind::kAudio, MediaKind::kVideo}) {
    const auto first = std::ranges::find_if(
        publisher.streams, [&](const auto& stream) { return stream.is_active(kind); });
    if (first == publisher.streams.end()) continue;
    to.add(kind == MediaKind::kAudio ? "audio_codec" : "video_codec", to_json(first->media.codec));
  }
}

void add_talking(ObjectText& to, const room::Publisher& publisher,
                 const room::RoomSettings& settings) {
  if (!settings.audio_level_event || !publisher.is_publishing) return;
  to.add("talking", std::ranges::any_of(publisher.streams, &room::PublisherStream::is_talking));
}

ObjectText publisher_json(const room::Publisher& publisher, const room::RoomSettings* settings) {
  ObjectText entry = attendee_json(publisher);
  if (settings != nullptr && publisher.is_dummy) entry.add("dummy", true);
  add_codecs(entry, publisher);
  entry.add("streams", publisher_streams_json(publisher, false));
  if (settings != nullptr) add_talking(entry, publisher, *settings);
  return entry;
}

JsonText publisher_streams_json(const room::Publisher& publisher, bool own) {
  ArrayText streams;
  for (const room::PublisherStream& stream : publisher.streams) {
    const PublishedStream& media = stream.media;
    ObjectText entry{{"type", to_json(media.kind)}, {"mindex", media.mindex}, {"mid", media.mid}};
    if (!media.is_active) {
      entry.add("disabled", true);
      streams.add(std::move(entry));
      continue;
    }
    if (!stream.description.empty()) entry.add("description", stream.description);
    if (media.kind == MediaKind::kData) {
      if (stream.is_muted) entry.add("moderated", true);
      streams.add(std::move(entry));
      continue;
    }
    entry.add("codec", to_json(media.codec));
    if (media.opus_stereo) entry.add("stereo", true);
    if (media.opus_fec) entry.add("fec", true);
    if (media.opus_dtx) entry.add("dtx", true);
    if (media.opus_red) entry.add("red", true);
    if (!media.h264_profile.empty()) entry.add("h264_profile", media.h264_profile);
    if (!media.vp9_profile.empty()) entry.add("vp9_profile", media.vp9_profile);
    if (stream.is_muted) entry.add("moderated", true);
    if (media.is_simulcast) entry.add("simulcast", true);
    if (own) add_extension_ids(entry, media);
    streams.add(std::move(entry));
  }
  return std::move(streams).json();
}

JsonText subscriber_streams_json(const room::Room& room, const room::Subscriber& subscriber) {
  ArrayText streams;
  std::size_t mindex = 0;
  for (const room::SubscriberStream& stream : subscriber.streams()) {
    ObjectText entry{{"type", to_json(stream.kind)},
                     {"active", stream.source.has_value()},
                     {"mindex", mindex},
                     {"mid", std::to_string(mindex)}};
    if (!stream.crossrefid.empty()) entry.add("crossrefid", stream.crossrefid);
    entry.add("ready", stream.is_ready);
    entry.add("send", stream.is_sent);
    if (stream.kind == MediaKind::kData) add_source_ids(entry, stream);
    if (stream.source) add_source(entry, room, stream);
    ++mindex;
    streams.add(std::move(entry));
  }
  return std::move(streams).json();
}

ObjectText room_json(const room::Room& room) {
  const room::RoomSettings& s = room.settings();
  ObjectText entry{{"room", to_json(room.id())},         {"description", s.description},
                   {"pin_required", !s.pin.empty()},     {"is_private", s.is_private},
                   {"max_publishers", s.publishers_max}, {"bitrate", s.bitrate_bps}};
  if (s.bitrate_cap) entry.add("bitrate_cap", true);
  entry.add("fir_freq", s.keyframe_interval_s);
  entry.add("require_pvtid", s.requires_private_id);
  entry.add("require_e2ee", s.requires_e2ee);
  entry.add("dummy_publisher", s.dummy.has_value());
  entry.add("notify_joining", s.notifies_joining);
  entry.add("audiocodec", join_codecs(s.audio_codecs));
  entry.add("videocodec", join_codecs(s.video_codecs));
  if (s.opus_fec) entry.add("opus_fec", true);
  if (s.opus_dtx) entry.add("opus_dtx", true);
  if (s.opus_red) entry.add("opusred", true);
  entry.add("record", s.is_recorded);
  if (!s.recording_folder.empty()) entry.add("rec_dir", s.recording_folder);
  entry.add("lock_record", s.locks_recording);
  entry.add("num_participants", room.publishers().size());
  entry.add("audiolevel_ext", s.audio_level_extension);
  entry.add("audiolevel_event", s.audio_level_event);
  if (s.audio_level_event) {
    entry.add("audio_active_packets", s.audio_active_packets);
    entry.add("audio_level_average", s.audio_level_average);
  }
  if (s.loudest > 0) entry.add("loudest", s.loudest);
  if (s.dominant_speaker) entry.add("dominant_speaker", true);
  entry.add("videoorient_ext", s.video_orientation_extension);
  entry.add("playoutdelay_ext", s.playout_delay_extension);
  entry.add("transport_wide_cc_ext", s.transport_cc_extension);
  return entry;
}

}  // namespace penstock::janus
