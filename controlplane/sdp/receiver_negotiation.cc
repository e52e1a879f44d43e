#include "controlplane/sdp/receiver_negotiation.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "controlplane/sdp/codec_choice.h"
#include "controlplane/sdp/fixed_ids.h"
#include "controlplane/sdp/media_rules.h"
#include "controlplane/sdp/offered_repair.h"
#include "controlplane/sdp/refused_media.h"
#include "controlplane/sdp/transport_description.h"
#include "controlplane/sdp/warnings.h"
#include "dataplane/base/limits.h"

namespace penstock::sdp {
namespace {

// Of the one-byte form (RFC 8285 section 4.2), which is what we send.
constexpr std::uint16_t kExtensionIdMax = 14;

// How well a format of the offer shows a stream: 0 as it is; 1 with a level that browsers do not
// insist on, or as something simpler than offered.
std::optional<int> rank_of(Codec codec, std::string_view offered, std::string_view sent) {
  if (is_receivable(codec, offered, sent)) return 0;
  const auto begins_alike = [&](std::size_t digits) {
    const auto ours = format_parameter(sent, "profile-level-id").value_or("");
    const auto theirs = format_parameter(offered, "profile-level-id").value_or("");
    return ours.size() == 6 && theirs.size() == 6 &&
           equals_ignoring_case(ours.substr(0, digits), theirs.substr(0, digits));
  };
  switch (codec) {
    case Codec::kOpus:  // decoders take one channel or two, whatever was said
      return 1;
    case Codec::kH264:  // the same profile_idc, or baseline, which every profile can decode
      if (format_number(offered, "packetization-mode").value_or(0) != 1) return std::nullopt;
      if (begins_alike(2)) return 1;
      return format_parameter(sent, "profile-level-id").value_or("").starts_with("42")
                 ? std::optional(2)
                 : std::nullopt;
    case Codec::kAv1:  // another level
      return format_number(offered, "profile").value_or(0) ==
                     format_number(sent, "profile").value_or(0)
                 ? std::optional(1)
                 : std::nullopt;
    case Codec::kVp8:
    case Codec::kVp9:
      return std::nullopt;
  }
  return std::nullopt;
}

struct Format {
  const PayloadFormat* offered = nullptr;
  CodecChoice choice;
  int rank = 0;
};

std::optional<Format> best_format(const MediaDescription& media, const OfferedStream& stream) {
  std::optional<Format> best;
  for (const PayloadFormat& offered : media.payloads) {
    if (!is_codec(offered, stream.codec)) continue;
    auto choice = choose_parameters(stream.codec, offered.fmtp);
    if (!choice) continue;
    const auto rank = rank_of(stream.codec, choice->fmtp, stream.fmtp);
    if (rank && (!best || *rank < best->rank)) best = Format{&offered, *std::move(choice), *rank};
  }
  return best;
}

// Answers one offer; see answer_receiver_offer().
class ReceiverAnswerer {
 public:
  ReceiverAnswerer(const SessionDescription& offer, std::span<const OfferedStream> streams,
                   const LocalTransportParameters& local)
      : offer_(offer), streams_(streams), local_(local) {}

  std::expected<ReceiverNegotiation, NegotiationError> answer();

 private:
  std::string_view transport_fault(const MediaDescription& offered) const;
  void answer_media(std::size_t mindex);
  void show(std::size_t mindex, std::size_t stream, const Format& format);
  static PayloadFormat answer_format(const MediaDescription& offered, const Format& format,
                                     const OfferedStream& stream, bool has_transport_cc);
  void add_repair(const MediaDescription& offered, const OfferedStream& stream, ReceiverLine& line,
                  MediaDescription& answered) const;
  ExtensionMap choose_extensions(const MediaDescription& offered, MediaKind kind,
                                 MediaDescription& answered);
  std::expected<void, NegotiationError> settle_transport();

  const SessionDescription& offer_;
  const std::span<const OfferedStream> streams_;
  const LocalTransportParameters& local_;
  ReceiverNegotiation result_;
  ExtensionMap extensions_;  // of the whole group
  std::array<bool, kExtensionIdMax + 1> id_taken_{};
  std::vector<std::size_t> accepted_;  // indices of m-lines
  Warnings warnings_;
};

std::expected<ReceiverNegotiation, NegotiationError> ReceiverAnswerer::answer() {
  result_.answer = describe_session(local_);
  result_.answer.extmap_allow_mixed = offer_.extmap_allow_mixed;
  result_.answer.msid_semantic = "WMS *";
  result_.lines.resize(streams_.size());
  result_.agreed.streams.resize(streams_.size());
  for (std::size_t i = 0; i < offer_.media.size(); ++i) answer_media(i);
  if (auto settled = settle_transport(); !settled) return std::unexpected(settled.error());
  result_.agreed.warnings = warnings_.take();
  return std::move(result_);
}

// Empty: it can be had.
std::string_view ReceiverAnswerer::transport_fault(const MediaDescription& offered) const {
  const bool is_in_group = is_bundled(offer_, offered.mid);
  if (offered.port == 0 && !(offered.bundle_only && is_in_group)) return "it has port 0";
  if (!receives(offered.direction)) return "it does not want to receive";
  if (!is_secure_protocol(offered.protocol))
    return "its protocol is neither UDP/TLS/RTP/SAVPF nor TCP/DTLS/RTP/SAVPF";
  if (!is_in_group && (!offer_.bundle_groups.empty() || !accepted_.empty()))
    return "not in the first BUNDLE group: all m-lines share one transport";
  if (!has_rtcp_mux(offer_, offered)) return "no a=rtcp-mux";
  return {};
}

void ReceiverAnswerer::answer_media(std::size_t mindex) {
  const MediaDescription& offered = offer_.media[mindex];
  std::string_view fault = transport_fault(offered);
  for (std::size_t i = 0; fault.empty() && i < streams_.size(); ++i) {
    if (result_.lines[i].is_shown || offered.kind != media_name(streams_[i].kind)) continue;
    if (const auto format = best_format(offered, streams_[i])) {
      accepted_.push_back(mindex);
      return show(mindex, i, *format);
    }
    warnings_.add(about_media(mindex, offered.mid,
                              no_codec_reason(offered, std::span(&streams_[i].codec, 1))));
  }
  if (!fault.empty()) warnings_.add(about_media(mindex, offered.mid, fault));
  result_.answer.media.push_back(rejected_media(offered));
}

PayloadFormat ReceiverAnswerer::answer_format(const MediaDescription& offered, const Format& format,
                                              const OfferedStream& stream, bool has_transport_cc) {
  PayloadFormat answered{
      .payload_type = format.offered->payload_type,
      .rtpmap = format.offered->rtpmap,
      .fmtp = stream.codec == Codec::kOpus ? stream.fmtp : format.choice.answer_fmtp,
      .rtcp_fbs = {}};
  const auto answer = [&](std::string_view feedback) {
    if (offers_feedback(offered, answered.payload_type, feedback))
      answered.rtcp_fbs.emplace_back(feedback);
  };
  for (const std::string_view feedback : feedback_of(stream.kind)) {
    if (feedback != kTransportCcFeedback || has_transport_cc) answer(feedback);
  }
  return answered;
}

// RTX where it is offered and the packets are kept (then the stream has an SSRC for it); RED where
// the stream may come so.
void ReceiverAnswerer::add_repair(const MediaDescription& offered, const OfferedStream& stream,
                                  ReceiverLine& line, MediaDescription& answered) const {
  const PayloadFormat* rtx =
      stream.rtx_ssrc != 0 && offers_feedback(offered, line.payload_type, kNackFeedback)
          ? offered_rtx(offered, line.payload_type)
          : nullptr;
  if (rtx != nullptr) {
    line.rtx_payload_type = rtx->payload_type;
    answered.payloads.front().rtcp_fbs.emplace_back(kNackFeedback);
    answered.payloads.push_back({.payload_type = rtx->payload_type,
                                 .rtpmap = rtx->rtpmap,
                                 .fmtp = "apt=" + std::to_string(line.payload_type),
                                 .rtcp_fbs = {}});
  }
  const PayloadFormat* red =
      stream.red_payload_type != 0 ? offered_red(offered, line.payload_type) : nullptr;
  if (red == nullptr) return;
  line.red_payload_type = red->payload_type;
  answered.payloads.push_back({.payload_type = red->payload_type,
                               .rtpmap = red->rtpmap,
                               .fmtp = red->fmtp,
                               .rtcp_fbs = {}});
}

// Each with the id that it is offered with, which is one for the whole group (RFC 9143
// section 9.1).
ExtensionMap ReceiverAnswerer::choose_extensions(const MediaDescription& offered, MediaKind kind,
                                                 MediaDescription& answered) {
  const bool allows_mixed = offer_.extmap_allow_mixed || offered.extmap_allow_mixed;
  ExtensionMap here;
  for (const Extmap& extmap : offered.extmaps) {
    const auto extension = header_extension_of(extmap.uri);
    if (!extension || here.id(*extension) != 0) continue;
    const FixedHeaderExtension& fixed = fixed_header_extension(*extension);
    if (!fixed.offered_to_subscribers || !allowed_on(fixed, kind)) continue;
    if (extmap.direction && !receives(*extmap.direction)) continue;
    // A structure of the dependency descriptor needs the two-byte form.
    if (*extension == HeaderExtension::kDependencyDescriptor && !allows_mixed) continue;
    if (*extension == HeaderExtension::kMid && offered.mid.size() > kMidBytesMax) continue;
    if (extmap.id == 0 || extmap.id > kExtensionIdMax) continue;
    const std::uint8_t known = extensions_.id(*extension);
    if (known != 0 ? known != extmap.id : id_taken_[extmap.id]) continue;
    id_taken_[extmap.id] = true;
    const auto id = static_cast<std::uint8_t>(extmap.id);
    extensions_.set(*extension, id);
    here.set(*extension, id);
    answered.extmaps.push_back({.id = extmap.id, .direction = std::nullopt, .uri = extmap.uri});
  }
  return here;
}

void ReceiverAnswerer::show(std::size_t mindex, std::size_t index, const Format& format) {
  const MediaDescription& offered = offer_.media[mindex];
  const OfferedStream& stream = streams_[index];
  ReceiverLine& line = result_.lines[index];
  AnsweredStream& agreed = result_.agreed.streams[index];
  MediaDescription& answered = result_.answer.media.emplace_back();
  answered.kind = offered.kind;
  answered.protocol = offered.protocol;
  answered.mid = offered.mid;
  answered.direction = Direction::kSendOnly;
  answered.extmap_allow_mixed = offered.extmap_allow_mixed;
  answered.rtcp_mux = true;
  answered.rtcp_rsize = offered.rtcp_rsize;
  answered.rtcp_reference_times = offered.rtcp_reference_times;
  agreed.extensions = choose_extensions(offered, stream.kind, answered);
  const bool has_transport_cc = agreed.extensions.id(HeaderExtension::kTransportCc) != 0;
  line.is_shown = true;
  line.mid = offered.mid.empty() ? std::to_string(mindex) : offered.mid;
  line.payload_type = format.offered->payload_type;
  line.fmtp = format.rank == 0 ? format.choice.fmtp : stream.fmtp;
  answered.payloads = {answer_format(offered, format, stream, has_transport_cc)};
  add_repair(offered, stream, line, answered);
  describe_source(stream, line.rtx_payload_type != 0, answered);
  agreed.accepted = agreed.receiving = true;
  agreed.has_rtx = line.rtx_payload_type != 0;
  agreed.has_red = line.red_payload_type != 0;
  agreed.has_transport_cc =
      has_transport_cc && offers_feedback(offered, line.payload_type, kTransportCcFeedback);
  agreed.payload_type = line.payload_type;
  result_.agreed.rtcp_rsize = result_.agreed.rtcp_rsize && offered.rtcp_rsize;
}

// The accepted m-lines share one transport: that of the BUNDLE group. Of actpass we choose passive.
std::expected<void, NegotiationError> ReceiverAnswerer::settle_transport() {
  if (accepted_.empty()) return {};
  auto peer = peer_transport(offer_, offer_.media[accepted_.front()]);
  if (!peer) return std::unexpected(peer.error());
  const Setup offered = peer->setup.value_or(Setup::kActpass);
  if (offered == Setup::kHoldconn) {
    return std::unexpected(
        NegotiationError{NegotiationErrorKind::kBadSetup, "setup:holdconn is not supported"});
  }
  const bool is_client = offered == Setup::kPassive;
  result_.agreed.remote = std::move(peer->remote);
  result_.agreed.dtls_role = is_client ? DtlsRole::kClient : DtlsRole::kServer;
  std::vector<std::string> mids;
  for (const std::size_t mindex : accepted_) {
    MediaDescription& answered = result_.answer.media[mindex];
    describe_transport(local_, is_client ? Setup::kActive : Setup::kPassive,
                       mindex == accepted_.front(), answered);
    mids.push_back(answered.mid);
  }
  if (!offer_.bundle_groups.empty()) result_.answer.bundle_groups = {std::move(mids)};
  return {};
}

}  // namespace

std::expected<ReceiverNegotiation, NegotiationError> answer_receiver_offer(
    const SessionDescription& offer, std::span<const OfferedStream> streams,
    const LocalTransportParameters& local) {
  return ReceiverAnswerer(offer, streams, local).answer();
}

}  // namespace penstock::sdp
