// A relay and clients of it, joined by links in virtual time.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "controlplane/datachannel/data_relay.h"
#include "controlplane/sctp/sctp_stack.h"
#include "dataplane/base/prng.h"
#include "tests/client/data_client.h"

namespace penstock::test {

struct DataLinkOptions {
  std::uint64_t seed = 1;
  std::uint32_t loss_percent = 0;
  Duration delay = 5 * kMillisecond;
  bool is_cut = false;       // nothing passes, either way
  Duration packet_time = 0;  // to the client: that each takes; those behind it wait
};

class DataNetwork final : public DataPacketSink {
 public:
  explicit DataNetwork(const DataLinkOptions& options = {}) : options_(options) {}

  // A peer that joins and is connected. Clients are DTLS clients, as browsers are.
  DataClient& join(DataPeerId id, DataConnectionOptions of_server = {}) {
    DataConnectionOptions of_client{.is_dtls_client = true,
                                    .peer_message_bytes_max = kSctpMessageBytesMax};
    relay.open(id, of_server, now);
    Client& client = clients_[id];
    client.link = options_;
    client.data = std::make_unique<DataClient>(of_client, now);
    relay.start(id, now);
    client.data->connection.connect(now);
    run_for(100 * kMillisecond);
    return *client.data;
  }
  void leave(DataPeerId id) {
    relay.close(id, now);
    relay.forget_sources(id, now);
    clients_.erase(id);
  }
  void receive(DataPeerId receiver, std::vector<DataSource> sources) {
    relay.set_sources(receiver, sources, now);
  }
  DataLinkOptions& link(DataPeerId id) { return clients_[id].link; }

  void run_for(Duration duration) {
    const Timestamp until = now + duration;
    exchange();
    while (now < until) {
      Timestamp next = std::min(until, relay.next_timeout());
      if (!under_way_.empty()) next = std::min(next, under_way_.begin()->first);
      now = std::max(now, next);
      while (!under_way_.empty() && under_way_.begin()->first <= now) {
        const UnderWay arrived = std::move(under_way_.begin()->second);
        under_way_.erase(under_way_.begin());
        const auto client = clients_.find(arrived.peer);
        if (client == clients_.end() || client->second.link.is_cut) continue;
        if (arrived.is_to_server) {
          relay.handle_packet(arrived.peer, arrived.packet, now);
        } else {
          client->second.data->connection.handle_packet(arrived.packet, now);
        }
      }
      exchange();
    }
  }

  Timestamp now = 3 * kSecond;
  DataRelay relay;

 private:
  struct Client {
    DataLinkOptions link;
    Timestamp free_at = 0;
    std::unique_ptr<DataClient> data;
  };
  struct UnderWay {
    DataPeerId peer;
    bool is_to_server;
    std::vector<std::uint8_t> packet;
  };

  void exchange() {
    relay.flush(now, *this);
    std::vector<std::uint8_t> packet;
    for (auto& [id, client] : clients_) {
      client.data->connection.take_events(now);
      while (client.data->connection.poll_packet(packet)) send(id, true, std::move(packet));
    }
  }
  void send_data_packet(DataPeerId peer, std::vector<std::uint8_t> packet) override {
    send(peer, false, std::move(packet));
  }
  void send(DataPeerId peer, bool is_to_server, std::vector<std::uint8_t> packet) {
    const auto client = clients_.find(peer);
    if (client == clients_.end()) return;
    const DataLinkOptions& link = client->second.link;
    if (link.is_cut || prng_.below(100) < link.loss_percent) return;
    Timestamp& free_at = client->second.free_at;
    if (!is_to_server) free_at = std::max(free_at, now) + link.packet_time;
    const Timestamp sent_at = is_to_server ? now : free_at;
    under_way_.emplace(sent_at + link.delay, UnderWay{peer, is_to_server, std::move(packet)});
  }

  DataLinkOptions options_;
  Prng prng_{options_.seed};
  std::map<DataPeerId, Client> clients_;
  std::multimap<Timestamp, UnderWay> under_way_;
};

inline constexpr DataPeerId kPublisher = 11;
inline constexpr DataPeerId kReceiver = 22;
inline constexpr DataPeerId kOther = 33;

// What a publisher's receivers call it, in these tests.
inline DataSource source_of(DataPeerId publisher, bool is_paused = false) {
  return {.publisher = publisher, .name = std::to_string(publisher), .is_paused = is_paused};
}

}  // namespace penstock::test
