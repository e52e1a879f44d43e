#include "tests/client/webrtc_connection.h"

#include <algorithm>
#include <array>

#include "controlplane/ice/candidate.h"
#include "controlplane/ice/ice_credential_generator.h"
#include "dataplane/stun/integrity.h"
#include "dataplane/stun/message.h"
#include "dataplane/stun/writer.h"

namespace penstock::test {
namespace {

constexpr Duration kCheckInterval = 50 * kMillisecond;
constexpr Duration kConsentInterval = 2'500 * kMillisecond;
constexpr std::uint32_t kPriority = 1'845'501'695;  // of our candidate, were it peer reflexive

}  // namespace

WebRtcConnection::WebRtcConnection(const ConnectionConfig& config, const DtlsContext& dtls_context)
    : config_(config),
      prng_(config.seed),
      dtls_context_(dtls_context),
      nominates_at_(config.nominates_after > 0 ? kNever : 0) {
  make_credentials();
  tie_breaker_ = prng_.next_u64();
}

void WebRtcConnection::make_credentials() {
  SeededRandom random(prng_.next_u64());
  credentials_.local_ufrag = generate_ice_characters(random, kUfragCharacters);
  credentials_.local_pwd = generate_ice_characters(random, kIcePwdCharacters);
}

LocalTransport WebRtcConnection::local_transport() const {
  LocalTransport local{.ufrag = credentials_.local_ufrag,
                       .pwd = credentials_.local_pwd,
                       .fingerprint = config_.fingerprint,
                       .candidate = {},
                       .session_id = config_.seed};
  if (!config_.local.ip.is_unspecified() && config_.local.port != 0) {
    local.candidate = format_host_candidate(config_.local, 65'535);
  }
  return local;
}

bool WebRtcConnection::take_answer(const sdp::SessionDescription& answer) {
  const std::string before = credentials_.remote_ufrag;
  is_controlling_ = true;
  for (const auto& media : answer.media) {
    if (media.port == 0) continue;
    const auto setup = media.transport.setup ? media.transport.setup : answer.transport.setup;
    // Setup of the answer is the server's; ours is the other.
    dtls_role_ = setup == sdp::Setup::kActive ? DtlsRole::kServer : DtlsRole::kClient;
    break;
  }
  learn_remote(answer);
  return !before.empty() && before != credentials_.remote_ufrag;
}

bool WebRtcConnection::take_offer(const sdp::SessionDescription& offer) {
  const std::string before = credentials_.remote_ufrag;
  is_controlling_ = offer.ice_lite;
  dtls_role_ = config_.is_dtls_client ? DtlsRole::kClient : DtlsRole::kServer;
  learn_remote(offer);
  return !before.empty() && before != credentials_.remote_ufrag;
}

void WebRtcConnection::learn_remote(const sdp::SessionDescription& description) {
  for (const auto& media : description.media) {
    const auto& transport =
        media.transport.ice_ufrag.empty() ? description.transport : media.transport;
    if (transport.ice_ufrag.empty() || media.port == 0) continue;
    credentials_.remote_ufrag = transport.ice_ufrag;
    credentials_.remote_pwd = transport.ice_pwd;
    remote_fingerprints_.clear();
    const auto& prints = media.transport.fingerprints.empty() ? description.transport.fingerprints
                                                              : media.transport.fingerprints;
    for (const auto& print : prints) {
      if (const auto parsed = parse_fingerprint(print.hash_function + " " + print.value)) {
        static_cast<void>(remote_fingerprints_.push_back(*parsed));
      }
    }
    break;
  }
  for (const auto& media : description.media) {
    for (const std::string& line : media.candidates) add_remote_candidate("candidate:" + line);
  }
}

void WebRtcConnection::add_remote_candidate(std::string_view line) {
  const auto candidate = parse_candidate(line);
  // A client with one address uses the candidate of its family.
  if (has_remote_ || !candidate || !candidate->is_udp || !candidate->address) return;
  if (candidate->address->ip.is_v4() != config_.local.ip.is_v4()) return;
  remote_ = *candidate->address;
  has_remote_ = true;
}

void WebRtcConnection::send_check(Timestamp now) {
  stun::TransactionId id{};
  for (auto& byte : id) byte = static_cast<std::uint8_t>(prng_.next_u32());
  std::array<std::uint8_t, 256> buffer;
  const std::string username = credentials_.remote_ufrag + ":" + credentials_.local_ufrag;
  stun::BindingRequest request{.transaction_id = id,
                               .username = username,
                               .password = credentials_.remote_pwd,
                               .priority = kPriority,
                               .use_candidate = is_nominating(now),
                               .ice_controlling = std::nullopt,
                               .ice_controlled = std::nullopt,
                               .nomination = std::nullopt};
  (is_controlling_ ? request.ice_controlling : request.ice_controlled) = tie_breaker_;
  const std::size_t bytes = stun::write_binding_request(request, buffer);
  send(std::span<std::uint8_t>(buffer).first(bytes));
  next_check_at_ = now + kCheckInterval;
  if (ice_connected_) next_check_at_ = next_consent_check(now);
}

bool WebRtcConnection::is_nominating(Timestamp now) const {
  return is_controlling_ && config_.nominates && now >= nominates_at_;
}

Timestamp WebRtcConnection::next_consent_check(Timestamp now) const {
  if (nominates_at_ > now) return nominates_at_;
  return config_.checks_consent ? now + kConsentInterval : kNever;
}

void WebRtcConnection::handle_stun(Timestamp now, const SocketAddress& from,
                                   std::span<const std::uint8_t> bytes) {
  stun::MessageView message;
  if (stun::parse_message(bytes, message) != DropReason::kNone || from != remote_) return;
  if (message.message_class == stun::MessageClass::kRequest) {
    return answer_check(now, from, message);
  }
  if (message.message_class != stun::MessageClass::kSuccessResponse) return;
  if (!ice_connected_) {
    if (config_.nominates_after > 0) nominates_at_ = now + config_.nominates_after;
    next_check_at_ = next_consent_check(now);
  }
  ice_connected_ = true;
  begin_dtls_if_ready(now);
}

void WebRtcConnection::answer_check(Timestamp now, const SocketAddress& from,
                                    const stun::MessageView& request) {
  if (!stun::verify_integrity(request, credentials_.local_pwd)) return;
  std::array<std::uint8_t, 256> buffer;
  const std::size_t bytes =
      stun::write_binding_success(request.transaction_id, from, credentials_.local_pwd, buffer);
  send(std::span<std::uint8_t>(buffer).first(bytes));
  if (request.use_candidate && !is_controlling_) is_nominated_ = true;
  begin_dtls_if_ready(now);
}

void WebRtcConnection::begin_dtls_if_ready(Timestamp now) {
  const bool is_selected = is_controlling_ ? config_.nominates : is_nominated_;
  if (dtls_ || !ice_connected_ || !is_selected) return;
  dtls_.emplace(dtls_context_, dtls_role_, remote_fingerprints_);
  dtls_->start(now);
  pump_dtls();
}

void WebRtcConnection::handle_dtls(Timestamp now, std::span<const std::uint8_t> bytes) {
  if (!dtls_) return;
  dtls_->handle_datagram(now, bytes);
  pump_dtls();
}

void WebRtcConnection::send_data(Timestamp now, const std::vector<std::uint8_t>& data) {
  if (!dtls_) return;
  dtls_->send(now, {&data, 1});
  pump_dtls();
}

void WebRtcConnection::pump_dtls() {
  std::vector<std::uint8_t> datagram;
  while (dtls_->poll_output(datagram)) send(datagram);
}

bool WebRtcConnection::has_dtls() const { return dtls_ && dtls_->state() == DtlsState::kConnected; }

const SrtpKeys* WebRtcConnection::srtp_keys() const {
  if (!has_dtls() || !dtls_->srtp_keys()) return nullptr;
  return &*dtls_->srtp_keys();
}

std::string WebRtcConnection::dtls_failure() const {
  return dtls_ ? std::string(dtls_->failure_reason()) : std::string();
}

void WebRtcConnection::handle_timeout(Timestamp now) {
  if (is_closed_) return;
  if (has_remote_ && now >= next_check_at_) send_check(now);
  if (dtls_ && now >= dtls_->next_timeout()) {
    dtls_->handle_timeout(now);
    pump_dtls();
  }
}

Timestamp WebRtcConnection::next_timeout() const {
  if (is_closed_) return kNever;
  const Timestamp next = has_remote_ ? next_check_at_ : kNever;
  return dtls_ ? std::min(next, dtls_->next_timeout()) : next;
}

void WebRtcConnection::send(std::span<const std::uint8_t> bytes) {
  outputs_.push_back({remote_, {bytes.begin(), bytes.end()}});
}

bool WebRtcConnection::poll_output(ClientDatagram& datagram) {
  if (outputs_.empty()) return false;
  datagram = std::move(outputs_.front());
  outputs_.pop_front();
  return true;
}

void WebRtcConnection::close(Timestamp now) {
  if (dtls_) {
    dtls_->close(now);
    pump_dtls();
  }
  is_closed_ = true;
}

}  // namespace penstock::test
