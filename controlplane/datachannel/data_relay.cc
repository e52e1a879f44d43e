#include "controlplane/datachannel/data_relay.h"

#include <algorithm>
#include <utility>

#include "controlplane/sctp/sctp_stack.h"

namespace penstock {

// One peer's connection, as the relay has it.
class DataRelay::Peer final : public DataConnectionObserver {
 public:
  Peer(DataRelay& relay, DataPeerId peer, const DataConnectionOptions& options, Timestamp now)
      : id(peer),
        connection(
            options, *this, relay.stats_, [this] { note_ready(); }, now),
        relay_(relay) {}

  void note_ready() {
    if (!std::exchange(is_ready, true)) relay_.ready_.push_back(id);
  }

  const DataPeerId id;
  bool is_started = false;
  bool is_ready = false;  // in the list
  DataConnection connection;
  std::vector<PublishedChannel> published;
  std::string first_label;

  PublishedChannel* find_published(std::uint16_t stream) {
    const auto found = std::ranges::find(published, stream, &PublishedChannel::stream);
    return found == published.end() ? nullptr : &*found;
  }

 private:
  void on_data_connected(Timestamp now) override { relay_.connect_sources(*this, now); }
  void on_channel_opened(std::uint16_t stream, const DataChannelParameters& parameters,
                         Timestamp now) override {
    relay_.channel_opened(*this, stream, parameters, now);
  }
  void on_message(std::uint16_t stream, const DataMessage& message, Timestamp now) override {
    relay_.relay(*this, stream, message, now);
  }
  void on_channel_closed(std::uint16_t stream, Timestamp now) override {
    relay_.channel_closed(*this, stream, now);
  }

  DataRelay& relay_;
};

DataRelay::DataRelay(DataListener* listener) : listener_(listener) {}
DataRelay::~DataRelay() = default;

DataRelay::Peer* DataRelay::find(DataPeerId peer) const {
  const auto found = peers_.find(peer);
  return found == peers_.end() ? nullptr : found->second.get();
}

std::span<const DataSource> DataRelay::sources_of(DataPeerId receiver) const {
  const auto found = sources_.find(receiver);
  return found == sources_.end() ? std::span<const DataSource>() : found->second;
}

void DataRelay::open(DataPeerId peer, const DataConnectionOptions& options, Timestamp now) {
  if (has(peer)) return;
  // Noting that a peer is ready, in the middle of anything, needs no memory.
  if (ready_.capacity() <= peers_.size()) ready_.reserve(2 * peers_.size() + 8);
  peers_.emplace(peer, std::make_unique<Peer>(*this, peer, options, now));
}

void DataRelay::start(DataPeerId peer, Timestamp now) {
  Peer* found = find(peer);
  if (found == nullptr || std::exchange(found->is_started, true)) return;
  found->connection.connect(now);
}

void DataRelay::close(DataPeerId id, Timestamp now) {
  Peer* peer = find(id);
  if (peer == nullptr) return;
  for (const PublishedChannel& channel : peer->published) {
    for (const Route& route : channel.routes) {
      if (Peer* receiver = find(route.receiver)) receiver->connection.close(route.stream, now);
    }
  }
  for (const DataSource& source : sources_of(id)) disconnect(source.publisher, id, now);
  std::erase(ready_, id);
  peers_.erase(id);
}

void DataRelay::set_sources(DataPeerId receiver, std::span<const DataSource> sources,
                            Timestamp now) {
  const std::span<const DataSource> known = sources_of(receiver);
  const std::vector<DataSource> before(known.begin(), known.end());
  if (std::ranges::equal(before, sources)) return;
  for (const DataSource& old : before) {
    if (std::ranges::find(sources, old.publisher, &DataSource::publisher) != sources.end())
      continue;
    disconnect(old.publisher, receiver, now);
    std::vector<DataPeerId>& receivers = receivers_[old.publisher];
    std::erase(receivers, receiver);
    if (receivers.empty()) receivers_.erase(old.publisher);
  }
  if (sources.empty()) {
    sources_.erase(receiver);
    return;
  }
  sources_[receiver].assign(sources.begin(), sources.end());
  for (const DataSource& source : sources) {
    if (std::ranges::find(before, source.publisher, &DataSource::publisher) == before.end())
      receivers_[source.publisher].push_back(receiver);
    pause(source, receiver);
  }
  if (Peer* peer = find(receiver)) connect_sources(*peer, now);
}

void DataRelay::handle_packet(DataPeerId peer, std::span<const std::uint8_t> packet,
                              Timestamp now) {
  Peer* found = find(peer);
  if (found == nullptr || !found->is_started) {
    ++stats_.packets_discarded;
    return;
  }
  found->connection.handle_packet(packet, now);
  found->note_ready();
}

Timestamp DataRelay::next_timeout() const { return peers_.empty() ? kNever : next_tick_; }

void DataRelay::flush(Timestamp now, DataPacketSink& sink) {
  if (now >= next_timeout()) {
    next_tick_ = now + kSctpTick;
    SctpStack::instance().advance(now);
    for (const auto& [id, peer] : peers_) {
      if (peer->connection.is_waiting()) peer->note_ready();
    }
  }
  std::vector<std::uint8_t> packet;
  while (!ready_.empty()) {
    const DataPeerId id = ready_.back();
    ready_.pop_back();
    Peer& peer = *find(id);  // who goes is taken off the list
    peer.is_ready = false;
    peer.connection.take_events(now);
    while (peer.connection.poll_packet(packet)) sink.send_data_packet(id, std::move(packet));
  }
}

// --- Routes -------------------------------------------------------------------------------------

void DataRelay::channel_opened(Peer& publisher, std::uint16_t stream,
                               const DataChannelParameters& parameters, Timestamp now) {
  if (publisher.published.empty()) publisher.first_label = parameters.label;
  PublishedChannel& channel =
      publisher.published.emplace_back(PublishedChannel{stream, parameters, {}});
  const auto receivers = receivers_.find(publisher.id);
  if (receivers == receivers_.end()) return;
  for (const DataPeerId id : receivers->second) {
    Peer* receiver = find(id);
    if (receiver == nullptr) continue;
    const auto sources = sources_of(id);
    const auto source = std::ranges::find(sources, publisher.id, &DataSource::publisher);
    if (source != sources.end()) connect(publisher, channel, *receiver, *source, now);
  }
}

void DataRelay::channel_closed(Peer& peer, std::uint16_t stream, Timestamp now) {
  drop_route(peer.id, stream);
  const PublishedChannel* channel = peer.find_published(stream);
  if (channel == nullptr) return;
  for (const Route& route : channel->routes) {
    if (Peer* receiver = find(route.receiver)) receiver->connection.close(route.stream, now);
  }
  std::erase_if(peer.published,
                [&](const PublishedChannel& other) { return other.stream == stream; });
}

void DataRelay::relay(Peer& publisher, std::uint16_t stream, const DataMessage& message,
                      Timestamp now) {
  PublishedChannel* channel = publisher.find_published(stream);
  if (channel == nullptr) return;  // a receiver's
  if (listener_ != nullptr) listener_->on_data_message(publisher.id, message);
  std::erase_if(channel->routes, [&](const Route& route) {
    if (route.is_paused) return false;
    Peer* receiver = find(route.receiver);
    return receiver == nullptr ||
           receiver->connection.send(route.stream, message, now) == DataConnection::Sent::kClosed;
  });
}

// All channels of its sources that the receiver does not have yet.
void DataRelay::connect_sources(Peer& receiver, Timestamp now) {
  for (const DataSource& source : sources_of(receiver.id)) {
    Peer* publisher = find(source.publisher);
    if (publisher == nullptr) continue;
    for (PublishedChannel& channel : publisher->published) {
      if (std::ranges::find(channel.routes, receiver.id, &Route::receiver) ==
          channel.routes.end()) {
        connect(*publisher, channel, receiver, source, now);
      }
    }
  }
}

void DataRelay::connect(const Peer& publisher, PublishedChannel& channel, Peer& receiver,
                        const DataSource& source, Timestamp now) {
  DataChannelParameters parameters = channel.parameters;
  parameters.label = source.name.substr(0, kDataLabelBytesMax);
  if (channel.parameters.label != publisher.first_label) {
    parameters.label += "/" + channel.parameters.label;
    if (parameters.label.size() > kDataLabelBytesMax) parameters.label = source.name;
  }
  const auto stream = receiver.connection.open(parameters, now);
  if (!stream) {
    if (receiver.connection.is_connected()) ++stats_.channels_refused;
    return;
  }
  channel.routes.push_back({receiver.id, *stream, source.is_paused});
}

void DataRelay::disconnect(DataPeerId publisher, DataPeerId receiver, Timestamp now) {
  Peer* from = find(publisher);
  Peer* to = find(receiver);
  if (from == nullptr) return;
  for (PublishedChannel& channel : from->published) {
    std::erase_if(channel.routes, [&](const Route& route) {
      if (route.receiver != receiver) return false;
      if (to != nullptr) to->connection.close(route.stream, now);
      return true;
    });
  }
}

// The receiver has closed it.
void DataRelay::drop_route(DataPeerId receiver, std::uint16_t stream) {
  for (const DataSource& source : sources_of(receiver)) {
    Peer* publisher = find(source.publisher);
    if (publisher == nullptr) continue;
    for (PublishedChannel& channel : publisher->published) {
      std::erase_if(channel.routes, [&](const Route& route) {
        return route.receiver == receiver && route.stream == stream;
      });
    }
  }
}

void DataRelay::pause(const DataSource& source, DataPeerId receiver) {
  Peer* publisher = find(source.publisher);
  if (publisher == nullptr) return;
  for (PublishedChannel& channel : publisher->published) {
    for (Route& route : channel.routes) {
      if (route.receiver == receiver) route.is_paused = source.is_paused;
    }
  }
}

DataRelayCounts DataRelay::counts() const {
  DataRelayCounts counts{.connections = peers_.size()};
  for (const auto& [id, peer] : peers_) {
    counts.queued_bytes += peer->connection.queued_bytes();
    for (const PublishedChannel& channel : peer->published) counts.routes += channel.routes.size();
  }
  return counts;
}

}  // namespace penstock
