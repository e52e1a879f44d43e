// How workers wake the control thread while it sleeps in its event loop: an eventfd. A worker rings
// only if the control thread has declared itself asleep, and one declaration is answered by at most
// one ring, so under load there are no system calls at all. A worker that blocks in its socket has
// one, too, which the control thread and other workers ring (worker_rings.h).
//
// Control thread:                          Worker, once per loop iteration with news:
//   declare_asleep();                        (entry is in its ring)
//   if (anything in the rings) declare_awake();  ring_if_asleep();
//   else wait for fd() to be readable;
//   declare_awake();
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>

namespace penstock {

class Doorbell {
 public:
  static std::expected<std::unique_ptr<Doorbell>, std::string> create();
  ~Doorbell();
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  // Becomes readable when rung. Owned by the doorbell: do not close it.
  int fd() const { return fd_; }

  // From now on a ring reaches fd(). Look into the rings once more before sleeping.
  void declare_asleep() { is_asleep_.exchange(true, std::memory_order_acq_rel); }
  // Also takes back a ring that has come already.
  void declare_awake() { declare_awake(true); }
  // `may_be_rung`: false if poll(2) has just said that fd() is not readable, which saves a system
  // call. A ring that has come since ends the next wait at once.
  void declare_awake(bool may_be_rung);

  // Any worker, after it has put entries into its rings. Both sides exchange the same flag, so one
  // of them comes second: a worker that does sees the declaration, a control thread that does sees
  // the entries.
  void ring_if_asleep() {
    if (is_asleep_.exchange(false, std::memory_order_acq_rel)) {
      ring();
    }
  }

  // Rings so far.
  std::uint64_t ring_count() const { return ring_count_.load(std::memory_order_relaxed); }

 private:
  explicit Doorbell(int fd) : fd_(fd) {}
  void ring();

  int fd_;
  alignas(64) std::atomic<bool> is_asleep_ = false;
  std::atomic<std::uint64_t> ring_count_ = 0;
};

}  // namespace penstock
