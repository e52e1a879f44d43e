// Asks the CPU for memory that will be read or written soon, so that it comes while something else
// is done. Reads nothing: any address may be given. Any thread.
#pragma once

#include <cstddef>

namespace penstock {

// `kIsWritten`: nobody else is to have the lines then.
template <bool kIsWritten>
inline void prefetch_lines(const void* begin, std::size_t bytes) {
  constexpr std::size_t kLineBytes = 64;
  const auto* at = static_cast<const std::byte*>(begin);
  for (std::size_t offset = 0; offset < bytes; offset += kLineBytes)
    __builtin_prefetch(at + offset, kIsWritten ? 1 : 0);
}

inline void prefetch(const void* begin, std::size_t bytes) { prefetch_lines<false>(begin, bytes); }
inline void prefetch_to_write(const void* begin, std::size_t bytes) {
  prefetch_lines<true>(begin, bytes);
}

}  // namespace penstock
