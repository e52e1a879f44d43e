// OpenSSL's low-level SHA-1: the EVP interface allocates a context per digest, and its HMAC fetches
// an algorithm per call.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "dataplane/stun/hmac_sha1.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <cstring>

namespace penstock::stun {
namespace {

static_assert(kSha1Bytes == SHA_DIGEST_LENGTH);

constexpr std::size_t kBlockBytes = 64;
using Block = std::array<std::uint8_t, kBlockBytes>;

Sha1Digest sha1(std::span<const std::uint8_t> first, std::span<const std::uint8_t> second,
                std::span<const std::uint8_t> third) {
  SHA_CTX context;
  Sha1Digest digest;
  SHA1_Init(&context);
  SHA1_Update(&context, first.data(), first.size());
  SHA1_Update(&context, second.data(), second.size());
  SHA1_Update(&context, third.data(), third.size());
  SHA1_Final(digest.data(), &context);
  OPENSSL_cleanse(&context, sizeof(context));
  return digest;
}

Block xor_all(const Block& block, std::uint8_t pattern) {
  Block result;
  for (std::size_t i = 0; i < block.size(); ++i)
    result[i] = static_cast<std::uint8_t>(block[i] ^ pattern);
  return result;
}

}  // namespace

Sha1Digest hmac_sha1(std::span<const std::uint8_t> key, std::span<const std::uint8_t> head,
                     std::span<const std::uint8_t> tail) {
  Block block{};
  if (key.size() > kBlockBytes) {
    const Sha1Digest digest = sha1(key, {}, {});
    std::memcpy(block.data(), digest.data(), digest.size());
  } else if (!key.empty()) {
    std::memcpy(block.data(), key.data(), key.size());
  }
  Block inner_key = xor_all(block, 0x36);
  Block outer_key = xor_all(block, 0x5C);
  const Sha1Digest inner = sha1(inner_key, head, tail);
  const Sha1Digest result = sha1(outer_key, inner, {});
  for (Block* secret : {&block, &inner_key, &outer_key})
    OPENSSL_cleanse(secret->data(), kBlockBytes);
  return result;
}

bool equal_in_constant_time(std::span<const std::uint8_t, kSha1Bytes> a,
                            std::span<const std::uint8_t, kSha1Bytes> b) {
  return CRYPTO_memcmp(a.data(), b.data(), kSha1Bytes) == 0;
}

}  // namespace penstock::stun
