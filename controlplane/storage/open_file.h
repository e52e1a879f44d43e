// What reads and writes files by their descriptors has in common. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace penstock {

// A descriptor, closed with its scope; or none.
class OpenFile {
 public:
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  bool is_open() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

// All of it, there. False, with errno, if not all could be.
[[nodiscard]] bool write_all(int descriptor, std::uint64_t offset,
                             std::span<const std::uint8_t> bytes);

// The names in the folder are on the disk when this returns. False, with errno, if they may not be.
bool sync_folder(const std::filesystem::path& folder);

}  // namespace penstock
