#include "tests/unit/dtls/dtls_test_peer.h"

#include <openssl/err.h>
#include <openssl/srtp.h>
#include <openssl/x509.h>

#include <array>

#include "controlplane/clock/library_clock.h"
#include "dataplane/base/check.h"

namespace penstock {
namespace {

EvpPkeyHandle make_key(KeyKind kind) {
  switch (kind) {
    case KeyKind::kP256:
      return EvpPkeyHandle(EVP_EC_gen("P-256"));
    case KeyKind::kP384:
      return EvpPkeyHandle(EVP_EC_gen("P-384"));
    case KeyKind::kRsa2048:
      return EvpPkeyHandle(EVP_RSA_gen(2048));
  }
  return nullptr;
}

SslCtxHandle make_ctx(const RawPeerOptions& options) {
  SslCtxHandle ctx(SSL_CTX_new(DTLS_method()));
  PENSTOCK_CHECK(ctx != nullptr);
  SSL_CTX_set_security_level(ctx.get(), 0);
  PENSTOCK_CHECK(SSL_CTX_set_min_proto_version(ctx.get(), options.version_min) == 1);
  PENSTOCK_CHECK(SSL_CTX_set_max_proto_version(ctx.get(), options.version_max) == 1);
  PENSTOCK_CHECK(SSL_CTX_set_cipher_list(ctx.get(), options.cipher_suites.c_str()) == 1);
  SSL_CTX_set_options(ctx.get(), SSL_OP_NO_QUERY_MTU);
  if (!options.groups.empty()) {
    PENSTOCK_CHECK(SSL_CTX_set1_groups_list(ctx.get(), options.groups.c_str()) == 1);
  }
  if (!options.srtp_profiles.empty()) {
    PENSTOCK_CHECK(SSL_CTX_set_tlsext_use_srtp(ctx.get(), options.srtp_profiles.c_str()) == 0);
  }
  if (options.identity != nullptr) {
    PENSTOCK_CHECK(SSL_CTX_use_certificate(ctx.get(), options.identity->x509.get()) == 1);
    PENSTOCK_CHECK(SSL_CTX_use_PrivateKey(ctx.get(), options.identity->key.get()) == 1);
  }
  for (const Identity* link : options.chain) {
    PENSTOCK_CHECK(SSL_CTX_add1_chain_cert(ctx.get(), link->x509.get()) == 1);
  }
  SSL_CTX_set_verify(ctx.get(), SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
  return ctx;
}

}  // namespace

Fingerprints fingerprints_of(const X509& certificate, FingerprintHash hash) {
  Fingerprints fingerprints;
  PENSTOCK_CHECK(fingerprints.push_back(fingerprint_of(certificate, hash).value()));
  return fingerprints;
}

Fingerprints Identity::fingerprints(FingerprintHash hash) const {
  return fingerprints_of(*x509, hash);
}

Identity make_identity(KeyKind kind, const Identity* issuer) {
  static int serial = 0;
  Identity identity{make_key(kind), X509Handle(X509_new())};
  X509* x509 = identity.x509.get();
  PENSTOCK_CHECK(identity.key != nullptr && x509 != nullptr);
  X509_set_version(x509, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(x509), -3'600);
  X509_gmtime_adj(X509_getm_notAfter(x509), 3'600);
  const std::string name = "test " + std::to_string(serial);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  const X509* signer = issuer == nullptr ? x509 : issuer->x509.get();
  X509_set_issuer_name(x509, X509_get_subject_name(signer));
  X509_set_pubkey(x509, identity.key.get());
  EVP_PKEY* signing_key = issuer == nullptr ? identity.key.get() : issuer->key.get();
  PENSTOCK_CHECK(X509_sign(x509, signing_key, EVP_sha256()) > 0);
  return identity;
}

RawPeer::RawPeer(const RawPeerOptions& options)
    : clock_(options.clock),
      timer_(100 * kMillisecond, kSecond),
      bio_(timer_, static_cast<std::size_t>(options.mtu)),
      ctx_(make_ctx(options)),
      ssl_(SSL_new(ctx_.get())) {
  bio_.attach_to(ssl_.get());
  SSL_set_mtu(ssl_.get(), options.mtu);
  if (options.is_client) {
    SSL_set_connect_state(ssl_.get());
  } else {
    SSL_set_accept_state(ssl_.get());
  }
  if (options.configure) options.configure(ssl_.get());
}

void RawPeer::start(Timestamp now) {
  bio_.begin_call();
  advance(now);
}

void RawPeer::handle_datagram(Timestamp now, std::span<const std::uint8_t> datagram) {
  bio_.begin_call(datagram);
  advance(now);
}

void RawPeer::handle_timeout(Timestamp now) {
  if (has_failed_ || now < timer_.deadline()) return;
  timer_.expire();
  const LibraryClock clock(openssl_time(now));
  bio_.begin_call();
  DTLSv1_handle_timeout(ssl_.get());
  timer_.update(now);
}

timeval RawPeer::openssl_time(Timestamp now) const {
  return clock_ ? clock_(now) : timer_.openssl_time();
}

void RawPeer::advance(Timestamp now) {
  if (has_failed_) return;
  const LibraryClock clock(openssl_time(now));
  ERR_clear_error();
  std::array<char, 2'048> plaintext;
  const int result =
      is_connected_ ? SSL_read(ssl_.get(), plaintext.data(), static_cast<int>(plaintext.size()))
                    : SSL_do_handshake(ssl_.get());
  timer_.update(now);
  if (is_connected_ && result > 0) last_data_.assign(plaintext.begin(), plaintext.begin() + result);
  if (!is_connected_ && result == 1) {
    is_connected_ = true;
    return;
  }
  const int error = SSL_get_error(ssl_.get(), result);
  has_failed_ = result <= 0 && error != SSL_ERROR_WANT_READ && error != SSL_ERROR_ZERO_RETURN;
  if (has_failed_) timer_.stop();
}

std::vector<std::uint8_t> RawPeer::export_keying_material(std::size_t bytes) const {
  std::vector<std::uint8_t> material(bytes);
  PENSTOCK_CHECK(SSL_export_keying_material(ssl_.get(), material.data(), bytes,
                                            "EXTRACTOR-dtls_srtp", 19, nullptr, 0, 0) == 1);
  return material;
}

TwoContexts::TwoContexts(const DtlsOptions& client_options, const DtlsOptions& server_options)
    : client_certificate(Certificate::generate(kTestUnixSeconds).value()),
      server_certificate(Certificate::generate(kTestUnixSeconds).value()),
      client_context(DtlsContext::create(client_certificate, client_options).value()),
      server_context(DtlsContext::create(server_certificate, server_options).value()) {}

EndpointNode TwoContexts::make_client() const {
  return {client_context, DtlsRole::kClient, fingerprints_of(*server_certificate.x509())};
}

EndpointNode TwoContexts::make_server() const {
  return {server_context, DtlsRole::kServer, fingerprints_of(*client_certificate.x509())};
}

}  // namespace penstock
