// Goal: of requests that wait, none is lost, whatever there is not enough of: each is answered
// once, what the answer says is so, and those behind it go on. Method: a request that makes, edits
// or destroys a permanent room, with one behind it, with each of the failure points on the way
// failing in turn, those in the turns after its wake and in the writing of the file among them.
#include "tests/faults/janus_calls.h"

namespace penstock::test {
namespace {

const Prepare kPermanentRoom = [](ServerWorld& world) {
  world.keep_rooms();
  add_room(world);
};
const Prepare kRoomInTheFile = [](ServerWorld& world) {
  kPermanentRoom(world);
  Prepare edit =
      says([](ServerWorld&) {}, 0, {{"request", "edit"}, {"room", 1}, {"permanent", true}});
  edit(world);
  EXPECT_TRUE(world.attempt());
  EXPECT_NE(world.file().find("\"room\":1,"), std::string::npos);
};

void send(ServerWorld& world, const std::string& text) {
  world.server().janus().on_message(world.kept(0).channel, text, world.now());
}

json::object plugin_data_of(const json::object& answer) {
  const json::value* plugin = answer.if_contains("plugindata");
  return plugin == nullptr ? json::object{} : plugin->at("data").as_object();
}

// What the answers say, with the other request behind the first one; `file_after`: what stands in
// the file when it is done.
void check_answers(ServerWorld& world, const std::string& file_before,
                   const std::string& file_after) {
  const ChannelId channel = world.kept(0).channel;
  std::size_t answered = 0;
  for (const json::object& message : world.said_to(channel)) {
    // What could not be read is answered without its transaction.
    if (!message.contains("transaction") && message.at("janus") != "error") continue;
    ++answered;
    const json::object data = plugin_data_of(message);
    const json::value* permanent = data.if_contains("permanent");
    if (permanent == nullptr) continue;
    EXPECT_EQ(world.file(), permanent->as_bool() ? file_after : file_before);
  }
  // Who cannot be told is cut off, and so knows.
  if (!world.is_closed(channel)) {
    EXPECT_EQ(answered, 2u);
  }
  EXPECT_TRUE(world.file() == file_before || world.file() == file_after) << world.file();
  EXPECT_EQ(world.server().janus().counts().waiting_handles, 0u);
}

void expect_answered(const Prepare& prepare, const json::object& body) {
  const auto make = [&] {
    auto world = std::make_unique<ServerWorld>();
    prepare(*world);
    world->will_end([body](ServerWorld& same) {
      std::string first, behind;
      {
        const NoFailures none;
        first = ServerWorld::message(same.kept(0), body);
        behind = ServerWorld::message(same.kept(0), {{"request", "exists"}, {"room", 1}});
      }
      send(same, first);
      send(same, behind);
      same.give_turns();
      return true;
    });
    return world;
  };
  auto world = make();
  const std::string before = world->file();
  EXPECT_TRUE(world->attempt());
  const std::string after = world->file();
  EXPECT_NE(before, after);
  check_answers(*world, before, after);
  std::uint64_t points = 0;
  for (bool came_there = true; came_there && !testing::Test::HasFailure(); ++points) {
    world = make();
    came_there = fails_at(points + 1, [&] { world->attempt(); });
    SCOPED_TRACE("point " + std::to_string(points + 1));
    check_answers(*world, before, after);
    world->state();  // nothing without an owner, and every pool whole
  }
  EXPECT_GT(points, 50u);
}

TEST(WaitingFaults, CreateEditAndDestroyOfPermanentRooms) {
  expect_answered(kPermanentRoom, {{"request", "create"},
                                   {"room", 2},
                                   {"permanent", true},
                                   {"pin", "a pin that is too long to be stored inside"}});
  expect_answered(kRoomInTheFile, {{"request", "edit"},
                                   {"room", 1},
                                   {"permanent", true},
                                   {"new_pin", "a pin that is too long to be stored inside"}});
  expect_answered(kRoomInTheFile, {{"request", "destroy"}, {"room", 1}, {"permanent", true}});
}

// Its request is cancelled; the room is made all the same.
TEST(WaitingFaults, AnEndingCancelsWhatSleeps) {
  expect_survives(
      "a connection closes whose request sleeps",
      [](ServerWorld& world) {
        kPermanentRoom(world);
        ServerWorld::Client& client = world.kept(0);
        world.server().janus().on_message(
            client.channel,
            ServerWorld::message(client, {{"request", "create"}, {"room", 2}, {"permanent", true}}),
            world.now());
        world.will_end([](ServerWorld& same) {
          same.server().janus().on_close(same.kept(0).channel, same.now());
          return same.server().janus().counts().waiting_handles == 0;
        });
      },
      Promise::kAlwaysDone);
}

}  // namespace
}  // namespace penstock::test
