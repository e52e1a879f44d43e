#include "dataplane/registry/registry.h"

#include <cstring>
#include <utility>

namespace penstock {
namespace {

constexpr std::size_t kReclaimsPerPoll = 1'024;
constexpr std::size_t kEventsPerPoll = 256;
constexpr std::size_t kBacklogMax = 4'096;

// Room for every object there can be: each waits at most once, so the list itself is never what
// fails, and it is half full when half of all slots wait.
std::size_t retire_capacity(const PoolSizes& sizes) {
  return sizes.transports + sizes.streams + sizes.subscriptions + Pools::fan_out_chunks(sizes);
}

// Why there is no slot: they are in use, or those that are not wait for a worker.
template <typename T>
std::unexpected<DataplaneError> no_slot_in(const ObjectPool<T>& pool, DataplaneError in_use) {
  return std::unexpected(pool.counts().retired > 0 ? DataplaneError::kRetireListFull : in_use);
}

}  // namespace

Registry::Registry(WorkerLink& link, const PoolSizes& sizes, std::uint64_t seed,
                   SrtpBackend backend, PoolMemory memory)
    : link_(link),
      prng_(seed),
      sizes_(sizes),
      pools_(sizes, link.worker_count(), memory, backend),
      retired_(retire_capacity(sizes)),
      fan_out_(
          pools_.fan_out,
          [](void* self, Handle<FanOutChunk> chunk) {
            auto* registry = static_cast<Registry*>(self);
            registry->retire(registry->pools_.fan_out, chunk);
          },
          this),
      loads_(sizes.transports),
      listings_(sizes.subscriptions),
      next_listings_(sizes.subscriptions) {}

Registry::~Registry() {
  retired_.reclaim_ready([](auto) { return true; }, now_, retired_.size());
}

template <typename T>
void Registry::retire(ObjectPool<T>& pool, Handle<T> handle) {
  retired_.retire(pool, handle, [this] { return link_.start_grace_period(); }, now_);
}

// A worker that does not report, or does not take its commands, gets no new objects.
bool Registry::refuses_creates(WorkerIndex worker) const {
  return retired_.is_under_pressure() || backlog_[worker].size() >= kBacklogMax;
}

WorkerIndex Registry::worker_of(StreamHandle handle) const {
  const Stream* stream = pools_.streams.resolve(handle);
  return stream == nullptr ? WorkerIndex{0} : stream->owner;
}

std::expected<TransportHandle, DataplaneError> Registry::create_transport(
    const TransportConfig& config) {
  if (refuses_creates(config.worker)) return std::unexpected(DataplaneError::kRetireListFull);
  if (config.streams_max > sizes_.streams_per_transport ||
      config.subscriptions_max > sizes_.subscriptions_per_transport) {
    return std::unexpected(DataplaneError::kTooManyStreams);
  }
  BlockPool& tables = pools_.tables_for(config);
  if (tables.free() == 0) return no_slot_in(pools_.transports, DataplaneError::kTransportPoolFull);
  const TransportHandle handle =
      pools_.transports.allocate(config, prng_.next_u32(), MemoryBlock(tables));
  if (handle.is_null()) return no_slot_in(pools_.transports, DataplaneError::kTransportPoolFull);
  loads_[handle.index()] = {};
  send(handle, Command(CommandKind::kAdoptTransport));
  if (config.kind == TransportKind::kPlain) {
    Command command(CommandKind::kFindNeighbor);
    command.transport = handle;
    command.path = config.plain.path;
    send_to(0, command);
  }
  return handle;
}

void Registry::destroy_transport(TransportHandle transport, Timestamp now) {
  now_ = now;
  retire(pools_.transports, transport);
}

void Registry::add_flow(TransportHandle transport, const Path& path,
                        const std::optional<stun::Nomination>& nomination) {
  Command command(CommandKind::kAddFlow);
  command.path = path;
  command.flag = nomination.has_value();
  command.nomination = nomination.value_or(stun::Nomination{});
  send(transport, command);
}

void Registry::remove_flow(TransportHandle transport, const Path& path) {
  Command command(CommandKind::kRemoveFlow);
  command.path = path;
  send(transport, command);
}

void Registry::set_ice_credentials(TransportHandle transport, const IceCredentials& ice) {
  Command command(CommandKind::kSetIceCredentials);
  command.ice = ice;
  send(transport, command);
}

// The worker reads nothing of the keys before it has the command, which says that they are there.
// What it may read already is not written a second time.
std::expected<void, DataplaneError> Registry::set_srtp_keys(TransportHandle handle,
                                                            const SrtpKeys& keys) {
  Transport* transport = pools_.transports.resolve(handle);
  if (transport == nullptr) return std::unexpected(DataplaneError::kNoSuchObject);
  Load& load = loads_[handle.index()];
  if (load.has_keys) return std::unexpected(DataplaneError::kHasKeys);
  const SrtpBackend backend = pools_.srtp_backend;
  if (!transport->send.expand(keys.profile, keys.send, backend) ||
      test_hooks::fails(test_hooks::FailurePoint::kSrtpKeys) ||
      !transport->receive.expand(keys.profile, keys.receive, backend)) {
    return std::unexpected(DataplaneError::kOutOfMemory);
  }
  load.has_keys = true;
  send(handle, Command(CommandKind::kUseSrtpKeys));
  return {};
}

void Registry::set_extensions(TransportHandle transport, const ExtensionMap& in,
                              const ExtensionMap& out) {
  Command command(CommandKind::kSetExtensions);
  command.extensions = in;
  send(transport, command);
  command.extensions = out;
  command.flag = true;
  send(transport, command);
}

void Registry::set_transport_options(TransportHandle transport, const TransportOptions& options) {
  Command command(CommandKind::kSetTransportOptions);
  command.options = options;
  send(transport, command);
}

void Registry::limit_bitrate(TransportHandle transport, std::uint64_t bitrate_bps) {
  Command command(CommandKind::kLimitBitrate);
  command.bitrate_bps = bitrate_bps;
  send(transport, command);
}

void Registry::send_datagram(WorkerIndex worker, const Path& path,
                             std::span<const std::uint8_t> datagram) {
  OutgoingDatagram outgoing;
  if (datagram.size() > outgoing.data.size()) return;
  outgoing.path = path;
  outgoing.bytes = static_cast<std::uint16_t>(datagram.size());
  std::memcpy(outgoing.data.data(), datagram.data(), datagram.size());
  // DTLS and STUN repeat themselves: a full ring is a lost packet.
  if (test_hooks::fails(test_hooks::FailurePoint::kDatagramPush)) return;
  static_cast<void>(link_.send_datagram(worker, outgoing));
}

std::expected<StreamHandle, DataplaneError> Registry::create_stream(const StreamConfig& config) {
  const Transport* transport = pools_.transports.resolve(config.transport);
  if (transport == nullptr && !config.transport.is_null()) {
    return std::unexpected(DataplaneError::kNoSuchObject);
  }
  const WorkerIndex owner = transport == nullptr ? WorkerIndex{0} : transport->owner;
  if (refuses_creates(owner)) return std::unexpected(DataplaneError::kRetireListFull);
  Load* load = find_load(config.transport);
  if (load != nullptr && load->streams == transport->streams.capacity()) {
    return std::unexpected(DataplaneError::kTooManyStreams);
  }
  const StreamHandle handle = pools_.streams.allocate(config, owner, pools_.encodings);
  if (handle.is_null()) return no_slot_in(pools_.streams, DataplaneError::kStreamPoolFull);
  pools_.kept->make_room_for(handle, config.encoding_count());
  if (load != nullptr) ++load->streams;
  Command command(CommandKind::kAttachStream);
  command.stream = handle;
  send(config.transport, command);
  return handle;
}

void Registry::update_stream(StreamHandle handle, const StreamConfig& config) {
  Stream* stream = pools_.streams.resolve(handle);
  if (stream == nullptr) return;
  PENSTOCK_CHECK(codec_kind(config.codec) == stream->kind && config.transport == stream->transport);
  stream->make_encodings(config, pools_.encodings);
  pools_.kept->make_room_for(handle, config.encoding_count());
  Command command(CommandKind::kUpdateStream);
  command.stream = handle;
  command.stream_config = config;
  send(stream->transport, command);
}

void Registry::destroy_stream(StreamHandle handle, Timestamp now) {
  now_ = now;
  Stream* stream = pools_.streams.resolve(handle);
  if (stream == nullptr) return;
  if (Load* load = find_load(stream->transport)) --load->streams;
  for (std::size_t worker = 0; worker < link_.worker_count(); ++worker) {
    fan_out_.clear(stream->fan_out, static_cast<WorkerIndex>(worker));
  }
  pools_.kept->end(handle);
  retire(pools_.streams, handle);
}

std::expected<SubscriptionHandle, DataplaneError> Registry::create_subscription(
    const SubscriptionConfig& config) {
  const Transport* transport = pools_.transports.resolve(config.transport);
  Stream* stream = pools_.streams.resolve(config.target.stream);
  if (transport == nullptr || stream == nullptr)
    return std::unexpected(DataplaneError::kNoSuchObject);
  if (refuses_creates(transport->owner)) return std::unexpected(DataplaneError::kRetireListFull);
  Load& load = *find_load(config.transport);
  if (load.subscriptions == transport->subscriptions.capacity())
    return std::unexpected(DataplaneError::kTooManyStreams);
  const SubscriptionHandle handle = pools_.subscriptions.allocate(config, prng_);
  if (handle.is_null()) {
    return no_slot_in(pools_.subscriptions, DataplaneError::kSubscriptionPoolFull);
  }
  const FanOutPlace place = fan_out_.add(stream->fan_out, transport->owner, handle);
  if (place.chunk.is_null()) {
    if (!test_hooks::is_planted(test_hooks::PlantedBug::kKeepUnlistedSubscription)) {
      pools_.subscriptions.discard(handle);
    }
    return no_slot_in(pools_.fan_out, DataplaneError::kFanOutPoolFull);
  }
  listings_[handle.index()] = {config.target.stream, place};
  next_listings_[handle.index()] = {};
  ++load.subscriptions;
  Command command(CommandKind::kAttachSubscription);
  command.subscription = handle;
  send(config.transport, command);
  return handle;
}

std::expected<void, DataplaneError> Registry::prepare_retarget(SubscriptionHandle handle,
                                                               StreamHandle to) {
  const Subscription* subscription = pools_.subscriptions.resolve(handle);
  Stream* stream = pools_.streams.resolve(to);
  const Transport* transport =
      subscription == nullptr ? nullptr : pools_.transports.resolve(subscription->transport);
  if (transport == nullptr || stream == nullptr)
    return std::unexpected(DataplaneError::kNoSuchObject);
  if (refuses_creates(transport->owner)) return std::unexpected(DataplaneError::kRetireListFull);
  cancel_retarget(handle);
  if (listings_[handle.index()].stream == to) return {};
  const FanOutPlace place = fan_out_.add(stream->fan_out, transport->owner, handle);
  if (place.chunk.is_null()) return no_slot_in(pools_.fan_out, DataplaneError::kFanOutPoolFull);
  next_listings_[handle.index()] = {to, place};
  return {};
}

void Registry::cancel_retarget(SubscriptionHandle handle) {
  if (pools_.subscriptions.resolve(handle) == nullptr) return;
  remove_from_list(std::exchange(next_listings_[handle.index()], {}));
}

void Registry::commit_retarget(SubscriptionHandle handle, const SubscriptionTarget& target) {
  if (pools_.subscriptions.resolve(handle) == nullptr) return;
  Listing& next = next_listings_[handle.index()];
  Listing& listing = listings_[handle.index()];
  if (!next.stream.is_null()) remove_from_list(std::exchange(listing, std::exchange(next, {})));
  PENSTOCK_CHECK(listing.stream == target.stream);
  Command command(CommandKind::kRetarget);
  command.target = target;
  send(handle, command);
}

void Registry::remove_from_list(const Listing& listing) {
  Stream* stream = pools_.streams.resolve(listing.stream);
  if (stream != nullptr) fan_out_.remove(stream->fan_out, listing.place);
}

void Registry::destroy_subscription(SubscriptionHandle handle, Timestamp now) {
  now_ = now;
  const Subscription* subscription = pools_.subscriptions.resolve(handle);
  if (subscription == nullptr) return;
  if (Load* load = find_load(subscription->transport)) --load->subscriptions;
  // The chunk first: it must not be reclaimed later than the subscription (fan_out_writer.h).
  cancel_retarget(handle);
  remove_from_list(listings_[handle.index()]);
  retire(pools_.subscriptions, handle);
}

void Registry::set_paused(SubscriptionHandle handle, bool is_paused) {
  Command command(CommandKind::kPauseSubscription);
  command.flag = is_paused;
  send(handle, command);
}

void Registry::limit_layers(SubscriptionHandle handle, Layer limit) {
  Command command(CommandKind::kSetLayerLimit);
  command.layer = lower_of(limit, kHighestLayer);
  send(handle, command);
}

void Registry::set_priority(SubscriptionHandle handle, std::uint8_t priority) {
  Command command(CommandKind::kSetPriority);
  command.priority = priority;
  send(handle, command);
}

void Registry::set_fallback(SubscriptionHandle handle, Duration fallback) {
  Command command(CommandKind::kSetFallback);
  command.fallback = fallback;
  send(handle, command);
}

void Registry::set_playout_delay(SubscriptionHandle handle, std::optional<PlayoutDelay> delay) {
  Command command(CommandKind::kSetPlayoutDelay);
  command.flag = delay.has_value();
  command.playout_delay = delay.value_or(PlayoutDelay{});
  send(handle, command);
}

void Registry::limit_receiver(TransportHandle handle, std::uint64_t bitrate_bps) {
  Command command(CommandKind::kLimitReceiver);
  command.bitrate_bps = bitrate_bps;
  send(handle, command);
}

HeardAudio Registry::heard_of(StreamHandle handle) const {
  const Stream* stream = pools_.streams.resolve(handle);
  return stream == nullptr ? HeardAudio{} : stream->gate.heard();
}

void Registry::set_audio_gate(StreamHandle handle, std::uint8_t loudness) {
  Stream* stream = pools_.streams.resolve(handle);
  if (stream != nullptr) stream->gate.set_gate(loudness);
}

RecentLevels Registry::recent_levels_of(StreamHandle handle) const {
  const Stream* stream = pools_.streams.resolve(handle);
  return stream == nullptr ? RecentLevels{} : stream->levels.get();
}

void Registry::request_keyframe(StreamHandle handle) {
  const Stream* stream = pools_.streams.resolve(handle);
  if (stream == nullptr) return;
  Command command(CommandKind::kRequestKeyframe);
  command.stream = handle;
  send_to(stream->owner, command);
}

std::optional<Duration> Registry::round_trip_of(TransportHandle handle) const {
  const Transport* transport = pools_.transports.resolve(handle);
  if (transport == nullptr) return std::nullopt;
  return transport->round_trip_ns.get();
}

std::optional<std::uint64_t> Registry::estimate_of(TransportHandle handle) const {
  const Transport* transport = pools_.transports.resolve(handle);
  if (transport == nullptr) return std::nullopt;
  return transport->estimate_bps.get();
}

StreamReports Registry::reports_on(StreamHandle handle) const {
  StreamReports reports;
  const Stream* stream = pools_.streams.resolve(handle);
  if (stream == nullptr) return reports;
  for (const PublishedRtpReport& published : stream->reports) {
    const RtpReport report = published.get();
    if (report.ssrc != 0) static_cast<void>(reports.push_back(report));
  }
  return reports;
}

LayerReports Registry::layers_of(StreamHandle handle) const {
  LayerReports reports;
  const Stream* stream = pools_.streams.resolve(handle);
  if (stream == nullptr) return reports;
  const LayerRates rates = stream->layers.published().get();
  for (std::size_t rank = 0; rank < rates.count; ++rank)
    static_cast<void>(reports.push_back({rates.spatial[rank].pixels, rates.spatial[rank].bps}));
  return reports;
}

std::optional<RtpReport> Registry::report_on(SubscriptionHandle handle) const {
  const Subscription* subscription = pools_.subscriptions.resolve(handle);
  if (subscription == nullptr) return std::nullopt;
  return subscription->report.get();
}

Registry::Load* Registry::find_load(TransportHandle transport) {
  return pools_.transports.resolve(transport) == nullptr ? nullptr : &loads_[transport.index()];
}

void Registry::send(TransportHandle handle, Command command) {
  const Transport* transport = pools_.transports.resolve(handle);
  if (transport == nullptr) return;
  command.transport = handle;
  send_to(transport->owner, command);
}

void Registry::send(SubscriptionHandle handle, Command command) {
  const Subscription* subscription = pools_.subscriptions.resolve(handle);
  if (subscription == nullptr) return;
  command.subscription = handle;
  send(subscription->transport, command);
}

void Registry::send_to(WorkerIndex worker, const Command& command) {
  using test_hooks::FailurePoint;
  if (!flush_backlog(worker) || test_hooks::fails(FailurePoint::kCommandPush) ||
      !link_.send_command(worker, command)) {
    backlog_[worker].push(command);
  }
}

// True when nothing waits any more.
bool Registry::flush_backlog(WorkerIndex worker) {
  auto& backlog = backlog_[worker];
  while (!backlog.empty() && link_.send_command(worker, backlog.front())) backlog.pop_front();
  return backlog.empty();
}

bool Registry::poll(Timestamp now, DataplaneEvents& events) {
  now_ = now;
  bool worked = false;
  for (std::size_t worker = 0; worker < link_.worker_count(); ++worker) {
    flush_backlog(static_cast<WorkerIndex>(worker));
    worked |= deliver(static_cast<WorkerIndex>(worker), events);
  }
  worked |= retired_.reclaim_ready([this](auto token) { return link_.grace_period_ended(token); },
                                   now, kReclaimsPerPoll) != 0;
  for (const auto& ring : pools_.slots) ring->grow();
  return worked;
}

bool Registry::deliver(WorkerIndex worker, DataplaneEvents& events) {
  bool worked = false;
  Event event;
  for (std::size_t i = 0; i < kEventsPerPoll && link_.receive_event(worker, event); ++i) {
    worked = true;
    switch (event.kind) {
      case EventKind::kPathSelected:
        events.on_path_selected(event.transport, event.path);
        break;
      case EventKind::kConsentExpired:
        events.on_consent_expired(event.transport);
        break;
      case EventKind::kMediaStarted:
      case EventKind::kMediaStopped:
        events.on_media(event.stream, event.kind == EventKind::kMediaStarted);
        break;
      case EventKind::kVideoStarved:
      case EventKind::kVideoFed:
        events.on_starved(event.transport, event.subscription,
                          event.kind == EventKind::kVideoStarved);
        break;
      case EventKind::kLayerChanged:
        events.on_layer(event.transport, event.subscription, event.layer);
        break;
      case EventKind::kTalking:
      case EventKind::kStoppedTalking:
        events.on_talking(event.stream, event.kind == EventKind::kTalking, event.level);
        break;
    }
  }
  PuntedDatagram datagram;
  for (std::size_t i = 0; i < kEventsPerPoll && link_.receive_punted(worker, datagram); ++i) {
    worked = true;
    deliver(worker, datagram, events);
  }
  return worked;
}

// A part that does not continue what is there, because one was lost, ends it.
void Registry::deliver(WorkerIndex worker, const PuntedDatagram& datagram,
                       DataplaneEvents& events) {
  const auto part = std::span<const std::uint8_t>(datagram.data).first(datagram.bytes);
  if (datagram.bytes == datagram.total_bytes)
    return events.on_datagram(worker, datagram.path, datagram.transport, part);
  std::vector<std::uint8_t>& whole = parts_[worker];
  if (datagram.offset == 0) whole.clear();
  if (datagram.offset != whole.size()) return whole.clear();
  whole.insert(whole.end(), part.begin(), part.end());
  if (whole.size() < datagram.total_bytes) return;
  events.on_datagram(worker, datagram.path, datagram.transport, whole);
  whole.clear();
}

DataplanePoolCounts Registry::pool_counts() const {
  return {pools_.transports.counts(), pools_.streams.counts(), pools_.subscriptions.counts(),
          pools_.fan_out.counts(),    retired_.size(),         retired_.capacity(),
          retired_.waits().count(),   retired_.waits().max()};
}

void Registry::report_pools(PoolReports& out) const {
  out.push_back(pools_.transports.report());
  out.push_back(pools_.streams.report());
  out.push_back(pools_.subscriptions.report());
  out.push_back(pools_.fan_out.report());
}

void Registry::expect_pools(OwnershipWalk& walk) const {
  walk.expect(pools_.transports);
  walk.expect(pools_.streams);
  walk.expect(pools_.subscriptions);
  walk.expect(pools_.fan_out);
}

void Registry::walk_transport(OwnershipWalk& walk, TransportHandle transport) const {
  walk.mark(pools_.transports, transport);
}

void Registry::walk_stream(OwnershipWalk& walk, StreamHandle handle) const {
  if (!walk.mark(pools_.streams, handle)) return;
  const FanOut& fan_out = pools_.streams.resolve(handle)->fan_out;
  for (std::size_t worker = 0; worker < link_.worker_count(); ++worker) {
    for_each_chunk(
        pools_.fan_out, fan_out.head(static_cast<WorkerIndex>(worker)),
        [&](Handle<FanOutChunk> chunk, const FanOutChunk&) { walk.mark(pools_.fan_out, chunk); });
  }
}

void Registry::walk_subscription(OwnershipWalk& walk, SubscriptionHandle subscription) const {
  walk.mark(pools_.subscriptions, subscription);
}

}  // namespace penstock
