#include "controlplane/media/webrtc_transport.h"

#include <algorithm>
#include <utility>

#include "dataplane/base/check.h"
#include "dataplane/base/scope_guard.h"

namespace penstock {
namespace {

CandidatePair pair_of(const Path& path) { return {.local = path.local, .remote = path.remote}; }

// Of a peer's data channels, that wait for its DTLS job: more than an association has under way.
constexpr std::size_t kDataPacketsMax = 512;

// Workers watch consent, because they see the checks on known flows.
constexpr IceLiteOptions kIceOptions{.consent_timeout = kNever};

}  // namespace

WebRtcTransport::WebRtcTransport(const TransportServices& services, TransportHandle handle,
                                 WorkerIndex worker, const IceCredentials& credentials,
                                 Timestamp now)
    : services_(services), handle_(handle), worker_(worker), ice_(credentials, kIceOptions, now) {}

WebRtcTransport::~WebRtcTransport() {
  if (owes_handshake_) services_.handshakes.finish();
  end_dtls(DtlsEnding::kSilent);
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
    ice_.expect_checks(now);
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
  if (!has_begun_dtls() && has_remote_ && ice_.selected_pair() && dtls_begins_until_ == kNever)
    dtls_begins_until_ = now + services_.dtls.options().handshake_timeout;
}

bool WebRtcTransport::wants_handshake() const {
  if (has_begun_dtls() || !has_remote_ || state_ != TransportState::kConnecting) return false;
  return role_ == DtlsRole::kServer ? !early_flight_.empty() : ice_.selected_pair().has_value();
}

void WebRtcTransport::begin_handshake() {
  PENSTOCK_CHECK(wants_handshake());
  owes_handshake_ = true;
  dtls_begins_until_ = kNever;
  // Nothing of what came before answers our ClientHello.
  if (role_ == DtlsRole::kClient) static_cast<void>(early_flight_.take());
  step_or_end([&] {
    dtls_ = std::make_unique<DtlsJob>(services_.dtls, role_, fingerprints_, handle_, worker_);
    submit_dtls();
  });
}

void WebRtcTransport::handle_dtls(const Path& path, std::span<const std::uint8_t> datagram) {
  if (state_ == TransportState::kEnded || !ice_.has_pair(pair_of(path))) return;
  step_or_end([&] {
    early_flight_.keep(
        path, datagram,
        has_dtls_ ? EarlyFlight::kConnectedDatagramsMax : EarlyFlight::kDatagramsMax);
    dtls_pair_ = pair_of(path);
  });
}

// What is beyond the limit is lost on the way, for SCTP.
void WebRtcTransport::send_data(std::vector<std::uint8_t> packet) {
  if (!has_data_path() || data_to_send_.size() == kDataPacketsMax) return;
  best_effort([&] { data_to_send_.push_back(std::move(packet)); });
}

void WebRtcTransport::run_dtls(Timestamp now) {
  if (dtls_ == nullptr || state_ == TransportState::kEnded) return;
  if (early_flight_.empty() && data_to_send_.empty() && now < dtls_->endpoint->next_timeout())
    return;
  step_or_end([&] { submit_dtls(); });
}

void WebRtcTransport::submit_dtls() {
  for (EarlyDatagram& datagram : early_flight_.take()) {
    if (ice_.has_pair(pair_of(datagram.path))) dtls_->input.push_back(std::move(datagram.bytes));
  }
  dtls_->data_to_send = std::exchange(data_to_send_, {});
  dtls_under_way_ = dtls_.get();
  services_.dtls_jobs.submit(std::move(dtls_));
}

void WebRtcTransport::take_dtls(std::unique_ptr<DtlsJob> job) {
  dtls_ = std::move(job);
  dtls_under_way_ = nullptr;
  const auto output = std::exchange(dtls_->output, {});
  if (state_ == TransportState::kEnded) return;
  if (dtls_->is_out_of_memory || !dtls_->endpoint) return end("DTLS error");
  count_discarded();
  if (const Path* path = dtls_path()) {
    for (const auto& datagram : output) services_.dataplane.send_datagram(worker_, *path, datagram);
  }
  follow_dtls_state();
}

void WebRtcTransport::count_discarded() {
  const DtlsCounters& now = dtls_->endpoint->counters();
  services_.stats.dtls_records_discarded += now.records_discarded - dtls_counted_.records_discarded;
  services_.stats.dtls_datagrams_discarded +=
      now.datagrams_discarded - dtls_counted_.datagrams_discarded;
  dtls_counted_ = now;
}

void WebRtcTransport::follow_dtls_state() {
  const DtlsEndpoint& endpoint = *dtls_->endpoint;
  const DtlsState dtls_state = endpoint.state();
  if (owes_handshake_ && dtls_state != DtlsState::kHandshaking) {
    owes_handshake_ = false;
    services_.handshakes.finish();
  }
  if (dtls_state == DtlsState::kConnected) {
    if (!std::exchange(has_dtls_, true) && endpoint.srtp_keys())
      has_keys_ = services_.dataplane.set_srtp_keys(handle_, *endpoint.srtp_keys()).has_value();
    if (!has_keys_ && (needs_srtp_ || endpoint.srtp_keys())) return end_without_keys();
    become_connected_if_ready();
  } else if (dtls_state == DtlsState::kClosed) {
    end("DTLS alert");
  } else if (dtls_state == DtlsState::kFailed) {
    const std::string_view reason = endpoint.failure_reason();
    end(reason.starts_with("DTLS timeout") ? "DTLS timeout"
        : reason.starts_with("DTLS alert") ? "DTLS alert"
                                           : "DTLS error");
  }
}

// Whoever has it makes what its owner's end asks for; nothing comes back here.
void WebRtcTransport::end_dtls(DtlsEnding ending) {
  DtlsJob* job = dtls_ ? dtls_.get() : dtls_under_way_;
  if (job == nullptr) return;
  if (const Path* path = dtls_path()) job->path = *path;
  if (dtls_) {
    services_.dtls_jobs.end(std::move(dtls_), ending);
  } else {
    services_.dtls_jobs.end_under_way(*std::exchange(dtls_under_way_, nullptr), ending);
  }
}

// The peer has its own, and would wait for media.
void WebRtcTransport::end_without_keys() {
  end_dtls(DtlsEnding::kGoodbye);
  end("DTLS error");
}

// DTLS may come before the nomination. Until there is one nothing but DTLS is sent, and ICE's time
// goes on.
void WebRtcTransport::become_connected_if_ready() {
  if (state_ == TransportState::kConnecting && has_dtls_ && ice_.selected_pair())
    state_ = TransportState::kConnected;
}

void WebRtcTransport::handle_timeout(Timestamp now) {
  if (state_ == TransportState::kEnded || !has_remote_) return;
  ice_.handle_timeout(now);
  step_or_end([&] { take_ice_events(); });
  if (now >= dtls_begins_until_) end("DTLS timeout");
}

Timestamp WebRtcTransport::next_timeout() const {
  // A subscriber may think about our offer for as long as its session lives.
  if (state_ == TransportState::kEnded || !has_remote_) return kNever;
  const Timestamp next = std::min(ice_.next_timeout(), dtls_begins_until_);
  return dtls_ ? std::min(next, dtls_->endpoint->next_timeout()) : next;
}

void WebRtcTransport::close() {
  if (state_ != TransportState::kEnded) end_dtls(DtlsEnding::kGoodbye);
  end("Close PC");
}

void WebRtcTransport::end(std::string_view reason) {
  if (state_ == TransportState::kEnded) return;
  state_ = TransportState::kEnded;
  end_reason_ = reason;
  static_cast<void>(early_flight_.take());
  data_to_send_.clear();
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
