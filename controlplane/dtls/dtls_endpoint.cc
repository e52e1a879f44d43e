#include "controlplane/dtls/dtls_endpoint.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <deque>
#include <string>
#include <utility>

#include "controlplane/clock/library_clock.h"
#include "controlplane/dtls/datagram_bio.h"
#include "controlplane/dtls/dtls_record_filter.h"
#include "controlplane/dtls/peer_verification.h"
#include "controlplane/dtls/retransmission_timer.h"
#include "controlplane/dtls/srtp_key_export.h"
#include "dataplane/base/check.h"

namespace penstock {
namespace {

// RFC 6347 section 4.1: the largest plaintext of a record.
constexpr std::size_t kRecordPlaintextBytesMax = 16'384;

// Of the peer's data, between two polls.
constexpr std::size_t kDataRecordsMax = 64;

// The explicit nonce and the tag of an AEAD record. OpenSSL 3.0 does not count them when it fills a
// datagram up to the MTU with a Finished.
constexpr std::size_t kAeadOverheadBytes = 8 + 16;

// What a protected record has beyond its plaintext. All suites of DtlsContext are AES-GCM (RFC 5288
// section 3) but those with ChaCha20, which has no explicit nonce (RFC 7905 section 2).
std::size_t overhead_bytes(const SSL_CIPHER* cipher) {
  return SSL_CIPHER_get_cipher_nid(cipher) == NID_chacha20_poly1305 ? 16 : kAeadOverheadBytes;
}

}  // namespace

class DtlsEndpoint::Association {
 public:
  Association(const DtlsContext& context, DtlsRole role, const Fingerprints& expected);
  ~Association();

  void start(Timestamp now);
  void handle_datagram(Timestamp now, std::span<const std::uint8_t> datagram);
  void handle_timeout(Timestamp now);
  Timestamp next_timeout() const;
  bool poll_output(std::vector<std::uint8_t>& datagram);
  void send(Timestamp now, std::span<const std::vector<std::uint8_t>> data);
  bool poll_data(std::vector<std::uint8_t>& data);
  void close(Timestamp now);

  DtlsState state = DtlsState::kNew;
  std::optional<SrtpKeys> srtp_keys;
  std::string failure_reason;
  std::string failure_detail;
  DtlsCounters counters;

 private:
  void advance_handshake();
  void finish_handshake();
  bool read_records();
  void handle_error(int result);
  void handle_close_notify();
  void fail(std::string_view reason, std::string detail = {});
  void end(DtlsState final_state);
  std::vector<std::uint8_t> admit(std::span<const std::uint8_t> datagram);
  void follow_timer(Timestamp now);
  void take_buffers_back();

  DtlsRole role_;
  Duration handshake_timeout_;
  PeerVerification verification_;
  DtlsRecordFilter filter_;
  RetransmissionTimer retransmission_timer_;
  DatagramBio bio_;
  SslHandle ssl_;  // null once the association has ended: that is where the memory is
  Timestamp handshake_deadline_ = kNever;
  std::deque<std::vector<std::uint8_t>> data_;
};

DtlsEndpoint::Association::Association(const DtlsContext& context, DtlsRole role,
                                       const Fingerprints& expected)
    : role_(role),
      handshake_timeout_(context.options().handshake_timeout),
      verification_{.expected = expected},
      retransmission_timer_(context.options().retransmission_timeout_initial,
                            context.options().retransmission_timeout_max),
      bio_(retransmission_timer_, context.options().datagram_bytes_max),
      ssl_(SSL_new(context.ssl_ctx())) {
  PENSTOCK_CHECK(ssl_ != nullptr);
  attach_peer_verification(ssl_.get(), verification_);
  bio_.attach_to(ssl_.get());
  SSL_set_mtu(ssl_.get(),
              static_cast<long>(context.options().datagram_bytes_max - kAeadOverheadBytes));
  if (role == DtlsRole::kClient) {
    SSL_set_connect_state(ssl_.get());
  } else {
    SSL_set_accept_state(ssl_.get());
  }
}

DtlsEndpoint::Association::~Association() {
  if (srtp_keys) OPENSSL_cleanse(&*srtp_keys, sizeof(SrtpKeys));
}

void DtlsEndpoint::Association::start(Timestamp now) {
  if (state != DtlsState::kNew) return;
  state = DtlsState::kHandshaking;
  handshake_deadline_ = now + handshake_timeout_;
  // A server has nothing to do yet, and OpenSSL would set aside its buffers for it.
  if (role_ == DtlsRole::kServer) return;
  const LibraryClock clock(retransmission_timer_.openssl_time());
  bio_.begin_call();
  advance_handshake();
  follow_timer(now);
}

void DtlsEndpoint::Association::handle_datagram(Timestamp now,
                                                std::span<const std::uint8_t> datagram) {
  ++counters.datagrams_received;
  const std::vector<std::uint8_t> admitted = admit(datagram);
  if (admitted.empty()) {
    ++counters.datagrams_discarded;
    return;
  }
  const LibraryClock clock(retransmission_timer_.openssl_time());
  bio_.begin_call(admitted);
  const bool was_connected = state == DtlsState::kConnected;
  if (!was_connected) advance_handshake();
  if (state == DtlsState::kConnected && !read_records() && was_connected)
    ++counters.datagrams_discarded;
  // Of the 50 KB that a connected association takes, these are 20.
  if (state == DtlsState::kConnected) SSL_free_buffers(ssl_.get());
  bio_.begin_call();  // nothing may read what is about to go
  follow_timer(now);
}

std::vector<std::uint8_t> DtlsEndpoint::Association::admit(std::span<const std::uint8_t> datagram) {
  if (state != DtlsState::kHandshaking && state != DtlsState::kConnected) return {};
  const SSL_CIPHER* cipher = state == DtlsState::kConnected ? SSL_get_current_cipher(ssl_.get())
                                                            : SSL_get_pending_cipher(ssl_.get());
  if (cipher != nullptr) filter_.set_cipher_overhead(overhead_bytes(cipher));
  std::vector<std::uint8_t> admitted = filter_.admit(datagram);
  counters.records_discarded = filter_.records_discarded();
  return admitted;
}

void DtlsEndpoint::Association::advance_handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    finish_handshake();
  } else {
    handle_error(result);
  }
}

void DtlsEndpoint::Association::finish_handshake() {
  if (!verification_.has_matched) {
    fail("DTLS fingerprint mismatch");
    return;
  }
  srtp_keys = export_srtp_keys(ssl_.get(), role_ == DtlsRole::kClient);
  state = DtlsState::kConnected;
  filter_.set_established();
  handshake_deadline_ = kNever;
}

// False if nothing came of them.
bool DtlsEndpoint::Association::read_records() {
  const std::size_t outputs_before = bio_.output_count();
  bool has_data = false;
  std::array<std::uint8_t, kRecordPlaintextBytesMax> plaintext;
  while (true) {
    ERR_clear_error();
    const int result = SSL_read(ssl_.get(), plaintext.data(), static_cast<int>(plaintext.size()));
    if (result <= 0) {
      handle_error(result);
      break;
    }
    has_data = true;
    ++counters.application_records_received;
    if (data_.size() == kDataRecordsMax) data_.pop_front();
    data_.emplace_back(plaintext.begin(), plaintext.begin() + result);
  }
  return has_data || state != DtlsState::kConnected || bio_.output_count() != outputs_before;
}

void DtlsEndpoint::Association::handle_error(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return;
    case SSL_ERROR_ZERO_RETURN:
      handle_close_notify();
      return;
    default:
      break;
  }
  const int reason = ERR_GET_REASON(ERR_peek_error());
  if (reason >= SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET + 256) {
    fail("DTLS alert", SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET));
  } else if (verification_.has_certificate && !verification_.has_matched) {
    fail("DTLS fingerprint mismatch");
  } else {
    fail("DTLS error", take_openssl_error());
  }
}

void DtlsEndpoint::Association::handle_close_notify() {
  if (state != DtlsState::kConnected) {
    fail("DTLS alert", "close notify");
    return;
  }
  SSL_shutdown(ssl_.get());  // answers it (RFC 5246 section 7.2.1)
  end(DtlsState::kClosed);
}

void DtlsEndpoint::Association::handle_timeout(Timestamp now) {
  if (now >= handshake_deadline_) {
    fail("DTLS timeout");
    return;
  }
  if (now < retransmission_timer_.deadline()) return;
  retransmission_timer_.expire();
  const LibraryClock clock(retransmission_timer_.openssl_time());
  bio_.begin_call();
  ERR_clear_error();
  const long result = DTLSv1_handle_timeout(ssl_.get());
  follow_timer(now);
  if (result < 0) handle_error(static_cast<int>(result));
}

// To be called after each call into OpenSSL.
void DtlsEndpoint::Association::follow_timer(Timestamp now) {
  retransmission_timer_.update(now);
  counters.retransmissions = retransmission_timer_.retransmissions();
}

Timestamp DtlsEndpoint::Association::next_timeout() const {
  return std::min(handshake_deadline_, retransmission_timer_.deadline());
}

bool DtlsEndpoint::Association::poll_output(std::vector<std::uint8_t>& datagram) {
  if (!bio_.pop_output(datagram)) return false;
  ++counters.datagrams_sent;
  return true;
}

bool DtlsEndpoint::Association::poll_data(std::vector<std::uint8_t>& data) {
  if (data_.empty()) return false;
  data = std::move(data_.front());
  data_.pop_front();
  return true;
}

void DtlsEndpoint::Association::send(Timestamp now,
                                     std::span<const std::vector<std::uint8_t>> data) {
  if (state != DtlsState::kConnected || data.empty()) return;
  const LibraryClock clock(retransmission_timer_.openssl_time());
  bio_.begin_call();
  ERR_clear_error();
  take_buffers_back();
  for (const std::vector<std::uint8_t>& record : data) {
    bio_.begin_call();  // for a datagram of its own
    SSL_write(ssl_.get(), record.data(), static_cast<int>(record.size()));
  }
  ERR_clear_error();
  SSL_free_buffers(ssl_.get());
  follow_timer(now);
}

// OpenSSL gets the buffers that were freed back when it reads, but not when it writes.
void DtlsEndpoint::Association::take_buffers_back() {
  std::uint8_t byte;
  SSL_peek(ssl_.get(), &byte, 1);
}

void DtlsEndpoint::Association::close(Timestamp) {
  if (state == DtlsState::kFailed || state == DtlsState::kClosed) return;
  if (state == DtlsState::kConnected) {
    const LibraryClock clock(retransmission_timer_.openssl_time());
    bio_.begin_call();
    ERR_clear_error();
    take_buffers_back();
    SSL_shutdown(ssl_.get());
  }
  end(DtlsState::kClosed);
}

void DtlsEndpoint::Association::fail(std::string_view reason, std::string detail) {
  failure_reason = reason;
  failure_detail = std::move(detail);
  if (srtp_keys) OPENSSL_cleanse(&*srtp_keys, sizeof(SrtpKeys));
  srtp_keys.reset();
  end(DtlsState::kFailed);
}

void DtlsEndpoint::Association::end(DtlsState final_state) {
  state = final_state;
  handshake_deadline_ = kNever;
  retransmission_timer_.stop();
  ssl_.reset();
  ERR_clear_error();
}

std::string_view to_string(DtlsState state) {
  constexpr std::array<std::string_view, 5> kNames = {"new", "handshaking", "connected", "failed",
                                                      "closed"};
  return kNames[static_cast<std::size_t>(state)];
}

DtlsEndpoint::DtlsEndpoint(const DtlsContext& context, DtlsRole role, const Fingerprints& expected)
    : association_(std::make_unique<Association>(context, role, expected)) {}
DtlsEndpoint::~DtlsEndpoint() = default;
DtlsEndpoint::DtlsEndpoint(DtlsEndpoint&&) noexcept = default;
DtlsEndpoint& DtlsEndpoint::operator=(DtlsEndpoint&&) noexcept = default;

void DtlsEndpoint::start(Timestamp now) { association_->start(now); }
void DtlsEndpoint::handle_datagram(Timestamp now, std::span<const std::uint8_t> datagram) {
  association_->handle_datagram(now, datagram);
}
void DtlsEndpoint::handle_timeout(Timestamp now) { association_->handle_timeout(now); }
Timestamp DtlsEndpoint::next_timeout() const { return association_->next_timeout(); }
bool DtlsEndpoint::poll_output(std::vector<std::uint8_t>& datagram) {
  return association_->poll_output(datagram);
}
void DtlsEndpoint::send(Timestamp now, std::span<const std::vector<std::uint8_t>> data) {
  association_->send(now, data);
}
bool DtlsEndpoint::poll_data(std::vector<std::uint8_t>& data) {
  return association_->poll_data(data);
}
void DtlsEndpoint::close(Timestamp now) { association_->close(now); }
DtlsState DtlsEndpoint::state() const { return association_->state; }
const std::optional<SrtpKeys>& DtlsEndpoint::srtp_keys() const { return association_->srtp_keys; }
std::string_view DtlsEndpoint::failure_reason() const { return association_->failure_reason; }
std::string_view DtlsEndpoint::failure_detail() const { return association_->failure_detail; }
const DtlsCounters& DtlsEndpoint::counters() const { return association_->counters; }

}  // namespace penstock
