#include "controlplane/whip/offer_rules.h"

#include <gtest/gtest.h>

#include "tests/unit/whip/whip_test.h"

namespace penstock::whip {
namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

unsigned status_of(std::string_view offer, HttpApi api) {
  const auto read = read_offer(offer, api);
  return read ? 201 : read.error().status;
}

TEST(OfferRules, TheTransportIsThatOfTheBundle) {
  const auto facts = read_offer(publish_offer(), HttpApi::kWhip);
  ASSERT_TRUE(facts.has_value()) << facts.error().text;
  EXPECT_EQ(facts->ice_ufrag, "EsAw");
  EXPECT_EQ(facts->ice_pwd, "P2uYro0UCOQ4zxjKXaWCBui1");
  EXPECT_EQ(facts->kind, "audio");
  EXPECT_EQ(facts->mid, "0");
}

TEST(OfferRules, DirectionsHaveToFit) {
  EXPECT_EQ(status_of(publish_offer(), HttpApi::kWhep), 422U);
  EXPECT_EQ(status_of(play_offer(), HttpApi::kWhip), 422U);
  for (const HttpApi api : {HttpApi::kWhip, HttpApi::kWhep}) {
    const bool sends = api == HttpApi::kWhip;
    const std::string offer = sends ? publish_offer() : play_offer();
    const std::string direction = sends ? "a=sendonly" : "a=recvonly";
    EXPECT_EQ(status_of(replaced(offer, direction, "a=sendrecv"), api), 201U);
    EXPECT_EQ(status_of(replaced(offer, direction, "a=inactive"), api), 422U);
  }
}

TEST(OfferRules, APublisherHasOneTrackOfEachKind) {
  const std::vector<test::OfferedStream> streams{{.kind = MediaKind::kVideo, .ssrc = 1},
                                                 {.kind = MediaKind::kVideo, .ssrc = 2}};
  EXPECT_EQ(status_of(test::write_publish_offer(client_transport(), streams), HttpApi::kWhip),
            422U);
  EXPECT_EQ(status_of("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n", HttpApi::kWhip), 422U);
}

TEST(OfferRules, APlayerWithoutMLinesIsNotAtFault) {
  const auto facts =
      read_offer("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n", HttpApi::kWhep);
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->ice_ufrag, "");
}

TEST(OfferRules, WhatIsNoOfferIsMalformed) {
  for (const HttpApi api : {HttpApi::kWhip, HttpApi::kWhep}) {
    const std::string offer = api == HttpApi::kWhip ? publish_offer() : play_offer();
    EXPECT_EQ(status_of("hello", api), 400U);
    EXPECT_EQ(status_of(replaced(offer, "a=ice-pwd:P2", "a=ice-pwd:\"2"), api), 400U);
    EXPECT_EQ(status_of(replaced(offer, "a=fingerprint", "a=nothing"), api), 400U);
  }
}

}  // namespace
}  // namespace penstock::whip
