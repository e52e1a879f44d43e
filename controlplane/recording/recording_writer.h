// Takes what workers have recorded out of their arenas and puts it in files. No thread, clock or
// file system of its own: whoever runs it brings them. All calls on one thread, that of the writer.
//
// A recording begins before anything of it comes, and its end is known before the last of it is
// here: what lies in the arenas then is taken first. Records of nobody are those that a worker was
// about to add when their recording was ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "controlplane/recording/recording_file.h"
#include "controlplane/recording/recording_sink.h"

namespace penstock::recording {

struct WriterLimits {
  Duration duration_max = 12 * 3'600 * kSecond;  // of one file
  // With less than this free, all files are ended. (With little more, none begins: Sink.)
  std::uint64_t free_bytes_min = 0;
};

struct WriterCounts {
  std::size_t files = 0;       // that there are, with frames or without
  std::uint64_t finished = 0;  // the rest since the start
  std::uint64_t failed = 0;    // of those that ended by themselves
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;  // written to files
  std::uint64_t lost = 0;   // for which an arena had no room
};

class Writer {
 public:
  // The disk outlives the writer.
  Writer(Disk& disk, const WriterLimits& limits) : disk_(disk), limits_(limits) {}

  void begin(RecordingId id, Description description, const Instant& created);
  void end(RecordingId id);

  // Does what is to be done now. True if there is more at once.
  bool run(std::span<RecordingArena* const> arenas, Timestamp now);

  // All end.
  void end_all();

  bool is_idle() const { return files_.empty(); }
  std::optional<Ended> take_ended();
  const WriterCounts& counts() const { return counts_; }
  std::optional<std::uint64_t> free_bytes() const { return free_bytes_; }

 private:
  static constexpr Duration kLookInterval = kSecond;  // at the free space

  struct Open {
    Open(RecordingId id, Description description, const Instant& created)
        : file(id, std::move(description), created) {}
    File file;
    bool is_asked = false;    // to end
    std::string reason;       // why it ends by itself
    bool is_drained = false;  // it ends, and what was in the arenas is here

    bool is_ending() const { return is_asked || !reason.empty(); }
  };

  bool drain(RecordingArena& arena);
  void take_done();
  void check_limits(Timestamp now);
  void finish(RecordingId id, Open& open);
  static void add(const File& file, WriterCounts& to);

  Disk& disk_;
  const WriterLimits limits_;
  std::unordered_map<RecordingId, std::unique_ptr<Open>> files_;
  std::vector<Ended> ended_;
  WriterCounts counts_;
  WriterCounts ended_counts_;  // what of them is of files that are there no more
  std::optional<std::uint64_t> free_bytes_;
  Timestamp looked_at_ = -kLookInterval;
  // The file of the last record: often that of the next.
  RecordingId last_id_ = 0;
  Open* last_ = nullptr;
};

}  // namespace penstock::recording
