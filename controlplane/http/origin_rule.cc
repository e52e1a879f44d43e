#include "controlplane/http/origin_rule.h"

#include <algorithm>

#include "dataplane/base/ascii.h"
#include "dataplane/base/ip_address.h"

namespace penstock {
namespace {

// "sfu.example.com" of "sfu.example.com:8188", "::1" of "[::1]:8188".
std::string_view without_port(std::string_view authority) {
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    return end == std::string_view::npos ? std::string_view() : authority.substr(1, end - 1);
  }
  return authority.substr(0, authority.find(':'));
}

// Empty if it names none: "null" is what sandboxed pages and files have.
std::string_view host_of_origin(std::string_view origin) {
  const std::size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos) return {};
  return without_port(origin.substr(scheme + 3));
}

bool is_loopback(std::string_view host) {
  constexpr std::string_view kSuffix = ".localhost";  // RFC 6761 section 6.3
  if (equals_ignoring_case(host, "localhost")) return true;
  if (host.size() > kSuffix.size() &&
      equals_ignoring_case(host.substr(host.size() - kSuffix.size()), kSuffix)) {
    return true;
  }
  const auto address = parse_ip_address(host);
  return address && address->is_loopback();
}

}  // namespace

OriginRule OriginRule::from(const std::vector<std::string>& configured, bool has_secret,
                            bool is_tls) {
  const bool has_star = std::ranges::find(configured, "*") != configured.end();
  return {.allows_any = has_star || (configured.empty() && has_secret),
          .allowed = configured,
          .is_tls = is_tls};
}

bool OriginRule::allows(std::string_view origin, std::string_view host) const {
  if (origin.empty() || allows_any) return true;
  if (!allowed.empty()) return std::ranges::find(allowed, origin) != allowed.end();
  const std::string_view page = host_of_origin(origin);
  if (page.empty()) return false;
  if (is_loopback(page)) return true;
  // Its port may be another: the listeners have two.
  return equals_ignoring_case(page, without_port(host)) &&
         (is_tls || parse_ip_address(page).has_value());
}

}  // namespace penstock
