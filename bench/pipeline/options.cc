#include "bench/pipeline/options.h"

#include <CLI/CLI.hpp>
#include <map>

#include "bench/inprocess/population.h"
#include "bench/pipeline/rooms.h"
#include "dataplane/base/limits.h"

namespace penstock::bench {
namespace {

constexpr const char* kDescription =
    "Measures what Penstock's workers do with media, in this process and without a network:\n"
    "packets come SRTP-protected out of memory, go the whole way from the receive burst to the\n"
    "transmit burst, and are given back.";

constexpr const char* kFooter =
    "\n"
    "Mixes:\n"
    "  fixed      packets of --payload bytes (default); above 300 bytes they are video, of which\n"
    "             a history is kept\n"
    "  audio      50 packets of 100 bytes a second from each publisher\n"
    "  720p       30 frames and 1.5 Mb a second, every 3 s a keyframe ten times as long\n"
    "             (`video` is the same)\n"
    "  simulcast  three encodings of each publisher, 180p, 360p and 720p, of 0.15, 0.5 and\n"
    "             1.5 Mb/s. They are streams of their own: choosing a layer is not part of the\n"
    "             server yet, so a subscriber receives one of them, the first subscriber the\n"
    "             first and so on in turn.\n"
    "  carrier    --rooms of different sizes: of a thousand 400 of two people, 250 of three, 200\n"
    "             of four, 100 of five, 49 of ten and one of a hundred; 16 rooms have the same\n"
    "             shares, without the hundred. Everyone sends audio and 720p, whose packets are 2\n"
    "             ms apart, and receives everyone else.\n"
    "\n"
    "First the publishers' packets as fast as the workers take them, for throughput and cost; "
    "then\n"
    "half as fast (--load), for latency, which with --joins is measured without them, too. "
    "Several\n"
    "runs are compared with the first. Times are CPU time. What other programs do on this machine "
    "still\n"
    "shows: compare figures of one run.\n"
    "\n"
    "A room is spread over the workers; as many rooms as workers, or more, have one worker each.\n"
    "--scaling compares, in turns, one room on one worker with one room on two and with two rooms\n"
    "on two; it takes two cores with nothing else to do to judge the result by the clock.\n"
    "\n"
    "--drain-gbps sends into a ring of --ring entries that empties at the rate of a link, in\n"
    "virtual time, so that what is lost is the same in each run: one packet to 500 receivers,\n"
    "eight at once to 64 each, 25 publishers to 64, and keyframes of 50 packets to 50 and 64, all\n"
    "at --link-load; or frames of --keyframe packets from --publishers to --subscribers, if those\n"
    "are given, with smaller frames in between (--keyframe-every).";

constexpr std::size_t kPeersMax = 0xC000;
constexpr std::size_t kRoomsMax = 2'000;
constexpr std::size_t kSubscriptionsMax = 1'000'000;

using Names = std::map<std::string, Mix>;
const Names& mixes() {
  static const Names names = {{"fixed", Mix::kFixed},         {"audio", Mix::kAudio},
                              {"video", Mix::kVideo},         {"720p", Mix::kVideo},
                              {"simulcast", Mix::kSimulcast}, {"carrier", Mix::kCarrier}};
  return names;
}

void add_load_options(CLI::App& app, BenchOptions& options, std::string& mix) {
  const auto counts = CLI::Range(std::size_t{1}, std::size_t{8'192});
  app.add_option("--publishers", options.publishers, "Publishers of each room")
      ->check(CLI::Range(std::size_t{1}, kSubscriptionsPerTransportMax));
  app.add_option("--subscribers", options.subscribers, "Subscribers of each publisher")
      ->check(counts);
  app.add_option("--rooms", options.rooms, "Rooms, each with its publishers and subscribers")
      ->check(CLI::Range(std::size_t{1}, kRoomsMax));
  app.add_option("--workers", options.workers, "Workers, a thread each")
      ->check(CLI::Range(std::size_t{1}, kWorkersMax - 1));
  app.add_option("--mix", mix, "What publishers send: fixed, audio, 720p, simulcast or carrier")
      ->check(CLI::IsMember(mixes()))
      ->type_name("MIX");
  app.add_option("--payload", options.payload_bytes, "RTP payload of each packet (fixed)")
      ->check(CLI::Range(2, 1'300))
      ->type_name("BYTES");
  app.add_option("--loss", options.loss_percent, "Of the publishers' packets, lost on their way")
      ->check(CLI::Range(0.0, 50.0))
      ->type_name("PERCENT");
  app.add_option("--joins", options.joins_per_second,
                 "Members who join, and leave, while throughput and latency are measured")
      ->check(CLI::Range(0, 100'000))
      ->type_name("PER_SECOND");
  app.add_option("--load", options.load_percents,
                 "How busy workers are while latency is measured: 50, or several, as 20,80")
      ->delimiter(',')
      ->check(CLI::Range(1.0, 95.0))
      ->type_name("PERCENT");
  app.add_option("--in-flight", options.in_flight, "Packets in each worker's transmit queue")
      ->check(CLI::Range(std::size_t{0}, std::size_t{16'384}));
  app.add_option("--history", options.history_packets,
                 "Packets of video that each worker keeps, to send them again")
      ->check(CLI::Range(std::size_t{0}, std::size_t{65'536}));
  app.add_option("--keyframe", options.keyframe_packets,
                 "Measure audio's latency beside keyframes of this many packets")
      ->check(CLI::Range(std::size_t{0}, std::size_t{200}));
  app.add_flag("--scaling", options.is_scaling, "Compare one worker with two");
}

void add_drain_options(CLI::App& app, BenchOptions& options) {
  CLI::Option* drain =
      app.add_option("--drain-gbps", options.drain_gbps,
                     "Send into a ring that drains at this rate, and count what is lost")
          ->check(CLI::Range(0.01, 1'000.0))
          ->type_name("GBPS");
  for (const char* other :
       {"--scaling", "--rooms", "--workers", "--mix", "--joins", "--loss", "--load"}) {
    drain->excludes(other);
  }
  app.add_option("--ring", options.ring_entries, "Entries of the rings, both ways")
      ->check(CLI::Range(std::size_t{64}, std::size_t{16'384}))
      ->needs(drain);
  app.add_option("--link-load", options.link_load_percent, "Of the link, by media")
      ->check(CLI::Range(1.0, 200.0))
      ->type_name("PERCENT")
      ->needs(drain);
  app.add_option("--keyframe-every", options.frames_per_keyframe,
                 "Of so many frames one has --keyframe packets, the others a tenth of them")
      ->check(CLI::Range(std::size_t{1}, std::size_t{10'000}))
      ->needs(drain)
      ->needs("--keyframe");
  app.add_option("--virtual-cpu", options.cpu_ns_per_frame,
                 "What a packet that is sent costs the worker, in virtual time")
      ->check(CLI::Range(1, 100'000))
      ->type_name("NS")
      ->needs(drain);
}

// Nullptr, or what cannot be.
const char* mistake(const BenchOptions& options) {
  const RoomTotals totals = room_totals(options);
  if (totals.peers > kPeersMax) return "more than 49152 publishers and subscribers in all";
  if (totals.subscriptions > kSubscriptionsMax) {
    return "more than 1000000 subscriptions in all (rooms x publishers x subscribers)";
  }
  // A member of --joins is one more stream for somebody.
  if (options.joins_per_second != 0 &&
      options.publishers + kMemberStreamsMax > kSubscriptionsPerTransportMax) {
    return "--joins needs room for the members' streams: at most 1016 --publishers";
  }
  return nullptr;
}

// The same of options that would have no effect.
std::optional<std::string> without_effect(const CLI::App& app, const BenchOptions& options) {
  const auto find = [&](const std::string& with,
                        std::initializer_list<const char*> others) -> std::optional<std::string> {
    for (const char* other : others) {
      if (app.count(other) != 0) return with + " leaves no room for " + other;
    }
    return std::nullopt;
  };
  if (options.mix == Mix::kCarrier) {
    return find("--mix carrier",
                {"--publishers", "--subscribers", "--payload", "--keyframe", "--scaling"});
  }
  if (options.is_scaling)
    return find("--scaling", {"--rooms", "--workers", "--keyframe", "--joins", "--load"});
  if (options.keyframe_packets != 0) return find("--keyframe", {"--mix", "--load"});
  if (options.mix != Mix::kFixed) return find("this --mix", {"--payload"});
  return std::nullopt;
}

}  // namespace

std::optional<BenchOptions> parse_bench_options(int argc, const char* const* argv,
                                                int& exit_status) {
  const std::map<std::string, SrtpProfile> profiles = {{"gcm128", SrtpProfile::kAeadAes128Gcm},
                                                       {"gcm256", SrtpProfile::kAeadAes256Gcm},
                                                       {"cm80", SrtpProfile::kAes128CmSha1_80}};
  std::map<std::string, SrtpBackend> backends = {{"ipsec-mb", SrtpBackend::kIpsecMb},
                                                 {"libsrtp", SrtpBackend::kLibsrtp}};
  if (is_runnable(SrtpBackend::kVaes)) backends["vaes"] = SrtpBackend::kVaes;

  BenchOptions options;
  CLI::App app(kDescription, "penstock-bench");
  app.footer(kFooter);
  std::string mix = "fixed";
  add_load_options(app, options, mix);
  add_drain_options(app, options);
  std::string profile = "gcm128";
  app.add_option("--profile", profile, "gcm128, gcm256 or cm80")
      ->check(CLI::IsMember(profiles))
      ->type_name("PROFILE");
  std::string backend(to_string(preferred_srtp_backend()));
  app.add_option("--backend", backend, "ipsec-mb, vaes (if this CPU can) or libsrtp")
      ->check(CLI::IsMember(backends))
      ->type_name("BACKEND");
  app.add_option("--seconds", options.seconds, "How long to measure")
      ->check(CLI::Range(0.2, 600.0));
  app.add_option("--json", options.json_path, "Write the figures to a file")->type_name("FILE");
  try {
    app.parse(argc, argv);
    options.is_size_given = app.count("--publishers") + app.count("--subscribers") != 0;
    options.mix = mixes().at(mix);
    if (const auto wrong = without_effect(app, options)) throw CLI::ValidationError(*wrong);
    if (const char* wrong = mistake(options)) throw CLI::ValidationError(wrong);
  } catch (const CLI::ParseError& error) {
    exit_status = app.exit(error) == 0 ? 0 : 2;
    return std::nullopt;
  }
  options.profile = profiles.at(profile);
  options.backend = backends.at(backend);
  return options;
}

}  // namespace penstock::bench
