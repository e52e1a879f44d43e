// Figures as text, for whatever shows them to people.
#pragma once

#include <cstdio>
#include <string>

namespace penstock::bench {

// As std::snprintf has it, cut off after 159 characters.
std::string text(const char* format, auto... values) {
  char buffer[160];
  std::snprintf(buffer, sizeof(buffer), format, values...);
  return buffer;
}

}  // namespace penstock::bench
