// Conservation, checked in every test program without a test's doing: after each test (its fixture
// is gone by then), after each suite and at the end, every pool that exists must have
// `free + live + retired == capacity`, counted twice over, and every pool and packet pool that was
// destroyed meanwhile must have been empty (dataplane/pool/pool_audit.h). A test that breaks this
// fails. tests/support/main.cc installs it. Builds without test hooks (release) check nothing.
#pragma once

#include <string>

namespace penstock::test {

// Before the first test.
void install_conservation_listener();

// What is wrong since the last time, one finding in each line; empty: nothing. For tests that break
// the rules on purpose (they expect findings), and for child processes, where no listener runs.
std::string take_conservation_findings();

// In the rest of this test, pools may be destroyed with objects in them: for tests of what holds
// pools together, which stop in the middle.
void allow_pools_in_use_at_end();

}  // namespace penstock::test
