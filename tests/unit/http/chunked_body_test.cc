// Bodies in chunks (RFC 9112 section 7.1): each row is what comes behind the head.
#include "controlplane/http/chunked_body.h"

#include <gtest/gtest.h>

#include <ostream>

#include "controlplane/signalling/limits.h"

namespace penstock {
namespace {

using BodyState = ChunkedBody::State;

constexpr std::size_t kBodyMax = 100;

struct Chunks {
  const char* name;
  std::string bytes;
  BodyState state;
  std::string body = {};
  std::string left = {};  // of the next request
};

std::ostream& operator<<(std::ostream& out, const Chunks& chunks) { return out << chunks.name; }

class ChunkedBodyTest : public testing::TestWithParam<Chunks> {};

TEST_P(ChunkedBodyTest, WholeItIsTaken) {
  ChunkedBody body(kBodyMax);
  std::string received = GetParam().bytes;
  EXPECT_EQ(body.advance(received), GetParam().state);
  if (GetParam().state != BodyState::kComplete) return;
  EXPECT_EQ(body.take(), GetParam().body);
  EXPECT_EQ(received, GetParam().left);
}

TEST_P(ChunkedBodyTest, ByteByByteItIsTheSame) {
  ChunkedBody body(kBodyMax);
  std::string received;
  std::string rest = GetParam().bytes;
  while (!rest.empty() && body.state() == BodyState::kUnfinished) {
    received += rest.front();
    rest.erase(0, 1);
    body.advance(received);
  }
  EXPECT_EQ(body.state(), GetParam().state);
  if (GetParam().state != BodyState::kComplete) return;
  EXPECT_EQ(body.take(), GetParam().body);
  EXPECT_EQ(received + rest, GetParam().left);
}

const std::string kTooMuch(kHttpHeaderBytesMax + 1, 'x');

INSTANTIATE_TEST_SUITE_P(
    All, ChunkedBodyTest,
    testing::Values(
        Chunks{"one", "3\r\nabc\r\n0\r\n\r\n", BodyState::kComplete, "abc"},
        Chunks{"some", "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n", BodyState::kComplete, "abcd"},
        Chunks{"none", "0\r\n\r\n", BodyState::kComplete},
        Chunks{"line ends in a chunk", "4\r\n\r\n\r\n\r\n0\r\n\r\n", BodyState::kComplete,
               "\r\n\r\n"},
        Chunks{"hexadecimal", "A\r\n0123456789\r\n0\r\n\r\n", BodyState::kComplete, "0123456789"},
        Chunks{"small letters", "a\r\n0123456789\r\n0\r\n\r\n", BodyState::kComplete, "0123456789"},
        Chunks{"leading zeros", "0000000000000003\r\nabc\r\n00\r\n\r\n", BodyState::kComplete,
               "abc"},
        Chunks{"extensions", "3;a=b; c=\"d\"\r\nabc\r\n0 ;e\r\n\r\n", BodyState::kComplete, "abc"},
        Chunks{"trailers", "3\r\nabc\r\n0\r\nA: b\r\nContent-Length: 7\r\n\r\n",
               BodyState::kComplete, "abc"},
        Chunks{"the next request is left", "1\r\na\r\n0\r\n\r\nGET /", BodyState::kComplete, "a",
               "GET /"},
        Chunks{"as large as may be", "64\r\n" + std::string(100, 'x') + "\r\n0\r\n\r\n",
               BodyState::kComplete, std::string(100, 'x')},
        Chunks{"larger", "65\r\n", BodyState::kTooLarge},
        Chunks{"larger together", "63\r\n" + std::string(99, 'x') + "\r\n2\r\n",
               BodyState::kTooLarge},
        Chunks{"larger than a number", "ffffffffffffffff\r\n", BodyState::kTooLarge},
        Chunks{"a number that wraps", "10000000000000003\r\nabc\r\n0\r\n\r\n",
               BodyState::kMalformed},
        Chunks{"unfinished size", "3", BodyState::kUnfinished},
        Chunks{"unfinished line", "3\r", BodyState::kUnfinished},
        Chunks{"unfinished chunk", "3\r\nab", BodyState::kUnfinished},
        Chunks{"unfinished trailers", "0\r\nA: b\r\n", BodyState::kUnfinished},
        Chunks{"no size", "\r\nabc\r\n", BodyState::kMalformed},
        Chunks{"prefix of hexadecimal", "0x3\r\nabc\r\n", BodyState::kMalformed},
        Chunks{"signs", "+3\r\nabc\r\n", BodyState::kMalformed},
        Chunks{"minus", "-3\r\nabc\r\n", BodyState::kMalformed},
        Chunks{"space before", " 3\r\nabc\r\n", BodyState::kMalformed},
        Chunks{"space behind", "3 \r\nabc\r\n", BodyState::kMalformed},
        Chunks{"something behind", "3 5\r\nabc\r\n", BodyState::kMalformed},
        Chunks{"LF alone", "3\nabc\r\n0\r\n\r\n", BodyState::kMalformed},
        Chunks{"CR alone", "3\rabc\r\n0\r\n\r\n", BodyState::kMalformed},
        Chunks{"LF alone in an extension", "3;a\nb\r\nabc\r\n", BodyState::kMalformed},
        Chunks{"longer than it says", "3\r\nabcd\r\n0\r\n\r\n", BodyState::kMalformed},
        Chunks{"LF alone behind a chunk", "3\r\nabc\n0\r\n\r\n", BodyState::kMalformed},
        Chunks{"LF alone behind trailers", "0\r\nA: b\n\n", BodyState::kMalformed},
        Chunks{"a trailer that is none", "0\r\nGET / HTTP/1.1\r\n\r\n", BodyState::kMalformed},
        Chunks{"a folded trailer", "0\r\nA: b\r\n c: d\r\n\r\n", BodyState::kMalformed},
        Chunks{"NUL", std::string("3;\0\r\nabc\r\n", 10), BodyState::kMalformed},
        Chunks{"long extension", "3;" + kTooMuch + "\r\n", BodyState::kMalformed},
        Chunks{"endless extension", "3;" + kTooMuch, BodyState::kMalformed},
        Chunks{"long trailers",
               "0\r\nA: " + kTooMuch.substr(4'000) + "\r\nB: " + kTooMuch.substr(4'000) + "\r\n",
               BodyState::kMalformed}));

TEST(ChunkedBodyLimitTest, ExtensionsOfManyChunksCountTogether) {
  ChunkedBody body(kBodyMax);
  std::string received;
  for (int i = 0; i < 50; ++i) received += "1;" + std::string(200, 'x') + "\r\na\r\n";
  EXPECT_EQ(body.advance(received), BodyState::kMalformed);
}

}  // namespace
}  // namespace penstock
