// Rooms of the configuration of the real program, and who manages rooms.
#include <gtest/gtest.h>
#include <signal.h>

#include <stdexcept>

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

class PermanentRoomsTest : public RoomsTest {
 protected:
  void start() {
    start_server({.config = "[videoroom]\nrooms_file = \"" + path_.string() + "\"\n"});
  }
  static json::value ask_once(EventLoop& loop, json::object body) {
    JanusSession session(loop, JanusTransport::kWebSocket);
    return ask(session, session.attach(), std::move(body));
  }

  test::TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_.path() / "rooms.json";
};

TEST_F(PermanentRoomsTest, AreThereAfterARestartWithSecretAndPin) {
  start();
  const json::value created = ask_once(loop_, {{"request", "create"},
                                               {"room", 5},
                                               {"description", "kept"},
                                               {"secret", "s"},
                                               {"pin", "p"},
                                               {"permanent", true}});
  EXPECT_EQ(created.at("permanent"), true) << json::serialize(created);
  ask_once(loop_, {{"request", "create"}, {"room", 6}});
  EXPECT_EQ(std::filesystem::status(path_).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  // What is answered is on the disk: no goodbye is needed.
  server().process().signal(SIGKILL);
  server().process().wait_for(20 * kSecond);
  forget_server();
  start();
  JanusSession session(loop_, JanusTransport::kWebSocket);
  const std::uint64_t handle = session.attach();
  json::object join{{"request", "join"}, {"ptype", "publisher"}, {"room", 5}, {"pin", "wrong"}};
  EXPECT_EQ(number_at(ask(session, handle, join), "/error_code"), 433U);
  join["pin"] = "p";
  EXPECT_EQ(text_at(ask(session, handle, join), "/description"), "kept");
  EXPECT_EQ(ask_once(loop_, {{"request", "exists"}, {"room", 6}}).at("exists"), false);
  EXPECT_EQ(number_at(ask_once(loop_, {{"request", "destroy"}, {"room", 5}}), "/error_code"), 429U);
  const json::value destroyed =
      ask_once(loop_, {{"request", "destroy"}, {"room", 5}, {"secret", "s"}, {"permanent", true}});
  EXPECT_EQ(destroyed.at("permanent"), true) << json::serialize(destroyed);
  stop_server(SIGTERM);
  start();
  EXPECT_EQ(ask_once(loop_, {{"request", "exists"}, {"room", 5}}).at("exists"), false);
}

TEST_F(PermanentRoomsTest, ADamagedFileIsNamedAtStartAndLeftAlone) {
  const std::string damaged = R"({"penstock_rooms":1,"rooms":[{"room":5,"pi)";
  test::write_file(path_, damaged);
  try {
    start();
    FAIL() << "it starts";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("videoroom.rooms_file: " + path_.string()),
              std::string::npos)
        << error.what();
  }
  forget_server();
  EXPECT_EQ(test::read_file(path_), damaged);
}

}  // namespace
}  // namespace penstock::integration
