// How a transport gets its keys: once, and not through the ring.
#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "tests/unit/registry/registry_fixture.h"

namespace penstock {
namespace {

// They are where the worker will use them when it is told that they are.
TEST_F(RegistryTest, KeysDoNotGoThroughTheRing) {
  const auto handle = transport(0);
  SrtpKeys keys;
  for (std::size_t i = 0; i < keys.send.key.size(); ++i) {
    keys.send.key[i] = static_cast<std::uint8_t>(0xA0 + i);
    keys.receive.key[i] = static_cast<std::uint8_t>(0xC0 + i);
  }
  ASSERT_TRUE(registry.set_srtp_keys(handle, keys));
  ASSERT_EQ(link.commands[0].size(), 2U);
  const Command& command = link.commands[0][1];
  EXPECT_EQ(command.kind, CommandKind::kUseSrtpKeys);
  EXPECT_EQ(command.transport, handle);
  std::array<std::uint8_t, sizeof(Command)> bytes;
  std::memcpy(bytes.data(), &command, sizeof(Command));
  for (const SrtpMasterKey* key : {&keys.send, &keys.receive}) {
    const auto secret = std::span(key->key).first(8);
    EXPECT_TRUE(std::ranges::search(bytes, secret).empty());
  }
  Transport* expanded = registry.pools().transports.resolve(handle);
  EXPECT_FALSE(expanded->send.is_ready());
  EXPECT_FALSE(expanded->receive.is_ready());
  SrtpSendContext ours;
  ASSERT_TRUE(ours.init(keys.profile, keys.send, SrtpBackend::kIpsecMb));
  EXPECT_EQ(expanded->send.rtp_salt(), ours.rtp_salt());
  registry.destroy_transport(handle, 0);
  expect_baseline();
}

// A worker may be reading the first ones.
TEST_F(RegistryTest, KeysAreSetOnce) {
  const auto handle = transport(0);
  ASSERT_TRUE(registry.set_srtp_keys(handle, {}));
  const auto before = registry.pools().transports.resolve(handle)->send.rtp_salt();
  SrtpKeys others;
  others.send.key.fill(7);
  EXPECT_EQ(registry.set_srtp_keys(handle, others).error(), DataplaneError::kHasKeys);
  EXPECT_EQ(registry.pools().transports.resolve(handle)->send.rtp_salt(), before);
  EXPECT_EQ(link.commands[0].size(), 2U);
  registry.destroy_transport(handle, 0);
  EXPECT_EQ(registry.set_srtp_keys(handle, {}).error(), DataplaneError::kNoSuchObject);
  expect_baseline();
  // The next one in that place.
  const auto next = transport(0);
  EXPECT_TRUE(registry.set_srtp_keys(next, {}));
  registry.destroy_transport(next, 0);
  expect_baseline();
}

}  // namespace
}  // namespace penstock
