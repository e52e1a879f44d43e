#include "dataplane/srtp/contexts.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "dataplane/base/check.h"
#include "dataplane/srtp/backend_libsrtp.h"
#include "dataplane/srtp/ipsec_mb.h"

namespace penstock {

void SrtpKeyMaterial::init_ipsec_mb(SrtpProfile profile, const SrtpSessionKeys& keys,
                                    SrtpBackend backend) {
  clear();
  profile_ = profile;
  backend_ = backend;
  rtp_salt_ = keys.rtp.salt;
  rtcp_salt_ = keys.rtcp.salt;
  if (backend == SrtpBackend::kVaes && profile != SrtpProfile::kAes128CmSha1_80) {
    vaes_gcm_expand_key(keys.rtp.cipher_key.data(), profile == SrtpProfile::kAeadAes256Gcm,
                        rtp_.vaes);
  } else {
    expand_keys(profile, keys.rtp, rtp_);
  }
  expand_keys(profile, keys.rtcp, rtcp_);
  is_ready_ = true;
}

bool SrtpKeyMaterial::init_libsrtp(SrtpProfile profile, const SrtpMasterKey& master,
                                   LibsrtpDirection direction) {
  clear();
  profile_ = profile;
  backend_ = SrtpBackend::kLibsrtp;
  libsrtp_master_ = master;
  libsrtp_ = create_libsrtp_session(profile, libsrtp_master_, direction);
  if (libsrtp_ == nullptr) clear();
  is_ready_ = libsrtp_ != nullptr;
  return is_ready_;
}

void SrtpKeyMaterial::clear() {
  is_ready_ = false;
  rtp_packets_ = 0;
  next_rtcp_index_ = 0;
  if (libsrtp_ != nullptr) destroy_libsrtp_session(libsrtp_);
  libsrtp_ = nullptr;
  OPENSSL_cleanse(rtp_salt_.data(), rtp_salt_.size());
  OPENSSL_cleanse(rtcp_salt_.data(), rtcp_salt_.size());
  OPENSSL_cleanse(&rtp_, sizeof(rtp_));
  OPENSSL_cleanse(&rtcp_, sizeof(rtcp_));
  OPENSSL_cleanse(&libsrtp_master_, sizeof(libsrtp_master_));
}

bool SrtpSendContext::init(SrtpProfile profile, const SrtpMasterKey& master, SrtpBackend backend) {
  if (backend == SrtpBackend::kLibsrtp)
    return init_libsrtp(profile, master, LibsrtpDirection::kSend);
  init_ipsec_mb(profile, derive_session_keys(profile, master), backend);
  return true;
}

void SrtpSendContext::init_from_session_keys(SrtpProfile profile, const SrtpSessionKeys& keys,
                                             SrtpBackend backend) {
  init_ipsec_mb(profile, keys, backend);
}

void SrtpSendContext::clear() { SrtpKeyMaterial::clear(); }

void SrtpSendContext::skip_ahead(std::uint64_t rtp_packets, std::uint32_t rtcp_packets) {
  rtp_packets_ = std::max(rtp_packets_, rtp_packets);
  next_rtcp_index_ = std::max(next_rtcp_index_, rtcp_packets);
}

bool SrtpReceiveContext::init(SrtpProfile profile, const SrtpMasterKey& master,
                              SrtpBackend backend) {
  forget_sources();
  if (backend == SrtpBackend::kLibsrtp)
    return init_libsrtp(profile, master, LibsrtpDirection::kReceive);
  init_ipsec_mb(profile, derive_session_keys(profile, master), backend);
  return true;
}

void SrtpReceiveContext::init_from_session_keys(SrtpProfile profile, const SrtpSessionKeys& keys,
                                                SrtpBackend backend) {
  forget_sources();
  init_ipsec_mb(profile, keys, backend);
}

void SrtpReceiveContext::clear() {
  forget_sources();
  SrtpKeyMaterial::clear();
}

SrtpReplayWindow* SrtpReceiveContext::add_rtp_source(std::uint32_t ssrc) {
  const auto added = rtp_sources_.add(ssrc);
  if (added.forgotten && libsrtp() != nullptr) forget_libsrtp_ssrc(libsrtp(), *added.forgotten);
  return added.window;
}

void SrtpReceiveContext::forget_sources() {
  rtp_sources_.clear();
  rtcp_sources_.clear();
}

}  // namespace penstock
