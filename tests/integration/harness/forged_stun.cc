#include "tests/integration/harness/forged_stun.h"

#include <array>

#include "dataplane/stun/writer.h"

namespace penstock::integration {

Bytes make_check(const CheckOptions& options) {
  static std::uint8_t serial = 0;
  stun::TransactionId id{};
  id.fill(++serial);
  Bytes bytes(512);
  stun::MessageWriter writer(bytes, stun::MessageClass::kRequest, id);
  if (!options.username.empty()) writer.add_text(stun::kAttributeUsername, options.username);
  writer.add_u32(stun::kAttributePriority, 1'845'501'695);
  if (options.use_candidate) writer.add_flag(stun::kAttributeUseCandidate);
  writer.add_u64(stun::kAttributeIceControlling, 7);
  if (options.has_sha256_integrity) {
    writer.add_bytes(stun::kAttributeMessageIntegritySha256, std::array<std::uint8_t, 32>{});
  }
  if (!options.password.empty()) writer.add_message_integrity(options.password);
  writer.add_fingerprint();
  bytes.resize(writer.finish());
  if (!options.has_right_fingerprint) bytes.back() ^= 1;
  return bytes;
}

CheckOptions good_check(const test::WebRtcClient::Secrets& secrets) {
  return {.username = secrets.remote_ufrag + ":" + secrets.local_ufrag,
          .password = secrets.remote_pwd};
}

std::vector<ForgedCheck> forged_checks(const test::WebRtcClient::Secrets& secrets) {
  const CheckOptions good = good_check(secrets);
  CheckOptions no_user = good;
  no_user.username.clear();
  CheckOptions unknown_user = good;
  unknown_user.username = "nobody:" + secrets.local_ufrag;
  CheckOptions wrong_peer = good;
  wrong_peer.username = secrets.remote_ufrag + ":nobody";
  CheckOptions no_integrity = good;
  no_integrity.password.clear();
  CheckOptions wrong_integrity = good;
  wrong_integrity.password = secrets.local_pwd;
  CheckOptions sha256_only = no_integrity;
  sha256_only.has_sha256_integrity = true;
  CheckOptions wrong_fingerprint = good;
  wrong_fingerprint.has_right_fingerprint = false;
  return {{"no user", make_check(no_user)},
          {"unknown user", make_check(unknown_user)},
          {"user of another peer", make_check(wrong_peer)},
          {"no integrity", make_check(no_integrity)},
          {"wrong integrity", make_check(wrong_integrity)},
          {"SHA-256 integrity only", make_check(sha256_only)},
          {"wrong fingerprint", make_check(wrong_fingerprint)}};
}

}  // namespace penstock::integration
