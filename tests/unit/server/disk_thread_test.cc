// A real thread, real time: only what does not depend on how it is scheduled is asked for.
#include "controlplane/server/disk_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>

namespace penstock {
namespace {

constexpr std::chrono::seconds kPatience{60};

std::unique_ptr<TableJob> make_job() {
  return std::make_unique<TableJob>(TableFile(
      "path", {.begin = "<", .separator = ",", .end = ">", .rows_max = 1'000, .bytes_max = 10'000},
      {}));
}

class DiskThreadTest : public testing::Test {
 protected:
  std::unique_ptr<TableJob> wait_for(DiskThread& thread) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
      if (auto job = thread.take_done()) return job;
      std::this_thread::yield();
    }
    return nullptr;
  }

  std::atomic<int> wakes = 0;
  std::mutex disk;  // who holds it lets nothing be written
  std::string text;
  const TableFile::Replace replace =
      [this](const std::filesystem::path&,
             std::string_view written) -> std::expected<void, std::string> {
    const std::lock_guard lock(disk);
    text = written;
    return {};
  };
};

TEST_F(DiskThreadTest, RunsJobsAndWakesWhoWaits) {
  DiskThread thread(replace, [this] { ++wakes; });
  std::unique_ptr<TableJob> job = make_job();
  for (const char* key : {"a", "b", "c"}) {
    job->changes = {{key, key}};
    thread.submit(std::move(job));
    job = wait_for(thread);
    ASSERT_NE(job, nullptr);
    EXPECT_EQ(job->changes.front().error, std::nullopt);
  }
  EXPECT_EQ(text, "<a,b,c>");
  EXPECT_EQ(thread.take_done(), nullptr);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (wakes < 3 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(wakes, 3);
}

TEST_F(DiskThreadTest, ASlowDiskHoldsNobodyUp) {
  DiskThread thread(replace, [this] { ++wakes; });
  std::unique_ptr<TableJob> job = make_job();
  job->changes = {{"a", "A"}};
  {
    const std::lock_guard slow(disk);
    thread.submit(std::move(job));
    EXPECT_FALSE(thread.has_done());
    EXPECT_EQ(thread.take_done(), nullptr);
  }
  EXPECT_NE(wait_for(thread), nullptr);
}

TEST_F(DiskThreadTest, WhatWasSubmittedIsWrittenBeforeItEnds) {
  for (int i = 0; i < 50; ++i) {
    text.clear();
    std::unique_ptr<TableJob> job = make_job();
    job->changes = {{"a", "A"}};
    DiskThread thread(replace, [this] { ++wakes; });
    thread.submit(std::move(job));
  }
  EXPECT_EQ(text, "<A>");
  EXPECT_EQ(wakes, 50);
}

}  // namespace
}  // namespace penstock
