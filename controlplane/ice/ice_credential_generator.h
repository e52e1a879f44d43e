// Random ufrag and pwd in ICE characters (RFC 8445 section 5.3).
#pragma once

#include <cstddef>
#include <string>

#include "controlplane/random/secure_random.h"

namespace penstock {

inline constexpr std::size_t kUfragCharacters = 8;    // 48 bits; the RFC asks for 24
inline constexpr std::size_t kIcePwdCharacters = 24;  // 144 bits; the RFC asks for 128

// `count` characters of the ice-char alphabet (ALPHA / DIGIT / "+" / "/"), 6 random bits each.
std::string generate_ice_characters(SecureRandom& random, std::size_t count);

inline std::string generate_ufrag(SecureRandom& random) {
  return generate_ice_characters(random, kUfragCharacters);
}
inline std::string generate_ice_pwd(SecureRandom& random) {
  return generate_ice_characters(random, kIcePwdCharacters);
}

}  // namespace penstock
