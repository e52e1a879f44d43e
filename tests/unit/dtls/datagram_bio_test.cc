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

}  // namespace
}  // namespace penstock
