#include "bench/load/server_url.h"

#include <gtest/gtest.h>

namespace penstock::load {
namespace {

TEST(ServerUrlTest, HasAddressPortAndPath) {
  const auto url = parse_server_url("ws://198.18.0.1:8188/janus");
  ASSERT_TRUE(url.has_value()) << url.error();
  EXPECT_EQ(to_string(url->address), "198.18.0.1:8188");
  EXPECT_EQ(url->path, "/janus");
  EXPECT_EQ(url->text, "ws://198.18.0.1:8188/janus");
}

TEST(ServerUrlTest, PathMayBeAbsentAndIpv6IsInBrackets) {
  const auto url = parse_server_url("ws://[fd00::1]:80");
  ASSERT_TRUE(url.has_value()) << url.error();
  EXPECT_EQ(to_string(url->address), "[fd00::1]:80");
  EXPECT_EQ(url->path, "/");
}

TEST(ServerUrlTest, WssIsTls) {
  EXPECT_FALSE(parse_server_url("ws://198.18.0.1:8188")->is_tls);
  const auto url = parse_server_url("wss://198.18.0.1:8188/janus");
  ASSERT_TRUE(url.has_value()) << url.error();
  EXPECT_TRUE(url->is_tls);
  EXPECT_EQ(to_string(url->address), "198.18.0.1:8188");
  EXPECT_EQ(url->path, "/janus");
}

TEST(ServerUrlTest, MistakesAreNamed) {
  EXPECT_NE(parse_server_url("http://198.18.0.1:80").error().find("ws://"), std::string::npos);
  EXPECT_NE(parse_server_url("ws://198.18.0.1").error().find("port"), std::string::npos);
  EXPECT_NE(parse_server_url("ws://198.18.0.1:x").error().find("port"), std::string::npos);
  EXPECT_NE(parse_server_url("ws://198.18.0.1:0").error().find("port"), std::string::npos);
  EXPECT_NE(parse_server_url("ws://198.18.0.1:70000").error().find("port"), std::string::npos);
  EXPECT_NE(parse_server_url("ws://nowhere:80").error().find("IP address"), std::string::npos);
}

}  // namespace
}  // namespace penstock::load
