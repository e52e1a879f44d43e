// Publishers without a transport: part of peer_connections.h.
#include "controlplane/media/capacity_error.h"
#include "controlplane/media/peer_connections.h"
#include "controlplane/sdp/codec_choice.h"
#include "dataplane/base/scope_guard.h"

namespace penstock {
namespace {

std::expected<PublishedStream, MediaError> describe(std::size_t mindex, const DummyStream& wanted) {
  const auto choice = sdp::choose_parameters(wanted.codec, wanted.fmtp);
  if (!choice) {
    return std::unexpected(
        MediaError{MediaErrorKind::kNoUsableStream,
                   "no publisher could negotiate the fmtp of stream " + std::to_string(mindex)});
  }
  PublishedStream stream;
  stream.mindex = static_cast<std::uint32_t>(mindex);
  stream.mid = std::to_string(mindex);
  stream.kind = codec_kind(wanted.codec);
  stream.is_active = true;
  stream.codec = wanted.codec;
  stream.fmtp = choice->fmtp;
  stream.opus_stereo = choice->opus_stereo;
  stream.opus_fec = choice->opus_fec;
  stream.opus_dtx = choice->opus_dtx;
  stream.h264_profile = choice->h264_profile;
  stream.vp9_profile = choice->vp9_profile;
  return stream;
}

}  // namespace

// Nobody has to reach this peer: it has no worker, so that there is nothing to place.
std::expected<std::vector<PublishedStream>, MediaError> PeerConnections::publish_dummy(
    PeerId id, PeerPlacement, std::span<const DummyStream> streams, Timestamp now) {
  const Call call(*this, now);
  if (exists(id))
    return std::unexpected(MediaError{MediaErrorKind::kWrongState, "the peer exists already"});
  if (streams.empty())
    return std::unexpected(MediaError{MediaErrorKind::kNoUsableStream, "no stream is described"});
  if (streams.size() > config_.streams_per_publisher_max) {
    return capacity_error("too many streams for one peer (limits.streams_per_publisher_max)");
  }
  std::vector<PublishedStream> published;
  for (const DummyStream& wanted : streams) {
    auto stream = describe(published.size(), wanted);
    if (!stream) return std::unexpected(stream.error());
    published.push_back(std::move(*stream));
  }
  const auto handle = make_peer(id, PeerRole::kDummyPublisher);
  if (!handle) return std::unexpected(handle.error());
  ScopeGuard undo([&] { destroy(*handle, now); });
  if (auto made = make_dummy_streams(*peer_pool_.resolve(*handle), published); !made) {
    return std::unexpected(made.error());
  }
  undo.dismiss();
  return published;
}

std::expected<void, MediaError> PeerConnections::make_dummy_streams(
    Peer& peer, std::span<PublishedStream> streams) {
  peer.streams.reserve(streams.size());
  for (PublishedStream& stream : streams) {
    StreamConfig config;
    config.mid = Mid::from(stream.mid);
    config.codec = stream.codec;
    const auto handle = dataplane_.create_stream(config);
    if (!handle) return capacity_error(handle.error());
    stream.handle = *handle;
    peer.streams.push_back(*handle);
  }
  return {};
}

}  // namespace penstock
