// What is not authenticated is not forwarded and harms nobody; what is repeated is forwarded once;
// feedback does not multiply.
#include <gtest/gtest.h>

#include "dataplane/base/endian.h"
#include "dataplane/base/prng.h"
#include "dataplane/forward/receiver_keyframes.h"
#include "tests/integration/harness/integration_test.h"
#include "tests/support/sanitized.h"

namespace penstock::integration {
namespace {

class SrtpSecurityTest : public IntegrationTest {
 protected:
  // Keeps copies of what alice's publisher sends, which goes out as it is.
  void record() {
    alice().publisher().set_filter([this](Bytes datagram) -> std::vector<Bytes> {
      const DatagramKind kind = classify_datagram(datagram);
      if (kind == DatagramKind::kRtp) rtp_.push_back(datagram);
      if (kind == DatagramKind::kRtcp) rtcp_.push_back(datagram);
      return {std::move(datagram)};
    });
  }
  // From the right address, with pauses so that queues hold it.
  void send(const Bytes& bytes) {
    alice().publisher().send_raw(bytes);
    if (++sent_ % 32 == 0) loop_.run_for(2 * kMillisecond);
  }
  void send_forgeries_of(const Bytes& original);

  std::vector<Bytes> rtp_;
  std::vector<Bytes> rtcp_;
  std::uint64_t sent_ = 0;
};

// No tag, part of a tag, part of a packet, and one wrong bit at each byte. Numbers that the server
// has not seen yet, so that it is the tag and not the replay window that decides.
void SrtpSecurityTest::send_forgeries_of(const Bytes& original) {
  Bytes zero_tag = original;
  std::fill(zero_tag.end() - 16, zero_tag.end(), std::uint8_t{0});
  send(zero_tag);
  for (std::size_t bytes = 1; bytes < original.size(); ++bytes) {
    send(Bytes(original.begin(), original.begin() + static_cast<std::ptrdiff_t>(bytes)));
  }
  for (std::size_t at = 0; at < original.size(); ++at) {
    Bytes flipped = original;
    flipped[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
    send(flipped);
  }
}

TEST_F(SrtpSecurityTest, ForgedPacketsFromTheRightAddressAreNotForwarded) {
  start_server();
  start_call();
  record();
  ASSERT_TRUE(loop_.run_until([&] { return rtp_.size() > 20 && !rtcp_.empty(); }, 20 * kSecond));
  const std::vector<Bytes> rtp = rtp_;
  for (std::size_t i = rtp.size() - 3; i < rtp.size(); ++i) {
    Bytes unseen = rtp[i];
    store_be16(&unseen[2], static_cast<std::uint16_t>(load_be16(&unseen[2]) + 1'000));
    send_forgeries_of(unseen);
  }
  for (Bytes& packet : std::vector<Bytes>(rtcp_)) {
    send_forgeries_of(packet);
    packet[packet.size() - 4] &= 0x7F;  // the E flag, where GCM has it
    send(packet);
  }
  const std::uint64_t packets = expect_nothing_lost();
  EXPECT_EQ(bob().subscriber().webrtc().received().size(), 2U);
  print_measured(std::to_string(sent_) + " forged packets, 0 forwarded, 0 of " +
                 std::to_string(packets) + " good ones lost");
}

TEST_F(SrtpSecurityTest, ReplayedPacketsAreForwardedOnce) {
  start_server();
  start_call();
  std::vector<Bytes> history;
  std::uint64_t replays = 0;
  alice().publisher().set_filter([&](Bytes datagram) -> std::vector<Bytes> {
    if (classify_datagram(datagram) != DatagramKind::kRtp) return {std::move(datagram)};
    history.push_back(datagram);
    std::vector<Bytes> result(4, datagram);
    for (const std::size_t age : {63UL, 300UL, 1'023UL}) {
      if (history.size() > age) result.push_back(history[history.size() - 1 - age]);
    }
    replays += result.size() - 1;
    return result;
  });
  loop_.run_until([&] { return history.size() > 1'100; }, 30 * kSecond);
  for (const Bytes& old : history) send(old);
  const std::uint64_t packets = expect_nothing_lost();
  print_measured(std::to_string(replays + history.size()) + " replays, 0 of " +
                 std::to_string(packets) + " packets doubled or lost");
}

TEST_F(SrtpSecurityTest, GoodPacketsFromAnotherAddressAreDroppedAndMoveNothing) {
  start_server();
  const auto attacker = add_attacker(10);
  start_call();
  // Each packet comes first from the wrong address: if it were taken, the right one would be a
  // replay.
  std::uint64_t sent = 0;
  alice().publisher().set_filter([&](Bytes datagram) -> std::vector<Bytes> {
    // Copies of checks would move the path: they are what the client signed.
    if (classify_datagram(datagram) != DatagramKind::kRtp) return {std::move(datagram)};
    attacker->send(alice().publisher().webrtc().remote(), datagram);
    ++sent;
    if (sent % 10 != 0) return {std::move(datagram)};
    return {};  // this one comes only from there: it must not arrive
  });
  const std::uint64_t before = bob().received_from(alice());
  loop_.run_for(2 * kSecond);
  alice().stop_media();
  bob().stop_media();
  loop_.run_for(kSecond);
  alice().publisher().set_filter(nullptr);
  const std::uint64_t forwarded = bob().received_from(alice()) - before;
  EXPECT_EQ(attacker->received_bytes(), 0U);
  EXPECT_LT(forwarded, sent);
  EXPECT_GT(forwarded, sent * 8 / 10);
  for (const auto& [ssrc, stream] : bob().subscriber().webrtc().received()) {
    EXPECT_EQ(stream.duplicates, 0U);
    EXPECT_TRUE(stream.is_order_kept());
  }
  expect_whole(alice(), bob());
  print_measured(std::to_string(sent) + " copies from elsewhere, 0 bytes back");
}

TEST_F(SrtpSecurityTest, AFloodOfUnknownSsrcsLeavesNoState) {
  start_server();
  start_call();
  record();
  ASSERT_TRUE(loop_.run_until([&] { return rtp_.size() > 20; }, 20 * kSecond));
  const std::size_t before = server().process().resident_bytes();
  Prng prng(7);
  Bytes packet = rtp_.back();
  for (int i = 0; i < 50'000; ++i) {
    store_be32(&packet[8], prng.next_u32());
    send(packet);
  }
  const std::uint64_t packets = expect_nothing_lost();
  const auto growth = static_cast<std::int64_t>(server().process().resident_bytes()) -
                      static_cast<std::int64_t>(before);
  if (!test::kIsSanitized) {
    EXPECT_LT(growth, 1 << 20);
  }
  EXPECT_EQ(bob().subscriber().webrtc().received().size(), 2U);
  print_measured(std::to_string(sent_) + " SSRCs, memory +" + std::to_string(growth) +
                 " bytes, 0 of " + std::to_string(packets) + " packets lost");
}

TEST_F(SrtpSecurityTest, OfAPliFloodThePublisherGetsNoMoreThanOneReceiverMayAskFor) {
  start_server();
  start_call();
  loop_.run_for(kSecond);
  const std::uint64_t before = alice().publisher().webrtc().pli_received();
  const Timestamp start = loop_.now();
  std::uint64_t asked = 0;
  while (loop_.now() - start < 4 * kSecond) {
    bob().subscriber().webrtc().request_keyframes(loop_.now());
    ++asked;
    loop_.run_for(5 * kMillisecond);
  }
  loop_.run_for(kSecond);
  const std::uint64_t reached = alice().publisher().webrtc().pli_received() - before;
  // So many in ten seconds; those that come close together are one PLI.
  EXPECT_GE(reached, 1U);
  EXPECT_LE(reached, ReceiverKeyframes::kRequestsMax);
  expect_nothing_lost();
  print_measured(std::to_string(asked) + " PLIs sent, " + std::to_string(reached) +
                 " reached the publisher in " + milliseconds(loop_.now() - start));
}

}  // namespace
}  // namespace penstock::integration
