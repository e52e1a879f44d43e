// Results in files that whoever runs a program has named.
#pragma once

#include <fstream>
#include <iostream>
#include <string>
#include <string_view>

namespace penstock::bench {

// False, with a message, if that is not possible. Without a path there is nothing to do.
inline bool write_file(std::string_view program, const std::string& path, std::string_view text) {
  if (path.empty()) return true;
  std::ofstream file(path);
  file << text;
  if (file.flush()) return true;
  std::cerr << program << ": cannot write " << path << '\n';
  return false;
}

}  // namespace penstock::bench
