#include "controlplane/sdp/subscriber_negotiation.h"

#include <algorithm>
#include <utility>

#include "controlplane/sdp/codec_choice.h"
#include "controlplane/sdp/fixed_ids.h"
#include "controlplane/sdp/limits.h"
#include "controlplane/sdp/media_rules.h"
#include "controlplane/sdp/offered_repair.h"
#include "controlplane/sdp/refused_media.h"
#include "controlplane/sdp/tokens.h"
#include "controlplane/sdp/transport_description.h"
#include "controlplane/sdp/warnings.h"

namespace penstock::sdp {
namespace {

constexpr std::size_t kMsidBytesMax = 64;  // RFC 8830 section 2

std::unexpected<NegotiationError> error(NegotiationErrorKind kind, std::string text) {
  return std::unexpected(NegotiationError{kind, std::move(text)});
}

// An id as RFC 8830 allows it: ids of feeds may be any text a user chose.
std::string msid_token(std::string_view id) {
  std::string token(id.substr(0, kMsidBytesMax));
  for (char& c : token) {
    if (!is_token_char(c)) c = '_';
  }
  return token;
}

std::string apt_of(std::uint8_t payload_type) { return "apt=" + std::to_string(payload_type); }

PayloadFormat offered_format(const OfferedStream& stream) {
  PayloadFormat format;
  format.payload_type = stream.payload_type;
  format.rtpmap = RtpMap{std::string(codec_name(stream.codec)), codec_clock_hz(stream.codec),
                         stream.codec == Codec::kOpus ? 2U : 1U};
  format.fmtp = stream.fmtp;
  for (const std::string_view feedback : feedback_of(stream.kind))
    format.rtcp_fbs.emplace_back(feedback);
  if (stream.rtx_payload_type != 0) format.rtcp_fbs.emplace_back(kNackFeedback);
  return format;
}

// RFC 4588 section 8.
PayloadFormat rtx_format(const OfferedStream& stream) {
  return {.payload_type = stream.rtx_payload_type,
          .rtpmap = RtpMap{std::string(kRtxName), codec_clock_hz(stream.codec), 1},
          .fmtp = apt_of(stream.payload_type),
          .rtcp_fbs = {}};
}

// RFC 2198 section 5, as browsers write it: one redundant block and the primary one.
PayloadFormat red_format(const OfferedStream& stream) {
  const std::string block = std::to_string(stream.payload_type);
  return {.payload_type = stream.red_payload_type,
          .rtpmap = RtpMap{std::string(kRedName), codec_clock_hz(stream.codec), 2},
          .fmtp = block + "/" + block,
          .rtcp_fbs = {}};
}

MediaDescription offered_media(const OfferedStream& stream, const ExtensionMap& extensions) {
  if (stream.kind == MediaKind::kData)
    return describe_data_media(stream.mid, "UDP/DTLS/SCTP", kDataMessageBytesMax);
  MediaDescription media;
  media.kind = media_name(stream.kind);
  media.protocol = "UDP/TLS/RTP/SAVPF";
  media.mid = stream.mid;
  media.direction = stream.active ? Direction::kSendOnly : Direction::kInactive;
  media.rtcp_mux = true;
  media.rtcp_rsize = true;
  media.rtcp_reference_times = true;
  media.payloads = {offered_format(stream)};
  if (stream.rtx_payload_type != 0) media.payloads.push_back(rtx_format(stream));
  if (stream.red_payload_type != 0) media.payloads.push_back(red_format(stream));
  for (const FixedHeaderExtension& fixed : kFixedHeaderExtensions) {
    const std::uint8_t id = extensions.id(fixed.extension);
    if (id == 0 || !allowed_on(fixed, stream.kind)) continue;
    media.extmaps.push_back({.id = id, .direction = std::nullopt, .uri = std::string(fixed.uri)});
  }
  if (!stream.active) return media;
  describe_source(stream, stream.rtx_payload_type != 0, media);
  return media;
}

// An m-line that is rejected may lack a mid: its place says which it is (RFC 3264 section 6).
bool is_same_m_line(const MediaDescription& offered, const MediaDescription& answered) {
  return offered.kind == answered.kind &&
         (offered.mid == answered.mid || (answered.port == 0 && answered.mid.empty()));
}

// The extensions both sides have on an m-line. The answerer must keep our ids (RFC 8285 section 6).
std::expected<ExtensionMap, NegotiationError> common_extensions(const MediaDescription& offered,
                                                                const MediaDescription& answered) {
  ExtensionMap common;
  for (const Extmap& taken : answered.extmaps) {
    for (const Extmap& ours : offered.extmaps) {
      const bool is_same_uri = equals_ignoring_case(taken.uri, ours.uri);
      if (is_same_uri != (taken.id == ours.id)) {
        return error(NegotiationErrorKind::kHeaderExtensionClash,
                     "header extension id " + std::to_string(taken.id) + " differs from the offer");
      }
      if (!is_same_uri) continue;
      const auto extension = header_extension_of(ours.uri);
      if (extension) common.set(*extension, static_cast<std::uint8_t>(ours.id));
    }
  }
  return common;
}

// (Opus is the same with its channels left out: it has two in any case, RFC 7587 section 7.)
bool is_same_codec(const PayloadFormat& ours, const PayloadFormat& taken) {
  return ours.rtpmap && taken.rtpmap &&
         equals_ignoring_case(ours.rtpmap->encoding_name, taken.rtpmap->encoding_name) &&
         ours.rtpmap->clock_hz == taken.rtpmap->clock_hz &&
         taken.rtpmap->channels <= ours.rtpmap->channels;
}

// What the answer says of an m-line's codec that it must not say; empty if it is fine. Some
// libraries answer with the codec that another m-line has.
std::string codec_fault(const MediaDescription& offered, const MediaDescription& answered) {
  if (is_data_media(offered)) {
    const auto data = read_data_media(answered);
    return data ? std::string() : data.error();
  }
  const PayloadFormat& ours = offered.payloads.front();
  const PayloadFormat* taken = answered.find_payload(ours.payload_type);
  if (taken != nullptr && is_same_codec(ours, *taken)) return {};
  return "payload type " + std::to_string(ours.payload_type) +
         " is missing from the answer or another codec there";
}

// As it stands in offers of ours, six digits; without one nothing is known.
std::string profile_level_text(std::string_view fmtp) {
  return lower_case(format_parameter(fmtp, "profile-level-id").value_or(""));
}

// RFC 6184 section 8.1: profile_idc and profile-iop are the first four digits, the level is the
// rest, and whoever takes a level takes all below it.
bool covers_profile_level(std::string_view offered, std::string_view sent) {
  return offered.size() == 6 && sent.size() == 6 && offered.substr(0, 4) == sent.substr(0, 4) &&
         sent.substr(4) <= offered.substr(4);
}

// Whether the answer takes the RTX that we offered, if we did, and will ask for it. Another format
// with that number is no RTX.
bool takes_rtx(const MediaDescription& offered, const MediaDescription& answered) {
  const std::uint8_t payload_type = offered.payloads.front().payload_type;
  const PayloadFormat* rtx = offered_rtx(offered, payload_type);
  if (rtx == nullptr) return false;
  const PayloadFormat* taken = answered.find_payload(rtx->payload_type);
  return taken != nullptr && is_same_codec(*rtx, *taken) &&
         format_number(taken->fmtp, "apt") == payload_type &&
         offers_feedback(answered, payload_type, kNackFeedback);
}

// Likewise of RED.
bool takes_red(const MediaDescription& offered, const MediaDescription& answered) {
  const PayloadFormat* red = offered_red(offered, offered.payloads.front().payload_type);
  if (red == nullptr) return false;
  const PayloadFormat* taken = answered.find_payload(red->payload_type);
  return taken != nullptr && is_same_codec(*red, *taken);
}

// Checks one m-line that was not rejected and has our codec.
std::expected<AnsweredStream, NegotiationError> read_accepted(const MediaDescription& offered,
                                                              const SessionDescription& answer,
                                                              const MediaDescription& answered) {
  if (!is_data_media(offered) && !has_rtcp_mux(answer, answered)) {
    return error(NegotiationErrorKind::kMissingRtcpMux, "answer without rtcp-mux");
  }
  if (answer.media.size() > 1 && !is_bundled(answer, answered.mid)) {
    return error(NegotiationErrorKind::kMissingBundle, "answer without BUNDLE");
  }
  if (answered.protocol != offered.protocol) {
    return error(NegotiationErrorKind::kMediaMismatch, "answer with another transport protocol");
  }
  if (is_data_media(offered)) {
    return AnsweredStream{
        .accepted = true, .receiving = true, .data = *read_data_media(answered), .extensions = {}};
  }
  const auto extensions = common_extensions(offered, answered);
  if (!extensions) return std::unexpected(extensions.error());
  AnsweredStream stream;
  stream.accepted = true;
  stream.has_rtx = takes_rtx(offered, answered);
  stream.has_red = takes_red(offered, answered);
  stream.receiving =
      offered.direction == Direction::kSendOnly &&
      (answered.direction == Direction::kRecvOnly || answered.direction == Direction::kSendRecv);
  stream.payload_type = offered.payloads.front().payload_type;
  stream.extensions = *extensions;
  stream.has_transport_cc = extensions->id(HeaderExtension::kTransportCc) != 0 &&
                            offers_feedback(answered, stream.payload_type, kTransportCcFeedback);
  return stream;
}

// Only a structure of the dependency descriptor needs the two-byte form: all other elements of ours
// are short, and their ids are below 15. Who does not agree to both forms in one stream goes
// without (RFC 8285 section 4.1.2).
void keep_to_one_byte_form(SubscriberAnswer& answer) {
  for (AnsweredStream& stream : answer.streams)
    stream.extensions.set(HeaderExtension::kDependencyDescriptor, 0);
}

std::expected<void, NegotiationError> read_transport(const SessionDescription& answer,
                                                     const MediaDescription& media,
                                                     SubscriberAnswer& result) {
  auto peer = peer_transport(answer, media);
  if (!peer) return std::unexpected(peer.error());
  switch (peer->setup.value_or(Setup::kActive)) {  // the default of RFC 4145 section 4.1
    case Setup::kActive:
      result.dtls_role = DtlsRole::kServer;
      break;
    case Setup::kPassive:
      result.dtls_role = DtlsRole::kClient;
      break;
    case Setup::kActpass:
    case Setup::kHoldconn:
      return error(NegotiationErrorKind::kBadSetup, "setup in an answer must be active or passive");
  }
  result.remote = std::move(peer->remote);
  return {};
}

}  // namespace

// RFC 5576 section 4.2: RTX of the first is the second.
void describe_source(const OfferedStream& stream, bool has_rtx, MediaDescription& media) {
  if (!stream.msid_stream_id.empty())
    media.msids = {{msid_token(stream.msid_stream_id), msid_token(stream.msid_track_id)}};
  if (stream.ssrc == 0) return;
  media.ssrcs = {{.ssrc = stream.ssrc, .cname = stream.cname, .msid = {}}};
  if (!has_rtx) return;
  media.ssrcs.push_back({.ssrc = stream.rtx_ssrc, .cname = stream.cname, .msid = {}});
  media.ssrc_groups = {{.semantics = "FID", .ssrcs = {stream.ssrc, stream.rtx_ssrc}}};
}

std::optional<std::uint8_t> SubscriberPayloadTypes::assign(Codec codec, std::string_view fmtp) {
  const auto known = std::ranges::find_if(
      entries_, [&](const Entry& entry) { return entry.codec == codec && entry.fmtp == fmtp; });
  if (known != entries_.end()) return known->payload_type;
  const std::uint8_t chosen = free_of(fixed_payload_type(codec));
  if (chosen == 0) return std::nullopt;
  entries_.push_back({codec, std::string(fmtp), chosen, 0, 0});
  return chosen;
}

// Behind the fixed number of a codec comes that of its RTX.
std::uint8_t SubscriberPayloadTypes::assign_rtx(std::uint8_t payload_type) {
  const auto entry = std::ranges::find(entries_, payload_type, &Entry::payload_type);
  if (entry == entries_.end()) return 0;
  if (entry->rtx_payload_type != 0) return entry->rtx_payload_type;
  const bool is_fixed = payload_type == fixed_payload_type(entry->codec);
  entry->rtx_payload_type = free_of(is_fixed ? static_cast<std::uint8_t>(payload_type + 1) : 0);
  return entry->rtx_payload_type;
}

std::uint8_t SubscriberPayloadTypes::assign_red(std::uint8_t payload_type) {
  const auto entry = std::ranges::find(entries_, payload_type, &Entry::payload_type);
  if (entry == entries_.end()) return 0;
  if (entry->red_payload_type != 0) return entry->red_payload_type;
  const bool is_fixed = payload_type == fixed_payload_type(entry->codec);
  entry->red_payload_type = free_of(is_fixed ? kRedPayloadType : 0);
  return entry->red_payload_type;
}

// The wanted number, or else a spare one; 0 when all are taken.
std::uint8_t SubscriberPayloadTypes::free_of(std::uint8_t wanted) const {
  if (wanted != 0 && is_free(wanted)) return wanted;
  const auto spare = std::ranges::find_if(kSparePayloadTypes,
                                          [&](std::uint8_t number) { return is_free(number); });
  return spare == kSparePayloadTypes.end() ? 0 : *spare;
}

bool SubscriberPayloadTypes::is_free(std::uint8_t payload_type) const {
  return std::ranges::none_of(entries_, [&](const Entry& entry) {
    return entry.payload_type == payload_type || entry.rtx_payload_type == payload_type ||
           entry.red_payload_type == payload_type;
  });
}

bool is_receivable(Codec codec, std::string_view offered, std::string_view sent) {
  const auto is_same = [&](std::string_view name, std::uint8_t absent) {
    return format_number(offered, name).value_or(absent) ==
           format_number(sent, name).value_or(absent);
  };
  switch (codec) {
    case Codec::kOpus:
      return is_same("stereo", 0);
    case Codec::kVp8:
      return true;
    case Codec::kVp9:
      return is_same("profile-id", 0);
    case Codec::kH264:
      return is_same("packetization-mode", 0) &&
             covers_profile_level(profile_level_text(offered), profile_level_text(sent));
    case Codec::kAv1:
      return is_same("profile", 0) && is_same("tier", 0) &&
             format_number(sent, "level-idx").value_or(5) <=
                 format_number(offered, "level-idx").value_or(5);
  }
  return false;
}

ExtensionMap subscriber_extensions(const ExtensionMap& enabled) {
  ExtensionMap offered;
  for (const FixedHeaderExtension& fixed : kFixedHeaderExtensions) {
    if (!fixed.offered_to_subscribers) continue;
    if (fixed.extension != HeaderExtension::kMid && enabled.id(fixed.extension) == 0) continue;
    offered.set(fixed.extension, fixed.id);
  }
  return offered;
}

SessionDescription make_subscriber_offer(std::span<const OfferedStream> streams,
                                         const LocalTransportParameters& local,
                                         const ExtensionMap& extensions) {
  SessionDescription offer = describe_session(local);
  offer.extmap_allow_mixed = true;
  offer.msid_semantic = "WMS *";
  std::vector<std::string> mids;
  for (const OfferedStream& stream : streams) {
    MediaDescription& media = offer.media.emplace_back(offered_media(stream, extensions));
    describe_transport(local, Setup::kActpass, true, media);
    mids.push_back(stream.mid);
  }
  offer.bundle_groups = {std::move(mids)};
  return offer;
}

std::expected<SubscriberAnswer, NegotiationError> apply_subscriber_answer(
    const SessionDescription& offer, const SessionDescription& answer) {
  if (offer.media.size() != answer.media.size()) {
    return error(NegotiationErrorKind::kMediaMismatch, "answer with another number of m-lines");
  }
  SubscriberAnswer result;
  Warnings warnings;
  bool allows_mixed = true;
  const MediaDescription* first_accepted = nullptr;
  std::string first_fault;
  for (std::size_t i = 0; i < offer.media.size(); ++i) {
    const MediaDescription& answered = answer.media[i];
    if (!is_same_m_line(offer.media[i], answered)) {
      return error(NegotiationErrorKind::kMediaMismatch,
                   "m-line " + std::to_string(i) + " differs from the offer in kind or mid");
    }
    if (answered.port == 0) {
      result.streams.emplace_back();
      if (offer.media[i].direction == Direction::kSendOnly) {
        warnings.add(about_media(i, offer.media[i].mid, "offered, and rejected by the subscriber"));
      }
      continue;
    }
    if (const std::string fault = codec_fault(offer.media[i], answered); !fault.empty()) {
      result.streams.emplace_back();
      warnings.add(about_media(i, offer.media[i].mid, "not sent: " + fault));
      if (first_fault.empty()) first_fault = fault;
      continue;
    }
    const auto stream = read_accepted(offer.media[i], answer, answered);
    if (!stream) return std::unexpected(stream.error());
    result.streams.push_back(*stream);
    if (first_accepted == nullptr) first_accepted = &answered;
    if (is_data_media(answered)) continue;
    result.rtcp_rsize = result.rtcp_rsize && answered.rtcp_rsize;
    allows_mixed = allows_mixed && (answer.extmap_allow_mixed || answered.extmap_allow_mixed);
  }
  if (first_accepted == nullptr && !first_fault.empty()) {
    return error(NegotiationErrorKind::kPayloadTypeClash, first_fault);
  }
  result.warnings = warnings.take();
  if (!allows_mixed) keep_to_one_byte_form(result);
  if (first_accepted == nullptr) return result;
  if (auto read = read_transport(answer, *first_accepted, result); !read) {
    return std::unexpected(read.error());
  }
  return result;
}

}  // namespace penstock::sdp
