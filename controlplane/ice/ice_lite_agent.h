// The lite ICE agent of one transport (RFC 8445 sections 2.5, 7.3, 8.1 and 9; consent: RFC 7675):
// answers checks, remembers which candidate pairs an authenticated check has validated, follows the
// peer's nominations and notices when the peer is gone. It never sends a check of its own, and no
// packet other than an authenticated check changes anything. Owned by
// one transport, used on one control thread; bytes and time in, answers and events out.
//
// Workers answer the checks of flows they know. What such a check means reaches the agent as a
// verdict, or only as its outcome (handle_path_selected); then consent is the worker's to watch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "dataplane/base/ip_address.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/static_vector.h"
#include "dataplane/base/time.h"
#include "dataplane/stun/ice_credentials.h"
#include "dataplane/stun/message.h"
#include "dataplane/stun/nomination.h"
#include "dataplane/stun/responder.h"

namespace penstock {

struct CandidatePair {
  SocketAddress local;
  SocketAddress remote;

  auto operator<=>(const CandidatePair&) const = default;
};

struct IceLiteOptions {
  Duration connect_timeout = 30 * kSecond;     // within which a pair must have been nominated
  Duration consent_timeout = kConsentTimeout;  // kNever: a worker watches it
};

enum class IceEventKind : std::uint8_t {
  kPairAdded,     // pair: validated; DTLS and media from it may be taken
  kPairRemoved,   // pair: replaced by a newer one, or without consent
  kPairSelected,  // pair: send there from now on
  kRestarted,    // pair nominated; the credentials of before the restart are void; workers may have
                 // the new ones
  kConsentLost,  // no authenticated check for the consent timeout: stop sending at once
  kConnectTimeout,  // no pair was nominated in time
};

struct IceEvent {
  IceEventKind kind{};
  CandidatePair pair;

  bool operator==(const IceEvent&) const = default;
};

// Which credentials a check was made with. After a restart both are good until the peer nominates
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
  // Takes the verdict on a check that was answered elsewhere.
  void handle_verdict(Timestamp now, const CandidatePair& pair, const stun::BindingVerdict& verdict,
                      IceGeneration generation);
  // A worker has moved the transport to this pair because a check on a known flow nominated it.
  void handle_path_selected(Timestamp now, const CandidatePair& pair);
  // To be called at or after next_timeout().
  void handle_timeout(Timestamp now);
  // kNever when there is nothing to wait for.
  Timestamp next_timeout() const;
  // Takes the oldest event; false if there is none. To be emptied after every call.
  [[nodiscard]] bool poll_event(IceEvent& event);

  // The peer's description arrived: from now on requests must name this ufrag. False (and no
  // change) if it is too long.
  [[nodiscard]] bool set_remote_ufrag(std::string_view remote_ufrag);
  // The time within which a pair must have been nominated begins now, and not with the agent: the
  // peer has known of us for no longer.
  void expect_checks(Timestamp now) { started_at_ = now; }
  // ICE restart (RFC 8445 section 9), with another ufrag and pwd: media goes on as it was until the
  // peer nominates a pair with the new ones. A second restart before that drops the oldest.
  void restart(const IceCredentials& credentials);

  const IceCredentials& credentials() const { return credentials_; }
  // Present from restart() to kRestarted; UfragRegistry has to know both ufrags in that time.
  const std::optional<IceCredentials>& previous_credentials() const { return previous_; }
  const std::optional<CandidatePair>& selected_pair() const { return selected_; }
  // What the peer said of the selected pair; only if there is one.
  const stun::Nomination& selected_nomination() const;
  bool has_pair(const CandidatePair& pair) const;
  std::size_t pair_count() const { return pairs_.size(); }
  // True when nothing may be sent: the last authenticated check is as long ago as the consent
  // timeout, or there never was one.
  bool is_consent_expired(Timestamp now) const;

 private:
  struct ValidPair {
    CandidatePair pair;
    stun::Nomination nomination{};
    Timestamp checked_at = 0;
  };

  ValidPair* find(const CandidatePair& pair);
  ValidPair& find_or_add(Timestamp now, const CandidatePair& pair);
  void make_room();
  void remove_at(std::size_t index);
  void remove_pairs_without_consent(Timestamp now);
  bool should_move_to(const ValidPair& candidate);
  void finish_restart(const CandidatePair& pair);
  void select(const CandidatePair& pair);
  void give_up(IceEventKind why);
  void emit(IceEventKind kind, const CandidatePair& pair = {});
  Timestamp consent_deadline(Timestamp checked_at) const;

  IceCredentials credentials_;
  std::optional<IceCredentials> previous_;
  IceLiteOptions options_;
  StaticVector<ValidPair, kFlowsPerTransportMax> pairs_;
  std::optional<CandidatePair> selected_;
  StaticVector<IceEvent, 2 * kFlowsPerTransportMax> events_;
  Timestamp started_at_;
  std::optional<Timestamp> checked_at_;  // the last authenticated check on any pair
  bool is_over_ = false;                 // after kConsentLost or kConnectTimeout
};

}  // namespace penstock
