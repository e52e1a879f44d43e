#include "bench/load/peer.h"

#include "bench/load/clocks.h"
#include "bench/load/rtcp_reports.h"

namespace penstock::load {
namespace {

constexpr Duration kJoinLimit = 30 * kSecond;

}  // namespace

Peer::Peer(PeerContext& context, PeerRole role, std::size_t index)
    : context_(context), role_(role), index_(index) {}

bool Peer::begin_join(Timestamp now) {
  join_began_at_ = now;
  const auto& addresses = context_.options.local_addresses;
  // Publishers and subscribers go through the addresses one after the other.
  const std::size_t turn =
      index_ + (role_ == PeerRole::kSubscriber ? context_.options.publishers : 0);
  std::optional<IpAddress> local;
  if (!addresses.empty()) local = addresses[turn % addresses.size()];
  auto socket = PeerSocket::open(local);
  if (!socket) {
    fail(socket.error());
    return false;
  }
  socket_ = std::move(*socket);
  const std::uint64_t role_seed = role_ == PeerRole::kPublisher ? 1 : 2;
  connection_.emplace(
      test::ConnectionConfig{.seed = (role_seed << 32 | index_) ^ static_cast<std::uint64_t>(now),
                             .local = socket_->local(),
                             .fingerprint = context_.fingerprint},
      context_.dtls);
  context_.signalling.attach([this](const std::expected<JanusHandle, std::string>& handle) {
    if (!is_live()) {
      if (handle) context_.signalling.detach(*handle);
      return;
    }
    if (!handle) return fail("attach: " + handle.error());
    handle_ = *handle;
    join();
  });
  return true;
}

OnReply Peer::on_answer(const char* what, std::function<void(const json::object&)> handle) {
  return [this, what, handle = std::move(handle)](const Reply& reply) {
    if (!is_live()) return;
    if (!reply) return fail(std::string(what) + ": " + reply.error());
    handle(*reply);
  };
}

void Peer::connect_media() {
  // Without a candidate one may still come by itself.
  if (!connection_->has_remote()) return;
  const std::string why = socket_->connect(connection_->remote());
  if (!why.empty()) return fail(why);
  connection_->start_checks(monotonic_now());
}

void Peer::add_remote_candidate(const std::string& candidate) {
  if (!connection_ || connection_->has_remote()) return;
  connection_->add_remote_candidate(candidate);
  connect_media();
}

void Peer::handle_setup(Timestamp now, DatagramKind kind, std::span<const std::uint8_t> bytes) {
  if (kind == DatagramKind::kStun) {
    connection_->handle_stun(now, connection_->remote(), bytes);
  } else {
    connection_->handle_dtls(now, bytes);
  }
  flush();
  if (connection_->dtls_state() == DtlsState::kFailed) {
    return fail(dtls_failure());
  }
  if (connection_->dtls_state() == DtlsState::kClosed) return fail("the server closed DTLS");
  if (state_ != PeerState::kJoining || connection_->srtp_keys() == nullptr) return;
  if (!take_keys(*connection_->srtp_keys())) return fail("no memory for SRTP");
  state_ = PeerState::kConnected;
  connected_at_ = monotonic_now();
}

void Peer::handle_timeout(Timestamp now) {
  if (now >= connection_->next_timeout()) {
    connection_->handle_timeout(now);
    flush();
    if (connection_->dtls_state() == DtlsState::kFailed) {
      return fail(dtls_failure());
    }
  }
  if (state_ == PeerState::kJoining && now - join_began_at_ > kJoinLimit) fail(late_because());
}

bool Peer::take_keys(const SrtpKeys& keys) {
  srtp_ = std::make_unique<Srtp>();
  return srtp_->send.init(keys.profile, keys.send, context_.srtp_backend) &&
         srtp_->receive.init(keys.profile, keys.receive, context_.srtp_backend);
}

void Peer::handle_rtcp(std::span<std::uint8_t> packet, Timestamp arrival) {
  if (!srtp_) return;
  const auto result = context_.srtp.unprotect_rtcp(srtp_->receive, packet);
  if (result.reason != DropReason::kNone) return;
  CompoundReader reader(packet.first(result.bytes));
  while (const auto part = reader.next()) take_rtcp(*part, arrival);
}

void Peer::report(Timestamp now) {
  if (!srtp_ || now < report_at_) return;
  report_at_ = next_report_at(now, index_);
  send_reports();
}

std::string Peer::late_because() const {
  const std::string limit = " within 30 s";
  if (handle_.id == 0) return "no handle" + limit;
  if (connection_->credentials().remote_ufrag.empty()) return "no session description" + limit;
  if (!connection_->has_remote()) return "the server gives no candidate of our address family";
  const std::string remote = to_string(connection_->remote());
  if (!connection_->is_ice_connected()) return remote + " answers no ICE check" + limit;
  return "no DTLS with " + remote + limit +
         " (a server may limit handshakes per address: --bind with more of them, or a lower "
         "--ramp)";
}

std::string Peer::dtls_failure() const {
  return "DTLS, with " + std::string(to_string(context_.options.profile)) +
         " as the only SRTP profile: " + connection_->dtls_failure();
}

void Peer::flush() {
  test::ClientDatagram datagram;
  while (connection_->poll_output(datagram)) socket_->send(datagram.bytes);
}

void Peer::fail(const std::string& why) {
  if (!is_live()) return;
  state_ = PeerState::kFailed;
  failure_ = std::string(role_ == PeerRole::kPublisher ? "publisher " : "subscriber ") +
             std::to_string(index_) + ": " + why;
  context_.signalling.detach(handle_);
  handle_ = {};
  socket_.reset();
}

void Peer::leave(Timestamp now) {
  if (state_ == PeerState::kConnected) {
    connection_->close(now);
    flush();
  }
  context_.signalling.detach(handle_);
  handle_ = {};
  state_ = PeerState::kLeft;
  srtp_.reset();
  connection_.reset();
  socket_.reset();
}

}  // namespace penstock::load
