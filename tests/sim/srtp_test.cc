// Goal: every SRTP profile with every backend carries a call; the clients always use libsrtp.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

class Srtp : public testing::TestWithParam<std::tuple<SrtpProfile, SrtpBackend>> {};

TEST_P(Srtp, CarriesACall) {
  const auto [profile, backend] = GetParam();
  Simulation sim({.seed = 51,
                  .workers = 2,
                  .room_peers_per_worker_max = 1,
                  .srtp_backend = backend,
                  .srtp_profiles = {profile}});
  start_call(sim, 2);
  sim.run_for(3 * kSecond);
  expect_all_see_each_other(sim);
  for (const auto& person : sim.people()) {
    EXPECT_EQ(person->subscriber()->webrtc->srtp_profile(), profile);
    EXPECT_EQ(person->publisher()->webrtc->srtp_profile(), profile);
  }
  EXPECT_GT(sim.nonces().watched(), 100U);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Srtp,
    testing::Combine(testing::Values(SrtpProfile::kAeadAes128Gcm, SrtpProfile::kAeadAes256Gcm,
                                     SrtpProfile::kAes128CmSha1_80),
                     testing::Values(SrtpBackend::kIpsecMb, SrtpBackend::kLibsrtp)));

}  // namespace
}  // namespace penstock::sim
