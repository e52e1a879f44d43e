// Small files that are read and replaced as a whole: whoever reads one finds the old text or the
// new one and never a part of either, also after the machine has lost its power. Both calls wait
// for the disk: at start, or on a thread that is there for it (table_executor.h). Any thread.
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace penstock {

// The text of the file; nothing if there is no such file. Error: it cannot be read, is no regular
// file, or has more than `bytes_max`.
std::expected<std::optional<std::string>, std::string> read_whole_file(
    const std::filesystem::path& path, std::size_t bytes_max);

// Puts the text into the place of the file, readable for its owner only (mode 0600). It is written
// beside it, to `path`.new, and takes its name when it is on the disk; when this returns, that is
// on the disk as well. Error: the old text stands where it was, but for an error that is said to be
// of the folder: then either may.
std::expected<void, std::string> replace_whole_file(const std::filesystem::path& path,
                                                    std::string_view text);

// Whether replace_whole_file can make files there; the error says why not.
std::expected<void, std::string> check_folder_of(const std::filesystem::path& path);

}  // namespace penstock
