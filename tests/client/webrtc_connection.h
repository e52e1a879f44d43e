// The part of a WebRTC client that comes before media: a full ICE agent with one candidate and
// DTLS, up to the SRTP keys. Sans-IO: datagrams and time go in, datagrams come out. The clients of
// the tests (webrtc_client.h) and the load generator (bench/load) are made of it. One connection
// each; not thread-safe.
//
// ICE (RFC 8445) with one pair: we are the controlling agent if we make the offer or the peer is
// lite, and else the controlled one. Checks of the peer are answered in both roles.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "controlplane/dtls/dtls_context.h"
#include "controlplane/dtls/dtls_endpoint.h"
#include "controlplane/sdp/session_description.h"
#include "dataplane/base/ip_address.h"
#include "dataplane/base/prng.h"
#include "tests/client/client_sdp.h"

namespace penstock::stun {
struct MessageView;
}

namespace penstock::test {

struct ConnectionConfig {
  std::uint64_t seed = 1;
  SocketAddress local;      // without an address: our description has no candidate
  std::string fingerprint;  // of our certificate, with the name of the hash in front
  bool nominates = true;    // USE-CANDIDATE in checks, when controlling
  // So long after the first answer; before, checks are without. DTLS begins with the first answer,
  // as that of browsers and libnice does.
  Duration nominates_after = 0;
  bool is_dtls_client = true;  // our a=setup in an answer
  // Checks of consent (RFC 7675) once connected; libnice makes none of a lite peer.
  bool checks_consent = true;
};

struct ClientDatagram {
  SocketAddress to;
  std::vector<std::uint8_t> bytes;
};

class WebRtcConnection {
 public:
  // The context outlives the connection; it may be shared by many.
  WebRtcConnection(const ConnectionConfig& config, const DtlsContext& dtls_context);

  struct Credentials {
    std::string local_ufrag, local_pwd, remote_ufrag, remote_pwd;
  };
  const Credentials& credentials() const { return credentials_; }
  // Other credentials for us.
  void make_credentials();
  LocalTransport local_transport() const;

  // Our offer was answered, or their offer is being answered: takes the peer's credentials,
  // fingerprints and candidate, and the roles that follow. Says if the peer changed its
  // credentials.
  bool take_answer(const sdp::SessionDescription& answer);
  bool take_offer(const sdp::SessionDescription& offer);
  // An ICE restart of ours was answered without a description.
  void take_restart(const std::string& remote_ufrag, const std::string& remote_pwd) {
    credentials_.remote_ufrag = remote_ufrag;
    credentials_.remote_pwd = remote_pwd;
  }
  // A candidate that comes by itself ("candidate:..."); the first of our family is the one.
  void add_remote_candidate(std::string_view line);
  // Checks from now on.
  void start_checks(Timestamp now) { next_check_at_ = now; }

  void handle_stun(Timestamp now, const SocketAddress& from, std::span<const std::uint8_t> bytes);
  void handle_dtls(Timestamp now, std::span<const std::uint8_t> bytes);
  void handle_timeout(Timestamp now);
  Timestamp next_timeout() const;

  // Data in DTLS records: SCTP packets.
  void send_data(Timestamp now, const std::vector<std::uint8_t>& data);
  bool poll_data(std::vector<std::uint8_t>& data) { return dtls_ && dtls_->poll_data(data); }
  bool is_dtls_client() const { return dtls_role_ == DtlsRole::kClient; }

  // Queues a datagram to the peer, behind those that wait.
  void send(std::span<const std::uint8_t> bytes);
  bool poll_output(ClientDatagram& datagram);

  void close(Timestamp now);
  // Moves us to another address, as a NAT rebinding does.
  void rebind(const SocketAddress& local) { config_.local = local; }

  bool has_remote() const { return has_remote_; }
  const SocketAddress& remote() const { return remote_; }
  const SocketAddress& local() const { return config_.local; }
  bool is_ice_connected() const { return ice_connected_; }
  DtlsState dtls_state() const { return dtls_ ? dtls_->state() : DtlsState::kNew; }
  // Why DTLS failed, if it did.
  std::string dtls_failure() const;
  bool has_dtls() const;
  // Null until then, and without SRTP.
  const SrtpKeys* srtp_keys() const;
  Prng& prng() { return prng_; }

 private:
  void learn_remote(const sdp::SessionDescription& description);
  void send_check(Timestamp now);
  bool is_nominating(Timestamp now) const;
  Timestamp next_consent_check(Timestamp now) const;
  void answer_check(Timestamp now, const SocketAddress& from, const stun::MessageView& request);
  void begin_dtls_if_ready(Timestamp now);
  void pump_dtls();

  ConnectionConfig config_;
  Prng prng_;
  const DtlsContext& dtls_context_;
  std::optional<DtlsEndpoint> dtls_;
  Fingerprints remote_fingerprints_;
  DtlsRole dtls_role_ = DtlsRole::kClient;

  Credentials credentials_;
  SocketAddress remote_;
  bool has_remote_ = false;
  bool is_controlling_ = true;
  bool is_nominated_ = false;  // by the peer, when it controls
  bool ice_connected_ = false;
  bool is_closed_ = false;
  Timestamp next_check_at_ = kNever;
  Timestamp nominates_at_;
  std::uint64_t tie_breaker_ = 0;
  std::deque<ClientDatagram> outputs_;
};

}  // namespace penstock::test
