#include "dataplane/net/interface_address.h"

#include <gtest/gtest.h>

#include "dataplane/net/ipv6.h"
#include "tests/unit/net/test_frame.h"

namespace penstock {
namespace {

using test::ip;

TEST(InterfaceAddress, DerivesTheLinkLocalAddressFromTheMac) {
  InterfaceAddresses addresses;
  addresses.mac = {{0x00, 0x1B, 0x21, 0x3C, 0x4D, 0x5E}};
  EXPECT_EQ(addresses.link_local(), ip("fe80::21b:21ff:fe3c:4d5e"));
}

TEST(InterfaceAddress, KnowsWhoIsOnTheLink) {
  const InterfaceNetwork v4{ip("198.18.4.2"), {}, 23};
  EXPECT_TRUE(is_on_link(v4, ip("198.18.5.255")));
  EXPECT_FALSE(is_on_link(v4, ip("198.18.6.0")));
  EXPECT_FALSE(is_on_link(v4, ip("fd00::1")));
  const InterfaceNetwork v6{ip("fd00::2"), {}, 64};
  EXPECT_TRUE(is_on_link(v6, ip("fd00::ffff:0:0:1")));
  EXPECT_FALSE(is_on_link(v6, ip("fd00:0:0:1::1")));
  EXPECT_FALSE(is_on_link(v6, ip("198.18.4.3")));
  EXPECT_FALSE(is_on_link(InterfaceNetwork{}, ip("fd00::1")));
  EXPECT_TRUE(is_on_link({ip("198.18.0.2"), {}, 0}, ip("1.2.3.4")));
  EXPECT_FALSE(is_on_link({ip("198.18.0.2"), {}, 32}, ip("198.18.0.3")));
  EXPECT_FALSE(is_on_link({ip("fd00::2"), {}, 128}, ip("fd00::3")));
}

TEST(InterfaceAddress, KnowsTheBroadcastAddressOfAnIpv4Network) {
  EXPECT_EQ(directed_broadcast({ip("198.18.4.2"), {}, 23}), ip("198.18.5.255"));
  EXPECT_EQ(directed_broadcast({ip("198.18.4.2"), {}, 31}), IpAddress{});
  EXPECT_EQ(directed_broadcast({ip("198.18.4.2"), {}, 32}), IpAddress{});
  EXPECT_EQ(directed_broadcast(InterfaceNetwork{}), IpAddress{});
}

TEST(InterfaceAddress, MapsGroupsToMacs) {
  EXPECT_EQ(solicited_node_group(ip("2001:db8::12:3456")), ip("ff02::1:ff12:3456"));
  EXPECT_EQ(all_nodes_group(), ip("ff02::1"));
  const MacAddress mac = MacAddress::for_ipv6_multicast(ip("ff02::1:ff12:3456"));
  EXPECT_EQ(mac, (MacAddress{{0x33, 0x33, 0xFF, 0x12, 0x34, 0x56}}));
  EXPECT_TRUE(mac.is_group());
}

}  // namespace
}  // namespace penstock
