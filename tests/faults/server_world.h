// The whole server below its sockets, on the simulated platform, and clients that say one thing at
// a time: the world in which requests of the Janus API are made to fail. One request or ending is
// prepared (`request` or `ending`); attempt() makes it happen.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/storage/table_executor.h"
#include "tests/client/webrtc_client.h"
#include "tests/faults/every_point.h"
#include "tests/sim/sim_server.h"

namespace penstock::test {

namespace json = boost::json;

class ServerWorld final : private SignallingSender, private MediaEvents {
 public:
  // A Janus handle, in a session of its own on a connection of its own.
  struct Client {
    ChannelId channel{};
    std::uint64_t session = 0;
    std::uint64_t handle = 0;
    std::unique_ptr<WebRtcClient> webrtc;
  };

  ServerWorld();
  ~ServerWorld() override;

  // --- Things that are done, and must be possible -----------------------------------------------
  ChannelId connect();
  Client attach();
  // The data of the event or success that answers.
  json::object ask(const Client& client, json::object body, json::object jsep = {});
  std::uint64_t join(const Client& client, json::object more = {});
  void publish(Client& client, const std::vector<SyntheticSourceConfig>& sources);
  // Joins as a subscriber of these feeds; the offer.
  std::string subscribe(Client& client, const std::vector<std::uint64_t>& feeds);
  json::object answer_to(Client& client, const std::string& offer);
  json::object offer_of(Client& client, const std::vector<SyntheticSourceConfig>& sources);

  // --- What is attempted ------------------------------------------------------------------------
  // The text of a message to the plugin.
  static std::string message(const Client& client, json::object body, json::object jsep = {});
  // The text of a request to the core; `client` may be null.
  static std::string core_request(const Client* client, json::object request, bool has_handle);
  void will_send(ChannelId channel, std::string text) { request_ = {channel, std::move(text)}; }
  void will_end(std::function<bool(ServerWorld&)> ending) { ending_ = std::move(ending); }
  // What is part of the state besides, such as what somebody is shown.
  void will_look(std::function<json::object(ServerWorld&)> look) { look_ = std::move(look); }
  // True if the server says that it was done.
  bool attempt();
  // To requests that wait, until none does.
  void give_turns();
  // Permanent rooms are kept from now on, in `file()`.
  void keep_rooms();
  const std::string& file() const { return file_; }
  // Whatever was said to this connection since the attempt.
  std::vector<json::object> said_to(ChannelId channel);
  bool is_closed(ChannelId channel) const { return closed_.contains(channel); }

  WorldState state();
  sim::SimServer& server() { return *server_; }
  Timestamp now() const { return now_; }
  // 0 while the request waits.
  unsigned status(ExchangeId exchange) const {
    const auto found = statuses_.find(exchange);
    return found == statuses_.end() ? 0 : found->second;
  }
  void keep(Client client) { clients_.push_back(std::move(client)); }
  Client& kept(std::size_t index) { return clients_[index]; }

 private:
  void send(ChannelId channel, std::string text) override;
  void close(ChannelId channel, ChannelCloseReason) override;
  void reply(ExchangeId exchange, HttpApiResponse response) override;
  void on_connected(PeerId, Timestamp) override {}
  void on_closed(PeerId, std::string_view, Timestamp) override {}
  void on_media(PeerId, std::string_view, MediaKind, bool, Timestamp) override {}
  void on_layer(PeerId, std::uint32_t, Layer, Timestamp) override {}
  void on_starved(PeerId, std::uint32_t, bool, Timestamp) override {}
  void on_talking(PeerId, std::string_view, bool, float, Timestamp) override {}

  void run();
  bool is_done() const;

  Timestamp now_ = kSecond;
  std::string file_;
  InlineTableExecutor disk_;
  std::unique_ptr<sim::SimServer> server_;
  std::uint64_t last_channel_ = 0;
  std::vector<ChannelId> channels_;
  std::map<ChannelId, std::vector<std::string>> inbox_;
  std::set<ChannelId> closed_;
  std::map<ExchangeId, unsigned> statuses_;
  std::pair<ChannelId, std::string> request_;
  std::function<bool(ServerWorld&)> ending_;
  std::function<json::object(ServerWorld&)> look_;
  std::vector<Client> clients_;
  Client observer_;
};

}  // namespace penstock::test
