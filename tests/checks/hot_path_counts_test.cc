// A worker forwards, and asks nothing of the allocator or the kernel: not for a packet, not in
// between, not when transports come and get keys. What tests/checks/hot_code says of our own code,
// seen from outside and including the libraries that packets go through.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bench/inprocess/in_process_dataplane.h"
#include "bench/inprocess/population.h"
#include "tests/checks/thread_counts.h"

namespace penstock {
namespace {

using bench::InProcessDataplane;
using bench::Population;

constexpr std::uint64_t kPacketsMin = 100'000;
constexpr Duration kWarmUp = 300 * kMillisecond;

// The thread that DPDK runs the first worker on; 0: there is none.
pid_t worker_thread() {
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    if (name.starts_with("rte-worker")) return std::stoi(task.path().filename().string());
  }
  return 0;
}

struct Traffic {
  const char* name;
  Codec codec;
  SrtpProfile profile;
  std::uint16_t payload_bytes;
};
constexpr std::array kTraffic = {
    Traffic{"audio, GCM", Codec::kOpus, SrtpProfile::kAeadAes128Gcm, 100},
    Traffic{"video, GCM", Codec::kVp8, SrtpProfile::kAeadAes256Gcm, 1'100},
    Traffic{"video, AES-CM", Codec::kVp8, SrtpProfile::kAes128CmSha1_80, 1'100},
};

// Until so many packets were forwarded; they pass by at millions a second.
void forward(InProcessDataplane& dataplane, std::uint64_t packets) {
  const WorkerStats& stats = dataplane.stats(0);
  const std::uint64_t target = stats.media_forwarded.get() + packets;
  const Timestamp deadline = InProcessDataplane::now() + 60 * kSecond;
  while (stats.media_forwarded.get() < target && InProcessDataplane::now() < deadline) {
    dataplane.run_for(kMillisecond);
  }
  ASSERT_GE(stats.media_forwarded.get(), target);
}

TEST(HotPathCounts, AWorkerThatForwardsNeitherAllocatesNorCallsTheKernel) {
  bench::InProcessConfig config;
  config.workers = 1;
  config.pools = {.transports = 64, .streams = 16, .subscriptions = 64};
  config.polling.mode = PollingMode::kSpin;
  config.transmit_queue = 256;
  config.history_packets = 2'048;
  auto started = InProcessDataplane::start(config);
  ASSERT_TRUE(started.has_value()) << started.error();
  InProcessDataplane& dataplane = **started;
  ThreadCounts counts(worker_thread());
  for (const Traffic& traffic : kTraffic) {
    SCOPED_TRACE(traffic.name);
    const bench::MediaPattern media =
        bench::packets_of_one_size(traffic.codec, traffic.payload_bytes, 1, 20 * kMillisecond);
    const Population population(
        dataplane,
        {.publishers = 2, .receivers = 16, .encodings = {media}, .profile = traffic.profile});
    dataplane.set_traffic(bench::kSaturated);
    dataplane.run_for(kWarmUp);
    const std::uint64_t allocations = counts.allocations();
    const std::uint64_t system_calls = counts.system_calls();
    forward(dataplane, kPacketsMin);
    EXPECT_EQ(counts.allocations() - allocations, 0U);
    EXPECT_EQ(counts.system_calls() - system_calls, 0U) << counts.last_system_call();
    dataplane.set_traffic(bench::kNoTraffic);
    dataplane.settle();
  }
  EXPECT_EQ(counts.allocations(), 0U) << "for new transports, or their keys";
  dataplane.stop();
  // It goes to sleep: the counted thread is the worker's.
  const Timestamp deadline = InProcessDataplane::now() + 60 * kSecond;
  while (counts.system_calls() == 0 && InProcessDataplane::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_GT(counts.system_calls(), 0U);
}

// In a process of its own: one thread of each is counted.
TEST(HotPathCountsDeathTest, TheCountersCount) {
  const auto count = [] {
    std::atomic<pid_t> id = 0;
    std::atomic<int> step = 0;
    std::thread thread([&] {
      // A thread's first piece makes the allocator ask the kernel.
      std::make_unique<int>(0).reset();
      id = ::gettid();
      while (step == 0) continue;
      for (int i = 0; i < 3; ++i) ::syscall(SYS_getppid);
      std::vector<std::unique_ptr<int>> made;
      made.reserve(2);                           // 1
      made.push_back(std::make_unique<int>(1));  // 2
      made.clear();                              // 3
      step = 2;
      while (step == 2) continue;
    });
    while (id == 0) continue;
    ThreadCounts counts(id);
    step = 1;
    while (step == 1) continue;
    std::cerr << counts.system_calls() << " system calls, " << counts.allocations()
              << " allocations, the last call " << counts.last_system_call() << '\n';
    const bool is_right = counts.system_calls() == 3 && counts.allocations() == 3 &&
                          counts.last_system_call() == SYS_getppid;
    step = 3;
    thread.join();
    ::_exit(is_right ? 0 : 1);
  };
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(count(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace penstock
