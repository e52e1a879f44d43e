// Opening SRTP, in place, in bursts of 32 packets of 64 senders, by each of our backends.
#include <benchmark/benchmark.h>

#include <memory>

#include "bench/micro/keyed_packets.h"
#include "dataplane/base/endian.h"
#include "dataplane/srtp/batch.h"

namespace penstock::bench {
namespace {

constexpr std::size_t kBurst = 32;
// Between two looks at the clock, so that those cost nothing worth counting.
constexpr std::size_t kPackets = 1'024;

class Senders {
 public:
  Senders(SrtpProfile profile, SrtpBackend backend, std::size_t text_bytes)
      : profile_(profile), packets_(text_bytes), engine_(SrtpEngine::create(backend)) {
    for (std::size_t i = 0; i < kKeys; ++i) {
      SrtpMasterKey master;
      std::copy_n(packets_.keys[i].begin(), master.key.size(), master.key.begin());
      senders_.push_back(std::make_unique<SrtpSendContext>());
      senders_.back()->init(profile, master, backend);
      receivers_.push_back(std::make_unique<SrtpReceiveContext>());
      receivers_.back()->init(profile, master, backend);
    }
    received_.resize(kPackets);
    for (auto& packet : received_) std::ranges::copy(packets_.header, packet.begin());
  }

  // The next packets of every sender.
  void send() {
    for (std::size_t first = 0; first < kPackets; first += kKeys) {
      std::array<ProtectJob, kKeys> jobs;
      for (std::size_t i = 0; i < kKeys; ++i) {
        std::uint8_t* packet = received_[first + i].data();
        store_be16(packet + 2, static_cast<std::uint16_t>(sequence_));
        jobs[i] = {.context = senders_[i].get(),
                   .payload = packets_.text.data(),
                   .packet = packet,
                   .header_bytes = kHeaderBytes,
                   .payload_bytes = static_cast<std::uint16_t>(packets_.text.size()),
                   .roc = static_cast<std::uint32_t>(sequence_ >> 16)};
      }
      ++sequence_;
      engine_->protect_rtp(jobs);
    }
  }

  // False if one of them was refused.
  bool receive() {
    bool is_good = true;
    for (std::size_t first = 0; first < kPackets; first += kBurst) {
      std::array<UnprotectJob, kBurst> jobs;
      for (std::size_t i = 0; i < kBurst; ++i) {
        jobs[i] = {.context = receivers_[(first + i) % kKeys].get(),
                   .packet = received_[first + i].data(),
                   .packet_bytes = static_cast<std::uint16_t>(kHeaderBytes + packets_.text.size() +
                                                              srtp_tag_bytes(profile_)),
                   .header_bytes = kHeaderBytes};
      }
      engine_->unprotect_rtp(jobs);
      for (const UnprotectJob& job : jobs) is_good &= job.result == DropReason::kNone;
    }
    return is_good;
  }

  bool is_plain(std::size_t number) const {
    return std::equal(packets_.text.begin(), packets_.text.end(),
                      received_[number].begin() + kHeaderBytes);
  }

 private:
  SrtpProfile profile_;
  KeyedPackets packets_;
  std::unique_ptr<SrtpEngine> engine_;
  std::vector<std::unique_ptr<SrtpSendContext>> senders_;
  std::vector<std::unique_ptr<SrtpReceiveContext>> receivers_;
  std::vector<KeyedPackets::Target> received_;
  std::uint64_t sequence_ = 1;
};

void unprotect(benchmark::State& state, SrtpProfile profile, SrtpBackend backend) {
  if (!is_runnable(backend)) {
    state.SetLabel("not on this CPU");
    for ([[maybe_unused]] auto _ : state) break;
    return;
  }
  Senders senders(profile, backend, static_cast<std::size_t>(state.range(0)));
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    senders.send();
    state.ResumeTiming();
    if (!senders.receive()) state.SkipWithError("a packet was refused");
  }
  if (!senders.is_plain(0) || !senders.is_plain(kPackets - 1)) {
    state.SkipWithError("what was opened is not what was sent");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kPackets));
  state.counters["time_per_packet"] = benchmark::Counter(
      kPackets, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void sizes(benchmark::internal::Benchmark* bench) {
  for (const int bytes : {100, 1'100}) bench->Arg(bytes);
}

BENCHMARK_CAPTURE(unprotect, gcm128_ipsec_mb, SrtpProfile::kAeadAes128Gcm, SrtpBackend::kIpsecMb)
    ->Apply(sizes);
BENCHMARK_CAPTURE(unprotect, gcm128_vaes, SrtpProfile::kAeadAes128Gcm, SrtpBackend::kVaes)
    ->Apply(sizes);
BENCHMARK_CAPTURE(unprotect, gcm128_libsrtp, SrtpProfile::kAeadAes128Gcm, SrtpBackend::kLibsrtp)
    ->Apply(sizes);
BENCHMARK_CAPTURE(unprotect, gcm256_ipsec_mb, SrtpProfile::kAeadAes256Gcm, SrtpBackend::kIpsecMb)
    ->Apply(sizes);
BENCHMARK_CAPTURE(unprotect, cm80_ipsec_mb, SrtpProfile::kAes128CmSha1_80, SrtpBackend::kIpsecMb)
    ->Apply(sizes);
BENCHMARK_CAPTURE(unprotect, cm80_libsrtp, SrtpProfile::kAes128CmSha1_80, SrtpBackend::kLibsrtp)
    ->Apply(sizes);

}  // namespace
}  // namespace penstock::bench
