// What a session is made with, and what becomes of it by PATCH and DELETE.
#include <gtest/gtest.h>

#include "controlplane/sdp/trickle_fragment.h"
#include "tests/unit/whip/whip_test.h"

namespace penstock::whip {
namespace {

const std::string kOther = fragment("Othr", "0123456789012345678901");

TEST_F(WhipTest, APublisherGetsAnAnswerAndAnUrlThatNobodyGuesses) {
  const auto response = post(kWhip, "1234/42", publish_offer());
  EXPECT_EQ(response.status, 201U);
  EXPECT_EQ(response.content_type, "application/sdp");
  EXPECT_EQ(response.body, "answer");
  const std::string location = header(response, "Location");
  EXPECT_TRUE(location.starts_with("/whip/1234/session/"));
  EXPECT_EQ(location.size(), std::string("/whip/1234/session/").size() + 32);
  EXPECT_NE(location, header(post(kWhip, "1234", publish_offer()), "Location"));
  const std::string etag = header(response, "ETag");
  EXPECT_TRUE(etag.size() > 2 && etag.front() == '"' && etag.back() == '"');
  EXPECT_EQ(header(response, "Link"), "<stun:stun.example.com>; rel=\"ice-server\"");
  ASSERT_TRUE(rooms.published);
  EXPECT_EQ(rooms.published->room, FakeRooms::kRoom);
}

TEST_F(WhipTest, APlayerIsToldOfItsExtensions) {
  const auto response = post(kWhep, "1234/42", play_offer());
  EXPECT_EQ(response.status, 201U);
  EXPECT_EQ(rooms.feed, room::Id(std::uint64_t{42}));
  std::string links;
  for (const auto& [name, value] : response.headers) {
    if (name == "Link") links += value + "\n";
  }
  EXPECT_TRUE(links.contains("/events>; rel=\"urn:ietf:params:whep:ext:core:server-sent-events\""));
  EXPECT_TRUE(links.contains("/layer>; rel=\"urn:ietf:params:whep:ext:core:layer\""));
}

TEST_F(WhipTest, TheTokenOfThePostIsAskedForAgainWhereSomethingChanges) {
  rooms.token = "pin";
  EXPECT_EQ(post(kWhip, "1234", publish_offer()).status, 401U);
  token = "wrong";
  EXPECT_EQ(post(kWhip, "1234", publish_offer()).status, 401U);
  token = "pin";
  const std::string session = publish();
  for (const std::string other : {"", "wrong"}) {
    token = other;
    EXPECT_EQ(patch(kWhip, session, fragment()).status, 401U);
    EXPECT_EQ(ask({kWhip, Method::kDelete, session})->status, 401U);
    EXPECT_EQ(ask({kWhip, Method::kGet, session})->status, 204U);
  }
  token = "pin";
  EXPECT_EQ(patch(kWhip, session, fragment()).status, 204U);
  rooms.token = "another by now";  // the session goes on with its own
  EXPECT_EQ(ask({kWhip, Method::kDelete, session})->status, 200U);
}

TEST_F(WhipTest, ARoomThatIsNotForGuestsIsForbidden) {
  rooms.is_closed = true;
  EXPECT_EQ(post(kWhip, "1234", publish_offer()).status, 403U);
}

TEST_F(WhipTest, CandidatesAreFineWithOrWithoutTheEntityTag) {
  const auto response = post(kWhip, "1234", publish_offer());
  const std::string session = path_in(response);
  const std::string etag = header(response, "ETag");
  EXPECT_EQ(patch(kWhip, session, fragment()).status, 204U);
  EXPECT_EQ(patch(kWhip, session, fragment(), {{"If-Match", etag}}).status, 204U);
  EXPECT_EQ(patch(kWhip, session, fragment(), {{"If-Match", "*"}}).status, 204U);
  EXPECT_EQ(patch(kWhip, session, fragment(), {{"ETag", etag}}).status, 204U);
  const auto stale = patch(kWhip, session, fragment(), {{"If-Match", "\"stale\""}});
  EXPECT_EQ(stale.status, 412U);
  EXPECT_EQ(header(patch(kWhip, session, fragment()), "ETag"), "");
  EXPECT_EQ(media.restarts, 0);
}

TEST_F(WhipTest, OtherCredentialsRestartIce) {
  for (const HttpApi api : {kWhip, kWhep}) {
    const auto response = post(api, "1234", api == kWhip ? publish_offer() : play_offer());
    const std::string session = path_in(response);
    const std::string etag = header(response, "ETag");
    EXPECT_EQ(patch(api, session, kOther).status, 428U);
    EXPECT_EQ(patch(api, session, kOther, {{"If-Match", "\"stale\""}}).status, 412U);
    const auto restarted = patch(api, session, kOther, {{"If-Match", "*"}});
    EXPECT_EQ(restarted.status, 200U) << restarted.body;
    EXPECT_EQ(restarted.content_type, "application/trickle-ice-sdpfrag");
    const std::string next = header(restarted, "ETag");
    EXPECT_NE(next, etag);
    const auto ours = sdp::parse_trickle_fragment(restarted.body);
    ASSERT_TRUE(ours.has_value()) << restarted.body;
    EXPECT_TRUE(ours->ice_lite);
    EXPECT_TRUE(ours->ice_ufrag.starts_with("next"));
    ASSERT_EQ(ours->media.size(), 1U);
    EXPECT_EQ(ours->media[0].mid, api == kWhip ? "0" : "s");
    EXPECT_EQ(ours->media[0].candidates.size(), 1U);
    EXPECT_TRUE(ours->media[0].end_of_candidates);
    // Of the credentials that are now.
    EXPECT_EQ(patch(api, session, kOther, {{"If-Match", next}}).status, 204U);
    EXPECT_EQ(patch(api, session, kOther, {{"If-Match", etag}}).status, 412U);
    // By the entity tag, too.
    EXPECT_EQ(patch(api, session, fragment(), {{"If-Match", next}}).status, 200U);
  }
  EXPECT_EQ(service.stats().ice_restarts, 4U);
}

TEST_F(WhipTest, ARestartThatFailsLeavesTheSessionAsItWas) {
  const auto response = post(kWhip, "1234", publish_offer());
  const std::string session = path_in(response);
  media.refuses = MediaError{MediaErrorKind::kWrongState, "not now"};
  EXPECT_EQ(patch(kWhip, session, kOther, {{"If-Match", "*"}}).status, 409U);
  media.refuses.reset();
  EXPECT_EQ(patch(kWhip, session, fragment(), {{"If-Match", header(response, "ETag")}}).status,
            204U);
}

TEST_F(WhipTest, WhoCannotShowWhatIsSentIsOfferedIt) {
  rooms.refuses = room::GuestRefusal::kNotAcceptable;
  const auto response = post(kWhep, "1234", play_offer());
  EXPECT_EQ(response.status, 406U);
  EXPECT_EQ(response.body, "offer");
  EXPECT_EQ(response.content_type, "application/sdp");
  rooms.refuses.reset();
  const Headers headers{{"Content-Type", "application/sdp"}};
  EXPECT_EQ(ask({kWhep, Method::kPatch, path_in(response), headers, "nonsense"})->status, 400U);
  const auto answered = ask({kWhep, Method::kPatch, path_in(response), headers, play_offer()});
  EXPECT_EQ(answered->status, 204U) << answered->body;
  EXPECT_EQ(rooms.answers, 1);
  EXPECT_EQ(ask({kWhep, Method::kPatch, path_in(response), headers, play_offer()})->status, 409U);
  // It has time no longer than what it was given for the answer.
  run_until(now + 60 * kSecond);
  EXPECT_EQ(service.counts().sessions, 1U);
}

TEST_F(WhipTest, AnOfferThatIsNotAnsweredEnds) {
  post(kWhep, "1234", "");
  run_until(now + 29 * kSecond);
  EXPECT_EQ(service.counts().sessions, 1U);
  run_until(now + 2 * kSecond);
  EXPECT_EQ(service.counts().sessions, 0U);
  EXPECT_TRUE(rooms.guests.empty());
}

TEST_F(WhipTest, AGuestWhomTheRoomRemovesHasNoSessionAnyMore) {
  const std::string session = publish();
  rooms.remove(rooms.guests.begin()->first, now);
  EXPECT_EQ(ask({kWhip, Method::kDelete, session})->status, 404U);
}

TEST_F(WhipTest, ASessionOfWhichItsClientCannotBeToldIsNotThere) {
  for (const HttpApi api : {kWhip, kWhep}) {
    sender.replies_failing = 1;
    EXPECT_EQ(post(api, "1234", api == kWhip ? publish_offer() : play_offer()).status, 503U);
    EXPECT_EQ(service.counts().sessions, 0U);
    EXPECT_TRUE(rooms.guests.empty());
  }
  const std::string session = publish();
  sender.replies_failing = 2;
  EXPECT_EQ(patch(kWhip, session, fragment()).status, 0U);
  EXPECT_EQ(ask({kWhip, Method::kGet, session})->status, 204U);
}

TEST_F(WhipTest, RefusedRequestsAreCounted) {
  publish();
  play();
  post(kWhip, "99", publish_offer());
  EXPECT_EQ(service.stats().published, 1U);
  EXPECT_EQ(service.stats().played, 1U);
  EXPECT_EQ(service.stats().refused, 1U);
}

}  // namespace
}  // namespace penstock::whip
