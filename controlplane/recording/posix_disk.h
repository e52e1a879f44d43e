// Recordings below a folder of the file system, written where they are handed in: whoever calls
// waits for as long as the disk takes. For what does not wait, see uring_disk.h.
#pragma once

#include <deque>
#include <filesystem>
#include <unordered_map>
#include <vector>

#include "controlplane/recording/recording_disk.h"

namespace penstock::recording {

class PosixDisk : public Disk {
 public:
  // The folder is there (open_folder).
  explicit PosixDisk(std::filesystem::path folder) : folder_(std::move(folder)) {}
  ~PosixDisk() override;
  PosixDisk(const PosixDisk&) = delete;
  PosixDisk& operator=(const PosixDisk&) = delete;

  std::expected<FileId, int> create(std::string& name) override;
  bool has_room() const override { return true; }
  void write(Write write) override;
  void sync(FileId file, std::uint64_t owner) override;
  std::optional<Done> take_done() override;
  std::expected<void, int> finish(FileId file, const std::string& name,
                                  std::uint64_t bytes) override;
  void write_sidecar(const std::string& name, std::string_view text) override;
  std::optional<std::uint64_t> free_bytes() override;

 protected:
  // Takes room for what comes next, beyond the file's end, if it can be had.
  void preallocate(FileId file, std::uint64_t end);
  std::deque<Done> done_;

 private:
  const std::filesystem::path folder_;
  std::unordered_map<FileId, std::uint64_t> preallocated_;
};

// Makes the folder where it is missing; then what an earlier process has left unfinished in it is
// cut at its last whole frame and gets its final name, and what has none is removed. How many were
// kept. An error says what is wrong with the folder.
std::expected<std::size_t, std::string> open_folder(const std::filesystem::path& folder);

}  // namespace penstock::recording
