// HMAC-SHA1 (RFC 2104), as MESSAGE-INTEGRITY uses it, without allocation. Stateless; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace penstock::stun {

inline constexpr std::size_t kSha1Bytes = 20;
using Sha1Digest = std::array<std::uint8_t, kSha1Bytes>;

// The HMAC of `head` followed by `tail`; two parts, so that a changed header can be put in front of
// bytes that are not copied.
Sha1Digest hmac_sha1(std::span<const std::uint8_t> key, std::span<const std::uint8_t> head,
                     std::span<const std::uint8_t> tail = {});

// Compares in a time that does not depend on the contents.
bool equal_in_constant_time(std::span<const std::uint8_t, kSha1Bytes> a,
                            std::span<const std::uint8_t, kSha1Bytes> b);

}  // namespace penstock::stun
