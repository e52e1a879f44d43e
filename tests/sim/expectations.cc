#include "tests/sim/expectations.h"

#include <gtest/gtest.h>

namespace penstock::sim {
namespace {

// Audio always comes with its level.
bool is_video(const test::ReceivedStream& stream) { return stream.audio_levels == 0; }

// A packet's place in the receiver's numbering is its place in the sender's plus a constant, as
// long as the projection was not restarted: so gaps are exactly what got lost on the way.
std::size_t count_renumberings(const test::ReceivedStream& stream) {
  std::size_t count = 0;
  std::optional<std::uint64_t> offset;
  for (const auto& [sequence, number] : stream.numbers) {
    if (offset && sequence - number != *offset) ++count;
    offset = sequence - number;
  }
  return count;
}

void expect_clean(const test::ReceivedStream& stream, const std::string& who) {
  EXPECT_GT(stream.packets, 0U) << who;
  EXPECT_EQ(stream.duplicates, 0U) << who;
  EXPECT_EQ(stream.foreign, 0U) << who;
  EXPECT_TRUE(stream.is_order_kept()) << who;
  EXPECT_EQ(count_renumberings(stream), 0U) << who;
}

}  // namespace

std::vector<const test::ReceivedStream*> streams_from(const Person& person, const Person& other,
                                                      MediaKind kind) {
  std::vector<const test::ReceivedStream*> found;
  if (person.subscriber() == nullptr) return found;
  for (const auto& [ssrc, stream] : person.subscriber()->webrtc->received()) {
    if (stream.packets == 0 || stream.sender != other.watermark()) continue;
    if (is_video(stream) == (kind == MediaKind::kVideo)) found.push_back(&stream);
  }
  return found;
}

void expect_sees(const Person& person, const Person& other) {
  const std::string who = person.name() + " <- " + other.name();
  for (const MediaKind kind : {MediaKind::kAudio, MediaKind::kVideo}) {
    const auto streams = streams_from(person, other, kind);
    EXPECT_FALSE(streams.empty()) << who << (kind == MediaKind::kVideo ? " video" : " audio");
    for (const test::ReceivedStream* stream : streams) {
      expect_clean(*stream, who);
      EXPECT_TRUE(kind == MediaKind::kAudio || stream->keyframes > 0) << who;
    }
  }
  if (person.subscriber() == nullptr) return;
  EXPECT_EQ(person.subscriber()->webrtc->srtp_failures(), 0U) << who;
}

void expect_all_see_each_other(const Simulation& sim) {
  for (const auto& person : sim.people()) {
    for (const auto& other : sim.people()) {
      if (person != other) expect_sees(*person, *other);
    }
  }
}

bool sees_now(const Simulation& sim, const Person& person, const Person& other, Duration within) {
  for (const MediaKind kind : {MediaKind::kAudio, MediaKind::kVideo}) {
    bool is_fresh = false;
    for (const test::ReceivedStream* stream : streams_from(person, other, kind)) {
      is_fresh = is_fresh || stream->last_at + within >= sim.now();
    }
    if (!is_fresh) return false;
  }
  return true;
}

void expect_census(const Simulation& sim, const Census& before) {
  EXPECT_EQ(difference(before, sim.server().census()), "");
  EXPECT_EQ(sim.server().ownership_findings(), std::vector<std::string>{});
}

}  // namespace penstock::sim
