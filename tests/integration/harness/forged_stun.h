// Connectivity checks as an attacker would make them: right in all but one respect.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/integration/harness/socket_client.h"

namespace penstock::integration {

struct CheckOptions {
  std::string username;  // "theirs:ours"; empty: no USERNAME
  std::string password;  // empty: no MESSAGE-INTEGRITY
  bool has_sha256_integrity = false;
  bool has_right_fingerprint = true;
  bool use_candidate = true;
};

Bytes make_check(const CheckOptions& options);

// A check that the server accepts.
CheckOptions good_check(const test::WebRtcClient::Secrets& secrets);

struct ForgedCheck {
  std::string_view name;
  Bytes bytes;
};

// The rows of the matrix.
std::vector<ForgedCheck> forged_checks(const test::WebRtcClient::Secrets& secrets);

}  // namespace penstock::integration
