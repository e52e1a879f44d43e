// Counts what a report says.
#pragma once

#include <cstddef>
#include <string>

namespace penstock::bench {

inline std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

}  // namespace penstock::bench
