// The rules about requests, without sockets: each row is a request and the status it gets.
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "controlplane/http/http_request_reader.h"
#include "controlplane/http/http_target.h"
#include "controlplane/http/rate_limiter.h"
#include "controlplane/signalling/limits.h"

namespace penstock {
namespace {

using State = HttpRequestReader::State;

constexpr std::size_t kBodyBytesMax = 262'144;

struct Row {
  const char* name;
  std::string request;
  unsigned status;  // 200: complete
};

std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.name; }

unsigned read_whole(std::string request) {
  HttpRequestReader reader(kBodyBytesMax);
  const State state = reader.advance(request);
  if (state == State::kRefused) return reader.refusal().status;
  return state == State::kComplete ? 200 : 0;
}

unsigned read_bytewise(const std::string& request) {
  HttpRequestReader reader(kBodyBytesMax);
  std::string received;
  for (const char c : request) {
    received += c;
    if (reader.advance(received) == State::kRefused) return reader.refusal().status;
    if (reader.state() == State::kComplete) return 200;
  }
  return 0;
}

class HttpRuleTest : public testing::TestWithParam<Row> {};

TEST_P(HttpRuleTest, WholeRequestGetsItsStatus) {
  EXPECT_EQ(read_whole(GetParam().request), GetParam().status);
}

TEST_P(HttpRuleTest, ByteByByteItGetsTheSame) {
  EXPECT_EQ(read_bytewise(GetParam().request), GetParam().status);
}

const std::string kPost = "POST /janus HTTP/1.1\r\nHost: h\r\n";

std::string many_fields(std::size_t count) {
  std::string request = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (std::size_t i = 1; i < count; ++i) request += "X: y\r\n";
  return request + "\r\n";
}

INSTANTIATE_TEST_SUITE_P(
    All, HttpRuleTest,
    testing::Values(
        Row{"plain", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", 200},
        Row{"leading blank line", "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 200},
        Row{"body", kPost + "Content-Length: 2\r\n\r\nab", 200},
        Row{"chunks", kPost + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", 200},
        Row{"no end of chunks", kPost + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", 0},
        Row{"chunks without a number", kPost + "Transfer-Encoding: chunked\r\n\r\nxy\r\n\r\n", 400},
        Row{"chunks over the limit", kPost + "Transfer-Encoding: chunked\r\n\r\n40001\r\n", 413},
        Row{"tab in a value", "GET / HTTP/1.1\r\nHost: h\r\nX: a\tb\r\n\r\n", 200},
        Row{"IPv6 Host", "GET / HTTP/1.1\r\nHost: [::1]:8088\r\n\r\n", 200},
        Row{"1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 200},
        Row{"unfinished", "GET / HTTP/1.1\r\nHost: h\r\n", 0},
        // Framing (RFC 9112 sections 6.1, 6.3).
        Row{"CL and TE", kPost + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400},
        Row{"TE and CL", kPost + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
            400},
        Row{"two CL", kPost + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc", 400},
        Row{"the same CL twice", kPost + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab", 400},
        Row{"CL as a list", kPost + "Content-Length: 2, 2\r\n\r\nab", 400},
        Row{"negative CL", kPost + "Content-Length: -1\r\n\r\n", 400},
        Row{"signed CL", kPost + "Content-Length: +2\r\n\r\nab", 400},
        Row{"hexadecimal CL", kPost + "Content-Length: 0x2\r\n\r\nab", 400},
        Row{"CL over 64 bits", kPost + "Content-Length: 18446744073709551617\r\n\r\nx", 400},
        Row{"TE gzip", kPost + "Transfer-Encoding: gzip\r\n\r\n", 501},
        Row{"TE gzip, chunked", kPost + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
        Row{"TE chunked, chunked",
            kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400},
        Row{"TE in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        // Lines (RFC 9112 sections 2.2, 5.1, 5.2).
        Row{"bare LF", "GET / HTTP/1.1\nHost: h\n\n", 400},
        Row{"bare LF after a field", "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", 400},
        Row{"bare CR", "GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", 400},
        Row{"folded field", "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", 400},
        Row{"space before colon", "GET / HTTP/1.1\r\nHost: h\r\nContent-Length : 0\r\n\r\n", 400},
        Row{"field without colon", "GET / HTTP/1.1\r\nHost: h\r\nX\r\n\r\n", 400},
        Row{"empty field name", "GET / HTTP/1.1\r\nHost: h\r\n: x\r\n\r\n", 400},
        Row{"NUL in a value", std::string("GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n", 35), 400},
        Row{"space in the target", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        Row{"no version", "GET /\r\nHost: h\r\n\r\n", 400},
        Row{"not HTTP", "\x16\x03\x01\x02\r\n\r\n", 400},
        // Host (RFC 9112 section 3.2).
        Row{"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
        Row{"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        Row{"Host list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
        Row{"Host with path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        // Versions and expectations.
        Row{"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        Row{"HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", 505},
        Row{"unknown expectation", kPost + "Expect: cake\r\n\r\n", 417},
        // Sizes.
        Row{"64 fields", many_fields(64), 200}, Row{"65 fields", many_fields(65), 431},
        Row{"a huge field",
            "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(9'000, 'a') + "\r\n\r\n", 431},
        Row{"a head without end", "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(9'000, 'a'),
            431},
        Row{"a long target", "GET /" + std::string(2'050, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n",
            414},
        Row{"the largest body",
            kPost + "Content-Length: 262144\r\n\r\n" + std::string(262'144, 'x'), 200},
        Row{"a body too large, before it is sent", kPost + "Content-Length: 262145\r\n\r\n", 413}));

TEST(HttpRequestReaderTest, LeavesTheNextRequestAlone) {
  HttpRequestReader reader(kBodyBytesMax);
  std::string received = kPost + "Content-Length: 2\r\n\r\nabGET /next";
  EXPECT_EQ(reader.advance(received), State::kComplete);
  EXPECT_EQ(reader.request().body(), "ab");
  EXPECT_EQ(received, "GET /next");
}

TEST(HttpTargetTest, AbsoluteFormLosesItsAuthority) {
  const auto target = parse_http_target("http://h:80/janus/1?x=y");
  ASSERT_TRUE(target.has_value());
  EXPECT_EQ(target->path, "/janus/1");
  EXPECT_EQ(target->segments, (std::vector<std::string>{"janus", "1"}));
  EXPECT_EQ(parse_http_target("http://h")->path, "/");
}

TEST(HttpTargetTest, LastSlashIsNoSegmentAndOthersAre) {
  EXPECT_EQ(parse_http_target("/janus/")->segments, (std::vector<std::string>{"janus"}));
  EXPECT_EQ(parse_http_target("/a//b")->segments, (std::vector<std::string>{"a", "", "b"}));
  EXPECT_TRUE(parse_http_target("/")->segments.empty());
}

TEST(HttpTargetTest, EscapesDoNotMakeSegments) {
  EXPECT_EQ(parse_http_target("/janus%2F1")->segments, (std::vector<std::string>{"janus/1"}));
}

TEST(HttpTargetTest, MalformedTargetsAreRefused) {
  for (const char* target : {"*", "janus", "/%", "/%4", "/%zz", "/%00", "/?a=%", "/?%00=1"}) {
    const auto parsed = parse_http_target(target);
    ASSERT_FALSE(parsed.has_value()) << target;
    EXPECT_EQ(parsed.error().status, 400U);
  }
}

TEST(HttpTargetTest, QueryHasSixteenParametersAtMost) {
  std::string target = "/?a=1";
  for (int i = 1; i < 16; ++i) target += "&a=1";
  EXPECT_EQ(parse_http_target(target)->query.size(), 16U);
  EXPECT_FALSE(parse_http_target(target + "&a=1").has_value());
}

TEST(HttpTargetTest, QueryPartsMayBeEmpty) {
  const auto target = parse_http_target("/?a&=b&&c=d=e");
  ASSERT_TRUE(target.has_value());
  ASSERT_EQ(target->query.size(), 3U);
  EXPECT_EQ(target->query[0].name + "|" + target->query[0].value, "a|");
  EXPECT_EQ(target->query[1].name + "|" + target->query[1].value, "|b");
  EXPECT_EQ(target->query[2].name + "|" + target->query[2].value, "c|d=e");
}

TEST(RateLimiterTest, BurstThenRate) {
  RateLimiter limiter({10, 3, 100});
  const IpAddress client = IpAddress::from_v4({192, 0, 2, 1});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.take(client, 1'000), 0);
  EXPECT_EQ(limiter.take(client, 1'000), 100 * kMillisecond);
  EXPECT_EQ(limiter.take(client, 1'000 + 100 * kMillisecond), 0);
  EXPECT_GT(limiter.take(client, 1'000 + 100 * kMillisecond), 0);
}

TEST(RateLimiterTest, BurstComesBackButDoesNotGrow) {
  RateLimiter limiter({10, 3, 100});
  const IpAddress client = IpAddress::from_v4({192, 0, 2, 1});
  for (int i = 0; i < 3; ++i) limiter.take(client, 0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.take(client, 3'600 * kSecond), 0);
  EXPECT_GT(limiter.take(client, 3'600 * kSecond), 0);
}

TEST(RateLimiterTest, AddressesAreApartButAnIpv6NetworkIsOneClient) {
  RateLimiter limiter({1, 1, 100});
  EXPECT_EQ(limiter.take(*parse_ip_address("192.0.2.1"), 0), 0);
  EXPECT_EQ(limiter.take(*parse_ip_address("192.0.2.2"), 0), 0);
  EXPECT_EQ(limiter.take(*parse_ip_address("2001:db8::1"), 0), 0);
  EXPECT_GT(limiter.take(*parse_ip_address("2001:db8::ffff:1"), 0), 0);
  EXPECT_EQ(limiter.take(*parse_ip_address("2001:db8:0:1::1"), 0), 0);
}

TEST(RateLimiterTest, TableIsBoundedAndForgetsTheLongestUnused) {
  RateLimiter limiter({1, 1, 2});
  const IpAddress a = *parse_ip_address("192.0.2.1");
  const IpAddress b = *parse_ip_address("192.0.2.2");
  limiter.take(a, 0);
  limiter.take(b, 0);
  limiter.take(a, 0);  // a is in use, b is the older one
  limiter.take(*parse_ip_address("192.0.2.3"), 0);
  EXPECT_EQ(limiter.addresses(), 2U);
  EXPECT_GT(limiter.take(a, 0), 0) << "remembered";
  EXPECT_EQ(limiter.take(b, 0), 0) << "forgotten";
}

}  // namespace
}  // namespace penstock
