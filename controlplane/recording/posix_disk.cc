#include "controlplane/recording/posix_disk.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "controlplane/storage/open_file.h"

namespace penstock::recording {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUnfinished = ".mjr.tmp";
constexpr std::string_view kFinished = ".mjr";
constexpr std::string_view kSidecar = ".json";
constexpr std::uint64_t kPreallocatedBytes = 1'024 * 1'024;
constexpr int kNamesMax = 1'000;  // that differ in a number only
constexpr mode_t kFileMode = 0640;

// Links do not lead out of the root.
bool is_below(const fs::path& root, const fs::path& folder) {
  std::error_code error;
  const fs::path real_root = fs::canonical(root, error);
  if (error) return false;
  const fs::path real = fs::canonical(folder, error);
  if (error) return false;
  const auto [end, at] =
      std::mismatch(real_root.begin(), real_root.end(), real.begin(), real.end());
  return end == real_root.end();
}

fs::path with_suffix(const fs::path& folder, const std::string& name, std::string_view suffix) {
  return folder / (name + std::string(suffix));
}

// How many bytes of the file are good; 0 if it cannot be read.
std::uint64_t good_bytes(const fs::path& path) {
  const OpenFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat about{};
  if (!file.is_open() || ::fstat(file.get(), &about) != 0 || about.st_size == 0) return 0;
  const auto bytes = static_cast<std::size_t>(about.st_size);
  void* memory = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (memory == MAP_FAILED) return 0;
  const std::uint64_t good = whole_mjr_bytes({static_cast<const std::uint8_t*>(memory), bytes});
  ::munmap(memory, bytes);
  return good;
}

// True if something of it was kept.
bool recover(const fs::path& unfinished) {
  std::string text = unfinished.string();
  text.resize(text.size() - kUnfinished.size());
  const std::uint64_t bytes = good_bytes(unfinished);
  std::error_code error;
  if (bytes == 0) {
    fs::remove(unfinished, error);
    return false;
  }
  fs::resize_file(unfinished, bytes, error);
  const OpenFile file(::open(unfinished.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.is_open()) ::fdatasync(file.get());
  fs::path finished = text + std::string(kFinished);
  for (int i = 1; i < kNamesMax && fs::exists(finished, error); ++i)
    finished = text + "." + std::to_string(i) + std::string(kFinished);
  fs::rename(unfinished, finished, error);
  sync_folder(finished.parent_path());
  return !error;
}

}  // namespace

PosixDisk::~PosixDisk() {
  for (const auto& [file, bytes] : preallocated_) ::close(file);
}

std::expected<Disk::FileId, int> PosixDisk::create(std::string& name) {
  std::error_code error;
  const fs::path folder = (folder_ / name).parent_path();
  fs::create_directories(folder, error);
  if (error) return std::unexpected(error.value());
  if (!is_below(folder_, folder)) return std::unexpected(EACCES);
  const std::string wanted = name;
  for (int i = 0; i < kNamesMax; ++i) {
    if (i > 0) name = wanted + "." + std::to_string(i);
    if (fs::exists(with_suffix(folder_, name, kFinished), error)) continue;
    const int file = ::open(with_suffix(folder_, name, kUnfinished).c_str(),
                            O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kFileMode);
    if (file < 0 && errno == EEXIST) continue;
    if (file < 0) return std::unexpected(errno);
    preallocated_[file] = 0;
    return file;
  }
  return std::unexpected(EEXIST);
}

void PosixDisk::preallocate(FileId file, std::uint64_t end) {
  std::uint64_t& allocated = preallocated_[file];
  if (end <= allocated) return;
  // Where there is no room for it, or no way to ask, the write will tell.
  ::fallocate(file, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(allocated),
              static_cast<off_t>(end - allocated + kPreallocatedBytes));
  allocated = end + kPreallocatedBytes;
}

void PosixDisk::write(Write write) {
  preallocate(write.file, write.offset + write.buffer.size());
  const int error = write_all(write.file, write.offset, write.buffer) ? 0 : errno;
  done_.push_back({.owner = write.owner, .error = error, .buffer = std::move(write.buffer)});
}

void PosixDisk::sync(FileId file, std::uint64_t owner) {
  if (::fdatasync(file) == 0) return;
  done_.push_back({.owner = owner, .error = errno, .is_sync = true});
}

std::optional<Disk::Done> PosixDisk::take_done() {
  if (done_.empty()) return std::nullopt;
  Done done = std::move(done_.front());
  done_.pop_front();
  return done;
}

std::expected<void, int> PosixDisk::finish(FileId file, const std::string& name,
                                           std::uint64_t bytes) {
  const OpenFile closing(file);
  preallocated_.erase(file);
  const fs::path unfinished = with_suffix(folder_, name, kUnfinished);
  if (bytes == 0) {
    ::unlink(unfinished.c_str());
    return {};
  }
  if (::ftruncate(file, static_cast<off_t>(bytes)) != 0) return std::unexpected(errno);
  if (::fdatasync(file) != 0) return std::unexpected(errno);
  const fs::path finished = with_suffix(folder_, name, kFinished);
  if (::rename(unfinished.c_str(), finished.c_str()) != 0) return std::unexpected(errno);
  sync_folder(finished.parent_path());
  return {};
}

void PosixDisk::write_sidecar(const std::string& name, std::string_view text) {
  const fs::path path = with_suffix(folder_, name, kSidecar);
  const OpenFile file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kFileMode));
  if (!file.is_open()) return;
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  if (!write_all(file.get(), 0, bytes)) ::unlink(path.c_str());
}

std::optional<std::uint64_t> PosixDisk::free_bytes() {
  struct statvfs about{};
  if (::statvfs(folder_.c_str(), &about) != 0) return std::nullopt;
  return std::uint64_t{about.f_bavail} * about.f_frsize;
}

std::expected<std::size_t, std::string> open_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return std::unexpected(folder.string() + ": " + error.message());
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    return std::unexpected(folder.string() + ": " + std::strerror(errno));
  std::vector<fs::path> unfinished;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code ignored;
    if (at->is_regular_file(ignored) && at->path().string().ends_with(kUnfinished))
      unfinished.push_back(at->path());
  }
  std::size_t kept = 0;
  for (const fs::path& path : unfinished) kept += recover(path) ? 1U : 0U;
  return kept;
}

}  // namespace penstock::recording
