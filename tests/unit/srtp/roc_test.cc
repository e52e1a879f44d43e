// The rollover counter around its wrap, with loss and reordering (RFC 3711 section 3.3.1).
#include <algorithm>

#include "dataplane/srtp/packet_index.h"
#include "tests/support/scale.h"
#include "tests/unit/srtp/srtp_test_support.h"

namespace penstock {
namespace {

constexpr std::uint64_t kWrap = 65'536;

TEST(PacketIndex, IsTheNearestOne) {
  EXPECT_EQ(estimate_packet_index(packet_index(5, 100), 101), packet_index(5, 101));
  EXPECT_EQ(estimate_packet_index(packet_index(5, 100), 65'500), packet_index(4, 65'500));
  EXPECT_EQ(estimate_packet_index(packet_index(5, 65'500), 3), packet_index(6, 3));
  EXPECT_EQ(estimate_packet_index(packet_index(5, 65'500), 65'400), packet_index(5, 65'400));
}

TEST(PacketIndex, NeverLeavesTheRangeOfRocs) {
  EXPECT_EQ(estimate_packet_index(packet_index(0, 100), 65'500), packet_index(0, 65'500));
  EXPECT_EQ(estimate_packet_index(packet_index(0xFFFF'FFFF, 65'500), 3),
            packet_index(0xFFFF'FFFF, 3));
}

TEST(PacketIndex, IsExactWithin32767EitherWay) {
  Prng prng(1);
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t highest = kWrap + prng.below(kWrap * 1'000);
    const std::uint64_t index = highest + prng.below(65'535) - 32'767;
    ASSERT_EQ(estimate_packet_index(highest, static_cast<std::uint16_t>(index)), index);
  }
}

// Offers packets in batches of various sizes; all of them must be accepted, with their index.
class Receiving {
 public:
  Receiving(SrtpProfile profile, SrtpBackend backend) : pair_(profile, backend) {}

  struct Sent {
    std::uint64_t index;
    Bytes packet;
  };

  std::vector<Sent> send(std::uint64_t first, std::uint64_t last) {
    std::vector<Sent> sent;
    for (std::uint64_t index = first; index <= last; ++index)
      sent.push_back({index, pair_.protect(kSsrc, index, 8)});
    return sent;
  }

  void start_over() {
    pair_.receiver.init(pair_.receiver.profile(), pair_.master(), pair_.receiver.backend());
  }

  // Returns how many were accepted with the right index.
  std::size_t offer(std::span<const Sent> sent, std::size_t batch) {
    std::size_t accepted = 0;
    std::vector<UnprotectJob> jobs;
    for (; !sent.empty(); sent = sent.subspan(std::min(batch, sent.size()))) {
      const auto now = sent.first(std::min(batch, sent.size()));
      packets_.resize(std::max(packets_.size(), now.size()));
      jobs.clear();
      for (std::size_t i = 0; i < now.size(); ++i) {
        packets_[i].assign(now[i].packet.begin(), now[i].packet.end());
        jobs.push_back(pair_.job_for(packets_[i]));
      }
      pair_.receive_engine().unprotect_rtp(jobs);
      for (std::size_t i = 0; i < now.size(); ++i) {
        accepted += jobs[i].result == DropReason::kNone && jobs[i].packet_index == now[i].index;
      }
    }
    return accepted;
  }

 private:
  SrtpPair pair_;
  std::vector<Bytes> packets_;
};

// Moves each packet by at most `reach` places.
void reorder(std::vector<Receiving::Sent>& sent, std::size_t reach, Prng& prng) {
  for (std::size_t from = 0; from < sent.size(); from += reach) {
    const std::size_t count = std::min(reach, sent.size() - from);
    for (std::size_t i = count; i > 1; --i)
      std::swap(sent[from + i - 1], sent[from + prng.below(i)]);
  }
}

struct Sweep {
  std::uint64_t start_step;
  std::uint64_t loss_step;
  std::uint64_t after_wrap;  // packets sent after the wrap
};

// Starts from 65,000 on, losing the first 0 to 64 packets, in order and reordered by up to 64.
void sweep_wrap(SrtpProfile profile, SrtpBackend backend, const Sweep& sweep) {
  Receiving receiving(profile, backend);
  Prng prng(4);
  const auto all = receiving.send(65'000, kWrap + sweep.after_wrap);
  for (std::uint64_t start = 65'000; start < kWrap; start += sweep.start_step) {
    for (std::uint64_t lost = 0; lost <= 64; lost += sweep.loss_step) {
      const auto first = all.begin() + static_cast<std::ptrdiff_t>(start + lost - 65'000);
      // What lies long before the wrap tells nothing new: skip the middle.
      const auto stop = first + std::min<std::ptrdiff_t>(all.end() - first, 64);
      std::vector<Receiving::Sent> sent(first, stop);
      sent.insert(sent.end(), std::max(stop, all.end() - 128), all.end());
      if ((start + lost) % 2 == 1) reorder(sent, 1 + (start + lost) % 64, prng);
      receiving.start_over();
      ASSERT_EQ(receiving.offer(sent, 1 + lost % 64), sent.size())
          << "start " << start << " lost " << lost;
    }
  }
}

// Every start, or with sanitizers, which see the same code at each, every tenth.
Sweep whole_sweep() { return {64 / test::scaled(64), 1, 70}; }

TEST(RocWrap, LossAndReorderingAtTheStartGcm) {
  sweep_wrap(SrtpProfile::kAeadAes128Gcm, SrtpBackend::kIpsecMb, whole_sweep());
}

TEST(RocWrap, LossAndReorderingAtTheStartCm) {
  sweep_wrap(SrtpProfile::kAes128CmSha1_80, SrtpBackend::kIpsecMb, whole_sweep());
}

TEST(RocWrap, LossAndReorderingAtTheStartLibsrtp) {
  for (const SrtpProfile profile : kAllProfiles)
    sweep_wrap(profile, SrtpBackend::kLibsrtp, {67, 21, 70});
}

TEST(RocWrap, FirstPacketHeardIsLongAfterTheWrap) {
  for (const SrtpProfile profile : kAllProfiles) {
    for (const SrtpBackend backend : all_backends()) {
      for (const std::uint64_t first : {kWrap, kWrap + 1, kWrap + 32'764}) {
        Receiving receiving(profile, backend);
        EXPECT_EQ(receiving.offer(receiving.send(first, first + 3), 2), 4u) << first;
      }
    }
  }
}

TEST(RocWrap, AGapOf32000AcrossTheWrap) {
  for (const SrtpProfile profile : kAllProfiles) {
    for (const SrtpBackend backend : all_backends()) {
      Receiving receiving(profile, backend);
      EXPECT_EQ(receiving.offer(receiving.send(60'000, 60'003), 4), 4u);
      EXPECT_EQ(receiving.offer(receiving.send(92'000, 92'003), 4), 4u);
      EXPECT_EQ(receiving.offer(receiving.send(124'000, 124'003), 4), 4u);
      EXPECT_EQ(receiving.offer(receiving.send(150'000, 150'003), 4), 4u);
    }
  }
}

// ROC and highest sequence number may not move before the tag was seen to be right: forgeries of
// every sequence number, then the genuine next packets.
TEST(RocWrap, ForgeriesMoveNothing) {
  for (const SrtpProfile profile : kAllProfiles) {
    for (const std::uint64_t at : {std::uint64_t{65'530}, kWrap + 2, std::uint64_t{32'768}}) {
      SrtpPair pair(profile);
      ASSERT_EQ(pair.unprotect(pair.protect(kSsrc, at)), DropReason::kNone);
      Bytes forged = pair.protect(kSsrc, at + 1);
      forged.back() ^= 1;
      for (std::uint32_t sequence_number = 0; sequence_number < kWrap; sequence_number += 7) {
        store_be16(&forged[2], static_cast<std::uint16_t>(sequence_number));
        ASSERT_NE(pair.unprotect(forged), DropReason::kNone);
      }
      for (std::uint64_t index = at + 1; index < at + 10; ++index)
        ASSERT_EQ(pair.unprotect(pair.protect(kSsrc, index)), DropReason::kNone) << index;
    }
  }
}

// The first batch of a new SSRC spans the wrap, last packet first.
TEST(RocWrap, TheFirstBatchSpansTheWrapBackwards) {
  for (const SrtpProfile profile : kAllProfiles) {
    for (const SrtpBackend backend : all_backends()) {
      Receiving receiving(profile, backend);
      auto sent = receiving.send(65'520, kWrap + 15);
      std::reverse(sent.begin(), sent.end());
      EXPECT_EQ(receiving.offer(sent, 32), 32u);
    }
  }
}

}  // namespace
}  // namespace penstock
