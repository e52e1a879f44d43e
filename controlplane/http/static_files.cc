#include "controlplane/http/static_files.h"

#include <algorithm>

namespace penstock {

const StaticFile* find_static_file(StaticFiles files, std::string_view path) {
  if (path == "/") path = "/index.html";
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const StaticFile& file) { return file.path == path; });
  return found == files.end() ? nullptr : &*found;
}

}  // namespace penstock
