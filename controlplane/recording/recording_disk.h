// The file system as the writer of recordings sees it. Implemented by posix_disk.h and, in tests,
// by fakes that are full, or slow. The thread of the writer; begins of files and their ends may
// wait for the disk, what is written in between need not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "controlplane/recording/mjr_format.h"

namespace penstock::recording {

// Names are relative to the folder of recordings.
class Disk {
 public:
  using FileId = int;
  struct Done {
    std::uint64_t owner = 0;
    int error = 0;         // errno; 0: all is written
    bool is_sync = false;  // not of a write: what was written is not on the disk
    Bytes buffer{};        // back again
  };

  virtual ~Disk() = default;

  // Makes "NAME.mjr.tmp", and folders that are missing; or "NAME.1.mjr.tmp" and so on where there
  // is one, or the file that it is to become. The name without ".mjr.tmp" is given back in `name`.
  // Error: errno.
  virtual std::expected<FileId, int> create(std::string& name) = 0;
  // Whether write() and sync() may be called.
  virtual bool has_room() const = 0;
  struct Write {
    FileId file = -1;
    std::uint64_t owner = 0;  // whom take_done() names
    std::uint64_t offset = 0;
    Bytes buffer{};
  };
  // Writes the buffer at this place, and says so by take_done(). A file has one write under way at
  // most.
  virtual void write(Write write) = 0;
  // What is written of the file is to be on the disk; only a failure is said by take_done().
  virtual void sync(FileId file, std::uint64_t owner) = 0;
  virtual std::optional<Done> take_done() = 0;
  // The file has so many good bytes and gets its final name; with none it is removed. Nothing of it
  // is under way. Error: errno; then it keeps its name.
  virtual std::expected<void, int> finish(FileId file, const std::string& name,
                                          std::uint64_t bytes) = 0;
  // "NAME.json", beside the file. Best effort: a recording without one can be played.
  virtual void write_sidecar(const std::string& name, std::string_view text) = 0;
  // For new files; nothing: it is not known.
  virtual std::optional<std::uint64_t> free_bytes() = 0;
};

}  // namespace penstock::recording
