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

}  // namespace
}  // namespace penstock
