// Goal: what is asked by WHIP and WHEP is done completely or not at all, whatever there is not
// enough of. Method: as in janus_faults_test.cc, with requests over HTTP, and what the response
// says.
#include "tests/faults/janus_calls.h"
#include "tests/unit/whip/client_offers.h"

namespace penstock::test {
namespace {

using Method = HttpApiRequest::Method;

struct HttpCall {
  HttpApi api{};
  Method method{};
  std::vector<std::string> segments{};
  std::string type{};
  std::string body{};
};

// The status of the response; 0: it was not given.
unsigned ask(ServerWorld& world, const HttpCall& call) {
  const ExchangeId exchange{1'000'000};
  const HttpApiRequest::Header headers[] = {{"Content-Type", call.type}, {"If-Match", "*"}};
  HttpApiRequest request;
  request.api = call.api;
  request.method = call.method;
  request.segments = call.segments;
  request.headers = headers;
  request.body = call.body;
  world.server().whip().on_http_request(exchange, request, world.now());
  return world.status(exchange);
}

// What is asked in a room in which somebody publishes.
Prepare asks(const HttpCall& call) {
  return [call](ServerWorld& world) {
    add_call(world, false);
    world.will_end([call](ServerWorld& attempted) {
      const unsigned status = ask(attempted, call);
      return status != 0 && status < 300;
    });
  };
}

const std::string kSdp = "application/sdp";

TEST(WhipFaults, Publishing) {
  expect_survives("POST to publish",
                  asks({HttpApi::kWhip, Method::kPost, {"1", "42"}, kSdp, publish_offer()}));
}

TEST(WhipFaults, Playing) {
  expect_survives("POST to play",
                  asks({HttpApi::kWhep, Method::kPost, {"1"}, kSdp, play_offer(true)}));
}

}  // namespace
}  // namespace penstock::test
