// The files that tools/bench has collected, and the list of them.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/report/document.h"

namespace penstock::bench {

// A JSON document. Error: text with the file's name.
std::expected<json::value, std::string> read_json(const std::filesystem::path& path);

// The list has a line for each file, of four fields between tabs: micro, pipeline, scaling or
// comparison; a name; the command; the file, relative to the list's folder.
std::expected<std::vector<Part>, std::string> read_parts(const std::filesystem::path& list);

}  // namespace penstock::bench
