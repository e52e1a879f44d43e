// The whole server in virtual time: its own worker, registry, media and Janus code on a simulated
// platform, people with a real ICE, DTLS and SRTP stack, and a seeded network between them. One
// seed is one trace: time, randomness and the order of everything come from the seed alone.
//
//   Simulation sim({.seed = 7, .workers = 2});
//   Person& alice = sim.join(kRoom, "alice");
//   Person& bob = sim.join(kRoom, "bob");
//   alice.publish();
//   bob.subscribe_to_everyone();
//   sim.run_for(2 * kSecond);
//   expect_sees(bob, alice);
//
// When a Simulation is destroyed everybody goes away, two grace periods pass, and then every pool,
// packet buffer, peer, session and room must be back where it was, no SRTP packet index may have
// been used twice, and nothing may have waited for its reclaim longer than kReclaimBound: no
// scenario can leak unnoticed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tests/client/webrtc_client.h"
#include "tests/sim/nonce_oracle.h"
#include "tests/sim/plain_host.h"
#include "tests/sim/sim_network.h"
#include "tests/sim/sim_server.h"
#include "tests/sim/sim_signalling.h"
#include "tests/sim/simulation_config.h"

namespace penstock::sim {

class Person;

// One peer connection of a client: its own address, its own link.
struct SimClient {
  std::size_t index = 0;
  PeerId peer = 0;  // the server's name for it: the Janus handle, once known
  std::unique_ptr<test::WebRtcClient> webrtc;
  LinkModel uplink;
  LinkModel downlink;
  LinkModel* shared_downlink = nullptr;  // with others, instead of its own
  // See each datagram of the link and may change it; false: it is lost. Unset: all pass as they
  // are.
  std::function<bool(std::span<std::uint8_t>)> filter_up;
  std::function<bool(std::span<std::uint8_t>)> filter_down;
  // Sees each frame that the server sends it, and what becomes of it on the link.
  std::function<void(std::span<const std::uint8_t>, const bridge::LinkVerdict&, Timestamp)>
      watch_down;
  // Sees each datagram that it sends, and what becomes of it on the link.
  std::function<void(std::span<const std::uint8_t>, const bridge::LinkVerdict&)> watch_up;
  // What it sends goes in IP fragments with so much of IP payload, a multiple of eight; 0: whole.
  std::size_t fragment_bytes = 0;
  InterfaceAddresses addresses;
  Timestamp last_sent_to_at = 0;  // when the server last sent it anything, and where to
  SocketAddress last_sent_to;
  // What MediaEvents said of the peer.
  bool was_connected = false;
  std::string closed_reason;
};

using test::audio;
using test::video;

class Simulation : private MediaEvents {
 public:
  explicit Simulation(const SimulationConfig& config);
  ~Simulation() override;
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  Timestamp now() const { return now_; }
  void run_for(Duration duration);
  // Runs until the condition holds; false if it does not within `limit`.
  bool run_until(const std::function<bool()>& condition, Duration limit);

  // Somebody connects and joins the room. Lives as long as the simulation.
  Person& join(std::uint64_t room, const std::string& name);
  const std::vector<std::unique_ptr<Person>>& people() const { return people_; }

  // Below: what people are made of.
  SimClient& add_client(const LinkConditions& uplink, const LinkConditions& downlink,
                        test::ClientConfig config = {});
  void set_peer(SimClient& client, PeerId peer);
  // From now on its frames come from this MAC, and only frames to it reach it.
  void set_mac(SimClient& client, const MacAddress& mac);
  SimSignalling& signalling() { return signalling_; }
  SimServer& server() { return server_; }
  const SimServer& server() const { return server_; }
  const SimulationConfig& config() const { return config_; }
  Prng& prng() { return prng_; }

  // A host on the server's link; lives as long as the simulation.
  PlainHost& add_plain_host();
  // What it sends, with its own MAC.
  void send_from(const PlainHost& host, std::uint16_t port, const SocketAddress& to,
                 std::span<const std::uint8_t> datagram);

  // A datagram from anywhere, as an attacker sends it.
  void inject(const SocketAddress& from, const SocketAddress& to,
              std::span<const std::uint8_t> datagram);

  std::uint64_t drops(DropReason reason) const { return server_.drops(reason); }
  const NonceOracle& nonces() const { return nonces_; }
  // A digest of every frame that was delivered so far, with its time: equal for equal histories.
  std::uint64_t trace() const { return trace_; }

 private:
  void on_connected(PeerId peer, Timestamp now) override;
  void on_closed(PeerId peer, std::string_view reason, Timestamp now) override;
  void on_media(PeerId, std::string_view, MediaKind, bool, Timestamp) override {}
  void on_layer(PeerId, std::uint32_t, Layer, Timestamp) override {}
  void on_starved(PeerId, std::uint32_t, bool, Timestamp) override {}
  void on_talking(PeerId, std::string_view, bool, float, Timestamp) override {}

  Timestamp next_event() const;
  void step();
  void deliver_frames();
  void run_server();
  void collect_from_server();
  void give_to_plain_hosts(const std::vector<std::uint8_t>& frame);
  void run_clients();
  void send_from(SimClient& client);
  void mix_into_trace(const FrameInFlight& frame);

  SimulationConfig config_;
  Prng prng_;
  Timestamp now_ = kSecond;
  Certificate certificate_;
  SimSignalling signalling_;
  SimServer server_;
  SimNetwork network_;
  NonceOracle nonces_;
  std::vector<std::unique_ptr<SimClient>> clients_;
  std::vector<std::unique_ptr<PlainHost>> plain_hosts_;
  std::map<MacAddress, SimClient*> by_mac_;
  std::map<PeerId, SimClient*> by_peer_;
  std::vector<std::unique_ptr<Person>> people_;
  Timestamp next_tick_ = 0;
  std::uint32_t fragmented_ = 0;  // datagrams
  std::uint64_t trace_ = 0xCBF29CE484222325ULL;
};

}  // namespace penstock::sim
