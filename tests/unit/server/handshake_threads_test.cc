// Real threads, real time: only what does not depend on how they are scheduled is asked for.
#include "controlplane/server/handshake_threads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "controlplane/dtls/certificate.h"
#include "dataplane/base/check.h"

namespace penstock {
namespace {

Timestamp clock_now() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

class HandshakeThreadsTest : public testing::Test {
 protected:
  HandshakeThreadsTest() : certificate(make_certificate()), dtls(make_context()) {
    PENSTOCK_CHECK(expected.push_back(
        parse_fingerprint("sha-256 " + certificate.fingerprint_sha256()).value()));
  }
  static Certificate make_certificate() {
    auto made = Certificate::generate(1'700'000'000);
    PENSTOCK_CHECK(made.has_value());
    return std::move(*made);
  }
  DtlsContext make_context() const {
    auto made = DtlsContext::create(certificate, {});
    PENSTOCK_CHECK(made.has_value());
    return std::move(*made);
  }
  HandshakeThreads::Options options(std::size_t count) {
    return {.count = count, .cpus = {}, .clock = &clock_now, .wake = [this] { ++wakes; }};
  }
  // Side 2n is a client, side 2n + 1 the server that it talks to.
  std::unique_ptr<DtlsJob> make_job(std::uint32_t side) const {
    return std::make_unique<DtlsJob>(dtls, side % 2 == 0 ? DtlsRole::kClient : DtlsRole::kServer,
                                     expected, TransportHandle(side, 1), WorkerIndex{0});
  }

  Certificate certificate;
  DtlsContext dtls;
  Fingerprints expected;
  std::atomic<std::uint64_t> wakes = 0;
};

TEST_F(HandshakeThreadsTest, ManyHandshakesAtOnceAllEndWithTheSameKeysOnBothSides) {
  constexpr std::uint32_t kSides = 80;
  HandshakeThreads threads(options(3));
  std::vector<std::unique_ptr<DtlsJob>> at_home(kSides);
  std::vector<std::vector<std::vector<std::uint8_t>>> post(kSides);
  for (std::uint32_t side = 0; side < kSides; ++side) threads.submit(make_job(side));
  std::size_t connected = 0;
  std::uint64_t under_way = kSides;
  std::uint64_t jobs_done = 0;
  const Timestamp deadline = clock_now() + 60 * kSecond;
  while ((connected < kSides || under_way > 0) && clock_now() < deadline) {
    std::unique_ptr<DtlsJob> job = threads.take_done(0);
    if (job == nullptr) {
      std::this_thread::yield();
      continue;
    }
    ++jobs_done;
    --under_way;
    const std::uint32_t side = job->owner.index();
    ASSERT_FALSE(job->is_out_of_memory);
    auto& to = post[side ^ 1];
    for (auto& datagram : std::exchange(job->output, {})) to.push_back(std::move(datagram));
    at_home[side] = std::move(job);
    const auto is_connected = [](const std::unique_ptr<DtlsJob>& each) {
      return each != nullptr && each->endpoint->state() == DtlsState::kConnected;
    };
    connected = static_cast<std::size_t>(std::ranges::count_if(at_home, is_connected));
    if (connected == kSides) continue;
    for (std::uint32_t each = 0; each < kSides; ++each) {
      if (at_home[each] == nullptr) continue;
      if (post[each].empty() && clock_now() < at_home[each]->endpoint->next_timeout()) continue;
      at_home[each]->input = std::exchange(post[each], {});
      threads.submit(std::move(at_home[each]));
      ++under_way;
    }
  }
  ASSERT_EQ(connected, kSides);
  ASSERT_EQ(under_way, 0U);
  for (std::uint32_t side = 0; side < kSides; side += 2) {
    const SrtpKeys& client = *at_home[side]->endpoint->srtp_keys();
    const SrtpKeys& server = *at_home[side + 1]->endpoint->srtp_keys();
    EXPECT_EQ(client.send.key, server.receive.key);
    EXPECT_EQ(client.receive.key, server.send.key);
  }
  EXPECT_GE(wakes, jobs_done - 3) << "whoever waits for the last ones would wait for ever";
}

TEST_F(HandshakeThreadsTest, AnEndingThatIsSaidBeforeAJobsTurnIsHeard) {
  // The thread asks for the time before it runs a job: there it waits until all have been told.
  std::atomic<bool> are_told = false;
  HandshakeThreads::Options held = options(1);
  held.clock = [&are_told] {
    are_told.wait(false);
    return clock_now();
  };
  HandshakeThreads threads(held);
  std::vector<DtlsJob*> under_way;
  for (std::uint32_t side = 0; side < 20; ++side) {
    auto job = make_job(side);
    under_way.push_back(job.get());
    threads.submit(std::move(job));
  }
  for (DtlsJob* job : under_way) job->ending = DtlsEnding::kSilent;
  are_told = true;
  are_told.notify_all();
  const Timestamp deadline = clock_now() + 60 * kSecond;
  std::size_t back = 0;
  while (back < under_way.size() && clock_now() < deadline) {
    const auto job = threads.take_done(0);
    if (job == nullptr) continue;
    ++back;
    EXPECT_FALSE(job->endpoint.has_value());
  }
  EXPECT_EQ(back, under_way.size());
}

TEST_F(HandshakeThreadsTest, EndingThemDropsWhatWaits) {
  HandshakeThreads threads(options(2));
  for (std::uint32_t side = 0; side < 200; ++side) threads.submit(make_job(side));
  // Destroyed here, with most of them waiting, some under way and some done.
}

}  // namespace
}  // namespace penstock
