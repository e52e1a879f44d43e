// Every status of RFC 9725 and the WHEP draft, and what goes with it.
#include <gtest/gtest.h>

#include "controlplane/signalling/limits.h"
#include "tests/unit/whip/whip_test.h"

namespace penstock::whip {
namespace {

class WhipStatus : public WhipTest {
 protected:
  // `{}` in a path is a session's.
  struct Case {
    HttpApi api;
    Method method;
    std::string path;
    std::string type;
    std::string body;
    unsigned status;
    std::string field = {};  // that is there, with its value
    std::string value = {};
  };
  void expect(const std::vector<Case>& cases) {
    for (const Case& each : cases) {
      std::string path = each.path;
      if (path.starts_with("{}"))
        path.replace(0, 2, each.api == HttpApi::kWhip ? publisher : player);
      Headers headers;
      if (!each.type.empty()) headers.emplace_back("Content-Type", each.type);
      const auto response = ask({each.api, each.method, path, headers, each.body});
      ASSERT_TRUE(response.has_value()) << path;
      EXPECT_EQ(response->status, each.status) << http_api_name(each.api) << ' ' << int(each.method)
                                               << ' ' << path << ' ' << response->body;
      if (!each.field.empty()) {
        EXPECT_EQ(header(*response, each.field), each.value) << path;
      }
      if (response->status >= 400 && response->status != 406) {
        EXPECT_EQ(response->content_type, "application/problem+json");
      }
    }
  }

  std::string publisher = publish();
  std::string player = play();
};

const std::string kSdp = "application/sdp";
const std::string kFragment = "application/trickle-ice-sdpfrag";
const std::string kAllow = "Allow";

TEST_F(WhipStatus, OfEndpoints) {
  const std::string allowed = "POST, GET, HEAD, OPTIONS";
  expect({
      {kWhip, Method::kPost, "1234", kSdp, publish_offer(), 201, "Accept-Patch", kFragment},
      {kWhip, Method::kPost, "1234", "Application/SDP; charset=utf-8", publish_offer(), 201},
      {kWhip, Method::kPost, "1234/42", kSdp, publish_offer(), 201},
      {kWhep, Method::kPost, "1234/42", kSdp, play_offer(), 201},
      {kWhep, Method::kPost, "1234", kSdp, "", 406},
      {kWhip, Method::kPost, "1234", "", publish_offer(), 415, "Accept-Post", kSdp},
      {kWhip, Method::kPost, "1234", "text/plain", publish_offer(), 415, "Accept-Post", kSdp},
      {kWhip, Method::kPost, "1234", kSdp, "", 400},
      {kWhip, Method::kPost, "1234", kSdp, "v=1", 400},
      {kWhip, Method::kPost, "1234", kSdp, play_offer(), 422},
      {kWhep, Method::kPost, "1234", kSdp, publish_offer(), 422},
      {kWhip, Method::kPost, "1234", kSdp, std::string(kWhipBodyBytesMax + 1, 'v'), 413},
      {kWhip, Method::kPost, "99", kSdp, publish_offer(), 404},
      {kWhip, Method::kPost, "hall", kSdp, publish_offer(), 404},
      {kWhip, Method::kPost, "1234/bob", kSdp, publish_offer(), 404},
      {kWhip, Method::kPost, "", kSdp, publish_offer(), 404},
      {kWhip, Method::kPost, "1234/1/2", kSdp, publish_offer(), 404},
      {kWhip, Method::kOptions, "1234", "", "", 200, "Accept-Post", kSdp},
      {kWhip, Method::kGet, "1234", "", "", 204},
      {kWhip, Method::kHead, "1234", "", "", 204},
      {kWhep, Method::kGet, "1234", "", "", 204},
      {kWhep, Method::kHead, "1234", "", "", 200},
      {kWhip, Method::kGet, "99", "", "", 404},
      {kWhip, Method::kPatch, "1234", kFragment, fragment(), 405, kAllow, allowed},
      {kWhip, Method::kDelete, "1234", "", "", 405, kAllow, allowed},
      {kWhip, Method::kOther, "1234", "", "", 405, kAllow, allowed},
  });
}

TEST_F(WhipStatus, OfSessions) {
  const std::string allowed = "PATCH, DELETE, GET, HEAD, OPTIONS";
  expect({
      {kWhip, Method::kGet, "{}", "", "", 204},
      {kWhip, Method::kHead, "{}", "", "", 204},
      {kWhip, Method::kOptions, "{}", "", "", 200, "Accept-Patch", kFragment},
      {kWhip, Method::kPost, "{}", kSdp, publish_offer(), 405, kAllow, allowed},
      {kWhip, Method::kOther, "{}", "", "", 405, kAllow, allowed},
      {kWhip, Method::kPatch, "{}", kFragment, fragment(), 204},
      {kWhip, Method::kPatch, "{}", kFragment, "a=mid:0\r\na=end-of-candidates\r\n", 204},
      {kWhip, Method::kPatch, "{}", kFragment, "hello", 400},
      {kWhip, Method::kPatch, "{}", kFragment, "a=ice-ufrag:EsAw\r\n", 400},
      {kWhip, Method::kPatch, "{}", kFragment, std::string(kWhipBodyBytesMax + 1, 'a'), 413},
      {kWhip, Method::kPatch, "{}", "application/json", "{}", 415, "Accept-Patch", kFragment},
      {kWhip, Method::kPatch, "{}", kSdp, publish_offer(), 415},
      {kWhep, Method::kPatch, "{}", kSdp, publish_offer(), 409},  // nothing was offered
      {kWhip, Method::kPatch, "{}", kFragment, fragment("Othr", "P2uYro0UCOQ4zxjKXaWCBui1"), 428},
      {kWhip, Method::kPatch, "{}x", kFragment, fragment(), 404},
      {kWhip, Method::kGet, "{}/events", "", "", 404},
      {kWhep, Method::kGet, "{}/nothing", "", "", 404},
      {kWhep, Method::kPost, "{}/events", "application/json", "[\"layers\"]", 201},
      {kWhep, Method::kOther, "{}/events", "", "", 405},
      {kWhep, Method::kPost, "{}/layer", "application/json", "{}", 200},
      {kWhep, Method::kPost, "{}/layer", "application/json", R"({"mediaId":"p"})", 200},
      {kWhep, Method::kPost, "{}/layer", "application/json", R"({"mediaId":"x"})", 404},
      {kWhep, Method::kPost, "{}/layer", "application/json", "[", 400},
      {kWhep, Method::kPost, "{}/layer", "text/plain", "{}", 415},
      {kWhep, Method::kGet, "{}/layer", "", "", 405},
      {kWhip, Method::kDelete, "{}", "", "", 200},
      {kWhip, Method::kDelete, "{}", "", "", 404},
      {kWhip, Method::kPatch, "{}", kFragment, fragment(), 404},
  });
}

TEST_F(WhipStatus, OfWhatRoomsRefuse) {
  struct Refused {
    room::GuestRefusal why;
    unsigned status;
    bool is_to_be_tried_again;
  };
  using Why = room::GuestRefusal;
  constexpr Refused kRefused[] = {
      {Why::kNoSuchRoom, 404, false},    {Why::kUnauthorized, 401, false},
      {Why::kForbidden, 403, false},     {Why::kNoPublisher, 409, true},
      {Why::kIdTaken, 409, false},       {Why::kInvalidSdp, 400, false},
      {Why::kNotAcceptable, 422, false}, {Why::kWrongState, 409, false},
      {Why::kFull, 503, true},
  };
  const std::size_t sessions = service.counts().sessions;
  for (const Refused& each : kRefused) {
    rooms.refuses = rooms.refuses_offer = each.why;
    for (const HttpApi api : {kWhip, kWhep}) {
      const auto response = post(api, "1234", api == kWhip ? publish_offer() : play_offer());
      EXPECT_EQ(response.status, each.status) << response.body;
      EXPECT_EQ(!header(response, "Retry-After").empty(), each.is_to_be_tried_again);
      EXPECT_EQ(header(response, "WWW-Authenticate"), each.status == 401 ? "Bearer" : "");
    }
  }
  EXPECT_EQ(service.counts().sessions, sessions);
}

TEST_F(WhipStatus, OfTooManySessions) {
  while (service.counts().sessions < 8) publish();
  const auto full = post(kWhip, "1234", publish_offer());
  EXPECT_EQ(full.status, 503U);
  EXPECT_EQ(header(full, "Retry-After"), "5");
}

class WhipAddressLimit : public WhipTest {
 protected:
  WhipAddressLimit()
      : WhipTest([] {
          Config config = test_config();
          config.sessions_per_address_max = 2;
          return config;
        }()) {}
};

TEST_F(WhipAddressLimit, HoldsPerAddressButNotForTheSecret) {
  publish();
  play();
  const auto refused = post(kWhip, "1234", publish_offer());
  EXPECT_EQ(refused.status, 429U);
  EXPECT_EQ(header(refused, "Retry-After"), "5");
  address = "192.0.2.2";
  EXPECT_EQ(post(kWhip, "1234", publish_offer()).status, 201U);
  address = "192.0.2.1";
  token = FakeRooms::kSecret;
  EXPECT_EQ(post(kWhip, "1234", publish_offer()).status, 201U);
  EXPECT_EQ(sender.exempt_exchanges.size(), 1U);
}

}  // namespace
}  // namespace penstock::whip
