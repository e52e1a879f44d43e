#include "bench/load/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "bench/load/payload_mark.h"
#include "dataplane/base/limits.h"

namespace penstock::load {
namespace {

constexpr const char* kDescription =
    "Loads a server that speaks the Janus VideoRoom API over WebSocket (Penstock, Janus) with\n"
    "WebRTC peers of its own, thousands in this one process, and says what came of it: packets\n"
    "sent, received and lost, delay, jitter, and the time it took peers to join.";

constexpr const char* kFooter =
    "\n"
    "Examples:\n"
    "  penstock-load --server ws://127.0.0.1:8188 --publishers 4 --subscribers 20 --seconds 5\n"
    "  penstock-load --server ws://127.0.0.1:8188 --bind 198.18.0.10-198.18.0.200 \\\n"
    "      --publishers 10 --subscribers 500 --video 1500 --ramp 200 --seconds 30 --json out.json\n"
    "\n"
    "Every peer is a WebRTC client with a UDP socket of its own: ICE, DTLS, SRTP. Publishers send\n"
    "Opus-like audio (50 packets a second of 100 bytes) and VP8-like video (30 frames a second,\n"
    "keyframes when the server asks), or what Janus recorded, again and again: its own payloads\n"
    "but for the last 24 bytes, which are ours, its own sizes and times; when the server asks for "
    "a\n"
    "keyframe, they go on at the recording's next. Publishers and subscribers send RTCP reports,\n"
    "about one a second. A server that limits handshakes per address takes as many times more "
    "joins\n"
    "as --bind has addresses.\n"
    "\n"
    "Phases: joins (--ramp), --warmup, the steady state (--seconds), of which all figures are, "
    "then\n"
    "until half a second brings nothing more of it (10 s at most), leaves. \"steady: begin\" and\n"
    "\"steady: end\" are printed, with --quiet too, so that a script can measure the server "
    "between.\n"
    "\n"
    "Loss is counted by packet number: what publishers sent in the steady state and a subscriber\n"
    "should have, against what came. Packets that this program's own sockets dropped are shown\n"
    "apart. Delay is from before the encryption here to the kernel's receive time stamp here, of\n"
    "the decrypted share. When this program is too slow for its task, it says so.\n"
    "\n"
    "Exit status: 0 all went well, 1 the server refused or peers failed, 2 a mistake in the call.";

const std::map<std::string, SrtpProfile> kProfiles = {{"gcm128", SrtpProfile::kAeadAes128Gcm},
                                                      {"gcm256", SrtpProfile::kAeadAes256Gcm},
                                                      {"cm80", SrtpProfile::kAes128CmSha1_80}};

// What is read as text, or means something only together with other options.
struct Raw {
  std::string server;
  std::vector<std::string> binds;
  double video_kbps = 0;
  double packets_per_second = 0;
  std::uint16_t payload_bytes = 0;
  std::string profile = "gcm128";
  std::vector<std::string> recordings;
  bool has_audio = false;
};

void add_media_options(CLI::App& app, LoadOptions& options, Raw& raw) {
  app.add_flag("--audio", raw.has_audio, "Audio; without --audio, --video and --pps: both");
  app.add_option("--video", raw.video_kbps, "Video of this rate (default: 1000)")
      ->check(CLI::Range(10.0, 1e6))
      ->type_name("KBPS");
  app.add_option("--recording", raw.recordings,
                 "What to send instead: a .mjr of Janus with Opus or VP8; once for each of them")
      ->type_name("FILE");
  app.add_option("--pps", raw.packets_per_second,
                 "Packets a second of the video, instead of its rate")
      ->check(CLI::Range(1.0, 1e6))
      ->excludes("--video")
      ->type_name("N");
  app.add_option("--payload", raw.payload_bytes,
                 "RTP payload of video packets, or of audio's if there is only audio")
      ->check(CLI::Range(kPayloadBytesMin, kPayloadBytesMax))
      ->type_name("BYTES");
  app.add_option("--profile", raw.profile, "SRTP: gcm128, gcm256 or cm80")
      ->check(CLI::IsMember(kProfiles))
      ->type_name("PROFILE")
      ->capture_default_str();
  app.add_option("--decrypt-share", options.decrypt_share,
                 "Share of the received packets that is decrypted")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("SHARE")
      ->capture_default_str();
}

void add_peer_options(CLI::App& app, LoadOptions& options, Raw& raw) {
  app.add_option("--server", raw.server,
                 "ws://ADDRESS:PORT[/PATH], or wss:, whatever the certificate")
      ->required()
      ->type_name("URL");
  app.add_option("--bind", raw.binds,
                 "Local address of the peers; FIRST-LAST or several: taken in turn")
      ->delimiter(',')
      ->type_name("ADDRESS");
  app.add_option("--room", options.room, "An existing room (default: makes one, destroys it)")
      ->type_name("N");
  const auto counts = CLI::Range(0, 20'000);
  app.add_option("--publishers", options.publishers, "Peers that send")
      ->check(counts)
      ->type_name("P")
      ->capture_default_str();
  app.add_option("--subscribers", options.subscribers, "Peers that receive")
      ->check(counts)
      ->type_name("S")
      ->capture_default_str();
  app.add_option("--streams-per-subscriber", options.streams_per_subscriber,
                 "Streams that each subscriber receives, spread evenly (default: all)")
      ->check(CLI::Range(std::size_t{1}, kSubscriptionsPerTransportMax))
      ->type_name("K");
  app.add_option("--connections", options.connections,
                 "WebSockets that the peers share (default: one for each 64)")
      ->check(CLI::Range(1, 256))
      ->type_name("N");
  app.add_option("--api-secret", options.api_secret, "The server's API secret")->type_name("TEXT");
  app.add_option("--admin-key", options.admin_key, "The server's key for making rooms")
      ->type_name("TEXT");
}

void add_phase_options(CLI::App& app, LoadOptions& options) {
  app.add_option("--seconds", options.seconds, "Length of the steady state")
      ->check(CLI::Range(0.1, 86'400.0))
      ->type_name("T")
      ->capture_default_str();
  app.add_option(
         "--warmup", options.warmup_seconds,
         "Time between the last join and the measurement; video that waits for its keyframe "
         "is lost")
      ->check(CLI::Range(0.0, 3'600.0))
      ->type_name("T")
      ->capture_default_str();
  app.add_option("--ramp", options.ramp_per_second, "Peers that begin to join, per second")
      ->check(CLI::Range(0.1, 10'000.0))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--churn", options.churn_per_second,
                 "Subscribers that leave, and others that come, per second of the steady state")
      ->check(CLI::Range(0.0, 1'000.0))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--window", options.window_seconds,
                 "Parts of the steady state whose delays are in the JSON, each with its time")
      ->check(CLI::Range(0.05, 3'600.0))
      ->type_name("T");
  app.add_option("--json", options.json_path, "Write the figures to a file")->type_name("FILE");
  app.add_flag("--quiet", options.is_quiet, "No progress and no table");
}

// Nothing, or what is wrong.
std::string read_recordings(const Raw& raw, LoadOptions& options) {
  for (const std::string& path : raw.recordings) {
    auto recording = read_recording(path);
    if (!recording) return "--recording " + path + ": " + recording.error();
    const bool is_video = recording->kind == MediaKind::kVideo;
    auto& place = is_video ? options.video_recording : options.audio_recording;
    if (place) {
      return "--recording " + place->path + " and " + path + ": both are " +
             (is_video ? "video" : "audio");
    }
    place = std::move(*recording);
  }
  const bool is_made_up = raw.video_kbps > 0 || raw.packets_per_second > 0 || raw.payload_bytes > 0;
  if (options.video_recording && is_made_up) {
    return "--recording " + options.video_recording->path +
           " is the video: --video, --pps and --payload are about video that is made up";
  }
  return {};
}

void settle_media(const Raw& raw, LoadOptions& options) {
  const bool is_audio_wanted = raw.has_audio || options.audio_recording;
  const bool is_video_wanted =
      raw.video_kbps > 0 || raw.packets_per_second > 0 || options.video_recording;
  options.has_audio = is_audio_wanted || !is_video_wanted;
  options.has_video = is_video_wanted || !is_audio_wanted;
  if (raw.payload_bytes != 0) {
    (options.has_video ? options.video_payload_bytes : options.audio_payload_bytes) =
        raw.payload_bytes;
  }
  const double kbps = raw.video_kbps > 0 ? raw.video_kbps : 1'000;
  options.video_packets_per_second = raw.packets_per_second > 0
                                         ? raw.packets_per_second
                                         : kbps * 1'000 / 8 / options.video_payload_bytes;
}

// Nothing, or what is wrong.
std::string settle(const Raw& raw, LoadOptions& options) {
  const auto server = parse_server_url(raw.server);
  if (!server) return "--server " + server.error();
  options.server = *server;
  for (const std::string& text : raw.binds) {
    const auto addresses = parse_addresses(text);
    if (!addresses) return "--bind " + addresses.error();
    options.local_addresses.insert(options.local_addresses.end(), addresses->begin(),
                                   addresses->end());
  }
  options.profile = kProfiles.at(raw.profile);
  if (const std::string mistake = read_recordings(raw, options); !mistake.empty()) return mistake;
  settle_media(raw, options);
  if (options.publishers == 0) return "--publishers 0: without publishers there is no load";
  const std::size_t streams = options.publishers * options.streams_per_publisher();
  if (options.streams_per_subscriber == 0) options.streams_per_subscriber = streams;
  if (options.streams_per_subscriber > streams) {
    return "--streams-per-subscriber " + std::to_string(options.streams_per_subscriber) +
           ": the publishers have " + std::to_string(streams) + " streams";
  }
  if (options.subscribers > 0 && options.streams_per_subscriber > kSubscriptionsPerTransportMax) {
    return "each subscriber would receive " + std::to_string(streams) +
           " streams, but a peer takes " + std::to_string(kSubscriptionsPerTransportMax) +
           " at most: use --streams-per-subscriber";
  }
  if (options.churn_per_second > 0 && options.subscribers == 0) {
    return "--churn needs subscribers: they are what comes and goes";
  }
  return {};
}

}  // namespace

std::optional<LoadOptions> parse_load_options(int argc, const char* const* argv, int& exit_status) {
  LoadOptions options;
  Raw raw;
  CLI::App app(kDescription, "penstock-load");
  app.footer(kFooter);
  add_peer_options(app, options, raw);
  add_phase_options(app, options);
  add_media_options(app, options, raw);
  try {
    app.parse(argc, argv);
    const std::string mistake = settle(raw, options);
    if (!mistake.empty()) throw CLI::ValidationError(mistake);
  } catch (const CLI::ParseError& error) {
    exit_status = app.exit(error) == 0 ? 0 : 2;
    return std::nullopt;
  }
  return options;
}

std::expected<std::vector<IpAddress>, std::string> parse_addresses(const std::string& text) {
  constexpr std::size_t kAddressesMax = 65'536;
  const std::size_t dash = text.find('-');
  const auto first = parse_ip_address(text.substr(0, dash));
  const auto last = dash == std::string::npos ? first : parse_ip_address(text.substr(dash + 1));
  if (!first || !last) return std::unexpected("\"" + text + "\" is not an address or FIRST-LAST");
  std::vector<IpAddress> addresses = {*first};
  while (addresses.back() < *last && addresses.size() < kAddressesMax) {
    IpAddress next = addresses.back();
    // One more, with the carry.
    for (std::size_t i = next.bytes.size(); i-- > 0 && ++next.bytes[i] == 0;) {
    }
    addresses.push_back(next);
  }
  if (addresses.back() != *last) {
    return std::unexpected("\"" + text + "\": LAST is before FIRST, or too far behind it");
  }
  return addresses;
}

}  // namespace penstock::load
