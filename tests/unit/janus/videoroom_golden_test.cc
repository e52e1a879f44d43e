// Replies captured from Janus, compared member by member. Ids that Janus
// chose at random stand here as they were asked for.
#include "tests/unit/janus/janus_test.h"

namespace penstock::janus {
namespace {

class GoldenTest : public JanusTest {
 protected:
  void SetUp() override {
    create_room(
        77, {{"notify_joining", true}, {"pin", "p"}, {"secret", "s"}, {"description", "Room 77"}});
    a = connect();
    b = connect();
    handle_a = attach(a);
    handle_b = attach(b);
  }
  json::object join_golden(Client& client, std::uint64_t handle, std::string_view more) {
    json::object body = parse(more);
    body["request"] = "join";
    body["ptype"] = "publisher";
    body["room"] = 77;
    if (!body.contains("pin")) body["pin"] = "p";
    return async(client, handle, body);
  }
  void join_both() {
    join_golden(a, handle_a, R"({"id":11,"display":"A","metadata":{"k":1}})");
    join_golden(b, handle_b, R"({"id":22,"display":"B"})");
  }
  json::object ask_sync(std::string_view body) { return sync(a, handle_a, parse(body)); }

  Client a, b;
  std::uint64_t handle_a = 0, handle_b = 0;
};

struct Golden {
  const char* request;
  const char* reply;
};

TEST_F(GoldenTest, SynchronousReplies) {
  join_both();
  const Golden table[] = {
      {R"j({"request":"create","room":77})j",
       R"j({"videoroom":"event","error_code":427,"error":"Room 77 already exists"})j"},
      {R"j({"request":"create","description":null})j",
       R"j({"videoroom":"event","error_code":430,
           "error":"Invalid element type (description should be a string)"})j"},
      {R"j({"request":"foo"})j",
       R"j({"videoroom":"event","error_code":423,"error":"Unknown request 'foo'"})j"},
      {R"j({})j",
       R"j({"videoroom":"event","error_code":429,"error":"Missing mandatory element (request)"})j"},
      {R"j({"request":"kick","room":77,"id":22})j",
       R"j({"videoroom":"event","error_code":429,"error":"Missing mandatory element (secret)"})j"},
      {R"j({"request":"kick","room":77,"id":22,"secret":"x"})j",
       R"j({"videoroom":"event","error_code":433,"error":"Unauthorized (wrong secret)"})j"},
      {R"j({"request":"listparticipants","room":77})j",
       R"j({"videoroom":"participants","room":77,"participants":[
           {"id":11,"display":"A","metadata":{"k":1},"publisher":false},
           {"id":22,"display":"B","publisher":false}]})j"},
      {R"j({"request":"listparticipants","room":78})j",
       R"j({"videoroom":"event","error_code":426,"error":"No such room (78)"})j"},
      {R"j({"request":"exists","room":77})j",
       R"j({"videoroom":"success","room":77,"exists":true})j"},
      {R"j({"request":"EXISTS","room":78})j",
       R"j({"videoroom":"success","room":78,"exists":false})j"},
  };
  for (const Golden& golden : table) {
    EXPECT_EQ(ask_sync(golden.request), parse(golden.reply)) << golden.request;
  }
}

TEST_F(GoldenTest, JoinErrors) {
  EXPECT_EQ(join_golden(a, handle_a, R"({"pin":"x"})"), error(433, "Unauthorized (wrong pin)"));
  join_golden(b, handle_b, R"({"id":11})");
  EXPECT_EQ(join_golden(a, handle_a, R"({"id":11})"), error(436, "User ID 11 already exists"));
}

TEST_F(GoldenTest, JoinAsSecondIsToldToBoth) {
  join_golden(a, handle_a, R"({"id":11,"display":"A","metadata":{"k":1}})");
  json::object joined = join_golden(b, handle_b, R"({"id":22,"display":"B"})");
  EXPECT_GT(joined.at("private_id").to_number<std::uint64_t>(), 0u);
  EXPECT_LE(joined.at("private_id").to_number<std::uint64_t>(), UINT32_MAX);
  joined.erase("private_id");
  EXPECT_EQ(joined, parse(R"({"videoroom":"joined","room":77,"description":"Room 77","id":22,
      "publishers":[],"attendees":[{"id":11,"display":"A","metadata":{"k":1}}]})"));
  EXPECT_EQ(
      take(a, handle_a),
      std::vector{parse(R"({"videoroom":"event","room":77,"joining":{"id":22,"display":"B"}})")});
}

TEST_F(GoldenTest, ConfigureWithoutSdpTellsTheNewDisplay) {
  join_both();
  take(a, handle_a);
  EXPECT_EQ(async(b, handle_b, {{"request", "configure"}, {"display", "B2"}}),
            parse(R"({"videoroom":"event","room":77,"configured":"ok"})"));
  EXPECT_EQ(take(a, handle_a),
            std::vector{parse(R"({"videoroom":"event","id":22,"display":"B2"})")});
}

TEST_F(GoldenTest, UnpublishWhenNotPublishing) {
  join_both();
  EXPECT_EQ(async(a, handle_a, {{"request", "unpublish"}}),
            error(435, "Can't unpublish, not published"));
}

TEST_F(GoldenTest, DetachByPeerIsToldTwice) {
  join_both();
  async(b, handle_b, parse(R"({"request":"configure","display":"B2","metadata":{"z":2}})"));
  take(a, handle_a);
  ask(b, {{"janus", "detach"}, {"handle_id", handle_b}});
  EXPECT_EQ(take(a, handle_a), (std::vector{parse(R"({"videoroom":"event","room":77,"display":"B2",
                                   "metadata":{"z":2},"unpublished":22})"),
                                            parse(R"({"videoroom":"event","room":77,"display":"B2",
                                   "metadata":{"z":2},"leaving":22})")}));
}

TEST_F(GoldenTest, LeaveThenJoinOnTheSameHandle) {
  join_both();
  take(a, handle_a);
  EXPECT_EQ(async(b, handle_b, {{"request", "leave"}}),
            parse(R"({"videoroom":"event","room":77,"leaving":"ok"})"));
  EXPECT_EQ(take(a, handle_a),
            std::vector{parse(R"({"videoroom":"event","room":77,"display":"B","leaving":22})")});
  EXPECT_EQ(join_golden(b, handle_b, "{}"), error(425, "Not in a room (create a new handle)"));
}

TEST_F(GoldenTest, KickIsToldToAll) {
  join_both();
  take(a, handle_a);
  EXPECT_EQ(ask_sync(R"({"request":"kick","room":77,"id":22,"secret":"s"})"),
            parse(R"({"videoroom":"success"})"));
  EXPECT_EQ(take(a, handle_a),
            std::vector{parse(R"({"videoroom":"event","room":77,"kicked":22})")});
  EXPECT_EQ(
      take(b, handle_b),
      std::vector{parse(R"({"videoroom":"event","room":77,"leaving":"ok","reason":"kicked"})")});
}

TEST_F(GoldenTest, StartOnFreshHandle) {
  EXPECT_EQ(async(a, handle_a, {{"request", "start"}}),
            error(424, "Invalid request on unconfigured participant"));
}

TEST_F(GoldenTest, JoinedShowsPublishers) {
  join_golden(a, handle_a, R"({"id":11,"display":"A"})");
  publish(a, handle_a, "m=audio 0 opus\nm=video 1 vp8\nm=video 2 vp8 inactive");
  json::object joined = join_golden(b, handle_b, R"({"id":22})");
  EXPECT_EQ(joined.at("publishers"), json::parse(R"([{"id":11,"display":"A","audio_codec":"opus",
      "video_codec":"vp8","streams":[{"type":"audio","mindex":0,"mid":"0","codec":"opus"},
      {"type":"video","mindex":1,"mid":"1","codec":"vp8"},
      {"type":"video","mindex":2,"mid":"2","disabled":true}]}])"));
  EXPECT_EQ(joined.at("attendees"), json::parse("[]"));
}

}  // namespace
}  // namespace penstock::janus
