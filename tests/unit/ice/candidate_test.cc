#include "controlplane/ice/candidate.h"

#include <gtest/gtest.h>

#include <string>

namespace penstock {
namespace {

TEST(Candidate, ParsesWhatBrowsersSend) {
  const auto candidate = parse_candidate(
      "candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 10.0.0.5 rport 51556 "
      "generation 0 ufrag EsAw network-cost 999");
  ASSERT_TRUE(candidate.has_value());
  EXPECT_EQ(candidate->foundation, "842163049");
  EXPECT_EQ(candidate->component, 1);
  EXPECT_TRUE(candidate->is_udp);
  EXPECT_EQ(candidate->priority, 1'677'729'535U);
  EXPECT_EQ(to_string(candidate->address.value()), "203.0.113.7:46154");
  EXPECT_EQ(candidate->type, CandidateType::kServerReflexive);
  EXPECT_EQ(candidate->ufrag, "EsAw");
}

TEST(Candidate, ParsesWithAttributeNameLineEndIpv6AndTcp) {
  const auto candidate =
      parse_candidate("a=candidate:1 1 TCP 1518280447 fd00::1 9 typ host tcptype active\r\n");
  ASSERT_TRUE(candidate.has_value());
  EXPECT_FALSE(candidate->is_udp);
  EXPECT_EQ(to_string(candidate->address.value()), "[fd00::1]:9");
  EXPECT_EQ(candidate->type, CandidateType::kHost);
  EXPECT_FALSE(candidate->ufrag.has_value());
}

TEST(Candidate, NamesAreKeptOutAndNeverResolved) {
  const auto candidate = parse_candidate(
      "candidate:1 1 udp 2113937151 f8f6d7c3-4a8a-4b5e-8b0a-6a0d0c1b2a3f.local 54321 typ host");
  ASSERT_TRUE(candidate.has_value());
  EXPECT_FALSE(candidate->address.has_value());
}

TEST(Candidate, AnUnknownTypeIsKeptAsUnknown) {
  EXPECT_EQ(parse_candidate("candidate:1 1 udp 1 198.18.0.1 9 typ novel")->type,
            CandidateType::kUnknown);
}

TEST(Candidate, RefusesWhatIsNotACandidate) {
  for (const std::string& line :
       {std::string(), std::string("candidate:"), std::string("candidate:1 1 udp"),
        std::string("candidate:1 1 udp 1 198.18.0.1 9"),
        std::string("candidate:1 1 udp 1 198.18.0.1 9 typ"),
        std::string("candidate:1 1 udp 1 198.18.0.1 9 type host"),
        std::string("candidate:1 1 udp 1 198.18.0.1 65536 typ host"),
        std::string("candidate:1 1 udp -1 198.18.0.1 9 typ host"),
        std::string("candidate:1 1 udp 4294967296 198.18.0.1 9 typ host"),
        std::string("candidate:1 x udp 1 198.18.0.1 9 typ host"),
        std::string("candidate: 1 udp 1 198.18.0.1 9 typ"), std::string("a=rtpmap:111 opus/48000"),
        std::string("end-of-candidates"),
        "candidate:1 1 udp 1 198.18.0.1 9 typ host x " + std::string(10'000, 'y')}) {
    EXPECT_FALSE(parse_candidate(line).has_value()) << line.substr(0, 80);
  }
}

TEST(Candidate, KeepsAtMostSixtyFourOfASession) {
  RemoteCandidates candidates;
  EXPECT_EQ(candidates.add("nonsense"), RemoteCandidates::Added::kNotACandidate);
  for (int i = 0; i < 100'000; ++i) {
    const auto expected =
        i < 64 ? RemoteCandidates::Added::kYes : RemoteCandidates::Added::kTooMany;
    ASSERT_EQ(candidates.add("candidate:1 1 udp 1 198.18.0.1 9 typ host"), expected);
  }
  EXPECT_EQ(candidates.list().size(), 64U);
}

TEST(Candidate, FormatsOurHostCandidate) {
  const SocketAddress v4{IpAddress::from_v4({198, 18, 0, 2}), 40'000};
  const SocketAddress v6{parse_ip_address("fd00::2").value(), 40'000};
  const auto parsed = parse_candidate(format_host_candidate(v4, 65'535));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->address, v4);
  EXPECT_EQ(parsed->type, CandidateType::kHost);
  EXPECT_EQ(parsed->component, 1);
  EXPECT_TRUE(parsed->is_udp);
  EXPECT_EQ(parsed->priority, 2'130'706'431U);  // RFC 8445: 126, 65535, component 1
  EXPECT_LE(parsed->foundation.size(), 32U);

  const auto parsed_v6 = parse_candidate(format_host_candidate(v6, 65'534));
  ASSERT_TRUE(parsed_v6.has_value());
  EXPECT_EQ(parsed_v6->address, v6);
  EXPECT_LT(parsed_v6->priority, parsed->priority);
  EXPECT_NE(parsed_v6->foundation, parsed->foundation);
  const SocketAddress other_port{v4.ip, 40'001};
  EXPECT_EQ(parse_candidate(format_host_candidate(other_port, 65'535))->foundation,
            parsed->foundation);
}

}  // namespace
}  // namespace penstock
