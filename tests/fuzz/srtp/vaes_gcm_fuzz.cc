// Our own AES-GCM, in both widths, against OpenSSL's: any key, header, text, alignment and place.
#include <algorithm>
#include <cstdlib>
#include <memory>

#include "dataplane/srtp/vaes512_gcm.h"
#include "tests/unit/srtp/openssl_gcm.h"

namespace {

using penstock::VaesGcmKeys;

struct Kernel {
  void (*seal)(const penstock::VaesGcmOperation&);
  void (*open)(const penstock::VaesGcmOperation&);
};

void require(bool holds) {
  if (!holds) std::abort();
}

void test(const Kernel& kernel, const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kFixedBytes = 3 + 32 + 12;
  if (size < kFixedBytes + 1) return;
  const bool is_aes256 = (data[0] & 1) != 0;
  const std::size_t misaligned = data[1] % 64;
  const std::span key(data + 3, is_aes256 ? 32U : 16U);
  const std::uint8_t* iv = data + 3 + 32;
  const std::span rest(data + kFixedBytes, std::min(size - kFixedBytes, std::size_t{3'000}));
  const std::span aad = rest.first(1 + data[2] % rest.size());
  const std::span text = rest.subspan(aad.size());

  VaesGcmKeys keys;
  penstock::vaes_gcm_expand_key(key.data(), is_aes256, keys);
  const auto expected = penstock::openssl_gcm_seal(key, iv, aad, text);

  // A packet as the server has it: header, text, room for the tag.
  const std::size_t bytes =
      misaligned + aad.size() + text.size() + 16 + penstock::kVaesGcmOverrunBytes;
  const std::unique_ptr<std::uint8_t[]> packet(new std::uint8_t[bytes]);
  std::uint8_t* header = packet.get() + misaligned;
  std::uint8_t* at = header + aad.size();
  std::ranges::copy(rest, header);
  const bool in_place = (data[0] & 2) != 0;
  kernel.seal({.keys = &keys,
               .is_aes256 = is_aes256,
               .iv = iv,
               .aad = header,
               .aad_bytes = aad.size(),
               .from = in_place ? at : text.data(),
               .to = at,
               .bytes = text.size(),
               .tag = at + text.size()});
  require(std::equal(at, at + text.size(), expected.ciphertext.begin()));
  require(std::equal(expected.tag.begin(), expected.tag.end(), at + text.size()));

  std::uint8_t tag[16];
  kernel.open({.keys = &keys,
               .is_aes256 = is_aes256,
               .iv = iv,
               .aad = header,
               .aad_bytes = aad.size(),
               .from = at,
               .to = at,
               .bytes = text.size(),
               .tag = tag});
  require(std::ranges::equal(text, std::span(at, text.size())));
  require(std::ranges::equal(tag, expected.tag));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (penstock::vaes_gcm_is_supported())
    test({penstock::vaes_gcm_seal, penstock::vaes_gcm_open}, data, size);
  if (penstock::vaes512_gcm_is_supported())
    test({penstock::vaes512_gcm_seal, penstock::vaes512_gcm_open}, data, size);
  return 0;
}
