// Keeping packets for retransmission, and finding them again.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "dataplane/worker/packet_history.h"

namespace penstock::bench {
namespace {

constexpr StreamHandle kStream{0, 1};
constexpr std::uint32_t kSource = 7;
constexpr std::size_t kHeadersBytes = 62;  // of the network and of RTP, in front of the payload
constexpr std::size_t kPacketsMax = 2'048;
constexpr std::size_t kFrames = 32;  // that packets come in, in turn

class KeptPackets {
 public:
  explicit KeptPackets(std::size_t payload_bytes)
      : frames_(kFrames, std::vector<std::uint8_t>(kHeadersBytes + payload_bytes + 64)) {
    for (std::size_t i = 0; i < kFrames; ++i) std::ranges::fill(frames_[i], i);
    metadata_.payload_offset = kHeadersBytes;
    metadata_.payload_bytes = static_cast<std::uint16_t>(payload_bytes);
    metadata_.source = kSource;
    history.open(kStream);
  }

  void keep(std::uint64_t sequence, Timestamp now) {
    metadata_.sequence = sequence;
    history.keep(kStream, metadata_, frames_[sequence % kFrames].data(), now);
  }

  bool has(std::uint64_t sequence, Timestamp now) const {
    const KeptPacket* packet =
        history.find(kStream, {.source = kSource, .sequence = sequence}, now);
    return packet != nullptr && packet->description.metadata.sequence == sequence &&
           packet->frame[kHeadersBytes] == sequence % kFrames;
  }

  PacketHistory history{kPacketsMax, 1};

 private:
  std::vector<std::vector<std::uint8_t>> frames_;
  PacketMetadata metadata_;
};

void keep_in_history(benchmark::State& state) {
  KeptPackets packets(static_cast<std::size_t>(state.range(0)));
  std::uint64_t sequence = 0;
  for ([[maybe_unused]] auto _ : state) packets.keep(++sequence, kMillisecond);
  if (!packets.has(sequence, kMillisecond)) state.SkipWithError("the last packet is not there");
}
BENCHMARK(keep_in_history)->Arg(100)->Arg(1'100);

void find_in_history(benchmark::State& state) {
  KeptPackets packets(1'100);
  constexpr std::uint64_t kKept = kHistoryPacketsPerStream;
  for (std::uint64_t i = 1; i <= kKept; ++i) packets.keep(i, kMillisecond);
  std::uint64_t i = 0;
  for ([[maybe_unused]] auto _ : state) {
    if (!packets.has(1 + i % kKept, 2 * kMillisecond)) state.SkipWithError("another packet");
    i += 17;
  }
}
BENCHMARK(find_in_history);

}  // namespace
}  // namespace penstock::bench
