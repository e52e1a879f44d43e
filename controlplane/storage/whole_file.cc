#include "controlplane/storage/whole_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <span>
#include <system_error>
#include <utility>

#include "controlplane/storage/open_file.h"

namespace penstock {
namespace {

// With errno's reason.
std::unexpected<std::string> failure(const std::string& what, const std::filesystem::path& path) {
  const int reason = errno;
  return std::unexpected("cannot " + what + " " + path.string() + ": " +
                         std::generic_category().message(reason));
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

// Mode 0600, also if a file of the name was left there with another one.
std::expected<void, std::string> write_file(const std::filesystem::path& path,
                                            std::string_view text) {
  constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;
  const OpenFile file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly));
  if (!file.is_open()) return failure("write", path);
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  if (::fchmod(file.get(), kOwnerOnly) != 0 || !write_all(file.get(), 0, bytes) ||
      ::fdatasync(file.get()) != 0) {
    return failure("write", path);
  }
  return {};
}

}  // namespace

std::expected<std::optional<std::string>, std::string> read_whole_file(
    const std::filesystem::path& path, std::size_t bytes_max) {
  const OpenFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    if (errno == ENOENT) return std::nullopt;
    return failure("read", path);
  }
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return failure("read", path);
  if (!S_ISREG(status.st_mode)) return std::unexpected(path.string() + " is no regular file");
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  if (text.size() > bytes_max) {
    return std::unexpected(path.string() + " is larger than " + std::to_string(bytes_max) +
                           " bytes");
  }
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = ::read(file.get(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failure("read", path);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  return text;
}

std::expected<void, std::string> replace_whole_file(const std::filesystem::path& path,
                                                    std::string_view text) {
  const std::filesystem::path beside = path.string() + ".new";
  auto written = write_file(beside, text);
  if (written && ::rename(beside.c_str(), path.c_str()) != 0) written = failure("replace", path);
  if (!written) {
    ::unlink(beside.c_str());
    return written;
  }
  if (!sync_folder(folder_of(path))) return failure("write the folder of", path);
  return {};
}

std::expected<void, std::string> check_folder_of(const std::filesystem::path& path) {
  const std::filesystem::path folder = folder_of(path);
  struct stat status{};
  if (::stat(folder.c_str(), &status) != 0) return failure("use the folder", folder);
  if (!S_ISDIR(status.st_mode)) return std::unexpected(folder.string() + " is no folder");
  if (::access(folder.c_str(), W_OK | X_OK) != 0) return failure("make files in", folder);
  return {};
}

}  // namespace penstock
