#include "controlplane/server/recording_thread.h"

#include <pthread.h>

#include <chrono>
#include <utility>

#include "controlplane/log/log.h"
#include "controlplane/server/signals_blocked.h"

namespace penstock {
namespace {

// How long what was recorded lies in an arena, at most; and how soon a disk that does not keep up
// is asked again.
constexpr Duration kTurn = 10 * kMillisecond;
constexpr Duration kBusyTurn = kMillisecond;
constexpr Duration kIdleTurn = kSecond;
// At the end: as long as a disk may take for what is left.
constexpr Duration kLastTurnsMax = 10 * kSecond;

}  // namespace

RecordingThread::RecordingThread(Options options, std::unique_ptr<recording::Disk> disk)
    : options_(std::move(options)),
      messages_(options_.message_arena_bytes),
      arenas_(options_.arenas),
      disk_(std::move(disk)),
      writer_(*disk_, options_.limits) {
  arenas_.push_back(&messages_.arena());
  // What ends must need no memory.
  for (Asked* asked : {&asked_, &taken_}) asked->ended.reserve(2 * options_.recordings_max + 1);
  free_bytes_ = disk_->free_bytes().value_or(UINT64_MAX);
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { run(); });
}

RecordingThread::~RecordingThread() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  has_work_.notify_one();
  thread_.join();
}

std::expected<void, std::string> RecordingThread::begin(RecordingId id,
                                                        recording::Description description,
                                                        Timestamp now) {
  if (free_bytes() < options_.free_bytes_to_begin)
    return std::unexpected("the disk for recordings is nearly full");
  const recording::Instant created{
      .at = now, .unix_us = options_.unix_us() - (options_.clock() - now) / kMicrosecond};
  {
    const std::lock_guard lock(mutex_);
    asked_.begun.push_back({id, std::move(description), created});
  }
  has_work_.notify_one();
  return {};
}

void RecordingThread::end(RecordingId id) {
  messages_.end(id);
  {
    const std::lock_guard lock(mutex_);
    asked_.ended.push_back(id);
  }
  has_work_.notify_one();
}

std::optional<recording::Ended> RecordingThread::take_ended() {
  if (!has_ended_.load(std::memory_order_acquire)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  recording::Ended ended = std::move(ended_.back());
  ended_.pop_back();
  has_ended_.store(!ended_.empty(), std::memory_order_relaxed);
  return ended;
}

recording::WriterCounts RecordingThread::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void RecordingThread::run() {
  pthread_setname_np(pthread_self(), "recordings");
  Timestamp stopped_at = kNever;
  while (true) {
    take_asked();
    const bool has_more = turn();
    tell_ended();
    bool is_stopping = false;
    {
      const std::lock_guard lock(mutex_);
      counts_ = writer_.counts();
      is_stopping = is_stopping_;
    }
    if (is_stopping) {
      if (stopped_at == kNever) stopped_at = options_.clock();
      writer_.end_all();
      if (writer_.is_idle() || options_.clock() - stopped_at >= kLastTurnsMax) return;
    }
    sleep(has_more || is_stopping ? kBusyTurn : writer_.is_idle() ? kIdleTurn : kTurn);
  }
}

// In the order in which it was asked for, as far as that matters: what ends has begun.
void RecordingThread::take_asked() {
  {
    const std::lock_guard lock(mutex_);
    std::swap(taken_, asked_);
  }
  for (Begun& each : taken_.begun)
    writer_.begin(each.id, std::move(each.description), each.created);
  for (const RecordingId id : taken_.ended) writer_.end(id);
  taken_.begun.clear();
  taken_.ended.clear();
}

bool RecordingThread::turn() {
  const bool has_more = writer_.run(arenas_, options_.clock());
  free_bytes_.store(writer_.free_bytes().value_or(UINT64_MAX), std::memory_order_relaxed);
  return has_more;
}

void RecordingThread::tell_ended() {
  bool has_news = false;
  while (auto ended = writer_.take_ended()) {
    PENSTOCK_LOG_WARNING("recording {} has ended: {}", ended->name, ended->reason);
    const std::lock_guard lock(mutex_);
    ended_.push_back(*std::move(ended));
    has_ended_.store(true, std::memory_order_release);
    has_news = true;
  }
  if (has_news) options_.wake();
}

void RecordingThread::sleep(Duration longest) {
  std::unique_lock lock(mutex_);
  has_work_.wait_for(lock, std::chrono::nanoseconds(longest),
                     [this] { return !asked_.begun.empty() || !asked_.ended.empty(); });
}

}  // namespace penstock
