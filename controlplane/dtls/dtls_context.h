// What all DTLS associations of the server have in common: our certificate, the protocol version
// (DTLS 1.2), cipher suites (forward secrecy and AEAD only), groups, SRTP profiles and limits
// (RFC 5764, RFC 8827 section 6.5). One for the server; replaced as a whole when the certificate is
// rotated: endpoints that exist keep what they were made with. Read by every thread that has an
// association.
#pragma once

#include <openssl/types.h>

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "controlplane/dtls/certificate.h"
#include "controlplane/openssl/handles.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/time.h"
#include "dataplane/rtp/media_types.h"

namespace penstock {

struct DtlsOptions {
  // In our order of preference. As server we choose by it; as client we offer in it.
  // Empty: there is no SRTP.
  std::vector<SrtpProfile> srtp_profiles = {
      SrtpProfile::kAeadAes128Gcm, SrtpProfile::kAeadAes256Gcm, SrtpProfile::kAes128CmSha1_80};
  std::size_t datagram_bytes_max = kControlDatagramBytesMax;  // of UDP payload; at least 512
  Duration handshake_timeout = 10 * kSecond;
  // A flight is sent again after this, then after twice as long, up to the maximum. WebRTC stacks
  // start far below the 1 s of RFC 6347 section 4.2.4.1, as ICE has shown that the path is short.
  // At 30 % loss and a round trip of 40 ms, 99.7 % connect within 5 s; with a maximum of 1 s it is
  // 99.4 %.
  Duration retransmission_timeout_initial = 100 * kMillisecond;
  Duration retransmission_timeout_max = 800 * kMillisecond;
};

class DtlsContext {
 public:
  // The certificate is shared, not copied; it may be dropped afterwards. The error is OpenSSL's.
  static std::expected<DtlsContext, std::string> create(const Certificate& certificate,
                                                        DtlsOptions options = {});

  SSL_CTX* ssl_ctx() const { return ssl_ctx_.get(); }
  const DtlsOptions& options() const { return options_; }

 private:
  DtlsContext() = default;

  SslCtxHandle ssl_ctx_;
  DtlsOptions options_;
};

}  // namespace penstock
