#include "controlplane/dtls/fingerprint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/unit/dtls/dtls_test_peer.h"

namespace penstock {
namespace {

// "00:01:...", `bytes` long.
std::string counting_digest(std::size_t bytes) {
  Fingerprint fingerprint;
  fingerprint.hash = FingerprintHash::kSha512;
  for (std::size_t i = 0; i < 64; ++i) fingerprint.digest[i] = static_cast<std::uint8_t>(i);
  return format_digest(fingerprint).substr(0, bytes * 3 - 1);
}

TEST(Fingerprint, ParsesTheThreeHashes) {
  for (const auto& [name, hash] : {std::pair{"sha-256", FingerprintHash::kSha256},
                                   std::pair{"sha-384", FingerprintHash::kSha384},
                                   std::pair{"sha-512", FingerprintHash::kSha512}}) {
    const auto parsed =
        parse_fingerprint(std::string(name) + ' ' + counting_digest(fingerprint_bytes(hash)));
    ASSERT_TRUE(parsed.has_value()) << name << ": " << parsed.error();
    EXPECT_EQ(parsed->hash, hash);
    for (std::size_t i = 0; i < parsed->digest.size(); ++i) {
      EXPECT_EQ(parsed->digest[i], i < fingerprint_bytes(hash) ? i : 0U);
    }
    EXPECT_EQ(parse_fingerprint(format_fingerprint(*parsed)), parsed);
  }
}

TEST(Fingerprint, CaseOfHashNameAndDigitsDoesNotMatter) {
  std::string lower = "sha-256 " + counting_digest(32);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  std::string upper = lower;
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
  ASSERT_NE(lower, upper);
  ASSERT_TRUE(parse_fingerprint(lower).has_value());
  EXPECT_EQ(parse_fingerprint(lower), parse_fingerprint(upper));
}

TEST(Fingerprint, RefusesWeakUnknownAndMalformedOnes) {
  const std::string good = counting_digest(32);
  ASSERT_TRUE(parse_fingerprint("sha-256 " + good).has_value());
  std::string letter_g = good;
  letter_g[4] = 'G';
  std::string space_for_colon = good;
  space_for_colon[2] = ' ';
  for (const std::string& value :
       {"sha-1 " + counting_digest(20), "md5 " + counting_digest(16), "sha-224 " + good,
        "sha256 " + good, "sha-256" + good, "sha-256  " + good, "sha-256 " + good + ':',
        "sha-256 " + good + ' ', "sha-256 " + counting_digest(31), "sha-256 " + counting_digest(33),
        "sha-384 " + good, "sha-256 " + letter_g, "sha-256 " + space_for_colon, " " + good,
        std::string("sha-256 "), std::string("sha-256"), std::string()}) {
    EXPECT_FALSE(parse_fingerprint(value).has_value()) << value;
  }
}

TEST(Fingerprint, MatchesTheCertificateUnderEachHash) {
  const Identity identity = make_identity(KeyKind::kP256);
  const Identity other = make_identity(KeyKind::kP256);
  for (const auto hash :
       {FingerprintHash::kSha256, FingerprintHash::kSha384, FingerprintHash::kSha512}) {
    EXPECT_TRUE(matches_any(*identity.x509, identity.fingerprints(hash)));
    EXPECT_FALSE(matches_any(*identity.x509, other.fingerprints(hash)));
  }
}

TEST(Fingerprint, OneRightOneAmongSeveralIsEnough) {
  const Identity identity = make_identity(KeyKind::kP256);
  Fingerprints expected = make_identity(KeyKind::kP256).fingerprints();
  EXPECT_FALSE(matches_any(*identity.x509, expected));
  ASSERT_TRUE(expected.push_back(identity.fingerprints(FingerprintHash::kSha384)[0]));
  EXPECT_TRUE(matches_any(*identity.x509, expected));
  ASSERT_TRUE(expected.push_back(make_identity(KeyKind::kP256).fingerprints()[0]));
  EXPECT_TRUE(matches_any(*identity.x509, expected));
}

TEST(Fingerprint, NothingMatchesNoFingerprint) {
  EXPECT_FALSE(matches_any(*make_identity(KeyKind::kP256).x509, Fingerprints{}));
}

TEST(Fingerprint, OneWrongBitAnywhereIsAMismatch) {
  const Identity identity = make_identity(KeyKind::kP256);
  for (std::size_t bit = 0; bit < 256; ++bit) {
    Fingerprints expected = identity.fingerprints();
    expected[0].digest[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(matches_any(*identity.x509, expected));
  }
}

}  // namespace
}  // namespace penstock
