#include "controlplane/random/secure_random.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "dataplane/base/check.h"

namespace penstock {

std::uint64_t SecureRandom::next_u64() {
  std::array<std::uint8_t, 8> bytes;
  fill(bytes);
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), bytes.size());
  return value;
}

void OpenSslRandom::fill(std::span<std::uint8_t> bytes) {
  PENSTOCK_CHECK(bytes.size() <= std::numeric_limits<int>::max());
  PENSTOCK_CHECK(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
}

void SeededRandom::fill(std::span<std::uint8_t> bytes) {
  std::ranges::generate(bytes, [this] { return static_cast<std::uint8_t>(prng_.next_u32()); });
}

}  // namespace penstock
