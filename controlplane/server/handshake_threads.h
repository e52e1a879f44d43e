// The threads that do the work of DTLS (media/dtls_executor.h), so that the control thread has its
// time for what nobody else can do. Owned by the server; every call on the control thread. The
// threads touch the jobs that they have, OpenSSL, and nothing else of the server.
//
// Jobs are begun in the order in which they came. Those that are waiting when this is destroyed are
// dropped; those that are being run are waited for.
#pragma once

#include <sched.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "controlplane/media/dtls_executor.h"

namespace penstock {

// The CPUs that the calling thread may use; nothing if the kernel does not say.
std::optional<cpu_set_t> cpus_of_this_thread();

class HandshakeThreads final : public DtlsExecutor {
 public:
  struct Options {
    std::size_t count = 1;
    std::optional<cpu_set_t> cpus;     // absent: those of the thread that makes them
    std::function<Timestamp()> clock;  // of the control thread; called on all threads
    std::function<void()> wake;        // called on a thread after it has done a job
  };

  explicit HandshakeThreads(Options options);
  ~HandshakeThreads() override;

  void submit(std::unique_ptr<DtlsJob> job) override;
  std::unique_ptr<DtlsJob> take_done(Timestamp now) override;

 private:
  void run();

  const Options options_;
  std::mutex mutex_;  // of everything that follows, but for is_any_done_
  std::condition_variable has_waiting_;
  DtlsJobQueue waiting_;
  DtlsJobQueue done_;
  bool is_stopping_ = false;
  std::atomic<bool> is_any_done_ = false;  // spares the control thread the lock
  std::vector<std::thread> threads_;
};

}  // namespace penstock
