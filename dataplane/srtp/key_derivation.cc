#include "dataplane/srtp/key_derivation.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>
#include <span>

#include "dataplane/base/check.h"

namespace penstock {
namespace {

// Labels of RFC 3711 section 4.3.1 and 4.3.2; those of SRTCP are three higher.
enum class Label : std::uint8_t { kCipherKey = 0, kAuthKey = 1, kSalt = 2 };
constexpr std::uint8_t kRtcpLabelOffset = 3;

// The AES counter mode PRF of RFC 3711 section 4.3.3: key stream from IV = (salt XOR label) * 2^16.
class Derivation {
  struct Free {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  };
  using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Free>;

 public:
  Derivation(SrtpProfile profile, const SrtpMasterKey& master, std::uint8_t label_offset)
      : cipher_(srtp_master_key_bytes(profile) == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr()),
        master_(master),
        label_offset_(label_offset) {}

  // False if there is no memory.
  bool derive(Label label, std::span<std::uint8_t> out) const {
    // The salt is 112 bits; RFC 7714 section 11 fills up a 96-bit one with zeros on its right.
    std::array<std::uint8_t, 16> iv{};
    for (std::size_t i = 0; i < master_.salt.size(); ++i) iv[i] = master_.salt[i];
    iv[7] ^= static_cast<std::uint8_t>(static_cast<std::uint8_t>(label) + label_offset_);

    constexpr std::array<std::uint8_t, 32> kZeros{};
    PENSTOCK_CHECK(out.size() <= kZeros.size());
    const CipherContext context(EVP_CIPHER_CTX_new());
    int bytes = 0;
    if (context != nullptr &&
        EVP_EncryptInit_ex(context.get(), cipher_, nullptr, master_.key.data(), iv.data()) == 1 &&
        EVP_EncryptUpdate(context.get(), out.data(), &bytes, kZeros.data(),
                          static_cast<int>(out.size())) == 1) {
      return true;
    }
    ERR_clear_error();
    return false;
  }

 private:
  const EVP_CIPHER* cipher_;
  const SrtpMasterKey& master_;
  std::uint8_t label_offset_;
};

bool derive_protocol_keys(SrtpProfile profile, const Derivation& derivation,
                          SrtpProtocolKeys& keys) {
  return derivation.derive(Label::kCipherKey,
                           std::span(keys.cipher_key).first(srtp_master_key_bytes(profile))) &&
         derivation.derive(Label::kSalt,
                           std::span(keys.salt).first(srtp_session_salt_bytes(profile))) &&
         (!is_cm(profile) || derivation.derive(Label::kAuthKey, keys.auth_key));
}

}  // namespace

SrtpProtocolKeys::~SrtpProtocolKeys() { OPENSSL_cleanse(this, sizeof(*this)); }

std::optional<SrtpSessionKeys> derive_session_keys(SrtpProfile profile,
                                                   const SrtpMasterKey& master) {
  std::optional<SrtpSessionKeys> keys(std::in_place);
  if (!derive_protocol_keys(profile, {profile, master, 0}, keys->rtp) ||
      !derive_protocol_keys(profile, {profile, master, kRtcpLabelOffset}, keys->rtcp)) {
    keys.reset();
  }
  return keys;
}

}  // namespace penstock
