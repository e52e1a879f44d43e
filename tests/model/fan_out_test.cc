// Mirrors dataplane/forward/fan_out.h (FanOut, for_each_chunk, for_each_subscription) and
// dataplane/registry/fan_out_writer.cc (add, remove, link_out) with chunks of two entries, over the
// pool (pool.h here) and grace periods (qsbr.h here): a list that is changed in place, one store at
// a time, while workers walk it. In each execution the control thread makes one of a few series of
// changes: a chunk goes from the middle, from the front, two in a row; an entry is used again, and
// so is the slot of a chunk that was reclaimed.
//
// What is checked: a walk visits each subscription that stays exactly once and each other at most
// once; what an earlier walk found and what stays is found again; no chunk is read after reclaim.
// Who takes an entry that another had left may be found once too early, by the bit of the other.
#include <array>
#include <bit>
#include <span>

#include "tests/model/pool.h"
#include "tests/model/qsbr.h"

namespace penstock::model {
namespace {

enum class FanOutBreak {
  kNothing,
  kPublishRelaxed,
  kHeadRelaxed,
  kOccupyRelaxed,
  kOccupiedRelaxed,
  kOccupiedBeforeEntry,
  kWalkResolves,
  kLinkedOutForgetsNext,
  kTokenBeforeLinkOut,
  kReclaimWithoutCheck,
  kReportWithinWalk,
};

constexpr std::uint32_t kEntriesMax = 2;
constexpr std::uint32_t kAllOccupied = (1U << kEntriesMax) - 1;

struct Chunk {
  void construct(std::uint32_t first, Handle behind) {
    is_constructed.set(true);
    occupied.store(1, rl::mo_relaxed);
    next.store(behind.bits(), rl::mo_relaxed);
    entries[0].store(first, rl::mo_relaxed);
    for (std::uint32_t i = 1; i < kEntriesMax; ++i) entries[i].store(0, rl::mo_relaxed);
    previous.set(0);
  }
  void destroy() { is_constructed.set(false); }

  Plain<bool> is_constructed{false};  // stands for the memory: atomic members cannot show a race
  Atomic<std::uint32_t> occupied;
  Atomic<std::uint64_t> next;
  std::array<Atomic<std::uint32_t>, kEntriesMax> entries;
  Plain<std::uint64_t> previous;
};

struct Place {
  Handle chunk;
  std::uint32_t entry = 0;
};

// Joins are positive, leaves negative; kPoll asks for grace periods that have ended.
constexpr int kPoll = 0;
constexpr std::array kMiddle = {6, -3, -4, kPoll, -5, 7, kPoll, 8, kPoll};
constexpr std::array kFront = {-5, kPoll, -3, -4, kPoll, 6, 7, kPoll, kPoll};
constexpr std::array kTwoInARow = {-3, -4, -5, kPoll, 6, kPoll, 7, kPoll, -6};
constexpr std::array<std::span<const int>, 3> kSeries = {kMiddle, kFront, kTwoInARow};
constexpr std::uint32_t kSubscriptions = 9;  // 0 is none

struct FanOutModel : rl::test_suite<FanOutModel, 3> {
  static constexpr std::size_t kWorkers = 2;
  static constexpr int kWalks = 3;

  void before() {
    for (std::uint32_t subscription = 1; subscription <= 5; ++subscription) add(subscription);
    series = kSeries[rl::rand(kSeries.size())];
    for (std::uint32_t i = 1; i < kSubscriptions; ++i) stays[i] = true;
    for (const int change : series) {
      if (change < 0) stays[static_cast<std::size_t>(-change)] = false;
    }
  }

  void thread(unsigned index) { index == kWorkers ? control() : work(index); }

  // --- workers

  using Visits = std::array<unsigned, kSubscriptions>;

  Visits walk(unsigned worker) {
    Visits visits{};
    Handle at = Handle::from_bits(head.load(unless(FanOutBreak::kHeadRelaxed, rl::mo_acquire)));
    while (Chunk* chunk = resolve_in_list(at)) {
      require(chunk->is_constructed.get(), "no chunk is read after it was reclaimed");
      at = Handle::from_bits(chunk->next.load(rl::mo_acquire));
      for (std::uint32_t rest =
               chunk->occupied.load(unless(FanOutBreak::kOccupiedRelaxed, rl::mo_acquire));
           rest != 0; rest &= rest - 1) {
        const auto entry = static_cast<std::size_t>(std::countr_zero(rest));
        ++visits[chunk->entries[entry].load(rl::mo_relaxed)];
      }
      if (is_broken(FanOutBreak::kReportWithinWalk)) qsbr.report_quiescent(worker);
    }
    return visits;
  }

  Chunk* resolve_in_list(Handle handle) {
    return is_broken(FanOutBreak::kWalkResolves) ? pool.resolve(handle)
                                                 : pool.resolve_in_list(handle);
  }

  void work(unsigned worker) {
    Visits found{};
    found[1] = found[2] = 1;  // who is there from the start and stays
    const std::size_t reclaimed_before = reclaimed;
    qsbr.go_online(worker);
    for (int i = 0; i < kWalks; ++i) {
      const Visits visits = walk(worker);
      require(visits[0] == 0, "an entry is there before its bit");
      for (std::size_t j = 1; j < kSubscriptions; ++j) {
        require(visits[j] <= 1, "nobody is visited twice");
        require(visits[j] >= found[j] || !stays[j] || took_over[j], "who stays is visited again");
        found[j] = visits[j];
      }
      if (i + 1 < kWalks) qsbr.report_quiescent(worker);
    }
    // It walked while chunks were reclaimed that it could have walked.
    if (worker == 0 && reclaimed > reclaimed_before) witness();
    qsbr.go_offline(worker);
  }

  // --- control thread

  void control() {
    for (const int change : series) {
      if (change > 0) add(static_cast<std::uint32_t>(change));
      if (change < 0) remove(places[static_cast<std::size_t>(-change)]);
      if (change == kPoll) reclaim_ready();
    }
  }

  void publish(Handle chunk) {
    head.store(chunk.bits(), unless(FanOutBreak::kPublishRelaxed, rl::mo_release));
  }

  void add(std::uint32_t subscription) {
    const Handle at = Handle::from_bits(head.load(rl::mo_acquire));
    Chunk* first = pool.resolve(at);
    const std::uint32_t occupied =
        first == nullptr ? kAllOccupied : first->occupied.load(rl::mo_relaxed);
    if (occupied != kAllOccupied) {
      const auto entry = static_cast<std::uint32_t>(std::countr_one(occupied));
      const bool is_early = is_broken(FanOutBreak::kOccupiedBeforeEntry);
      took_over[subscription] = first->entries[entry].load(rl::mo_relaxed) != 0;
      if (!is_early) first->entries[entry].store(subscription, rl::mo_relaxed);
      first->occupied.store(occupied | 1U << entry,
                            unless(FanOutBreak::kOccupyRelaxed, rl::mo_release));
      if (is_early) first->entries[entry].store(subscription, rl::mo_relaxed);
      places[subscription] = {at, entry};
      return;
    }
    const Handle made = pool.allocate(subscription, at);
    if (made.is_null()) return;  // what was linked out is still waited for
    if (first != nullptr) first->previous.set(made.bits());
    publish(made);
    places[subscription] = {made, 0};
  }

  void remove(Place place) {
    Chunk* chunk = pool.resolve(place.chunk);
    if (chunk == nullptr) return;
    const std::uint32_t occupied = chunk->occupied.load(rl::mo_relaxed) & ~(1U << place.entry);
    chunk->occupied.store(occupied, rl::mo_release);
    if (occupied != 0) return;
    const bool is_early = is_broken(FanOutBreak::kTokenBeforeLinkOut);
    const std::uint64_t token = is_early ? qsbr.start() : 0;
    link_out(*chunk);
    pool.unlink(place.chunk);
    retired[retired_size++] = {place.chunk, is_early ? token : qsbr.start()};
  }

  void link_out(Chunk& chunk) {
    const Handle next = Handle::from_bits(chunk.next.load(rl::mo_relaxed));
    const Handle previous = Handle::from_bits(chunk.previous.get());
    if (Chunk* behind = pool.resolve(next)) behind->previous.set(previous.bits());
    if (Chunk* before = pool.resolve(previous)) {
      before->next.store(next.bits(), rl::mo_release);
    } else {
      publish(next);
    }
    if (is_broken(FanOutBreak::kLinkedOutForgetsNext)) chunk.next.store(0, rl::mo_release);
  }

  void reclaim_ready() {
    while (reclaimed < retired_size && (is_broken(FanOutBreak::kReclaimWithoutCheck) ||
                                        qsbr.has_ended(retired[reclaimed].token))) {
      pool.reclaim(retired[reclaimed++].chunk);
    }
  }

  struct Retired {
    Handle chunk;
    std::uint64_t token = 0;
  };

  Qsbr<kWorkers> qsbr;
  Pool<Chunk, 3> pool;
  Atomic<std::uint64_t> head;

  // Control thread.
  std::array<Place, kSubscriptions> places{};
  std::array<Retired, 8> retired{};
  std::size_t retired_size = 0;
  std::size_t reclaimed = 0;

  // Not of the model: what this execution does.
  std::span<const int> series;
  std::array<bool, kSubscriptions> stays{};
  std::array<bool, kSubscriptions> took_over{};
};

TEST(Model, FanOut) {
  Exploration<FanOutModel, FanOutBreak> fan_out("fan_out");
  fan_out.verify();
  fan_out.kill(FanOutBreak::kPublishRelaxed, "the head is stored relaxed");
  fan_out.kill(FanOutBreak::kHeadRelaxed, "the head is loaded relaxed");
  fan_out.kill(FanOutBreak::kOccupyRelaxed, "an entry's bit is set relaxed");
  fan_out.kill(FanOutBreak::kOccupiedRelaxed, "the bits are loaded relaxed");
  fan_out.kill(FanOutBreak::kOccupiedBeforeEntry, "an entry's bit is set before the entry");
  fan_out.kill(FanOutBreak::kWalkResolves, "a walk stops at a chunk that was unlinked");
  fan_out.kill(FanOutBreak::kLinkedOutForgetsNext, "a chunk that goes leads nowhere");
  fan_out.kill(FanOutBreak::kTokenBeforeLinkOut, "the token is taken before the linking out");
  fan_out.kill(FanOutBreak::kReclaimWithoutCheck, "nobody waits for the grace period");
  fan_out.kill(FanOutBreak::kReportWithinWalk, "a worker reports in the middle of a walk");
}

}  // namespace
}  // namespace penstock::model
