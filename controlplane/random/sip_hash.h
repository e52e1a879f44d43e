// SipHash-2-4 (Aumasson and Bernstein, 2012): the hash of every control-plane table whose keys come
// from the network, so that nobody outside can choose keys that collide. Pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace penstock {

class SecureRandom;

struct SipHashKey {
  std::array<std::uint64_t, 2> words{};

  static SipHashKey generate(SecureRandom& random);
};

// 64-bit SipHash-2-4 of `bytes` under `key`.
std::uint64_t sip_hash(const SipHashKey& key, std::span<const std::uint8_t> bytes);
std::uint64_t sip_hash(const SipHashKey& key, std::string_view text);

}  // namespace penstock
