#include "controlplane/media/dtls_jobs.h"

#include <utility>

namespace penstock {

void DtlsJobs::submit(std::unique_ptr<DtlsJob> job) {
  ++under_way_;
  executor_.submit(std::move(job));
}

void DtlsJobs::end(std::unique_ptr<DtlsJob> job, DtlsEnding ending) {
  const bool has_ended = !job->endpoint || job->endpoint->state() == DtlsState::kFailed ||
                         job->endpoint->state() == DtlsState::kClosed;
  if (has_ended || endings_ == endings_max_) return;
  ++endings_;
  job->ending.store(ending, std::memory_order_relaxed);
  submit(std::move(job));
}

void DtlsJobs::end_under_way(DtlsJob& job, DtlsEnding ending) {
  ++endings_;
  job.ending.store(ending, std::memory_order_relaxed);
}

std::unique_ptr<DtlsJob> DtlsJobs::take_done(Timestamp now, std::size_t& count) {
  while (count > 0) {
    std::unique_ptr<DtlsJob> job = executor_.take_done(now);
    if (job == nullptr) break;
    --count;
    --under_way_;
    if (job->ending.load(std::memory_order_relaxed) == DtlsEnding::kNone) return job;
    finish_ending(std::move(job));
  }
  return nullptr;
}

void DtlsJobs::finish_ending(std::unique_ptr<DtlsJob> job) {
  // Nothing follows a lost consent (RFC 7675 section 5.1), whenever the job was run.
  if (job->path && job->ending.load(std::memory_order_relaxed) == DtlsEnding::kGoodbye) {
    for (const auto& datagram : job->output)
      dataplane_.send_datagram(job->worker, *job->path, datagram);
  }
  job->output.clear();
  if (job->endpoint) {
    submit(std::move(job));  // its owner went while it was run
  } else {
    --endings_;
  }
}

}  // namespace penstock
