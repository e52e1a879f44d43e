#include "controlplane/server/disk_thread.h"

#include <pthread.h>

#include <utility>

#include "controlplane/log/log.h"
#include "controlplane/server/signals_blocked.h"

namespace penstock {
namespace {

void log_errors(const TableJob& job) {
  for (const TableChange& change : job.changes) {
    if (!change.error) continue;
    PENSTOCK_LOG_ERROR("{}: {} is not written: {}", job.file.path().string(), change.key,
                       *change.error);
  }
}

}  // namespace

DiskThread::DiskThread(TableFile::Replace replace, std::function<void()> wake)
    : replace_(std::move(replace)), wake_(std::move(wake)) {
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { run(); });
}

DiskThread::~DiskThread() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  has_work_.notify_one();
  thread_.join();
}

void DiskThread::submit(std::unique_ptr<TableJob> job) {
  {
    const std::lock_guard lock(mutex_);
    waiting_ = std::move(job);
  }
  has_work_.notify_one();
}

std::unique_ptr<TableJob> DiskThread::take_done() {
  if (!has_done()) return nullptr;
  const std::lock_guard lock(mutex_);
  is_done_.store(false, std::memory_order_relaxed);
  return std::move(done_);
}

void DiskThread::run() {
  pthread_setname_np(pthread_self(), "disk");
  std::unique_lock lock(mutex_);
  while (true) {
    has_work_.wait(lock, [this] { return is_stopping_ || waiting_ != nullptr; });
    if (waiting_ == nullptr) return;
    std::unique_ptr<TableJob> job = std::move(waiting_);
    lock.unlock();
    job->run(replace_);
    log_errors(*job);
    lock.lock();
    done_ = std::move(job);
    is_done_.store(true, std::memory_order_release);
    lock.unlock();
    wake_();
    lock.lock();
  }
}

}  // namespace penstock
