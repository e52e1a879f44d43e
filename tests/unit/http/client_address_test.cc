#include "controlplane/http/client_address.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace penstock {
namespace {

using config::ClientAddressHeader;

const std::vector<IpPrefix> kProxies = {{*parse_ip_address("127.0.0.0"), 8},
                                        {*parse_ip_address("10.1.0.0"), 16},
                                        {*parse_ip_address("2001:db8:1::"), 48}};

// The client as text, "none" if there is none; a port of 0 is left out.
std::string client(ClientAddressHeader header, const std::vector<std::string_view>& values) {
  const auto found = forwarded_client(header, values, kProxies);
  if (!found) return "none";
  return found->port == 0 ? to_string(found->ip) : to_string(*found);
}
std::string x_forwarded_for(const std::vector<std::string_view>& values) {
  return client(ClientAddressHeader::kXForwardedFor, values);
}
std::string forwarded(const std::vector<std::string_view>& values) {
  return client(ClientAddressHeader::kForwarded, values);
}

TEST(ClientAddressTest, XForwardedForIsReadFromItsEnd) {
  EXPECT_EQ(x_forwarded_for({"192.0.2.7"}), "192.0.2.7");
  EXPECT_EQ(x_forwarded_for({"198.51.100.1, 192.0.2.7"}), "192.0.2.7") << "the first is a claim";
  EXPECT_EQ(x_forwarded_for({"198.51.100.1, 192.0.2.7 ,\t10.1.2.3"}), "192.0.2.7");
  EXPECT_EQ(x_forwarded_for({"198.51.100.1", "192.0.2.7,10.1.2.3", "10.1.9.9"}), "192.0.2.7")
      << "fields of the same name are one list";
  EXPECT_EQ(x_forwarded_for({"10.1.2.3, 127.0.0.1"}), "10.1.2.3") << "all trusted: the first";
}

TEST(ClientAddressTest, AddressesComeInSeveralForms) {
  EXPECT_EQ(x_forwarded_for({"192.0.2.7:4711"}), "192.0.2.7:4711");
  EXPECT_EQ(x_forwarded_for({"2001:db8::9"}), "2001:db8::9");
  EXPECT_EQ(x_forwarded_for({"[2001:db8::9]"}), "2001:db8::9");
  EXPECT_EQ(x_forwarded_for({"[2001:db8::9]:65535"}), "[2001:db8::9]:65535");
  EXPECT_EQ(x_forwarded_for({"::ffff:192.0.2.7"}), "192.0.2.7");
  EXPECT_EQ(x_forwarded_for({"2001:db8:1::5"}), "2001:db8:1::5");
  EXPECT_EQ(x_forwarded_for({"192.0.2.7, [2001:db8:1::5]:80"}), "192.0.2.7");
  EXPECT_EQ(x_forwarded_for({",192.0.2.7, ,"}), "192.0.2.7") << "elements may be empty";
}

TEST(ClientAddressTest, WhatIsNoAddressNamesNobody) {
  for (const char* value :
       {"", ",", "unknown", "_hidden", "192.0.2", "192.0.2.7:", "192.0.2.7:0", "192.0.2.7:65536",
        "192.0.2.7:x", "[2001:db8::9", "2001:db8::9]", "[192.0.2.7]x", "[2001:db8::9]80",
        "192.0.2.7 192.0.2.8", "\"192.0.2.7\"", "192.0.2.7;for=1", "1.2.3.4,x"}) {
    EXPECT_EQ(x_forwarded_for({value}), "none") << value;
  }
  EXPECT_EQ(x_forwarded_for({}), "none");
  EXPECT_EQ(x_forwarded_for({"garbage, 192.0.2.7"}), "192.0.2.7") << "it is not read that far";
  EXPECT_EQ(x_forwarded_for({"garbage, 10.1.2.3"}), "none");
}

TEST(ClientAddressTest, ForwardedIsReadFromItsEnd) {
  EXPECT_EQ(forwarded({"for=192.0.2.7"}), "192.0.2.7");
  EXPECT_EQ(forwarded({"For=\"[2001:db8::9]:4711\";proto=https;by=10.1.2.3"}),
            "[2001:db8::9]:4711");
  EXPECT_EQ(forwarded({"for=198.51.100.1, for=192.0.2.7;host=\"a,b\", proto=http;for=10.1.2.3"}),
            "192.0.2.7");
  EXPECT_EQ(forwarded({"for=198.51.100.1", "for=192.0.2.7 , for=10.1.2.3"}), "192.0.2.7");
  EXPECT_EQ(forwarded({R"(for="192.0.2.\7:8\0";host="a\"b")"}), "192.0.2.7:80");
  EXPECT_EQ(forwarded({"for=192.0.2.7, "}), "192.0.2.7");
  EXPECT_EQ(forwarded({"for=10.1.2.3,for=127.0.0.1"}), "10.1.2.3");
}

TEST(ClientAddressTest, AMalformedForwardedNamesNobody) {
  for (const char* value :
       {"", "192.0.2.7", "for", "for=", "for=\"192.0.2.7", "for=\"192.0.2.7\\", "for=unknown",
        "for=_hidden", "by=192.0.2.7", "for=192.0.2.7 for=192.0.2.8", "for=[2001:db8::9]",
        "for=192.0.2.7;for=192.0.2.8", "=192.0.2.7", "for=192.0.2.7;=", "for =192.0.2.7",
        "for= 192.0.2.7", "x=\", for=192.0.2.7", "for=192.0.2.7, proto=http"}) {
    EXPECT_EQ(forwarded({value}), "none") << value;
  }
  EXPECT_EQ(forwarded({"x=\"", "for=192.0.2.7"}), "192.0.2.7") << "it is not read that far";
}

}  // namespace
}  // namespace penstock
