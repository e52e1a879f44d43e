#include "controlplane/server/open_files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace penstock {
namespace {

// Each test starts with a soft limit of 200; the process's own is put back.
class OpenFilesTest : public testing::Test {
 protected:
  OpenFilesTest() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    set_soft_limit(200);
  }
  ~OpenFilesTest() override { ::setrlimit(RLIMIT_NOFILE, &before_); }

  void set_soft_limit(rlim_t files) {
    const rlimit limit{.rlim_cur = files, .rlim_max = before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  }
  static rlim_t soft_limit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
  }

  rlimit before_{};
};

TEST_F(OpenFilesTest, SoManyAreAllowedAsAreWanted) {
  EXPECT_EQ(allow_open_files(300), 300U);
  EXPECT_EQ(soft_limit(), 300U);
}

TEST_F(OpenFilesTest, WhatIsAllowedAlreadyStays) {
  EXPECT_EQ(allow_open_files(100), 200U);
  EXPECT_EQ(soft_limit(), 200U);
}

TEST_F(OpenFilesTest, TheHardLimitHolds) {
  EXPECT_EQ(allow_open_files(before_.rlim_max + 1), before_.rlim_max);
  EXPECT_EQ(soft_limit(), before_.rlim_max);
}

}  // namespace
}  // namespace penstock
