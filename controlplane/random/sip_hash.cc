#include "controlplane/random/sip_hash.h"

#include <bit>
#include <cstring>

#include "controlplane/random/secure_random.h"

namespace penstock {
namespace {

struct State {
  std::uint64_t v0, v1, v2, v3;

  explicit State(const SipHashKey& key)
      : v0(key.words[0] ^ 0x736F6D6570736575ULL),
        v1(key.words[1] ^ 0x646F72616E646F6DULL),
        v2(key.words[0] ^ 0x6C7967656E657261ULL),
        v3(key.words[1] ^ 0x7465646279746573ULL) {}

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void absorb(std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  std::uint64_t finish() {
    v2 ^= 0xFF;
    for (int i = 0; i < 4; ++i) round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

}  // namespace

SipHashKey SipHashKey::generate(SecureRandom& random) {
  return {{random.next_u64(), random.next_u64()}};
}

std::uint64_t sip_hash(const SipHashKey& key, std::span<const std::uint8_t> bytes) {
  State state(key);
  auto rest = bytes;
  while (rest.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, rest.data(), 8);
    state.absorb(word);
    rest = rest.subspan(8);
  }
  std::uint64_t last = static_cast<std::uint64_t>(bytes.size()) << 56;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    last |= static_cast<std::uint64_t>(rest[i]) << (8 * i);
  }
  state.absorb(last);
  return state.finish();
}

std::uint64_t sip_hash(const SipHashKey& key, std::string_view text) {
  return sip_hash(key, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace penstock
