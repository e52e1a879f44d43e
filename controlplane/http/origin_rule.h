// Which pages may use the API from a browser. A browser says in Origin where the page comes from
// (RFC 6454, RFC 6455 section 10.2), and asks for any page, also of a server that only the
// browser's own machine or network can reach: what would keep strangers out does not keep out the
// pages that people visit. Clients that are no browsers send no Origin. Pure; owned by the
// listeners.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace penstock {

struct OriginRule {
  bool allows_any = false;
  // Exactly these. Empty: the server's own pages, and those of the browser's machine (loopback).
  std::vector<std::string> allowed{};
  // A name in Host is then one that the server's certificate is for. Without TLS it proves nothing:
  // whoever has a page can give his name this server's address (DNS rebinding).
  bool is_tls = false;

  // From the configuration. Who must show a secret anyway may come from anywhere, unless it is said
  // from where.
  static OriginRule from(const std::vector<std::string>& configured, bool has_secret, bool is_tls);

  // `origin` and `host` are the values of these header fields, empty if they are not there.
  bool allows(std::string_view origin, std::string_view host) const;
};

}  // namespace penstock
