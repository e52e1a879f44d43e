#include "controlplane/http/origin_rule.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(OriginRuleTest, WhoIsNoPageIsNotAsked) {
  EXPECT_TRUE(OriginRule{}.allows("", "127.0.0.1:8188"));
}

TEST(OriginRuleTest, ForeignPagesAreNotAllowed) {
  for (const bool is_tls : {false, true}) {
    const OriginRule rule{.is_tls = is_tls};
    for (const char* origin : {"https://evil.example", "null", "file://",
                               "https://localhost.evil.example", "https://127.0.0.1.evil.example",
                               "https://notlocalhost", "https://evil.example/localhost",
                               "http://198.18.0.9", "https://sfu.example.com.evil.example", "://",
                               "http://", "http://[::1", "http://[::1.evil.example]"}) {
      EXPECT_FALSE(rule.allows(origin, "127.0.0.1:8188")) << origin;
      EXPECT_FALSE(rule.allows(origin, "sfu.example.com")) << origin;
      EXPECT_FALSE(rule.allows(origin, "")) << origin;
    }
  }
}

TEST(OriginRuleTest, PagesOfTheBrowsersOwnMachineAre) {
  for (const char* origin : {"http://localhost", "http://localhost:3000", "https://LocalHost:8088",
                             "http://app.localhost:80", "http://127.0.0.1:8088", "http://127.1.2.3",
                             "http://[::1]:8088", "capacitor://localhost"}) {
    EXPECT_TRUE(OriginRule{}.allows(origin, "sfu.example.com:8188")) << origin;
  }
}

TEST(OriginRuleTest, PagesOfTheServersOwnAddressAreWhateverThePort) {
  const OriginRule rule;
  EXPECT_TRUE(rule.allows("http://198.18.0.1:8088", "198.18.0.1:8188"));
  EXPECT_TRUE(rule.allows("http://[fd00::1]:8088", "[fd00::1]:8188"));
  EXPECT_FALSE(rule.allows("http://198.18.0.2:8088", "198.18.0.1:8188"));
}

TEST(OriginRuleTest, ANameIsTheServersOwnOnlyWithTls) {
  const auto allows = [](bool is_tls) {
    return OriginRule{.is_tls = is_tls}.allows("https://sfu.example.com", "SFU.example.com:8188");
  };
  EXPECT_TRUE(allows(true));
  EXPECT_FALSE(allows(false)) << "its owner may have given it this server's address";
}

TEST(OriginRuleTest, AListReplacesTheRule) {
  const auto rule = OriginRule::from({"https://meet.example.com"}, true, true);
  EXPECT_TRUE(rule.allows("https://meet.example.com", "127.0.0.1"));
  EXPECT_FALSE(rule.allows("http://meet.example.com", "127.0.0.1"));
  EXPECT_FALSE(rule.allows("https://meet.example.com:444", "127.0.0.1"));
  EXPECT_FALSE(rule.allows("http://localhost", "127.0.0.1"));
  EXPECT_TRUE(rule.allows("", "127.0.0.1"));
}

TEST(OriginRuleTest, AStarOrASecretAllowsAll) {
  EXPECT_TRUE(OriginRule::from({"*"}, false, false).allows("https://any.example", "127.0.0.1"));
  EXPECT_TRUE(OriginRule::from({}, true, false).allows("null", "127.0.0.1"));
  EXPECT_FALSE(OriginRule::from({}, false, false).allows("null", "127.0.0.1"));
}

}  // namespace
}  // namespace penstock
