#include "controlplane/recording/recording_path.h"

#include <algorithm>
#include <array>
#include <ranges>

namespace penstock::recording {
namespace {

using Result = std::expected<std::string, std::string>;

bool is_printable(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; }

// Parts joined by single slashes.
Result normal(std::string_view path, std::size_t bytes_max) {
  if (!std::ranges::all_of(path, is_printable))
    return std::unexpected("it has a control character");
  std::string result;
  for (const auto part : std::views::split(path, '/')) {
    const std::string_view name(part.begin(), part.end());
    if (name.empty() || name == ".") continue;
    if (name == "..") return std::unexpected("it leads out of the folder of recordings");
    if (!result.empty()) result += '/';
    result += name;
  }
  if (result.size() > bytes_max)
    return std::unexpected("it is longer than " + std::to_string(bytes_max) + " bytes");
  return result;
}

}  // namespace

Result recording_folder(std::string_view root, std::string_view wanted) {
  if (!wanted.starts_with('/')) return normal(wanted, kFolderBytesMax);
  while (root.size() > 1 && root.ends_with('/')) root.remove_suffix(1);
  const bool is_below = root.starts_with('/') && wanted.starts_with(root) &&
                        (wanted.size() == root.size() || root == "/" || wanted[root.size()] == '/');
  if (!is_below) return std::unexpected("it is not below the folder of recordings");
  return normal(wanted.substr(root.size()), kFolderBytesMax);
}

Result recording_stem(std::string_view wanted) {
  if (wanted.starts_with('/') || wanted.ends_with('/'))
    return std::unexpected("it begins or ends with a slash");
  auto stem = normal(wanted, kStemBytesMax);
  if (stem && stem->empty()) return std::unexpected("it is empty");
  return stem;
}

std::string recording_name(const Description& description, std::int64_t created_us) {
  constexpr std::array<std::string_view, 3> kKinds = {"audio", "video", "data"};
  std::string name = description.folder;
  if (!name.empty()) name += '/';
  name += description.stem;
  if (description.has_time) name += "-" + std::to_string(created_us);
  name += '-';
  name += kKinds[static_cast<std::size_t>(description.kind)];
  name += "-" + std::to_string(description.mindex);
  return name;
}

}  // namespace penstock::recording
