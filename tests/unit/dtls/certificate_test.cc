#include "controlplane/dtls/certificate.h"

#include <gtest/gtest.h>
#include <openssl/asn1.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <array>

#include "controlplane/dtls/fingerprint.h"

namespace penstock {
namespace {

constexpr std::int64_t kUnixSeconds = 1'800'000'000;  // 2027-01-15

TEST(Certificate, IsASelfSignedP256CertificateWithSha256) {
  const auto certificate = Certificate::generate(kUnixSeconds);
  ASSERT_TRUE(certificate.has_value()) << certificate.error();
  EXPECT_EQ(X509_verify(certificate->x509(), certificate->private_key()), 1);
  EXPECT_EQ(X509_get_signature_nid(certificate->x509()), NID_ecdsa_with_SHA256);
  std::array<char, 32> group{};
  ASSERT_EQ(
      EVP_PKEY_get_group_name(certificate->private_key(), group.data(), group.size(), nullptr), 1);
  EXPECT_STREQ(group.data(), "prime256v1");
}

TEST(Certificate, IsValidNowAndForAboutAYear) {
  const auto certificate = Certificate::generate(kUnixSeconds);
  const ASN1_TIME* from = X509_get0_notBefore(certificate->x509());
  const ASN1_TIME* until = X509_get0_notAfter(certificate->x509());
  EXPECT_EQ(ASN1_TIME_cmp_time_t(from, kUnixSeconds - 86'400), 0);
  EXPECT_EQ(ASN1_TIME_cmp_time_t(until, kUnixSeconds + 365 * 86'400LL), 0);
}

TEST(Certificate, FingerprintIsTheSha256OfItsDerForm) {
  const auto certificate = Certificate::generate(kUnixSeconds);
  unsigned char* der = nullptr;
  const int der_bytes = i2d_X509(certificate->x509(), &der);
  ASSERT_GT(der_bytes, 0);
  std::array<unsigned char, 32> digest{};
  unsigned int digest_bytes = 0;
  EVP_Digest(der, static_cast<std::size_t>(der_bytes), digest.data(), &digest_bytes, EVP_sha256(),
             nullptr);
  OPENSSL_free(der);

  const auto parsed = parse_fingerprint("sha-256 " + certificate->fingerprint_sha256());
  ASSERT_TRUE(parsed.has_value()) << certificate->fingerprint_sha256();
  EXPECT_TRUE(std::equal(digest.begin(), digest.end(), parsed->digest.begin()));
}

TEST(Certificate, TwoAreNeverTheSame) {
  const auto one = Certificate::generate(kUnixSeconds);
  const auto other = Certificate::generate(kUnixSeconds);
  EXPECT_NE(one->fingerprint_sha256(), other->fingerprint_sha256());
  EXPECT_NE(
      ASN1_INTEGER_cmp(X509_get0_serialNumber(one->x509()), X509_get0_serialNumber(other->x509())),
      0);
}

}  // namespace
}  // namespace penstock
