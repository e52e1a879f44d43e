// Goal: a room with a dummy publisher leaves nothing when it is destroyed (Janus before 1.3.2 kept
// 3,331 bytes of each such room for ever: the publisher and its streams held each other). Method:
// rooms with dummies of every number of streams from one to sixteen, made and destroyed with and
// without subscribers, at every moment of a subscriber's set-up.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"
#include "tests/sim/wire.h"

namespace penstock::sim {
namespace {

json::array streams_of_dummy(std::size_t count) {
  static constexpr const char* kCodecs[] = {"opus", "vp8", "vp9"};
  json::array streams;
  for (std::size_t i = 0; i < count; ++i)
    streams.push_back(json::object{{"codec", kCodecs[i % 3]}});
  return streams;
}

class DummyRooms : public testing::Test {
 protected:
  void SetUp() override {
    wire_.create_session();
    manager_ = wire_.attach();
    before_ = sim_.server().census();
  }
  // Zero streams: those that the room's codecs make.
  void create(std::size_t streams) {
    json::object body{
        {"request", "create"}, {"room", kDoomed}, {"publishers", 20}, {"dummy_publisher", true}};
    if (streams != 0) body["dummy_streams"] = streams_of_dummy(streams);
    const json::object answer = wire_.ask_room(manager_, std::move(body));
    ASSERT_EQ(error_code(answer), 0) << json::serialize(answer);
    const Census now = sim_.server().census();
    EXPECT_EQ(now.at("streams live"), before_.at("streams live") + (streams == 0 ? 2 : streams));
    EXPECT_EQ(sim_.server().ownership_findings(), std::vector<std::string>{});
  }
  void destroy() { wire_.ask_room(manager_, {{"request", "destroy"}, {"room", kDoomed}}); }

  Simulation sim_{{.seed = 395, .workers = 2, .room_peers_per_worker_max = 1}};
  Wire wire_{sim_, 0x5000};
  std::uint64_t manager_ = 0;
  Census before_;
};

TEST_F(DummyRooms, WithAnyNumberOfStreamsLeaveNothing) {
  for (int round = 0; round < 10; ++round) {
    for (std::size_t streams = 0; streams <= 16; ++streams) {
      create(streams);
      destroy();
      sim_.run_for(10 * kMillisecond);
      expect_census(sim_, before_);
    }
  }
}

TEST_F(DummyRooms, DestroyedAtAnyMomentOfASubscribersSetUpLeaveNothing) {
  for (const std::size_t streams : {1U, 3U, 16U}) {
    for (Duration moment = 0; moment <= 400 * kMillisecond; moment += 20 * kMillisecond) {
      SCOPED_TRACE(testing::Message() << streams << " streams, " << moment / kMillisecond << " ms");
      create(streams);
      const std::size_t first = sim_.people().size();
      start_call(sim_, 2, kDoomed);
      sim_.run_for(moment);
      destroy();
      for (std::size_t i = first; i < sim_.people().size(); ++i) sim_.people()[i]->leave();
      sim_.run_for(200 * kMillisecond);
      expect_census(sim_, before_);
      if (HasFailure()) return;
    }
  }
}

TEST_F(DummyRooms, StandBesideACallAndCarryNothing) {
  create(3);
  start_call(sim_, 2, kDoomed);
  sim_.run_for(3 * kSecond);
  expect_all_see_each_other(sim_);
  destroy();
  for (const auto& person : sim_.people()) person->leave();
  sim_.run_for(kSecond);
  expect_census(sim_, before_);
}

TEST_F(DummyRooms, LeavingAndKickingTheDummyIsNotADifferentEnd) {
  create(3);
  const json::object list =
      wire_.ask_room(manager_, {{"request", "listparticipants"}, {"room", kDoomed}});
  const auto dummy =
      json::value(list).at_pointer("/plugindata/data/participants/0/id").to_number<std::uint64_t>();
  wire_.ask_room(manager_, {{"request", "kick"}, {"room", kDoomed}, {"id", dummy}});
  sim_.run_for(100 * kMillisecond);
  EXPECT_EQ(sim_.server().ownership_findings(), std::vector<std::string>{});
  destroy();
  sim_.run_for(100 * kMillisecond);
  expect_census(sim_, before_);
}

}  // namespace
}  // namespace penstock::sim
