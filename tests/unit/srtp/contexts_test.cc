#include "dataplane/srtp/contexts.h"

#include <algorithm>
#include <memory>
#include <new>

#include "tests/unit/srtp/srtp_test_support.h"

namespace penstock {
namespace {

// A context in memory that can be looked at before, during and after its life.
template <typename Context>
class Exposed {
 public:
  Exposed() : memory_(std::make_unique<Memory>()) { context = new (memory_->bytes) Context; }

  bool contains(std::span<const std::uint8_t> secret) const {
    const std::span<const std::uint8_t> all(memory_->bytes);
    return std::search(all.begin(), all.end(), secret.begin(), secret.end()) != all.end();
  }

  Context* context;

 private:
  struct Memory {
    alignas(Context) std::uint8_t bytes[sizeof(Context)];
  };
  std::unique_ptr<Memory> memory_;
};

std::vector<Bytes> secrets_of(SrtpProfile profile, const SrtpSessionKeys& keys) {
  std::vector<Bytes> secrets;
  for (const SrtpProtocolKeys* protocol : {&keys.rtp, &keys.rtcp}) {
    // The first round key is the cipher key itself.
    secrets.emplace_back(protocol->cipher_key.begin(), protocol->cipher_key.begin() + 16);
    secrets.emplace_back(
        protocol->salt.begin(),
        protocol->salt.begin() + static_cast<std::ptrdiff_t>(srtp_session_salt_bytes(profile)));
  }
  return secrets;
}

template <typename Context>
void check_wiping() {
  for (const SrtpProfile profile : kAllProfiles) {
    Prng prng(8);
    const SrtpMasterKey master = random_master_key(prng, profile);
    const std::vector<Bytes> secrets =
        secrets_of(profile, derive_session_keys(profile, master).value());
    Exposed<Context> exposed;
    Context& context = *exposed.context;

    ASSERT_TRUE(context.init(profile, master, SrtpBackend::kIpsecMb));
    for (const Bytes& secret : secrets) EXPECT_TRUE(exposed.contains(secret));
    context.clear();
    EXPECT_FALSE(context.is_ready());
    for (const Bytes& secret : secrets) EXPECT_FALSE(exposed.contains(secret));

    ASSERT_TRUE(context.init(profile, master, SrtpBackend::kLibsrtp));
    const Bytes master_key(master.key.begin(), master.key.begin() + 16);
    EXPECT_TRUE(exposed.contains(master_key));
    context.clear();
    EXPECT_FALSE(exposed.contains(master_key));

    ASSERT_TRUE(context.init(profile, master, SrtpBackend::kIpsecMb));
    context.~Context();
    for (const Bytes& secret : secrets) EXPECT_FALSE(exposed.contains(secret));
  }
}

TEST(SrtpContexts, SendKeysAreWiped) { check_wiping<SrtpSendContext>(); }
TEST(SrtpContexts, ReceiveKeysAreWiped) { check_wiping<SrtpReceiveContext>(); }

TEST(SrtpContexts, StartWithoutKeys) {
  SrtpSendContext sender;
  SrtpReceiveContext receiver;
  EXPECT_FALSE(sender.is_ready());
  EXPECT_FALSE(receiver.is_ready());
  EXPECT_EQ(receiver.rtp_sources().size(), 0u);
}

// One thread expands them while another asks whether they are ready; see registry/registry.cc.
TEST(SrtpContexts, KeysThatAreExpandedAreUsedOnceTheyAreMadeReady) {
  for (const SrtpBackend backend : all_backends()) {
    SrtpPair pair(SrtpProfile::kAeadAes128Gcm, backend);
    const Bytes packet = pair.protect(1, 100);
    pair.sender.clear();
    pair.receiver.clear();
    ASSERT_TRUE(pair.sender.expand(SrtpProfile::kAeadAes128Gcm, pair.master(), backend));
    ASSERT_TRUE(pair.receiver.expand(SrtpProfile::kAeadAes128Gcm, pair.master(), backend));
    EXPECT_FALSE(pair.sender.is_ready());
    EXPECT_EQ(pair.unprotect(packet), DropReason::kSrtpNoKeys);
    // Those that were never used may be replaced.
    ASSERT_TRUE(pair.receiver.expand(SrtpProfile::kAeadAes128Gcm, pair.master(), backend));
    pair.sender.make_ready();
    pair.receiver.make_ready();
    EXPECT_EQ(pair.protect(1, 100), packet);
    EXPECT_EQ(pair.unprotect(packet), DropReason::kNone);
  }
}

TEST(SrtpContextsDeathTest, KeysThatAreReadyAreNotWrittenOver) {
  SrtpSendContext sender;
  ASSERT_TRUE(sender.init(SrtpProfile::kAeadAes128Gcm, {}, SrtpBackend::kIpsecMb));
  EXPECT_DEATH(
      static_cast<void>(sender.expand(SrtpProfile::kAeadAes128Gcm, {}, SrtpBackend::kIpsecMb)),
      "is_ready_");
}

TEST(SrtpContexts, NewKeysStartOver) {
  for (const SrtpBackend backend : all_backends()) {
    SrtpPair pair(SrtpProfile::kAeadAes128Gcm, backend);
    const Bytes packet = pair.protect(1, 100);
    ASSERT_EQ(pair.unprotect(packet), DropReason::kNone);
    ASSERT_EQ(pair.unprotect(packet), DropReason::kSrtpReplay);
    pair.sender.skip_ahead(kSrtpPacketsPerKeyMax, kSrtcpIndexLimit);
    pair.sender.init(SrtpProfile::kAes128CmSha1_80, pair.master(), backend);
    pair.receiver.init(SrtpProfile::kAes128CmSha1_80, pair.master(), backend);
    EXPECT_EQ(pair.receiver.rtp_sources().size(), 0u);
    EXPECT_EQ(pair.sender.profile(), SrtpProfile::kAes128CmSha1_80);
    std::uint32_t index = 1;
    EXPECT_TRUE(pair.sender.take_rtp_packet());
    EXPECT_TRUE(pair.sender.take_rtcp_index(index));
    EXPECT_EQ(index, 0u);
  }
}

TEST(SrtpContexts, WhatAPacketTouchesIsAligned) {
  const auto sender = std::make_unique<SrtpSendContext>();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(sender.get()) % 64, 0u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&sender->rtp()) % 64, 0u);
  EXPECT_EQ(reinterpret_cast<const std::uint8_t*>(&sender->rtp()) -
                reinterpret_cast<const std::uint8_t*>(sender.get()),
            64);
  EXPECT_EQ(sizeof(SrtpKeySchedule), 1'024u);
}

}  // namespace
}  // namespace penstock
