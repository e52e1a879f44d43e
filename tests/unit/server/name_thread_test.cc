// Names that are looked up on a thread of their own.
#include "controlplane/server/name_thread.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>

namespace penstock {
namespace {

using janus::NameJob;

std::list<NameJob> job(std::uint64_t ticket, std::vector<std::string> names) {
  std::list<NameJob> one;
  one.push_back({.ticket = ticket, .names = std::move(names)});
  return one;
}

std::list<NameJob> wait_for_done(NameThread& thread) {
  for (int i = 0; i < 5'000 && !thread.has_done(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return thread.take_done();
}

TEST(NameThread, JobsComeBackWithTheAddressesOfEachName) {
  std::atomic<int> woken = 0;
  NameThread thread(
      [](const std::string& name) {
        return name == "none" ? std::vector<IpAddress>{}
                              : std::vector{IpAddress::from_v4({192, 0, 2, 1})};
      },
      [&] { ++woken; });
  thread.submit(job(7, {"one", "none"}));
  const std::list<NameJob> done = wait_for_done(thread);
  ASSERT_EQ(done.size(), 1U);
  EXPECT_EQ(done.front().ticket, 7U);
  ASSERT_EQ(done.front().addresses.size(), 2U);
  EXPECT_EQ(done.front().addresses[0].size(), 1U);
  EXPECT_TRUE(done.front().addresses[1].empty());
  EXPECT_FALSE(thread.has_done());
}

TEST(NameThread, WhatHasNotBegunIsNotDoneAtTheEnd) {
  std::promise<void> begun;
  std::promise<void> may_go_on;
  std::atomic<int> looked_up = 0;
  std::jthread later;
  {
    NameThread thread(
        [&, go_on = may_go_on.get_future().share()](const std::string&) {
          if (++looked_up == 1) begun.set_value();
          go_on.wait();
          return std::vector<IpAddress>{};
        },
        [] {});
    for (std::uint64_t ticket = 1; ticket <= 3; ++ticket) thread.submit(job(ticket, {"slow"}));
    begun.get_future().wait();
    EXPECT_FALSE(thread.has_done());
    // While the thread is told to end.
    later = std::jthread([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      may_go_on.set_value();
    });
  }
  EXPECT_EQ(looked_up, 1);
}

TEST(NameThread, TheSystemsResolverKnowsThisHost) {
  const std::vector<IpAddress> addresses = look_up_host("localhost");
  ASSERT_FALSE(addresses.empty());
  EXPECT_TRUE(addresses.front().is_loopback());
  EXPECT_TRUE(look_up_host("nobody.invalid").empty());
}

}  // namespace
}  // namespace penstock
