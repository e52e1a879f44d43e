#include "dataplane/dpdk/host_addresses.h"

#include <gtest/gtest.h>

#include "dataplane/base/limits.h"

namespace penstock {
namespace {

HostAddress at(const char* address, const char* interface) {
  return {parse_ip_address(address).value(), interface};
}

std::vector<std::string> offered(const std::vector<HostAddress>& all) {
  std::vector<std::string> texts;
  for (const HostAddress& each : offered_addresses(all)) texts.push_back(to_string(each.address));
  return texts;
}

using Texts = std::vector<std::string>;

TEST(HostAddresses, LinkLocalAndLoopbackAreNotOfferedAndIpv4IsFirst) {
  EXPECT_EQ(offered({at("127.0.0.1", "lo"), at("::1", "lo"), at("2001:db8::1", "eth0"),
                     at("fe80::1", "eth0"), at("192.0.2.1", "eth0"), at("192.0.2.9", "eth1")}),
            (Texts{"192.0.2.1", "192.0.2.9", "2001:db8::1"}));
}

TEST(HostAddresses, AHostWithNothingElseOffersLoopback) {
  EXPECT_EQ(offered({at("::1", "lo"), at("127.0.0.1", "lo"), at("fe80::1", "eth0")}),
            (Texts{"127.0.0.1", "::1"}));
}

TEST(HostAddresses, NoMoreAreOfferedThanThereMayBe) {
  const std::vector<HostAddress> many(kHostAddressesMax + 5, at("192.0.2.1", "eth0"));
  EXPECT_EQ(offered(many).size(), kHostAddressesMax);
}

TEST(HostAddresses, AnAddressThatIsNotTheHostsIsRefusedWithThoseThatAre) {
  const auto found = find_host_addresses({IpAddress::from_v4({127, 0, 0, 1})});
  ASSERT_TRUE(found.has_value()) << found.error();
  EXPECT_EQ(found->front().interface, "lo");
  EXPECT_GE(largest_mtu(*found), kMtuMax);

  const auto other = find_host_addresses({IpAddress::from_v4({198, 51, 100, 7})});
  ASSERT_FALSE(other.has_value());
  EXPECT_NE(other.error().find("198.51.100.7 is no address"), std::string::npos) << other.error();
  EXPECT_NE(other.error().find("127.0.0.1 (lo)"), std::string::npos) << other.error();
}

}  // namespace
}  // namespace penstock
