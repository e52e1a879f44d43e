// Which streams take memory for encodings after the first.
#include <vector>

#include "tests/unit/registry/registry_fixture.h"

namespace penstock {
namespace {

StreamConfig video_of(TransportHandle owner, std::uint32_t encodings) {
  StreamConfig config;
  config.transport = owner;
  config.codec = Codec::kVp8;
  for (std::uint32_t i = 1; i <= encodings; ++i)
    static_cast<void>(config.signalled_ssrcs.push_back(i));
  return config;
}

TEST_F(RegistryTest, OnlyStreamsInSeveralEncodingsTakeMemoryForThem) {
  const BlockPool& blocks = registry.pools().encodings;
  const auto publisher = transport(0);
  const auto one = *registry.create_stream(video_of(publisher, 1));
  EXPECT_EQ(blocks.free(), 4U);
  const auto several = *registry.create_stream(video_of(publisher, 3));
  EXPECT_EQ(blocks.free(), 3U);
  // Renegotiation makes the first like the second, and back: memory is taken once.
  for (const std::uint32_t encodings : {2U, 1U, 4U}) {
    registry.update_stream(one, video_of(publisher, encodings));
    EXPECT_EQ(blocks.free(), 2U);
  }
  registry.destroy_stream(one, 0);
  registry.destroy_stream(several, 0);
  EXPECT_EQ(blocks.free(), 2U) << "a worker may be reading them";
  registry.destroy_transport(publisher, 0);
  expect_baseline();
}

TEST_F(RegistryTest, AllStreamsThatThereAreMayBeSimulcast) {
  const auto publisher = transport(0);
  std::vector<StreamHandle> streams;
  for (int i = 0; i < 4; ++i)
    streams.push_back(*registry.create_stream(video_of(publisher, i % 2 == 0 ? 4 : 1)));
  for (const StreamHandle stream : streams) registry.update_stream(stream, video_of(publisher, 4));
  EXPECT_EQ(registry.pools().encodings.free(), 0U);
  EXPECT_EQ(registry.create_stream(video_of(publisher, 4)).error(),
            DataplaneError::kStreamPoolFull);
  for (const StreamHandle stream : streams) registry.destroy_stream(stream, 0);
  registry.destroy_transport(publisher, 0);
  expect_baseline();
}

}  // namespace
}  // namespace penstock
