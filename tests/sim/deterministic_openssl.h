// OpenSSL's randomness from a seed, so that handshakes repeat exactly. Process-wide; for
// simulations ONLY.
#pragma once

#include <cstdint>

namespace penstock::sim {

// From now on every byte that OpenSSL draws comes from this seed. Call at the start of each
// simulation.
void seed_openssl(std::uint64_t seed);

}  // namespace penstock::sim
