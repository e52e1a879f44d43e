#include "dataplane/net/icmp.h"

#include "dataplane/base/endian.h"
#include "dataplane/net/checksum.h"
#include "dataplane/net/ipv4.h"

namespace penstock {
namespace {

std::uint64_t icmpv6_sum(std::span<const std::uint8_t> message, const IpAddress& source,
                         const IpAddress& destination) {
  return pseudo_header_sum(source, destination, kProtocolIcmpv6,
                           static_cast<std::uint32_t>(message.size())) +
         ones_complement_sum(message);
}

}  // namespace

DropReason check_icmp_echo_request(std::span<const std::uint8_t> message) {
  const bool is_valid = message.size() >= kIcmpHeaderBytes && message[0] == kIcmpEchoRequest &&
                        message[1] == 0 && internet_checksum(message) == 0;
  return is_valid ? DropReason::kNone : DropReason::kIcmpInvalid;
}

DropReason check_icmpv6(std::span<const std::uint8_t> message, const IpAddress& source,
                        const IpAddress& destination) {
  const bool is_valid =
      message.size() >= 4 && fold_checksum(icmpv6_sum(message, source, destination)) == 0xFFFF;
  return is_valid ? DropReason::kNone : DropReason::kIcmpInvalid;
}

void store_icmp_checksum(std::span<std::uint8_t> message) {
  store_be16(&message[2], 0);
  store_be16(&message[2], internet_checksum(message));
}

void store_icmpv6_checksum(std::span<std::uint8_t> message, const IpAddress& source,
                           const IpAddress& destination) {
  store_be16(&message[2], 0);
  const std::uint16_t sum = fold_checksum(icmpv6_sum(message, source, destination));
  store_be16(&message[2], static_cast<std::uint16_t>(~sum));
}

}  // namespace penstock
