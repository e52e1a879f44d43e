// Comparing secrets. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace penstock {

// Takes as long whatever `b` is: how much of a guess `a` is right cannot be measured.
inline bool equals_in_constant_time(std::string_view a, std::string_view b) {
  std::size_t difference = a.size() ^ b.size();
  for (std::size_t i = 0; i < a.size(); ++i) {
    const char other = b.empty() ? '\0' : b[i % b.size()];
    difference |= static_cast<std::size_t>(static_cast<unsigned char>(a[i] ^ other));
  }
  return difference == 0;
}

}  // namespace penstock
