#include "dataplane/net/mld.h"

#include <algorithm>
#include <limits>

#include "dataplane/base/byte_writer.h"
#include "dataplane/base/endian.h"
#include "dataplane/net/icmp.h"
#include "dataplane/net/ipv4.h"

namespace penstock {
namespace {

constexpr std::uint8_t kQuery = 130;
constexpr std::uint8_t kVersion1Report = 131;
constexpr std::uint8_t kVersion2Report = 143;
constexpr std::size_t kVersion1Bytes = 24;
constexpr std::size_t kVersion2QueryBytesMin = 28;
constexpr std::uint8_t kRecordModeIsExclude = 2;
constexpr std::uint8_t kRecordChangeToExcludeMode = 4;
constexpr std::uint8_t kHopLimitOfMld = 1;
constexpr std::size_t kHopByHopBytes = 8;
constexpr std::size_t kMessageOffset = kEthernetHeaderBytes + kIpv6HeaderBytes + kHopByHopBytes;

// RFC 3810 section 5.1.3: milliseconds, from 2^15 on a floating point number.
Duration delay_of(std::uint16_t code) {
  if (code < 0x8000) return code * kMillisecond;
  const std::uint32_t mantissa = (code & 0x0FFFU) | 0x1000U;
  return static_cast<Duration>(mantissa << (((code >> 12) & 7U) + 3)) * kMillisecond;
}

// Everything in front of the message, with a router alert (RFC 2711).
void write_headers(std::uint8_t* frame, const MacAddress& mac, const IpAddress& source,
                   const IpAddress& destination, std::size_t message_bytes) {
  write_ethernet_header(frame, {MacAddress::for_ipv6_multicast(destination), mac, kEtherTypeIpv6});
  const std::uint8_t hop_by_hop = 0;
  write_ipv6_header(frame + kEthernetHeaderBytes,
                    {source, destination, hop_by_hop, kHopLimitOfMld,
                     static_cast<std::uint16_t>(kHopByHopBytes + message_bytes)});
  ByteWriter writer({frame + kEthernetHeaderBytes + kIpv6HeaderBytes, kHopByHopBytes});
  writer.write_u8(kProtocolIcmpv6);
  writer.write_u8(0);        // eight bytes
  writer.write_u16(0x0502);  // router alert, of two bytes:
  writer.write_u16(0);       // MLD
  writer.write_u16(0x0100);  // padding
}

}  // namespace

MulticastGroups multicast_groups(const InterfaceAddresses& addresses) {
  MulticastGroups groups;
  if (!addresses.ipv6.is_present()) return groups;
  static_cast<void>(groups.push_back(solicited_node_group(addresses.ipv6.address)));
  const IpAddress other = solicited_node_group(addresses.link_local());
  if (other != groups[0]) static_cast<void>(groups.push_back(other));
  return groups;
}

StaticVector<MacAddress, kMulticastGroupsMax + 1> multicast_macs(
    const InterfaceAddresses& addresses) {
  StaticVector<MacAddress, kMulticastGroupsMax + 1> macs;
  if (!addresses.ipv6.is_present()) return macs;
  static_cast<void>(macs.push_back(MacAddress::for_ipv6_multicast(all_nodes_group())));
  for (const IpAddress& group : multicast_groups(addresses))
    static_cast<void>(macs.push_back(MacAddress::for_ipv6_multicast(group)));
  return macs;
}

std::expected<MldQuery, DropReason> parse_mld_query(std::span<const std::uint8_t> message,
                                                    const Ipv6Header& ip) {
  const bool is_version_1 = message.size() == kVersion1Bytes;
  const bool is_valid = (is_version_1 || message.size() >= kVersion2QueryBytesMin) &&
                        message[0] == kQuery && ip.hop_limit == kHopLimitOfMld &&
                        is_ipv6_link_local(ip.source);
  if (!is_valid) return std::unexpected(DropReason::kMldInvalid);
  MldQuery query;
  query.is_version_1 = is_version_1;
  const std::uint16_t code = load_be16(&message[4]);
  query.delay_max = is_version_1 ? code * kMillisecond : delay_of(code);
  query.group = IpAddress::from_v6_bytes(&message[8]);
  return query;
}

MulticastListener::MulticastListener(const InterfaceAddresses& addresses)
    : mac_(addresses.mac),
      link_local_(addresses.link_local()),
      groups_(multicast_groups(addresses)) {
  if (groups_.empty()) return;
  reports_left_ = kMldReportsCount;
  report_due_ = std::numeric_limits<Timestamp>::min();
}

// All listeners are to answer at different times (RFC 3810 section 6.2): ours is what our MAC says,
// which is as good as a random one.
DropReason MulticastListener::take_query(std::span<const std::uint8_t> message,
                                         const Ipv6Header& ip, Timestamp now) {
  const auto query = parse_mld_query(message, ip);
  if (!query) return query.error();
  const bool is_about_us =
      query->group.is_unspecified() || std::ranges::find(groups_, query->group) != groups_.end();
  if (groups_.empty() || !is_about_us) return DropReason::kNone;
  const Duration delay = query->delay_max / 65'536 * load_be16(&mac_.bytes[4]);
  Timestamp& due = query->is_version_1 ? version_1_due_ : answer_due_;
  due = std::min(due, now + delay);
  return DropReason::kNone;
}

std::size_t MulticastListener::poll(Timestamp now, std::span<std::uint8_t> frame) {
  if (frame.size() < kMldFrameBytesMax) return 0;
  if (report_due_ <= now) {
    --reports_left_;
    report_due_ = reports_left_ > 0 ? now + kMldReportInterval : kNever;
    const std::size_t bytes = write_report(frame, false);
    is_tentative_ = false;
    return bytes;
  }
  if (answer_due_ <= now) {
    answer_due_ = kNever;
    return write_report(frame, true);
  }
  if (version_1_due_ > now) return 0;
  const IpAddress& group = groups_[version_1_next_++];
  if (version_1_next_ == groups_.size()) {
    version_1_next_ = 0;
    version_1_due_ = kNever;
  }
  return write_version_1_report(frame, group);
}

Timestamp MulticastListener::next_poll() const {
  return std::min({report_due_, answer_due_, version_1_due_});
}

// While our own address may be another's, from the unspecified one: for switches (RFC 3810 section
// 5.2.13).
std::size_t MulticastListener::write_report(std::span<std::uint8_t> frame, bool is_answer) const {
  const std::size_t message_bytes = 8 + 20 * groups_.size();
  const IpAddress source = is_tentative_ ? IpAddress{} : link_local_;
  const IpAddress destination = all_mldv2_routers_group();
  write_headers(frame.data(), mac_, source, destination, message_bytes);
  const auto message = frame.subspan(kMessageOffset, message_bytes);
  ByteWriter writer(message);
  writer.write_u8(kVersion2Report);
  writer.write_zeros(5);
  writer.write_u16(static_cast<std::uint16_t>(groups_.size()));
  for (const IpAddress& group : groups_) {
    writer.write_u8(is_answer ? kRecordModeIsExclude : kRecordChangeToExcludeMode);
    writer.write_zeros(3);  // no sources are left out
    writer.write_bytes(group.bytes);
  }
  store_icmpv6_checksum(message, source, destination);
  return kMessageOffset + message_bytes;
}

std::size_t MulticastListener::write_version_1_report(std::span<std::uint8_t> frame,
                                                      const IpAddress& group) const {
  write_headers(frame.data(), mac_, link_local_, group, kVersion1Bytes);
  const auto message = frame.subspan(kMessageOffset, kVersion1Bytes);
  ByteWriter writer(message);
  writer.write_u8(kVersion1Report);
  writer.write_zeros(7);
  writer.write_bytes(group.bytes);
  store_icmpv6_checksum(message, link_local_, group);
  return kMessageOffset + kVersion1Bytes;
}

}  // namespace penstock
