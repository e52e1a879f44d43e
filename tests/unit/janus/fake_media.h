// Media without media: answers every offer with plausible SDP, knows which peers exist, and records
// what was asked of it. An offer is one "m=" line per stream in a tiny language of the tests:
//   "m=<audio|video> <mid> <codec>[ simulcast][ inactive][ remb]", "m=data <mid>[ inactive]"
#pragma once

#include <algorithm>
#include <map>
#include <new>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controlplane/media/media.h"

namespace penstock {

class FakeMedia final : public Media {
 public:
  using Media::offer;
  using Media::publish;

  struct Peer {
    bool is_publisher = false;
    bool is_dummy = false;
    std::optional<ForwardDestination> destination;  // of a forwarder
    std::vector<ForwardedStream> forwarded{};       // likewise; their sources are gone
    std::vector<StreamHandle> forwarded_handles{};
    bool is_offer_pending = false;
    int offers = 0;
    int answers = 0;
    std::uint64_t room_key = 0;
    std::map<std::string, StreamHandle> streams;  // of a publisher, by mid
    std::vector<SubscriberMline> mlines;          // of a subscriber, as last offered
    std::vector<DataSource> data_sources{};
    std::map<std::uint32_t, StreamWishes> wishes;
    std::optional<std::uint64_t> receiver_limit_bps;
    std::vector<bool> paused;
    bool has_restarted = false;
    std::uint64_t bitrate_bps = 0;  // of a publisher
    AudioRule audio;                // likewise
  };

  std::expected<PublishResult, MediaError> publish(
      PeerId peer, PeerPlacement placement, std::string_view offer_sdp, const PublishPolicy& policy,
      Timestamp, const BeforeEffect<PublishResult>& tell) override {
    if (refuses) return std::unexpected(*refuses);
    last_policy = policy;
    PublishResult result;
    std::istringstream lines{std::string(offer_sdp)};
    std::string line;
    bool has_active = false;
    while (std::getline(lines, line)) {
      if (!line.starts_with("m=")) {
        return std::unexpected(MediaError{MediaErrorKind::kInvalidSdp, "line without m="});
      }
      result.streams.push_back(stream_from(peer, line.substr(2), policy));
      result.streams.back().mindex = static_cast<std::uint32_t>(result.streams.size() - 1);
      has_active = has_active || result.streams.back().is_active;
    }
    if (!has_active) return std::unexpected(MediaError{MediaErrorKind::kNoUsableStream, "nothing"});
    Peer& made = peers[peer];
    made.is_publisher = true;
    made.room_key = placement.room_key;
    made.bitrate_bps = policy.bitrate_bps;
    made.audio = policy.audio;
    made.streams.clear();
    for (const PublishedStream& stream : result.streams) {
      if (stream.is_active) made.streams[stream.mid] = stream.handle;
    }
    result.answer_sdp = "v=0\r\na=answer\r\n";
    result.warnings = warnings;
    tell(result);
    return result;
  }

  // Shows everything, in m-lines "0", "1", ...
  std::expected<SubscribeResult, MediaError> subscribe(
      PeerId peer, PeerPlacement placement, std::string_view,
      std::span<const SubscriberMline> sources, Timestamp,
      const BeforeEffect<SubscribeResult>& tell) override {
    if (refuses) return std::unexpected(*refuses);
    SubscribeResult result{.answer_sdp = "v=0\r\na=answer\r\n", .mids = {}, .warnings = warnings};
    for (std::size_t i = 0; i < sources.size(); ++i) result.mids.push_back(std::to_string(i));
    Peer made;
    made.room_key = placement.room_key;
    made.mlines.assign(sources.begin(), sources.end());
    made.paused.resize(sources.size());
    tell(result);
    peers[peer] = std::move(made);
    return result;
  }

  std::expected<IceDescription, MediaError> restart_ice(
      PeerId peer, std::string_view, std::string_view, Timestamp,
      const BeforeEffect<IceDescription>& tell) override {
    if (refuses) return std::unexpected(*refuses);
    if (!exists(peer)) return std::unexpected(MediaError{MediaErrorKind::kWrongState, "unknown"});
    IceDescription ours{.ufrag = "next" + std::to_string(++restarts),
                        .pwd = "0123456789012345678901",
                        .candidates = {"1 1 udp 1 198.18.0.2 1 typ host"}};
    tell(ours);
    peers[peer].has_restarted = true;
    return ours;
  }
  int restarts = 0;

  void limit_bitrate(PeerId peer, std::uint64_t bitrate_bps) override {
    const auto found = peers.find(peer);
    if (found != peers.end()) found->second.bitrate_bps = bitrate_bps;
  }

  HeardAudio heard_of(StreamHandle stream) const override {
    if (is_out_of_memory) throw std::bad_alloc();
    const auto found = heard.find(stream.bits());
    return found == heard.end() ? HeardAudio{} : found->second;
  }
  void set_audio_gate(StreamHandle stream, std::uint8_t loudness) override {
    gates[stream.bits()] = loudness;
  }
  bool is_out_of_memory = false;                // heard_of() throws
  std::map<std::uint64_t, HeardAudio> heard;    // by handle
  std::map<std::uint64_t, std::uint8_t> gates;  // likewise
  LayerReports layers_of(StreamHandle stream) const override {
    const auto found = layers.find(stream);
    return found == layers.end() ? LayerReports{} : found->second;
  }
  RecentLevels recent_levels_of(StreamHandle stream) const override {
    const auto found = recent_levels.find(stream.bits());
    return found == recent_levels.end() ? RecentLevels{} : found->second;
  }
  std::map<std::uint64_t, RecentLevels> recent_levels;  // likewise
  std::map<StreamHandle, LayerReports> layers;

  void set_audio_rule(PeerId peer, const AudioRule& rule) override {
    const auto found = peers.find(peer);
    if (found != peers.end()) found->second.audio = rule;
  }

  std::expected<std::vector<PublishedStream>, MediaError> publish_dummy(
      PeerId peer, PeerPlacement placement, std::span<const DummyStream> streams,
      Timestamp) override {
    if (refuses) return std::unexpected(*refuses);
    if (exists(peer)) return std::unexpected(MediaError{MediaErrorKind::kWrongState, "exists"});
    if (streams.empty()) return std::unexpected(MediaError{MediaErrorKind::kNoUsableStream, ""});
    Peer& made = peers[peer];
    made.is_publisher = true;
    made.is_dummy = true;
    made.room_key = placement.room_key;
    std::vector<PublishedStream> published;
    for (const DummyStream& wanted : streams) {
      PublishedStream stream;
      stream.mindex = static_cast<std::uint32_t>(published.size());
      stream.mid = std::to_string(published.size());
      stream.kind = codec_kind(wanted.codec);
      stream.is_active = true;
      stream.handle = StreamHandle(next_index_++, 1);
      stream.codec = wanted.codec;
      stream.fmtp = wanted.fmtp;
      made.streams[stream.mid] = stream.handle;
      published.push_back(stream);
    }
    return published;
  }

  std::expected<std::string, MediaError> offer(PeerId peer, PeerPlacement placement,
                                               std::span<const SubscriberMline> mlines,
                                               bool restart_ice, Timestamp,
                                               const BeforeEffect<std::string>& tell) override {
    if (refuses) return std::unexpected(*refuses);
    Peer& made = peers[peer];
    if (made.is_offer_pending) ++offers_in_flight_twice;
    made.room_key = placement.room_key;
    made.is_offer_pending = true;
    made.has_restarted = restart_ice;
    made.mlines.assign(mlines.begin(), mlines.end());
    made.paused.assign(mlines.size(), false);
    for (std::size_t i = 0; i < mlines.size(); ++i) made.paused[i] = mlines[i].is_paused;
    ++made.offers;
    std::string sdp = "v=0\r\na=offer " + std::to_string(made.offers) + "\r\n";
    tell(sdp);
    return sdp;
  }

  std::expected<bool, MediaError> retarget(PeerId peer, std::span<const SubscriberMline> mlines,
                                           const std::function<void()>& tell) override {
    if (refuses) return std::unexpected(*refuses);
    Peer& made = peers.at(peer);
    const auto is_alike = [](const SubscriberMline& a, const SubscriberMline& b) {
      return a.is_active == b.is_active && a.codec == b.codec && a.fmtp == b.fmtp;
    };
    if (mlines.size() < made.mlines.size()) return false;
    const auto shown = mlines.first(made.mlines.size());
    if (!std::ranges::equal(made.mlines, shown, is_alike)) return false;
    tell();
    made.mlines.assign(shown.begin(), shown.end());
    return true;
  }

  std::expected<std::vector<std::string>, MediaError> accept_answer(PeerId peer,
                                                                    std::string_view answer_sdp,
                                                                    Timestamp) override {
    if (answer_sdp == "bad") {
      return std::unexpected(MediaError{MediaErrorKind::kInvalidSdp, "bad answer"});
    }
    const auto found = peers.find(peer);
    if (found == peers.end() || !found->second.is_offer_pending) {
      return std::unexpected(MediaError{MediaErrorKind::kWrongState, "no offer"});
    }
    found->second.is_offer_pending = false;
    ++found->second.answers;
    return warnings;
  }

  void stop(PeerId, std::uint32_t, Timestamp) override {}
  void set_paused(PeerId peer, std::optional<std::uint32_t> mindex, bool is_paused) override {
    const auto found = peers.find(peer);
    if (found == peers.end()) return;
    std::vector<bool>& paused = found->second.paused;
    for (std::size_t i = 0; i < paused.size(); ++i) {
      if (!mindex || *mindex == i) paused[i] = is_paused;
    }
  }

  void set_data_sources(PeerId peer, std::uint32_t, std::span<const DataSource> sources,
                        Timestamp) override {
    const auto found = peers.find(peer);
    if (found != peers.end()) found->second.data_sources.assign(sources.begin(), sources.end());
  }
  void set_wishes(PeerId peer, std::uint32_t mindex, const StreamWishes& wishes) override {
    const auto found = peers.find(peer);
    if (found != peers.end()) found->second.wishes[mindex] = wishes;
  }
  void limit_receiver(PeerId peer, std::uint64_t bitrate_bps) override {
    const auto found = peers.find(peer);
    if (found != peers.end()) found->second.receiver_limit_bps = bitrate_bps;
  }

  std::expected<Forwarding, MediaError> forward(PeerId peer, PeerPlacement placement,
                                                const ForwardDestination& to,
                                                std::span<const ForwardedStream> streams,
                                                Timestamp) override {
    if (refuses) return std::unexpected(*refuses);
    if (exists(peer)) return std::unexpected(MediaError{MediaErrorKind::kWrongState, "exists"});
    if (forwards_left-- == 0) return std::unexpected(MediaError{MediaErrorKind::kCapacity, "full"});
    Peer made;
    made.room_key = placement.room_key;
    made.destination = to;
    made.paused.resize(streams.size());
    for (const ForwardedStream& stream : streams) {
      made.forwarded.push_back(stream);
      made.forwarded_handles.push_back(stream.source->handle);
    }
    peers[peer] = std::move(made);
    return Forwarding{.local_port = 5'000};
  }

  void request_keyframe(StreamHandle stream) override { keyframes.push_back(stream); }
  void close(PeerId peer, Timestamp) override { peers.erase(peer); }
  bool exists(PeerId peer) const override { return peers.contains(peer); }
  std::optional<TransportSnapshot> snapshot(PeerId) const override { return std::nullopt; }
  bool receives(PeerId peer, std::uint32_t mindex) const override {
    return exists(peer) && !rejected_mlines.contains(mindex);
  }
  void walk_peer(OwnershipWalk&, PeerId peer) const override {
    if (exists(peer)) walked.push_back(peer);
  }

  std::multiset<PeerId> peer_ids() const {
    std::multiset<PeerId> ids;
    for (const auto& [id, peer] : peers) ids.insert(id);
    return ids;
  }

  std::map<PeerId, Peer> peers;

  // Those that are addresses which media is sent to.
  std::vector<Peer> sending_elsewhere() const {
    std::vector<Peer> found;
    for (const auto& [id, peer] : peers) {
      if (peer.destination) found.push_back(peer);
    }
    return found;
  }
  std::vector<StreamHandle> keyframes;
  std::optional<MediaError> refuses;        // what the next calls fail with
  std::vector<std::string> warnings;        // of the next offers and answers
  int forwards_left = 1'000'000;            // that succeed
  PublishPolicy last_policy;                // of the last offer
  std::set<std::uint32_t> rejected_mlines;  // by the answers of all subscribers
  int offers_in_flight_twice = 0;
  mutable std::vector<PeerId> walked;  // peers that were marked as owned

 private:
  PublishedStream stream_from(PeerId peer, const std::string& line, const PublishPolicy& policy) {
    std::istringstream words(line);
    std::string kind, codec, word;
    PublishedStream stream;
    words >> kind >> stream.mid >> codec;
    stream.kind = kind == "audio" ? MediaKind::kAudio : MediaKind::kVideo;
    if (kind == "data") {
      stream.kind = MediaKind::kData;
      stream.is_active = codec != "inactive";
      return stream;
    }
    const auto& allowed =
        stream.kind == MediaKind::kAudio ? policy.audio_codecs : policy.video_codecs;
    for (const Codec candidate : allowed) {
      std::string name(codec_name(candidate));
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
      if (name != codec) continue;
      stream.is_active = true;
      stream.codec = candidate;
    }
    while (words >> word) {
      if (word == "simulcast") stream.is_simulcast = true;
      if (word == "remb") stream.has_remb = true;
      if (word == "inactive") stream.is_active = false;
    }
    if (!stream.is_active) return stream;
    stream.extensions.set(HeaderExtension::kAudioLevel, 1);
    stream.extensions.set(HeaderExtension::kVideoOrientation, 4);
    const auto known = peers.find(peer);
    if (known != peers.end() && known->second.streams.contains(stream.mid)) {
      stream.handle = known->second.streams.at(stream.mid);
    } else {
      stream.handle = StreamHandle(next_index_++, 1);
    }
    return stream;
  }

  std::uint32_t next_index_ = 1;
};

}  // namespace penstock
