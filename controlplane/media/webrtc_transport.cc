#include "controlplane/media/webrtc_transport.h"

#include <algorithm>

#include "dataplane/base/scope_guard.h"

namespace penstock {
namespace {

CandidatePair pair_of(const Path& path) { return {.local = path.local, .remote = path.remote}; }

// Workers watch consent, because they see the checks on known flows.
constexpr IceLiteOptions kIceOptions{.consent_timeout = kNever};

// A peer that waits for our ClientHello sends nothing that we could take as the next chance.
constexpr Duration kHandshakeRetryInterval = 200 * kMillisecond;

}  // namespace

WebRtcTransport::WebRtcTransport(const TransportServices& services, TransportHandle handle,
                                 WorkerIndex worker, const IceCredentials& credentials,
                                 Timestamp now)
    : services_(services), handle_(handle), worker_(worker), ice_(credentials, kIceOptions, now) {}

WebRtcTransport::~WebRtcTransport() {
  if (owes_handshake_) services_.handshakes.finish();
}

template <typename Step>
void WebRtcTransport::step_or_end(Step&& step) {
  if (!best_effort(step)) end("DTLS error");
}

void WebRtcTransport::set_remote(std::string_view ufrag, const Fingerprints& fingerprints,
                                 DtlsRole role, Timestamp now) {
  static_cast<void>(ice_.set_remote_ufrag(ufrag));
  // During a restart the worker keeps the old credentials, so that checks with the new ones come to
  // the agent.
  if (!ice_.previous_credentials())
    services_.dataplane.set_ice_credentials(handle_, ice_.credentials());
  if (!has_remote_) {
    has_remote_ = true;
    fingerprints_ = fingerprints;
    role_ = role;
  }
  if (ice_.selected_pair()) step_or_end([&] { start_dtls(now); });
}

void WebRtcTransport::restart_ice(const IceCredentials& credentials) { ice_.restart(credentials); }

void WebRtcTransport::handle_stun(const Path& path, const stun::MessageView& message,
                                  Timestamp now) {
  if (state_ == TransportState::kEnded) return;
  std::array<std::uint8_t, stun::kAnswerBytesMax> answer;
  const auto verdict = ice_.handle_request(now, pair_of(path), message, answer);
  if (verdict.bytes != 0) {
    services_.dataplane.send_datagram(worker_, path,
                                      std::span<const std::uint8_t>(answer).first(verdict.bytes));
  }
  if (!verdict.authenticated) return;
  forget_path(pair_of(path));
  static_cast<void>(paths_.push_back(path));
  step_or_end([&] { take_ice_events(now); });
}

void WebRtcTransport::take_ice_events(Timestamp now) {
  IceEvent event;
  while (ice_.poll_event(event)) {
    switch (event.kind) {
      case IceEventKind::kPairAdded:
        if (const Path* path = find_path(event.pair))
          services_.dataplane.add_flow(handle_, *path, false);
        break;
      case IceEventKind::kPairRemoved:
        if (const Path* path = find_path(event.pair))
          services_.dataplane.remove_flow(handle_, *path);
        forget_path(event.pair);
        break;
      case IceEventKind::kPairSelected:
        if (const Path* path = find_path(event.pair))
          services_.dataplane.add_flow(handle_, *path, true);
        start_dtls(now);
        break;
      case IceEventKind::kRestarted:
        services_.dataplane.set_ice_credentials(handle_, ice_.credentials());
        break;
      case IceEventKind::kConsentLost:
      case IceEventKind::kConnectTimeout:
        end("ICE failed");
        break;
    }
  }
}

void WebRtcTransport::handle_path_selected(const Path& path, Timestamp now) {
  forget_path(pair_of(path));
  static_cast<void>(paths_.push_back(path));
  ice_.handle_path_selected(now, pair_of(path));
  IceEvent event;
  while (ice_.poll_event(event)) {
    // The worker has moved already; there is nothing to tell it.
  }
  // A peer that checks first and nominates later (RFC 8445 section 8.1.1) nominates on a known
  // flow.
  step_or_end([&] { start_dtls(now); });
}

// Needs a nominated pair and the peer's fingerprints, and the limiter's leave.
void WebRtcTransport::start_dtls(Timestamp now) {
  if (dtls_ || !has_remote_ || !ice_.selected_pair() || state_ != TransportState::kConnecting)
    return;
  const IpAddress source = ice_.selected_pair()->remote.ip;
  if (services_.handshakes.admit(now, source) != HandshakeAdmission::kAdmitted) {
    if (role_ == DtlsRole::kClient) retry_dtls_at_ = now + kHandshakeRetryInterval;
    return;
  }
  retry_dtls_at_ = kNever;
  owes_handshake_ = true;
  dtls_.emplace(services_.dtls, role_, fingerprints_);
  dtls_->start(now);
  pump_dtls();
}

void WebRtcTransport::handle_dtls(const Path& path, std::span<const std::uint8_t> datagram,
                                  Timestamp now) {
  if (state_ == TransportState::kEnded || !ice_.has_pair(pair_of(path))) return;
  step_or_end([&] {
    start_dtls(now);  // if the limiter refused before, the peer's retransmission is the next chance
    if (dtls_) feed_dtls(datagram, now);
  });
}

void WebRtcTransport::feed_dtls(std::span<const std::uint8_t> datagram, Timestamp now) {
  const DtlsCounters before = dtls_->counters();
  dtls_->handle_datagram(now, datagram);
  const DtlsCounters& after = dtls_->counters();
  services_.stats.dtls_records_discarded += after.records_discarded - before.records_discarded;
  services_.stats.dtls_datagrams_discarded +=
      after.datagrams_discarded - before.datagrams_discarded;
  pump_dtls();
}

void WebRtcTransport::pump_dtls() {
  const Path* path = ice_.selected_pair() ? find_path(*ice_.selected_pair()) : nullptr;
  std::vector<std::uint8_t> datagram;
  while (dtls_->poll_output(datagram)) {
    if (path != nullptr) services_.dataplane.send_datagram(worker_, *path, datagram);
  }
  const DtlsState dtls_state = dtls_->state();
  if (owes_handshake_ && dtls_state != DtlsState::kHandshaking) {
    owes_handshake_ = false;
    services_.handshakes.finish();
  }
  if (dtls_state == DtlsState::kConnected && state_ == TransportState::kConnecting &&
      dtls_->srtp_keys()) {
    services_.dataplane.set_srtp_keys(handle_, *dtls_->srtp_keys());
    state_ = TransportState::kConnected;
  } else if (dtls_state == DtlsState::kClosed) {
    end("DTLS alert");
  } else if (dtls_state == DtlsState::kFailed) {
    const std::string_view reason = dtls_->failure_reason();
    end(reason.starts_with("DTLS timeout") ? "DTLS timeout"
        : reason.starts_with("DTLS alert") ? "DTLS alert"
                                           : "DTLS error");
  }
}

void WebRtcTransport::handle_timeout(Timestamp now) {
  if (state_ == TransportState::kEnded) return;
  ice_.handle_timeout(now);
  step_or_end([&] {
    take_ice_events(now);
    if (now >= retry_dtls_at_) start_dtls(now);
    if (!dtls_ || now < dtls_->next_timeout()) return;
    dtls_->handle_timeout(now);
    pump_dtls();
  });
}

Timestamp WebRtcTransport::next_timeout() const {
  if (state_ == TransportState::kEnded) return kNever;
  return std::min(ice_.next_timeout(), dtls_ ? dtls_->next_timeout() : retry_dtls_at_);
}

void WebRtcTransport::close(Timestamp now) {
  if (state_ != TransportState::kEnded && dtls_) {
    step_or_end([&] {
      dtls_->close(now);
      pump_dtls();
    });
  }
  end("Close PC");
}

void WebRtcTransport::end(std::string_view reason) {
  if (state_ == TransportState::kEnded) return;
  state_ = TransportState::kEnded;
  end_reason_ = reason;
}

const Path* WebRtcTransport::find_path(const CandidatePair& pair) const {
  const auto* found = std::find_if(paths_.begin(), paths_.end(),
                                   [&](const Path& path) { return pair_of(path) == pair; });
  return found == paths_.end() ? nullptr : found;
}

void WebRtcTransport::forget_path(const CandidatePair& pair) {
  for (std::size_t i = paths_.size(); i > 0; --i) {
    if (pair_of(paths_[i - 1]) == pair) paths_.erase_unordered(i - 1);
  }
}

}  // namespace penstock
