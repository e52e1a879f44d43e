// Asks the CPU for memory that will be read soon, so that it comes while something else is done.
// Reads nothing: any address may be given. Any thread.
#pragma once

#include <cstddef>

namespace penstock {

inline void prefetch(const void* begin, std::size_t bytes) {
  constexpr std::size_t kLineBytes = 64;
  const auto* at = static_cast<const std::byte*>(begin);
  for (std::size_t offset = 0; offset < bytes; offset += kLineBytes)
    __builtin_prefetch(at + offset);
}

}  // namespace penstock
