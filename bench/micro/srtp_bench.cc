// SRTP of batches of 64 packets for 64 receivers, by each of our backends, and by libsrtp2 called
// as its users call it: in place, after a copy.
#include <benchmark/benchmark.h>

#include <memory>

#include "bench/micro/keyed_packets.h"
#include "dataplane/base/endian.h"
#include "dataplane/srtp/batch.h"

namespace penstock::bench {
namespace {

class Receivers {
 public:
  Receivers(SrtpProfile profile, SrtpBackend backend, std::size_t text_bytes)
      : packets_(text_bytes), engine_(SrtpEngine::create(backend)) {
    for (std::size_t i = 0; i < kKeys; ++i) {
      contexts_.push_back(std::make_unique<SrtpSendContext>());
      contexts_.back()->init(profile, master_key(i), backend);
    }
    is_verified_ = verify(profile, backend);
  }

  bool is_verified() const { return is_verified_; }

  void protect_batch() {
    for (std::size_t i = 0; i < kKeys; ++i) {
      jobs_[i] = {.context = contexts_[i].get(),
                  .payload = packets_.text.data(),
                  .packet = packets_.targets[(first_ + i) % kTargets].data(),
                  .header_bytes = kHeaderBytes,
                  .payload_bytes = static_cast<std::uint16_t>(packets_.text.size()),
                  .roc = static_cast<std::uint32_t>(sequence_ >> 16)};
      store_be16(jobs_[i].packet + 2, static_cast<std::uint16_t>(sequence_));
    }
    ++sequence_;
    first_ = (first_ + kKeys) % kTargets;
    engine_->protect_rtp(jobs_);
  }

 private:
  SrtpMasterKey master_key(std::size_t i) const {
    SrtpMasterKey master;
    std::copy_n(packets_.keys[i].begin(), master.key.size(), master.key.begin());
    return master;
  }

  // What was protected for the first receiver opens with its key.
  bool verify(SrtpProfile profile, SrtpBackend backend) {
    protect_batch();
    const auto receiver = std::make_unique<SrtpReceiveContext>();
    receiver->init(profile, master_key(0), backend);
    UnprotectJob job{.context = receiver.get(),
                     .packet = jobs_[0].packet,
                     .packet_bytes = static_cast<std::uint16_t>(
                         kHeaderBytes + packets_.text.size() + srtp_tag_bytes(profile)),
                     .header_bytes = kHeaderBytes};
    engine_->unprotect_rtp({&job, 1});
    return job.result == DropReason::kNone &&
           std::equal(packets_.text.begin(), packets_.text.end(), job.packet + kHeaderBytes);
  }

  KeyedPackets packets_;
  std::unique_ptr<SrtpEngine> engine_;
  std::vector<std::unique_ptr<SrtpSendContext>> contexts_;
  std::array<ProtectJob, kKeys> jobs_{};
  std::size_t first_ = 0;
  std::uint64_t sequence_ = 1;
  bool is_verified_ = false;
};

void protect(benchmark::State& state, SrtpProfile profile, SrtpBackend backend) {
  if (!is_runnable(backend)) {
    state.SetLabel("not on this CPU");
    for ([[maybe_unused]] auto _ : state) break;
    return;
  }
  Receivers receivers(profile, backend, static_cast<std::size_t>(state.range(0)));
  if (!receivers.is_verified()) {
    state.SkipWithError("what was protected does not open");
    return;
  }
  for ([[maybe_unused]] auto _ : state) receivers.protect_batch();
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kKeys));
  state.counters["time_per_packet"] = benchmark::Counter(
      kKeys, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void sizes(benchmark::internal::Benchmark* bench) {
  for (const int bytes : {100, 1'100}) bench->Arg(bytes);
}

BENCHMARK_CAPTURE(protect, gcm128_ipsec_mb, SrtpProfile::kAeadAes128Gcm, SrtpBackend::kIpsecMb)
    ->Apply(sizes);
BENCHMARK_CAPTURE(protect, gcm128_vaes, SrtpProfile::kAeadAes128Gcm, SrtpBackend::kVaes)
    ->Apply(sizes);
BENCHMARK_CAPTURE(protect, gcm128_libsrtp, SrtpProfile::kAeadAes128Gcm, SrtpBackend::kLibsrtp)
    ->Apply(sizes);
BENCHMARK_CAPTURE(protect, gcm256_ipsec_mb, SrtpProfile::kAeadAes256Gcm, SrtpBackend::kIpsecMb)
    ->Apply(sizes);
BENCHMARK_CAPTURE(protect, gcm256_vaes, SrtpProfile::kAeadAes256Gcm, SrtpBackend::kVaes)
    ->Apply(sizes);
BENCHMARK_CAPTURE(protect, gcm256_libsrtp, SrtpProfile::kAeadAes256Gcm, SrtpBackend::kLibsrtp)
    ->Apply(sizes);
BENCHMARK_CAPTURE(protect, cm80_ipsec_mb, SrtpProfile::kAes128CmSha1_80, SrtpBackend::kIpsecMb)
    ->Apply(sizes);
BENCHMARK_CAPTURE(protect, cm80_libsrtp, SrtpProfile::kAes128CmSha1_80, SrtpBackend::kLibsrtp)
    ->Apply(sizes);

}  // namespace
}  // namespace penstock::bench
