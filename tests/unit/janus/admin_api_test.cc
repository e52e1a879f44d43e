// The requests of the Admin API: who may make them, and what becomes of tokens.
#include "controlplane/janus/admin_api.h"

#include <gtest/gtest.h>

#include "tests/unit/janus/fake_sender.h"

namespace penstock::janus {
namespace {

class AdminApiTest : public ::testing::Test {
 protected:
  HttpApiResponse http(HttpApiRequest::Method method, std::string_view body,
                       std::vector<std::string> segments = {}) {
    const ExchangeId exchange{++last_exchange};
    HttpApiRequest request;
    request.api = HttpApi::kAdmin;
    request.method = method;
    request.segments = segments;
    request.body = body;
    api.on_http_request(exchange, request, 0);
    return sender.replies.at(exchange);
  }
  json::object post(std::string_view body) {
    const HttpApiResponse response = http(HttpApiRequest::Method::kPost, body);
    EXPECT_EQ(response.status, 200u);
    return json::parse(response.body).as_object();
  }
  json::object ask(std::string_view verb, std::string_view more = "") {
    return post(R"({"transaction":"t","admin_secret":"sesame","janus":")" + std::string(verb) +
                "\"" + (more.empty() ? "" : ",") + std::string(more) + "}");
  }
  static json::object error(int code, std::string_view reason) {
    return {
        {"janus", "error"}, {"transaction", "t"}, {"error", {{"code", code}, {"reason", reason}}}};
  }
  static json::object success(std::string_view data) {
    return {{"janus", "success"}, {"transaction", "t"}, {"data", json::parse(data)}};
  }

  FakeSender sender;
  AccessTokens tokens{{.are_needed = true}};
  AdminApi api{tokens, "sesame", sender};
  std::uint64_t last_exchange = 0;
};

constexpr std::string_view kAll = R"({"plugins":["janus.plugin.videoroom"]})";
constexpr std::string_view kNone = R"({"plugins":[]})";

TEST_F(AdminApiTest, NeedsItsSecretForAllButPing) {
  const json::object refused = error(403, "Unauthorized request (wrong or missing secret/token)");
  EXPECT_EQ(post(R"({"janus":"list_tokens","transaction":"t"})"), refused);
  EXPECT_EQ(post(R"({"janus":"list_tokens","transaction":"t","admin_secret":"sesamo"})"), refused);
  EXPECT_EQ(post(R"({"janus":"whatever","transaction":"t"})"), refused);
  EXPECT_EQ(post(R"({"janus":"ping","transaction":"t"})"),
            (json::object{{"janus", "pong"}, {"transaction", "t"}}));
}

TEST_F(AdminApiTest, TokensAreAddedListedAndRemoved) {
  EXPECT_EQ(ask("list_tokens"), success(R"({"tokens":[]})"));
  EXPECT_EQ(ask("add_token", R"("token":"a")"), success(kAll));
  EXPECT_EQ(ask("add_token", R"("token":"b","plugins":["janus.plugin.echotest"])"), success(kNone));
  EXPECT_TRUE(tokens.opens_videoroom("a"));
  EXPECT_TRUE(tokens.opens_api("b"));
  EXPECT_FALSE(tokens.opens_videoroom("b"));
  EXPECT_EQ(ask("list_tokens"),
            success(R"({"tokens":[{"token":"a","allowed_plugins":["janus.plugin.videoroom"]},
                                  {"token":"b","allowed_plugins":[]}]})"));
  EXPECT_EQ(ask("remove_token", R"("token":"a")"),
            (json::object{{"janus", "success"}, {"transaction", "t"}}));
  EXPECT_FALSE(tokens.opens_api("a"));
  EXPECT_EQ(ask("remove_token", R"("token":"a")"), error(490, "Error removing token"));
}

TEST_F(AdminApiTest, PluginsAreAllowedAndDisallowed) {
  ask("add_token", R"("token":"a")");
  constexpr const char* kVideoroom = R"("token":"a","plugins":["janus.plugin.videoroom"])";
  EXPECT_EQ(ask("disallow_token", kVideoroom), success(kNone));
  EXPECT_FALSE(tokens.opens_videoroom("a"));
  EXPECT_EQ(ask("allow_token", kVideoroom), success(kAll));
  EXPECT_TRUE(tokens.opens_videoroom("a"));
  for (const char* verb : {"allow_token", "disallow_token"}) {
    EXPECT_EQ(ask(verb, R"("token":"x","plugins":["janus.plugin.videoroom"])"),
              error(470, "Token x not found"));
    EXPECT_EQ(ask(verb, R"("token":"a","plugins":[])"),
              error(467, "Invalid element type (plugins should be a non-empty array)"));
    EXPECT_EQ(ask(verb, R"("token":"a","plugins":["janus.plugin.videoroom",5])"),
              error(467, "Invalid element type (some of the provided plugins are invalid)"));
    EXPECT_EQ(ask(verb, R"("token":"x")"),
              error(467, "Invalid element type (plugins should be a non-empty array)"));
    EXPECT_EQ(ask(verb, R"("token":"a","plugins":5)"),
              error(467, "Invalid element type (plugins should be an array)"));
  }
  EXPECT_TRUE(tokens.opens_videoroom("a"));
}

TEST_F(AdminApiTest, WhatIsNoRequestIsAnswered) {
  EXPECT_EQ(ask("destroy_everything"),
            error(457, "Unhandled request 'destroy_everything' at this path"));
  EXPECT_EQ(ask("add_token"), error(456, "Missing mandatory element (token)"));
  EXPECT_EQ(ask("add_token", R"("token":7)"),
            error(467, "Invalid element type (token should be a string)"));
  EXPECT_EQ(ask("add_token", R"("token":"a","plugins":"all")"),
            error(467, "Invalid element type (plugins should be an array)"));
  EXPECT_EQ(ask("add_token", R"("token":"")").at("janus"), "error");
  EXPECT_TRUE(tokens.stored().empty());
  EXPECT_EQ(post("nothing").at("error").at("code"), 454);
  EXPECT_EQ(post("").at("error").at("code"), 454);
  EXPECT_EQ(post("[]").at("error").at("code"), 455);
  EXPECT_EQ(post(R"({"janus":"ping"})").at("error").at("code"), 456);
  EXPECT_EQ(http(HttpApiRequest::Method::kGet, "").status, 405u);
  EXPECT_EQ(http(HttpApiRequest::Method::kPost, "{}", {"1"}).status, 404u);
}

TEST_F(AdminApiTest, WithoutStoredTokensThereIsNothingToStore) {
  AccessTokens signed_ones{{.are_needed = true, .signing_secret = "key", .unix_time_s = {}}};
  AdminApi other{signed_ones, "sesame", sender};
  HttpApiRequest request;
  request.method = HttpApiRequest::Method::kPost;
  request.body = R"({"janus":"add_token","transaction":"t","admin_secret":"sesame","token":"a"})";
  other.on_http_request(ExchangeId{9}, request, 0);
  EXPECT_EQ(json::parse(sender.replies.at(ExchangeId{9}).body).as_object(),
            error(490, "Stored-Token based authentication disabled"));
}

}  // namespace
}  // namespace penstock::janus
