#include "controlplane/janus/signed_token.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <new>
#include <ranges>
#include <utility>

#include "dataplane/base/ascii.h"
#include "dataplane/base/constant_time.h"

namespace penstock::janus {
namespace {

constexpr std::size_t kDigestBytes = SHA_DIGEST_LENGTH;
constexpr std::size_t kBase64Bytes = (kDigestBytes + 2) / 3 * 4;

std::string signature_of(std::string_view content, std::string_view secret) {
  std::array<unsigned char, kDigestBytes> digest{};
  const auto* bytes = reinterpret_cast<const unsigned char*>(content.data());
  if (HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), bytes, content.size(),
           digest.data(), nullptr) == nullptr) {
    throw std::bad_alloc();
  }
  std::array<unsigned char, kBase64Bytes + 1> text{};
  const int length = EVP_EncodeBlock(text.data(), digest.data(), kDigestBytes);
  return {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(length)};
}

// Takes what stands before the next comma off `rest`; empty at the end.
std::string_view take_part(std::string_view& rest) {
  const std::size_t comma = std::min(rest.find(','), rest.size());
  const std::string_view part = rest.substr(0, comma);
  rest.remove_prefix(std::min(comma + 1, rest.size()));
  return part;
}

bool has_part(std::string_view parts, std::string_view wanted) {
  return std::ranges::any_of(std::views::split(parts, ','), [&](const auto& part) {
    return std::string_view(part.begin(), part.end()) == wanted;
  });
}

}  // namespace

bool is_signed_token(std::string_view token, const TokenClaim& claim, std::string_view secret,
                     std::int64_t unix_time_s) {
  const std::size_t colon = token.find(':');
  if (secret.empty() || colon == std::string_view::npos) return false;
  const std::string_view content = token.substr(0, colon);
  if (!equals_in_constant_time(token.substr(colon + 1), signature_of(content, secret)))
    return false;
  std::string_view rest = content;
  const auto expiry = parse_number<std::uint64_t>(take_part(rest));
  const bool is_fresh = expiry && std::cmp_greater(*expiry, unix_time_s);
  if (!is_fresh || take_part(rest) != claim.realm) return false;
  return !claim.descriptor || has_part(rest, *claim.descriptor);
}

std::string sign_token(std::string_view content, std::string_view secret) {
  return std::string(content) + ":" + signature_of(content, secret);
}

}  // namespace penstock::janus
