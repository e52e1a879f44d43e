#include "controlplane/dtls/certificate.h"

#include <openssl/asn1.h>
#include <openssl/ec.h>
#include <openssl/rand.h>

#include <utility>

#include "controlplane/dtls/fingerprint.h"

namespace penstock {
namespace {

constexpr std::int64_t kDaySeconds = 24 * 60 * 60;
constexpr long kX509Version3 = 2;

bool set_validity(X509* x509, std::int64_t unix_seconds) {
  // A day back, because the clocks of peers that look at it may be behind ours.
  return ASN1_TIME_set(X509_getm_notBefore(x509), unix_seconds - kDaySeconds) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(x509), unix_seconds + 365 * kDaySeconds) != nullptr;
}

// RFC 5280 section 4.1.2.2 wants a positive number; random, so that no two certificates of ours
// have the same issuer and serial number.
bool set_random_serial(X509* x509) {
  std::uint64_t serial = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof(serial)) != 1) return false;
  return ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), (serial >> 1) | 1) == 1;
}

bool set_name(X509* x509) {
  // The same for every server: the certificate tells peers nothing but its key.
  static constexpr unsigned char kName[] = "WebRTC";
  X509_NAME* name = X509_get_subject_name(x509);
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, kName, -1, -1, 0) == 1 &&
         X509_set_issuer_name(x509, name) == 1;
}

}  // namespace

std::expected<Certificate, std::string> Certificate::generate(std::int64_t unix_seconds) {
  Certificate certificate;
  certificate.private_key_.reset(EVP_EC_gen("P-256"));
  certificate.x509_.reset(X509_new());
  EVP_PKEY* key = certificate.private_key_.get();
  X509* x509 = certificate.x509_.get();
  const bool is_made = key != nullptr && x509 != nullptr &&
                       X509_set_version(x509, kX509Version3) == 1 && set_random_serial(x509) &&
                       set_name(x509) && set_validity(x509, unix_seconds) &&
                       X509_set_pubkey(x509, key) == 1 && X509_sign(x509, key, EVP_sha256()) > 0;
  if (!is_made) return std::unexpected(take_openssl_error());

  auto fingerprint = fingerprint_of(*x509, FingerprintHash::kSha256);
  if (!fingerprint) return std::unexpected(std::move(fingerprint.error()));
  certificate.fingerprint_sha256_ = format_digest(*fingerprint);
  return certificate;
}

}  // namespace penstock
