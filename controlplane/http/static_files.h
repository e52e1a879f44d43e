// Files that are part of the binary: the web page. They are looked up by their exact path, so no
// request can name a file of the file system. Immutable; usable from any thread.
#pragma once

#include <span>
#include <string_view>

namespace penstock {

struct StaticFile {
  std::string_view path;          // "/page.js", as in the request target
  std::string_view content_type;  // "text/javascript; charset=utf-8"
  std::string_view etag;          // with its quotes
  std::string_view content;
};

using StaticFiles = std::span<const StaticFile>;

// The file at this path ("/" is "/index.html"), or null.
const StaticFile* find_static_file(StaticFiles files, std::string_view path);

// The page in web/, as it was at build time (target penstock_page).
StaticFiles page_files();

}  // namespace penstock
