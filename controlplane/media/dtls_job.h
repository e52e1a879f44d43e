// One DTLS association with what it is to be told and what came of it. It belongs to a
// WebRtcTransport, but for the time in which a DtlsExecutor has it: then nobody else touches it but
// for `ending`. An association begins with its first run, and what a run needs of memory and CPU is
// spent by whoever runs it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "controlplane/dtls/dtls_endpoint.h"
#include "controlplane/dtls/openssl_version.h"
#include "dataplane/api/dataplane.h"

namespace penstock {

// Of heap, that a connected association takes with this OpenSSL; the sums of server/pool_plan have
// it. 22 KB are OpenSSL's buffer for handshake messages, which DTLS keeps for what may come again.
// Since 3.2 there are a queue between record layers (15 KB), three record layers (13 KB) and the
// buffer of the first one's output (8 KB) too.
std::size_t dtls_association_bytes(const OpenSslVersion& version);

// How an association ends whose owner goes.
enum class DtlsEnding : std::uint8_t { kNone, kGoodbye /* close_notify */, kSilent };

struct DtlsJob {
  DtlsJob(const DtlsContext& dtls_context, DtlsRole dtls_role, const Fingerprints& fingerprints,
          TransportHandle transport, WorkerIndex worker_index)
      : owner(transport),
        worker(worker_index),
        context_(dtls_context),
        role_(dtls_role),
        expected_(fingerprints) {}

  // Tells the association `input`, and that it is `now`; takes what it has to say. With an ending
  // nothing is left of it but that.
  void run(Timestamp now);

  const TransportHandle owner;
  // Where the goodbye goes.
  const WorkerIndex worker;
  std::optional<Path> path;

  std::vector<std::vector<std::uint8_t>> input;   // datagrams of the peer, the oldest first
  std::vector<std::vector<std::uint8_t>> output;  // likewise, of ours
  // What is in records of data (SCTP packets), likewise: to be sealed, and opened.
  std::vector<std::vector<std::uint8_t>> data_to_send;
  std::vector<std::vector<std::uint8_t>> data_received;
  std::optional<DtlsEndpoint> endpoint;  // from the first run until the ending
  bool is_out_of_memory = false;         // in the last run: the association is not usable
  // Said by the control thread whenever it likes, also while somebody runs the job.
  std::atomic<DtlsEnding> ending = DtlsEnding::kNone;
  std::unique_ptr<DtlsJob> next;  // of whatever queue it is in

 private:
  void advance(Timestamp now, DtlsEnding last_word);
  void seal_data(Timestamp now);
  void take_output();

  const DtlsContext& context_;
  const DtlsRole role_;
  const Fingerprints expected_;
};

// A queue of jobs that needs no memory.
class DtlsJobQueue {
 public:
  DtlsJobQueue() = default;
  // One by one: a chain of them would be destroyed recursively.
  ~DtlsJobQueue() {
    while (pop()) {
    }
  }
  DtlsJobQueue(const DtlsJobQueue&) = delete;
  DtlsJobQueue& operator=(const DtlsJobQueue&) = delete;

  void push(std::unique_ptr<DtlsJob> job) {
    DtlsJob* added = job.get();
    (last_ == nullptr ? first_ : last_->next) = std::move(job);
    last_ = added;
    ++size_;
  }
  // Null if there is none.
  std::unique_ptr<DtlsJob> pop() {
    if (first_ == nullptr) return nullptr;
    std::unique_ptr<DtlsJob> taken = std::move(first_);
    first_ = std::move(taken->next);
    if (first_ == nullptr) last_ = nullptr;
    --size_;
    return taken;
  }
  std::size_t size() const { return size_; }

 private:
  std::unique_ptr<DtlsJob> first_;
  DtlsJob* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace penstock
