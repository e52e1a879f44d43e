#include "dataplane/stun/ice_credentials.h"

#include <gtest/gtest.h>

#include <string>

namespace penstock {
namespace {

TEST(IceCredentials, KeepTextUpToItsCapacity) {
  FixedText<8> text;
  EXPECT_TRUE(text.empty());
  EXPECT_TRUE(text.assign("12345678"));
  EXPECT_EQ(text.view(), "12345678");
  EXPECT_FALSE(text.assign("123456789"));
  EXPECT_EQ(text.view(), "12345678");
  EXPECT_TRUE(text.assign(""));
  EXPECT_TRUE(text.empty());
}

TEST(IceCredentials, AreEqualIfTheirTextIs) {
  FixedText<8> a;
  FixedText<8> b;
  ASSERT_TRUE(a.assign("longer"));
  ASSERT_TRUE(a.assign("ab"));
  ASSERT_TRUE(b.assign("ab"));
  EXPECT_EQ(a, b);
  ASSERT_TRUE(b.assign("abc"));
  EXPECT_NE(a, b);
}

}  // namespace
}  // namespace penstock
