// How many files, and so sockets, this process may have open (RLIMIT_NOFILE). Called at start, on
// the control thread.
#pragma once

#include <cstddef>

namespace penstock {

// Asks for so many at least, as far as the hard limit allows. How many there may be now.
std::size_t allow_open_files(std::size_t wanted);

}  // namespace penstock
