// Peers for the tests of DTLS: identities of every kind, and a bare OpenSSL client or server that
// can be told to do what our own endpoint never would.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "controlplane/dtls/certificate.h"
#include "controlplane/dtls/datagram_bio.h"
#include "controlplane/dtls/dtls_context.h"
#include "controlplane/dtls/dtls_endpoint.h"
#include "controlplane/dtls/fingerprint.h"
#include "controlplane/dtls/retransmission_timer.h"
#include "dataplane/base/time.h"

namespace penstock {

using Datagram = std::vector<std::uint8_t>;

inline constexpr std::int64_t kTestUnixSeconds = 1'800'000'000;

// One side of a DTLS association in virtual time.
class DtlsNode {
 public:
  virtual ~DtlsNode() = default;
  virtual void start(Timestamp now) = 0;
  virtual void handle_datagram(Timestamp now, std::span<const std::uint8_t> datagram) = 0;
  virtual void handle_timeout(Timestamp now) = 0;
  virtual Timestamp next_timeout() const = 0;
  virtual bool poll_output(Datagram& datagram) = 0;
  virtual bool is_connected() const = 0;
  virtual bool has_failed() const = 0;
};

// Our own endpoint.
class EndpointNode final : public DtlsNode {
 public:
  EndpointNode(const DtlsContext& context, DtlsRole role, const Fingerprints& expected)
      : endpoint(context, role, expected) {}

  void start(Timestamp now) override { endpoint.start(now); }
  void handle_datagram(Timestamp now, std::span<const std::uint8_t> datagram) override {
    endpoint.handle_datagram(now, datagram);
  }
  void handle_timeout(Timestamp now) override { endpoint.handle_timeout(now); }
  Timestamp next_timeout() const override { return endpoint.next_timeout(); }
  bool poll_output(Datagram& datagram) override { return endpoint.poll_output(datagram); }
  bool is_connected() const override { return endpoint.state() == DtlsState::kConnected; }
  bool has_failed() const override { return endpoint.state() == DtlsState::kFailed; }

  DtlsEndpoint endpoint;
};

enum class KeyKind : std::uint8_t { kP256, kP384, kRsa2048 };

struct Identity {
  EvpPkeyHandle key;
  X509Handle x509;

  Fingerprints fingerprints(FingerprintHash hash = FingerprintHash::kSha256) const;
};
// Self-signed, or signed by `issuer`.
Identity make_identity(KeyKind kind, const Identity* issuer = nullptr);

struct RawPeerOptions {
  bool is_client = true;
  std::string cipher_suites = "ALL:COMPLEMENTOFALL:@SECLEVEL=0";
  std::string srtp_profiles = "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80";
  std::string groups = {};  // empty: OpenSSL's default
  int version_min = DTLS1_2_VERSION;
  int version_max = DTLS1_2_VERSION;
  long mtu = 1'200;
  const Identity* identity = nullptr;
  std::vector<const Identity*> chain = {};   // sent after the leaf
  std::function<void(SSL*)> configure = {};  // anything else
  // What OpenSSL's clock shows at a time; empty: as in our own endpoint.
  std::function<timeval(Timestamp)> clock = {};
};

// A bare OpenSSL peer that accepts every certificate.
class RawPeer final : public DtlsNode {
 public:
  explicit RawPeer(const RawPeerOptions& options);

  void start(Timestamp now) override;
  void handle_datagram(Timestamp now, std::span<const std::uint8_t> datagram) override;
  void handle_timeout(Timestamp now) override;
  Timestamp next_timeout() const override { return timer_.deadline(); }
  bool poll_output(Datagram& datagram) override { return bio_.pop_output(datagram); }
  bool is_connected() const override { return is_connected_; }
  bool has_failed() const override { return has_failed_; }

  bool got_close_notify() const {
    return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }
  // What the last record of data had.
  const Datagram& last_data() const { return last_data_; }
  SSL* ssl() const { return ssl_.get(); }
  // Keying material of RFC 5764 section 4.2, read with an exporter call of the test's own.
  std::vector<std::uint8_t> export_keying_material(std::size_t bytes) const;

 private:
  void advance(Timestamp now);
  timeval openssl_time(Timestamp now) const;

  std::function<timeval(Timestamp)> clock_;
  RetransmissionTimer timer_;
  DatagramBio bio_;
  SslCtxHandle ctx_;
  SslHandle ssl_;
  Datagram last_data_;
  bool is_connected_ = false;
  bool has_failed_ = false;
};

// What most tests need: two identities of our own with their contexts and fingerprints.
struct TwoContexts {
  TwoContexts() : TwoContexts(DtlsOptions{}, DtlsOptions{}) {}
  TwoContexts(const DtlsOptions& client_options, const DtlsOptions& server_options);

  Certificate client_certificate;
  Certificate server_certificate;
  DtlsContext client_context;
  DtlsContext server_context;

  EndpointNode make_client() const;
  EndpointNode make_server() const;
};

Fingerprints fingerprints_of(const X509& certificate,
                             FingerprintHash hash = FingerprintHash::kSha256);

}  // namespace penstock
