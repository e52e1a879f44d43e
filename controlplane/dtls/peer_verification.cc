#include "controlplane/dtls/peer_verification.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace penstock {
namespace {

int verify_peer_certificate(X509_STORE_CTX* store, void*) {
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* verification = static_cast<PeerVerification*>(SSL_get_app_data(ssl));
  // get0_cert is the leaf; the "current" certificate would be whatever was looked at last.
  const X509* leaf = X509_STORE_CTX_get0_cert(store);
  if (verification != nullptr && leaf != nullptr) {
    verification->has_certificate = true;
    verification->has_matched = matches_any(*leaf, verification->expected);
    if (verification->has_matched) return 1;
  }
  X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
  return 0;
}

}  // namespace

void require_matching_peer_certificate(SSL_CTX* ctx) {
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(ctx, &verify_peer_certificate, nullptr);
}

void attach_peer_verification(SSL* ssl, PeerVerification& verification) {
  SSL_set_app_data(ssl, &verification);
}

}  // namespace penstock
