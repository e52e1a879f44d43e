// AES-GCM by OpenSSL's EVP: what our own is compared with. Any thread.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace penstock {

struct SealedText {
  std::vector<std::uint8_t> ciphertext;
  std::array<std::uint8_t, 16> tag{};

  bool operator==(const SealedText&) const = default;
};

// `key`: 16 or 32 bytes; `iv`: 12.
inline SealedText openssl_gcm_seal(std::span<const std::uint8_t> key, const std::uint8_t* iv,
                                   std::span<const std::uint8_t> aad,
                                   std::span<const std::uint8_t> text) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  SealedText sealed;
  sealed.ciphertext.resize(text.size() + 16);
  int bytes = 0;
  EVP_EncryptInit_ex(context.get(), key.size() == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm(),
                     nullptr, key.data(), iv);
  EVP_EncryptUpdate(context.get(), nullptr, &bytes, aad.data(), static_cast<int>(aad.size()));
  EVP_EncryptUpdate(context.get(), sealed.ciphertext.data(), &bytes, text.data(),
                    static_cast<int>(text.size()));
  EVP_EncryptFinal_ex(context.get(), sealed.ciphertext.data() + bytes, &bytes);
  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, 16, sealed.tag.data());
  sealed.ciphertext.resize(text.size());
  return sealed;
}

}  // namespace penstock
