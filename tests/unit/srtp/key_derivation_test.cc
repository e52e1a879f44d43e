#include "dataplane/srtp/key_derivation.h"

#include "tests/unit/srtp/srtp_test_support.h"

namespace penstock {
namespace {

template <typename Array>
Bytes first(const Array& array, std::size_t count) {
  return Bytes(array.begin(), array.begin() + static_cast<std::ptrdiff_t>(count));
}

TEST(KeyDerivation, Rfc3711AppendixB3) {
  SrtpMasterKey master;
  copy_hex("E1F97A0D3E018BE0D64FA32C06DE4139", master.key);
  copy_hex("0EC675AD498AFEEBB6960B3AABE6", master.salt);
  const SrtpSessionKeys keys = derive_session_keys(SrtpProfile::kAes128CmSha1_80, master).value();
  EXPECT_EQ(first(keys.rtp.cipher_key, 16), from_hex("C61E7A93744F39EE10734AFE3FF7A087"));
  EXPECT_EQ(first(keys.rtp.salt, 14), from_hex("30CBBC08863D8C85D49DB34A9AE1"));
  EXPECT_EQ(first(keys.rtp.auth_key, 20), from_hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
}

// RFC 6188 section 7.2 derives with a salt of 112 bits; GCM's own would end with two zeros.
TEST(KeyDerivation, Rfc6188For256BitKeys) {
  SrtpMasterKey master;
  copy_hex("f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6", master.key);
  copy_hex("3b04803de51ee7c96423ab5b78d2", master.salt);
  const SrtpSessionKeys keys = derive_session_keys(SrtpProfile::kAeadAes256Gcm, master).value();
  EXPECT_EQ(first(keys.rtp.cipher_key, 32),
            from_hex("5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4"));
  EXPECT_EQ(first(keys.rtp.salt, 12), from_hex("fa31791685ca444a9e07c6c6"));
}

TEST(KeyDerivation, GcmHasNoAuthenticationKeyAndTwelveBytesOfSalt) {
  Prng prng(5);
  const SrtpSessionKeys keys =
      derive_session_keys(SrtpProfile::kAeadAes128Gcm,
                          random_master_key(prng, SrtpProfile::kAeadAes128Gcm))
          .value();
  EXPECT_EQ(first(keys.rtp.auth_key, 20), Bytes(20));
  EXPECT_EQ(keys.rtp.salt[12], 0);
  EXPECT_EQ(keys.rtp.salt[13], 0);
  EXPECT_NE(first(keys.rtp.salt, 12), Bytes(12));
}

TEST(KeyDerivation, AllSixKeysDiffer) {
  for (const SrtpProfile profile : kAllProfiles) {
    Prng prng(6);
    const SrtpSessionKeys keys =
        derive_session_keys(profile, random_master_key(prng, profile)).value();
    EXPECT_NE(keys.rtp.cipher_key, keys.rtcp.cipher_key);
    EXPECT_NE(keys.rtp.salt, keys.rtcp.salt);
    EXPECT_NE(first(keys.rtp.cipher_key, 14), first(keys.rtp.salt, 14));
    if (is_cm(profile)) {
      EXPECT_NE(keys.rtp.auth_key, keys.rtcp.auth_key);
      EXPECT_NE(first(keys.rtp.auth_key, 16), first(keys.rtp.cipher_key, 16));
    }
  }
}

}  // namespace
}  // namespace penstock
