#include "controlplane/dtls/openssl_version.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(OpenSslVersion, TheLoadedOneIsSaidInWordsAndNumbers) {
  const OpenSslVersion version = loaded_openssl_version();
  const std::string expected = "OpenSSL " + std::to_string(version.major) + "." +
                               std::to_string(version.minor) + "." + std::to_string(version.patch);
  EXPECT_TRUE(loaded_openssl().starts_with(expected)) << loaded_openssl();
}

TEST(OpenSslVersion, ThoseKnownToBeWeakerAreWarnedOf) {
  for (const OpenSslVersion& weaker : {OpenSslVersion{3, 0, 17},
                                       {3, 0, 19},
                                       {3, 0, 20},
                                       {3, 0, 21},
                                       {3, 1, 0},
                                       {3, 1, 30},
                                       {3, 2, 0},
                                       {3, 4, 9},
                                       {3, 5, 8},
                                       {3, 6, 4}}) {
    EXPECT_TRUE(openssl_warning(weaker)) << weaker.minor << "." << weaker.patch;
  }
  for (const OpenSslVersion& good :
       {OpenSslVersion{3, 0, 22}, {3, 0, 23}, {3, 5, 9}, {3, 6, 5}, {3, 7, 0}, {4, 1, 0}}) {
    EXPECT_FALSE(openssl_warning(good)) << good.minor << "." << good.patch;
  }
}

}  // namespace
}  // namespace penstock
