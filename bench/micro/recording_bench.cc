// Recording a packet: what it costs a worker beside projecting it, which it does for every receiver
// (docs/adr/0032).
#include <benchmark/benchmark.h>

#include <cstring>
#include <vector>

#include "dataplane/recording/arena.h"

namespace penstock::bench {
namespace {

constexpr std::size_t kHeaderBytes = 20;
constexpr std::size_t kHeaderBytesMax = 12 + 320;  // that is reserved for

// Payloads as they lie in a worker's slots: decrypted just now, so near.
void record_packets(benchmark::State& state) {
  const auto payload_bytes = static_cast<std::size_t>(state.range(0));
  const auto drained_every = static_cast<std::uint64_t>(state.range(1));
  RecordingArena arena(32 * 1'024 * 1'024);
  std::vector<std::uint8_t> payload(payload_bytes, 0x55);
  std::uint64_t recorded = 0;
  std::uint64_t drained = 0;
  const auto drain = [&] {
    arena.drain([&](const RecordHeader& header, std::span<const std::uint8_t>) {
      drained += header.bytes == kHeaderBytes + payload_bytes ? 1U : 0U;
      return true;
    });
  };
  for ([[maybe_unused]] auto _ : state) {
    if (++recorded % drained_every == 0) {
      state.PauseTiming();
      drain();
      state.ResumeTiming();
    }
    std::uint8_t* to = arena.reserve(kHeaderBytesMax + payload_bytes);
    if (to == nullptr) {
      state.SkipWithError("no room");
      break;
    }
    std::memset(to, 0x80, kHeaderBytes);
    std::memcpy(to + kHeaderBytes, payload.data(), payload_bytes);
    arena.commit({.bytes = static_cast<std::uint16_t>(kHeaderBytes + payload_bytes),
                  .kind = RecordKind::kPacket,
                  .recording = 1,
                  .at = static_cast<Timestamp>(recorded)});
  }
  drain();
  if (drained != recorded) state.SkipWithError("not all is there");
}
// Drained each 10 ms of 60 streams of video, and of 1,500.
BENCHMARK(record_packets)->Args({100, 100})->Args({1'100, 100})->Args({1'100, 2'500});

}  // namespace
}  // namespace penstock::bench
