// Messages that must be refused.
#include <gtest/gtest.h>

#include <vector>

#include "dataplane/base/endian.h"
#include "dataplane/base/prng.h"
#include "dataplane/stun/crc32.h"
#include "dataplane/stun/integrity.h"
#include "dataplane/stun/message.h"
#include "tests/unit/stun/vectors.h"

namespace penstock::stun {
namespace {

using Bytes = std::vector<std::uint8_t>;

bool parses(const Bytes& bytes) {
  MessageView message;
  return parse_message(bytes, message) == DropReason::kNone;
}

// A Binding request with these attributes and a right length.
Bytes message_with(std::string_view attributes_hex) {
  Bytes bytes = test::from_hex("00010000 2112a442 000102030405060708090a0b");
  const Bytes attributes = test::from_hex(attributes_hex);
  bytes.insert(bytes.end(), attributes.begin(), attributes.end());
  store_be16(&bytes[2], static_cast<std::uint16_t>(attributes.size()));
  return bytes;
}

TEST(StunMalformed, RefusesEveryFlippedBitOfASignedMessage) {
  for (const Bytes& good :
       {test::rfc5769_request(), test::rfc5769_ipv4_response(), test::rfc5769_ipv6_response()}) {
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        Bytes bytes = good;
        bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1U << bit));
        MessageView message;
        // A flip in FINGERPRINT's type hides it; then MESSAGE-INTEGRITY is still right, and the
        // responder refuses a message without FINGERPRINT.
        const bool accepted =
            parse_message(bytes, message) == DropReason::kNone && message.has_fingerprint;
        EXPECT_FALSE(accepted) << "byte " << at << " bit " << bit;
      }
    }
  }
}

TEST(StunMalformed, RefusesEveryFlippedBitEvenWithTheFingerprintMadeRight) {
  const Bytes good = test::rfc5769_request();
  const std::size_t fingerprint_at = good.size() - 8;
  for (std::size_t at = 0; at < fingerprint_at; ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      Bytes bytes = good;
      bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1U << bit));
      store_be32(&bytes[fingerprint_at + 4],
                 crc32(std::span(bytes).first(fingerprint_at)) ^ kFingerprintXor);
      MessageView message;
      const bool accepted = parse_message(bytes, message) == DropReason::kNone &&
                            verify_integrity(message, test::kVectorPassword);
      EXPECT_FALSE(accepted) << "byte " << at << " bit " << bit;
    }
  }
}

TEST(StunMalformed, RefusesEveryLengthButItsOwn) {
  Bytes bytes = test::rfc5769_request();
  const std::size_t right = bytes.size();
  bytes.resize(1'500);
  for (std::size_t length = 0; length <= 1'500; ++length) {
    const Bytes datagram(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_EQ(parses(datagram), length == right) << length;
  }
}

TEST(StunMalformed, RefusesEveryHeaderLengthButTheDatagrams) {
  for (std::size_t size = 20; size <= 1'500; ++size) {
    Bytes bytes(size, 0);
    store_be16(bytes.data(), 1);
    store_be32(&bytes[4], kMagicCookie);
    // Attributes of type 0, length 0, four bytes each: valid whenever the lengths agree.
    for (const std::size_t length : {size - 20, size - 21, size - 19, size - 16, size - 24}) {
      store_be16(&bytes[2], static_cast<std::uint16_t>(length));
      EXPECT_EQ(parses(bytes), length == size - 20 && length % 4 == 0) << size << " " << length;
    }
  }
}

TEST(StunMalformed, RefusesRandomBytesOfEveryLength) {
  Prng prng(7);
  for (std::size_t length = 0; length <= 1'500; ++length) {
    Bytes bytes(length);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(prng.next_u32());
    EXPECT_FALSE(parses(bytes)) << length;
  }
}

TEST(StunMalformed, RefusesBadAttributes) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"attribute header cut", "0006"},
      {"attribute beyond the end", "00060005 61626364"},
      {"attribute without its padding", "00060003 616263"},
      {"length 65535", "0006ffff 61626364"},
      {"PRIORITY of 3", "00240003 01020300"},
      {"PRIORITY of 0", "00240000"},
      {"PRIORITY of 8", "00240008 0102030405060708"},
      {"USE-CANDIDATE with a value", "00250004 00000000"},
      {"ICE-CONTROLLING of 4", "802a0004 01020304"},
      {"ICE-CONTROLLED of 12", "8029000c 010203040506070809101112"},
      {"NOMINATION of 2", "c0010002 00010000"},
      {"XOR-MAPPED-ADDRESS of 4", "00200004 00010000"},
      {"IPv4 family with 20 bytes", "00200014 0001a147 00000000000000000000000000000000"},
      {"IPv6 family with 8 bytes", "00200008 0002a147 e112a643"},
      {"address family 3", "00200008 0003a147 e112a643"},
      {"ERROR-CODE of 2", "00090002 00000000"},
      {"ERROR-CODE class 2", "00090004 00000200"},
      {"ERROR-CODE class 7", "00090004 00000700"},
      {"ERROR-CODE number 100", "00090004 00000464"},
      {"MESSAGE-INTEGRITY of 16", "00080010 00000000000000000000000000000000"},
      {"MESSAGE-INTEGRITY of 24", "00080018 000000000000000000000000000000000000000000000000"},
      {"FINGERPRINT of 0", "80280000"},
      {"FINGERPRINT of 8", "80280008 0000000000000000"},
      {"FINGERPRINT wrong", "80280004 00000000"},
  };
  for (const auto& [name, attributes] : cases)
    EXPECT_FALSE(parses(message_with(attributes))) << name;
  EXPECT_TRUE(parses(message_with("")));
  EXPECT_TRUE(parses(message_with("00240004 01020304")));
}

TEST(StunMalformed, RefusesAFingerprintThatIsNotLast) {
  Bytes bytes = message_with("80280004 00000000 00240004 01020304");
  store_be32(&bytes[24], crc32(std::span(bytes).first(20)) ^ kFingerprintXor);
  EXPECT_FALSE(parses(bytes));
  Bytes twice = message_with("80280004 00000000 80280004 00000000");
  store_be32(&twice[24], crc32(std::span(twice).first(20)) ^ kFingerprintXor);
  store_be32(&twice[32], crc32(std::span(twice).first(28)) ^ kFingerprintXor);
  EXPECT_FALSE(parses(twice));
}

TEST(StunMalformed, RefusesTheClassicStunOfRfc3489) {
  Bytes bytes = message_with("");
  store_be32(&bytes[4], 0x01020304);  // a transaction id of 128 bits, no cookie
  EXPECT_FALSE(parses(bytes));
}

}  // namespace
}  // namespace penstock::stun
