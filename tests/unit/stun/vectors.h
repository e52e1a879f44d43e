// The published STUN messages: RFC 5769 section 2 and RFC 8489 appendix B.1 (with erratum 6268).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::stun::test {

// Bytes of hexadecimal digits; white space is skipped.
std::vector<std::uint8_t> from_hex(std::string_view hex);

inline constexpr std::string_view kVectorPassword = "VOkJxbRl1RmTxUk/WvJxBt";

std::vector<std::uint8_t> rfc5769_request();            // 2.1
std::vector<std::uint8_t> rfc5769_ipv4_response();      // 2.2
std::vector<std::uint8_t> rfc5769_ipv6_response();      // 2.3
std::vector<std::uint8_t> rfc5769_long_term_request();  // 2.4
std::string rfc5769_long_term_key();                    // its HMAC key
std::vector<std::uint8_t> rfc8489_sha256_request();     // B.1

}  // namespace penstock::stun::test
