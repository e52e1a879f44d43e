#include "tests/unit/stun/vectors.h"

#include <cctype>

namespace penstock::stun::test {

std::vector<std::uint8_t> from_hex(std::string_view hex) {
  std::vector<std::uint8_t> bytes;
  std::string digits;
  for (const char c : hex) {
    if (std::isspace(static_cast<unsigned char>(c)) != 0) continue;
    digits.push_back(c);
    if (digits.size() < 2) continue;
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(digits, nullptr, 16)));
    digits.clear();
  }
  return bytes;
}

std::vector<std::uint8_t> rfc5769_request() {
  return from_hex(R"(
      00010058 2112a442 b7e7a701bc34d686fa87dfae
      80220010 5354554e207465737420636c69656e74
      00240004 6e0001ff
      80290008 932ff9b151263b36
      00060009 6576746a3a68367659 202020
      00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
      80280004 e57a3bcf)");
}

std::vector<std::uint8_t> rfc5769_ipv4_response() {
  return from_hex(R"(
      0101003c 2112a442 b7e7a701bc34d686fa87dfae
      8022000b 7465737420766563746f72 20
      00200008 0001a147e112a643
      00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7
      80280004 c07d4c96)");
}

std::vector<std::uint8_t> rfc5769_ipv6_response() {
  return from_hex(R"(
      01010048 2112a442 b7e7a701bc34d686fa87dfae
      8022000b 7465737420766563746f72 20
      00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9
      00080014 a382954e4be67bf11784c97c8292c275bfe3ed41
      80280004 c8fb0b4c)");
}

std::vector<std::uint8_t> rfc5769_long_term_request() {
  return from_hex(R"(
      00010060 2112a442 78ad3433c6ad72c029da412e
      00060012 e3839ee38388e383aae38383e382afe382b9 0000
      0015001c 662f2f3439396b39353464364f4c33346f4c39465354767936347341
      0014000b 6578616d706c652e6f7267 00
      00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666)");
}

// MD5 of "user:realm:password", all three as in the RFC after SASLprep.
std::string rfc5769_long_term_key() {
  const auto key = from_hex("e8ca7ad59d5eb0518e312911d2dab2a9");
  return {key.begin(), key.end()};
}

std::vector<std::uint8_t> rfc8489_sha256_request() {
  return from_hex(R"(
      00010090 2112a442 78ad3433c6ad72c029da412e
      001e0020 4a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704
      00150029 6f624d61744a6f733241414143662f2f3439396b39353464364f4c33346f4c39465354767936347341 000000
      0014000b 6578616d706c652e6f7267 00
      001d0004 00020000
      001c0020 b5c7bf005b6c52a21c51c5e892f81924136296cb927c43149309278cc6518e65)");
}

}  // namespace penstock::stun::test
