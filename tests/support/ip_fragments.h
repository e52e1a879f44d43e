// An Ethernet frame cut into IP fragments, as a host or router does whose next link is smaller
// (RFC 791 section 2.3, RFC 8200 section 4.5): for tests of who puts them together.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/base/endian.h"
#include "dataplane/net/checksum.h"
#include "dataplane/net/ethernet.h"
#include "dataplane/net/ipv4.h"
#include "dataplane/net/ipv6.h"

namespace penstock::test {

// Of `frame`, whose IP header has no options. `bytes`: of IP payload in each, a multiple of eight.
inline std::vector<std::vector<std::uint8_t>> ip_fragments(std::span<const std::uint8_t> frame,
                                                           std::size_t bytes,
                                                           std::uint32_t identification) {
  const bool is_v4 = (frame[kEthernetHeaderBytes] >> 4) == 4;
  const std::size_t headers = kEthernetHeaderBytes + (is_v4 ? kIpv4HeaderBytes : kIpv6HeaderBytes);
  const auto payload = frame.subspan(headers);
  std::vector<std::vector<std::uint8_t>> fragments;
  for (std::size_t at = 0; at < payload.size(); at += bytes) {
    const auto part = payload.subspan(at, std::min(bytes, payload.size() - at));
    const bool has_more = at + part.size() < payload.size();
    std::vector<std::uint8_t> fragment(frame.begin(),
                                       frame.begin() + static_cast<std::ptrdiff_t>(headers));
    std::uint8_t* ip = fragment.data() + kEthernetHeaderBytes;
    if (is_v4) {
      store_be16(ip + 2, static_cast<std::uint16_t>(kIpv4HeaderBytes + part.size()));
      store_be16(ip + 4, static_cast<std::uint16_t>(identification));
      store_be16(ip + 6, static_cast<std::uint16_t>((has_more ? 0x2000U : 0U) | at / 8));
      store_be16(ip + 10, 0);
      store_be16(ip + 10, internet_checksum({ip, kIpv4HeaderBytes}));
    } else {
      store_be16(ip + 4, static_cast<std::uint16_t>(8 + part.size()));
      std::uint8_t header[8] = {ip[6]};
      ip[6] = 44;
      store_be16(header + 2, static_cast<std::uint16_t>(at | (has_more ? 1U : 0U)));
      store_be32(header + 4, identification);
      fragment.insert(fragment.end(), header, header + 8);
    }
    fragment.insert(fragment.end(), part.begin(), part.end());
    fragments.push_back(std::move(fragment));
  }
  return fragments;
}

}  // namespace penstock::test
