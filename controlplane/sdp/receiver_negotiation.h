// Answers the offer of somebody who wants to receive (WHEP): which of its m-lines shows which of
// our streams, with which of the codecs, payload types and header extensions that it offers (RFC
// 3264, 9143, 9429). Where we offer it is subscriber_negotiation.h. Pure functions; any control
// thread.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "controlplane/sdp/negotiation.h"
#include "controlplane/sdp/session_description.h"
#include "controlplane/sdp/subscriber_negotiation.h"

namespace penstock::sdp {

// Where one of our streams is shown.
struct ReceiverLine {
  bool is_shown = false;  // if not, the rest means nothing
  std::string mid;        // as offered; the index as text if the offer has none
  std::uint8_t payload_type = 0;
  std::uint8_t rtx_payload_type = 0;  // 0: none
  std::uint8_t red_payload_type = 0;  // 0: none
  // What it takes from now on, as far as we know: canonical, as OfferedStream::fmtp.
  std::string fmtp;
};

struct ReceiverNegotiation {
  SessionDescription answer;
  std::vector<ReceiverLine> lines;  // one for each stream
  SubscriberAnswer agreed;          // likewise its streams: as if we had offered
};

// Answers `offer`. Each of `streams` is shown by the first m-line of its kind that is free, wants
// to receive, shares the transport (rtcp-mux, the first BUNDLE group) and offers a codec that can
// show it. That m-line is answered with sendonly, all others with port 0. What `streams` say of
// mids and payload types does not count. No error if nothing can be shown.
std::expected<ReceiverNegotiation, NegotiationError> answer_receiver_offer(
    const SessionDescription& offer, std::span<const OfferedStream> streams,
    const LocalTransportParameters& local);

}  // namespace penstock::sdp
