// A seeded pseudo-random generator (xoshiro256**) for what must be unpredictable only
// statistically: SSRCs, initial sequence numbers, jitter. Secrets (ufrag, pwd, session ids) come
// from SecureRandom in the control plane. Owned by one thread; passed by reference, never global.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace penstock {

class Prng {
 public:
  explicit Prng(std::uint64_t seed) {
    for (auto& word : state_) {  // splitmix64, so that any seed (zero included) gives a good state
      seed += 0x9E3779B97F4A7C15ULL;
      std::uint64_t z = seed;
      z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
      z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
      word = z ^ (z >> 31);
    }
  }

  std::uint64_t next_u64() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }
  std::uint32_t next_u32() { return static_cast<std::uint32_t>(next_u64() >> 32); }

  // Uniform in [0, bound); zero when bound is zero.
  std::uint64_t below(std::uint64_t bound) {
    return static_cast<std::uint64_t>((static_cast<Product>(next_u64()) * bound) >> 64);
  }
  // True in `numerator` of `denominator` cases: probabilities without floats.
  bool chance(std::uint64_t numerator, std::uint64_t denominator) {
    return below(denominator) < numerator;
  }

 private:
  // Both compilers have it on 64-bit targets; the keyword says that we know it is an extension.
  __extension__ using Product = unsigned __int128;

  std::array<std::uint64_t, 4> state_{};
};

}  // namespace penstock
