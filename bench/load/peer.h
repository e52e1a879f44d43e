// What a publisher and a subscriber have in common: a socket, a connection (ICE and DTLS), a handle
// of the signalling, and the way from nothing to connected. A peer that has left stays as a record
// of what it received. Made by the run, which outlives no call that a peer waits for; one thread.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "bench/load/options.h"
#include "bench/load/peer_socket.h"
#include "bench/load/signalling.h"
#include "bench/load/source.h"
#include "controlplane/dtls/dtls_context.h"
#include "dataplane/rtp/demux.h"
#include "dataplane/rtp/rtcp/compound.h"
#include "dataplane/srtp/batch.h"
#include "dataplane/srtp/contexts.h"
#include "tests/client/webrtc_connection.h"

namespace penstock::load {

// What all peers use.
struct PeerContext {
  const LoadOptions& options;
  Signalling& signalling;
  const DtlsContext& dtls;
  std::string fingerprint;
  SrtpEngine& srtp;
  SrtpBackend srtp_backend;
  SourceTable& sources;
  std::uint64_t room = 0;
};

enum class PeerRole : std::uint8_t { kPublisher, kSubscriber };
enum class PeerState : std::uint8_t { kJoining, kConnected, kFailed, kLeft };

class Peer {
 public:
  // `index` is its place among those of its role.
  Peer(PeerContext& context, PeerRole role, std::size_t index);
  virtual ~Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  PeerRole role() const { return role_; }
  std::size_t index() const { return index_; }
  PeerState state() const { return state_; }
  bool is_live() const { return state_ == PeerState::kJoining || state_ == PeerState::kConnected; }
  const std::string& failure() const { return failure_; }  // with the peer's name in front
  std::uint64_t handle_id() const { return handle_.id; }
  const PeerSocket& socket() const { return *socket_; }
  Duration join_time() const { return connected_at_ - join_began_at_; }

  // Opens the socket and asks the server in. False if it failed at once.
  bool begin_join(Timestamp now);
  void leave(Timestamp now);
  void fail(const std::string& why);

  // STUN and DTLS.
  void handle_setup(Timestamp now, DatagramKind kind, std::span<const std::uint8_t> bytes);
  void handle_timeout(Timestamp now);
  // Decrypts in place. `arrival`: wall clock.
  void handle_rtcp(std::span<std::uint8_t> packet, Timestamp arrival);
  // Sends RTCP reports if it is time.
  void report(Timestamp now);
  Timestamp next_timeout() const { return connection_->next_timeout(); }
  void add_remote_candidate(const std::string& candidate);

 protected:
  struct Srtp {
    SrtpSendContext send;
    // Any number of streams that the server may send.
    SrtpReceiveContext receive{
        {.rtp_max = kSubscriptionsPerTransportMax, .rtcp_max = kSubscriptionsPerTransportMax}};
  };

  // With a handle: the requests of the role.
  virtual void join() = 0;
  // One packet of those that came together.
  virtual void take_rtcp(const RtcpPacket& packet, Timestamp arrival) = 0;
  virtual void send_reports() = 0;

  // A callback for an answer: called with it while the peer lives; an error fails the peer.
  OnReply on_answer(const char* what, std::function<void(const json::object& answer)> handle);
  // The remote description was taken: connects.
  void connect_media();

  PeerContext& context_;
  JanusHandle handle_;
  std::optional<test::WebRtcConnection> connection_;
  std::unique_ptr<Srtp> srtp_;  // from when it has connected until it leaves

 private:
  bool take_keys(const SrtpKeys& keys);
  void flush();
  std::string late_because() const;
  std::string dtls_failure() const;

  PeerRole role_;
  std::size_t index_;
  PeerState state_ = PeerState::kJoining;
  std::string failure_;
  std::optional<PeerSocket> socket_;
  Timestamp join_began_at_ = 0;
  Timestamp connected_at_ = 0;
  Timestamp report_at_ = 0;
};

}  // namespace penstock::load
