#include "controlplane/dtls/datagram_bio.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/unit/dtls/dtls_test_peer.h"

namespace penstock {
namespace {

class DatagramBioTest : public testing::Test {
 protected:
  RetransmissionTimer timer_{100 * kMillisecond, kSecond};
  DatagramBio pipe_{timer_, 100};
  BioHandle bio_{pipe_.acquire()};

  int write(int bytes) {
    const std::vector<char> data(static_cast<std::size_t>(bytes), 'x');
    return BIO_write(bio_.get(), data.data(), bytes);
  }
};

TEST_F(DatagramBioTest, OneReadYieldsOneDatagramAndThenAsksToRetry) {
  const Datagram datagram = {1, 2, 3};
  pipe_.begin_call(datagram);
  std::array<std::uint8_t, 16> out{};
  EXPECT_EQ(BIO_read(bio_.get(), out.data(), out.size()), 3);
  EXPECT_EQ(out[2], 3);
  EXPECT_EQ(BIO_read(bio_.get(), out.data(), out.size()), -1);
  EXPECT_TRUE(BIO_should_read(bio_.get()));
}

TEST_F(DatagramBioTest, WhatAShortReadLeavesIsLost) {
  const Datagram datagram = {1, 2, 3};
  pipe_.begin_call(datagram);
  std::array<std::uint8_t, 2> out{};
  EXPECT_EQ(BIO_read(bio_.get(), out.data(), out.size()), 2);
  EXPECT_EQ(BIO_read(bio_.get(), out.data(), out.size()), -1);
}

TEST_F(DatagramBioTest, WritesOfOneCallShareADatagramWhileTheyFit) {
  pipe_.begin_call();
  EXPECT_EQ(write(60), 60);
  EXPECT_EQ(write(40), 40);
  EXPECT_EQ(write(1), 1);
  pipe_.begin_call();
  EXPECT_EQ(write(2), 2);
  Datagram datagram;
  for (const std::size_t expected : {100U, 1U, 2U}) {
    ASSERT_TRUE(pipe_.pop_output(datagram));
    EXPECT_EQ(datagram.size(), expected);
  }
  EXPECT_FALSE(pipe_.pop_output(datagram));
  EXPECT_EQ(write(3), 3);
  ASSERT_TRUE(pipe_.pop_output(datagram));
  EXPECT_EQ(datagram.size(), 3U);
}

TEST_F(DatagramBioTest, QueuesABoundedNumberOfDatagrams) {
  for (int i = 0; i < 1'000; ++i) {
    pipe_.begin_call();
    EXPECT_EQ(write(100), 100);
  }
  EXPECT_EQ(pipe_.output_count(), 64U);
}

TEST(RetransmissionTimer, FollowsStartsRestartsAndStopsOfOpenSsl) {
  RetransmissionTimer timer(100 * kMillisecond, 300 * kMillisecond);
  EXPECT_EQ(timer.deadline(), kNever);
  timeval openssl_timer = {.tv_sec = 5'000, .tv_usec = 0};
  timer.on_openssl_timer_set(&openssl_timer);
  timer.update(0);
  EXPECT_EQ(timer.deadline(), 100 * kMillisecond);

  timer.expire();
  EXPECT_EQ(openssl_timer.tv_sec, 1);
  openssl_timer.tv_sec = 5'001;
  timer.on_openssl_timer_set(&openssl_timer);
  timer.update(100 * kMillisecond);
  EXPECT_EQ(timer.deadline(), 300 * kMillisecond);

  timer.expire();
  timer.on_openssl_timer_set(&openssl_timer);
  timer.update(300 * kMillisecond);
  EXPECT_EQ(timer.deadline(), 600 * kMillisecond) << "not more than the maximum";

  openssl_timer = {};
  timer.on_openssl_timer_set(&openssl_timer);
  timer.update(400 * kMillisecond);
  EXPECT_EQ(timer.deadline(), kNever);

  openssl_timer.tv_sec = 5'002;
  timer.on_openssl_timer_set(&openssl_timer);
  timer.update(kSecond);
  EXPECT_EQ(timer.deadline(), 1'100 * kMillisecond)
      << "a new flight starts with the short interval";
}

TEST(RetransmissionTimer, ACallThatDoesNotTouchTheTimerLeavesTheDeadline) {
  RetransmissionTimer timer(100 * kMillisecond, kSecond);
  timeval openssl_timer = {.tv_sec = 5'000, .tv_usec = 0};
  timer.on_openssl_timer_set(&openssl_timer);
  timer.update(0);
  timer.update(50 * kMillisecond);
  EXPECT_EQ(timer.deadline(), 100 * kMillisecond);
}

}  // namespace
}  // namespace penstock
