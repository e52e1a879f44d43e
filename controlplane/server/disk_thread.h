// The thread that writes tables to the disk (storage/table_executor.h), and waits for it as long as
// it takes. Owned by the server; every call on the control thread. It touches the job that it has
// and the file that is the job's, and nothing else of the server. What cannot be written is logged
// with the reason.
//
// A job that is being run when this is destroyed is waited for; one that has not begun is run.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "controlplane/storage/table_executor.h"

namespace penstock {

class DiskThread final : public TableExecutor {
 public:
  // `wake` is called on the thread after it has run a job.
  DiskThread(TableFile::Replace replace, std::function<void()> wake);
  ~DiskThread() override;
  DiskThread(const DiskThread&) = delete;
  DiskThread& operator=(const DiskThread&) = delete;

  void submit(std::unique_ptr<TableJob> job) override;
  bool has_done() const override { return is_done_.load(std::memory_order_acquire); }
  std::unique_ptr<TableJob> take_done() override;

 private:
  void run();

  const TableFile::Replace replace_;
  const std::function<void()> wake_;
  std::mutex mutex_;  // of what follows, up to is_done_
  std::condition_variable has_work_;
  std::unique_ptr<TableJob> waiting_;
  std::unique_ptr<TableJob> done_;
  bool is_stopping_ = false;
  std::atomic<bool> is_done_ = false;  // spares the control thread the lock
  std::thread thread_;
};

}  // namespace penstock
