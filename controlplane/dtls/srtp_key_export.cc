#include "controlplane/dtls/srtp_key_export.h"

#include <openssl/crypto.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "controlplane/openssl/handles.h"

namespace penstock {
namespace {

constexpr std::string_view kLabel = "EXTRACTOR-dtls_srtp";
constexpr std::size_t kMaterialBytesMax = 2 * (32 + 14);

std::optional<SrtpProfile> selected_profile(SSL* ssl) {
  const SRTP_PROTECTION_PROFILE* selected = SSL_get_selected_srtp_profile(ssl);
  if (selected == nullptr) return std::nullopt;
  switch (selected->id) {
    case SRTP_AEAD_AES_128_GCM:
      return SrtpProfile::kAeadAes128Gcm;
    case SRTP_AEAD_AES_256_GCM:
      return SrtpProfile::kAeadAes256Gcm;
    case SRTP_AES128_CM_SHA1_80:
      return SrtpProfile::kAes128CmSha1_80;
    default:
      return std::nullopt;
  }
}

}  // namespace

const char* openssl_srtp_profile_name(SrtpProfile profile) {
  switch (profile) {
    case SrtpProfile::kAeadAes128Gcm:
      return "SRTP_AEAD_AES_128_GCM";
    case SrtpProfile::kAeadAes256Gcm:
      return "SRTP_AEAD_AES_256_GCM";
    case SrtpProfile::kAes128CmSha1_80:
      return "SRTP_AES128_CM_SHA1_80";
    case SrtpProfile::kAes128CmSha1_32:  // never offered
    case SrtpProfile::kNone:
      break;
  }
  return "";
}

std::optional<SrtpKeys> export_srtp_keys(SSL* ssl, bool is_client) {
  const auto profile = selected_profile(ssl);
  if (!profile) return std::nullopt;
  const std::size_t key_bytes = srtp_master_key_bytes(*profile);
  const std::size_t salt_bytes = srtp_master_salt_bytes(*profile);

  std::array<std::uint8_t, kMaterialBytesMax> material;
  if (SSL_export_keying_material(ssl, material.data(), 2 * (key_bytes + salt_bytes), kLabel.data(),
                                 kLabel.size(), nullptr, 0, 0) != 1) {
    take_openssl_error();
    return std::nullopt;
  }
  SrtpMasterKey client, server;
  std::span<const std::uint8_t> rest = material;
  const auto take = [&rest](std::span<std::uint8_t> field, std::size_t bytes) {
    std::ranges::copy(rest.first(bytes), field.begin());
    rest = rest.subspan(bytes);
  };
  take(client.key, key_bytes);
  take(server.key, key_bytes);
  take(client.salt, salt_bytes);
  take(server.salt, salt_bytes);
  OPENSSL_cleanse(material.data(), material.size());

  SrtpKeys keys{*profile, is_client ? client : server, is_client ? server : client};
  OPENSSL_cleanse(&client, sizeof(client));
  OPENSSL_cleanse(&server, sizeof(server));
  return keys;
}

}  // namespace penstock
