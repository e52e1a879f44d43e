// Scalable video with dependency descriptors through a worker: which layers a receiver gets, and
// what it is told of them.
#include <optional>
#include <vector>

#include "dataplane/rtp/header_extension.h"
#include "dataplane/rtp/payload/dependency_structure.h"
#include "tests/support/svc_model.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

class SvcTest : public WorkerTest {
 protected:
  SvcTest()
      : publisher(add_connected_peer()),
        receiver(add_connected_peer()),
        stream(add_stream(publisher, Codec::kAv1)),
        subscription(subscribe(receiver, stream)) {}

  // A picture in three spatial layers of K-SVC, with so many of them.
  void send_picture(bool is_keyframe = false, unsigned layers = 3,
                    std::optional<std::uint32_t> active = std::nullopt) {
    for (unsigned spatial = 0; spatial < layers; ++spatial) {
      ++number;
      const SvcFrame frame{.spatial = spatial, .is_of_keyframe = is_keyframe, .number = number};
      receive_rtp(publisher,
                  {.sequence = 65'536U + number,
                   .timestamp = picture * 3'000,
                   .marker = spatial + 1 == layers,
                   .mid = "v",
                   .elements = {{HeaderExtension::kDependencyDescriptor,
                                 model.descriptor(frame, spatial == 0 ? active : std::nullopt)}},
                   .payload = {0x10, static_cast<std::uint8_t>(spatial)}});
      run();
    }
    ++picture;
    now += 33 * kMillisecond;
    run();
  }
  struct Got {
    unsigned spatial = 0;
    bool marker = false;
    std::uint32_t active = 0;

    bool operator==(const Got&) const = default;
  };
  // As the receiver reads it.
  std::vector<Got> take_frames() {
    std::vector<Got> frames;
    for (const auto& rtp : take_media(receiver)) {
      const auto header = parse_rtp_header(rtp);
      const auto read = structure.read(parse_extensions(rtp, *header, test_extensions())
                                           .bytes(rtp, HeaderExtension::kDependencyDescriptor));
      EXPECT_TRUE(read.has_value());
      if (!read) continue;
      EXPECT_EQ(read->spatial_layer, rtp.back());
      frames.push_back({read->spatial_layer, header->marker, structure.active_targets()});
    }
    return frames;
  }
  std::uint64_t asked() const { return stats[0].keyframes_requested.get(); }

  const SvcModel model{3, 1, true};
  TestPeer& publisher;
  TestPeer& receiver;
  StreamHandle stream;
  SubscriptionHandle subscription;
  DependencyStructure structure;  // the receiver's
  std::uint16_t number = 0;
  std::uint32_t picture = 1;
};

constexpr std::uint32_t kAll = 0b111;  // decode targets

TEST_F(SvcTest, BetweenKeyframesOnlyTheHighestLayerGoes) {
  send_picture(true);
  EXPECT_EQ(take_frames(), (std::vector<Got>{{0, false, kAll}, {1, false, kAll}, {2, true, kAll}}));
  send_picture();
  send_picture();
  EXPECT_EQ(take_frames(), (std::vector<Got>{{2, true, kAll}, {2, true, kAll}}));
}

TEST_F(SvcTest, AReceiverIsToldOfTheDecodeTargetsThatItGets) {
  registry->limit_layers(subscription, {1, 3});
  run();
  send_picture(true);
  send_picture();
  EXPECT_EQ(take_frames(),
            (std::vector<Got>{{0, false, 0b011}, {1, true, 0b011}, {1, true, 0b011}}));
}

TEST_F(SvcTest, LessComesWithAKeyframeThatThePublisherIsAskedFor) {
  send_picture(true);
  send_picture();
  run_for(kSecond);
  take_frames();
  registry->limit_layers(subscription, {0, 3});
  run();
  const std::uint64_t before = asked();
  send_picture();
  EXPECT_EQ(take_frames(), (std::vector<Got>{{2, true, kAll}})) << "it goes on";
  run_for(kSecond);
  EXPECT_GT(asked(), before);
  send_picture(true);
  send_picture();
  EXPECT_EQ(take_frames(), (std::vector<Got>{{0, true, 0b001}, {0, true, 0b001}}));
}

// What fits, of a publisher that sends more than it may.
TEST_F(SvcTest, SpatialLayersAboveThePublishersBitrateAreNotSent) {
  registry->limit_bitrate(publisher.transport, 490);  // 16 bits a layer of a picture
  const auto send_for = [&](int pictures) {
    for (int i = 0; i < pictures; ++i) send_picture(i % 10 == 0);
  };
  send_for(50);
  take_frames();
  send_picture();
  EXPECT_EQ(take_frames(), (std::vector<Got>{{2, true, kAll}})) << "it may be for a moment";
  send_for(50);
  take_frames();
  send_picture();
  EXPECT_EQ(take_frames(), (std::vector<Got>{{0, true, 0b001}}));
  registry->limit_bitrate(publisher.transport, 0);
  run_for(50 * kMillisecond);
  send_picture(true);
  EXPECT_EQ(take_frames().size(), 3U);
}

TEST_F(SvcTest, MoreComesWithAKeyframeThatThePublisherIsAskedFor) {
  registry->limit_layers(subscription, {0, 3});
  run();
  send_picture(true);
  send_picture();
  run_for(kSecond);
  take_frames();
  registry->limit_layers(subscription, {2, 3});
  run();
  const std::uint64_t before = asked();
  send_picture();
  EXPECT_EQ(take_frames().size(), 1U);
  run_for(kSecond);
  EXPECT_GT(asked(), before);
  send_picture(true);
  EXPECT_EQ(take_frames(), (std::vector<Got>{{0, false, kAll}, {1, false, kAll}, {2, true, kAll}}));
}

TEST_F(SvcTest, OfALayerThatThePublisherSwitchesOffNobodyWaits) {
  send_picture(true);
  send_picture();
  run_for(kSecond);
  take_frames();
  const std::uint64_t before = asked();
  send_picture(false, 2, 0b011);
  EXPECT_TRUE(take_frames().empty()) << "the receiver has nothing to go on from";
  run_for(kSecond);
  EXPECT_GT(asked(), before);
  send_picture(true, 2, 0b011);
  send_picture(false, 2);
  EXPECT_EQ(take_frames(),
            (std::vector<Got>{{0, false, 0b011}, {1, true, 0b011}, {1, true, 0b011}}));
}

}  // namespace
}  // namespace penstock
