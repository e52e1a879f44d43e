#include "dataplane/srtp/backend_libsrtp.h"

#include <openssl/crypto.h>
#include <srtp2/srtp.h>

#include <cstring>

#include "dataplane/base/check.h"
#include "dataplane/srtp/packet_index.h"

namespace penstock {
namespace {

// The largest window libsrtp takes: ours decides.
constexpr unsigned long kLibsrtpWindowPackets = 0x7FFF;

bool init_library() {
  static const bool is_ready = srtp_init() == srtp_err_status_ok;
  return is_ready;
}

void set_crypto_policy(SrtpProfile profile, srtp_crypto_policy_t& policy) {
  switch (profile) {
    case SrtpProfile::kAeadAes128Gcm:
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy);
      return;
    case SrtpProfile::kAeadAes256Gcm:
      srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy);
      return;
    case SrtpProfile::kAes128CmSha1_80:
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy);
      return;
    case SrtpProfile::kAes128CmSha1_32:
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy);
      return;
    case SrtpProfile::kNone:
      return;
  }
}

// The short tag is RTP's alone.
SrtpProfile rtcp_profile(SrtpProfile profile) {
  return profile == SrtpProfile::kAes128CmSha1_32 ? SrtpProfile::kAes128CmSha1_80 : profile;
}

// libsrtp takes the salt right behind the key.
struct KeyAndSalt {
  std::array<unsigned char, SRTP_MAX_KEY_LEN> bytes{};

  KeyAndSalt(SrtpProfile profile, const SrtpMasterKey& master) {
    static_assert(SRTP_MAX_KEY_LEN >= sizeof(master.key) + sizeof(master.salt));
    const std::size_t key_bytes = srtp_master_key_bytes(profile);
    std::memcpy(bytes.data(), master.key.data(), key_bytes);
    std::memcpy(&bytes[key_bytes], master.salt.data(), srtp_master_salt_bytes(profile));
  }
  ~KeyAndSalt() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
};

srtp_policy_t make_policy(SrtpProfile profile, KeyAndSalt& key, srtp_ssrc_t ssrc) {
  srtp_policy_t policy{};
  set_crypto_policy(profile, policy.rtp);
  set_crypto_policy(rtcp_profile(profile), policy.rtcp);
  policy.ssrc = ssrc;
  policy.key = key.bytes.data();
  policy.window_size = kLibsrtpWindowPackets;
  policy.allow_repeat_tx = 1;  // a retransmission is the same packet again
  return policy;
}

bool add_ssrc(const SrtpKeyMaterial& keys, std::uint32_t ssrc) {
  KeyAndSalt key(keys.profile(), keys.libsrtp_master());
  const srtp_policy_t policy =
      make_policy(keys.profile(), key, {.type = ssrc_specific, .value = ssrc});
  return srtp_add_stream(keys.libsrtp(), &policy) == srtp_err_status_ok;
}

bool knows_ssrc(const SrtpKeyMaterial& keys, std::uint32_t ssrc) {
  std::uint32_t unused_roc = 0;
  return srtp_get_stream_roc(keys.libsrtp(), ssrc, &unused_roc) == srtp_err_status_ok;
}

DropReason sealing_failure(srtp_err_status_t status) {
  switch (status) {
    case srtp_err_status_key_expired:
      return DropReason::kSrtpIndexExhausted;
    case srtp_err_status_replay_old:
    case srtp_err_status_pkt_idx_old:
      return DropReason::kSequenceTooOld;
    default:
      return DropReason::kSrtpNoKeys;
  }
}

}  // namespace

srtp_ctx_t_* create_libsrtp_session(SrtpProfile profile, SrtpMasterKey& master,
                                    LibsrtpDirection direction) {
  if (!init_library()) return nullptr;
  KeyAndSalt key(profile, master);
  const auto any = direction == LibsrtpDirection::kSend ? ssrc_any_outbound : ssrc_any_inbound;
  const srtp_policy_t policy = make_policy(profile, key, {.type = any, .value = 0});
  srtp_t session = nullptr;
  return srtp_create(&session, &policy) == srtp_err_status_ok ? session : nullptr;
}

void destroy_libsrtp_session(srtp_ctx_t_* session) { srtp_dealloc(session); }

// This one function of the library takes the SSRC in network order.
void forget_libsrtp_ssrc(srtp_ctx_t_* session, std::uint32_t ssrc) {
  srtp_remove_stream(session, __builtin_bswap32(ssrc));
}

std::unique_ptr<LibsrtpBackend> LibsrtpBackend::create() {
  if (!init_library()) return nullptr;
  return std::unique_ptr<LibsrtpBackend>(
      new LibsrtpBackend(std::make_unique<std::uint8_t[]>(kPacketBytesMax)));
}

void LibsrtpBackend::seal_rtp(ProtectJob& job) {
  const SrtpSendContext& context = *job.context;
  const std::uint32_t ssrc = rtp_ssrc(job.packet);
  if (!knows_ssrc(context, ssrc) && !add_ssrc(context, ssrc)) {
    job.result = DropReason::kSrtpNoKeys;
    return;
  }
  srtp_set_stream_roc(context.libsrtp(), ssrc, job.roc);
  job.write_text();
  int bytes = static_cast<int>(job.header_bytes + job.text_bytes());
  const srtp_err_status_t status = srtp_protect(context.libsrtp(), job.packet, &bytes);
  if (status != srtp_err_status_ok) job.result = sealing_failure(status);
}

void LibsrtpBackend::open_rtp(RtpOpening& opening) {
  UnprotectJob& job = *opening.job;
  const SrtpReceiveContext& context = *job.context;
  const std::uint32_t ssrc = opening.ssrc();
  const std::uint32_t roc = roc_of(opening.index);

  // A new SSRC in ROC 0 needs no entry: libsrtp makes it when the tag was right.
  const bool was_known = knows_ssrc(context, ssrc);
  if (!was_known && roc != 0 && !add_ssrc(context, ssrc)) return;
  if (was_known || roc != 0) srtp_set_stream_roc(context.libsrtp(), ssrc, roc);

  std::memcpy(scratch_.get(), job.packet, job.packet_bytes);
  int bytes = job.packet_bytes;
  opening.is_authentic =
      srtp_unprotect(context.libsrtp(), scratch_.get(), &bytes) == srtp_err_status_ok;
  if (opening.is_authentic) {
    std::memcpy(job.plain_payload(), &scratch_[job.header_bytes],
                opening.plain_bytes() - job.header_bytes);
  } else if (!was_known && roc != 0) {
    forget_libsrtp_ssrc(context.libsrtp(), ssrc);
  }
}

DropReason LibsrtpBackend::seal_rtcp(const SrtpSendContext& context,
                                     const RtcpOperation& operation) {
  int bytes = static_cast<int>(operation.layout.plain_bytes);
  const srtp_err_status_t status = srtp_protect_rtcp(context.libsrtp(), operation.packet, &bytes);
  return status == srtp_err_status_ok ? DropReason::kNone : sealing_failure(status);
}

bool LibsrtpBackend::open_rtcp(const SrtpReceiveContext& context, const RtcpOperation& operation) {
  int bytes = static_cast<int>(operation.layout.total_bytes);
  return srtp_unprotect_rtcp(context.libsrtp(), operation.packet, &bytes) == srtp_err_status_ok;
}

}  // namespace penstock
