// Any attributes in a request, given to the responder: unsigned as they are, and signed with the
// right password, so that what is behind authentication is reached. The input is the attributes.
#include <array>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/base/endian.h"
#include "dataplane/stun/crc32.h"
#include "dataplane/stun/hmac_sha1.h"
#include "dataplane/stun/integrity.h"
#include "dataplane/stun/responder.h"

namespace {

using namespace penstock;

constexpr std::string_view kPassword = "our-password-22-chars!";
constexpr SocketAddress kSource{{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 203, 0, 113, 7}}, 5000};

void append_u16(std::vector<std::uint8_t>& message, std::uint16_t value) {
  message.push_back(static_cast<std::uint8_t>(value >> 8));
  message.push_back(static_cast<std::uint8_t>(value));
}

void set_length(std::vector<std::uint8_t>& message, std::size_t to_come) {
  store_be16(&message[2],
             static_cast<std::uint16_t>(message.size() + to_come - stun::kHeaderBytes));
}

void add_integrity(std::vector<std::uint8_t>& message) {
  set_length(message, 24);
  const auto digest = stun::hmac_sha1(
      {reinterpret_cast<const std::uint8_t*>(kPassword.data()), kPassword.size()}, message);
  append_u16(message, stun::kAttributeMessageIntegrity);
  append_u16(message, 20);
  message.insert(message.end(), digest.begin(), digest.end());
}

void add_fingerprint(std::vector<std::uint8_t>& message) {
  set_length(message, 8);
  const std::uint32_t fingerprint = stun::crc32(message) ^ stun::kFingerprintXor;
  append_u16(message, stun::kAttributeFingerprint);
  append_u16(message, 4);
  append_u16(message, static_cast<std::uint16_t>(fingerprint >> 16));
  append_u16(message, static_cast<std::uint16_t>(fingerprint));
}

void give(const std::vector<std::uint8_t>& bytes, bool is_signed) {
  IceCredentials credentials;
  PENSTOCK_CHECK(credentials.local_ufrag.assign("ours"));
  PENSTOCK_CHECK(credentials.local_pwd.assign(kPassword));
  stun::MessageView request;
  if (stun::parse_message(bytes, request) != DropReason::kNone) return;
  std::array<std::uint8_t, stun::kAnswerBytesMax> out;
  const stun::BindingVerdict verdict =
      stun::answer_binding_request(request, credentials, kSource, out);
  PENSTOCK_CHECK((verdict.drop == DropReason::kNone) == (verdict.bytes != 0));
  PENSTOCK_CHECK(!verdict.nominates || verdict.authenticated);
  // Nobody can guess the password.
  PENSTOCK_CHECK(is_signed || verdict.bytes == 0);
  if (verdict.bytes == 0) return;
  stun::MessageView answer;
  PENSTOCK_CHECK(stun::parse_message(std::span(out).first(verdict.bytes), answer) ==
                 DropReason::kNone);
  PENSTOCK_CHECK(stun::verify_integrity(answer, kPassword) && answer.has_fingerprint);
  PENSTOCK_CHECK(answer.xor_mapped_address.has_value() == verdict.authenticated);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 1'400) return 0;
  std::vector<std::uint8_t> message(stun::kHeaderBytes, 0);
  store_be16(message.data(), stun::kMethodBinding);
  store_be32(&message[4], stun::kMagicCookie);
  message.insert(message.end(), data, data + size);
  std::vector<std::uint8_t> unsigned_message = message;
  add_fingerprint(unsigned_message);
  give(unsigned_message, false);
  add_integrity(message);
  add_fingerprint(message);
  give(message, true);
  return 0;
}
