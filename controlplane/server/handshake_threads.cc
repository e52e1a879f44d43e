#include "controlplane/server/handshake_threads.h"

#include <pthread.h>

#include <utility>

#include "controlplane/server/signals_blocked.h"

namespace penstock {

std::optional<cpu_set_t> cpus_of_this_thread() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  if (pthread_getaffinity_np(pthread_self(), sizeof(cpus), &cpus) != 0) return std::nullopt;
  return cpus;
}

HandshakeThreads::HandshakeThreads(Options options) : options_(std::move(options)) {
  const SignalsBlocked blocked;
  for (std::size_t i = 0; i < options_.count; ++i) threads_.emplace_back([this] { run(); });
}

HandshakeThreads::~HandshakeThreads() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  has_waiting_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void HandshakeThreads::submit(std::unique_ptr<DtlsJob> job) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push(std::move(job));
  }
  has_waiting_.notify_one();
}

std::unique_ptr<DtlsJob> HandshakeThreads::take_done(Timestamp) {
  if (!is_any_done_.load(std::memory_order_acquire)) return nullptr;
  const std::lock_guard lock(mutex_);
  std::unique_ptr<DtlsJob> job = done_.pop();
  if (done_.size() == 0) is_any_done_.store(false, std::memory_order_relaxed);
  return job;
}

void HandshakeThreads::run() {
  pthread_setname_np(pthread_self(), "handshake");
  // Where it cannot be had, those of the control thread do.
  if (options_.cpus) pthread_setaffinity_np(pthread_self(), sizeof(cpu_set_t), &*options_.cpus);
  std::unique_lock lock(mutex_);
  while (true) {
    has_waiting_.wait(lock, [this] { return is_stopping_ || waiting_.size() != 0; });
    if (is_stopping_) return;
    std::unique_ptr<DtlsJob> job = waiting_.pop();
    lock.unlock();
    job->run(options_.clock());
    lock.lock();
    done_.push(std::move(job));
    is_any_done_.store(true, std::memory_order_release);
    lock.unlock();
    options_.wake();
    lock.lock();
  }
}

}  // namespace penstock
