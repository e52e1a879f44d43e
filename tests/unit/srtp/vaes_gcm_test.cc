#include <cstring>
#include <memory>

#include "dataplane/srtp/ipsec_mb.h"
#include "dataplane/srtp/vaes512_gcm.h"
#include "tests/unit/srtp/openssl_gcm.h"
#include "tests/unit/srtp/srtp_test_support.h"

namespace penstock {
namespace {

constexpr std::size_t kTagBytes = 16;

struct Variant {
  std::size_t key_bytes;
  bool is_wide;  // 512-bit vectors
};

// On a CPU without the instructions there is nothing to test, and nobody uses the functions.
class VaesGcm : public ::testing::TestWithParam<Variant> {
 protected:
  static std::size_t key_bytes() { return GetParam().key_bytes; }
  static bool is_aes256() { return key_bytes() == 32; }

  static void seal(const VaesGcmOperation& operation) {
    (GetParam().is_wide ? vaes512_gcm_seal : vaes_gcm_seal)(operation);
  }
  static void open(const VaesGcmOperation& operation) {
    (GetParam().is_wide ? vaes512_gcm_open : vaes_gcm_open)(operation);
  }

  void use_key(const Bytes& key) {
    key_ = key;
    vaes_gcm_expand_key(key.data(), key.size() == 32, keys_);
  }

  // Exactly as much room as the contract asks for, so that AddressSanitizer sees all else.
  // `misaligned` shifts source and target.
  SealedText seal(const Bytes& aad, const Bytes& text, std::size_t misaligned = 0) {
    Bytes header(aad);
    header.resize(aad.size() + 15);
    const std::unique_ptr<std::uint8_t[]> from(new std::uint8_t[misaligned + text.size()]);
    std::copy(text.begin(), text.end(), from.get() + misaligned);
    Bytes to(misaligned + text.size() + kVaesGcmOverrunBytes);
    SealedText sealed;
    seal({.keys = &keys_,
          .is_aes256 = is_aes256(),
          .iv = iv_.data(),
          .aad = header.data(),
          .aad_bytes = aad.size(),
          .from = from.get() + misaligned,
          .to = to.data() + misaligned,
          .bytes = text.size(),
          .tag = sealed.tag.data()});
    const auto begin = to.begin() + static_cast<std::ptrdiff_t>(misaligned);
    sealed.ciphertext.assign(begin, begin + static_cast<std::ptrdiff_t>(text.size()));
    return sealed;
  }

  // In place, in a packet that ends with its tag; true if that is the one it should have.
  bool open(Bytes& packet, std::size_t aad_bytes) const {
    const std::size_t text_bytes = packet.size() - aad_bytes - kTagBytes;
    const Bytes its_tag(packet.end() - kTagBytes, packet.end());
    Bytes tag(kTagBytes);
    std::uint8_t* text = packet.data() + aad_bytes;
    open({.keys = &keys_,
          .is_aes256 = is_aes256(),
          .iv = iv_.data(),
          .aad = packet.data(),
          .aad_bytes = aad_bytes,
          .from = text,
          .to = text,
          .bytes = text_bytes,
          .tag = tag.data()});
    EXPECT_TRUE(std::equal(its_tag.begin(), its_tag.end(), packet.end() - kTagBytes))
        << "bytes behind the text were touched";
    return tag == its_tag;
  }

  static Bytes packet_of(const Bytes& aad, const SealedText& sealed) {
    Bytes packet(aad);
    packet.insert(packet.end(), sealed.ciphertext.begin(), sealed.ciphertext.end());
    packet.insert(packet.end(), sealed.tag.begin(), sealed.tag.end());
    return packet;
  }

  Prng prng_{11};
  Bytes key_;
  VaesGcmKeys keys_{};
  std::array<std::uint8_t, 16> iv_{0xca, 0xfe, 0xba, 0xbe, 0xfa, 0xce,
                                   0xdb, 0xad, 0xde, 0xca, 0xf8, 0x88};
};
std::vector<Variant> runnable_variants() {
  std::vector<Variant> variants;
  for (const std::size_t key_bytes : {16U, 32U}) {
    if (vaes_gcm_is_supported()) variants.push_back({key_bytes, false});
    if (vaes512_gcm_is_supported()) variants.push_back({key_bytes, true});
  }
  return variants;
}
INSTANTIATE_TEST_SUITE_P(Variants, VaesGcm, ::testing::ValuesIn(runnable_variants()),
                         [](const auto& instance) {
                           return std::string(instance.param.key_bytes == 32 ? "Aes256"
                                                                             : "Aes128") +
                                  (instance.param.is_wide ? "Avx512" : "Avx2");
                         });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(VaesGcm);

// Test cases 4 and 16 of the GCM specification that was submitted to NIST.
TEST_P(VaesGcm, SpecificationVectors) {
  Bytes key = from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  key.resize(key_bytes());
  use_key(key);
  const Bytes text = from_hex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
  const SealedText sealed = seal(from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"), text);
  const char* ciphertext = is_aes256()
                               ? "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                                 "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                               : "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
                                 "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091";
  const char* tag =
      is_aes256() ? "76fc6ece0f4e1768cddf8853bb2d551b" : "5bc94fbc3221a5db94fae95ae7121a47";
  EXPECT_EQ(sealed.ciphertext, from_hex(ciphertext));
  EXPECT_EQ(Bytes(sealed.tag.begin(), sealed.tag.end()), from_hex(tag));
}

TEST_P(VaesGcm, EveryLengthIsAsOpensslAndIpsecMbHaveIt) {
  const auto library = IpsecMb::create();
  ASSERT_NE(library, nullptr);
  const auto profile = is_aes256() ? SrtpProfile::kAeadAes256Gcm : SrtpProfile::kAeadAes128Gcm;
  for (std::size_t bytes = 0; bytes <= 1'500; ++bytes) {
    use_key(random_bytes(prng_, key_bytes()));
    const Bytes aad = random_bytes(prng_, 12 + bytes % 7 * 8);
    const Bytes text = random_bytes(prng_, bytes);
    const SealedText sealed = seal(aad, text, bytes % 33);
    ASSERT_EQ(sealed, openssl_gcm_seal(key_, iv_.data(), aad, text)) << bytes;

    SrtpProtocolKeys session;
    std::copy(key_.begin(), key_.end(), session.cipher_key.begin());
    auto schedule = std::make_unique<SrtpKeySchedule>();
    expand_keys(profile, session, *schedule);
    SealedText its{Bytes(bytes), {}};
    library->gcm_encrypt({.keys = &schedule->gcm,
                          .is_aes256 = is_aes256(),
                          .iv = iv_,
                          .aad = aad,
                          .text = {text.data(), its.ciphertext.data(), bytes}},
                         its.tag.data());
    ASSERT_EQ(sealed, its) << bytes;

    Bytes packet = packet_of(aad, sealed);
    ASSERT_TRUE(open(packet, aad.size())) << bytes;
    ASSERT_TRUE(std::equal(text.begin(), text.end(), packet.data() + aad.size())) << bytes;
  }
}

TEST_P(VaesGcm, EveryLengthOfTheHeaderIsAsOpensslHasIt) {
  use_key(random_bytes(prng_, key_bytes()));
  for (std::size_t aad_bytes = 1; aad_bytes <= 400; ++aad_bytes) {
    for (const std::size_t bytes : {0U, 1U, 15U, 16U, 111U, 112U, 113U, 240U, 241U, 1'200U}) {
      const Bytes aad = random_bytes(prng_, aad_bytes);
      const Bytes text = random_bytes(prng_, bytes);
      ASSERT_EQ(seal(aad, text), openssl_gcm_seal(key_, iv_.data(), aad, text))
          << aad_bytes << ' ' << bytes;
    }
  }
}

TEST_P(VaesGcm, SealsInPlace) {
  use_key(random_bytes(prng_, key_bytes()));
  const Bytes aad = random_bytes(prng_, 20);
  for (const std::size_t bytes : {1U, 31U, 100U, 112U, 160U, 240U, 256U, 1'100U, 1'499U}) {
    const Bytes text = random_bytes(prng_, bytes);
    Bytes packet(aad);
    packet.insert(packet.end(), text.begin(), text.end());
    packet.resize(packet.size() + kVaesGcmOverrunBytes);
    std::uint8_t* at = packet.data() + aad.size();
    seal({.keys = &keys_,
          .is_aes256 = is_aes256(),
          .iv = iv_.data(),
          .aad = packet.data(),
          .aad_bytes = aad.size(),
          .from = at,
          .to = at,
          .bytes = bytes,
          .tag = at + bytes});
    const SealedText expected = openssl_gcm_seal(key_, iv_.data(), aad, text);
    EXPECT_TRUE(std::equal(expected.ciphertext.begin(), expected.ciphertext.end(), at)) << bytes;
    EXPECT_TRUE(std::equal(expected.tag.begin(), expected.tag.end(), at + bytes)) << bytes;
  }
}

TEST_P(VaesGcm, AnyChangedBitChangesTheTag) {
  use_key(random_bytes(prng_, key_bytes()));
  const Bytes aad = random_bytes(prng_, 20);
  const Bytes packet = packet_of(aad, seal(aad, random_bytes(prng_, 150)));
  for (std::size_t bit = 0; bit < packet.size() * 8; ++bit) {
    Bytes changed = packet;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    ASSERT_FALSE(open(changed, aad.size())) << bit;
  }
}

}  // namespace
}  // namespace penstock
