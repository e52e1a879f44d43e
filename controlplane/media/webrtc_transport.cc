#include "controlplane/media/webrtc_transport.h"

#include <algorithm>

#include "dataplane/base/check.h"
#include "dataplane/base/scope_guard.h"

namespace penstock {
namespace {

CandidatePair pair_of(const Path& path) { return {.local = path.local, .remote = path.remote}; }

// Workers watch consent, because they see the checks on known flows.
constexpr IceLiteOptions kIceOptions{.consent_timeout = kNever};

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
  limit_waiting(now);
}

void WebRtcTransport::restart_ice(const IceCredentials& credentials) { ice_.restart(credentials); }

void WebRtcTransport::handle_stun(const Path& path, const stun::MessageView& message,
                                  Timestamp now) {
  if (state_ == TransportState::kEnded) return;
  std::array<std::uint8_t, stun::kAnswerBytesMax> answer;
  const bool is_known = ice_.has_pair(pair_of(path));
  const auto verdict = ice_.handle_request(now, pair_of(path), message, answer);
  if (verdict.authenticated) {
    remember_path(path);
    // The worker has lost it, to another transport that was seen at this address.
    if (is_known) services_.dataplane.add_flow(handle_, path, std::nullopt);
    step_or_end([&] { take_ice_events(); });
  }
  // After the flow: what the peer sends once it has the answer has to find it.
  if (verdict.bytes != 0) {
    services_.dataplane.send_datagram(worker_, path,
                                      std::span<const std::uint8_t>(answer).first(verdict.bytes));
  }
  limit_waiting(now);
}

void WebRtcTransport::take_ice_events() {
  IceEvent event;
  while (ice_.poll_event(event)) {
    switch (event.kind) {
      case IceEventKind::kPairAdded:
        if (const Path* path = find_path(event.pair))
          services_.dataplane.add_flow(handle_, *path, std::nullopt);
        break;
      case IceEventKind::kPairRemoved:
        if (const Path* path = find_path(event.pair))
          services_.dataplane.remove_flow(handle_, *path);
        forget_path(event.pair);
        break;
      case IceEventKind::kPairSelected:
        if (const Path* path = find_path(event.pair))
          services_.dataplane.add_flow(handle_, *path, ice_.selected_nomination());
        become_connected_if_ready();
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
  if (state_ == TransportState::kEnded) return;
  remember_path(path);
  ice_.handle_path_selected(now, pair_of(path));
  IceEvent event;
  while (ice_.poll_event(event)) {
    // The worker has moved already; there is nothing to tell it.
  }
  become_connected_if_ready();
  limit_waiting(now);
}

// A peer that has nominated a pair and yet sends nothing, or is not let in.
void WebRtcTransport::limit_waiting(Timestamp now) {
  if (!dtls_ && has_remote_ && ice_.selected_pair() && dtls_begins_until_ == kNever)
    dtls_begins_until_ = now + services_.dtls.options().handshake_timeout;
}

bool WebRtcTransport::wants_handshake() const {
  if (dtls_ || !has_remote_ || state_ != TransportState::kConnecting) return false;
  return role_ == DtlsRole::kServer ? !early_flight_.empty() : ice_.selected_pair().has_value();
}

void WebRtcTransport::begin_handshake(Timestamp now) {
  PENSTOCK_CHECK(wants_handshake());
  owes_handshake_ = true;
  dtls_begins_until_ = kNever;
  step_or_end([&] {
    dtls_.emplace(services_.dtls, role_, fingerprints_);
    dtls_->start(now);
    pump_dtls();
    const std::vector<EarlyDatagram> early = early_flight_.take();
    if (role_ == DtlsRole::kClient) return;  // nothing of it answers our ClientHello
    for (const EarlyDatagram& datagram : early) feed_dtls(datagram.path, datagram.bytes, now);
  });
}

void WebRtcTransport::handle_dtls(const Path& path, std::span<const std::uint8_t> datagram,
                                  Timestamp now) {
  if (state_ == TransportState::kEnded || !ice_.has_pair(pair_of(path))) return;
  step_or_end([&] {
    if (dtls_) return feed_dtls(path, datagram, now);
    dtls_pair_ = pair_of(path);
    early_flight_.keep(path, datagram);
  });
}

void WebRtcTransport::feed_dtls(const Path& path, std::span<const std::uint8_t> datagram,
                                Timestamp now) {
  if (state_ == TransportState::kEnded || !ice_.has_pair(pair_of(path))) return;
  dtls_pair_ = pair_of(path);
  const DtlsCounters before = dtls_->counters();
  dtls_->handle_datagram(now, datagram);
  const DtlsCounters& after = dtls_->counters();
  services_.stats.dtls_records_discarded += after.records_discarded - before.records_discarded;
  services_.stats.dtls_datagrams_discarded +=
      after.datagrams_discarded - before.datagrams_discarded;
  pump_dtls();
}

void WebRtcTransport::pump_dtls() {
  const Path* path = dtls_path();
  std::vector<std::uint8_t> datagram;
  while (dtls_->poll_output(datagram)) {
    if (path != nullptr) services_.dataplane.send_datagram(worker_, *path, datagram);
  }
  const DtlsState dtls_state = dtls_->state();
  if (owes_handshake_ && dtls_state != DtlsState::kHandshaking) {
    owes_handshake_ = false;
    services_.handshakes.finish();
  }
  if (dtls_state == DtlsState::kConnected) {
    if (!has_keys_ && dtls_->srtp_keys()) {
      services_.dataplane.set_srtp_keys(handle_, *dtls_->srtp_keys());
      has_keys_ = true;
    }
    become_connected_if_ready();
  } else if (dtls_state == DtlsState::kClosed) {
    end("DTLS alert");
  } else if (dtls_state == DtlsState::kFailed) {
    const std::string_view reason = dtls_->failure_reason();
    end(reason.starts_with("DTLS timeout") ? "DTLS timeout"
        : reason.starts_with("DTLS alert") ? "DTLS alert"
                                           : "DTLS error");
  }
}

// Keys may come before the nomination. Until there is one nothing but DTLS is sent, and ICE's time
// goes on.
void WebRtcTransport::become_connected_if_ready() {
  if (state_ == TransportState::kConnecting && has_keys_ && ice_.selected_pair())
    state_ = TransportState::kConnected;
}

void WebRtcTransport::handle_timeout(Timestamp now) {
  if (state_ == TransportState::kEnded) return;
  ice_.handle_timeout(now);
  step_or_end([&] {
    take_ice_events();
    if (now >= dtls_begins_until_) end("DTLS timeout");
    if (state_ == TransportState::kEnded || !dtls_ || now < dtls_->next_timeout()) return;
    dtls_->handle_timeout(now);
    pump_dtls();
  });
}

Timestamp WebRtcTransport::next_timeout() const {
  if (state_ == TransportState::kEnded) return kNever;
  const Timestamp next = std::min(ice_.next_timeout(), dtls_begins_until_);
  return dtls_ ? std::min(next, dtls_->next_timeout()) : next;
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
  static_cast<void>(early_flight_.take());
}

void WebRtcTransport::remember_path(const Path& path) {
  forget_path(pair_of(path));
  static_cast<void>(paths_.push_back(path));
}

const Path* WebRtcTransport::find_path(const CandidatePair& pair) const {
  const auto* found = std::find_if(paths_.begin(), paths_.end(),
                                   [&](const Path& path) { return pair_of(path) == pair; });
  return found == paths_.end() ? nullptr : found;
}

// The selected pair; before there is one, the pair from which the peer asked.
const Path* WebRtcTransport::dtls_path() const {
  if (ice_.selected_pair()) return find_path(*ice_.selected_pair());
  return dtls_pair_ ? find_path(*dtls_pair_) : nullptr;
}

void WebRtcTransport::forget_path(const CandidatePair& pair) {
  for (std::size_t i = paths_.size(); i > 0; --i) {
    if (pair_of(paths_[i - 1]) == pair) paths_.erase_unordered(i - 1);
  }
}

}  // namespace penstock
