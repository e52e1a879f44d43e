#include "controlplane/random/sip_hash.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <vector>

namespace penstock {
namespace {

// The key 00 01 .. 0f of the paper's appendix A, as two little-endian words.
constexpr SipHashKey kPaperKey = {{0x0706050403020100ULL, 0x0F0E0D0C0B0A0908ULL}};

// Appendix A of "SipHash: a fast short-input PRF": message 00 01 .. 0e; and the first vectors of
// the reference implementation (lengths 0, 1, 7, 8).
TEST(SipHash, ReproducesTheReferenceVectors) {
  std::array<std::uint8_t, 15> message;
  std::iota(message.begin(), message.end(), std::uint8_t{0});
  const std::span<const std::uint8_t> bytes = message;
  EXPECT_EQ(sip_hash(kPaperKey, bytes), 0xA129CA6149BE45E5ULL);
  EXPECT_EQ(sip_hash(kPaperKey, bytes.first(0)), 0x726FDB47DD0E0E31ULL);
  EXPECT_EQ(sip_hash(kPaperKey, bytes.first(1)), 0x74F839C593DC67FDULL);
  EXPECT_EQ(sip_hash(kPaperKey, bytes.first(7)), 0xAB0200F58B01D137ULL);
  EXPECT_EQ(sip_hash(kPaperKey, bytes.first(8)), 0x93F5F5799A932462ULL);
}

TEST(SipHash, DependsOnTheKey) {
  EXPECT_NE(sip_hash(kPaperKey, std::string_view("ufrag")),
            sip_hash(SipHashKey{{1, 2}}, std::string_view("ufrag")));
}

}  // namespace
}  // namespace penstock
