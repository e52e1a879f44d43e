#include "dataplane/registry/fan_out_writer.h"

#include <bit>

namespace penstock {
namespace {

constexpr std::uint32_t kAllOccupied = (1U << FanOutChunk::kEntriesMax) - 1;

}  // namespace

FanOutPlace FanOutWriter::add(FanOut& fan_out, WorkerIndex worker,
                              SubscriptionHandle subscription) {
  const Handle<FanOutChunk> head = fan_out.head(worker);
  FanOutChunk* first = pool_.resolve(head);
  const std::uint32_t occupied =
      first == nullptr ? kAllOccupied : first->occupied.load(std::memory_order_relaxed);
  if (occupied != kAllOccupied) {
    const int entry = std::countr_one(occupied);
    first->entries[static_cast<std::size_t>(entry)].store(subscription.bits(),
                                                          std::memory_order_relaxed);
    first->occupied.store(occupied | 1U << entry, std::memory_order_release);
    return {head, worker, static_cast<std::uint8_t>(entry)};
  }
  const Handle<FanOutChunk> made = pool_.allocate(subscription, head);
  if (made.is_null()) return {};
  if (first != nullptr) first->previous = made;
  fan_out.publish(worker, made);
  return {made, worker, 0};
}

void FanOutWriter::remove(FanOut& fan_out, FanOutPlace place) {
  FanOutChunk* chunk = pool_.resolve(place.chunk);
  if (chunk == nullptr) return;
  const std::uint32_t occupied =
      chunk->occupied.load(std::memory_order_relaxed) & ~(1U << place.entry);
  chunk->occupied.store(occupied, std::memory_order_release);
  if (occupied != 0) return;
  link_out(fan_out, place.worker, *chunk);
  if (test_hooks::is_planted(test_hooks::PlantedBug::kKeepEmptyChunk)) return;
  retire(place.chunk);
}

// Whoever stands on the chunk goes on to its successor, which is reclaimed after it.
void FanOutWriter::link_out(FanOut& fan_out, WorkerIndex worker, const FanOutChunk& chunk) {
  const auto next = Handle<FanOutChunk>::from_bits(chunk.next.load(std::memory_order_relaxed));
  if (FanOutChunk* behind = pool_.resolve(next)) behind->previous = chunk.previous;
  if (FanOutChunk* before = pool_.resolve(chunk.previous)) {
    before->next.store(next.bits(), std::memory_order_release);
  } else {
    fan_out.publish(worker, next);
  }
}

void FanOutWriter::clear(FanOut& fan_out, WorkerIndex worker) {
  const Handle<FanOutChunk> head = fan_out.head(worker);
  fan_out.publish(worker, {});
  for_each_chunk(pool_, head,
                 [&](Handle<FanOutChunk> chunk, const FanOutChunk&) { retire(chunk); });
}

}  // namespace penstock
