// Random ufrag and pwd in ICE characters (RFC 8445 section 5.3).
#pragma once

#include <cstddef>
#include <string>

#include "controlplane/random/secure_random.h"
#include "dataplane/stun/ice_credentials.h"

namespace penstock {

inline constexpr std::size_t kUfragCharacters = 8;    // 48 bits; the RFC asks for 24
inline constexpr std::size_t kIcePwdCharacters = 24;  // 144 bits; the RFC asks for 128

// `count` characters of the ice-char alphabet (ALPHA / DIGIT / "+" / "/"), 6 random bits each.
std::string generate_ice_characters(SecureRandom& random, std::size_t count);

// A new ufrag and pwd of ours; the peer's ufrag is left empty.
IceCredentials generate_ice_credentials(SecureRandom& random);

}  // namespace penstock
