// The header in which proxies name their clients; the first byte chooses which, lines are fields.
// Whatever clients sent ahead of it, what the trusted proxies appended counts.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "controlplane/http/client_address.h"
#include "dataplane/base/check.h"

namespace penstock {
namespace {

using config::ClientAddressHeader;

const std::vector<IpPrefix> kProxies = {{*parse_ip_address("10.1.0.0"), 16},
                                        {*parse_ip_address("2001:db8:1::"), 48}};
constexpr std::string_view kClient = "192.0.2.7";

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text = end == std::string_view::npos ? "" : text.substr(end + 1);
  }
  return lines;
}

void check(ClientAddressHeader header, std::vector<std::string_view> lines) {
  const auto claimed = forwarded_client(header, lines, kProxies);
  // Only an address in the fields is ever found, so one without any has none.
  if (lines.empty()) PENSTOCK_CHECK(!claimed);
  // A field of the proxy's own hides all of it.
  const bool is_forwarded = header == ClientAddressHeader::kForwarded;
  lines.push_back(is_forwarded ? "for=192.0.2.7, for=10.1.2.3" : "192.0.2.7, 10.1.2.3");
  auto client = forwarded_client(header, lines, kProxies);
  PENSTOCK_CHECK(client && to_string(client->ip) == kClient);
  // The addresses of proxies only show what is before them.
  lines.back() = is_forwarded ? "for=\"[2001:db8:1::5]\"" : "2001:db8:1::5";
  client = forwarded_client(header, lines, kProxies);
  if (claimed) PENSTOCK_CHECK(client == claimed);
  if (is_forwarded || lines.size() == 1) return;
  // In X-Forwarded-For, what is appended to a field hides it too.
  const std::string appended = std::string(lines[lines.size() - 2]) + "," + std::string(kClient);
  lines.pop_back();
  lines.back() = appended;
  client = forwarded_client(header, lines, kProxies);
  PENSTOCK_CHECK(client && to_string(client->ip) == kClient);
}

}  // namespace
}  // namespace penstock

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace penstock;
  if (size < 1 || size > 8'192) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  check(data[0] % 2 == 0 ? ClientAddressHeader::kXForwardedFor : ClientAddressHeader::kForwarded,
        lines_of(text));
  return 0;
}
