// The network that a test lives in: a namespace of its own, so that nothing it sends leaves the
// machine and nothing of another test is seen. Needs root. All functions throw std::runtime_error
// with the remedy: a test that cannot have its network fails, and says why.
#pragma once

#include <string>
#include <vector>

namespace penstock::integration {

// Runs a program to its end; throws if it fails, with what it printed.
void run_command(const std::vector<std::string>& arguments);

// Moves this thread, and the processes it starts from now on, to a fresh network namespace with
// loopback up. The namespace of the test before goes when nobody is in it any more.
void enter_network_namespace();

bool interface_exists(const std::string& name);

// One more address ("198.18.0.10/24") for an existing device.
void add_address(const std::string& device, const std::string& address);

// Two connected devices, up, that leave checksums to nobody: the server's end has no address, the
// client's end has these.
void add_veth_pair(const std::string& server_end, const std::string& client_end,
                   const std::vector<std::string>& client_addresses);

}  // namespace penstock::integration
