// One recording on its way to the disk: what comes is put in a buffer, which is written when it is
// full or old. Belongs to the writer (recording_writer.h), on its thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "controlplane/recording/recording_disk.h"
#include "controlplane/recording/sidecar.h"
#include "dataplane/recording/arena.h"

namespace penstock::recording {

// When a recording was made, on both clocks.
struct Instant {
  Timestamp at = 0;
  std::int64_t unix_us = 0;

  std::int64_t unix_us_at(Timestamp other) const { return unix_us + (other - at) / kMicrosecond; }
};

class File {
 public:
  // A buffer of so much is written.
  static constexpr std::size_t kFlushBytes = 64 * 1'024;
  // While one is, another fills up to this; more stays in the arena.
  static constexpr std::size_t kBufferBytesMax = 512 * 1'024;
  static constexpr Duration kFlushInterval = kSecond;
  static constexpr Duration kSyncInterval = 5 * kSecond;

  File(RecordingId id, Description description, const Instant& created)
      : id_(id), description_(std::move(description)), created_(created) {}

  // A record of the arena. False: there is no room now, it is to come again.
  bool take(Disk& disk, const RecordHeader& header, std::span<const std::uint8_t> bytes);
  // Writes and syncs what is due.
  void work(Disk& disk, Timestamp now, bool is_ending);
  void on_done(Disk::Done done);

  bool is_failed() const { return !failure_.empty(); }
  const std::string& failure() const { return failure_; }
  void fail(std::string reason) {
    if (failure_.empty()) failure_ = std::move(reason);
  }
  // Everything is written, or never will be.
  bool is_settled() const { return !is_writing_ && (buffer_.empty() || is_failed()); }
  // The end: its final name, and the sidecar.
  void finish(Disk& disk, const std::string& reason);

  const std::string& name() const { return name_; }
  std::uint64_t packets() const { return packets_; }
  std::uint64_t bytes() const { return written_; }
  std::uint64_t lost() const { return sidecar_.lost(); }
  Timestamp created_at() const { return created_.at; }

 private:
  bool open(Disk& disk, Timestamp first_at);
  void take_packet(const RecordHeader& header, std::span<const std::uint8_t> packet);
  void take_clock(std::span<const std::uint8_t> bytes);
  void flush(Disk& disk, Timestamp now);

  const RecordingId id_;
  const Description description_;
  const Instant created_;
  std::string name_;
  Disk::FileId file_ = -1;  // until its first frame
  std::string failure_;
  Sidecar sidecar_;

  Timestamp first_at_ = 0;
  std::uint32_t last_ms_ = 0;
  std::uint32_t lost_ = 0;  // as the last record said
  std::uint64_t packets_ = 0;

  Bytes buffer_;
  Bytes spare_;
  bool is_writing_ = false;
  std::size_t writing_bytes_ = 0;
  std::uint64_t written_ = 0;  // bytes, all of them whole frames
  Timestamp flushed_at_ = 0;
  Timestamp synced_at_ = 0;
  bool is_synced_ = true;
};

}  // namespace penstock::recording
