// The jobs of all transports that an executor has, and among them the associations whose transport
// is gone and that have only to say goodbye. Owned by the peer connections; control thread.
#pragma once

#include <cstddef>
#include <memory>

#include "controlplane/media/dtls_executor.h"
#include "dataplane/api/dataplane.h"

namespace penstock {

class DtlsJobs {
 public:
  // `endings_max`: goodbyes under way. Who goes beyond them goes without one.
  DtlsJobs(DtlsExecutor& executor, Dataplane& dataplane, std::size_t endings_max)
      : executor_(executor), dataplane_(dataplane), endings_max_(endings_max) {}

  // What a transport wants done; comes back through take_done().
  void submit(std::unique_ptr<DtlsJob> job);
  // The owner of an association that is not under way goes.
  void end(std::unique_ptr<DtlsJob> job, DtlsEnding ending);
  // The owner of an association that is under way goes.
  void end_under_way(DtlsJob& job, DtlsEnding ending);
  // A job that has been run and whose owner lives; null: none at the moment. Takes what it looks at
  // from `count`, and stops at 0.
  std::unique_ptr<DtlsJob> take_done(Timestamp now, std::size_t& count);

  // Whether another association may begin. Those that end hold what they have until they are done.
  bool has_room() const { return endings_ < endings_max_; }
  std::size_t under_way() const { return under_way_; }

 private:
  void finish_ending(std::unique_ptr<DtlsJob> job);

  DtlsExecutor& executor_;
  Dataplane& dataplane_;
  std::size_t endings_max_;
  std::size_t under_way_ = 0;
  std::size_t endings_ = 0;  // of those under way, the ones without an owner
};

}  // namespace penstock
