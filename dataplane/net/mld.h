// Multicast listener discovery: what switches and routers are told of who wants a group's frames. A
// switch that listens to it (RFC 4541 section 3) keeps neighbour solicitations from a port that has
// reported nothing, and nobody finds our addresses. RFC 3810, and answers to queries of RFC 2710.
// Owned and used by LinkResponder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "dataplane/base/drop_reason.h"
#include "dataplane/base/static_vector.h"
#include "dataplane/base/time.h"
#include "dataplane/net/ethernet.h"
#include "dataplane/net/interface_address.h"
#include "dataplane/net/ipv6.h"

namespace penstock {

// The solicited-node groups of our address and of the link-local one.
inline constexpr std::size_t kMulticastGroupsMax = 2;
using MulticastGroups = StaticVector<IpAddress, kMulticastGroupsMax>;
MulticastGroups multicast_groups(const InterfaceAddresses& addresses);
// The group addresses of Ethernet that carry what a port listens to, all nodes' included.
StaticVector<MacAddress, kMulticastGroupsMax + 1> multicast_macs(
    const InterfaceAddresses& addresses);

inline constexpr std::size_t kMldFrameBytesMax = kEthernetHeaderBytes + kIpv6HeaderBytes +
                                                 8 +  // hop-by-hop options
                                                 8 + 20 * kMulticastGroupsMax;
inline constexpr int kMldReportsCount = 2;               // RFC 3810 section 9.1
inline constexpr Duration kMldReportInterval = kSecond;  // RFC 3810 section 9.11

struct MldQuery {
  bool is_version_1 = false;
  Duration delay_max = 0;  // of the answer
  IpAddress group;         // unspecified: all
};
// Reads an ICMPv6 message of type 130 whose checksum was verified; `ip` is its IPv6 header.
// kMldInvalid unless it is as RFC 3810 section 5.1.14 and 6.2 want it.
[[nodiscard]] std::expected<MldQuery, DropReason> parse_mld_query(
    std::span<const std::uint8_t> message, const Ipv6Header& ip);

class MulticastListener {
 public:
  // Reports are due at once, with the first `poll`.
  explicit MulticastListener(const InterfaceAddresses& addresses);

  DropReason take_query(std::span<const std::uint8_t> message, const Ipv6Header& ip, Timestamp now);

  // Writes the next report that is due to `frame` (at least kMldFrameBytesMax) and returns its
  // size; zero when nothing is due. Call until zero.
  std::size_t poll(Timestamp now, std::span<std::uint8_t> frame);
  // When `poll` has work next; kNever if never.
  Timestamp next_poll() const;

 private:
  std::size_t write_report(std::span<std::uint8_t> frame, bool is_answer) const;
  std::size_t write_version_1_report(std::span<std::uint8_t> frame, const IpAddress& group) const;

  MacAddress mac_;
  IpAddress link_local_;
  MulticastGroups groups_;
  int reports_left_ = 0;  // of our own accord
  Timestamp report_due_ = kNever;
  bool is_tentative_ = true;  // our link-local address may turn out to be somebody else's
  Timestamp answer_due_ = kNever;
  Timestamp version_1_due_ = kNever;
  std::size_t version_1_next_ = 0;  // of groups_, that the answer to version 1 goes on with
};

}  // namespace penstock
