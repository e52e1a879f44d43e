#include "controlplane/janus/requests/sdes_key.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace penstock::janus {
namespace {

constexpr std::size_t kKeyBytes = 16;
constexpr std::size_t kSaltBytes = 14;
constexpr std::size_t kTextBytes = (kKeyBytes + kSaltBytes) / 3 * 4;  // no padding

std::optional<SrtpMasterKey> parse_master_key(std::string_view text) {
  if (text.size() != kTextBytes || text.contains('=')) return std::nullopt;
  std::array<unsigned char, kKeyBytes + kSaltBytes> bytes{};
  // Spaces around it, which this passes over, leave fewer bytes.
  const int decoded = EVP_DecodeBlock(
      bytes.data(), reinterpret_cast<const unsigned char*>(text.data()), kTextBytes);
  if (decoded != static_cast<int>(bytes.size())) return std::nullopt;
  SrtpMasterKey key;
  std::copy_n(bytes.begin(), kKeyBytes, key.key.begin());
  std::copy_n(bytes.begin() + kKeyBytes, kSaltBytes, key.salt.begin());
  return key;
}

}  // namespace

std::expected<std::optional<SrtpKeys>, Error> read_srtp_keys(const json::object& object) {
  const auto suite = get_uint(object, "srtp_suite");
  const auto text = get_string(object, "srtp_crypto");
  if (suite.value_or(0) == 0 && !text) return std::nullopt;
  // Who wants encryption and says half of it does not get media in clear.
  if (!text) return fail(RoomError::kMissingElement, "Missing mandatory element (srtp_crypto)");
  if (!suite) return fail(RoomError::kMissingElement, "Missing mandatory element (srtp_suite)");
  if (*suite != 32 && *suite != 80) {
    return fail(RoomError::kInvalidElement, "Invalid SRTP suite (" + std::to_string(*suite) + ")");
  }
  const auto key = parse_master_key(*text);
  if (!key) {
    return fail(RoomError::kInvalidElement,
                "Invalid element (srtp_crypto should be 30 bytes in base64)");
  }
  return SrtpKeys{
      .profile = *suite == 32 ? SrtpProfile::kAes128CmSha1_32 : SrtpProfile::kAes128CmSha1_80,
      .send = *key,
      .receive = *key};
}

}  // namespace penstock::janus
