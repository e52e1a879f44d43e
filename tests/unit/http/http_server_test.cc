// The HTTP listener from the outside: routing, CORS, files, deadlines, long polls.
#include <algorithm>

#include "tests/unit/http/signalling_fixture.h"

namespace penstock {
namespace {

using std::chrono::milliseconds;
using HttpServerTest = SignallingFixture;

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_F(HttpServerTest, PostReachesTheCoreAndItsAnswerComesBackAsJson) {
  answer_all_with(R"({"janus":"success"})");
  start();
  RawClient client = http();
  client.send(
      "POST /janus/12/34 HTTP/1.1\r\nHost: h\r\nOrigin: http://localhost\r\n"
      "Content-Length: 4\r\n\r\nbody");
  const std::string response = client.receive_response();
  EXPECT_EQ(status_of(response), "HTTP/1.1 200");
  EXPECT_TRUE(contains(response, "\r\nContent-Type: application/json\r\n"));
  EXPECT_TRUE(contains(response, "\r\nAccess-Control-Allow-Origin: http://localhost\r\n"));
  EXPECT_TRUE(contains(response, "\r\nVary: Origin\r\n"));
  EXPECT_TRUE(contains(response, "\r\nAccess-Control-Max-Age: 86400\r\n"));
  EXPECT_TRUE(response.ends_with("\r\n\r\n{\"janus\":\"success\"}"));
  EXPECT_TRUE(core_.saw("POST /12/34 body"));
}

TEST_F(HttpServerTest, QueryAndPathAreDecoded) {
  answer_all_with("[]");
  start();
  RawClient client = http();
  client.send("GET /janus/1%32?rid=5&maxev=10&apisecret=a%26b+c HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(status_of(client.receive_response()), "HTTP/1.1 200");
  EXPECT_TRUE(core_.saw("GET /12 rid=5 maxev=10 apisecret=a&b c"));
}

TEST_F(HttpServerTest, ABodyInChunksReachesTheCore) {
  answer_all_with("{}");
  start();
  RawClient client = http();
  for (int i = 0; i < 2; ++i) {
    client.send("POST /janus HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none ");
    client.send("\r\n3;a=b\r\ntwo\r\n0\r\nTrailer: of no meaning\r\n\r\n");
    EXPECT_EQ(status_of(client.receive_response()), "HTTP/1.1 200");
  }
  EXPECT_EQ(core_.count("POST  one two"), 2U) << "the connection serves the next one";
}

TEST_F(HttpServerTest, ABodyInChunksHasTheLimitOfOthers) {
  config_.message_bytes_max = 20'000;
  start();
  RawClient client = http();
  client.send("POST /janus HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.send("4e20\r\n" + std::string(20'000, 'x') + "\r\n1\r\n");
  EXPECT_EQ(status_of(client.receive_all()), "HTTP/1.1 413");
  EXPECT_TRUE(core_.events().empty());
}

TEST_F(HttpServerTest, ABodyInChunksHasADeadline) {
  config_.message_bytes_max = 16'384;  // which may take a second
  options_.body_deadline = milliseconds(100);
  start();
  RawClient client = http();
  client.send("POST /janus HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab");
  EXPECT_EQ(status_of(client.receive_response()), "HTTP/1.1 408");
}

TEST_F(HttpServerTest, StatusOfTheCoreIsPassedOn) {
  core_.on_request = [this](ExchangeId exchange, const HttpApiRequest&) {
    server_->reply(exchange, {404, ""});
  };
  start();
  RawClient client = http();
  client.send("GET /janus/99 HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string response = client.receive_response();
  EXPECT_EQ(status_of(response), "HTTP/1.1 404");
  EXPECT_TRUE(contains(response, "\r\nContent-Length: 0\r\n"));
}

TEST_F(HttpServerTest, ConnectionServesManyRequestsAlsoPipelined) {
  answer_all_with("{}");
  start();
  RawClient client = http();
  const std::string request = "GET /janus/info HTTP/1.1\r\nHost: h\r\n\r\n";
  client.send(request + request + request);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(status_of(client.receive_response()), "HTTP/1.1 200") << i;
  }
  client.send(request);
  EXPECT_EQ(status_of(client.receive_response()), "HTTP/1.1 200");
}

TEST_F(HttpServerTest, ConnectionCloseIsHonoured) {
  answer_all_with("{}");
  start();
  RawClient client = http();
  client.send("GET /janus/info HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(contains(client.receive_response(), "\r\nConnection: close\r\n"));
  EXPECT_TRUE(client.is_closed_by_peer());
}

TEST_F(HttpServerTest, Http10WithoutHostIsServedAndClosed) {
  answer_all_with("{}");
  start();
  EXPECT_EQ(status_of(exchange("GET /janus/info HTTP/1.0\r\n\r\n")), "HTTP/1.1 200");
}

TEST_F(HttpServerTest, ExpectContinueIsAnsweredBeforeTheBody) {
  answer_all_with("{}");
  start();
  RawClient client = http();
  client.send(
      "POST /janus HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("{}");
  EXPECT_EQ(status_of(client.receive_response()), "HTTP/1.1 200");
}

TEST_F(HttpServerTest, OptionsEchoesWhatThePreflightAsksFor) {
  start();
  RawClient client = http();
  client.send(
      "OPTIONS /janus/1 HTTP/1.1\r\nHost: h\r\nOrigin: http://localhost\r\n"
      "Access-Control-Request-Method: POST\r\n"
      "Access-Control-Request-Headers: content-type\r\n\r\n");
  const std::string response = client.receive_response();
  EXPECT_EQ(status_of(response), "HTTP/1.1 200");
  EXPECT_TRUE(contains(response, "\r\nAccess-Control-Allow-Origin: http://localhost\r\n"));
  EXPECT_TRUE(contains(response, "\r\nAccess-Control-Allow-Methods: POST\r\n"));
  EXPECT_TRUE(contains(response, "\r\nAccess-Control-Allow-Headers: content-type\r\n"));
  EXPECT_TRUE(core_.events().empty());
}

TEST_F(HttpServerTest, AForeignPageMayNotUseTheApi) {
  answer_all_with("{}");
  start();
  RawClient client = http();
  for (const char* method : {"POST", "GET", "OPTIONS"}) {
    client.send(std::string(method) +
                " /janus HTTP/1.1\r\nHost: 127.0.0.1:8088\r\nOrigin: https://evil.example\r\n"
                "Content-Length: 0\r\n\r\n");
    const std::string refused = client.receive_response();
    EXPECT_EQ(status_of(refused), "HTTP/1.1 403") << method;
    EXPECT_TRUE(contains(refused, "signalling.allowed_origins"));
    EXPECT_FALSE(contains(refused, "Access-Control"));
  }
  EXPECT_TRUE(core_.events().empty());
  client.send(
      "POST /janus HTTP/1.1\r\nHost: 127.0.0.1:8088\r\nOrigin: http://localhost:3000\r\n"
      "Content-Length: 0\r\n\r\n");
  const std::string allowed = client.receive_response();
  EXPECT_EQ(status_of(allowed), "HTTP/1.1 200");
  EXPECT_TRUE(contains(allowed, "\r\nAccess-Control-Allow-Origin: http://localhost:3000\r\n"));
}

TEST_F(HttpServerTest, WithASecretPagesMayComeFromAnywhere) {
  config_.api_secret = "sesame";
  answer_all_with("{}");
  start();
  RawClient client = http();
  client.send(
      "POST /janus HTTP/1.1\r\nHost: h\r\nOrigin: https://meet.example\r\n"
      "Content-Length: 0\r\n\r\n");
  const std::string response = client.receive_response();
  EXPECT_EQ(status_of(response), "HTTP/1.1 200");
  EXPECT_TRUE(contains(response, "\r\nAccess-Control-Allow-Origin: *\r\n"));
}

TEST_F(HttpServerTest, ConfiguredOriginsAreEnforced) {
  config_.allowed_origins = {"https://meet.example.com"};
  answer_all_with("{}");
  start();
  RawClient client = http();
  client.send(
      "POST /janus HTTP/1.1\r\nHost: h\r\nOrigin: https://evil.example\r\n"
      "Content-Length: 0\r\n\r\n");
  const std::string refused = client.receive_response();
  EXPECT_EQ(status_of(refused), "HTTP/1.1 403");
  EXPECT_FALSE(contains(refused, "Access-Control"));
  EXPECT_TRUE(core_.events().empty());
  client.send(
      "POST /janus HTTP/1.1\r\nHost: h\r\nOrigin: https://meet.example.com\r\n"
      "Content-Length: 0\r\n\r\n");
  const std::string allowed = client.receive_response();
  EXPECT_EQ(status_of(allowed), "HTTP/1.1 200");
  EXPECT_TRUE(contains(allowed, "\r\nAccess-Control-Allow-Origin: https://meet.example.com\r\n"));
  client.send("POST /janus HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(status_of(client.receive_response()), "HTTP/1.1 200") << "not a page: no Origin";
}

TEST_F(HttpServerTest, EveryMethodReachesTheCore) {
  answer_all_with("{}");
  start();
  RawClient client = http();
  for (const char* method : {"GET", "POST", "PATCH", "DELETE", "OPTIONS"}) {
    client.send(std::string(method) +
                " /janus/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab");
    EXPECT_EQ(status_of(client.receive_response()), "HTTP/1.1 200") << method;
    EXPECT_TRUE(core_.saw(std::string(method) + " /1 ab"));
  }
  client.send("PUT /janus/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  client.receive_response();
  EXPECT_TRUE(core_.saw("other /1"));
}

TEST_F(HttpServerTest, EachApiIsReachedByTheFirstSegment) {
  core_.on_request = [this](ExchangeId exchange, const HttpApiRequest& request) {
    HttpApiResponse response{.status = 201, .body = std::string(http_api_name(request.api))};
    response.headers.emplace_back("Location", "/whip/1/session/2");
    server_->reply(exchange, std::move(response));
  };
  start();
  RawClient client = http();
  for (const std::string api : {"janus", "whip", "whep"}) {
    client.send("POST /" + api + "/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
    const std::string response = client.receive_response();
    EXPECT_EQ(status_of(response), "HTTP/1.1 201");
    EXPECT_TRUE(response.ends_with(api)) << response;
    EXPECT_TRUE(response.contains("Access-Control-Expose-Headers: Location")) << response;
  }
  client.send("HEAD /whep/1 HTTP/1.1\r\nHost: h\r\n\r\n");
  client.receive_response();
  EXPECT_TRUE(core_.saw("HEAD /1"));
}

TEST_F(HttpServerTest, AnAnswerToHeadHasNoBody) {
  answer_all_with("{}");
  start();
  RawClient client = http();
  client.send("HEAD /janus/1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string response = client.receive_all();
  EXPECT_TRUE(contains(response, "\r\nContent-Length: 2\r\n"));
  EXPECT_TRUE(response.ends_with("\r\n\r\n")) << response;
}

TEST_F(HttpServerTest, HeaderFieldsGoBothWays) {
  std::string seen;
  core_.on_request = [&](ExchangeId exchange, const HttpApiRequest& request) {
    seen = std::string(request.header("content-TYPE")) + "|" +
           std::string(request.header("Authorization")) + "|" + std::string(request.header("X"));
    server_->reply(exchange, {.status = 201,
                              .body = "v=0",
                              .content_type = "application/sdp",
                              .headers = {{"Location", "/janus/7"}, {"ETag", "\"1\""}}});
  };
  start();
  RawClient client = http();
  client.send(
      "POST /janus HTTP/1.1\r\nHost: h\r\nContent-Type: application/sdp\r\n"
      "authorization: Bearer t\r\nContent-Length: 0\r\n\r\n");
  const std::string response = client.receive_response();
  EXPECT_EQ(status_of(response), "HTTP/1.1 201");
  for (const char* field : {"Content-Type: application/sdp", "Location: /janus/7", "ETag: \"1\"",
                            "Access-Control-Expose-Headers: Location, ETag"}) {
    EXPECT_TRUE(contains(response, "\r\n" + std::string(field) + "\r\n")) << field;
  }
  EXPECT_TRUE(response.ends_with("\r\n\r\nv=0"));
  run([&] { EXPECT_EQ(seen, "application/sdp|Bearer t|"); });
}

TEST_F(HttpServerTest, ThePageIsReadOnly) {
  start();
  RawClient client = http();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  const std::string page = client.receive_response();
  EXPECT_EQ(status_of(page), "HTTP/1.1 405");
  EXPECT_TRUE(contains(page, "\r\nAllow: GET, HEAD\r\n"));
}

TEST_F(HttpServerTest, PathsBesideTheApiAreNotTheApi) {
  start();
  for (const char* path : {"/janusx", "/x/janus", "/../janus", "/%2e%2e/etc/passwd", "//janus"}) {
    RawClient client = http();
    client.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status_of(client.receive_response()), "HTTP/1.1 404") << path;
  }
  RawClient client = http();
  client.send("GET /janus/1/2/3/4/5 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(status_of(client.receive_response()), "HTTP/1.1 404");
  EXPECT_TRUE(core_.events().empty());
}

TEST_F(HttpServerTest, FilesHaveTypeAndEtagAndAreRevalidated) {
  start();
  RawClient client = http();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string page = client.receive_response();
  EXPECT_EQ(status_of(page), "HTTP/1.1 200");
  EXPECT_TRUE(contains(page, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
  EXPECT_TRUE(contains(page, "\r\nETag: \"e1\"\r\n"));
  EXPECT_TRUE(contains(page, "\r\nCache-Control: no-cache\r\n"));
  EXPECT_TRUE(contains(page, "\r\nX-Content-Type-Options: nosniff\r\n"));
  EXPECT_TRUE(page.ends_with("\r\n\r\n<html>"));
  client.send("GET /page.js HTTP/1.1\r\nHost: h\r\nIf-None-Match: W/\"x\", \"e2\"\r\n\r\n");
  const std::string unchanged = client.receive_until("\r\n\r\n");
  EXPECT_EQ(status_of(unchanged), "HTTP/1.1 304");
  EXPECT_FALSE(contains(unchanged, "Content-Length"));
  client.send("GET /page.js?v=1 HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"old\"\r\n\r\n");
  EXPECT_TRUE(client.receive_response().ends_with("let x;"));
}

TEST_F(HttpServerTest, HeadHasTheLengthButNoBody) {
  start();
  RawClient client = http();
  client.send("HEAD /page.js HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(contains(client.receive_until("\r\n\r\n"), "\r\nContent-Length: 6\r\n"));
  client.send("GET /config.json HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string config = client.receive_response();
  EXPECT_TRUE(config.starts_with("HTTP/1.1 200")) << "no body came before it";
  EXPECT_TRUE(
      config.ends_with("{\"websocket_port\":" + std::to_string(server_->websocket_port()) + "}"));
}

TEST_F(HttpServerTest, AHeaderThatTricklesIsCutOffAtTheAbsoluteDeadline) {
  options_.header_deadline = milliseconds(200);
  start();
  RawClient client = http();
  const auto begin = std::chrono::steady_clock::now();
  bool open = client.send("GET / HTTP/1.1\r\nX: ");
  // One byte each 20 ms would keep a per-byte timeout at bay.
  for (int i = 0; i < 50 && open; ++i) {
    std::this_thread::sleep_for(milliseconds(20));
    open = client.send("a");
    if (std::chrono::steady_clock::now() - begin > milliseconds(400)) break;
  }
  EXPECT_EQ(status_of(client.receive_all()), "HTTP/1.1 408");
}

TEST_F(HttpServerTest, ABodyThatNeverComesIsCutOff) {
  options_.body_deadline = milliseconds(100);
  start();
  RawClient client = http();
  client.send("POST /janus HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n123");
  EXPECT_EQ(status_of(client.receive_response()), "HTTP/1.1 408");
  EXPECT_TRUE(core_.events().empty());
}

TEST_F(HttpServerTest, AnIdleConnectionIsClosedWithoutAWord) {
  options_.keep_alive = milliseconds(100);
  start();
  RawClient client = http();
  client.send("GET /page.js HTTP/1.1\r\nHost: h\r\n\r\n");
  client.receive_response();
  EXPECT_TRUE(client.is_closed_by_peer());
  EXPECT_EQ(client.receive_all(), "");
}

TEST_F(HttpServerTest, ALongPollIsAnsweredLater) {
  start();
  RawClient client = http();
  client.send("GET /janus/7?maxev=5 HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(core_.saw("GET /7 maxev=5"));
  run([&] { server_->reply(core_.last_exchange(), {200, R"([{"janus":"keepalive"}])"}); });
  EXPECT_TRUE(client.receive_response().ends_with(R"([{"janus":"keepalive"}])"));
  client.send("GET /page.js HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(status_of(client.receive_response()), "HTTP/1.1 200") << "still alive";
  EXPECT_EQ(core_.count("cancelled"), 0U);
}

TEST_F(HttpServerTest, ALongPollWhoseClientLeavesIsCancelled) {
  start();
  RawClient client = http();
  client.send("GET /janus/7 HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(core_.saw("GET /7"));
  client.close();
  ASSERT_TRUE(core_.saw("cancelled"));
  // An answer that comes too late goes nowhere and harms nobody.
  run([&] { server_->reply(core_.last_exchange(), {200, "[]"}); });
}

TEST_F(HttpServerTest, ALongPollWithAPipelinedRequestIsAnsweredFirst) {
  start();
  RawClient client = http();
  client.send("GET /janus/7 HTTP/1.1\r\nHost: h\r\n\r\nGET /page.js HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(core_.saw("GET /7"));
  run([&] { server_->reply(core_.last_exchange(), {200, "[]"}); });
  EXPECT_TRUE(client.receive_response().ends_with("[]"));
  EXPECT_TRUE(client.receive_response().ends_with("let x;"));
}

TEST_F(HttpServerTest, ARequestThatTheCoreNeverAnswersGets503AndIsCancelled) {
  options_.reply_deadline = milliseconds(100);
  start();
  RawClient client = http();
  client.send("GET /janus/7 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(status_of(client.receive_response()), "HTTP/1.1 503");
  EXPECT_TRUE(core_.saw("cancelled"));
}

TEST_F(HttpServerTest, AnExceptionOfOneRequestEndsThatConnectionOnly) {
  core_.on_request = [this](ExchangeId exchange, const HttpApiRequest& request) {
    if (request.body == "bad") throw std::runtime_error("of a test");
    server_->reply(exchange, {200, "good"});
  };
  start();
  RawClient bystander = http();
  RawClient client = http();
  client.send("POST /janus HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nbad");
  EXPECT_TRUE(client.is_closed_by_peer());
  EXPECT_TRUE(core_.saw("cancelled"));
  run([this] { server_->reply(core_.last_exchange(), {200, "goes nowhere"}); });
  bystander.send("GET /janus HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(bystander.receive_response().ends_with("good"));
  EXPECT_EQ(run([this] { return server_->stats().failed; }), 1U);
}

TEST_F(HttpServerTest, OnlyTheFirstAnswerCounts) {
  core_.on_request = [this](ExchangeId exchange, const HttpApiRequest&) {
    server_->reply(exchange, {200, "first"});
    server_->reply(exchange, {200, "second"});
  };
  start();
  RawClient client = http();
  client.send("GET /janus/7 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(client.receive_all().ends_with("first"));
}

TEST_F(HttpServerTest, StoppingCancelsLongPolls) {
  start();
  RawClient client = http();
  client.send("GET /janus/7 HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(core_.saw("GET /7"));
  stop();
  EXPECT_TRUE(core_.saw("cancelled"));
  EXPECT_TRUE(client.is_closed_by_peer());
}

TEST_F(HttpServerTest, TooManyRequestsFromOneAddressGet429) {
  limit_loopback();
  config_.requests_per_address_per_s = 1;
  config_.requests_per_address_burst = 2;
  answer_all_with("{}");
  start();
  RawClient client = http();
  std::vector<std::string> statuses;
  for (int i = 0; i < 4; ++i) {
    client.send("GET /janus/info HTTP/1.1\r\nHost: h\r\n\r\n");
    statuses.push_back(status_of(client.receive_response()));
  }
  EXPECT_EQ(statuses[0], "HTTP/1.1 200");
  EXPECT_EQ(statuses[1], "HTTP/1.1 200");
  EXPECT_EQ(statuses[3], "HTTP/1.1 429");
}

TEST_F(HttpServerTest, HowLargeABodyMayBeIsConfigured) {
  config_.message_bytes_max = 20'000;
  answer_all_with("{}");
  start();
  const auto post = [this](std::size_t bytes) {
    RawClient client = http();
    client.send("POST /janus HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(bytes) +
                "\r\n\r\n" + std::string(bytes, 'x'));
    return status_of(client.receive_response());
  };
  EXPECT_EQ(post(20'000), "HTTP/1.1 200");
  EXPECT_EQ(post(20'001), "HTTP/1.1 413");
}

// It may come as slowly as an answer may go.
TEST_F(HttpServerTest, ALongBodyMayComeForLonger) {
  options_.body_deadline = milliseconds(50);
  answer_all_with("{}");
  start();
  RawClient client = http();
  client.send("POST /janus HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n");
  std::this_thread::sleep_for(milliseconds(300));
  client.send(std::string(200'000, 'x'));
  EXPECT_EQ(status_of(client.receive_response()), "HTTP/1.1 200");
}

TEST_F(HttpServerTest, ConnectionsOverTheCapAreClosedAndOthersLive) {
  config_.connections_max = 2;
  start();
  RawClient first = http();
  RawClient second = http();
  first.send("GET /page.js HTTP/1.1\r\nHost: h\r\n\r\n");
  second.send("GET /page.js HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(status_of(first.receive_response()), "HTTP/1.1 200");
  EXPECT_EQ(status_of(second.receive_response()), "HTTP/1.1 200");
  RawClient third = http();
  EXPECT_TRUE(third.is_closed_by_peer());
  first.send("GET /page.js HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(status_of(first.receive_response()), "HTTP/1.1 200");
}

TEST_F(HttpServerTest, ConnectionsOfOneAddressAreCapped) {
  limit_loopback();
  config_.connections_per_address_max = 1;
  start();
  RawClient first = http();
  first.send("GET /page.js HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(status_of(first.receive_response()), "HTTP/1.1 200");
  EXPECT_TRUE(http().is_closed_by_peer());
}

TEST_F(HttpServerTest, APortInUseIsAnErrorThatNamesIt) {
  start();
  config_.http_port = server_->http_port();
  boost::asio::io_context other;
  const auto second = SignallingServer::open(other, config_, kFiles, options_);
  ASSERT_FALSE(second.has_value());
  EXPECT_TRUE(
      contains(second.error(), "cannot listen on 127.0.0.1:" + std::to_string(config_.http_port)));
  EXPECT_TRUE(contains(second.error(), "choose other ports"));
}

}  // namespace
}  // namespace penstock
