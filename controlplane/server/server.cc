#include "controlplane/server/server.h"

#include <boost/asio/signal_set.hpp>
#include <chrono>

#include "controlplane/admin/admin_listener.h"
#include "controlplane/admin/lifetimes_text.h"
#include "controlplane/admin/server_books.h"
#include "controlplane/dtls/certificate.h"
#include "controlplane/dtls/openssl_version.h"
#include "controlplane/http/signalling_server.h"
#include "controlplane/http/static_files.h"
#include "controlplane/janus/admin_api.h"
#include "controlplane/janus/core.h"
#include "controlplane/log/log.h"
#include "controlplane/recording/uring_disk.h"
#include "controlplane/server/component_configs.h"
#include "controlplane/server/disk_thread.h"
#include "controlplane/server/event_loop.h"
#include "controlplane/server/handshake_threads.h"
#include "controlplane/server/name_thread.h"
#include "controlplane/server/open_files.h"
#include "controlplane/server/pool_plan.h"
#include "controlplane/server/recording_thread.h"
#include "controlplane/server/service_manager.h"
#include "controlplane/server/unix_time.h"
#include "controlplane/signalling/api_router.h"
#include "controlplane/signalling/limits.h"
#include "controlplane/storage/whole_file.h"
#include "controlplane/whip/service.h"
#include "dataplane/dpdk/numa_memory.h"
#include "dataplane/dpdk/worker_group.h"
#include "dataplane/registry/registry.h"

namespace penstock {
namespace {

// How soon to look again while something waits for its grace period, or at the end for goodbyes to
// be sent.
constexpr Duration kReclaimInterval = kMillisecond;
constexpr Duration kGoodbyeMax = 300 * kMillisecond;
constexpr std::chrono::milliseconds kGoodbyeTurn{10};

// "https://sfu.example.com:8088", by a name that the certificate is for.
std::string url(std::string scheme, const SignallingServer& listener, const IpAddress& address,
                std::uint16_t port) {
  if (listener.is_tls()) scheme += "s";
  if (const std::string name = listener.tls_host_name(); !name.empty()) {
    return scheme + "://" + name + ":" + std::to_string(port);
  }
  const IpAddress reachable =
      address.is_unspecified() ? IpAddress::from_v4({127, 0, 0, 1}) : address;
  return scheme + "://" + to_string(SocketAddress{reachable, port});
}

std::vector<std::string> signalling_summary(const SignallingConfig& config,
                                            const SignallingServer& listener) {
  const std::string http = url("http", listener, config.address, listener.http_port());
  const std::string websocket = url("ws", listener, config.address, listener.websocket_port());
  const bool is_for_all = listener.is_tls() && !config.address.is_loopback();
  const std::string more =
      config.address.is_unspecified() ? ", and on this machine's other addresses" : "";
  return {"Janus API: " + websocket + " (janus-protocol) and " + http + "/janus" + more,
          "WHIP: " + http + "/whip/ROOM, WHEP: " + http + "/whep/ROOM",
          "open " + http + "/ in a browser" + (is_for_all ? "" : " on this machine") +
              " to join a call"};
}

}  // namespace

struct Server::Parts {
  explicit Parts(const Config& server_config) : config(server_config) {}
  ~Parts();

  std::expected<void, std::string> start_dataplane();
  // Makes the arenas, for the workers; and their writer, for media.
  void make_arenas();
  std::expected<void, std::string> start_recordings();
  std::optional<RecordingReport> report_recordings() const;
  std::expected<void, std::string> start_media();
  void allow_connections();
  // Reads the certificates of TLS again when SIGHUP comes, if there is TLS.
  void await_reload();
  std::expected<void, std::string> start_signalling();
  // The file of permanent rooms, if there is one. Before anything is made.
  std::expected<void, std::string> read_rooms();
  void make_rooms();
  std::expected<void, std::string> start_admin();
  void summarize_pools();
  std::unique_ptr<DtlsExecutor> make_dtls_executor();
  std::vector<EventLoop::Work> works();
  void end_calls();
  bool close_books();

  const Config config;
  const PoolPlan plan = plan_pools(config.limits, config.workers.count,
                                   config.signalling.tls.is_on(), config.recording);
  // Before the workers have theirs.
  const std::optional<cpu_set_t> cpus = cpus_of_this_thread();
  ServiceManager service_manager;
  std::vector<std::string> summary;
  OpenSslRandom random;
  boost::asio::io_context io{1};
  // From the beginning: who is told to end while it starts, ends when it has started, and cleanly.
  boost::asio::signal_set signals{io, SIGINT, SIGTERM};
  boost::asio::signal_set reload{io};
  std::unique_ptr<DataplaneHost> host;
  std::unique_ptr<Registry> registry;
  std::vector<std::unique_ptr<RecordingArena>> arenas;  // of each worker; none: nothing is recorded
  std::unique_ptr<WorkerGroup> workers;
  std::optional<Certificate> certificate;
  std::optional<DtlsContext> dtls;
  std::unique_ptr<DtlsExecutor> dtls_executor;
  std::unique_ptr<RecordingThread> recordings;  // null: there are none
  std::unique_ptr<PeerConnections> media;
  std::unique_ptr<SignallingServer> signalling;
  std::optional<janus::RoomFile> room_file;  // until its rooms are made
  std::unique_ptr<DiskThread> disk;          // null: nothing is written
  std::unique_ptr<NameThread> names;
  std::unique_ptr<janus::Core> janus;
  std::unique_ptr<whip::Service> whip;
  std::unique_ptr<ApiRouter> apis;
  std::unique_ptr<ServerBooks> books;
  std::unique_ptr<janus::AdminApi> admin_api;
  std::unique_ptr<SignallingServer> admin;  // null: switched off
};

// Workers first: they read what the registry owns. The host last but for the registry, whose pools
// its rings name.
Server::Parts::~Parts() {
  books.reset();
  whip.reset();
  janus.reset();
  media.reset();
  disk.reset();           // its thread rings the host's doorbell
  recordings.reset();     // likewise
  names.reset();          // likewise
  dtls_executor.reset();  // likewise
  if (host) host->stop_workers();
  workers.reset();
  if (host) host->stop();
}

std::expected<void, std::string> Server::Parts::start_dataplane() {
  const auto backend = srtp_backend(config.srtp);
  if (!backend) return std::unexpected(backend.error());
  auto started = DataplaneHost::start(dataplane_host_config(config));
  if (!started) return std::unexpected(started.error());
  host = std::move(*started);
  const PoolSizes sizes = pool_sizes(plan, config.limits);
  registry = std::make_unique<Registry>(host->link(), sizes, random.next_u64(), *backend,
                                        numa_pool_memory(host->numa_node()));
  WorkerGroupConfig group;
  group.udp_port_base = config.port.udp_port;
  if (config.port.media_checksums) group.media_checksum = Ipv4UdpChecksum::kCompute;
  group.marks_dscp = config.media.dscp;
  group.pacing_percent = config.media.pacing_percent;
  group.start_bps = config.media.start_bitrate_bps;
  group.consent_timeout =
      config.media.consent_timeout_s == 0 ? kNever : config.media.consent_timeout_s * kSecond;
  group.transports_max = sizes.transports;
  group.seed = random.next_u64();
  group.wall_clock = {.at = EventLoop::now(),
                      .ntp = ntp_from_unix_ns(static_cast<std::uint64_t>(unix_ns()))};
  make_arenas();
  for (const auto& arena : arenas) group.recordings.push_back(arena.get());
  auto launched = WorkerGroup::start(*host, registry->pools(), group);
  if (!launched) return std::unexpected(launched.error());
  workers = std::move(*launched);
  summary = host->summary();
  summary.push_back("SRTP: " + std::string(to_string(*backend)));
  summarize_pools();
  return {};
}

void Server::Parts::make_arenas() {
  if (!config.recording.is_on()) return;
  for (std::size_t i = 0; i < config.workers.count; ++i)
    arenas.push_back(std::make_unique<RecordingArena>(plan.arenas.slot_bytes,
                                                      numa_pool_memory(host->numa_node())));
}

std::expected<void, std::string> Server::Parts::start_recordings() {
  if (!config.recording.is_on()) return {};
  const auto kept = recording::open_folder(config.recording.folder);
  if (!kept) return std::unexpected("recording.folder: " + kept.error());
  constexpr std::uint64_t kMib = 1'024 * 1'024;
  RecordingThread::Options options;
  for (const auto& arena : arenas) options.arenas.push_back(arena.get());
  options.recordings_max = plan.subscriptions.slots();
  options.limits.duration_max = config.recording.duration_max_s * kSecond;
  options.limits.free_bytes_min = config.recording.free_mib_min * kMib;
  options.free_bytes_to_begin = config.recording.free_mib_to_begin * kMib;
  options.clock = &EventLoop::now;
  options.unix_us = &unix_us;
  options.wake = [this] { host->doorbell().ring_if_asleep(); };
  std::string kind;
  auto opened = recording::open_disk(config.recording.folder, kind);
  recordings = std::make_unique<RecordingThread>(std::move(options), std::move(opened));
  summary.push_back(
      "recordings: below " + config.recording.folder + ", by " + kind +
      (*kept == 0 ? "" : "; " + std::to_string(*kept) + " of an earlier process were finished"));
  return {};
}

std::optional<RecordingReport> Server::Parts::report_recordings() const {
  if (!recordings) return std::nullopt;
  const recording::WriterCounts counts = recordings->counts();
  RecordingReport report{.recorders = media->counts().recorders,
                         .files = counts.files,
                         .finished = counts.finished,
                         .failed = counts.failed,
                         .packets = counts.packets,
                         .bytes = counts.bytes,
                         .lost = counts.lost,
                         .free_bytes = recordings->free_bytes()};
  for (const auto& arena : arenas) report.waiting_bytes += arena->used_bytes();
  return report;
}

void Server::Parts::summarize_pools() {
  PoolSum packets{
      .pool = "packets", .limit = {}, .slot_bytes = host->stats().pool_packet_bytes, .terms = {}};
  for (const PacketPoolTerm& term : host->packet_terms()) {
    packets.terms.push_back({term.name, term.packets});
  }
  for (std::string& line : pool_table(plan, packets)) summary.push_back(std::move(line));
}

std::expected<void, std::string> Server::Parts::start_media() {
  auto made = Certificate::generate(unix_s());
  if (!made) return std::unexpected("cannot make a DTLS certificate: " + made.error());
  certificate = std::move(*made);
  DtlsOptions options;
  options.srtp_profiles = config.srtp.profiles;
  auto context = DtlsContext::create(*certificate, options);
  if (!context) return std::unexpected("cannot set DTLS up: " + context.error());
  dtls = std::move(*context);
  summary.push_back("DTLS: " + loaded_openssl());
  if (const auto warning = openssl_warning(loaded_openssl_version()))
    spdlog::warn("{}: {}", loaded_openssl(), *warning);
  dtls_executor = make_dtls_executor();
  if (auto started = start_recordings(); !started) return started;
  MediaConfig for_media = media_config(config, plan, host->local_addresses());
  for_media.recordings = recordings.get();
  media = std::make_unique<PeerConnections>(*registry, *dtls, *certificate, *dtls_executor, random,
                                            std::move(for_media));
  return {};
}

// Workers that sleep when they have nothing to do leave time on their CPUs; those that spin do not.
std::unique_ptr<DtlsExecutor> Server::Parts::make_dtls_executor() {
  if (config.media.dtls_threads == 0) return std::make_unique<InlineDtlsExecutor>();
  const bool is_spinning = config.workers.polling == config::WorkersConfig::Polling::kSpin;
  return std::make_unique<HandshakeThreads>(
      HandshakeThreads::Options{.count = config.media.dtls_threads,
                                .cpus = is_spinning ? std::nullopt : cpus,
                                .clock = &EventLoop::now,
                                .wake = [this] { host->doorbell().ring_if_asleep(); }});
}

// Fewer connections are no reason not to serve: who is over them waits to be accepted.
void Server::Parts::allow_connections() {
  const std::size_t wanted =
      config.signalling.connections_max + kAdminConnectionsMax + kOtherFilesMax;
  const std::size_t allowed = allow_open_files(wanted);
  if (allowed >= wanted) return;
  PENSTOCK_LOG_WARNING(
      "signalling.connections_max is {}, and with it {} files may be open, but this process may "
      "have {}: raise the hard limit (ulimit -Hn, LimitNOFILE= of systemd), or lower the key",
      config.signalling.connections_max, wanted, allowed);
}

std::expected<void, std::string> Server::Parts::start_signalling() {
  allow_connections();
  auto opened = SignallingServer::open(io, config.signalling, page_files());
  if (!opened) return std::unexpected(opened.error());
  signalling = std::move(*opened);
  janus = std::make_unique<janus::Core>(janus_config(config, plan, host->local_addresses()),
                                        *signalling, *media, random);
  names =
      std::make_unique<NameThread>(&look_up_host, [this] { host->doorbell().ring_if_asleep(); });
  janus->open_names(*names);
  make_rooms();
  whip = std::make_unique<whip::Service>(whip_config(config, plan), *signalling, *janus, *media,
                                         random);
  apis = std::make_unique<ApiRouter>(*janus, *whip);
  signalling->start(*apis);
  for (std::string& line : signalling_summary(config.signalling, *signalling)) {
    summary.push_back(std::move(line));
  }
  return {};
}

std::expected<void, std::string> Server::Parts::read_rooms() {
  if (config.videoroom.rooms_file.empty()) return {};
  auto file = janus::open_room_file(config.videoroom.rooms_file, {config.videoroom.string_ids},
                                    config.limits.rooms);
  if (!file) return std::unexpected("videoroom.rooms_file: " + file.error());
  room_file = *std::move(file);
  return {};
}

void Server::Parts::make_rooms() {
  if (!room_file) return;
  const std::string& path = config.videoroom.rooms_file;
  disk = std::make_unique<DiskThread>(&replace_whole_file,
                                      [this] { host->doorbell().ring_if_asleep(); });
  const std::size_t count = room_file->rooms.size();
  const auto not_made = janus->open_rooms(*std::move(room_file), *disk, EventLoop::now());
  for (const std::string& each : not_made) spdlog::warn("{}: not made, but kept: {}", path, each);
  summary.push_back("permanent rooms: " + std::to_string(count - not_made.size()) + " of " + path);
  room_file.reset();
}

std::expected<void, std::string> Server::Parts::start_admin() {
  books =
      std::make_unique<ServerBooks>(BookParts{*host, *workers, *registry, *media, *janus, *whip,
                                              *signalling, [this] { return report_recordings(); }},
                                    EventLoop::now());
  auto opened = open_admin_listener(
      io, config.admin, [this] { return books->take(EventLoop::now()); },
      [this](PeerId peer) { return media->snapshot(peer); });
  if (!opened) return std::unexpected(opened.error());
  admin = std::move(*opened);
  if (admin != nullptr) {
    admin_api = std::make_unique<janus::AdminApi>(janus->tokens(),
                                                  config.admin.admin_secret.value_or(""), *admin);
    admin->start(*admin_api);
    summary.push_back("admin: " + url("http", *admin, config.admin.address, admin->http_port()) +
                      "/ /lifetimes /metrics");
  }
  return {};
}

std::expected<std::unique_ptr<Server>, std::string> Server::start(const Config& config) {
  auto parts = std::make_unique<Parts>(config);
  if (auto read = parts->read_rooms(); !read) return std::unexpected(read.error());
  if (auto started = parts->start_dataplane(); !started) return std::unexpected(started.error());
  if (auto started = parts->start_media(); !started) return std::unexpected(started.error());
  if (auto started = parts->start_signalling(); !started) return std::unexpected(started.error());
  if (auto started = parts->start_admin(); !started) return std::unexpected(started.error());
  parts->await_reload();
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() = default;

const std::vector<std::string>& Server::summary() const { return parts_->summary; }

void Server::Parts::await_reload() {
  if (!config.signalling.tls.is_on() && !config.admin.tls.is_on()) return;
  boost::system::error_code ignored;  // it is there already
  reload.add(SIGHUP, ignored);
  reload.async_wait([this](const boost::system::error_code& error, int) {
    if (error) return;
    signalling->reload_tls();
    if (admin != nullptr) admin->reload_tls();
    await_reload();
  });
}

// What has no socket of its own.
std::vector<EventLoop::Work> Server::Parts::works() {
  return {[this](Timestamp now) {
            if (media->poll(now, *janus)) return now;
            return registry->retired().size() == 0
                       ? media->next_timeout()
                       : std::min(media->next_timeout(), now + kReclaimInterval);
          },
          [this](Timestamp now) {
            if (now >= janus->next_timeout()) janus->handle_timeout(now);
            return janus->next_timeout();
          },
          [this](Timestamp now) {
            if (now >= whip->next_timeout()) whip->handle_timeout(now);
            return whip->next_timeout();
          },
          [this](Timestamp now) { return host->work(now); },
          [this](Timestamp now) { return books->work(now); },
          [this](Timestamp now) { return service_manager.tend(now); }};
}

bool Server::run() {
  Parts& parts = *parts_;
  bool is_stopping = false;
  parts.signals.async_wait(
      [&](const boost::system::error_code& error, int) { is_stopping = !error; });
  EventLoop loop(parts.io, parts.host->doorbell(), parts.works());
  parts.service_manager.tell_ready();
  loop.run([&] { return is_stopping; });
  PENSTOCK_LOG_INFO("stopping");
  parts.service_manager.tell_stopping();
  parts.end_calls();
  return parts.close_books();
}

// Every call ends with a DTLS goodbye, so that clients need no timeout to notice.
void Server::Parts::end_calls() {
  signalling->stop();
  if (admin != nullptr) admin->stop();
  media->close_all(EventLoop::now());
  const auto is_idle = [&] { return signalling->idle() && (admin == nullptr || admin->idle()); };
  const auto is_silent = [&] { return media->counts().dtls_jobs == 0; };
  // Janus stays until the connections are gone: each one tells it when it ends.
  const Timestamp deadline = EventLoop::now() + kGoodbyeMax;
  do {
    if (media->poll(EventLoop::now(), *janus)) {
      io.poll_one();
    } else {
      io.run_one_for(kGoodbyeTurn);  // workers send the goodbyes meanwhile
    }
  } while (EventLoop::now() < deadline && !(is_idle() && is_silent()));
  // Clients that do not close in time are cut off. Janus hears of each, so it goes last.
  signalling->drop_all();
  if (admin != nullptr) admin->drop_all();
  while (!is_idle()) io.run_one_for(kGoodbyeTurn);
  whip->close_all(EventLoop::now());
  janus->close_all(EventLoop::now());
}

// The last look: nothing may be left when everything is closed. Without workers every grace period
// is over, and with the port closed every packet is back.
bool Server::Parts::close_books() {
  host->stop_workers();
  const Timestamp now = EventLoop::now();
  for (std::size_t slots = registry->retired().size() + 1; slots != 0; --slots) {
    if (!media->poll(now, *janus)) break;
  }
  const Lifetimes lifetimes = books->take(now);
  // Past the limit of lines per place, which is for what clients cause. This is said once.
  for (const std::string& line : lifetimes_lines(lifetimes)) spdlog::info("{}", line);
  books.reset();
  workers.reset();
  host->close_port();
  const PacketCounts packets = packet_counts(*host);
  const auto left = left_at_exit(lifetimes.pools, packets, host->stats().packets_kept_max);
  for (const std::string& each : left) spdlog::error("lifetimes: left behind: {}", each);
  if (left.empty()) {
    const std::string kept = packets.in_use() == 0 ? ""
                                                   : ", " + std::to_string(packets.in_use()) +
                                                         " kept by the port's driver";
    spdlog::info("lifetimes: every pool at its baseline, {} of {} packets back{}", packets.free,
                 packets.capacity, kept);
  }
  return left.empty() && lifetimes.audit.findings.empty();
}

}  // namespace penstock
