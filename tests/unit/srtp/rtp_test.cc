// SRTP as the worker uses it: batches, forgeries, replays, limits. On both backends where it says
// so.
#include <malloc.h>

#include <algorithm>

#include "dataplane/srtp/packet_index.h"
#include "tests/unit/srtp/srtp_test_support.h"

namespace penstock {
namespace {

struct Setup {
  SrtpProfile profile;
  SrtpBackend sender;
  SrtpBackend receiver;
};

std::vector<Setup> all_setups() {
  std::vector<Setup> setups;
  for (const SrtpProfile profile : kAllProfiles) {
    for (const SrtpBackend sender : all_backends()) {
      for (const SrtpBackend receiver : all_backends())
        setups.push_back({profile, sender, receiver});
    }
  }
  return setups;
}

std::string setup_name(const ::testing::TestParamInfo<Setup>& info) {
  const auto name = [](SrtpBackend backend) {
    if (backend == SrtpBackend::kVaes) return "Vaes";
    return backend == SrtpBackend::kIpsecMb ? "IpsecMb" : "Libsrtp";
  };
  return std::string(to_string(info.param.profile)) + "_" + name(info.param.sender) + "_to_" +
         name(info.param.receiver);
}

class SrtpRtp : public ::testing::TestWithParam<Setup> {
 protected:
  SrtpRtp() : pair_(GetParam().profile, GetParam().sender, GetParam().receiver) {}
  SrtpPair pair_;
};
INSTANTIATE_TEST_SUITE_P(All, SrtpRtp, ::testing::ValuesIn(all_setups()), setup_name);

TEST_P(SrtpRtp, WhatWasProtectedComesOutAgain) {
  std::uint64_t index = 100;
  for (std::size_t bytes = 0; bytes <= 1'400; bytes += bytes < 70 ? 1 : 13) {
    ASSERT_EQ(pair_.unprotect(pair_.protect(kSsrc, ++index, bytes)), DropReason::kNone) << bytes;
    EXPECT_EQ(pair_.last_payload, SrtpPair::plain_payload(index, bytes));
    EXPECT_EQ(pair_.last_index, index);
  }
  EXPECT_EQ(pair_.receiver.rtp_sources().size(), 1u);
}

TEST_P(SrtpRtp, HeaderMayHaveCsrcsAndExtension) {
  Bytes packet = rtp_header(kSsrc, 7);
  packet[0] = 0x92;  // extension, two CSRCs
  const Bytes rest = from_hex("11111111 22222222 bede0002 10aa21bb cc000000");
  packet.insert(packet.end(), rest.begin(), rest.end());
  const auto header_bytes = static_cast<std::uint16_t>(packet.size());
  const Bytes header = packet;
  const Bytes payload = SrtpPair::plain_payload(9, 333);
  packet.resize(header_bytes + payload.size() + 16 + kSrtpRoomBytes);
  ProtectJob protect{.context = &pair_.sender,
                     .payload = payload.data(),
                     .packet = packet.data(),
                     .header_bytes = header_bytes,
                     .payload_bytes = static_cast<std::uint16_t>(payload.size())};
  pair_.send_engine().protect_rtp({&protect, 1});
  ASSERT_EQ(protect.result, DropReason::kNone);
  packet.resize(header_bytes + payload.size() + pair_.sender.tag_bytes());
  EXPECT_TRUE(std::equal(header.begin(), header.end(), packet.begin()));
  EXPECT_FALSE(std::equal(payload.begin(), payload.end(), packet.begin() + header_bytes));

  UnprotectJob job = pair_.job_for(packet);
  job.header_bytes = header_bytes;
  pair_.receive_engine().unprotect_rtp({&job, 1});
  ASSERT_EQ(job.result, DropReason::kNone);
  EXPECT_EQ(job.plain_bytes, header_bytes + payload.size());
  EXPECT_TRUE(std::equal(payload.begin(), payload.end(), packet.begin() + header_bytes));
}

// The receiver sees the packet that one payload, put together before, would have made.
TEST_P(SrtpRtp, AReceiversOwnPrefixStandsBeforeTheSharedPayload) {
  std::uint64_t index = 1;
  for (const std::size_t prefix_bytes : {1u, 2u, 16u, 63u, 64u}) {
    for (const std::size_t payload_bytes : {0u, 1u, 15u, 16u, 80u, 300u, 1'200u}) {
      const Bytes text = SrtpPair::plain_payload(++index, prefix_bytes + payload_bytes);
      const Bytes prefix(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(prefix_bytes));
      const Bytes payload(text.begin() + static_cast<std::ptrdiff_t>(prefix_bytes), text.end());
      Bytes packet = rtp_header(kSsrc, static_cast<std::uint16_t>(index));
      const std::size_t packet_bytes = kHeaderBytes + text.size() + pair_.sender.tag_bytes();
      packet.resize(packet_bytes + kSrtpRoomBytes);
      ProtectJob job{.context = &pair_.sender,
                     .payload = payload.data(),
                     .prefix = prefix.data(),
                     .packet = packet.data(),
                     .header_bytes = kHeaderBytes,
                     .payload_bytes = static_cast<std::uint16_t>(payload_bytes),
                     .prefix_bytes = static_cast<std::uint16_t>(prefix_bytes)};
      pair_.send_engine().protect_rtp({&job, 1});
      ASSERT_EQ(job.result, DropReason::kNone);
      packet.resize(packet_bytes);
      ASSERT_EQ(pair_.unprotect(packet), DropReason::kNone) << prefix_bytes << ' ' << payload_bytes;
      EXPECT_EQ(pair_.last_payload, text);
    }
  }
}

TEST_P(SrtpRtp, ThePlaintextMayGoElsewhere) {
  std::uint64_t index = 100;
  for (std::size_t bytes = 0; bytes <= 1'400; bytes += bytes < 70 ? 1 : 13) {
    Bytes packet = pair_.protect(kSsrc, ++index, bytes);
    const Bytes before = packet;
    Bytes plain(bytes + 1, 0xEE);
    UnprotectJob job = pair_.job_for(packet);
    job.payload = plain.data();
    pair_.receive_engine().unprotect_rtp({&job, 1});
    ASSERT_EQ(job.result, DropReason::kNone) << bytes;
    EXPECT_EQ(plain.back(), 0xEE);  // nothing behind it
    plain.pop_back();
    EXPECT_EQ(plain, SrtpPair::plain_payload(index, bytes));
    EXPECT_EQ(packet, before);
  }
}

// The first index that is tried is the wrong one: what is tried again is as it came.
TEST_P(SrtpRtp, ThePlaintextMayGoElsewhereAtTheSecondTryToo) {
  constexpr std::uint64_t kInSecondRoc = packet_index(1, 3);
  Bytes packet = pair_.protect(kSsrc, kInSecondRoc, 200);
  const Bytes before = packet;
  Bytes plain(200);
  UnprotectJob job = pair_.job_for(packet);
  job.payload = plain.data();
  pair_.receive_engine().unprotect_rtp({&job, 1});
  ASSERT_EQ(job.result, DropReason::kNone);
  EXPECT_EQ(job.packet_index, kInSecondRoc);
  EXPECT_EQ(plain, SrtpPair::plain_payload(kInSecondRoc, 200));
  EXPECT_EQ(packet, before);
}

TEST_P(SrtpRtp, SendingHonoursTheRocItIsGiven) {
  constexpr std::uint64_t kFirst = packet_index(3, 65'530);
  // The receiver has to have seen the stream from its beginning to know the ROC.
  for (std::uint64_t index = 20'000; index < kFirst; index += 20'000)
    ASSERT_EQ(pair_.unprotect(pair_.protect(kSsrc, index)), DropReason::kNone) << index;
  for (std::uint64_t index = kFirst; index < kFirst + 20; ++index) {
    ASSERT_EQ(pair_.unprotect(pair_.protect(kSsrc, index)), DropReason::kNone) << index;
    EXPECT_EQ(pair_.last_index, index);
  }
}

TEST_P(SrtpRtp, ARetransmissionFromBeforeTheWrapIsTheSamePacketAgain) {
  const Bytes before = pair_.protect(kSsrc, 65'500);
  pair_.protect(kSsrc, 65'536 + 300);
  EXPECT_EQ(pair_.protect(kSsrc, 65'500), before);
  EXPECT_EQ(pair_.protect(kSsrc, 65'536 + 301).size(), before.size());
}

TEST_P(SrtpRtp, ReplaysAreForwardedOnce) {
  const Bytes old = pair_.protect(kSsrc, 1'000);
  ASSERT_EQ(pair_.unprotect(old), DropReason::kNone);
  std::uint64_t highest = 1'000;
  for (const std::uint64_t distance : {0u, 63u, 1'023u, 1'024u, 10'000u}) {
    for (; highest < 1'000 + distance; ++highest)
      ASSERT_EQ(pair_.unprotect(pair_.protect(kSsrc, highest + 1)), DropReason::kNone);
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(pair_.unprotect(old), DropReason::kSrtpReplay) << "+" << distance;
  }
}

TEST_P(SrtpRtp, LatePacketsAreTakenUpTo1023Back) {
  const Bytes too_late = pair_.protect(kSsrc, 5'000 - 1'024);
  const Bytes just_in_time = pair_.protect(kSsrc, 5'000 - 1'023);
  const Bytes late = pair_.protect(kSsrc, 5'000 - 63);
  ASSERT_EQ(pair_.unprotect(pair_.protect(kSsrc, 5'000)), DropReason::kNone);
  EXPECT_EQ(pair_.unprotect(late), DropReason::kNone);
  EXPECT_EQ(pair_.unprotect(just_in_time), DropReason::kNone);
  EXPECT_EQ(pair_.last_index, 5'000u - 1'023);
  EXPECT_EQ(pair_.unprotect(too_late), DropReason::kSrtpReplay);
}

TEST_P(SrtpRtp, AnyChangedByteIsNoticedAndChangesNothing) {
  ASSERT_EQ(pair_.unprotect(pair_.protect(kSsrc, 9)), DropReason::kNone);
  const Bytes genuine = pair_.protect(kSsrc, 10, 90);
  for (std::size_t at = 0; at < genuine.size(); ++at) {
    for (const int bit : {0, 3, 7}) {
      if (at == 2 || at == 3) continue;  // another sequence number: below
      Bytes forged = genuine;
      forged[at] = static_cast<std::uint8_t>(forged[at] ^ (1 << bit));
      ASSERT_EQ(pair_.unprotect(forged), DropReason::kSrtpAuthFailed) << at;
    }
  }
  for (int sequence_number = 0; sequence_number < 65'536; sequence_number += 119) {
    Bytes forged = genuine;
    store_be16(&forged[2], static_cast<std::uint16_t>(sequence_number));
    ASSERT_NE(pair_.unprotect(forged), DropReason::kNone) << sequence_number;
  }
  Bytes zero_tag = genuine;
  std::fill(zero_tag.end() - 10, zero_tag.end(), std::uint8_t{0});
  EXPECT_EQ(pair_.unprotect(zero_tag), DropReason::kSrtpAuthFailed);
  EXPECT_EQ(pair_.receiver.rtp_sources().size(), 1u);
  EXPECT_EQ(pair_.unprotect(genuine), DropReason::kNone);
}

TEST_P(SrtpRtp, AnotherKeyIsNoKey) {
  SrtpPair other(GetParam().profile, GetParam().sender, GetParam().receiver, 2);
  EXPECT_EQ(pair_.unprotect(other.protect(kSsrc, 10)), DropReason::kSrtpAuthFailed);
}

TEST_P(SrtpRtp, EveryTruncationIsRefused) {
  const Bytes genuine = pair_.protect(kSsrc, 10, 1'500 - kHeaderBytes);
  const std::size_t bytes_min = kHeaderBytes + srtp_tag_bytes(GetParam().profile);
  for (std::size_t bytes = 0; bytes <= 1'500; ++bytes) {
    // Exactly as long as said, so that a sanitizer sees reads behind the end.
    Bytes packet(genuine.begin(), genuine.begin() + static_cast<std::ptrdiff_t>(bytes));
    ASSERT_EQ(pair_.unprotect(packet),
              bytes < bytes_min ? DropReason::kSrtpTooShort : DropReason::kSrtpAuthFailed)
        << bytes;
  }
  EXPECT_EQ(pair_.receiver.rtp_sources().size(), 0u);
  EXPECT_EQ(pair_.unprotect(genuine), DropReason::kNone);
}

TEST_P(SrtpRtp, AHeaderLongerThanThePacketIsRefused) {
  Bytes packet = pair_.protect(kSsrc, 10, 100);
  for (const std::size_t header_bytes :
       {std::size_t{0}, std::size_t{11}, packet.size() - srtp_tag_bytes(GetParam().profile) + 1,
        packet.size(), std::size_t{65'535}}) {
    UnprotectJob job = pair_.job_for(packet);
    job.header_bytes = static_cast<std::uint16_t>(header_bytes);
    pair_.receive_engine().unprotect_rtp({&job, 1});
    EXPECT_EQ(job.result, DropReason::kSrtpTooShort) << header_bytes;
  }
}

TEST_P(SrtpRtp, UnauthenticatedSsrcsLeaveNoTrace) {
  Bytes packet = pair_.protect(kSsrc, 40'000);
  pair_.unprotect(packet);
  Prng prng(3);
  const auto receive_forged = [&](int count) {
    for (int i = 0; i < count; ++i) {
      store_be16(&packet[2], static_cast<std::uint16_t>(prng.next_u32()));
      store_be32(&packet[8], prng.next_u32());
      UnprotectJob job = pair_.job_for(packet);
      pair_.receive_engine().unprotect_rtp({&job, 1});
      ASSERT_EQ(job.result, DropReason::kSrtpAuthFailed);
    }
  };
  receive_forged(1'000);  // the allocator's caches of what libsrtp takes and gives back settle
  const std::size_t heap_before = mallinfo2().uordblks;
  receive_forged(5'000);
  // A byte for each SSRC is what libsrtp may not keep.
  const std::size_t slack_bytes = GetParam().receiver == SrtpBackend::kIpsecMb ? 0 : 4'999;
  EXPECT_LE(mallinfo2().uordblks, heap_before + slack_bytes);
  EXPECT_EQ(pair_.receiver.rtp_sources().size(), 1u);
}

TEST_P(SrtpRtp, AnSsrcTooManyTakesThePlaceOfTheOneUnusedLongest) {
  constexpr std::uint32_t kCount = SrtpReceiveContext::kSsrcs;
  for (std::uint32_t ssrc = 1; ssrc <= kCount; ++ssrc)
    ASSERT_EQ(pair_.unprotect(pair_.protect(ssrc, 65'536 + 1)), DropReason::kNone) << ssrc;
  ASSERT_EQ(pair_.unprotect(pair_.protect(1, 65'536 + 2)), DropReason::kNone) << "used just now";
  ASSERT_EQ(pair_.unprotect(pair_.protect(1'000, 1)), DropReason::kNone);
  EXPECT_EQ(pair_.receiver.rtp_sources().size(), SrtpReceiveContext::kSsrcs);
  EXPECT_EQ(pair_.receiver.rtp_sources().find(2), nullptr);
  EXPECT_NE(pair_.receiver.rtp_sources().find(1), nullptr);
}

TEST_P(SrtpRtp, NothingOfAnSsrcThatGaveItsPlaceAwayCanBeReplayedAndItsRocIsKnown) {
  const Bytes old = pair_.protect(7, 65'536 + 9);
  const Bytes newest = pair_.protect(7, 65'536 + 10);
  for (const Bytes& packet : {old, newest}) ASSERT_EQ(pair_.unprotect(packet), DropReason::kNone);
  for (std::uint32_t ssrc = 1'000; ssrc < 1'000 + SrtpReceiveContext::kSsrcs; ++ssrc)
    ASSERT_EQ(pair_.unprotect(pair_.protect(ssrc, 1)), DropReason::kNone) << ssrc;
  ASSERT_EQ(pair_.receiver.rtp_sources().find(7), nullptr);
  EXPECT_EQ(pair_.unprotect(newest), DropReason::kSrtpReplay);
  EXPECT_NE(pair_.unprotect(old), DropReason::kNone);
  EXPECT_EQ(pair_.unprotect(pair_.protect(7, 65'536 + 11)), DropReason::kNone);
  EXPECT_EQ(pair_.unprotect(newest), DropReason::kSrtpReplay) << "it is back, and remembers";
}

TEST_P(SrtpRtp, SsrcsThatTakeEachOthersPlaceInOneBatchKeepTheirWindowsApart) {
  std::vector<Bytes> packets;
  for (std::uint32_t round = 1; round <= 3; ++round) {
    for (std::uint32_t ssrc = 1; ssrc <= 100; ++ssrc)
      packets.push_back(pair_.protect(ssrc, round * 10));
  }
  std::vector<UnprotectJob> jobs;
  for (Bytes& packet : packets) jobs.push_back(pair_.job_for(packet));
  for (std::size_t at = 0; at < jobs.size(); at += 60)
    pair_.receive_engine().unprotect_rtp(std::span(jobs).subspan(at, 60));
  EXPECT_EQ(std::ranges::count(jobs, DropReason::kNone, &UnprotectJob::result), 300);
  EXPECT_EQ(pair_.receiver.rtp_sources().size(), SrtpReceiveContext::kSsrcs);
  for (std::uint32_t ssrc = 1; ssrc <= 100; ++ssrc)
    EXPECT_EQ(pair_.unprotect(pair_.protect(ssrc, 30)), DropReason::kSrtpReplay) << ssrc;
}

TEST_P(SrtpRtp, OfCopiesInsideOneBatchTheFirstIsAccepted) {
  ASSERT_EQ(pair_.unprotect(pair_.protect(kSsrc, 9)), DropReason::kNone);
  for (const std::uint32_t ssrc : {kSsrc, kSsrc + 1}) {  // a known SSRC and a new one
    std::vector<Bytes> packets(3, pair_.protect(ssrc, 10));
    packets.push_back(pair_.protect(ssrc, 11));
    std::vector<UnprotectJob> jobs;
    for (Bytes& packet : packets) jobs.push_back(pair_.job_for(packet));
    pair_.receive_engine().unprotect_rtp(jobs);
    EXPECT_EQ(jobs[0].result, DropReason::kNone);
    EXPECT_EQ(jobs[1].result, DropReason::kSrtpReplay);
    EXPECT_EQ(jobs[2].result, DropReason::kSrtpReplay);
    EXPECT_EQ(jobs[3].result, DropReason::kNone);
  }
}

TEST_P(SrtpRtp, TheKeyIsSpentAfter2To48Packets) {
  pair_.sender.skip_ahead(kSrtpPacketsPerKeyMax - 2, 0);
  pair_.protect(kSsrc, 1);
  pair_.protect(kSsrc, 2);
  Bytes packet = rtp_header(kSsrc, 3);
  packet.resize(kHeaderBytes + 4 + 16 + kSrtpRoomBytes);
  const Bytes before = packet;
  const Bytes payload(4);
  ProtectJob job{.context = &pair_.sender,
                 .payload = payload.data(),
                 .packet = packet.data(),
                 .header_bytes = kHeaderBytes,
                 .payload_bytes = 4};
  pair_.send_engine().protect_rtp({&job, 1});
  EXPECT_EQ(job.result, DropReason::kSrtpIndexExhausted);
  EXPECT_EQ(packet, before);
}

TEST_P(SrtpRtp, WithoutKeysThereIsNothing) {
  Bytes packet = pair_.protect(kSsrc, 1);
  pair_.sender.clear();
  pair_.receiver.clear();
  EXPECT_EQ(pair_.unprotect(packet), DropReason::kSrtpNoKeys);
  ProtectJob job{.context = &pair_.sender, .packet = packet.data(), .header_bytes = kHeaderBytes};
  pair_.send_engine().protect_rtp({&job, 1});
  EXPECT_EQ(job.result, DropReason::kSrtpNoKeys);
}

// One batch over contexts of every profile, with jobs among them that fail for various reasons.
TEST(SrtpMixedBatch, EachJobHasItsOwnFate) {
  for (const SrtpBackend backend : all_backends()) {
    std::vector<std::unique_ptr<SrtpPair>> pairs;
    for (std::size_t i = 0; i < 9; ++i)
      pairs.push_back(std::make_unique<SrtpPair>(kAllProfiles[i % 3], backend, backend, i));
    const auto engine = SrtpEngine::create(backend);

    std::vector<Bytes> packets(150);
    std::vector<ProtectJob> protect;
    const Bytes payload = SrtpPair::plain_payload(77, 300);  // one plaintext for all
    for (std::size_t i = 0; i < packets.size(); ++i) {
      packets[i] = rtp_header(kSsrc, static_cast<std::uint16_t>(i));
      packets[i].resize(kHeaderBytes + 300 + 16 + kSrtpRoomBytes);
      protect.push_back({.context = &pairs[i % 9]->sender,
                         .payload = payload.data(),
                         .packet = packets[i].data(),
                         .header_bytes = kHeaderBytes,
                         .payload_bytes = static_cast<std::uint16_t>(i * 2)});
    }
    pairs[4]->sender.clear();
    engine->protect_rtp(protect);

    std::vector<UnprotectJob> unprotect;
    for (std::size_t i = 0; i < packets.size(); ++i) {
      ASSERT_EQ(protect[i].result, i % 9 == 4 ? DropReason::kSrtpNoKeys : DropReason::kNone) << i;
      packets[i].resize(kHeaderBytes + i * 2 + srtp_tag_bytes(kAllProfiles[i % 9 % 3]));
      if (i % 7 == 0) packets[i].back() ^= 1;
      unprotect.push_back(pairs[i % 9]->job_for(packets[i]));
      if (i % 11 == 0) unprotect.back().packet_bytes = 20;
    }
    pairs[5]->receiver.clear();
    engine->unprotect_rtp(unprotect);
    for (std::size_t i = 0; i < packets.size(); ++i) {
      const DropReason expected = i % 9 == 5                 ? DropReason::kSrtpNoKeys
                                  : i % 11 == 0              ? DropReason::kSrtpTooShort
                                  : i % 7 == 0 || i % 9 == 4 ? DropReason::kSrtpAuthFailed
                                                             : DropReason::kNone;
      ASSERT_EQ(unprotect[i].result, expected) << i;
      if (expected != DropReason::kNone) continue;
      ASSERT_TRUE(std::equal(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(i * 2),
                             packets[i].begin() + kHeaderBytes))
          << i;
    }
  }
}

TEST(SrtpFastPath, AllocatesNothing) {
  for (const SrtpProfile profile : kAllProfiles) {
    SrtpPair pair(profile);
    Bytes packet = pair.protect(kSsrc, 1, 100);
    packet.resize(packet.size() + kSrtpRoomBytes);
    const Bytes payload(100);
    const std::size_t heap_before = mallinfo2().uordblks;
    for (std::uint16_t i = 2; i < 200; ++i) {
      store_be16(&packet[2], i);
      store_be32(&packet[8], i % 60u);
      ProtectJob protect{.context = &pair.sender,
                         .payload = payload.data(),
                         .packet = packet.data(),
                         .header_bytes = kHeaderBytes,
                         .payload_bytes = 100};
      pair.send_engine().protect_rtp({&protect, 1});
      UnprotectJob unprotect = pair.job_for(packet);
      unprotect.packet_bytes = static_cast<std::uint16_t>(packet.size() - kSrtpRoomBytes);
      pair.receive_engine().unprotect_rtp({&unprotect, 1});
      ASSERT_EQ(unprotect.result, DropReason::kNone);
    }
    EXPECT_EQ(mallinfo2().uordblks, heap_before);
  }
}

// Nothing of a target may be written beyond the room it promises, nor of the source at all.
TEST(SrtpFastPath, StaysInsideItsBuffers) {
  for (const SrtpProfile profile : kAllProfiles) {
    SrtpPair pair(profile);
    for (std::size_t bytes = 0; bytes < 300; ++bytes) {
      const Bytes payload = SrtpPair::plain_payload(bytes, bytes);
      Bytes source = payload;
      Bytes packet = rtp_header(kSsrc, static_cast<std::uint16_t>(bytes));
      const std::size_t end = kHeaderBytes + bytes + srtp_tag_bytes(profile) + kSrtpRoomBytes;
      packet.resize(end + 256, 0xEE);
      ProtectJob job{.context = &pair.sender,
                     .payload = source.data(),
                     .packet = packet.data(),
                     .header_bytes = kHeaderBytes,
                     .payload_bytes = static_cast<std::uint16_t>(bytes)};
      pair.send_engine().protect_rtp({&job, 1});
      ASSERT_EQ(source, payload);
      ASSERT_EQ(std::count(packet.begin() + static_cast<std::ptrdiff_t>(end), packet.end(), 0xEE),
                256);
    }
  }
}

}  // namespace
}  // namespace penstock
