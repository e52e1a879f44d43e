// Keeping packets for retransmission, and finding them again.
#include <benchmark/benchmark.h>

#include <vector>

#include "dataplane/forward/encoding.h"
#include "dataplane/worker/kept_packets.h"

namespace penstock::bench {
namespace {

constexpr StreamHandle kStream{0, 1};
constexpr std::uint32_t kSource = source_name(0, 1);

struct NobodyElse {
  std::uint64_t start_grace_period() { return 1; }
  bool grace_period_ended(std::uint64_t) { return true; }
};

class OneStream {
 public:
  OneStream() { rings_.push_back(std::make_unique<SlotRing>(0, kHistoryAge, PoolMemory::heap())); }

  // What it costs beside decrypting the payload into its slot.
  void keep(std::uint64_t sequence, std::size_t payload_bytes) {
    SlotRing& ring = *rings_[0];
    ring.make_room(kMillisecond, nobody_);
    auto* slot = new (ring.reserve(Slot::slot_bytes(20, 20 + payload_bytes))) Slot;
    slot->stream = kStream;
    slot->source = kSource;
    slot->sequence = sequence;
    slot->arrival = kMillisecond;
    kept_.keep(*slot, {0, ring.position()}, rings_);
  }

  bool has(std::uint64_t sequence) const {
    MediaPacket packet;
    return kept_.find(kStream, {.source = kSource, .sequence = sequence}, rings_, kMillisecond,
                      packet);
  }

 private:
  NobodyElse nobody_;
  SlotRings rings_;
  KeptPackets kept_{1, PoolMemory::heap()};
};

void keep_packets(benchmark::State& state) {
  OneStream stream;
  std::uint64_t sequence = 0;
  for ([[maybe_unused]] auto _ : state)
    stream.keep(++sequence, static_cast<std::size_t>(state.range(0)));
  if (!stream.has(sequence)) state.SkipWithError("the last packet is not there");
}
BENCHMARK(keep_packets)->Arg(100)->Arg(1'100);

void find_kept_packets(benchmark::State& state) {
  OneStream stream;
  constexpr std::uint64_t kKept = kHistoryPacketsPerStream;
  for (std::uint64_t i = 1; i <= kKept; ++i) stream.keep(i, 1'100);
  std::uint64_t i = 0;
  for ([[maybe_unused]] auto _ : state) {
    if (!stream.has(1 + i % kKept)) state.SkipWithError("it is not there");
    i += 17;
  }
}
BENCHMARK(find_kept_packets);

}  // namespace
}  // namespace penstock::bench
