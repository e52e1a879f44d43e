// The answering half of a lite ICE agent (RFC 8445 sections 2.5 and 7.3). A pure function of the
// request and the credentials: workers call it for known flows, the control plane for unknown ones,
// once it has found the credentials by the local ufrag. A repeated request gets the same answer,
// which is all that RFC 8489 section 6.3.1 asks.
//
// Policy: who cannot prove that it knows the pwd gets no answer at all, where RFC 8489
// section 9.1.3 would send 400 or 401. So spoofed requests are never reflected (amplification 0),
// and a scanner learns nothing. Only an authenticated request can get an error: 420 and 487.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/base/drop_reason.h"
#include "dataplane/base/ip_address.h"
#include "dataplane/stun/ice_credentials.h"
#include "dataplane/stun/message.h"

namespace penstock::stun {

// Enough for every answer.
inline constexpr std::size_t kAnswerBytesMax = 160;

struct BindingVerdict {
  DropReason drop = DropReason::kNone;  // why nothing is sent; kNone if there is an answer
  std::size_t bytes = 0;                // of the answer in `out`
  // A valid check, answered with success: the source address may become a valid pair and consent is
  // fresh. All below is false or zero otherwise; nothing else may change state.
  bool authenticated = false;
  bool nominates = false;        // USE-CANDIDATE
  std::uint32_t priority = 0;    // of the peer's candidate; zero if not given (RFC 7675 checks)
  std::uint32_t nomination = 0;  // of the renomination draft; zero without it
};

// Answers `request`, which parse_message accepted, received from `source`.
//   kStunIgnored          an indication or a response
//   kStunInvalid          not a Binding request, or without FINGERPRINT (RFC 8445 section 7
//   requires it) kStunUnauthenticated  USERNAME or MESSAGE-INTEGRITY missing or wrong
// The answer is to be sent to `source` from the address the request came to.
BindingVerdict answer_binding_request(const MessageView& request, const IceCredentials& credentials,
                                      const SocketAddress& source, std::span<std::uint8_t> out);

}  // namespace penstock::stun
