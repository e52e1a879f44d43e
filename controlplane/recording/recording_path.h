// Where files of recordings may be: below one folder, whatever clients ask for. Pure functions of
// text; what is a link in the file system they do not know (recording_disk.h does).
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "controlplane/recording/recording_description.h"

namespace penstock::recording {

inline constexpr std::size_t kFolderBytesMax = 512;
inline constexpr std::size_t kStemBytesMax = 180;  // a file's name has 255 at most

// A folder as a client names it, relative to `root` or as a path that begins with it. The relative
// one without "." and empty parts; an error says what is wrong with it.
std::expected<std::string, std::string> recording_folder(std::string_view root,
                                                         std::string_view wanted);
// A name of files, which may have folders in front; likewise.
std::expected<std::string, std::string> recording_stem(std::string_view wanted);

// "FOLDER/STEM[-TIME]-audio-0", without what tells files of the same name apart, and ".mjr".
std::string recording_name(const Description& description, std::int64_t created_us);

}  // namespace penstock::recording
