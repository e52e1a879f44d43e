// A folder of recordings that is written through io_uring: writes and syncs are handed to the
// kernel, a fixed number at a time, and nobody waits for them. Files begin and end as they do on a
// PosixDisk.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>

#include "controlplane/recording/posix_disk.h"

struct io_uring;  // NOLINT(readability-identifier-naming)

namespace penstock::recording {

class UringDisk final : public PosixDisk {
 public:
  // Writes and syncs under way at a time: what more there is to write waits in its file's buffer,
  // or in an arena, so that a disk that stands still takes no more memory.
  static constexpr std::size_t kInFlightMax = 32;

  // Null where the kernel has no io_uring, or does not let us have one.
  static std::unique_ptr<UringDisk> open(const std::filesystem::path& folder);
  // Waits for what is under way.
  ~UringDisk() override;

  bool has_room() const override { return in_flight_ < kInFlightMax; }
  void write(Write write) override;
  void sync(FileId file, std::uint64_t owner) override;
  std::optional<Done> take_done() override;

 private:
  // A write, or (without a buffer) a sync.
  struct Operation {
    Write write{};
    std::size_t written = 0;
    bool is_sync = false;
    bool is_under_way = false;
  };

  UringDisk(const std::filesystem::path& folder, std::unique_ptr<io_uring> ring);
  std::size_t take_operation();
  void submit(std::size_t index);
  void complete(std::size_t index, int result);

  const std::unique_ptr<io_uring> ring_;
  std::array<Operation, kInFlightMax> operations_;
  std::size_t in_flight_ = 0;
};

// A UringDisk where there can be one, else a PosixDisk; which it is, in words, is put in `kind`.
std::unique_ptr<Disk> open_disk(const std::filesystem::path& folder, std::string& kind);

}  // namespace penstock::recording
