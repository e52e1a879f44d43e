// What the server's thread for recordings is, in virtual time: the same writer, on a disk that is
// memory. Owned by the SimServer.
#pragma once

#include <memory>
#include <vector>

#include "controlplane/recording/message_recorder.h"
#include "controlplane/recording/recording_writer.h"
#include "tests/support/memory_disk.h"

namespace penstock::sim {

class SimRecordings final : public recording::Sink {
 public:
  static constexpr const char* kFolder = "/recordings";
  static constexpr std::int64_t kStartUs = 1'700'000'000'000'000;  // as the workers have it

  SimRecordings(std::size_t workers, std::size_t arena_bytes) {
    for (std::size_t i = 0; i < workers && arena_bytes != 0; ++i) {
      arenas_.push_back(std::make_unique<RecordingArena>(arena_bytes));
      all_.push_back(arenas_.back().get());
    }
    all_.push_back(&messages_.arena());
  }

  RecordingArena* arena(std::size_t worker) {
    return worker < arenas_.size() ? arenas_[worker].get() : nullptr;
  }
  test::MemoryDisk& disk() { return disk_; }
  std::size_t open_files() const { return disk_.open_files(); }
  // The writer has no turns while this is set.
  void stop(bool is_stopped) { is_stopped_ = is_stopped; }
  // What begin() answers, if it is to fail.
  std::string refusal;

  void run(Timestamp now) {
    if (!is_stopped_) writer_.run(all_, now);
  }

  std::expected<void, std::string> begin(RecordingId id, recording::Description description,
                                         Timestamp now) override {
    if (!refusal.empty()) return std::unexpected(refusal);
    writer_.begin(id, std::move(description), {now, kStartUs + now / kMicrosecond});
    return {};
  }
  void end(RecordingId id) override {
    messages_.end(id);
    writer_.end(id);
  }
  void add_message(RecordingId id, std::span<const std::uint8_t> message, Timestamp now) override {
    messages_.add(id, message, now);
  }
  std::optional<recording::Ended> take_ended() override { return writer_.take_ended(); }

 private:
  recording::MessageRecorder messages_{RecordingArena::kBytesMin};
  std::vector<std::unique_ptr<RecordingArena>> arenas_;
  std::vector<RecordingArena*> all_;
  test::MemoryDisk disk_;
  recording::Writer writer_{disk_, {}};
  bool is_stopped_ = false;
};

}  // namespace penstock::sim
