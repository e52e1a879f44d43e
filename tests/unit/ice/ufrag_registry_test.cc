#include "controlplane/ice/ufrag_registry.h"

#include <gtest/gtest.h>

#include <string>

#include "dataplane/api/handles.h"

namespace penstock {
namespace {

TEST(UfragRegistry, FindsWhatWasAddedAndNothingElse) {
  UfragRegistry<TransportHandle> registry(SipHashKey{{1, 2}});
  const TransportHandle handle(7, 1);
  EXPECT_TRUE(registry.add("abcd", handle));
  EXPECT_EQ(registry.find("abcd"), handle);
  for (const std::string_view unknown : {"abc", "abcde", "ABCD", ""}) {
    EXPECT_FALSE(registry.find(unknown).has_value()) << unknown;
  }
}

TEST(UfragRegistry, ATakenUfragIsNotAddedAgain) {
  UfragRegistry<int> registry(SipHashKey{{1, 2}});
  EXPECT_TRUE(registry.add("abcd", 1));
  EXPECT_FALSE(registry.add("abcd", 2));
  EXPECT_EQ(registry.find("abcd"), 1);
}

TEST(UfragRegistry, RemoveFreesTheUfrag) {
  UfragRegistry<int> registry(SipHashKey{{1, 2}});
  EXPECT_FALSE(registry.remove("abcd"));
  EXPECT_TRUE(registry.add("abcd", 1));
  EXPECT_TRUE(registry.remove("abcd"));
  EXPECT_FALSE(registry.find("abcd").has_value());
  EXPECT_TRUE(registry.add("abcd", 2));
}

TEST(UfragRegistry, HoldsManyAndEmptiesExactly) {
  UfragRegistry<int> registry(SipHashKey{{1, 2}});
  for (int i = 0; i < 20'000; ++i) ASSERT_TRUE(registry.add("ufrag" + std::to_string(i), i));
  for (int i = 0; i < 20'000; ++i) ASSERT_EQ(registry.find("ufrag" + std::to_string(i)), i);
  for (int i = 0; i < 20'000; ++i) ASSERT_TRUE(registry.remove("ufrag" + std::to_string(i)));
  EXPECT_EQ(registry.size(), 0U);
}

}  // namespace
}  // namespace penstock
