#include "bench/inprocess/members.h"

#include "dataplane/base/check.h"

namespace penstock::bench {
namespace {

constexpr Duration kTurn = 100 * kMicrosecond;

SubscriptionConfig subscription(TransportHandle receiver, StreamHandle stream) {
  SubscriptionConfig config;
  config.transport = receiver;
  config.target.stream = stream;
  config.mid = Mid::from("m");
  config.ssrc = 0x3000;
  config.target.payload_type = 96;
  return config;
}

}  // namespace

Members::~Members() {
  while (!members_.empty()) leave();
}

bool Members::join() {
  Member member;
  if (!make(member)) {
    destroy(member, 0);
    ++refused_;
    return false;
  }
  members_.push_back(member);
  ++joined_;
  return true;
}

bool Members::make(Member& member) {
  Registry& registry = dataplane_.registry();
  TransportConfig transport;
  transport.worker = static_cast<WorkerIndex>(joined_ % dataplane_.worker_count());
  // Some are addresses that media is forwarded to.
  const bool is_plain = joined_ % 4 == 3;
  if (is_plain) {
    transport.kind = TransportKind::kPlain;
    transport.plain.path.remote = {IpAddress::from_v4({198, 18, 200, 1}), 5'004};
    transport.plain.path.local = {IpAddress::from_v4({198, 18, 0, 2}), 5'000};
    transport.plain.rtcp_port = static_cast<std::uint16_t>(10'000 + joined_ % 50'000);
  }
  const auto made_transport = registry.create_transport(transport);
  if (!made_transport) return false;
  member.transport = *made_transport;
  if (is_plain && !registry.set_srtp_keys(member.transport, {.profile = SrtpProfile::kNone}))
    return false;

  StreamConfig stream;
  stream.transport = member.transport;
  stream.mid = Mid::from("0");
  stream.payload_type = 96;
  const auto made_stream = registry.create_stream(stream);
  if (!made_stream) return false;
  member.stream = *made_stream;

  const auto& streams = population_.streams();
  const auto receives = registry.create_subscription(
      subscription(member.transport, streams[joined_ % streams.size()]));
  if (!receives) return false;
  member.receives = *receives;

  const auto& receivers = population_.receivers();
  const auto received = registry.create_subscription(
      subscription(receivers[joined_ % receivers.size()], member.stream));
  if (!received) return false;
  member.received = *received;
  return true;
}

void Members::leave() {
  PENSTOCK_CHECK(!members_.empty());
  destroy(members_.front(), left_++);
  members_.pop_front();
}

std::uint64_t Members::replace_for(Duration duration, std::uint64_t rate) {
  const Timestamp start = InProcessDataplane::now();
  std::uint64_t replaced = 0;
  for (Timestamp now = start; now - start < duration; now = InProcessDataplane::now()) {
    const auto due =
        static_cast<std::uint64_t>(now - start) * rate / static_cast<std::uint64_t>(kSecond);
    while (replaced < due && join()) {
      leave();
      ++replaced;
    }
    dataplane_.run_for(kTurn);
  }
  return replaced;
}

// The control plane tears down from the leaves; that it need not is part of the promise.
void Members::destroy(const Member& member, std::uint64_t order) {
  Registry& registry = dataplane_.registry();
  const Timestamp now = dataplane_.now();
  if (order % 3 == 1) registry.destroy_transport(member.transport, now);
  if (order % 3 == 2) registry.destroy_stream(member.stream, now);
  registry.destroy_subscription(member.receives, now);
  registry.destroy_subscription(member.received, now);
  registry.destroy_stream(member.stream, now);
  registry.destroy_transport(member.transport, now);
}

}  // namespace penstock::bench
