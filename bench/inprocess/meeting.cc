#include "bench/inprocess/meeting.h"

namespace penstock::bench {
namespace {

constexpr std::uint32_t kAudioSsrc = 0x1000;
constexpr std::uint32_t kVideoSsrc = 0x1001;

}  // namespace

Meeting::Meeting(InProcessDataplane& dataplane, const MeetingConfig& config)
    : dataplane_(dataplane), config_(config) {
  for (std::size_t i = 0; i < config.members; ++i) {
    add_member(static_cast<std::uint16_t>(config.first_peer + i + 1));
  }
  connect_members();
  dataplane.settle();
}

Meeting::~Meeting() {
  Registry& registry = dataplane_.registry();
  const Timestamp now = dataplane_.now();
  for (const SubscriptionHandle handle : subscriptions_) registry.destroy_subscription(handle, now);
  for (const Member& member : members_) {
    dataplane_.remove_publisher(config_.worker, member.peer.address);
    registry.destroy_stream(member.audio, now);
    registry.destroy_stream(member.video, now);
    registry.destroy_transport(member.peer.transport, now);
  }
}

void Meeting::add_member(std::uint16_t number) {
  const PeerConfig config{.worker = config_.worker,
                          .number = number,
                          .profile = config_.profile,
                          .subscriptions_max = subscriptions_per_member(config_.members)};
  Member member{.peer = connect_peer(dataplane_, config), .audio = {}, .video = {}};
  member.audio =
      publish(dataplane_, member.peer, 0, config_.audio.codec, std::span(&kAudioSsrc, 1));
  member.video =
      publish(dataplane_, member.peer, 1, config_.video.codec, std::span(&kVideoSsrc, 1));
  SyntheticPublisher publisher = synthetic_publisher(dataplane_, config, member.peer);
  publisher.encodings = {{config_.audio, kAudioSsrc}, {config_.video, kVideoSsrc}};
  dataplane_.add_publisher(config_.worker, publisher);
  members_.push_back(member);
  dataplane_.settle_sometimes(kPeerCommands + 2);
}

void Meeting::connect_members() {
  for (const Member& receiver : members_) {
    std::size_t mline = 0;
    for (const Member& sender : members_) {
      if (sender.peer.transport == receiver.peer.transport) continue;
      subscriptions_.push_back(
          subscribe(dataplane_, receiver.peer, mline++, config_.audio.codec, sender.audio));
      subscriptions_.push_back(
          subscribe(dataplane_, receiver.peer, mline++, config_.video.codec, sender.video));
    }
    dataplane_.settle_sometimes(mline);
  }
}

}  // namespace penstock::bench
