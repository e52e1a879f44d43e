// How long the control thread is held by what concerns everybody in a large room: the Janus core,
// the rooms, the real media control and registry, over workers that do nothing. `longest_us` is the
// longest of all turns of the core, of processor time.
#include <benchmark/benchmark.h>

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "bench/micro/janus_client.h"
#include "controlplane/media/peer_connections.h"
#include "controlplane/sdp/parser.h"
#include "dataplane/base/check.h"
#include "dataplane/registry/registry.h"
#include "tests/client/client_sdp.h"

namespace penstock::bench {
namespace {

// Takes everything, at once.
class SilentWorkers final : public WorkerLink {
 public:
  std::size_t worker_count() const override { return 2; }
  bool send_command(WorkerIndex, const Command&) override { return true; }
  bool send_datagram(WorkerIndex, const OutgoingDatagram&) override { return true; }
  bool receive_event(WorkerIndex, Event&) override { return false; }
  bool receive_punted(WorkerIndex, PuntedDatagram&) override { return false; }
  GraceToken start_grace_period() override { return ++token_; }
  bool grace_period_ended(GraceToken) override { return true; }

 private:
  GraceToken token_ = 0;
};

class Ignored final : public MediaEvents {
  void on_connected(PeerId, Timestamp) override {}
  void on_closed(PeerId, std::string_view, Timestamp) override {}
  void on_media(PeerId, std::string_view, MediaKind, bool, Timestamp) override {}
  void on_layer(PeerId, std::uint32_t, Layer, Timestamp) override {}
  void on_starved(PeerId, std::uint32_t, bool, Timestamp) override {}
  void on_talking(PeerId, std::string_view, bool, float, Timestamp) override {}
};

Certificate new_certificate() {
  auto certificate = Certificate::generate(1'700'000'000);
  PENSTOCK_CHECK(certificate.has_value());
  return *std::move(certificate);
}

DtlsContext new_context(const Certificate& certificate) {
  auto context = DtlsContext::create(certificate, {});
  PENSTOCK_CHECK(context.has_value());
  return *std::move(context);
}

// A room with somebody who publishes audio and video, some who only listen to what happens, and
// some who receive all of it.
class LargeRoom {
 public:
  LargeRoom(std::int64_t silent, std::int64_t subscribers) : client_(media_, random_) {
    desk_ = client_.attach();
    client_.message(desk_, R"({"request":"create","room":1})");
    publisher_ = join();
    publish(publisher_);
    for (std::int64_t i = 0; i < silent; ++i) join();
    for (std::int64_t i = 0; i < subscribers; ++i) subscribe();
    settle();
    client_.forget_turns();
    said_ = client_.messages();
  }
  ~LargeRoom() { media_.close_all(kNow); }

  // Its handle.
  std::string join() {
    std::string handle = client_.attach();
    client_.message(handle, R"({"request":"join","ptype":"publisher","room":1})");
    return handle;
  }
  void publish(const std::string& handle) {
    const std::vector<test::OfferedStream> streams{{.kind = MediaKind::kAudio, .ssrc = 1},
                                                   {.kind = MediaKind::kVideo, .ssrc = 2}};
    client_.message(handle, R"({"request":"publish"})",
                    jsep("offer", test::write_publish_offer(local_, streams)));
  }
  void leave() { client_.message(publisher_, R"({"request":"leave"})"); }
  void unpublish() { client_.message(publisher_, R"({"request":"unpublish"})"); }
  void mute(bool is_muted) {
    client_.message(desk_, std::string(R"({"request":"moderate","room":1,"id":)") + id_ +
                               R"(,"mid":"1","mute":)" + (is_muted ? "true}" : "false}"));
  }
  void destroy() { client_.message(desk_, R"({"request":"destroy","room":1})"); }
  // Until everybody knows.
  void settle() {
    client_.run_turns();
    while (media_.poll(kNow, ignored_)) continue;
  }
  std::size_t said() const { return client_.messages() - said_; }
  double longest_us() const { return client_.longest_us(); }

 private:
  void subscribe() {
    const std::string handle = client_.attach();
    const std::string attached = client_.message(
        handle,
        R"({"request":"join","ptype":"subscriber","room":1,"streams":[{"feed":)" + id() + "}]}");
    const auto offer = boost::json::parse(attached).at("jsep").at("sdp").as_string();
    const auto parsed = sdp::parse_session_description(offer);
    PENSTOCK_CHECK(parsed.has_value());
    client_.message(handle, R"({"request":"start"})",
                    jsep("answer", test::write_subscription_answer(local_, *parsed, true)));
  }
  // The publisher's id, as whoever joins is told.
  const std::string& id() {
    if (!id_.empty()) return id_;
    const std::string joined =
        client_.message(client_.attach(), R"({"request":"join","ptype":"publisher","room":1})");
    const auto publishers =
        boost::json::parse(joined).at("plugindata").at("data").at("publishers").as_array();
    id_ = std::to_string(publishers.at(0).at("id").to_number<std::uint64_t>());
    return id_;
  }
  static std::string jsep(const char* type, const std::string& sdp) {
    return boost::json::serialize(boost::json::object{{"type", type}, {"sdp", sdp}});
  }
  static MediaConfig media_config() {
    MediaConfig config;
    config.candidate_addresses = {IpAddress::from_v4({198, 18, 0, 1})};
    config.udp_port_base = 50'000;
    config.room_peers_per_worker_max = 4'096;
    config.peers_max = 4'096;
    config.streams_per_publisher_max = 4;
    config.subscriptions_per_subscriber_max = 4;
    return config;
  }

  Certificate certificate_ = new_certificate();
  DtlsContext context_ = new_context(certificate_);
  SilentWorkers workers_;
  Registry registry_{workers_,
                     {.transports = 2'100,
                      .streams_per_transport = 4,
                      .subscriptions_per_transport = 4,
                      .streams = 64,
                      .subscriptions = 8'192},
                     1};
  InlineDtlsExecutor dtls_;
  SeededRandom random_{1};
  PeerConnections media_{registry_, context_, certificate_, dtls_, random_, media_config()};
  Ignored ignored_;
  JanusClient client_;
  const test::LocalTransport local_{.ufrag = "clientufrag",
                                    .pwd = "clientpassword0123456789",
                                    .fingerprint = "sha-256 " + certificate_.fingerprint_sha256(),
                                    .candidate = {}};
  std::string desk_, publisher_, id_;
  std::size_t said_ = 0;
};

// Everybody is told or offered something; the time is from the request until all are.
template <typename Act>
void measure(benchmark::State& state, std::int64_t silent, std::int64_t subscribers,
             std::int64_t told, Act&& act) {
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    {
      LargeRoom room(silent, subscribers);
      state.ResumeTiming();
      act(room);
      room.settle();
      state.PauseTiming();
      state.counters["longest_us"] =
          std::max(state.counters["longest_us"].value, room.longest_us());
      if (room.said() < static_cast<std::size_t>(told))
        state.SkipWithError("not everybody was told");
    }
    state.ResumeTiming();
  }
}

void feed_leaves_subscribers(benchmark::State& state) {
  measure(state, 0, state.range(0), state.range(0), [](LargeRoom& room) { room.leave(); });
}
void room_of_subscribers_destroyed(benchmark::State& state) {
  measure(state, 0, state.range(0), state.range(0), [](LargeRoom& room) { room.destroy(); });
}
void room_of_participants_destroyed(benchmark::State& state) {
  measure(state, state.range(0), 0, state.range(0), [](LargeRoom& room) { room.destroy(); });
}
void publish_into_participants(benchmark::State& state) {
  measure(state, state.range(0), 0, state.range(0),
          [](LargeRoom& room) { room.publish(room.join()); });
}
void unpublish_before_both(benchmark::State& state) {
  measure(state, state.range(0), state.range(0), 2 * state.range(0),
          [](LargeRoom& room) { room.unpublish(); });
}
void moderate_before_both(benchmark::State& state) {
  measure(state, state.range(0), state.range(0), state.range(0),
          [](LargeRoom& room) { room.mute(true); });
}
BENCHMARK(feed_leaves_subscribers)->Arg(2'000)->Unit(benchmark::kMicrosecond)->Iterations(3);
BENCHMARK(room_of_subscribers_destroyed)->Arg(2'000)->Unit(benchmark::kMicrosecond)->Iterations(3);
BENCHMARK(room_of_participants_destroyed)->Arg(2'000)->Unit(benchmark::kMicrosecond)->Iterations(3);
BENCHMARK(publish_into_participants)->Arg(2'000)->Unit(benchmark::kMicrosecond)->Iterations(3);
BENCHMARK(unpublish_before_both)->Arg(2'000)->Unit(benchmark::kMicrosecond)->Iterations(3);
BENCHMARK(moderate_before_both)->Arg(2'000)->Unit(benchmark::kMicrosecond)->Iterations(3);

}  // namespace
}  // namespace penstock::bench
