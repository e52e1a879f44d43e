// Whether this program is built with AddressSanitizer or ThreadSanitizer: then memory that is given
// back is not free yet, and how much of it is resident says nothing.
#pragma once

namespace penstock::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

}  // namespace penstock::test
