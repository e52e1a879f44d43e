// One transport on the control side: its lite ICE agent and its DTLS association, composed over the
// data plane (RFC 8445, 8842). It says to the data plane which 5-tuples are validated and where to
// send, and hands it the SRTP keys once the handshake has ended. Owned by its peer; control thread;
// time and datagrams in, datagrams out through Dataplane.
//
// The association is a job of the DTLS executor's while there is something for it to do
// (dtls_job.h); what comes meanwhile is kept for its next run.
//
// A call for which there is not enough memory ends the transport; none of them throws.
//
// The order is what security rests on: an authenticated check first, then a DTLS object, then keys
// for a certificate that matched the SDP. When each side begins the handshake, and where it goes,
// is in docs/adr/0016-dtls-begins-before-the-nomination.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "controlplane/dtls/handshake_limiter.h"
#include "controlplane/ice/ice_lite_agent.h"
#include "controlplane/media/dtls_jobs.h"
#include "controlplane/media/early_flight.h"
#include "controlplane/media/media_stats.h"
#include "dataplane/api/dataplane.h"

namespace penstock {

// What transports share: made once by the peer connections.
struct TransportServices {
  Dataplane& dataplane;
  const DtlsContext& dtls;
  HandshakeLimiter& handshakes;
  DtlsJobs& dtls_jobs;
  MediaStats& stats;
};

enum class TransportState : std::uint8_t { kConnecting, kConnected, kEnded };

class WebRtcTransport {
 public:
  WebRtcTransport(const TransportServices& services, TransportHandle handle, WorkerIndex worker,
                  const IceCredentials& credentials, Timestamp now);
  ~WebRtcTransport();
  WebRtcTransport(const WebRtcTransport&) = delete;
  WebRtcTransport& operator=(const WebRtcTransport&) = delete;

  // The peer's description is known. Before that no handshake can begin, as nothing could be
  // checked against it.
  void set_remote(std::string_view ufrag, const Fingerprints& fingerprints, DtlsRole role,
                  Timestamp now);
  bool has_remote() const { return has_remote_; }
  // From now on there is media: DTLS without SRTP ends the transport. Data channels need none.
  void require_srtp() { needs_srtp_ = true; }
  // DTLS is there, and there can be no media.
  bool lacks_srtp() const { return has_dtls_ && !has_keys_; }
  const Fingerprints& remote_fingerprints() const { return fingerprints_; }
  DtlsRole dtls_role() const { return role_; }
  // ICE restart (RFC 8445 section 9): media goes on meanwhile.
  void restart_ice(const IceCredentials& credentials);

  // A STUN message from a flow the worker does not know, addressed to one of our ufrags.
  void handle_stun(const Path& path, const stun::MessageView& message, Timestamp now);
  // A DTLS record from an ICE-validated flow.
  void handle_dtls(const Path& path, std::span<const std::uint8_t> datagram);
  void handle_path_selected(const Path& path, Timestamp now);
  // Nothing authentic came for the consent timeout (RFC 7675): workers have stopped sending.
  void expire_consent() { end("ICE failed"); }
  void handle_timeout(Timestamp now);
  Timestamp next_timeout() const;

  // Everything is there that a handshake needs: as the server, what the peer sent of it; as the
  // client, its nomination. Not again once it has begun.
  bool wants_handshake() const;
  // HandshakeLimiter has admitted it; the transport owes the finish().
  void begin_handshake();
  // Has done what there is to do for the association: input that has come, a timeout.
  void run_dtls(Timestamp now);
  // A packet of the peer's data channels is to be sealed and sent, with the next run.
  void send_data(std::vector<std::uint8_t> packet);
  // DTLS is there, whatever ICE says.
  bool has_data_path() const { return has_dtls_ && state_ != TransportState::kEnded; }
  // It has been done. Afterwards run_dtls() is to be called again.
  void take_dtls(std::unique_ptr<DtlsJob> job);

  // Has close_notify sent if there is somebody to send it to. Nothing else is sent afterwards.
  void close();
  // Gives the association up without a word: the transport is about to go.
  void abandon_dtls() { end_dtls(DtlsEnding::kSilent); }

  TransportState state() const { return state_; }
  // Why the state is kEnded, in the words of Janus's hangup event.
  std::string_view end_reason() const { return end_reason_; }
  TransportHandle handle() const { return handle_; }
  WorkerIndex worker() const { return worker_; }
  const IceLiteAgent& ice() const { return ice_; }

 private:
  template <typename Step>
  void step_or_end(Step&& step);
  void take_ice_events();
  void limit_waiting(Timestamp now);
  bool has_begun_dtls() const { return dtls_ != nullptr || dtls_under_way_ != nullptr; }
  void submit_dtls();
  void end_dtls(DtlsEnding ending);
  void count_discarded();
  void follow_dtls_state();
  void end_without_keys();
  void become_connected_if_ready();
  void end(std::string_view reason);
  void remember_path(const Path& path);
  const Path* find_path(const CandidatePair& pair) const;
  const Path* dtls_path() const;
  void forget_path(const CandidatePair& pair);

  TransportServices services_;
  TransportHandle handle_;
  WorkerIndex worker_;
  IceLiteAgent ice_;
  StaticVector<Path, kFlowsPerTransportMax + 1> paths_;  // of validated pairs, with the MACs seen
  bool has_remote_ = false;
  Fingerprints fingerprints_;
  DtlsRole role_ = DtlsRole::kServer;
  EarlyFlight early_flight_;
  std::vector<std::vector<std::uint8_t>> data_to_send_;
  std::unique_ptr<DtlsJob> dtls_;           // null before the handshake, and while it is under way
  DtlsJob* dtls_under_way_ = nullptr;       // then the executor has it
  DtlsCounters dtls_counted_;               // what is in the stats already
  std::optional<CandidatePair> dtls_pair_;  // where the peer's DTLS came from last
  Timestamp dtls_begins_until_ = kNever;    // it has to have begun; set by the nomination
  bool owes_handshake_ = false;             // admitted by the limiter and not yet finished
  bool needs_srtp_ = false;
  bool has_dtls_ = false;  // the handshake has ended well
  bool has_keys_ = false;  // workers have those of SRTP
  TransportState state_ = TransportState::kConnecting;
  std::string_view end_reason_;
};

}  // namespace penstock
