// What players hear, and when.
#include <gtest/gtest.h>

#include "tests/unit/whip/whip_test.h"

namespace penstock::whip {
namespace {

class WhipEvents : public WhipTest {
 protected:
  std::optional<HttpApiResponse> listen(std::string last = {}) {
    Headers headers;
    if (!last.empty()) headers.emplace_back("Last-Event-ID", std::move(last));
    return ask({HttpApi::kWhep, Method::kGet, session + "/events", headers});
  }
  PeerId guest() const { return rooms.guests.begin()->first; }

  std::string session = play();
};

TEST_F(WhipEvents, WhoComesIsToldHowThingsAre) {
  const auto response = listen();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200U);
  EXPECT_EQ(response->content_type, "text/event-stream");
  EXPECT_TRUE(
      response->body.starts_with("retry: 200\n\nid: 1\nevent: active\ndata: {}\n\n"
                                 "id: 1\nevent: layers\ndata: {\"p\":{"))
      << response->body;
}

TEST_F(WhipEvents, WhoHasHeardItWaitsForTheNext) {
  EXPECT_FALSE(listen("1"));
  const ExchangeId waiting = last_exchange;
  EXPECT_EQ(service.counts().polls, 1U);
  rooms.change(guest(), false, now);
  const auto response = reply_to(waiting);
  ASSERT_TRUE(response);
  EXPECT_TRUE(response->body.contains("id: 2\nevent: inactive\n")) << response->body;
  EXPECT_FALSE(response->body.contains("layers"));
  // What happened while nobody asked is told to whoever asks.
  rooms.change(guest(), true, now);
  const auto late = listen("2");
  ASSERT_TRUE(late);
  EXPECT_TRUE(late->body.contains("id: 3\nevent: active\n"));
}

TEST_F(WhipEvents, APollIsAnsweredInTheEndAndOnlyOneWaits) {
  EXPECT_FALSE(listen("1"));
  const ExchangeId first = last_exchange;
  EXPECT_FALSE(listen("1"));
  const ExchangeId second = last_exchange;
  EXPECT_EQ(reply_to(first)->body, "retry: 200\n\n");
  run_until(now + 31 * kSecond);
  EXPECT_EQ(reply_to(second)->body, "retry: 200\n\n");
  EXPECT_EQ(service.counts().polls, 0U);
}

TEST_F(WhipEvents, AClientThatGoesAwayIsForgotten) {
  EXPECT_FALSE(listen("1"));
  service.on_http_cancelled(last_exchange, now);
  EXPECT_EQ(service.counts().polls, 0U);
  EXPECT_EQ(service.next_timeout(), kNever);
  rooms.change(guest(), true, now);
  EXPECT_FALSE(reply_to(last_exchange));
}

TEST_F(WhipEvents, WhoeverPublishesNextIsLookedForAndShown) {
  rooms.refuses_resume = room::GuestRefusal::kNoPublisher;
  rooms.change(guest(), false, now);
  run_until(now + 5 * kSecond);
  EXPECT_EQ(rooms.resumes, 10);
  rooms.refuses_resume.reset();
  EXPECT_FALSE(listen("2"));
  const ExchangeId waiting = last_exchange;
  run_until(now + kSecond);
  EXPECT_EQ(rooms.resumes, 11);
  ASSERT_TRUE(reply_to(waiting));
  EXPECT_TRUE(reply_to(waiting)->body.contains("event: active"));
  EXPECT_EQ(service.next_timeout(), kNever);
  EXPECT_EQ(service.stats().resumed, 1U);
}

TEST_F(WhipEvents, APlayerThatCannotGoOnIsToldToReconnect) {
  for (const auto why : {room::GuestRefusal::kNotAcceptable, room::GuestRefusal::kNoPublisher}) {
    rooms.refuses_resume = why;
    session = play();
    const PeerId last = rooms.guests.rbegin()->first;
    rooms.change(last, false, now);
    EXPECT_FALSE(listen("2"));
    const ExchangeId waiting = last_exchange;
    // At once, or when nobody has come for as long as that is waited for.
    run_until(now + (why == room::GuestRefusal::kNoPublisher ? 29 : 0) * kSecond);
    EXPECT_FALSE(reply_to(waiting));
    run_until(now + 2 * kSecond);
    ASSERT_TRUE(reply_to(waiting));
    EXPECT_TRUE(reply_to(waiting)->body.contains("event: reconnect"));
    EXPECT_FALSE(rooms.guests.contains(last));
  }
}

TEST_F(WhipEvents, TheEndOfTheRoomIsToldAndOfDeleteNothing) {
  EXPECT_FALSE(listen("1"));
  const ExchangeId waiting = last_exchange;
  rooms.remove(guest(), now);
  ASSERT_TRUE(reply_to(waiting));
  EXPECT_TRUE(reply_to(waiting)->body.contains("event: reconnect"));
  session = play();
  EXPECT_FALSE(listen("1"));
  const ExchangeId ended = last_exchange;
  EXPECT_EQ(ask({HttpApi::kWhep, Method::kDelete, session})->status, 200U);
  EXPECT_EQ(reply_to(ended)->body, "retry: 200\n\n");
}

TEST_F(WhipEvents, AChoiceGoesToTheLinesThatAreMeant) {
  const auto choose = [&](std::string body) {
    return ask({HttpApi::kWhep,
                Method::kPost,
                session + "/layer",
                {{"Content-Type", "application/json"}},
                std::move(body)})
        ->status;
  };
  EXPECT_EQ(choose(R"({"mediaId":"p","encodingId":"1"})"), 200U);
  ASSERT_EQ(rooms.limits.size(), 1U);
  EXPECT_EQ(rooms.limits.at(1).substream, 1U);
  EXPECT_EQ(choose("{}"), 200U);
  EXPECT_FALSE(rooms.limits.at(1).substream);
  EXPECT_FALSE(rooms.limits.contains(0));  // audio has none
}

TEST_F(WhipEvents, AChoiceBySizeFollowsWhatComes) {
  LayerReports& layers = rooms.guests.at(guest())[1].layers;
  ASSERT_TRUE(layers.push_back({.pixels = 320 * 180, .bps = {1'000}}));
  const auto response = ask({HttpApi::kWhep,
                             Method::kPost,
                             session + "/layer",
                             {{"Content-Type", "application/json"}},
                             R"({"maxWidth":640,"maxHeight":360})"});
  EXPECT_EQ(response->status, 200U);
  EXPECT_FALSE(rooms.limits.at(1).substream) << "nothing larger comes";
  for (const std::uint32_t width : {640U, 1'280U})
    ASSERT_TRUE(layers.push_back({.pixels = width * width * 9 / 16, .bps = {1'000}}));
  rooms.change(guest(), true, now);
  EXPECT_EQ(rooms.limits.at(1).substream, 1U);
  layers.truncate(2);
  rooms.change(guest(), true, now);
  EXPECT_FALSE(rooms.limits.at(1).substream);
}

}  // namespace
}  // namespace penstock::whip
