// Rooms that are to be there after a restart: the request sleeps until the disk has its change,
// nobody else waits for it, and nothing that was answered is lost.
#include <chrono>

#include "controlplane/signalling/limits.h"
#include "tests/unit/janus/asking_test.h"

namespace penstock::janus {
namespace {

// A disk that writes when it is told to, into a text.
class FakeDisk final : public TableExecutor {
 public:
  void submit(std::unique_ptr<TableJob> job) override { job_ = std::move(job); }
  bool has_done() const override { return is_fast && job_ != nullptr; }
  std::unique_ptr<TableJob> take_done() override {
    if (!has_done()) return nullptr;
    job_->run([this](const auto&, std::string_view written) -> std::expected<void, std::string> {
      ++writes;
      if (is_broken) return std::unexpected("broken");
      text = written;
      return {};
    });
    return std::move(job_);
  }

  bool is_fast = false;
  bool is_broken = false;
  std::string text;
  int writes = 0;

 private:
  std::unique_ptr<TableJob> job_;
};

class PermanentRoomsTest : public AskingTest {
 protected:
  explicit PermanentRoomsTest(JanusConfig config = test_config()) : AskingTest(std::move(config)) {}
  void SetUp() override {
    EXPECT_EQ(core.open_rooms(file(), disk, now), std::vector<std::string>{});
    client = connect();
    handle = attach(client);
  }
  void TearDown() override {
    disk.is_fast = true;
    AskingTest::TearDown();
  }
  static RoomFile file(std::vector<PermanentRoom> rooms = {}) {
    return {.table = TableFile("rooms.json",
                               {.begin = "[",
                                .separator = ",",
                                .end = "]",
                                .rows_max = 4,
                                .bytes_max = kRoomFileBytesMax},
                               {}),
            .rooms = std::move(rooms)};
  }

  void create(const char* transaction, std::uint64_t room, std::string_view more = "") {
    tell(handle, transaction,
         R"({"request":"create","permanent":true,"room":)" + std::to_string(room) +
             std::string(more) + "}");
    rooms_made.emplace_back(room);
  }
  // The disk has done what it was given, and everybody has a turn for it.
  void write() {
    disk.is_fast = true;
    run_what_is_due();
    disk.is_fast = false;
  }
  std::size_t rows() const {
    return disk.text.empty() ? 0 : json::parse(disk.text).as_array().size();
  }
  json::object row(std::size_t index = 0) const {
    return json::parse(disk.text).as_array().at(index).as_object();
  }
  bool exists(std::uint64_t room) {
    const std::uint64_t other = attach(client);
    const json::object data = sync(client, other, {{"request", "exists"}, {"room", room}});
    ask(client, {{"janus", "detach"}, {"handle_id", other}});
    sender.sent[client.channel].clear();
    return data.at("exists").as_bool();
  }

  FakeDisk disk;
};

TEST_F(PermanentRoomsTest, CreateIsAnsweredWhenItIsOnTheDisk) {
  create("c", 5, R"(,"pin":"p","secret":"s","threads":2)");
  room_secret = "s";
  EXPECT_TRUE(exists(5)) << "its id is taken at once";
  EXPECT_EQ(core.next_timeout() > now, true) << "who sleeps costs nothing";
  EXPECT_EQ(answered(), Transactions{});
  write();
  EXPECT_EQ(answered(), Transactions{"c"});
  EXPECT_EQ(answers[0].at("janus"), "success");
  EXPECT_EQ(data_of(answers[0]), parse(R"({"videoroom":"created","room":5,"permanent":true,
      "warnings":["threads has no effect on this server yet"]})"));
  EXPECT_EQ(row().at("pin"), "p");
  EXPECT_EQ(row().at("secret"), "s");
}

TEST_F(PermanentRoomsTest, EditAndDestroyAreWrittenTooIfTheySaySo) {
  create("c", 5);
  write();
  tell(handle, "passing", R"({"request":"edit","room":5,"new_pin":"other"})");
  answered();
  EXPECT_EQ(data_of(answers.back()), parse(R"({"videoroom":"edited","room":5,"permanent":false})"));
  EXPECT_EQ(row().at("pin"), "") << "as Janus has it, the file keeps what it was";
  tell(handle, "edit", R"({"request":"edit","room":5,"new_description":"D","permanent":true})");
  write();
  EXPECT_EQ(row().at("description"), "D");
  EXPECT_EQ(row().at("pin"), "other");
  EXPECT_EQ(answered(), Transactions{"edit"});
  tell(handle, "destroy", R"({"request":"destroy","room":5,"permanent":true})");
  EXPECT_FALSE(exists(5)) << "media stops at once";
  write();
  EXPECT_EQ(rows(), 0u);
  EXPECT_EQ(answered(), (Transactions{"destroy"}));
  EXPECT_EQ(data_of(answers.back()),
            parse(R"({"videoroom":"destroyed","room":5,"permanent":true})"));
}

TEST_F(PermanentRoomsTest, ARoomThatIsDestroyedForNowStaysInTheFile) {
  create("c", 5);
  write();
  tell(handle, "destroy", R"({"request":"destroy","room":5})");
  write();
  EXPECT_EQ(rows(), 1u);
  EXPECT_EQ(answered(), (Transactions{"c", "destroy"}));
  EXPECT_EQ(data_of(answers.back()).at("permanent"), false);
}

TEST_F(PermanentRoomsTest, WhatComesWhileItIsWrittenIsWrittenTogether) {
  std::vector<std::uint64_t> handles;
  const std::uint64_t first = handle;
  create("1", 1);
  for (std::uint64_t room = 2; room <= 4; ++room) {
    handle = attach(client);
    create(std::to_string(room).c_str(), room);
  }
  handle = first;
  write();
  EXPECT_EQ(answered(), (Transactions{"1", "2", "3", "4"}));
  EXPECT_EQ(disk.writes, 2);
  EXPECT_EQ(rows(), 4u);
}

TEST_F(PermanentRoomsTest, OneThatCannotBeWrittenSaysSoAndTheRoomIsThere) {
  disk.is_broken = true;
  create("c", 5);
  write();
  EXPECT_EQ(answered(), Transactions{"c"});
  const json::object data = data_of(answers[0]);
  EXPECT_EQ(data.at("permanent"), false);
  EXPECT_EQ(data.at("warnings").as_array().size(), 1u);
  EXPECT_TRUE(exists(5));
  disk.is_broken = false;
  create("again", 6);
  write();
  EXPECT_EQ(rows(), 1u) << "what has failed is not written later";
  EXPECT_EQ(row().at("room"), 6);
}

TEST_F(PermanentRoomsTest, TheFileIsBoundedForEachRoom) {
  for (std::uint64_t room = 1; room <= 5; ++room) {
    create("c", room);
    write();
    answered();
    EXPECT_EQ(data_of(answers.back()).at("permanent"), room <= 4);
  }
}

TEST_F(PermanentRoomsTest, TooManyChangesThatWaitAreRefusedAndChangeNothing) {
  const std::string long_text(1'000, 'x');
  std::string tokens;
  for (int i = 0; i < 1'000; ++i)
    tokens += (i ? ",\"" : "\"") + long_text + std::to_string(i) + '"';
  int refused = 0;
  for (std::uint64_t room = 1; room <= 20 && refused == 0; ++room) {
    handle = attach(client);
    create("c", room, R"(,"allowed":[)" + tokens + "]");
    if (answered().empty()) continue;
    ++refused;
    EXPECT_EQ(data_of(answers.back()),
              error(499, "Too many changes of permanent rooms wait for the disk"));
    EXPECT_FALSE(exists(room));
  }
  EXPECT_EQ(refused, 1);
  write();
}

TEST_F(PermanentRoomsTest, WhatTheHandleAsksBehindItWaitsAndOthersDoNot) {
  const std::uint64_t other = attach(client);
  create("create", 5);
  tell(handle, "join", R"({"request":"join","ptype":"publisher","room":5,"id":1})");
  tell(handle, "exists", R"({"request":"exists","room":5})");
  ask(client, {{"janus", "trickle"},
               {"handle_id", handle},
               {"transaction", "trickle"},
               {"candidate", {{"completed", true}}}});
  ask(client, {{"janus", "hangup"}, {"handle_id", handle}, {"transaction", "hangup"}});
  tell(other, "list", R"({"request":"listparticipants","room":5})");
  EXPECT_EQ(answered(), Transactions{"list"});
  write();
  EXPECT_EQ(answered(), (Transactions{"create", "join", "join", "exists", "hangup"}));
  EXPECT_EQ(answers[2].at("janus"), "ack");
  EXPECT_EQ(data_of(answers[3]).at("videoroom"), "joined");
}

TEST_F(PermanentRoomsTest, OverHttpToo) {
  const json::object made = post({}, R"({"janus":"create","transaction":"t"})");
  const std::string session = json::serialize(made.at("data").at("id"));
  const json::object attached =
      post({session}, R"({"janus":"attach","plugin":"janus.plugin.videoroom","transaction":"t"})");
  const ExchangeId exchange = http(
      HttpApiRequest::Method::kPost, {session, json::serialize(attached.at("data").at("id"))},
      R"({"janus":"message","transaction":"c","body":{"request":"create","room":5,"permanent":true}})");
  rooms_made.emplace_back(5);
  EXPECT_FALSE(is_answered(exchange));
  write();
  ASSERT_TRUE(is_answered(exchange));
  EXPECT_EQ(data_of(parse(sender.replies.at(exchange).body)).at("permanent"), true);
}

TEST_F(PermanentRoomsTest, ADiskThatDoesNotAnswerIsNotWaitedForForEver) {
  create("create", 5);
  tell(handle, "exists", R"({"request":"exists","room":5})");
  now += kSleep - 1;
  ask(client, {{"janus", "keepalive"}, {"transaction", "k"}});
  core.handle_timeout(now);
  EXPECT_EQ(answered(), Transactions{});
  EXPECT_EQ(core.next_timeout(), now + 1);
  now += 1;
  run_what_is_due();
  EXPECT_EQ(answered(), (Transactions{"create", "exists"}));
  EXPECT_EQ(answers[0].at("error").at("code"), 490);
  write();
  EXPECT_EQ(answered(), Transactions{}) << "a wake that comes late does nothing";
  EXPECT_EQ(rows(), 1u);
}

TEST_F(PermanentRoomsTest, AHandleThatEndsCancelsTheRequestAndNotTheRoom) {
  create("create", 5);
  ask(client, {{"janus", "detach"}, {"handle_id", handle}, {"transaction", "detach"}});
  for (const json::object& message : client.inbox) answers.push_back(message);
  EXPECT_EQ(answers[0].at("error").at("code"), 459);
  handle = attach(client);
  create("next", 6);
  EXPECT_EQ(core.counts().waiting_handles, 1u);
  write();
  EXPECT_EQ(answered(), Transactions{"next"});
  EXPECT_EQ(rows(), 2u);
}

TEST_F(PermanentRoomsTest, ARequestIsCancelledBetweenItsWakeAndItsTurn) {
  const std::uint64_t other = attach(client);
  create("1", 1);
  write();
  handle = other;
  create("2", 2);
  disk.is_fast = true;
  core.handle_timeout(now);  // woken, and answered
  ask(client, {{"janus", "detach"}, {"handle_id", handle}});
  EXPECT_EQ(core.counts().waiting_handles, 0u);
}

TEST_F(PermanentRoomsTest, DestroyedSessionsClosedConnectionsAndTheEndCancelIt) {
  create("1", 1);
  ask(client, {{"janus", "destroy"}});
  EXPECT_EQ(core.counts().waiting_handles, 0u);
  client = connect();
  handle = attach(client);
  create("2", 2);
  close(client.channel);
  EXPECT_EQ(core.counts().waiting_handles, 0u);
  write();
  EXPECT_EQ(rows(), 2u);
}

TEST_F(PermanentRoomsTest, StaticRoomsStandInTheConfiguration) {
  JanusConfig config = test_config();
  config.static_rooms.front().settings.secret = "s";
  FakeMedia other_media;
  FakeSender other_sender;
  Core other(config, other_sender, other_media, random);
  const auto not_made =
      other.open_rooms(file({{room::Id(1234), {}}, {room::Id(7), {}}}), disk, now);
  EXPECT_EQ(not_made, std::vector<std::string>{"room 1234: Room 1234 already exists"});
  EXPECT_EQ(other.counts().rooms.rooms, 2u);
  const ChannelId channel{1};
  other.on_open(channel, {}, now);
  const auto ask_other = [&](json::object request) {
    request["transaction"] = "t";
    other.on_message(channel, json::serialize(request), now);
    return other_sender.sent[channel].back();
  };
  json::object request{{"janus", "message"}};
  request["session_id"] = ask_other({{"janus", "create"}}).at("data").at("id");
  request["handle_id"] = ask_other({{"janus", "attach"},
                                    {"plugin", "janus.plugin.videoroom"},
                                    {"session_id", request["session_id"]}})
                             .at("data")
                             .at("id");
  for (const char* verb : {"edit", "destroy"}) {
    request["body"] = {{"request", verb}, {"room", 1234}, {"secret", "s"}, {"permanent", true}};
    EXPECT_EQ(data_of(ask_other(request)),
              error(499, "Room 1234 stands in the configuration, can't " + std::string(verb) +
                             " permanent room"));
  }
  EXPECT_EQ(other.counts().rooms.rooms, 2u);
}

}  // namespace
}  // namespace penstock::janus
