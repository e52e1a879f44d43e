// The lite ICE agent of one transport (RFC 8445 sections 2.5, 7.3, 8.1 and 9; consent: RFC 7675):
// answers checks, remembers which candidate pairs an authenticated check has validated, follows the
// peer's nominations and notices when the peer is gone. It never sends a check of its own, and no
// packet other than an authenticated check changes anything (reliability.md A1, A4, A6). Owned by
// one transport, used on one control thread; bytes and time in, answers and events out.
//
// Workers answer the checks of flows they know; such checks reach the agent as verdicts, or only as
// their outcome (handle_path_selected).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/base/ip_address.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/static_vector.h"
#include "dataplane/base/time.h"
#include "dataplane/stun/ice_credentials.h"
#include "dataplane/stun/message.h"
#include "dataplane/stun/responder.h"

namespace penstock {

struct CandidatePair {
  SocketAddress local;
  SocketAddress remote;

  auto operator<=>(const CandidatePair&) const = default;
};

struct IceLiteOptions {
  Duration connect_timeout = 30 * kSecond;       // until a pair must have been nominated
  Duration consent_timeout = kConsentTimeout;    // kNever where workers watch consent
  std::uint32_t local_priority = 2'130'706'431;  // of our host candidate (candidate.h)
};

enum class IceEventKind : std::uint8_t {
  kPairAdded,      // pair: validated, DTLS and media from it may be taken
  kPairRemoved,    // pair: replaced by a newer one, or of the time before an ICE restart
  kPairSelected,   // pair: send there from now on
  kRestarted,      // the previous credentials are no longer valid
  kConsentLost,    // no authenticated check for the consent timeout: stop sending at once
  kConnectTimeout  // no pair was nominated in time
};

struct IceEvent {
  IceEventKind kind{};
  CandidatePair pair;
};

// Which credentials a check was made with. After a restart, both are good until the peer nominates
// a pair with the current ones.
enum class IceGeneration : std::uint8_t { kCurrent, kPrevious };

class IceLiteAgent {
 public:
  IceLiteAgent(const IceCredentials& credentials, const IceLiteOptions& options, Timestamp now);

  // Answers one STUN message that arrived on `pair`; the answer is in `out` if verdict.bytes > 0,
  // and goes back on the same pair. Unauthenticated requests get nothing and change nothing.
  stun::BindingVerdict handle_request(Timestamp now, const CandidatePair& pair,
                                      const stun::MessageView& request,
                                      std::span<std::uint8_t> out);
  // Takes the verdict of a check that was answered elsewhere.
  void handle_verdict(Timestamp now, const CandidatePair& pair, const stun::BindingVerdict& verdict,
                      IceGeneration generation);
  // A worker has moved the transport to this pair because a check on a known flow nominated it.
  void handle_path_selected(Timestamp now, const CandidatePair& pair);
  // To be called at or after next_timeout().
  void handle_timeout(Timestamp now);
  // kNever once the agent has nothing to wait for.
  Timestamp next_timeout() const;
  // Takes the oldest event; false if there is none.
  [[nodiscard]] bool poll_event(IceEvent& event);

  // The peer's description arrived: from now on only this ufrag is accepted in requests.
  // False (and no change) if it is too long.
  [[nodiscard]] bool set_remote_ufrag(std::string_view remote_ufrag);
  // ICE restart (RFC 8445 section 9): media goes on as it was until the peer nominates a pair with
  // the new credentials, which must differ in ufrag and pwd. A second restart before that drops the
  // oldest credentials.
  void restart(Timestamp now, const IceCredentials& credentials);

  const IceCredentials& credentials() const { return credentials_; }
  const std::optional<IceCredentials>& previous_credentials() const { return previous_; }
  const std::optional<CandidatePair>& selected_pair() const { return selected_; }
  bool has_pair(const CandidatePair& pair) const;
  std::size_t pair_count() const { return pairs_.size(); }
  // True when nothing may be sent: consent_timeout has passed since the last authenticated check,
  // or there never was one.
  bool is_consent_expired(Timestamp now) const;

 private:
  struct ValidPair {
    CandidatePair pair;
    std::uint64_t priority = 0;
    std::uint32_t nomination = 0;
    IceGeneration generation = IceGeneration::kCurrent;
    Timestamp checked_at = 0;
    Timestamp nominated_at = 0;
  };

  ValidPair* find(const CandidatePair& pair);
  ValidPair& find_or_add(Timestamp now, const CandidatePair& pair);
  void remove_at(std::size_t index);
  bool should_select(const ValidPair& candidate) const;
  void nominate(Timestamp now, ValidPair& pair, const stun::BindingVerdict& verdict);
  void select(const CandidatePair& pair);
  void finish_restart();
  void emit(IceEventKind kind, const CandidatePair& pair = {});

  IceCredentials credentials_;
  std::optional<IceCredentials> previous_;
  IceLiteOptions options_;
  StaticVector<ValidPair, kFlowsPerTransportMax> pairs_;
  std::optional<CandidatePair> selected_;
  StaticVector<IceEvent, 32> events_;
  Timestamp started_at_;
  std::optional<Timestamp> checked_at_;
  bool is_over_ = false;  // consent lost or never connected
};

}  // namespace penstock
