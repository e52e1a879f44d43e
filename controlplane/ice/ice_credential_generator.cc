#include "controlplane/ice/ice_credential_generator.h"

#include <cstdint>
#include <string_view>
#include <vector>

#include "dataplane/base/check.h"

namespace penstock {
namespace {

constexpr std::string_view kIceCharacters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static_assert(kIceCharacters.size() == 64, "six bits of a random byte choose one, without bias");

}  // namespace

std::string generate_ice_characters(SecureRandom& random, std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  random.fill(bytes);
  std::string text;
  text.reserve(count);
  for (const std::uint8_t byte : bytes) text += kIceCharacters[byte & 63];
  return text;
}

IceCredentials generate_ice_credentials(SecureRandom& random) {
  IceCredentials credentials;
  PENSTOCK_CHECK(credentials.local_ufrag.assign(generate_ice_characters(random, kUfragCharacters)));
  PENSTOCK_CHECK(credentials.local_pwd.assign(generate_ice_characters(random, kIcePwdCharacters)));
  return credentials;
}

}  // namespace penstock
