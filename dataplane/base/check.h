// Checks for our own bugs, on in every build. Input from the network must never be able to reach
// one: that is answered by a DropReason (data path) or a std::unexpected (control plane).
#pragma once

namespace penstock {

// Prints the failed expression with its place and aborts. Never returns.
[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace penstock

#define PENSTOCK_CHECK(expression) \
  ((expression) ? static_cast<void>(0) : ::penstock::check_failed(#expression, __FILE__, __LINE__))

// For checks too dear for the hot path: compiled out of release builds.
#ifdef NDEBUG
#define PENSTOCK_DCHECK(expression) static_cast<void>(0)
#else
#define PENSTOCK_DCHECK(expression) PENSTOCK_CHECK(expression)
#endif
