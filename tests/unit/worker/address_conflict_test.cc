// What worker 0 says of somebody else who has the port's address.
#include "dataplane/net/arp.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

class AddressConflictsTest : public WorkerTest {
 protected:
  AddressConflictsTest() : WorkerTest({.workers = 2}) {}

  // To whichever worker's queue it comes.
  void receive_claim(WorkerIndex worker, const MacAddress& mac) {
    std::vector<std::uint8_t> frame(kArpFrameBytes);
    const IpAddress ours = addresses.ipv4.address;
    write_arp_frame(frame.data(), kBroadcastMac,
                    {ArpOperation::kRequest, mac, ours, MacAddress{}, ours});
    host.deliver(worker, frame);
    run_for(kSecond);
  }
  std::uint64_t count() const {
    return stats[0].address_conflicts[static_cast<std::size_t>(OwnAddress::kIpv4)].get();
  }
  MacAddress last() const {
    return MacAddress::from_word(
        stats[0].conflicting_macs[static_cast<std::size_t>(OwnAddress::kIpv4)].load());
  }
};

TEST_F(AddressConflictsTest, IsCountedAndWhoItIsSaid) {
  constexpr MacAddress kClaimant{{0x02, 0, 0, 0, 0, 0x33}};
  constexpr MacAddress kOtherClaimant{{0x02, 0, 0, 0, 0, 0x34}};
  receive_claim(0, kClaimant);
  EXPECT_EQ(count(), 1U);
  EXPECT_EQ(last(), kClaimant);
  receive_claim(1, kOtherClaimant);
  EXPECT_EQ(count(), 2U);
  EXPECT_EQ(last(), kOtherClaimant);
  EXPECT_EQ(all_drops(), 0U);
}

}  // namespace
}  // namespace penstock
