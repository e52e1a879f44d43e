// Why DPDK did not take a PCI device, and what to do about it. EAL probes devices while it starts
// and goes on without those that it cannot have: what it logged meanwhile is all that is known. A
// pure function of that log. Control thread, at start.
#pragma once

#include <string>
#include <string_view>

namespace penstock {

// "<what is the matter>: <remedy>", and the log itself behind it. `log`: errors of EAL and of the
// drivers while `device` was probed, empty if there were none.
std::string explain_probe_failure(std::string_view device, std::string_view log);

}  // namespace penstock
