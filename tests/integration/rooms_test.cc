// Rooms of the configuration of the real program, and who manages rooms.
#include <gtest/gtest.h>

#include "tests/integration/harness/integration_test.h"

namespace penstock::integration {
namespace {

class RoomsTest : public IntegrationTest {
 protected:
  // The data of the answer.
  static json::value ask(JanusSession& session, std::uint64_t handle, json::object body) {
    const json::value answer = session.message(handle, std::move(body));
    const json::value* data = test::find_at(answer, "/plugindata/data");
    return data == nullptr ? json::value() : *data;
  }
};

TEST_F(RoomsTest, AreManagedByWhoKnowsTheSecretAndMadeByWhoKnowsTheAdminKey) {
  start_server({.config = "[videoroom]\nadmin_key = \"key\"\n"
                          "[[rooms]]\nroom = 1\n"
                          "[[rooms]]\nroom = 2\nsecret = \"s\"\n"});
  JanusSession session(loop_, JanusTransport::kWebSocket);
  const std::uint64_t handle = session.attach();
  json::object edit{{"request", "edit"}, {"room", 1}, {"new_secret", "mine"}};
  EXPECT_EQ(number_at(ask(session, handle, edit), "/error_code"), 429U);
  edit["secret"] = "s";
  EXPECT_EQ(number_at(ask(session, handle, edit), "/error_code"), 433U);
  edit["room"] = 2;
  EXPECT_EQ(text_at(ask(session, handle, edit), "/videoroom"), "edited");
  json::object create{{"request", "create"}, {"room", 3}};
  EXPECT_EQ(number_at(ask(session, handle, create), "/error_code"), 429U);
  create["admin_key"] = "key";
  EXPECT_EQ(text_at(ask(session, handle, create), "/videoroom"), "created");
}

TEST_F(RoomsTest, AreNamedByTextsAndEventsByOpaqueIdsIfThatIsConfigured) {
  start_server({.config = "[videoroom]\nstring_ids = true\nopaqueid_in_api = true\n"
                          "[[rooms]]\nroom = \"hall\"\n[[rooms]]\nroom = 7\n"});
  JanusSession session(loop_, JanusTransport::kWebSocket);
  const json::value attached = session.request(
      {{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}, {"opaque_id", "me"}});
  const std::uint64_t handle = number_at(attached, "/data/id");
  EXPECT_EQ(ask(session, handle, {{"request", "exists"}, {"room", "7"}}).at("exists"), true);
  const json::value joined =
      session.message(handle, {{"request", "join"}, {"ptype", "publisher"}, {"room", "hall"}});
  EXPECT_EQ(text_at(joined, "/plugindata/data/room"), "hall");
  EXPECT_EQ(text_at(joined, "/plugindata/data/id").size(), 36U);
  EXPECT_EQ(text_at(joined, "/opaque_id"), "me");
}

}  // namespace
}  // namespace penstock::integration
