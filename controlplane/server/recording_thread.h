// The thread that writes recordings (recording/recording_writer.h): it takes them out of the arenas
// of all workers and waits for the disk, which nobody else does. Owned by the server; every call of
// the sink on the control thread, which waits only for lists to be exchanged.
//
// When this is destroyed everything is written that is there, as far as the disk takes it in time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "controlplane/recording/message_recorder.h"
#include "controlplane/recording/recording_writer.h"

namespace penstock {

class RecordingThread final : public recording::Sink {
 public:
  struct Options {
    std::vector<RecordingArena*> arenas;  // outlive the thread
    std::size_t recordings_max = 0;       // at a time
    std::size_t message_arena_bytes = 4 * 1'024 * 1'024;
    recording::WriterLimits limits;
    // With less than this free, none begins.
    std::uint64_t free_bytes_to_begin = 0;
    Timestamp (*clock)() = nullptr;
    std::int64_t (*unix_us)() = nullptr;
    // Called on the thread when a recording has ended by itself.
    std::function<void()> wake;
  };

  RecordingThread(Options options, std::unique_ptr<recording::Disk> disk);
  ~RecordingThread() override;
  RecordingThread(const RecordingThread&) = delete;
  RecordingThread& operator=(const RecordingThread&) = delete;

  std::expected<void, std::string> begin(RecordingId id, recording::Description description,
                                         Timestamp now) override;
  void end(RecordingId id) override;
  void add_message(RecordingId id, std::span<const std::uint8_t> message, Timestamp now) override {
    messages_.add(id, message, now);
  }
  std::optional<recording::Ended> take_ended() override;

  // As of the thread's last turn.
  recording::WriterCounts counts() const;
  std::uint64_t free_bytes() const { return free_bytes_.load(std::memory_order_relaxed); }

 private:
  struct Begun {
    RecordingId id = 0;
    recording::Description description;
    recording::Instant created;
  };
  // What has been asked for since the thread's last turn.
  struct Asked {
    std::vector<Begun> begun;
    std::vector<RecordingId> ended;
  };

  void run();
  void take_asked();
  bool turn();
  void tell_ended();
  void sleep(Duration longest);

  const Options options_;
  recording::MessageRecorder messages_;
  std::vector<RecordingArena*> arenas_;  // of workers, and of messages
  const std::unique_ptr<recording::Disk> disk_;
  recording::Writer writer_;  // of the thread
  Asked taken_;               // likewise

  mutable std::mutex mutex_;  // of what follows, up to has_ended_
  std::condition_variable has_work_;
  Asked asked_;
  std::vector<recording::Ended> ended_;
  recording::WriterCounts counts_;
  bool is_stopping_ = false;
  std::atomic<bool> has_ended_ = false;  // spares the control thread the lock
  std::atomic<std::uint64_t> free_bytes_ = UINT64_MAX;
  std::thread thread_;
};

}  // namespace penstock
