// The thread that looks names of hosts up (janus/name_executor.h), and waits for the system's
// resolver as long as it takes. Owned by the server; every call on the control thread. One job
// after another; those that have not begun when this is destroyed are not done, and the one that
// has is waited for.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

#include "controlplane/janus/name_executor.h"

namespace penstock {

// All addresses of a name, in the system's order; none if it has none, or nobody answers.
std::vector<IpAddress> look_up_host(const std::string& name);

class NameThread final : public janus::NameExecutor {
 public:
  using LookUp = std::function<std::vector<IpAddress>(const std::string& name)>;

  // `wake` is called on the thread after it has done a job.
  NameThread(LookUp look_up, std::function<void()> wake);
  ~NameThread() override;
  NameThread(const NameThread&) = delete;
  NameThread& operator=(const NameThread&) = delete;

  void submit(std::list<janus::NameJob> job) override;
  bool has_done() const override { return is_done_.load(std::memory_order_acquire); }
  std::list<janus::NameJob> take_done() override;

 private:
  void run();
  void look_up_all(janus::NameJob& job) noexcept;

  const LookUp look_up_;
  const std::function<void()> wake_;
  std::mutex mutex_;  // of what follows, up to is_done_
  std::condition_variable has_work_;
  std::list<janus::NameJob> waiting_;
  std::list<janus::NameJob> done_;
  bool is_stopping_ = false;
  std::atomic<bool> is_done_ = false;  // spares the control thread the lock
  std::thread thread_;
};

}  // namespace penstock
