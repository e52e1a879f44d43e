// What a thread of this process asks of others: memory of the allocator, system calls of the
// kernel. For tests of code that should ask nothing. Linux, x86-64; needs seccomp's notifications
// (Linux 5.5).
//
// Memory is counted by functions in place of the C library's (thread_counts.cc): whoever in the
// process calls malloc, operator new of any library included, calls these. System calls by a filter
// on the thread, which tells a thread of ours of each and lets it pass. Reading a clock is none
// where the kernel answers in user space.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <thread>

namespace penstock {

class ThreadCounts {
 public:
  // From now on, for as long as the process runs: the thread's system calls are told to this
  // object, which must outlive it. One object per process. The thread is signalled (SIGUSR2) and
  // does the rest in the handler. PENSTOCK_CHECKs that the kernel can do it.
  explicit ThreadCounts(pid_t thread_id);
  // The thread must be gone.
  ~ThreadCounts();
  ThreadCounts(const ThreadCounts&) = delete;
  ThreadCounts& operator=(const ThreadCounts&) = delete;

  // So far. Pieces of memory taken, given back or resized.
  std::uint64_t allocations() const;
  std::uint64_t system_calls() const { return system_calls_.load(std::memory_order_acquire); }
  // The number of the last one; -1: none.
  int last_system_call() const { return last_system_call_.load(std::memory_order_relaxed); }

 private:
  void serve();

  int listener_ = -1;
  std::atomic<bool> is_over_ = false;
  std::atomic<std::uint64_t> system_calls_ = 0;
  std::atomic<int> last_system_call_ = -1;
  std::thread server_;
};

}  // namespace penstock
