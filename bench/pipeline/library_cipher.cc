#include "bench/pipeline/library_cipher.h"

// Its old names are macros such as GCM and CBC.
#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <vector>

#include "bench/inprocess/encoder.h"
#include "bench/pipeline/rooms.h"
#include "dataplane/base/check.h"
#include "dataplane/base/time.h"

namespace penstock::bench {
namespace {

constexpr std::size_t kAadBytes = 20;  // an RTP header with a MID
constexpr std::size_t kTagBytes = 16;
constexpr int kPasses = 30;
constexpr std::size_t kPacketsPerPass = 4'096;

struct alignas(64) Key {
  gcm_key_data data;
};
using Buffer = std::array<std::uint8_t, 2'048>;

Duration thread_cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

// What a publisher sends.
std::vector<MediaPattern> encodings_of(const BenchOptions& options) {
  if (options.mix == Mix::kCarrier) return {carrier_audio(), carrier_video()};
  const PopulationConfig room = room_config(options);
  return {room.encodings.begin(), room.encodings.begin() + room.encoding_count};
}

// Payloads of the packets that subscribers get, as often as they do: until every encoding has had a
// keyframe again.
std::vector<std::uint16_t> payload_sizes(const BenchOptions& options) {
  const std::vector<MediaPattern> patterns = encodings_of(options);
  Duration longest = 0;
  for (const MediaPattern& pattern : patterns) {
    longest = std::max(longest,
                       pattern.frame_interval * static_cast<Duration>(pattern.frames_per_keyframe));
  }
  std::vector<std::uint16_t> sizes;
  for (const MediaPattern& pattern : patterns) {
    Encoder encoder(pattern, 0, 0);
    while (encoder.due() < longest) sizes.push_back(encoder.next().payload_bytes);
  }
  return sizes;
}

}  // namespace

double library_cipher_ns(const BenchOptions& options) {
  if (options.profile == SrtpProfile::kAes128CmSha1_80) return 0;
  const bool is_aes256 = options.profile == SrtpProfile::kAeadAes256Gcm;
  const std::unique_ptr<IMB_MGR, decltype(&free_mb_mgr)> manager(alloc_mb_mgr(0), free_mb_mgr);
  PENSTOCK_CHECK(manager != nullptr);
  init_mb_mgr_auto(manager.get(), nullptr);

  std::vector<Key> keys(options.mix == Mix::kCarrier ? room_totals(options).peers
                                                     : options.subscribers);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    std::array<std::uint8_t, 32> secret;
    secret.fill(static_cast<std::uint8_t>(i));
    const auto expand = is_aes256 ? manager->gcm256_pre : manager->gcm128_pre;
    expand(secret.data(), &keys[i].data);
  }
  std::vector<Buffer> targets(std::max<std::size_t>(options.in_flight, 64));
  const Buffer text{};
  const std::vector<std::uint16_t> sizes = payload_sizes(options);
  const std::size_t packets = std::max(kPacketsPerPass, sizes.size());
  alignas(16) std::array<std::uint8_t, 16> iv{};
  gcm_context_data state;
  const auto encrypt = is_aes256 ? manager->gcm256_enc : manager->gcm128_enc;
  double best = 1e9;
  for (int pass = 0; pass < kPasses; ++pass) {
    const Duration began = thread_cpu_time();
    for (std::size_t i = 0; i < packets; ++i) {
      std::uint8_t* packet = targets[i % targets.size()].data();
      const std::size_t bytes = sizes[i % sizes.size()];
      std::memcpy(iv.data(), &i, sizeof(i));
      encrypt(&keys[i % keys.size()].data, &state, packet + kAadBytes, text.data(), bytes,
              iv.data(), packet, kAadBytes, packet + kAadBytes + bytes, kTagBytes);
    }
    best = std::min(best,
                    static_cast<double>(thread_cpu_time() - began) / static_cast<double>(packets));
  }
  return best;
}

}  // namespace penstock::bench
