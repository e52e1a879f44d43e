#include "dataplane/stun/hmac_sha1.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/stun/vectors.h"

namespace penstock::stun {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes as_bytes(std::string_view text) { return {text.begin(), text.end()}; }

Bytes digest_of(const Bytes& key, const Bytes& head, const Bytes& tail = {}) {
  const Sha1Digest digest = hmac_sha1(key, head, tail);
  return {digest.begin(), digest.end()};
}

// RFC 2202 section 3.
TEST(HmacSha1, HasTheValuesOfRfc2202) {
  EXPECT_EQ(digest_of(Bytes(20, 0x0B), as_bytes("Hi There")),
            test::from_hex("b617318655057264e28bc0b6fb378c8ef146be00"));
  EXPECT_EQ(digest_of(as_bytes("Jefe"), as_bytes("what do ya want for nothing?")),
            test::from_hex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"));
  EXPECT_EQ(digest_of(Bytes(20, 0xAA), Bytes(50, 0xDD)),
            test::from_hex("125d7342b9ac11cd91a39af48aa17b4f63f175d3"));
  EXPECT_EQ(digest_of(Bytes(80, 0xAA),
                      as_bytes("Test Using Larger Than Block-Size Key - Hash Key First")),
            test::from_hex("aa4ae5e15272d00e95705637ce8a3b55ed402112"));
}

TEST(HmacSha1, DoesNotDependOnWhereTheMessageIsSplit) {
  const Bytes key(22, 'k');
  const Bytes message(150, 'm');
  for (std::ptrdiff_t split = 0; split <= 150; ++split) {
    EXPECT_EQ(digest_of(key, {message.begin(), message.begin() + split},
                        {message.begin() + split, message.end()}),
              digest_of(key, message));
  }
}

TEST(HmacSha1, TakesAnEmptyKeyAndMessage) {
  EXPECT_EQ(digest_of({}, {}), test::from_hex("fbdb1d1b18aa6c08324b7d64b71fb76370690e1d"));
}

TEST(HmacSha1, ComparesAllBytes) {
  Sha1Digest a{};
  Sha1Digest b{};
  EXPECT_TRUE(equal_in_constant_time(a, b));
  for (std::size_t i = 0; i < kSha1Bytes; ++i) {
    b = a;
    b[i] = 1;
    EXPECT_FALSE(equal_in_constant_time(a, b));
  }
}

}  // namespace
}  // namespace penstock::stun
