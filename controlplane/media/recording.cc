// What records publishers: part of peer_connections.h. A recorder is a peer whose transport is of
// files; each of its lines is a subscription, whose handle names the recording. Messages of data
// channels come by themselves.
#include <algorithm>

#include "controlplane/media/capacity_error.h"
#include "controlplane/media/passed_extensions.h"
#include "controlplane/media/peer_connections.h"
#include "controlplane/sdp/fixed_ids.h"
#include "dataplane/base/scope_guard.h"

namespace penstock {
namespace {

bool fits(HeaderExtension extension, MediaKind kind) {
  const sdp::FixedHeaderExtension& fixed = sdp::fixed_header_extension(extension);
  return kind == MediaKind::kAudio ? fixed.audio : fixed.video;
}

void add_extensions(const ExtensionMap& published, recording::Description& file) {
  for (const HeaderExtension extension : kPassedExtensions) {
    const std::uint8_t id = published.id(extension);
    if (id == 0 || !fits(extension, file.kind)) continue;
    file.extensions.emplace_back(id, std::string(sdp::fixed_header_extension(extension).uri));
  }
}

// Of messages: no handle has this bit.
constexpr RecordingId kMessagesBit = RecordingId{1} << 63;

// Of the bundle; data channels have none.
ExtensionMap extensions_of(std::span<const RecordedStream> streams) {
  const auto found = std::ranges::find_if(
      streams, [](const RecordedStream& stream) { return !stream.source.is_null(); });
  return found == streams.end() ? ExtensionMap() : found->extensions;
}

}  // namespace

std::expected<void, MediaError> PeerConnections::record(PeerId id, PeerId publisher,
                                                        std::span<const RecordedStream> streams,
                                                        Timestamp now) {
  const Call call(*this, now);
  if (streams.empty()) {
    destroy(find_handle(id), now);
    return {};
  }
  if (config_.recordings == nullptr) return Media::record(id, publisher, streams, now);
  Peer* peer = find(id);
  const bool is_new = peer == nullptr;
  if (is_new) {
    auto made = make_recorder(id, publisher, streams, now);
    if (!made) return std::unexpected(made.error());
    peer = *made;
  } else if (peer->role != PeerRole::kRecorder) {
    return std::unexpected(MediaError{MediaErrorKind::kWrongState, "this peer is no recorder"});
  }
  std::vector<RecorderLine> next;
  std::vector<RecorderLine> begun;
  next.reserve(streams.size());
  begun.reserve(streams.size());
  ScopeGuard undo([&] {
    for (const RecorderLine& line : begun) end_recording(line, now);
    if (is_new) destroy(find_handle(id), now);
  });
  for (const RecordedStream& wanted : streams) {
    const auto old = std::ranges::find_if(peer->recorder_lines, [&](const RecorderLine& line) {
      return line.wanted.is_continued_by(wanted);
    });
    if (old != peer->recorder_lines.end()) {
      next.push_back(*old);
      continue;
    }
    auto line = begin_recording(find_handle(id), wanted, now);
    if (!line) return std::unexpected(line.error());
    begun.push_back(*line);
    next.push_back(*std::move(line));
  }
  recorded_data_[publisher] = find_handle(id);

  // From here on nothing can fail.
  undo.dismiss();
  for (const RecorderLine& old : peer->recorder_lines) {
    const bool goes_on = std::ranges::any_of(
        next, [&](const RecorderLine& line) { return line.wanted.is_continued_by(old.wanted); });
    if (!goes_on) end_recording(old, now);
  }
  peer->recorder_lines = std::move(next);
  dataplane_.set_extensions(peer->recording_transport, {},
                            passed_extensions(extensions_of(streams)));
  for (std::size_t i = 0; i < streams.size(); ++i) {
    RecorderLine& line = peer->recorder_lines[i];
    if (line.is_paused == streams[i].is_paused) continue;
    line.is_paused = streams[i].is_paused;
    if (!line.subscription.is_null()) dataplane_.set_paused(line.subscription, line.is_paused);
  }
  return {};
}

// On the worker that receives the publisher, so that nothing has to be handed over.
std::expected<Peer*, MediaError> PeerConnections::make_recorder(
    PeerId id, PeerId publisher, std::span<const RecordedStream> streams, Timestamp now) {
  const auto handle = make_peer(id, PeerRole::kRecorder);
  if (!handle) return std::unexpected(handle.error());
  ++recorders_;
  ScopeGuard undo([&] { destroy(*handle, now); });
  Peer& peer = *peer_pool_.resolve(*handle);
  TransportConfig config;
  config.kind = TransportKind::kRecording;
  config.worker = dataplane_.worker_of(streams.front().source);
  config.cname = peer.cname;
  config.streams_max = 0;
  config.subscriptions_max =
      std::min(config_.streams_per_publisher_max, config_.subscriptions_per_subscriber_max);
  const auto transport = dataplane_.create_transport(config);
  if (!transport) return capacity_error(transport.error());
  peer.recording_transport = *transport;
  peer.recorded = publisher;
  peer.ssrc_counter = static_cast<std::uint32_t>(random_.next_u64());
  undo.dismiss();
  return &peer;
}

// Paused: until all that was asked for is there, nothing is recorded.
std::expected<RecorderLine, MediaError> PeerConnections::begin_recording(
    PeerHandle handle, const RecordedStream& wanted, Timestamp now) {
  Peer& peer = *peer_pool_.resolve(handle);
  RecorderLine line{.wanted = wanted, .recording = 0, .subscription = {}, .is_paused = true};
  recording::Description file = wanted.file;
  if (file.kind == MediaKind::kData) {
    line.recording = kMessagesBit | ++recorded_data_count_;
  } else {
    const auto subscription = subscribe_recorder(peer, wanted, file);
    if (!subscription) return std::unexpected(subscription.error());
    line.subscription = *subscription;
    line.recording = subscription->bits();
  }
  ScopeGuard undo([&] { end_recording(line, now); });
  recordings_.emplace(line.recording, handle);
  if (auto begun = config_.recordings->begin(line.recording, std::move(file), now); !begun)
    return capacity_error(std::move(begun.error()));
  undo.dismiss();
  return line;
}

std::expected<SubscriptionHandle, MediaError> PeerConnections::subscribe_recorder(
    Peer& peer, const RecordedStream& wanted, recording::Description& file) {
  SubscriptionConfig config;
  config.transport = peer.recording_transport;
  config.ssrc = peer.next_ssrc();
  config.cname = peer.cname;
  config.is_paused = true;
  config.target.stream = wanted.source;
  config.target.codec = file.codec;
  const auto payload_type = peer.payload_types.assign(file.codec, file.fmtp);
  if (!payload_type) return capacity_error("no payload type is left");
  config.target.payload_type = *payload_type;
  if (wanted.has_red) config.target.red_payload_type = peer.payload_types.assign_red(*payload_type);
  file.red_payload_type = config.target.red_payload_type;
  add_extensions(wanted.extensions, file);
  const auto subscription = dataplane_.create_subscription(config);
  if (!subscription) return capacity_error(subscription.error());
  return *subscription;
}

// The one end of a recording. One that has ended: no-op.
void PeerConnections::end_recording(const RecorderLine& line, Timestamp now) {
  if (line.recording == 0) return;
  if (!line.subscription.is_null()) dataplane_.destroy_subscription(line.subscription, now);
  recordings_.erase(line.recording);
  config_.recordings->end(line.recording);
}

void PeerConnections::release_recorder(Peer& peer, Timestamp now) {
  for (const RecorderLine& line : peer.recorder_lines) end_recording(line, now);
  recorded_data_.erase(peer.recorded);
  if (!peer.recording_transport.is_null())
    dataplane_.destroy_transport(peer.recording_transport, now);
  --recorders_;
}

void PeerConnections::record_message(DataPeerId publisher, const DataMessage& message,
                                     Timestamp now) {
  const auto found = recorded_data_.find(publisher);
  const Peer* recorder =
      found == recorded_data_.end() ? nullptr : peer_pool_.resolve(found->second);
  if (recorder == nullptr) return;
  for (const RecorderLine& line : recorder->recorder_lines) {
    const recording::Description& file = line.wanted.file;
    if (file.kind != MediaKind::kData || file.is_text != message.is_text) continue;
    if (line.recording != 0 && !line.is_paused)
      config_.recordings->add_message(line.recording, message.bytes, now);
  }
}

// Files that have ended by themselves: nothing more is recorded for them.
void PeerConnections::report_recordings(Timestamp now, MediaEvents& events) {
  if (config_.recordings == nullptr) return;
  while (const auto ended = config_.recordings->take_ended()) {
    const auto found = recordings_.find(ended->id);
    Peer* peer = found == recordings_.end() ? nullptr : peer_pool_.resolve(found->second);
    if (peer == nullptr) continue;
    for (RecorderLine& line : peer->recorder_lines) {
      if (line.recording != ended->id) continue;
      end_recording(line, now);
      line.recording = 0;
      line.subscription = {};
      const std::string mid = line.wanted.file.mid;
      events.on_recording_ended(peer->recorded, mid, ended->name, ended->reason, now);
      break;  // whoever was told may have changed anything
    }
  }
}

}  // namespace penstock
