#include "controlplane/server/server.h"

#include <boost/asio/signal_set.hpp>
#include <chrono>

#include "controlplane/dtls/certificate.h"
#include "controlplane/janus/core.h"
#include "controlplane/server/component_configs.h"
#include "controlplane/server/event_loop.h"
#include "controlplane/server/log.h"
#include "controlplane/server/signalling_server.h"
#include "controlplane/server/static_files.h"
#include "dataplane/dpdk/worker_group.h"
#include "dataplane/registry/registry.h"

namespace penstock {
namespace {

// How soon to look again while something waits for its grace period, or at the end for goodbyes to
// be sent.
constexpr Duration kReclaimInterval = kMillisecond;
constexpr Duration kGoodbyeMax = 300 * kMillisecond;
constexpr std::chrono::milliseconds kGoodbyeTurn{10};

std::uint64_t unix_ns() {
  return static_cast<std::uint64_t>(
      std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count());
}

}  // namespace

struct Server::Parts {
  explicit Parts(const Config& server_config) : config(server_config) {}
  ~Parts();

  std::expected<void, std::string> start_dataplane();
  std::expected<void, std::string> start_media();
  std::expected<void, std::string> start_signalling();
  Timestamp work(Timestamp now);
  void log_totals() const;

  const Config config;
  std::vector<std::string> summary;
  OpenSslRandom random;
  boost::asio::io_context io{1};
  // From the beginning: who is told to end while it starts, ends when it has started, and cleanly.
  boost::asio::signal_set signals{io, SIGINT, SIGTERM};
  std::unique_ptr<DataplaneHost> host;
  std::unique_ptr<Registry> registry;
  std::unique_ptr<WorkerGroup> workers;
  std::optional<Certificate> certificate;
  std::optional<DtlsContext> dtls;
  std::unique_ptr<PeerConnections> media;
  std::unique_ptr<SignallingServer> signalling;
  std::unique_ptr<janus::Core> janus;
};

// Workers first: they read what the registry owns. The host last but for the registry, whose pools
// its rings name.
Server::Parts::~Parts() {
  janus.reset();
  media.reset();
  if (host) host->stop_workers();
  workers.reset();
  if (host) host->stop();
}

std::expected<void, std::string> Server::Parts::start_dataplane() {
  auto started = DataplaneHost::start(dataplane_host_config(config));
  if (!started) return std::unexpected(started.error());
  host = std::move(*started);
  const PoolSizes sizes = pool_sizes(config.limits);
  registry = std::make_unique<Registry>(host->link(), sizes, random.next_u64());
  WorkerGroupConfig group;
  group.udp_port_base = config.port.udp_port;
  group.srtp_backend = srtp_backend(config.srtp);
  group.consent_timeout = config.media.consent_timeout_s * kSecond;
  group.transports_max = sizes.transports;
  group.seed = random.next_u64();
  group.wall_clock = {.at = EventLoop::now(), .ntp = ntp_from_unix_ns(unix_ns())};
  auto launched = WorkerGroup::start(*host, registry->pools(), group);
  if (!launched) return std::unexpected(launched.error());
  workers = std::move(*launched);
  summary = host->summary();
  summary.push_back("pools: " + std::to_string(sizes.transports) + " transports, " +
                    std::to_string(sizes.streams) + " streams, " +
                    std::to_string(sizes.subscriptions) + " subscriptions");
  return {};
}

std::expected<void, std::string> Server::Parts::start_media() {
  auto made = Certificate::generate(static_cast<std::int64_t>(unix_ns() / 1'000'000'000));
  if (!made) return std::unexpected("cannot make a DTLS certificate: " + made.error());
  certificate = std::move(*made);
  DtlsOptions options;
  options.srtp_profiles = config.srtp.profiles;
  auto context = DtlsContext::create(*certificate, options);
  if (!context) return std::unexpected("cannot set DTLS up: " + context.error());
  dtls = std::move(*context);
  media = std::make_unique<PeerConnections>(*registry, *dtls, *certificate, random,
                                            media_config(config));
  return {};
}

std::expected<void, std::string> Server::Parts::start_signalling() {
  auto opened = SignallingServer::open(io, config.signalling, page_files());
  if (!opened) return std::unexpected(opened.error());
  signalling = std::move(*opened);
  janus = std::make_unique<janus::Core>(janus_config(config), *signalling, *media, random);
  signalling->start(*janus);
  const std::string host_name = config.signalling.address.is_unspecified()
                                    ? "127.0.0.1"
                                    : to_string(config.signalling.address);
  summary.push_back("Janus API: ws://" + host_name + ":" +
                    std::to_string(signalling->websocket_port()) + " (janus-protocol) and http://" +
                    host_name + ":" + std::to_string(signalling->http_port()) + "/janus");
  summary.push_back("open http://" + host_name + ":" + std::to_string(signalling->http_port()) +
                    "/ in a browser on this machine to join a call");
  return {};
}

std::expected<std::unique_ptr<Server>, std::string> Server::start(const Config& config) {
  auto parts = std::make_unique<Parts>(config);
  if (auto started = parts->start_dataplane(); !started) return std::unexpected(started.error());
  if (auto started = parts->start_media(); !started) return std::unexpected(started.error());
  if (auto started = parts->start_signalling(); !started) return std::unexpected(started.error());
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() = default;

const std::vector<std::string>& Server::summary() const { return parts_->summary; }

// One turn of everything that has no socket of its own. Returns when the next turn is due.
Timestamp Server::Parts::work(Timestamp now) {
  if (media->poll(now, *janus)) return now;
  if (now >= janus->next_timeout()) janus->handle_timeout(now);
  Timestamp next = std::min(media->next_timeout(), janus->next_timeout());
  if (registry->pool_counts().retired_count != 0) next = std::min(next, now + kReclaimInterval);
  return next;
}

void Server::run() {
  Parts& parts = *parts_;
  bool is_stopping = false;
  parts.signals.async_wait(
      [&](const boost::system::error_code& error, int) { is_stopping = !error; });
  EventLoop loop(parts.io, parts.host->doorbell(), [&](Timestamp now) { return parts.work(now); });
  loop.run([&] { return is_stopping; });

  // Every call ends with a DTLS goodbye, so that clients need no timeout to notice.
  PENSTOCK_LOG_INFO("stopping");
  parts.signalling->stop();
  parts.media->close_all(EventLoop::now());
  // Janus stays until the connections are gone: each one tells it when it ends.
  const Timestamp deadline = EventLoop::now() + kGoodbyeMax;
  do {
    parts.io.run_one_for(kGoodbyeTurn);  // workers send the goodbyes meanwhile
  } while (EventLoop::now() < deadline && !parts.signalling->idle());
  // Clients that do not close in time are cut off. Janus hears of each, so it goes last.
  parts.signalling->drop_all();
  while (!parts.signalling->idle()) parts.io.run_one_for(kGoodbyeTurn);
  parts.janus.reset();
  parts.log_totals();
}

// What the data plane did with every packet, for whoever looks into a problem afterwards.
void Server::Parts::log_totals() const {
  for (std::size_t i = 0; i < workers->size(); ++i) {
    const WorkerStats& stats = workers->stats(static_cast<WorkerIndex>(i));
    spdlog::info("worker {}: {} media packets received, {} forwarded, {} keyframes requested", i,
                 stats.media_received.get(), stats.media_forwarded.get(),
                 stats.keyframes_requested.get());
    std::string drops;
    for (std::size_t reason = 0; reason < kDropReasonCount; ++reason) {
      const std::uint64_t count = stats.drops[reason].get();
      if (count == 0) continue;
      drops += " " + std::string(to_label(static_cast<DropReason>(reason))) + "=" +
               std::to_string(count);
    }
    if (!drops.empty()) spdlog::info("worker {}: dropped:{}", i, drops);
  }
}

}  // namespace penstock
