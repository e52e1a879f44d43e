// The whole program: reads its options and configuration, starts the server and runs it until it is
// told to end. Control thread, which is the process's main thread.
#pragma once

#include "controlplane/server/server.h"

namespace penstock {

// What main() returns: 0, or a status as `penstock --help` has them.
int run_program(int argc, const char* const* argv);

}  // namespace penstock
