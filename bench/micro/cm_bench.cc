// AES_CM_128_HMAC_SHA1_80 of one packet as a program would do it that calls OpenSSL: counter mode,
// then the HMAC over header, ciphertext and ROC (RFC 3711 section 4). Ours and libsrtp2's are in
// srtp_bench.cc. What is sealed first must open with our own receiver.
#include <benchmark/benchmark.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <cstring>
#include <memory>

#include "bench/micro/keyed_packets.h"
#include "dataplane/base/endian.h"
#include "dataplane/srtp/batch.h"
#include "dataplane/srtp/iv.h"
#include "dataplane/srtp/key_derivation.h"

namespace penstock::bench {
namespace {

constexpr SrtpProfile kProfile = SrtpProfile::kAes128CmSha1_80;
constexpr std::size_t kTagBytes = 10;
constexpr std::size_t kHashBytes = 20;

SrtpMasterKey master_key(const KeyedPackets& packets, std::size_t number) {
  SrtpMasterKey master;
  std::copy_n(packets.keys[number].begin(), master.key.size(), master.key.begin());
  return master;
}

class OpensslSender {
 public:
  explicit OpensslSender(const SrtpMasterKey& master)
      : keys_(derive_session_keys(kProfile, master).value().rtp) {
    EVP_EncryptInit_ex(cipher_.get(), EVP_aes_128_ctr(), nullptr, keys_.cipher_key.data(), nullptr);
    const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> hmac(
        EVP_MAC_fetch(nullptr, "HMAC", nullptr), EVP_MAC_free);
    mac_.reset(EVP_MAC_CTX_new(hmac.get()));
    char digest[] = "SHA1";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    EVP_MAC_init(mac_.get(), keys_.auth_key.data(), keys_.auth_key.size(), parameters);
  }

  // The header is there already; ROC is zero.
  void protect(const std::vector<std::uint8_t>& text, std::uint8_t* packet) {
    std::array<std::uint8_t, 16> iv;
    write_cm_iv(keys_.salt, load_be32(packet + 8), load_be16(packet + 2), iv.data());
    EVP_EncryptInit_ex(cipher_.get(), nullptr, nullptr, nullptr, iv.data());
    int bytes = 0;
    EVP_EncryptUpdate(cipher_.get(), packet + kHeaderBytes, &bytes, text.data(),
                      static_cast<int>(text.size()));
    std::uint8_t* tag = packet + kHeaderBytes + text.size();
    std::memset(tag, 0, sizeof(std::uint32_t));  // the ROC
    std::array<std::uint8_t, kHashBytes> hash;
    std::size_t hash_bytes = 0;
    EVP_MAC_init(mac_.get(), nullptr, 0, nullptr);
    EVP_MAC_update(mac_.get(), packet, kHeaderBytes + text.size() + sizeof(std::uint32_t));
    EVP_MAC_final(mac_.get(), hash.data(), &hash_bytes, hash.size());
    std::memcpy(tag, hash.data(), kTagBytes);
  }

 private:
  template <typename T, void (*kFree)(T*)>
  struct Free {
    void operator()(T* value) const { kFree(value); }
  };

  SrtpProtocolKeys keys_;
  std::unique_ptr<EVP_CIPHER_CTX, Free<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>> cipher_{
      EVP_CIPHER_CTX_new()};
  std::unique_ptr<EVP_MAC_CTX, Free<EVP_MAC_CTX, EVP_MAC_CTX_free>> mac_;
};

bool opens(const KeyedPackets& packets, std::uint8_t* packet) {
  const auto engine = SrtpEngine::create(SrtpBackend::kIpsecMb);
  const auto receiver = std::make_unique<SrtpReceiveContext>();
  receiver->init(kProfile, master_key(packets, 0), SrtpBackend::kIpsecMb);
  UnprotectJob job{
      .context = receiver.get(),
      .packet = packet,
      .packet_bytes = static_cast<std::uint16_t>(kHeaderBytes + packets.text.size() + kTagBytes),
      .header_bytes = kHeaderBytes};
  engine->unprotect_rtp({&job, 1});
  return job.result == DropReason::kNone &&
         std::equal(packets.text.begin(), packets.text.end(), packet + kHeaderBytes);
}

void openssl_cm80(benchmark::State& state) {
  KeyedPackets packets(static_cast<std::size_t>(state.range(0)));
  std::vector<OpensslSender> senders;
  for (std::size_t i = 0; i < kKeys; ++i) senders.emplace_back(master_key(packets, i));
  senders[0].protect(packets.text, packets.targets[0].data());
  if (!opens(packets, packets.targets[0].data())) {
    state.SkipWithError("what was protected does not open");
    return;
  }
  std::size_t i = 0;
  for ([[maybe_unused]] auto _ : state) {
    std::uint8_t* packet = packets.targets[i % kTargets].data();
    store_be16(packet + 2, static_cast<std::uint16_t>(i));
    senders[i % kKeys].protect(packets.text, packet);
    ++i;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(openssl_cm80)->Arg(100)->Arg(1'100);

}  // namespace
}  // namespace penstock::bench
