#include "controlplane/admin/link_watch.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

using LinkChange = LinkWatch::Change;

constexpr Timestamp kWatchStart = 100 * kSecond;

TEST(LinkWatchTest, ALinkThatStaysIsNoNews) {
  LinkWatch watch(true, kWatchStart);
  for (int i = 1; i < 100; ++i)
    EXPECT_EQ(watch.observe(true, kWatchStart + i * kSecond), LinkChange::kNone);
  EXPECT_TRUE(watch.is_up());
  EXPECT_EQ(watch.changes(), 0U);
}

TEST(LinkWatchTest, GoingAndComingIsToldOnceEachWithItsTime) {
  LinkWatch watch(true, kWatchStart);
  EXPECT_EQ(watch.observe(false, kWatchStart + 5 * kSecond), LinkChange::kDown);
  EXPECT_FALSE(watch.is_up());
  for (int i = 6; i < 60; ++i) {
    EXPECT_EQ(watch.observe(false, kWatchStart + i * kSecond), LinkChange::kNone)
        << "it was up before";
  }
  EXPECT_EQ(watch.observe(true, kWatchStart + 60 * kSecond), LinkChange::kUp);
  EXPECT_EQ(watch.lasted(), 55 * kSecond);
  EXPECT_EQ(watch.observe(true, kWatchStart + 61 * kSecond), LinkChange::kNone);
  EXPECT_EQ(watch.changes(), 2U);
}

TEST(LinkWatchTest, ALinkThatComesLateIsToldWhenItComes) {
  LinkWatch watch(false, kWatchStart);
  EXPECT_EQ(watch.observe(false, kWatchStart + kSecond), LinkChange::kNone);
  EXPECT_EQ(watch.observe(true, kWatchStart + 2 * kSecond), LinkChange::kUp);
  EXPECT_EQ(watch.lasted(), 2 * kSecond);
}

TEST(LinkWatchTest, ALinkThatDoesNotComeIsMissedOnce) {
  LinkWatch watch(false, kWatchStart);
  EXPECT_EQ(watch.observe(false, kWatchStart + kLinkComesAfterMax - kSecond), LinkChange::kNone);
  EXPECT_EQ(watch.observe(false, kWatchStart + kLinkComesAfterMax), LinkChange::kMissing);
  EXPECT_EQ(watch.observe(false, kWatchStart + kLinkComesAfterMax + kSecond), LinkChange::kNone);
  EXPECT_EQ(watch.changes(), 0U);
}

}  // namespace
}  // namespace penstock
