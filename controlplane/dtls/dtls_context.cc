#include "controlplane/dtls/dtls_context.h"

#include <openssl/srtp.h>
#include <openssl/ssl.h>

#include <utility>

#include "controlplane/dtls/peer_verification.h"
#include "controlplane/dtls/srtp_key_export.h"

namespace penstock {
namespace {

// RFC 8827 section 6.5 wants the first one. All have forward secrecy and are AEAD. The RSA ones are
// for peers with an RSA certificate that are the server (older GStreamer); our own is ECDSA.
constexpr char kCipherSuites[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
// P-256 must be there even when X25519 is used: without it OpenSSL refuses P-256 certificates.
constexpr char kGroups[] = "X25519:P-256:P-384";
constexpr char kSignatureAlgorithms[] =
    "ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA384:RSA+SHA384:"
    "ECDSA+SHA512:RSA-PSS+SHA512:RSA+SHA512";
// RSA of 2,048 bits and more, no SHA-1, whatever the host's openssl.cnf says.
constexpr int kSecurityLevel = 2;
constexpr long kCertificateChainBytesMax = 16 * 1'024;

bool set_protocol(SSL_CTX* ctx, std::size_t datagram_bytes_max) {
  SSL_CTX_set_security_level(ctx, kSecurityLevel);
  SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_QUERY_MTU);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_cert_list(ctx, kCertificateChainBytesMax);
  // Only sizes the buffer for writing, which would else be of 16 KB.
  return SSL_CTX_set_max_send_fragment(ctx, static_cast<long>(datagram_bytes_max)) == 1 &&
         SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(ctx, DTLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(ctx, kCipherSuites) == 1 &&
         SSL_CTX_set1_groups_list(ctx, kGroups) == 1 &&
         SSL_CTX_set1_sigalgs_list(ctx, kSignatureAlgorithms) == 1;
}

bool set_certificate(SSL_CTX* ctx, const Certificate& certificate) {
  return SSL_CTX_use_certificate(ctx, certificate.x509()) == 1 &&
         SSL_CTX_use_PrivateKey(ctx, certificate.private_key()) == 1 &&
         SSL_CTX_check_private_key(ctx) == 1;
}

bool set_srtp_profiles(SSL_CTX* ctx, const std::vector<SrtpProfile>& profiles) {
  if (profiles.empty()) return true;
  std::string names;
  for (const SrtpProfile profile : profiles) {
    if (!names.empty()) names += ':';
    names += openssl_srtp_profile_name(profile);
  }
  return SSL_CTX_set_tlsext_use_srtp(ctx, names.c_str()) == 0;  // zero is success here
}

}  // namespace

std::expected<DtlsContext, std::string> DtlsContext::create(const Certificate& certificate,
                                                            DtlsOptions options) {
  DtlsContext context;
  context.options_ = std::move(options);
  context.ssl_ctx_.reset(SSL_CTX_new(DTLS_method()));
  SSL_CTX* ctx = context.ssl_ctx_.get();
  if (ctx == nullptr || !set_protocol(ctx, context.options_.datagram_bytes_max) ||
      !set_certificate(ctx, certificate) ||
      !set_srtp_profiles(ctx, context.options_.srtp_profiles)) {
    return std::unexpected(take_openssl_error());
  }
  require_matching_peer_certificate(ctx);
  return context;
}

}  // namespace penstock
