#include "controlplane/sdp/publisher_negotiation.h"

#include <algorithm>
#include <span>
#include <utility>

#include "controlplane/sdp/codec_choice.h"
#include "controlplane/sdp/extension_choice.h"
#include "controlplane/sdp/limits.h"
#include "controlplane/sdp/media_rules.h"
#include "controlplane/sdp/offered_encodings.h"
#include "controlplane/sdp/offered_repair.h"
#include "controlplane/sdp/refused_media.h"
#include "controlplane/sdp/transport_description.h"
#include "controlplane/sdp/warnings.h"
#include "dataplane/base/limits.h"

namespace penstock::sdp {
namespace {

std::unexpected<NegotiationError> mismatch(std::string text) {
  return std::unexpected(NegotiationError{NegotiationErrorKind::kMediaMismatch, std::move(text)});
}

std::optional<MediaKind> kind_of(const MediaDescription& media) {
  if (media.kind == "audio") return MediaKind::kAudio;
  if (media.kind == "video") return MediaKind::kVideo;
  if (is_data_media(media)) return MediaKind::kData;
  return std::nullopt;
}

bool has_any_fingerprint(const SessionDescription& offer) {
  return !offer.transport.fingerprints.empty() ||
         std::ranges::any_of(offer.media, [](const MediaDescription& media) {
           return !media.transport.fingerprints.empty();
         });
}

// An m-line's place in a renegotiation is bound to its kind and mid until it is rejected (RFC 9429
// section 5.2.2).
std::expected<void, NegotiationError> check_renegotiation(const SessionDescription& offer,
                                                          const SessionDescription& previous) {
  if (offer.media.size() < previous.media.size()) return mismatch("m-lines disappeared");
  for (std::size_t i = 0; i < previous.media.size(); ++i) {
    const MediaDescription& before = previous.media[i];
    const MediaDescription& now = offer.media[i];
    if (before.port != 0 && (before.kind != now.kind || before.mid != now.mid)) {
      return mismatch("m-line " + std::to_string(i) + " changed its kind or mid");
    }
  }
  return {};
}

// Answers one offer; see answer_publisher_offer().
class PublisherAnswerer {
 public:
  PublisherAnswerer(const SessionDescription& offer, const PublisherPolicy& policy,
                    const LocalTransportParameters& local)
      : offer_(offer), policy_(policy), local_(local) {}

  std::expected<PublisherNegotiation, NegotiationError> answer();

 private:
  // Or why not; the text is empty if nobody has to be told.
  std::expected<CodecChoice, std::string> acceptable_codec(const MediaDescription& offered) const;
  std::expected<DataMedia, std::string> acceptable_data(const MediaDescription& offered) const;
  std::expected<void, std::string> check_transport(const MediaDescription& offered) const;
  bool is_refused_by_offerer(const MediaDescription& offered) const;
  std::expected<void, std::string> check_bundle(const MediaDescription& offered) const;
  std::vector<Codec> codecs_for(MediaKind kind, const MediaDescription& offered) const;
  const NegotiatedStream* previous_stream(const MediaDescription& offered) const;
  void answer_media(std::size_t mindex);
  void warn(std::size_t mindex, std::string_view what);
  void accept(std::size_t mindex, const CodecChoice& choice);
  void answer_data(std::size_t mindex);
  void choose_encodings(const MediaDescription& offered, NegotiatedStream& stream,
                        MediaDescription& answered) const;
  void choose_repair(const MediaDescription& offered, NegotiatedStream& stream,
                     MediaDescription& answered) const;
  void choose_redundancy(const MediaDescription& offered, NegotiatedStream& stream,
                         MediaDescription& answered) const;
  void limit_bitrate(const NegotiatedStream& stream, MediaDescription& answered);
  static PayloadFormat answer_format(const MediaDescription& offered, const CodecChoice& choice,
                                     std::span<const Extmap> extmaps);
  std::expected<void, NegotiationError> settle_transport();
  std::expected<DtlsRole, NegotiationError> choose_role(const PeerTransport& peer) const;

  const SessionDescription& offer_;
  const PublisherPolicy& policy_;
  const LocalTransportParameters& local_;
  PublisherNegotiation result_;
  ExtensionChoice extensions_;
  std::vector<std::size_t> accepted_;  // indices of m-lines
  Warnings warnings_;
};

std::expected<PublisherNegotiation, NegotiationError> PublisherAnswerer::answer() {
  if (!has_any_fingerprint(offer_)) {
    return std::unexpected(
        NegotiationError{NegotiationErrorKind::kMissingFingerprint, "no DTLS fingerprint"});
  }
  if (policy_.previous) {
    if (auto checked = check_renegotiation(offer_, policy_.previous->answer); !checked) {
      return std::unexpected(checked.error());
    }
  }
  result_.answer = describe_session(local_);
  result_.answer.extmap_allow_mixed = offer_.extmap_allow_mixed;
  for (std::size_t i = 0; i < offer_.media.size(); ++i) answer_media(i);
  result_.extensions = extensions_.map();
  if (auto settled = settle_transport(); !settled) return std::unexpected(settled.error());
  result_.warnings = warnings_.take();
  return std::move(result_);
}

void PublisherAnswerer::answer_media(std::size_t mindex) {
  const MediaDescription& offered = offer_.media[mindex];
  if (const auto kind = kind_of(offered)) {
    NegotiatedStream& stream = result_.streams.emplace_back();
    stream.mindex = mindex;
    stream.mid = offered.mid.empty() ? std::to_string(mindex) : offered.mid;
    stream.kind = *kind;
    if (kind == MediaKind::kData) return answer_data(mindex);
  }
  if (const auto choice = acceptable_codec(offered)) {
    accept(mindex, *choice);
  } else {
    result_.answer.media.push_back(rejected_media(offered));
    if (!choice.error().empty()) warn(mindex, choice.error());
  }
}

void PublisherAnswerer::answer_data(std::size_t mindex) {
  const MediaDescription& offered = offer_.media[mindex];
  const auto data = acceptable_data(offered);
  if (!data) {
    result_.answer.media.push_back(rejected_media(offered));
    if (!data.error().empty()) warn(mindex, data.error());
    return;
  }
  NegotiatedStream& stream = result_.streams.back();
  stream.accepted = true;
  stream.active = true;
  stream.data = *data;
  result_.answer.media.push_back(
      describe_data_media(offered.mid, offered.protocol, kDataMessageBytesMax));
  accepted_.push_back(mindex);
}

// One association has all channels of a connection (RFC 8841 section 9.1).
std::expected<DataMedia, std::string> PublisherAnswerer::acceptable_data(
    const MediaDescription& offered) const {
  if (auto checked = check_bundle(offered); !checked) return std::unexpected(checked.error());
  const bool has_one =
      std::ranges::any_of(accepted_, [&](std::size_t i) { return is_data_media(offer_.media[i]); });
  if (has_one) return std::unexpected("another m-line of data channels was taken");
  return read_data_media(offered);
}

void PublisherAnswerer::warn(std::size_t mindex, std::string_view what) {
  warnings_.add(about_media(mindex, offer_.media[mindex].mid, what));
}

std::expected<CodecChoice, std::string> PublisherAnswerer::acceptable_codec(
    const MediaDescription& offered) const {
  const auto kind = kind_of(offered);
  if (!kind) return std::unexpected("neither audio nor video nor data channels");
  if (auto checked = check_transport(offered); !checked) return std::unexpected(checked.error());
  const CodecWishes wishes{.h264_profile = policy_.h264_profile,
                           .vp9_profile = policy_.vp9_profile,
                           .opus_fec = policy_.opus_fec,
                           .opus_dtx = policy_.opus_dtx};
  const std::vector<Codec> codecs = codecs_for(*kind, offered);
  for (const Codec codec : codecs) {
    if (codec_kind(codec) != *kind) continue;
    if (auto choice = choose_format(offered, codec, wishes)) return *std::move(choice);
  }
  return std::unexpected(no_codec_reason(offered, codecs));
}

std::expected<void, std::string> PublisherAnswerer::check_transport(
    const MediaDescription& offered) const {
  if (is_refused_by_offerer(offered)) return std::unexpected("");
  if (!is_secure_protocol(offered.protocol)) {
    return std::unexpected("its protocol is neither UDP/TLS/RTP/SAVPF nor TCP/DTLS/RTP/SAVPF");
  }
  if (accepted_.size() >= policy_.streams_max) {
    return std::unexpected("more m-lines than limits.streams_per_publisher_max allows (" +
                           std::to_string(policy_.streams_max) + ")");
  }
  if (auto checked = check_bundle(offered); !checked) return checked;
  if (!has_rtcp_mux(offer_, offered)) return std::unexpected("no a=rtcp-mux");
  return {};
}

// The publisher itself does not want it.
bool PublisherAnswerer::is_refused_by_offerer(const MediaDescription& offered) const {
  return offered.port == 0 && !(offered.bundle_only && is_bundled(offer_, offered.mid));
}

std::expected<void, std::string> PublisherAnswerer::check_bundle(
    const MediaDescription& offered) const {
  if (is_refused_by_offerer(offered)) return std::unexpected("");
  const bool bundled = is_bundled(offer_, offered.mid);
  if (!bundled && !offer_.bundle_groups.empty()) {
    return std::unexpected("not in the first BUNDLE group: all m-lines share one transport");
  }
  if (!bundled && !accepted_.empty()) {
    return std::unexpected("the offer has no a=group:BUNDLE, so only its first m-line is taken");
  }
  return {};
}

// The codecs to try, best first.
std::vector<Codec> PublisherAnswerer::codecs_for(MediaKind kind,
                                                 const MediaDescription& offered) const {
  const bool audio = kind == MediaKind::kAudio;
  const auto& forced = audio ? policy_.forced_audio_codec : policy_.forced_video_codec;
  if (forced) return {*forced};
  std::vector<Codec> codecs = audio ? policy_.audio_codecs : policy_.video_codecs;
  const NegotiatedStream* previous = previous_stream(offered);
  if (previous == nullptr) return codecs;
  // Subscribers have this codec already; it stays unless the room does not allow it any more.
  const auto current = std::ranges::find(codecs, previous->codec);
  if (current != codecs.end()) std::rotate(codecs.begin(), current, current + 1);
  return codecs;
}

const NegotiatedStream* PublisherAnswerer::previous_stream(const MediaDescription& offered) const {
  if (!policy_.previous || offered.mid.empty()) return nullptr;
  const auto& streams = policy_.previous->streams;
  const auto found = std::ranges::find(streams, offered.mid, &NegotiatedStream::mid);
  return found != streams.end() && found->accepted ? &*found : nullptr;
}

PayloadFormat PublisherAnswerer::answer_format(const MediaDescription& offered,
                                               const CodecChoice& choice,
                                               std::span<const Extmap> extmaps) {
  const PayloadFormat* format = offered.find_payload(choice.payload_type);
  PayloadFormat answered{.payload_type = choice.payload_type,
                         .rtpmap = format->rtpmap,
                         .fmtp = choice.answer_fmtp,
                         .rtcp_fbs = {}};
  const auto answer = [&](std::string_view feedback) {
    if (offers_feedback(offered, choice.payload_type, feedback)) {
      answered.rtcp_fbs.emplace_back(feedback);
    }
  };
  answer(kNackFeedback);
  // Without its numbers in the packets there is nothing to say about them.
  const bool has_transport_cc = std::ranges::any_of(extmaps, [](const Extmap& extmap) {
    return header_extension_of(extmap.uri) == HeaderExtension::kTransportCc;
  });
  for (const std::string_view feedback : feedback_of(codec_kind(choice.codec))) {
    if (feedback != kTransportCcFeedback || has_transport_cc) answer(feedback);
  }
  return answered;
}

// RTX is taken wherever it is offered: publishers probe the network with it, too.
void PublisherAnswerer::choose_repair(const MediaDescription& offered, NegotiatedStream& stream,
                                      MediaDescription& answered) const {
  stream.nack = offers_feedback(offered, stream.payload_type, kNackFeedback);
  const PayloadFormat* rtx = offered_rtx(offered, stream.payload_type);
  if (rtx == nullptr) return;
  stream.rtx_payload_type = rtx->payload_type;
  stream.repaired_ssrcs = repaired_ssrcs(offered);
  answered.payloads.push_back({.payload_type = rtx->payload_type,
                               .rtpmap = rtx->rtpmap,
                               .fmtp = "apt=" + std::to_string(stream.payload_type),
                               .rtcp_fbs = {}});
}

// The first format of an answer is what browsers send, and they send RED if it comes before its
// codec. What it does not fit in comes plain all the same.
void PublisherAnswerer::choose_redundancy(const MediaDescription& offered, NegotiatedStream& stream,
                                          MediaDescription& answered) const {
  if (!policy_.opus_red || stream.codec != Codec::kOpus) return;
  const PayloadFormat* red = offered_red(offered, stream.payload_type);
  if (red == nullptr) return;
  stream.red_payload_type = red->payload_type;
  answered.payloads.insert(answered.payloads.begin(), {.payload_type = red->payload_type,
                                                       .rtpmap = red->rtpmap,
                                                       .fmtp = red->fmtp,
                                                       .rtcp_fbs = {}});
}

// RFC 3890 (TIAS, in bit/s) and RFC 8866 section 5.8 (AS, in kbit/s): clients know one or the
// other.
void PublisherAnswerer::limit_bitrate(const NegotiatedStream& stream, MediaDescription& answered) {
  if (policy_.bitrate_bps == 0 || stream.kind != MediaKind::kVideo || stream.remb) return;
  answered.bandwidths = {{"TIAS", policy_.bitrate_bps},
                         {"AS", std::max<std::uint64_t>(policy_.bitrate_bps / 1000, 1)}};
  warn(stream.mindex,
       "without a=rtcp-fb goog-remb the limit of its bitrate is only said in this answer (b=)");
}

// Takes all encodings that are offered and fit: which are really sent, only media tells. Without a
// usable one simulcast is not answered at all (RFC 8853 section 5.3.2).
void PublisherAnswerer::choose_encodings(const MediaDescription& offered, NegotiatedStream& stream,
                                         MediaDescription& answered) const {
  stream.rids = offered_rids(offered);
  stream.accepted_rids = accepted_rids(offered, stream.payload_type);
  if (stream.accepted_rids.empty()) return;
  answered.simulcast.emplace();
  for (const std::string& rid : stream.accepted_rids) {
    answered.rids.push_back({rid, Direction::kRecvOnly, {}});
    answered.simulcast->recv.push_back({{rid, false}});
  }
}

void PublisherAnswerer::accept(std::size_t mindex, const CodecChoice& choice) {
  const MediaDescription& offered = offer_.media[mindex];
  NegotiatedStream& stream = result_.streams.back();
  stream.accepted = true;
  stream.active = sends(offered.direction);
  stream.codec = choice.codec;
  stream.payload_type = choice.payload_type;
  stream.fmtp = choice.fmtp;
  stream.opus_stereo = choice.opus_stereo;
  stream.opus_fec = choice.opus_fec;
  stream.opus_dtx = choice.opus_dtx;
  stream.h264_profile = choice.h264_profile;
  stream.vp9_profile = choice.vp9_profile;
  OfferedSources sources = offered_sources(offered);
  stream.ssrcs = std::move(sources.track);
  stream.other_ssrcs = std::move(sources.others);

  MediaDescription& answered = result_.answer.media.emplace_back();
  answered.kind = offered.kind;
  answered.protocol = offered.protocol;
  answered.mid = offered.mid;
  answered.direction = stream.active ? Direction::kRecvOnly : Direction::kInactive;
  answered.extmap_allow_mixed = offered.extmap_allow_mixed;
  answered.rtcp_mux = true;
  answered.rtcp_rsize = offered.rtcp_rsize;
  result_.rtcp_rsize = result_.rtcp_rsize && offered.rtcp_rsize;
  answered.rtcp_reference_times = offered.rtcp_reference_times;
  result_.rtcp_reference_times = result_.rtcp_reference_times && offered.rtcp_reference_times;
  answered.extmaps = extensions_.choose(offered, stream.kind, policy_);
  for (const std::uint16_t id : extensions_.left_out()) {
    warn(mindex, "a=extmap:" + std::to_string(id) + " left out: it has another id or meaning in " +
                     "another m-line, or an id that is 15 or over " +
                     std::to_string(kHeaderExtensionIdMax));
  }
  answered.payloads = {answer_format(offered, choice, answered.extmaps)};
  choose_repair(offered, stream, answered);
  choose_redundancy(offered, stream, answered);
  stream.remb = stream.kind == MediaKind::kVideo &&
                offers_feedback(offered, stream.payload_type, kRembFeedback);
  if (stream.active) limit_bitrate(stream, answered);
  if (stream.active) choose_encodings(offered, stream, answered);
  if (stream.active && !stream.other_ssrcs.empty()) {
    warn(mindex,
         "its a=ssrc lines name several tracks (Plan B): only the first is taken, the others need "
         "m-lines of their own (unified-plan)");
  }
  if (stream.active && offered.mid.size() > kMidBytesMax && stream.ssrcs.empty()) {
    warn(mindex, "its mid is longer than " + std::to_string(kMidBytesMax) +
                     " bytes and it has no a=ssrc: only its payload type tells its packets apart");
  }
  if (stream.active && offered.simulcast && !offered.simulcast->send.empty() &&
      !answered.simulcast) {
    warn(mindex, "none of its simulcast encodings can be taken");
  }
  accepted_.push_back(mindex);
}

// The accepted m-lines share one transport: that of the BUNDLE group.
std::expected<void, NegotiationError> PublisherAnswerer::settle_transport() {
  if (accepted_.empty()) return {};
  auto peer = peer_transport(offer_, offer_.media[accepted_.front()]);
  if (!peer) return std::unexpected(peer.error());
  const auto role = choose_role(*peer);
  if (!role) return std::unexpected(role.error());
  result_.remote = std::move(peer->remote);
  result_.dtls_role = *role;
  const Setup setup = *role == DtlsRole::kServer ? Setup::kPassive : Setup::kActive;
  std::vector<std::string> mids;
  for (const std::size_t mindex : accepted_) {
    MediaDescription& answered = result_.answer.media[mindex];
    describe_transport(local_, setup, mindex == accepted_.front(), answered);
    mids.push_back(answered.mid);
  }
  if (!offer_.bundle_groups.empty()) result_.answer.bundle_groups = {std::move(mids)};
  return {};
}

// RFC 8842 section 5.3: of actpass we choose passive, but an association that lives keeps its
// roles.
std::expected<DtlsRole, NegotiationError> PublisherAnswerer::choose_role(
    const PeerTransport& peer) const {
  switch (peer.setup.value_or(Setup::kActpass)) {
    case Setup::kActpass:
      if (policy_.previous &&  // the order means nothing (RFC 8122 section 5)
          std::ranges::is_permutation(policy_.previous->remote.fingerprints,
                                      peer.remote.fingerprints)) {
        return policy_.previous->dtls_role;
      }
      return DtlsRole::kServer;
    case Setup::kActive:
      return DtlsRole::kServer;
    case Setup::kPassive:
      return DtlsRole::kClient;
    case Setup::kHoldconn:
      break;
  }
  return std::unexpected(
      NegotiationError{NegotiationErrorKind::kBadSetup, "setup:holdconn is not supported"});
}

}  // namespace

std::expected<PublisherNegotiation, NegotiationError> answer_publisher_offer(
    const SessionDescription& offer, const PublisherPolicy& policy,
    const LocalTransportParameters& local) {
  return PublisherAnswerer(offer, policy, local).answer();
}

bool is_ice_restart(const SessionDescription& offer, const RemoteTransport& previous) {
  bool changed = false;
  for (const MediaDescription& media : offer.media) {
    if (media.port == 0 && !media.bundle_only) continue;
    const auto peer = peer_transport(offer, media);
    if (!peer) continue;
    if (peer->remote.ice_ufrag == previous.ice_ufrag && peer->remote.ice_pwd == previous.ice_pwd) {
      return false;
    }
    changed = true;
  }
  return changed;
}

}  // namespace penstock::sdp
