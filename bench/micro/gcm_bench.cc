// AES-GCM of one packet: ours, intel-ipsec-mb's (as it runs on this CPU, and as it runs on one
// without GFNI and AVX-512), OpenSSL's. Each first seals one packet as OpenSSL does, or says so.
#define NO_COMPAT_IMB_API_053
#include <benchmark/benchmark.h>
#include <intel-ipsec-mb.h>

#include <cstring>
#include <memory>

#include "bench/micro/keyed_packets.h"
#include "dataplane/srtp/vaes512_gcm.h"
#include "tests/unit/srtp/openssl_gcm.h"

namespace penstock::bench {
namespace {

using Iv = std::array<std::uint8_t, 16>;

bool is_as_openssl_has_it(const KeyedPackets& packets, bool is_aes256, const Iv& iv) {
  const auto expected = openssl_gcm_seal(std::span(packets.keys[0]).first(is_aes256 ? 32 : 16),
                                         iv.data(), packets.header, packets.text);
  const std::uint8_t* at = packets.targets[0].data() + kHeaderBytes;
  return std::equal(expected.ciphertext.begin(), expected.ciphertext.end(), at) &&
         std::equal(expected.tag.begin(), expected.tag.end(), at + packets.text.size());
}

// `seal(key, iv, target)` for one packet after the other.
template <typename Seal>
void run(benchmark::State& state, KeyedPackets& packets, bool is_aes256, Seal&& seal) {
  Iv iv{};
  seal(0, iv, packets.targets[0].data());
  if (!is_as_openssl_has_it(packets, is_aes256, iv)) {
    state.SkipWithError("not what OpenSSL makes of it");
    return;
  }
  std::size_t i = 0;
  for ([[maybe_unused]] auto _ : state) {
    std::memcpy(iv.data(), &i, sizeof(i));
    seal(i % kKeys, iv, packets.targets[i % kTargets].data());
    ++i;
  }
  state.SetItemsProcessed(state.iterations());
}

void ours(benchmark::State& state, bool is_aes256, bool is_wide) {
  if (!(is_wide ? vaes512_gcm_is_supported() : vaes_gcm_is_supported())) {
    state.SetLabel("this CPU cannot: not run");
    for ([[maybe_unused]] auto _ : state) break;
    return;
  }
  KeyedPackets packets(static_cast<std::size_t>(state.range(0)));
  const auto keys = std::make_unique<std::array<VaesGcmKeys, kKeys>>();
  for (std::size_t i = 0; i < kKeys; ++i) {
    vaes_gcm_expand_key(packets.keys[i].data(), is_aes256, (*keys)[i]);
  }
  const auto seal = is_wide ? vaes512_gcm_seal : vaes_gcm_seal;
  run(state, packets, is_aes256, [&](std::size_t key, const Iv& iv, std::uint8_t* target) {
    std::uint8_t* at = target + kHeaderBytes;
    seal({.keys = &(*keys)[key],
          .is_aes256 = is_aes256,
          .iv = iv.data(),
          .aad = target,
          .aad_bytes = kHeaderBytes,
          .from = packets.text.data(),
          .to = at,
          .bytes = packets.text.size(),
          .tag = at + packets.text.size()});
  });
}

struct alignas(64) LibraryKey {
  gcm_key_data data;
};

void library(benchmark::State& state, bool is_aes256, bool as_without_gfni) {
  KeyedPackets packets(static_cast<std::size_t>(state.range(0)));
  const std::unique_ptr<IMB_MGR, decltype(&free_mb_mgr)> manager(
      alloc_mb_mgr(as_without_gfni ? IMB_FLAG_GFNI_OFF : 0), free_mb_mgr);
  if (as_without_gfni) {
    init_mb_mgr_avx2(manager.get());
  } else {
    init_mb_mgr_auto(manager.get(), nullptr);
  }
  const auto expand = is_aes256 ? manager->gcm256_pre : manager->gcm128_pre;
  const auto encrypt = is_aes256 ? manager->gcm256_enc : manager->gcm128_enc;
  const auto keys = std::make_unique<std::array<LibraryKey, kKeys>>();
  for (std::size_t i = 0; i < kKeys; ++i) expand(packets.keys[i].data(), &(*keys)[i].data);
  gcm_context_data context;
  run(state, packets, is_aes256, [&](std::size_t key, const Iv& iv, std::uint8_t* target) {
    std::uint8_t* at = target + kHeaderBytes;
    encrypt(&(*keys)[key].data, &context, at, packets.text.data(), packets.text.size(), iv.data(),
            target, kHeaderBytes, at + packets.text.size(), 16);
  });
}

void openssl(benchmark::State& state, bool is_aes256) {
  KeyedPackets packets(static_cast<std::size_t>(state.range(0)));
  std::array<EVP_CIPHER_CTX*, kKeys> contexts;
  for (std::size_t i = 0; i < kKeys; ++i) {
    contexts[i] = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex(contexts[i], is_aes256 ? EVP_aes_256_gcm() : EVP_aes_128_gcm(), nullptr,
                       packets.keys[i].data(), nullptr);
  }
  run(state, packets, is_aes256, [&](std::size_t key, const Iv& iv, std::uint8_t* target) {
    EVP_CIPHER_CTX* context = contexts[key];
    std::uint8_t* at = target + kHeaderBytes;
    int bytes = 0;
    EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, iv.data());
    EVP_EncryptUpdate(context, nullptr, &bytes, target, kHeaderBytes);
    EVP_EncryptUpdate(context, at, &bytes, packets.text.data(),
                      static_cast<int>(packets.text.size()));
    EVP_EncryptFinal_ex(context, at + bytes, &bytes);
    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, at + packets.text.size());
  });
  for (EVP_CIPHER_CTX* context : contexts) EVP_CIPHER_CTX_free(context);
}

void sizes(benchmark::internal::Benchmark* bench) {
  for (const int bytes : {20, 100, 500, 1'100}) bench->Arg(bytes);
}

BENCHMARK_CAPTURE(ours, gcm128_avx512, false, true)->Apply(sizes);
BENCHMARK_CAPTURE(ours, gcm128, false, false)->Apply(sizes);
BENCHMARK_CAPTURE(library, gcm128_without_gfni, false, true)->Apply(sizes);
BENCHMARK_CAPTURE(library, gcm128, false, false)->Apply(sizes);
BENCHMARK_CAPTURE(openssl, gcm128, false)->Apply(sizes);
BENCHMARK_CAPTURE(ours, gcm256_avx512, true, true)->Apply(sizes);
BENCHMARK_CAPTURE(ours, gcm256, true, false)->Apply(sizes);
BENCHMARK_CAPTURE(library, gcm256_without_gfni, true, true)->Apply(sizes);
BENCHMARK_CAPTURE(library, gcm256, true, false)->Apply(sizes);
BENCHMARK_CAPTURE(openssl, gcm256, true)->Apply(sizes);

}  // namespace
}  // namespace penstock::bench
