// Parses any text as a session description. What parses must survive being written and parsed
// again, and mean the same with blanks around every line; it is then answered as a publisher's
// offer, twice, and as a receiver's, and applied as a subscriber's answer.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/sdp/codec_choice.h"
#include "controlplane/sdp/limits.h"
#include "controlplane/sdp/parser.h"
#include "controlplane/sdp/publisher_negotiation.h"
#include "controlplane/sdp/receiver_negotiation.h"
#include "controlplane/sdp/subscriber_negotiation.h"
#include "controlplane/sdp/writer.h"
#include "dataplane/base/check.h"

namespace penstock::sdp {
namespace {

LocalTransportParameters local_transport() {
  LocalTransportParameters local;
  local.ice_ufrag = "ufrag";
  local.ice_pwd = "passwordpasswordpassword";
  local.fingerprint = "sha-256 01:23:45:67";
  local.candidates = {"1 1 udp 1 198.18.0.2 1 typ host"};
  return local;
}

// Written descriptions are a little longer than what they were read from, so that one just below a
// limit may be above it afterwards.
bool is_within_limits(std::string_view text) {
  std::size_t lines = 0;
  for (const char c : text) lines += c == '\n' ? 1 : 0;
  return text.size() <= kDescriptionBytesMax && lines <= kDescriptionLinesMax;
}

void check_round_trip(const SessionDescription& description) {
  const std::string text = write_session_description(description);
  if (!is_within_limits(text)) return;
  const auto again = parse_session_description(text);
  PENSTOCK_CHECK(again.has_value());
  PENSTOCK_CHECK(*again == description);
}

void check_blanks(std::string_view text, const SessionDescription& description) {
  std::string indented = "\t ";
  for (const char c : text) {
    if (c == '\n') indented += " \t\r";
    indented += c;
    if (c == '\n') indented += "\t ";
  }
  if (indented.size() > kDescriptionBytesMax) return;
  const auto again = parse_session_description(indented);
  PENSTOCK_CHECK(again.has_value());
  PENSTOCK_CHECK(*again == description);
}

// A subscriber's offer that has a chance to be the one which the description answers: it takes over
// the number, kinds and mids of the m-lines.
SessionDescription offer_like(const SessionDescription& answer) {
  SubscriberPayloadTypes types;
  std::vector<OfferedStream> streams;
  for (const MediaDescription& media : answer.media) {
    OfferedStream& stream = streams.emplace_back();
    stream.kind = media.kind == "audio" ? MediaKind::kAudio : MediaKind::kVideo;
    if (media.kind == "application") stream.kind = MediaKind::kData;
    stream.codec = media.kind == "audio" ? Codec::kOpus : Codec::kVp8;
    stream.mid = media.mid;
    stream.payload_type = types.assign(stream.codec, "").value_or(0);
  }
  ExtensionMap extensions;
  extensions.ids.fill(1);
  return make_subscriber_offer(streams, local_transport(), subscriber_extensions(extensions));
}

// One stream of each codec, to whoever offers to receive.
void show(const SessionDescription& description) {
  std::vector<OfferedStream> streams;
  for (const Codec codec : {Codec::kOpus, Codec::kVp8, Codec::kH264, Codec::kVp9, Codec::kAv1}) {
    OfferedStream& stream = streams.emplace_back();
    stream.codec = codec;
    stream.kind = codec_kind(codec);
    stream.fmtp = choose_parameters(codec, "")->fmtp;
    stream.ssrc = static_cast<std::uint32_t>(2 * streams.size());
    stream.rtx_ssrc = stream.ssrc + 1;
    stream.red_payload_type = 1;
  }
  const auto shown = answer_receiver_offer(description, streams, local_transport());
  if (!shown) return;
  PENSTOCK_CHECK(shown->lines.size() == streams.size());
  PENSTOCK_CHECK(shown->answer.media.size() == description.media.size());
  check_round_trip(shown->answer);
}

void negotiate(const SessionDescription& description) {
  PublisherPolicy policy;
  policy.video_codecs = {Codec::kAv1, Codec::kH264, Codec::kVp9, Codec::kVp8};
  auto first = answer_publisher_offer(description, policy, local_transport());
  if (first) {
    PENSTOCK_CHECK(first->warnings.size() <= kWarningsMax + 1);
    check_round_trip(first->answer);
    PENSTOCK_CHECK(first->answer.media.size() == description.media.size());
    PENSTOCK_CHECK(first->remote.ice_ufrag.empty() || !is_ice_restart(description, first->remote));
    const std::vector<NegotiatedStream> streams = first->streams;
    policy.previous = std::move(*first);
    const auto second = answer_publisher_offer(description, policy, local_transport());
    PENSTOCK_CHECK(second.has_value());
    PENSTOCK_CHECK(second->streams == streams);
  }
  show(description);
  const auto applied = apply_subscriber_answer(offer_like(description), description);
  PENSTOCK_CHECK(!applied || applied->streams.size() == description.media.size());
}

}  // namespace
}  // namespace penstock::sdp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  penstock::sdp::Warnings warnings;
  const auto description = penstock::sdp::parse_session_description(text, &warnings);
  PENSTOCK_CHECK(warnings.take().size() <= penstock::sdp::kWarningsMax + 1);
  if (!description) return 0;
  penstock::sdp::check_round_trip(*description);
  penstock::sdp::check_blanks(text, *description);
  penstock::sdp::negotiate(*description);
  return 0;
}
