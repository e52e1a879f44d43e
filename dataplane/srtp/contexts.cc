#include "dataplane/srtp/contexts.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "dataplane/base/check.h"
#include "dataplane/srtp/backend_libsrtp.h"
#include "dataplane/srtp/ipsec_mb.h"

namespace penstock {

bool SrtpKeyMaterial::expand(SrtpProfile profile, const SrtpMasterKey& master, SrtpBackend backend,
                             LibsrtpDirection direction) {
  if (profile == SrtpProfile::kNone) {
    expand_session_keys(profile, {}, backend);
    return true;
  }
  if (backend != SrtpBackend::kLibsrtp) {
    const std::optional<SrtpSessionKeys> keys = derive_session_keys(profile, master);
    if (keys) expand_session_keys(profile, *keys, backend);
    return keys.has_value();
  }
  PENSTOCK_CHECK(!is_ready_);
  wipe_keys();
  profile_ = profile;
  backend_ = backend;
  libsrtp_master_ = master;
  libsrtp_ = create_libsrtp_session(profile, libsrtp_master_, direction);
  if (libsrtp_ == nullptr) wipe_keys();
  return libsrtp_ != nullptr;
}

void SrtpKeyMaterial::expand_session_keys(SrtpProfile profile, const SrtpSessionKeys& keys,
                                          SrtpBackend backend) {
  PENSTOCK_CHECK(!is_ready_);
  wipe_keys();
  profile_ = profile;
  backend_ = backend;
  rtp_salt_ = keys.rtp.salt;
  rtcp_salt_ = keys.rtcp.salt;
  if (backend == SrtpBackend::kVaes && is_gcm(profile)) {
    vaes_gcm_expand_key(keys.rtp.cipher_key.data(), profile == SrtpProfile::kAeadAes256Gcm,
                        rtp_.vaes);
  } else {
    expand_keys(profile, keys.rtp, rtp_);
  }
  expand_keys(profile, keys.rtcp, rtcp_);
}

void SrtpKeyMaterial::clear() {
  is_ready_ = false;
  rtp_packets_ = 0;
  next_rtcp_index_ = 0;
  wipe_keys();
}

void SrtpKeyMaterial::wipe_keys() {
  if (libsrtp_ != nullptr) destroy_libsrtp_session(libsrtp_);
  libsrtp_ = nullptr;
  OPENSSL_cleanse(rtp_salt_.data(), rtp_salt_.size());
  OPENSSL_cleanse(rtcp_salt_.data(), rtcp_salt_.size());
  OPENSSL_cleanse(&rtp_, sizeof(rtp_));
  OPENSSL_cleanse(&rtcp_, sizeof(rtcp_));
  OPENSSL_cleanse(&libsrtp_master_, sizeof(libsrtp_master_));
}

bool SrtpSendContext::expand(SrtpProfile profile, const SrtpMasterKey& master,
                             SrtpBackend backend) {
  return SrtpKeyMaterial::expand(profile, master, backend, LibsrtpDirection::kSend);
}

bool SrtpSendContext::init(SrtpProfile profile, const SrtpMasterKey& master, SrtpBackend backend) {
  clear();
  if (!expand(profile, master, backend)) return false;
  make_ready();
  return true;
}

void SrtpSendContext::init_from_session_keys(SrtpProfile profile, const SrtpSessionKeys& keys,
                                             SrtpBackend backend) {
  clear();
  expand_session_keys(profile, keys, backend);
  make_ready();
}

void SrtpSendContext::clear() { SrtpKeyMaterial::clear(); }

void SrtpSendContext::skip_ahead(std::uint64_t rtp_packets, std::uint32_t rtcp_packets) {
  rtp_packets_ = std::max(rtp_packets_, rtp_packets);
  next_rtcp_index_ = std::max(next_rtcp_index_, rtcp_packets);
}

bool SrtpReceiveContext::expand(SrtpProfile profile, const SrtpMasterKey& master,
                                SrtpBackend backend) {
  return SrtpKeyMaterial::expand(profile, master, backend, LibsrtpDirection::kReceive);
}

bool SrtpReceiveContext::init(SrtpProfile profile, const SrtpMasterKey& master,
                              SrtpBackend backend) {
  clear();
  if (!expand(profile, master, backend)) return false;
  make_ready();
  return true;
}

void SrtpReceiveContext::init_from_session_keys(SrtpProfile profile, const SrtpSessionKeys& keys,
                                                SrtpBackend backend) {
  clear();
  expand_session_keys(profile, keys, backend);
  make_ready();
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
