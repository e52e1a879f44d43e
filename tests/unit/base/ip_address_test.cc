#include "dataplane/base/ip_address.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(IpAddress, ParsesAndPrintsBothFamilies) {
  for (const char* text : {"198.18.0.2", "0.0.0.0", "fd00::2", "2001:db8::1"}) {
    const auto address = parse_ip_address(text);
    ASSERT_TRUE(address.has_value()) << text;
    EXPECT_EQ(to_string(*address), text);
  }
}

TEST(IpAddress, MappedFormIsTheSameAddressAsItsIpv4Form) {
  EXPECT_EQ(parse_ip_address("::ffff:127.0.0.1"), parse_ip_address("127.0.0.1"));
  EXPECT_TRUE(parse_ip_address("::ffff:127.0.0.1")->is_v4());
}

TEST(IpAddress, RefusesWhatIsNoAddressAndSaysSo) {
  for (const char* text : {"", "1.2.3", "1.2.3.4.5", "host", "fd00::1%eth0", "[::1]"}) {
    const auto address = parse_ip_address(text);
    ASSERT_FALSE(address.has_value()) << text;
    EXPECT_NE(address.error().find("is not an IPv4 or IPv6 address"), std::string::npos);
  }
}

TEST(SocketAddress, PrintsIpv6InBrackets) {
  EXPECT_EQ(to_string(SocketAddress{*parse_ip_address("fd00::2"), 5000}), "[fd00::2]:5000");
  EXPECT_EQ(to_string(SocketAddress{*parse_ip_address("198.18.0.2"), 5000}), "198.18.0.2:5000");
}

TEST(IpAddress, PrefixesAreOfTheFamilysOwnBits) {
  const auto share = [](const char* one, const char* other, unsigned bits) {
    return share_prefix(*parse_ip_address(one), *parse_ip_address(other), bits);
  };
  EXPECT_TRUE(share("198.18.0.1", "198.18.0.255", 24));
  EXPECT_FALSE(share("198.18.0.1", "198.18.1.1", 24));
  EXPECT_TRUE(share("198.18.0.1", "198.18.1.1", 23));
  EXPECT_TRUE(share("198.18.0.1", "1.2.3.4", 0));
  EXPECT_TRUE(share("198.18.0.1", "198.18.0.1", 32));
  EXPECT_FALSE(share("198.18.0.0", "198.18.0.1", 32));
  EXPECT_TRUE(share("fd00::1", "fd00::2", 64));
  EXPECT_FALSE(share("fd00::1", "fd00::2", 127));
  EXPECT_FALSE(share("fd00::1", "198.18.0.1", 0));
}

TEST(IpAddress, LoopbackIsAWholeNetworkOrOneAddress) {
  for (const char* text : {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(parse_ip_address(text)->is_loopback()) << text;
  }
  for (const char* text : {"128.0.0.1", "::", "::2", "0.0.0.0", "fe80::1"}) {
    EXPECT_FALSE(parse_ip_address(text)->is_loopback()) << text;
  }
}

}  // namespace
}  // namespace penstock
