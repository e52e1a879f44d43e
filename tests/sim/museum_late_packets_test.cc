// Goal: what arrives after its connection was closed (media, RTCP, STUN, DTLS) reaches nobody, not
// even the connection that has the same slot of the pool, or the same address, since. Method: the
// datagrams of a client are kept; its connection is closed; then, in the same instant, later, and
// when the next connection has its slot and its address, they arrive again.
#include <gtest/gtest.h>

#include <map>

#include "dataplane/rtp/demux.h"
#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

using Bytes = std::vector<std::uint8_t>;

class LatePackets : public testing::Test {
 protected:
  // Of what the person sends from now on, the last three of each kind are kept.
  void record(Person& person) {
    person.set_client({}, [this](SimClient& client) {
      from_ = client.webrtc->local();
      client.filter_up = [this](std::span<std::uint8_t> bytes) {
        auto& kept = kept_[classify_datagram(bytes)];
        kept.emplace_back(bytes.begin(), bytes.end());
        if (kept.size() > 3) kept.erase(kept.begin());
        return true;
      };
    });
  }
  void replay(const SocketAddress& from) {
    for (std::uint16_t worker = 0; worker < sim_.config().workers; ++worker) {
      const SocketAddress to{sim_.server().addresses().ipv4.address,
                             static_cast<std::uint16_t>(sim_.config().udp_port_base + worker)};
      for (const auto& [kind, datagrams] : kept_) {
        for (const Bytes& datagram : datagrams) sim_.inject(from, to, datagram);
      }
    }
  }
  std::uint64_t forwarded() const { return count(&WorkerStats::media_forwarded); }
  std::uint64_t received() const { return count(&WorkerStats::media_received); }
  std::uint64_t count(Counter WorkerStats::* counter) const {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < sim_.config().workers; ++i) {
      total += (sim_.server().stats(static_cast<WorkerIndex>(i)).*counter).get();
    }
    return total;
  }

  std::map<DatagramKind, std::vector<Bytes>> kept_;  // outlives the simulation, which fills it
  SocketAddress from_;
  // One slot of each kind for the one who speaks, so that the next one must get the same.
  Simulation sim_{
      {.seed = 361, .workers = 2, .pools = {.transports = 2, .streams = 2, .subscriptions = 4}}};
};

TEST_F(LatePackets, AfterTheCloseReachNobody) {
  Person& viewer = sim_.join(kRoom, "viewer");
  viewer.subscribe_to_everyone();
  Person& talker = sim_.join(kRoom, "talker");
  record(talker);
  talker.publish();
  sim_.run_for(2 * kSecond);
  ASSERT_TRUE(sees_now(sim_, viewer, talker));
  ASSERT_EQ(kept_.size(), 4U) << "RTP, RTCP, STUN and DTLS";
  talker.detach_publisher();
  ASSERT_TRUE(sim_.run_until([&] { return sim_.server().media().counts().peers == 1; }, kSecond));
  const std::uint64_t forwarded_before = forwarded();
  const std::uint64_t received_before = received();
  for (const Duration later : {Duration{0}, kMillisecond, 100 * kMillisecond, 5 * kSecond}) {
    replay(from_);
    sim_.run_for(later);
  }
  replay(from_);
  sim_.run_for(kSecond);
  EXPECT_EQ(forwarded(), forwarded_before);
  EXPECT_EQ(received(), received_before);
  EXPECT_EQ(sim_.server().media().counts().peers, 1U);
  EXPECT_EQ(sim_.server().census().at("packets"), 0U);
}

TEST_F(LatePackets, DoNotReachTheConnectionThatHasTheSlotNow) {
  Person& viewer = sim_.join(kRoom, "viewer");
  viewer.subscribe_to_everyone();
  Person& talker = sim_.join(kRoom, "talker");
  record(talker);
  talker.publish();
  sim_.run_for(2 * kSecond);
  const SocketAddress old_address = from_;
  const auto old_packets = kept_;
  talker.leave();
  sim_.run_for(100 * kMillisecond);
  EXPECT_EQ(sim_.server().media().counts().peers, 1U);

  Person& next = sim_.join(kRoom, "next");
  record(next);
  sim_.run_for(200 * kMillisecond);
  next.publish();
  sim_.run_for(100 * kMillisecond);  // the slots are taken; ICE and DTLS are under way
  kept_ = old_packets;
  next.publisher()->filter_up = {};
  replay(old_address);
  replay(next.publisher()->webrtc->local());
  sim_.run_for(2 * kSecond);
  ASSERT_TRUE(sees_now(sim_, viewer, next));
  const std::uint64_t replayed_before = received();
  const std::uint64_t sent_before = next.publisher()->webrtc->media_sent();
  const std::uint64_t bad_before = sim_.drops(DropReason::kSrtpAuthFailed);
  for (int i = 0; i < 10; ++i) {
    replay(old_address);
    replay(next.publisher()->webrtc->local());
    sim_.run_for(100 * kMillisecond);
  }
  sim_.run_for(100 * kMillisecond);
  EXPECT_GT(sim_.drops(DropReason::kSrtpAuthFailed), bad_before) << "from its own address";
  EXPECT_LE(received() - replayed_before, next.publisher()->webrtc->media_sent() - sent_before + 5);
  EXPECT_TRUE(sees_now(sim_, viewer, next));
  expect_sees(viewer, next);
  EXPECT_EQ(next.events("hangup"), 0U);
  EXPECT_EQ(next.publisher()->closed_reason, "");
}

TEST_F(LatePackets, ThatWereInTheServersQueuesWhenTheirOwnerWentReachNobody) {
  Person& viewer = sim_.join(kRoom, "viewer");
  viewer.subscribe_to_everyone();
  Person& talker = sim_.join(kRoom, "talker");
  record(talker);
  talker.publish();
  sim_.run_for(2 * kSecond);
  const std::uint64_t closed_before = sim_.drops(DropReason::kTransportClosed);
  // The workers stand still; the queue fills; the owner goes; then they run again.
  for (WorkerIndex worker = 0; worker < 2; ++worker) sim_.server().stop_worker(worker, true);
  sim_.run_for(200 * kMillisecond);
  talker.destroy_session();
  sim_.run_for(100 * kMillisecond);
  const std::uint64_t forwarded_before = forwarded();
  EXPECT_GT(sim_.server().census().at("packets"), 0U);
  EXPECT_GT(sim_.server().census().at("retire list"), 0U);
  sim_.server().resume_all();
  talker.stop();
  sim_.run_for(kSecond);
  EXPECT_EQ(forwarded(), forwarded_before) << "the stream was gone";
  EXPECT_GT(sim_.drops(DropReason::kTransportClosed) + sim_.drops(DropReason::kFlowUnknown),
            closed_before);
  EXPECT_EQ(sim_.server().census().at("retire list"), 0U);
}

}  // namespace
}  // namespace penstock::sim
