// What a receiver is not sent of a stream (Projection::leave_out): by example, and against a
// reference that remembers everything.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "dataplane/forward/projection.h"

namespace penstock {
namespace {

constexpr std::uint32_t kHz = 90'000;
constexpr std::uint64_t kWindow = Projection::kWindowPackets;

class LeavingOutTest : public testing::Test {
 protected:
  static SourcePacket packet(std::uint64_t sequence, bool marker = true) {
    return {.sequence = sequence,
            .timestamp = static_cast<std::uint32_t>(sequence / 10 * 3'000),
            .source = 7,
            .marker = marker,
            .is_keyframe_start = true};
  }
  // The number, counted from the one of packet 1,000; below zero: refused.
  std::int64_t project(std::uint64_t sequence, bool marker = true) {
    const auto projected = projection.project(packet(sequence, marker), 0);
    if (!projected) return -1;
    if (sequence == 1'000) first_ = projected->sequence;
    return static_cast<std::int64_t>(projected->sequence - first_);
  }
  void leave_out(std::uint64_t sequence, bool marker = true) {
    projection.leave_out(packet(sequence, marker));
  }
  // What a number counted likewise leads back to; 0: to nothing.
  std::uint64_t source_of(std::uint64_t number) const {
    const auto source = projection.source_of(static_cast<std::uint16_t>(first_ + number));
    return source ? source->sequence : 0;
  }
  bool is_unused(std::uint64_t number) const {
    const auto source = projection.source_of(static_cast<std::uint16_t>(first_ + number));
    return !source && source.error() == NoSource::kUnused;
  }

  Prng prng{1};
  Projection projection{true, kHz, prng};

 private:
  std::uint64_t first_ = 0;
};

TEST_F(LeavingOutTest, TheNextPacketTakesTheNumber) {
  EXPECT_EQ(project(1'000), 0);
  leave_out(1'001);
  leave_out(1'002);
  EXPECT_EQ(project(1'003), 1);
  leave_out(1'004);
  EXPECT_EQ(project(1'005), 2);
  EXPECT_EQ(source_of(0), 1'000U);
  EXPECT_EQ(source_of(1), 1'003U);
  EXPECT_EQ(source_of(2), 1'005U);
}

TEST_F(LeavingOutTest, APacketThatHasNotComeKeepsItsNumber) {
  EXPECT_EQ(project(1'000), 0);
  leave_out(1'005);  // 1,001 to 1,004 are on their way
  EXPECT_EQ(project(1'006), 5);
  EXPECT_EQ(project(1'003), 3);
  EXPECT_EQ(source_of(2), 1'002U) << "may be asked for: it may come yet";
  EXPECT_EQ(source_of(5), 1'006U);
}

TEST_F(LeavingOutTest, WhatIsLeftOutLateLeavesItsNumberUnused) {
  EXPECT_EQ(project(1'000), 0);
  EXPECT_EQ(project(1'003), 3);
  leave_out(1'001);
  EXPECT_EQ(project(1'002), 2);
  EXPECT_EQ(project(1'004), 4);
  EXPECT_EQ(source_of(1), 0U) << "a receiver that is not to have it gets it neither by asking";
  EXPECT_TRUE(is_unused(1));
  EXPECT_FALSE(is_unused(2));
  EXPECT_FALSE(is_unused(5)) << "not sent yet";
  EXPECT_EQ(source_of(2), 1'002U);
  EXPECT_EQ(project(1'001), -1);
  leave_out(1'005);
  leave_out(1'010);
  leave_out(1'007);  // late behind what was left out
  EXPECT_EQ(project(1'011), 9);
  EXPECT_EQ(source_of(6), 0U);
}

TEST_F(LeavingOutTest, WhatWasLeftOutIsNotSentAfterAll) {
  EXPECT_EQ(project(1'000), 0);
  leave_out(1'001);
  EXPECT_EQ(project(1'001), -1);
  EXPECT_EQ(project(1'002), 1);
  EXPECT_EQ(project(1'001), -1);
  projection.restart();
  EXPECT_EQ(project(1'001), -1);
  leave_out(1'003);
  EXPECT_EQ(project(1'003), 2) << "at a restart everything begins anew";
}

TEST_F(LeavingOutTest, ARestartBeginsBehindWhatWasLeftOut) {
  EXPECT_EQ(project(1'000), 0);
  leave_out(1'001);
  leave_out(1'005);
  projection.restart();
  EXPECT_EQ(project(1'004), -1);
  EXPECT_EQ(project(1'006), 1);
  EXPECT_EQ(project(1'003), -1);
  EXPECT_EQ(project(1'007), 2);
}

TEST_F(LeavingOutTest, BeforeTheStartThereIsNothingToLeaveOut) {
  leave_out(1'005);
  EXPECT_EQ(project(1'000), 0);
  EXPECT_EQ(project(1'006), 6);
}

TEST_F(LeavingOutTest, AnotherSourceIsNotTouched) {
  EXPECT_EQ(project(1'000), 0);
  SourcePacket other = packet(1'001);
  other.source = 8;
  projection.leave_out(other);
  EXPECT_EQ(project(1'001), 1);
}

TEST_F(LeavingOutTest, BeyondTheWindowALatePacketIsRefused) {
  EXPECT_EQ(project(1'000), 0);
  leave_out(1'100);
  leave_out(1'100 + kWindow);
  EXPECT_EQ(project(1'101), 100);
  EXPECT_EQ(project(1'099), -1) << "nobody knows any more whether something before it was left out";
  leave_out(1'102);
  EXPECT_EQ(project(1'102), -1);
  EXPECT_EQ(project(1'101 + kWindow), static_cast<std::int64_t>(99 + kWindow));
}

TEST_F(LeavingOutTest, BeyondTheWindowNothingLeadsBack) {
  EXPECT_EQ(project(1'000), 0);
  EXPECT_EQ(project(1'100), 100);
  EXPECT_EQ(project(1'101 + kWindow), static_cast<std::int64_t>(101 + kWindow));
  leave_out(1'100 + kWindow);  // late: others' numbers stay what they are
  EXPECT_EQ(source_of(99), 0U) << "nobody knows any more whether it was left out";
  EXPECT_EQ(source_of(100), 0U);
  EXPECT_EQ(source_of(101), 1'101U);
}

// Without that, the restart would leave a number out, and the receiver would miss a packet.
TEST_F(LeavingOutTest, APictureWhoseRestIsLeftOutIsComplete) {
  EXPECT_EQ(project(1'000, false), 0);
  leave_out(1'001, false);
  leave_out(1'002, true);
  projection.restart();
  EXPECT_EQ(project(2'000, false), 1);
  projection.restart();
  EXPECT_EQ(project(2'010, false), 3) << "that picture was not";
  leave_out(2'013, true);  // and of this one something has not come
  projection.restart();
  EXPECT_EQ(project(2'020, true), 5);
}

TEST_F(LeavingOutTest, NothingIsMissedOfAStreamInOrderWhateverIsLeftOut) {
  EXPECT_EQ(project(1'000), 0);
  std::int64_t next = 1;
  for (std::uint64_t sequence = 1'001; sequence < 200'000; ++sequence) {
    if (prng.chance(sequence / 10'000 % 10, 10)) {
      leave_out(sequence);
    } else {
      ASSERT_EQ(project(sequence), next++);
      ASSERT_EQ(source_of(static_cast<std::uint64_t>(next) - 1), sequence);
    }
  }
}

// The same by remembering everything since the last start.
class Reference {
 public:
  enum class Verdict { kStarts, kSent, kRefused };

  Verdict verdict_on(const SourcePacket& packet) const {
    const bool is_known_source = has_sent_ && packet.source == source_;
    if (!is_started_ || !is_known_source)
      return is_known_source && packet.sequence <= newest_ ? Verdict::kRefused : Verdict::kStarts;
    return may_be_placed(packet.sequence) ? Verdict::kSent : Verdict::kRefused;
  }
  void start(const SourcePacket& packet, std::uint64_t number) {
    *this = {};
    is_started_ = has_sent_ = true;
    source_ = packet.source;
    first_ = newest_ = packet.sequence;
    first_number_ = highest_ = number;
  }
  void send(std::uint64_t sequence) {
    newest_ = std::max(newest_, sequence);
    highest_ = std::max(highest_, number_of(sequence));
  }
  void leave_out(const SourcePacket& packet) {
    if (!is_started_ || packet.source != source_) return;
    const bool is_in_order = packet.sequence > newest_;
    if (!is_in_order && packet.sequence < std::max(first_, window_begin())) return;
    (is_in_order ? closed_up_ : unused_).insert(packet.sequence);
    newest_ = std::max(newest_, packet.sequence);
    newest_left_out_ = std::max(newest_left_out_, packet.sequence);
  }
  void restart() { is_started_ = false; }
  void leave_stream() { *this = {}; }

  std::uint64_t number_of(std::uint64_t sequence) const {
    const auto before = std::distance(closed_up_.begin(), closed_up_.lower_bound(sequence));
    return first_number_ + (sequence - first_) - static_cast<std::uint64_t>(before);
  }
  // 0: nothing.
  std::uint64_t source_of(std::uint64_t number) const {
    if (!is_started_ || number < first_number_ || number > highest_) return 0;
    std::uint64_t sequence = newest_ + 1;
    auto closed_up = static_cast<std::uint64_t>(closed_up_.size());
    for (auto last = closed_up_.rbegin();;) {
      if (--sequence < first_) return 0;
      if (last != closed_up_.rend() && *last == sequence) {
        ++last;
        --closed_up;
      } else if (first_number_ + (sequence - first_) - closed_up == number) {
        return may_be_placed(sequence) ? sequence : 0;
      }
    }
  }
  std::uint64_t first_number() const { return first_number_; }
  std::uint64_t highest() const { return highest_; }

 private:
  // Of what was left out so much is known: kWindow packets, up to the newest of them.
  std::uint64_t window_begin() const {
    return newest_left_out_ < kWindow ? 0 : newest_left_out_ - kWindow + 1;
  }
  bool may_be_placed(std::uint64_t sequence) const {
    return sequence >= first_ && sequence >= window_begin() && !closed_up_.contains(sequence) &&
           !unused_.contains(sequence);
  }

  bool is_started_ = false;
  bool has_sent_ = false;
  std::uint32_t source_ = 0;
  std::uint64_t first_ = 0;
  std::uint64_t first_number_ = 0;
  std::uint64_t newest_ = 0;
  std::uint64_t newest_left_out_ = 0;
  std::uint64_t highest_ = 0;
  std::set<std::uint64_t> closed_up_;
  std::set<std::uint64_t> unused_;
};

// A source whose packets come in any order, some not at all, each at most once.
class DisorderlySource {
 public:
  DisorderlySource(Prng& prng, std::uint64_t first) : prng_(prng), next_(first) {}

  SourcePacket take() {
    for (;;) {
      const std::uint64_t back = prng_.chance(1, 6) ? prng_.below(depth_) : 0;
      if (!late_.empty() && back != 0) {
        const auto at = late_.begin() + static_cast<std::ptrdiff_t>(
                                            late_.size() - 1 - std::min(back, late_.size() - 1));
        const std::uint64_t sequence = *at;
        late_.erase(at);
        return packet(sequence);
      }
      if (prng_.chance(1, 3'000)) next_ += prng_.below(2 * kWindow);
      if (prng_.chance(1, 500)) depth_ = 1 + prng_.below(prng_.chance(1, 4) ? 2 * kWindow : 20);
      const std::uint64_t sequence = next_++;
      if (!prng_.chance(1, 5)) return packet(sequence);
      late_.push_back(sequence);
    }
  }
  void become_another(std::uint64_t first) {
    late_.clear();
    next_ = first;
    ++source_;
  }

 private:
  SourcePacket packet(std::uint64_t sequence) {
    return {.sequence = sequence,
            .timestamp = static_cast<std::uint32_t>(sequence * 3'000),
            .source = source_,
            .marker = true,
            .is_keyframe_start = true};
  }

  Prng& prng_;
  std::uint64_t next_;
  std::uint64_t depth_ = 10;
  std::uint32_t source_ = 1;
  std::vector<std::uint64_t> late_;
};

class AgainstReference {
 public:
  explicit AgainstReference(std::uint64_t seed) : prng_(seed) {}

  void run(int packets) {
    for (int i = 0; i < packets && !testing::Test::HasFatalFailure(); ++i) {
      disturb();
      const SourcePacket packet = source_.take();
      if (prng_.chance(left_out_of_ten_, 10)) {
        projection_.leave_out(packet);
        reference_.leave_out(packet);
      } else {
        project(packet);
      }
      if (prng_.chance(1, 20)) ask();
    }
  }

 private:
  void disturb() {
    if (prng_.chance(1, 1'000)) left_out_of_ten_ = prng_.below(11);
    if (prng_.chance(1, 1'500)) {
      projection_.restart();
      reference_.restart();
    }
    if (prng_.chance(1, 4'000)) source_.become_another(65'000 + prng_.below(70'000));
    if (prng_.chance(1, 8'000)) {
      source_.become_another(65'000 + prng_.below(70'000));
      projection_.leave_stream();
      reference_.leave_stream();
    }
  }

  void project(const SourcePacket& packet) {
    const auto verdict = reference_.verdict_on(packet);
    const auto projected = projection_.project(packet, 0);
    ASSERT_EQ(projected.has_value(), verdict != Reference::Verdict::kRefused) << packet.sequence;
    if (!projected) return;
    if (verdict == Reference::Verdict::kStarts) {
      ASSERT_TRUE(numbers_.empty() || projected->sequence > *numbers_.rbegin());
      reference_.start(packet, projected->sequence);
    } else {
      ASSERT_EQ(projected->sequence, reference_.number_of(packet.sequence)) << packet.sequence;
      reference_.send(packet.sequence);
    }
    ASSERT_TRUE(numbers_.insert(projected->sequence).second) << "sent twice under one number";
  }

  // About a number near the newest, as NACKs do.
  void ask() {
    const std::uint64_t number = reference_.highest() + 3 - prng_.below(2 * kWindow);
    // What the source before had is another test's (ProjectionSwitch).
    if (number < reference_.first_number()) return;
    const auto source = projection_.source_of(static_cast<std::uint16_t>(number));
    ASSERT_EQ(source ? source->sequence : 0, reference_.source_of(number)) << number;
  }

  Prng prng_;
  Projection projection_{true, kHz, prng_};
  Reference reference_;
  DisorderlySource source_{prng_, 65'000 + prng_.below(1'000)};
  std::uint64_t left_out_of_ten_ = 5;
  std::set<std::uint64_t> numbers_;
};

TEST(ProjectionLeavingOut, AgreesWithAReferenceThatForgetsNothing) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    AgainstReference(seed).run(10'000);
    if (testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace penstock
