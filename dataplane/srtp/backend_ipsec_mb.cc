#include "dataplane/srtp/backend_ipsec_mb.h"

#include <openssl/crypto.h>

#include <cstring>

#include "dataplane/srtp/iv.h"
#include "dataplane/srtp/packet_index.h"
#include "dataplane/srtp/vaes512_gcm.h"

namespace penstock {
namespace {

constexpr std::size_t kRocBytes = 4;
constexpr std::size_t kCmTagBytes = 10;  // of RTCP; of RTP the profile's
constexpr std::size_t kGcmTagBytes = 16;

bool is_aes256(SrtpProfile profile) { return profile == SrtpProfile::kAeadAes256Gcm; }

// Takes the same time wherever the difference is.
bool tags_equal(const std::uint8_t* a, const std::uint8_t* b, std::size_t bytes) {
  return CRYPTO_memcmp(a, b, bytes) == 0;
}

GcmOperation gcm_opening(const RtpOpening& opening) {
  const UnprotectJob& job = *opening.job;
  GcmOperation operation{
      .keys = &job.context->rtp().gcm,
      .is_aes256 = is_aes256(job.context->profile()),
      .aad = {job.packet, job.header_bytes},
      .text = {job.packet + job.header_bytes, job.plain_payload(),
               opening.plain_bytes() - job.header_bytes},
  };
  write_gcm_iv(job.context->rtp_salt(), opening.ssrc(), opening.index, operation.iv.data());
  return operation;
}

// AAD of SRTCP: the header and the word of E flag and index, which do not lie side by side.
using RtcpAad = std::array<std::uint8_t, kRtcpHeaderBytes + kSrtcpWordBytes>;

RtcpAad rtcp_aad(const RtcpOperation& operation) {
  RtcpAad aad;
  std::memcpy(aad.data(), operation.packet, kRtcpHeaderBytes);
  std::memcpy(&aad[kRtcpHeaderBytes], operation.packet + operation.layout.word_at, kSrtcpWordBytes);
  return aad;
}

GcmOperation gcm_rtcp(const SrtpKeyMaterial& keys, const RtcpOperation& operation,
                      const RtcpAad& aad) {
  GcmOperation gcm{
      .keys = &keys.rtcp().gcm,
      .is_aes256 = is_aes256(keys.profile()),
      .aad = aad,
      .text = {operation.payload(), operation.payload(), operation.payload_bytes()},
  };
  write_gcm_iv(keys.rtcp_salt(), operation.ssrc(), operation.index, gcm.iv.data());
  return gcm;
}

// Where the text of the job is. One without a prefix is read where it lies.
const std::uint8_t* text_of(const ProtectJob& job) {
  return job.prefix_bytes == 0 ? job.payload : job.write_text();
}

// `seal`: of one of the two widths.
template <typename Seal>
void seal_vaes(const ProtectJob& job, Seal seal) {
  alignas(16) std::array<std::uint8_t, 16> iv;
  write_gcm_iv(job.context->rtp_salt(), rtp_ssrc(job.packet),
               packet_index(job.roc, rtp_sequence_number(job.packet)), iv.data());
  std::uint8_t* text = job.packet + job.header_bytes;
  seal({.keys = &job.context->rtp().vaes,
        .is_aes256 = is_aes256(job.context->profile()),
        .iv = iv.data(),
        .aad = job.packet,
        .aad_bytes = job.header_bytes,
        .from = text_of(job),
        .to = text,
        .bytes = job.text_bytes(),
        .tag = text + job.text_bytes()});
}

void queue_cm_rtcp(IpsecMb& ipsec_mb, const SrtpKeyMaterial& keys, const RtcpOperation& operation) {
  if (operation.payload_bytes() == 0) return;
  std::uint8_t* iv = ipsec_mb.queue_ctr(
      keys.rtcp().cm,
      {.from = operation.payload(), .to = operation.payload(), .bytes = operation.payload_bytes()});
  write_cm_iv(keys.rtcp_salt(), operation.ssrc(), operation.index, iv);
}

}  // namespace

std::unique_ptr<IpsecMbBackend> IpsecMbBackend::create(bool uses_vaes) {
  std::unique_ptr<IpsecMb> ipsec_mb = IpsecMb::create();
  if (ipsec_mb == nullptr || (uses_vaes && !vaes_gcm_is_supported())) return nullptr;
  const RtpGcm gcm = !uses_vaes                   ? RtpGcm::kIpsecMb
                     : vaes512_gcm_is_supported() ? RtpGcm::kVaes512
                                                  : RtpGcm::kVaes;
  return std::unique_ptr<IpsecMbBackend>(new IpsecMbBackend(std::move(ipsec_mb), gcm));
}

void IpsecMbBackend::seal_gcm(const ProtectJob& job) {
  if (rtp_gcm_ == RtpGcm::kVaes512)
    return seal_vaes(job, [](const VaesGcmOperation& it) { vaes512_gcm_seal(it); });
  if (rtp_gcm_ == RtpGcm::kVaes)
    return seal_vaes(job, [](const VaesGcmOperation& it) { vaes_gcm_seal(it); });
  GcmOperation operation{
      .keys = &job.context->rtp().gcm,
      .is_aes256 = is_aes256(job.context->profile()),
      .aad = {job.packet, job.header_bytes},
      .text = {text_of(job), job.packet + job.header_bytes, job.text_bytes()},
  };
  write_gcm_iv(job.context->rtp_salt(), rtp_ssrc(job.packet),
               packet_index(job.roc, rtp_sequence_number(job.packet)), operation.iv.data());
  ipsec_mb_->gcm_encrypt(operation, job.packet + job.header_bytes + job.text_bytes());
}

void IpsecMbBackend::seal_rtp(std::span<const ProtectJob> jobs) {
  bool has_cm = false;
  for (const ProtectJob& job : jobs) {
    if (job.result != DropReason::kNone) continue;
    if (is_gcm(job.context->profile())) {
      seal_gcm(job);
      continue;
    }
    if (job.context->profile() == SrtpProfile::kNone) {
      job.write_text();
      continue;
    }
    has_cm = true;
    if (job.text_bytes() != 0) {
      std::uint8_t* iv = ipsec_mb_->queue_ctr(
          job.context->rtp().cm, {text_of(job), job.packet + job.header_bytes, job.text_bytes()});
      write_cm_iv(job.context->rtp_salt(), rtp_ssrc(job.packet),
                  packet_index(job.roc, rtp_sequence_number(job.packet)), iv);
    }
  }
  if (!has_cm) return;
  ipsec_mb_->run_ctr();

  for (const ProtectJob& job : jobs) {
    if (job.result != DropReason::kNone || !is_cm(job.context->profile())) continue;
    // The ROC is hashed after the packet but not sent: it stands where the tag goes. The digest
    // that replaces it is longer than the tag and ends in the room behind the packet.
    const std::size_t bytes = job.header_bytes + job.text_bytes();
    store_be32(job.packet + bytes, job.roc);
    ipsec_mb_->queue_hmac(job.context->rtp().cm, {job.packet, bytes + kRocBytes},
                          job.packet + bytes);
  }
  ipsec_mb_->run_hmac();
}

void IpsecMbBackend::decrypt_gcm(const RtpOpening& opening, std::uint8_t* tag) {
  const GcmOperation operation = gcm_opening(opening);
  if (rtp_gcm_ == RtpGcm::kIpsecMb) return ipsec_mb_->gcm_decrypt(operation, tag);
  const VaesGcmOperation vaes{.keys = &opening.job->context->rtp().vaes,
                              .is_aes256 = operation.is_aes256,
                              .iv = operation.iv.data(),
                              .aad = operation.aad.data(),
                              .aad_bytes = operation.aad.size(),
                              .from = operation.text.from,
                              .to = operation.text.to,
                              .bytes = operation.text.bytes,
                              .tag = tag};
  if (rtp_gcm_ == RtpGcm::kVaes512) return vaes512_gcm_open(vaes);
  vaes_gcm_open(vaes);
}

void IpsecMbBackend::authenticate_gcm(RtpOpening& opening) {
  std::array<std::uint8_t, kGcmTagBytes> tag;
  decrypt_gcm(opening, tag.data());
  opening.is_authentic =
      tags_equal(tag.data(), opening.job->packet + opening.plain_bytes(), kGcmTagBytes);
}

void IpsecMbBackend::queue_cm_authentication(const RtpOpening& opening, std::size_t slot) {
  // As when sealing, the ROC is hashed where the tag stands; the tag waits aside.
  const std::size_t bytes = opening.plain_bytes();
  std::uint8_t* tag = opening.job->packet + bytes;
  std::memcpy(tags_[slot].data(), tag, opening.job->context->tag_bytes());
  store_be32(tag, roc_of(opening.index));
  ipsec_mb_->queue_hmac(opening.job->context->rtp().cm, {opening.job->packet, bytes + kRocBytes},
                        digests_[slot].data());
}

void IpsecMbBackend::finish_cm_authentication(RtpOpening& opening, std::size_t slot) {
  const std::size_t tag_bytes = opening.job->context->tag_bytes();
  std::memcpy(opening.job->packet + opening.plain_bytes(), tags_[slot].data(), tag_bytes);
  opening.is_authentic = tags_equal(tags_[slot].data(), digests_[slot].data(), tag_bytes);
}

void IpsecMbBackend::authenticate_rtp(std::span<RtpOpening> openings) {
  for (std::size_t i = 0; i < openings.size(); ++i) {
    const SrtpProfile profile = openings[i].job->context->profile();
    if (is_gcm(profile)) {
      authenticate_gcm(openings[i]);
    } else if (is_cm(profile)) {
      queue_cm_authentication(openings[i], i);
    } else {
      accept_plain(openings[i]);
    }
  }
  ipsec_mb_->run_hmac();
  for (std::size_t i = 0; i < openings.size(); ++i) {
    if (is_cm(openings[i].job->context->profile())) finish_cm_authentication(openings[i], i);
  }
}

void IpsecMbBackend::restore_rtp(const RtpOpening& opening) {
  if (!is_gcm(opening.job->context->profile()) || opening.job->payload != nullptr) return;
  // Decryption is XOR with a key stream: the same again undoes it.
  std::array<std::uint8_t, kGcmTagBytes> unused_tag;
  decrypt_gcm(opening, unused_tag.data());
}

void IpsecMbBackend::decrypt_rtp(std::span<const RtpOpening> openings) {
  for (const RtpOpening& opening : openings) {
    const UnprotectJob& job = *opening.job;
    const std::size_t payload_bytes = opening.plain_bytes() - job.header_bytes;
    if (job.result != DropReason::kNone || !is_cm(job.context->profile()) || payload_bytes == 0)
      continue;
    std::uint8_t* iv = ipsec_mb_->queue_ctr(
        job.context->rtp().cm, {job.packet + job.header_bytes, job.plain_payload(), payload_bytes});
    write_cm_iv(job.context->rtp_salt(), opening.ssrc(), opening.index, iv);
  }
  ipsec_mb_->run_ctr();
}

void IpsecMbBackend::seal_rtcp(const SrtpSendContext& context, const RtcpOperation& operation) {
  const SrtcpLayout& layout = operation.layout;
  std::uint8_t* tag = operation.packet + layout.tag_at;
  store_be32(operation.packet + layout.word_at, kSrtcpEncryptedFlag | operation.index);
  if (!is_cm(context.profile())) {
    const RtcpAad aad = rtcp_aad(operation);
    ipsec_mb_->gcm_encrypt(gcm_rtcp(context, operation, aad), tag);
    return;
  }
  queue_cm_rtcp(*ipsec_mb_, context, operation);
  ipsec_mb_->run_ctr();
  ipsec_mb_->queue_hmac(context.rtcp().cm, {operation.packet, layout.tag_at}, digests_[0].data());
  ipsec_mb_->run_hmac();
  std::memcpy(tag, digests_[0].data(), kCmTagBytes);
}

bool IpsecMbBackend::open_rtcp(const SrtpReceiveContext& context, const RtcpOperation& operation) {
  const SrtcpLayout& layout = operation.layout;
  const std::uint8_t* tag = operation.packet + layout.tag_at;
  if (!is_cm(context.profile())) {
    const RtcpAad aad = rtcp_aad(operation);
    std::array<std::uint8_t, kGcmTagBytes> expected;
    ipsec_mb_->gcm_decrypt(gcm_rtcp(context, operation, aad), expected.data());
    return tags_equal(expected.data(), tag, kGcmTagBytes);
  }
  ipsec_mb_->queue_hmac(context.rtcp().cm, {operation.packet, layout.tag_at}, digests_[0].data());
  ipsec_mb_->run_hmac();
  if (!tags_equal(digests_[0].data(), tag, kCmTagBytes)) return false;
  queue_cm_rtcp(*ipsec_mb_, context, operation);
  ipsec_mb_->run_ctr();
  return true;
}

}  // namespace penstock
