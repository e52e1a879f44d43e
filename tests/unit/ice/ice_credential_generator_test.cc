#include "controlplane/ice/ice_credential_generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string>

namespace penstock {
namespace {

bool is_ice_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/';
}

TEST(IceCredentialGenerator, HundredThousandAreLongEnoughInAlphabetAndNeverRepeat) {
  OpenSslRandom random;
  std::set<std::string, std::less<>> ufrags, pwds;
  for (int i = 0; i < 100'000; ++i) {
    const IceCredentials credentials = generate_ice_credentials(random);
    const auto ufrag = credentials.local_ufrag.view();
    const auto pwd = credentials.local_pwd.view();
    ASSERT_GE(ufrag.size() * 6, 24U);
    ASSERT_GE(pwd.size() * 6, 128U);
    ASSERT_GE(pwd.size(), 22U);  // RFC 8445 section 5.3: at least 22 characters
    ASSERT_TRUE(std::ranges::all_of(ufrag, is_ice_character)) << ufrag;
    ASSERT_TRUE(std::ranges::all_of(pwd, is_ice_character)) << pwd;
    ASSERT_TRUE(ufrags.emplace(ufrag).second);
    ASSERT_TRUE(pwds.emplace(pwd).second);
    ASSERT_TRUE(credentials.remote_ufrag.empty());
  }
}

TEST(IceCredentialGenerator, EveryCharacterIsEquallyLikely) {
  OpenSslRandom random;
  constexpr int kCharacters = 640'000;
  std::array<int, 256> counts{};
  for (const char c : generate_ice_characters(random, kCharacters)) {
    ++counts[static_cast<unsigned char>(c)];
  }
  int distinct = 0;
  for (const int count : counts) {
    if (count == 0) continue;
    ++distinct;
    EXPECT_NEAR(count, kCharacters / 64, 700);  // seven standard deviations
  }
  EXPECT_EQ(distinct, 64);
}

TEST(IceCredentialGenerator, RepeatsFromASeedForSimulation) {
  SeededRandom one(3), same(3);
  EXPECT_EQ(generate_ice_credentials(one), generate_ice_credentials(same));
}

}  // namespace
}  // namespace penstock
