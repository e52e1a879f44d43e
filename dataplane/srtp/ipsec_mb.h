// The few operations of intel-ipsec-mb 1.3 that SRTP needs, over spans: AES-GCM one packet at a
// time (its own code interleaves blocks), AES counter mode and HMAC-SHA1 in bursts, since SHA-1 is
// fast only with many messages side by side.
// An IpsecMb belongs to one engine and one thread; expand_keys may be called from any thread.
#pragma once

// Its old names are macros such as GCM and CBC.
#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "dataplane/srtp/batch.h"
#include "dataplane/srtp/key_derivation.h"
#include "dataplane/srtp/key_schedule.h"

namespace penstock {

inline constexpr std::size_t kSha1DigestBytes = 20;

// Session keys in the form the ciphers below read.
void expand_keys(SrtpProfile profile, const SrtpProtocolKeys& keys, SrtpKeySchedule& schedule);

// Bytes to encrypt or decrypt; `from` and `to` are the same or do not overlap.
struct CipherText {
  const std::uint8_t* from = nullptr;
  std::uint8_t* to = nullptr;
  std::size_t bytes = 0;
};

struct GcmOperation {
  const GcmKeySchedule* keys = nullptr;
  bool is_aes256 = false;
  alignas(16) std::array<std::uint8_t, 16> iv{};  // 12 bytes used
  std::span<const std::uint8_t> aad;
  CipherText text;
};

class IpsecMb {
 public:
  // nullptr if the library refuses the CPU.
  static std::unique_ptr<IpsecMb> create();
  IpsecMb(const IpsecMb&) = delete;
  IpsecMb& operator=(const IpsecMb&) = delete;
  ~IpsecMb();

  // Write the 16-byte tag; whoever decrypts has to compare it.
  void gcm_encrypt(const GcmOperation& operation, std::uint8_t* tag);
  void gcm_decrypt(const GcmOperation& operation, std::uint8_t* tag);

  // AES-128 counter mode: queue at most kSrtpJobsMax texts, then run them all. Returns where to
  // write the 16-byte IV. Keys and texts must stay until the run.
  std::uint8_t* queue_ctr(const CmKeySchedule& keys, const CipherText& text);
  void run_ctr();

  // HMAC-SHA1: queue at most kSrtpJobsMax messages, then run them all. Each digest of
  // kSha1DigestBytes is written after its message was read.
  void queue_hmac(const CmKeySchedule& keys, std::span<const std::uint8_t> message,
                  std::uint8_t* digest);
  void run_hmac();

 private:
  explicit IpsecMb(IMB_MGR* manager);

  IMB_MGR* manager_;
  std::size_t ctr_count_ = 0;
  std::size_t hmac_count_ = 0;
  gcm_context_data gcm_state_{};
  alignas(64) std::array<std::array<std::uint8_t, 16>, kSrtpJobsMax> ivs_{};
  std::array<IMB_JOB, kSrtpJobsMax> ctr_jobs_{};
  std::array<IMB_JOB, kSrtpJobsMax> hmac_jobs_{};
};

}  // namespace penstock
