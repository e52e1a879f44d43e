#include "controlplane/server/name_thread.h"

#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>

#include <memory>
#include <utility>

#include "controlplane/server/signals_blocked.h"
#include "dataplane/base/scope_guard.h"

namespace penstock {

std::vector<IpAddress> look_up_host(const std::string& name) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  std::vector<IpAddress> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    if (each->ai_family == AF_INET) {
      const auto* v4 = reinterpret_cast<const sockaddr_in*>(each->ai_addr);
      addresses.push_back(
          IpAddress::from_v4_bytes(reinterpret_cast<const std::uint8_t*>(&v4->sin_addr)));
    } else if (each->ai_family == AF_INET6) {
      const auto* v6 = reinterpret_cast<const sockaddr_in6*>(each->ai_addr);
      addresses.push_back(IpAddress::from_v6_bytes(v6->sin6_addr.s6_addr));
    }
  }
  return addresses;
}

NameThread::NameThread(LookUp look_up, std::function<void()> wake)
    : look_up_(std::move(look_up)), wake_(std::move(wake)) {
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { run(); });
}

NameThread::~NameThread() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  has_work_.notify_one();
  thread_.join();
}

void NameThread::submit(std::list<janus::NameJob> job) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.splice(waiting_.end(), job);
  }
  has_work_.notify_one();
}

std::list<janus::NameJob> NameThread::take_done() {
  if (!has_done()) return {};
  const std::lock_guard lock(mutex_);
  is_done_.store(false, std::memory_order_relaxed);
  return std::exchange(done_, {});
}

// A name for whose addresses there is no memory has none.
void NameThread::look_up_all(janus::NameJob& job) noexcept {
  for (const std::string& name : job.names) {
    if (!best_effort([&] { job.addresses.push_back(look_up_(name)); })) return;
  }
}

void NameThread::run() {
  pthread_setname_np(pthread_self(), "names");
  std::unique_lock lock(mutex_);
  while (true) {
    has_work_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
    if (is_stopping_) return;
    std::list<janus::NameJob> job;
    job.splice(job.end(), waiting_, waiting_.begin());
    lock.unlock();
    look_up_all(job.front());
    lock.lock();
    done_.splice(done_.end(), job);
    is_done_.store(true, std::memory_order_release);
    lock.unlock();
    wake_();
    lock.lock();
  }
}

}  // namespace penstock
