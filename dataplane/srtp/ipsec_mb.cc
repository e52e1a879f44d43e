#include "dataplane/srtp/ipsec_mb.h"

#include <openssl/crypto.h>

#include <cstring>

#include "dataplane/base/check.h"

namespace penstock {
namespace {

static_assert(sizeof(gcm_key_data) <= sizeof(GcmKeySchedule));
static_assert(alignof(GcmKeySchedule) >= alignof(gcm_key_data));

constexpr std::size_t kSha1BlockBytes = 64;

IMB_MGR* create_manager() {
  IMB_MGR* manager = alloc_mb_mgr(0);
  if (manager == nullptr) return nullptr;
  IMB_ARCH architecture = IMB_ARCH_NONE;
  init_mb_mgr_auto(manager, &architecture);
  if (imb_get_errno(manager) == 0 && architecture != IMB_ARCH_NONE) return manager;
  free_mb_mgr(manager);
  return nullptr;
}

// Key expansion uses only the manager's table of functions, so one for the process is enough. It
// chooses the same instruction set as every engine's own, which the layout of GCM keys depends on.
IMB_MGR* expansion_manager() {
  static IMB_MGR* const manager = create_manager();
  PENSTOCK_CHECK(manager != nullptr);
  return manager;
}

// SHA-1 after one block of key XOR pad: where every HMAC with this key starts (RFC 2104).
void hash_key_block(const SrtpProtocolKeys& keys, std::uint8_t pad, std::uint8_t* state) {
  std::array<std::uint8_t, kSha1BlockBytes> block;
  block.fill(pad);
  for (std::size_t i = 0; i < keys.auth_key.size(); ++i) block[i] ^= keys.auth_key[i];
  IMB_SHA1_ONE_BLOCK(expansion_manager(), block.data(), state);
  OPENSSL_cleanse(block.data(), block.size());
}

const gcm_key_data* key_data(const GcmOperation& operation) {
  return reinterpret_cast<const gcm_key_data*>(operation.keys->data);
}

}  // namespace

void expand_keys(SrtpProfile profile, const SrtpProtocolKeys& keys, SrtpKeySchedule& schedule) {
  IMB_MGR* manager = expansion_manager();
  auto* gcm = reinterpret_cast<gcm_key_data*>(schedule.gcm.data);
  switch (profile) {
    case SrtpProfile::kAeadAes128Gcm:
      IMB_AES128_GCM_PRE(manager, keys.cipher_key.data(), gcm);
      return;
    case SrtpProfile::kAeadAes256Gcm:
      IMB_AES256_GCM_PRE(manager, keys.cipher_key.data(), gcm);
      return;
    case SrtpProfile::kAes128CmSha1_80:
    case SrtpProfile::kAes128CmSha1_32: {
      alignas(16) std::uint8_t unused_decryption_keys[sizeof(schedule.cm.round_keys)];
      IMB_AES_KEYEXP_128(manager, keys.cipher_key.data(), schedule.cm.round_keys,
                         unused_decryption_keys);
      OPENSSL_cleanse(unused_decryption_keys, sizeof(unused_decryption_keys));
      hash_key_block(keys, 0x36, schedule.cm.inner_state);
      hash_key_block(keys, 0x5C, schedule.cm.outer_state);
      return;
    }
    case SrtpProfile::kNone:
      return;
  }
}

std::unique_ptr<IpsecMb> IpsecMb::create() {
  expansion_manager();  // now, rather than with the first keys
  IMB_MGR* manager = create_manager();
  return manager == nullptr ? nullptr : std::unique_ptr<IpsecMb>(new IpsecMb(manager));
}

IpsecMb::IpsecMb(IMB_MGR* manager) : manager_(manager) {
  for (IMB_JOB& job : ctr_jobs_) {
    job.cipher_mode = IMB_CIPHER_CNTR;
    job.cipher_direction = IMB_DIR_ENCRYPT;
    job.hash_alg = IMB_AUTH_NULL;
    job.key_len_in_bytes = IMB_KEY_128_BYTES;
    job.iv_len_in_bytes = 16;
  }
  for (IMB_JOB& job : hmac_jobs_) {
    job.cipher_mode = IMB_CIPHER_NULL;
    job.hash_alg = IMB_AUTH_HMAC_SHA_1;
    job.auth_tag_output_len_in_bytes = kSha1DigestBytes;
  }
}

IpsecMb::~IpsecMb() {
  OPENSSL_cleanse(&gcm_state_, sizeof(gcm_state_));
  free_mb_mgr(manager_);
}

void IpsecMb::gcm_encrypt(const GcmOperation& operation, std::uint8_t* tag) {
  const CipherText& text = operation.text;
  const auto encrypt = operation.is_aes256 ? manager_->gcm256_enc : manager_->gcm128_enc;
  encrypt(key_data(operation), &gcm_state_, text.to, text.from, text.bytes, operation.iv.data(),
          operation.aad.data(), operation.aad.size(), tag, 16);
}

void IpsecMb::gcm_decrypt(const GcmOperation& operation, std::uint8_t* tag) {
  const CipherText& text = operation.text;
  const auto decrypt = operation.is_aes256 ? manager_->gcm256_dec : manager_->gcm128_dec;
  decrypt(key_data(operation), &gcm_state_, text.to, text.from, text.bytes, operation.iv.data(),
          operation.aad.data(), operation.aad.size(), tag, 16);
}

std::uint8_t* IpsecMb::queue_ctr(const CmKeySchedule& keys, const CipherText& text) {
  PENSTOCK_DCHECK(ctr_count_ < kSrtpJobsMax);
  std::uint8_t* iv = ivs_[ctr_count_].data();
  IMB_JOB& job = ctr_jobs_[ctr_count_++];
  job.enc_keys = keys.round_keys;
  job.src = text.from;
  job.dst = text.to;
  job.msg_len_to_cipher_in_bytes = text.bytes;
  job.iv = iv;
  return iv;
}

void IpsecMb::run_ctr() {
  if (ctr_count_ == 0) return;
  const std::uint32_t done = IMB_SUBMIT_CIPHER_BURST_NOCHECK(
      manager_, ctr_jobs_.data(), static_cast<std::uint32_t>(ctr_count_), IMB_CIPHER_CNTR,
      IMB_DIR_ENCRYPT, IMB_KEY_128_BYTES);
  PENSTOCK_CHECK(done == ctr_count_);
  ctr_count_ = 0;
}

void IpsecMb::queue_hmac(const CmKeySchedule& keys, std::span<const std::uint8_t> message,
                         std::uint8_t* digest) {
  PENSTOCK_DCHECK(hmac_count_ < kSrtpJobsMax);
  IMB_JOB& job = hmac_jobs_[hmac_count_++];
  job.src = message.data();
  job.msg_len_to_hash_in_bytes = message.size();
  job.auth_tag_output = digest;
  job.u.HMAC._hashed_auth_key_xor_ipad = keys.inner_state;
  job.u.HMAC._hashed_auth_key_xor_opad = keys.outer_state;
}

void IpsecMb::run_hmac() {
  if (hmac_count_ == 0) return;
  const std::uint32_t done = IMB_SUBMIT_HASH_BURST_NOCHECK(
      manager_, hmac_jobs_.data(), static_cast<std::uint32_t>(hmac_count_), IMB_AUTH_HMAC_SHA_1);
  PENSTOCK_CHECK(done == hmac_count_);
  hmac_count_ = 0;
}

}  // namespace penstock
