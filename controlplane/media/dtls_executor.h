// Where the work of DTLS is done: a handshake takes a good part of a millisecond, which the control
// thread has better uses for. Jobs go in and come back; between the two only the executor touches
// them (dtls_job.h). Jobs of one association never overlap, as there is one at a time. Made by the
// program, outlives the peer connections; used on the control thread.
#pragma once

#include <memory>

#include "controlplane/media/dtls_job.h"

namespace penstock {

class DtlsExecutor {
 public:
  virtual ~DtlsExecutor() = default;

  // Never fails and needs no memory: whoever submits bounds how many there are.
  virtual void submit(std::unique_ptr<DtlsJob> job) = 0;
  // A job that has been run; null: none at the moment.
  virtual std::unique_ptr<DtlsJob> take_done(Timestamp now) = 0;
};

// On the thread that asks, at the moment when it asks: for the simulator, and for a server without
// threads for it.
class InlineDtlsExecutor final : public DtlsExecutor {
 public:
  void submit(std::unique_ptr<DtlsJob> job) override { queue_.push(std::move(job)); }
  std::unique_ptr<DtlsJob> take_done(Timestamp now) override {
    std::unique_ptr<DtlsJob> job = queue_.pop();
    if (job != nullptr) job->run(now);
    return job;
  }

 private:
  DtlsJobQueue queue_;
};

}  // namespace penstock
