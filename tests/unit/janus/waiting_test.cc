// Requests that take several turns of the control thread: the others go on meanwhile, and each is
// answered once, in the order of its handle.
#include "controlplane/signalling/limits.h"
#include "tests/unit/janus/asking_test.h"

namespace penstock::janus {
namespace {

constexpr std::size_t kCrowd = 100;

class WaitingTest : public AskingTest {
 protected:
  // A room of so many that its list takes several turns.
  void SetUp() override {
    create_room(77);
    crowd = connect("203.0.113.7");
    const json::object metadata{{"about", std::string(8'000, 'm')}};
    for (std::size_t i = 0; i < kCrowd; ++i) {
      members.push_back(attach(crowd));
      join(crowd, members.back(), 77, 1'000 + i, {{"metadata", metadata}});
    }
    client = connect();
    handle = attach(client);
  }

  void ask_for_list(std::uint64_t of, const char* transaction = "list") {
    tell(of, transaction, R"({"request":"listparticipants","room":77})");
  }
  void turn() {
    EXPECT_EQ(core.next_timeout(), now) << "it is to have its turn at once";
    core.handle_timeout(now);
    expect_everything_owned();
  }
  int turns_until_done() {
    int turns = 0;
    for (; core.counts().waiting_handles > 0; ++turns) turn();
    return turns;
  }
  Client crowd;
  std::vector<std::uint64_t> members;
};

TEST_F(WaitingTest, ALongListIsWrittenInTurnsAndIsComplete) {
  ask_for_list(handle);
  EXPECT_EQ(answered(), Transactions{});
  EXPECT_EQ(core.counts().waiting_handles, 1u);
  EXPECT_GE(turns_until_done(), static_cast<int>(kCrowd * 8'000 / kAnswerBytesPerTurn));
  EXPECT_EQ(answered(), Transactions{"list"});
  const json::object& answer = answers.back();
  EXPECT_EQ(answer.at("janus"), "success");
  EXPECT_EQ(answer.at("sender"), handle);
  EXPECT_EQ(answer.at("plugindata").at("data").at("videoroom"), "participants");
  const json::array& list = answer.at("plugindata").at("data").at("participants").as_array();
  ASSERT_EQ(list.size(), kCrowd);
  for (std::size_t i = 0; i < kCrowd; ++i) {
    EXPECT_EQ(list[i].at("id"), 1'000 + i);
    EXPECT_EQ(list[i].at("metadata").at("about").as_string().size(), 8'000u);
  }
  EXPECT_EQ(core.counts().waiting_handles, 0u);
}

TEST_F(WaitingTest, TheSameOverHttp) {
  const json::object made = post({}, R"({"janus":"create","transaction":"t"})");
  const std::string session = json::serialize(made.at("data").at("id"));
  const json::object attached =
      post({session}, R"({"janus":"attach","plugin":"janus.plugin.videoroom","transaction":"t"})");
  const ExchangeId exchange = http(
      HttpApiRequest::Method::kPost, {session, json::serialize(attached.at("data").at("id"))},
      R"({"janus":"message","transaction":"l","body":{"request":"listparticipants","room":77}})");
  EXPECT_FALSE(is_answered(exchange));
  turns_until_done();
  ASSERT_TRUE(is_answered(exchange));
  const json::object answer = parse(sender.replies.at(exchange).body);
  EXPECT_EQ(answer.at("plugindata").at("data").at("participants").as_array().size(), kCrowd);
}

TEST_F(WaitingTest, WhatIsAskedBehindItIsAnsweredBehindIt) {
  ask_for_list(handle);
  tell(handle, "exists", R"({"request":"exists","room":77})");
  tell(handle, "join", R"({"request":"join","ptype":"publisher","room":77,"id":1})");
  ask_for_list(handle, "again");
  tell(handle, "bad", R"({"request":"nonsense"})");
  ask(client, {{"janus", "hangup"}, {"handle_id", handle}, {"transaction", "hangup"}});
  EXPECT_EQ(answered(), Transactions{});
  turns_until_done();
  EXPECT_EQ(answered(), (Transactions{"list", "exists", "join", "join", "again", "bad", "hangup"}));
  EXPECT_EQ(answers[2].at("janus"), "ack");
  EXPECT_EQ(answers[3].at("janus"), "event");
  EXPECT_EQ(answers[4].at("plugindata").at("data").at("participants").as_array().size(),
            kCrowd + 1);
}

TEST_F(WaitingTest, OtherHandlesDoNotWait) {
  const std::uint64_t other = attach(client);
  ask_for_list(handle);
  tell(other, "exists", R"({"request":"exists","room":77})");
  EXPECT_EQ(answered(), Transactions{"exists"});
  turns_until_done();
  EXPECT_EQ(answered(), Transactions{"list"});
}

TEST_F(WaitingTest, OneLongAnswerIsWrittenAtATimeAndHandlesTakeTurns) {
  const std::uint64_t other = attach(client);
  ask_for_list(handle, "1");
  ask_for_list(handle, "2");
  ask_for_list(other, "3");
  EXPECT_EQ(core.counts().waiting_handles, 2u);
  turns_until_done();
  EXPECT_EQ(answered(), (Transactions{"1", "3", "2"}));
}

TEST_F(WaitingTest, WhoComesAndGoesMeanwhileIsNeverListedTwice) {
  ask_for_list(handle);
  turn();
  ask(crowd, {{"janus", "detach"}, {"handle_id", members.front()}});  // listed already
  ask(crowd, {{"janus", "detach"}, {"handle_id", members.back()}});
  const std::uint64_t early = attach(crowd);
  join(crowd, early, 77, 1);  // before those that are listed
  turns_until_done();
  answered();
  const json::array& list =
      answers.back().at("plugindata").at("data").at("participants").as_array();
  EXPECT_EQ(list.size(), kCrowd - 1);
  EXPECT_EQ(list.front().at("id"), 1'000);
  EXPECT_EQ(list.back().at("id"), 1'000 + kCrowd - 2);
}

TEST_F(WaitingTest, ARoomThatIsGoneMeanwhileIsTheAnswer) {
  const std::uint64_t other = attach(client);
  ask_for_list(handle);
  turn();
  tell(other, "destroy", R"({"request":"destroy","room":77})");
  turns_until_done();
  EXPECT_EQ(answered(), (Transactions{"destroy", "list"}));
  EXPECT_EQ(data_of(answers.back()), error(426, "No such room (77)"));
}

TEST_F(WaitingTest, DetachAnswersWhatWaitsWithAnError) {
  for (const bool has_begun : {false, true}) {
    const std::uint64_t short_lived = attach(client);
    ask_for_list(short_lived, "list");
    tell(short_lived, "exists", R"({"request":"exists","room":77})");
    if (has_begun) turn();
    ask(client, {{"janus", "detach"}, {"handle_id", short_lived}, {"transaction", "detach"}});
    EXPECT_EQ(core.counts().waiting_handles, 0u);
    for (const json::object& message : client.inbox) {
      if (!message.contains("transaction")) continue;
      EXPECT_EQ(message.at("error").at("code"), 459);
      answers.push_back(message);
    }
    client.inbox.clear();
  }
  EXPECT_EQ(answers.size(), 4u);
}

TEST_F(WaitingTest, DestroyTimeOutAndACloseCancelWhatWaits) {
  ask_for_list(handle);
  ask(client, {{"janus", "destroy"}});
  EXPECT_EQ(core.counts().waiting_handles, 0u);
  client = connect();
  handle = attach(client);
  ask_for_list(handle);
  ask_for_list(handle);
  close(client.channel);
  EXPECT_EQ(core.counts().waiting_handles, 0u);
}

TEST_F(WaitingTest, TooManyBehindItAreRefusedAtOnce) {
  ask_for_list(handle);
  for (std::size_t i = 0; i < kRequestsBehindMax; ++i) {
    tell(handle, "kept", R"({"request":"exists","room":77})");
  }
  EXPECT_EQ(answered(), Transactions{});
  tell(handle, "over", R"({"request":"exists","room":77})");
  EXPECT_EQ(answered(), Transactions{"over"});
  EXPECT_EQ(answers.back().at("error").at("code"), 490);
  turns_until_done();
  EXPECT_EQ(answered().size(), 1 + kRequestsBehindMax);
}

}  // namespace
}  // namespace penstock::janus
