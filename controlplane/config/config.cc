#include "controlplane/config/config.h"

#include <algorithm>
#include <bit>
#include <fstream>
#include <iterator>
#include <set>

#include "controlplane/config/config_reader.h"
#include "controlplane/config/config_values.h"
#include "controlplane/config/port_section.h"
#include "dataplane/base/ascii.h"

namespace penstock::config {
namespace {

constexpr std::size_t kFileBytesMax = 1024 * 1024;
constexpr std::size_t kTextBytesMax = 256;
constexpr std::size_t kPathBytesMax = 4'096;
constexpr std::uint32_t kDtlsThreadsMax = 64;
constexpr std::uint32_t kDataAgeMaxMs = 30'000;  // as reliable ones
constexpr std::uint32_t kPacingPercentMin = 110;
constexpr std::uint32_t kPacingPercentMax = 10'000;
constexpr std::uint64_t kStartBitrateMin = 30'000;
constexpr std::uint64_t kStartBitrateMax = 100'000'000;
constexpr std::uint32_t kLimitMax = 1U << 24;  // no pool has more slots
constexpr std::uint32_t kRateMax = 1'000'000;  // requests, of one client
constexpr std::uint32_t kConnectionsMax = 1'000'000;
constexpr std::uint64_t kMessageBytesMin = 16 * 1024;  // a session description
constexpr std::uint64_t kMessageBytesMax = 16 * 1024 * 1024;
constexpr std::uint64_t kUnreadBytesMin = 64 * 1024;
constexpr std::uint64_t kUnreadBytesMax = 1ULL << 40;
constexpr std::uint32_t kHistoryPacketsMax = 4'096;     // of a publisher
constexpr std::uint32_t kConsentTimeoutSecondsMin = 5;  // RFC 7675: checks come 4 to 6 s apart
constexpr std::uint32_t kHandshakesPerSecondMax = 100'000;
constexpr std::uint32_t kArenaMibMax = 4'096;
constexpr std::uint64_t kFreeMibMax = 1ULL << 40;
constexpr std::uint32_t kRecordingSecondsMax = 31 * 24 * 3'600;
constexpr std::uint64_t kJanusIdMax = (1ULL << 53) - 1;

void read_workers(ConfigSection section, WorkersConfig& workers) {
  section.read_integer("count", {1, kWorkersMax}, workers.count);
  section.read_list(
      "cpus", "a list of distinct CPU numbers",
      [](const toml::node& node) -> std::optional<std::uint32_t> {
        const auto cpu = node.value_exact<std::int64_t>();
        if (!cpu || *cpu < 0 || *cpu > 4'095) return std::nullopt;
        return static_cast<std::uint32_t>(*cpu);
      },
      workers.cpus);
  section.read_parsed("polling", "\"adaptive\" or \"spin\"", parse_polling, workers.polling);
  section.read_integer("room_peers_max", {1, 1'000'000}, workers.room_peers_max);
  if (!workers.cpus.empty() && workers.cpus.size() != workers.count) {
    section.fail("cpus", "there must be one CPU for each of the " + std::to_string(workers.count) +
                             " workers, or none");
  }
  section.finish();
}

void read_eal(ConfigSection section, EalConfig& eal) {
  section.read_bool("hugepages", eal.hugepages);
  section.read_list("arguments", "a list of distinct strings", text_element, eal.arguments);
  section.finish();
}

void read_srtp(ConfigSection section, SrtpConfig& srtp) {
  section.read_parsed("backend", "\"auto\", \"ipsec-mb\", \"vaes\" or \"libsrtp\"", parse_backend,
                      srtp.backend);
  const std::string expected =
      "a list of distinct profiles out of AEAD_AES_128_GCM, AEAD_AES_256_GCM, "
      "AES128_CM_HMAC_SHA1_80";
  section.read_list("profiles", expected, profile_element, srtp.profiles);
  if (srtp.profiles.empty()) section.fail("profiles", "there must be at least one profile");
  section.finish();
}

std::optional<IpAddress> any_address(std::string_view text) {
  const auto address = parse_ip_address(text);
  return address ? std::optional(*address) : std::nullopt;
}

void read_path(ConfigSection& section, std::string_view key, const char* if_empty,
               std::string& out) {
  section.read(key, std::string("a path, or \"\" for ") + if_empty, [&](const toml::node& node) {
    const auto text = node.value_exact<std::string>();
    if (!text || text->size() > kPathBytesMax || text->find('\0') != std::string::npos)
      return false;
    out = *text;
    return true;
  });
}

// What is in the files is looked at when the listeners start (http/tls_context.h).
void read_tls(ConfigSection& section, TlsFiles& tls) {
  read_path(section, "tls_certificate", "no TLS", tls.certificate);
  read_path(section, "tls_key", "no TLS", tls.key);
  if (tls.certificate.empty() == tls.key.empty()) return;
  section.fail(tls.key.empty() ? "tls_key" : "tls_certificate",
               "TLS needs both tls_certificate and tls_key");
}

void read_client_limits(ConfigSection& section, SignallingConfig& signalling) {
  section.read_integer("connections_per_address_max", {1, kLimitMax},
                       signalling.connections_per_address_max);
  section.read_integer("requests_per_address_per_s", {1, kRateMax},
                       signalling.requests_per_address_per_s);
  section.read_integer("requests_per_address_burst", {1, kRateMax},
                       signalling.requests_per_address_burst);
  section.read_integer("sessions_per_address_max", {1, kLimitMax},
                       signalling.sessions_per_address_max);
  section.read_integer("sessions_per_connection_max", {1, kLimitMax},
                       signalling.sessions_per_connection_max);
  section.read_integer("handles_per_session_max", {1, kLimitMax},
                       signalling.handles_per_session_max);
  section.read_integer("rooms_per_address_max", {1, kLimitMax}, signalling.rooms_per_address_max);
  section.read_integer("requests_per_session_per_s", {1, kRateMax},
                       signalling.requests_per_session_per_s);
  section.read_integer("requests_per_session_burst", {1, kRateMax},
                       signalling.requests_per_session_burst);
}

void read_optional_text(ConfigSection& section, std::string_view key,
                        std::optional<std::string>& out) {
  std::string text;
  section.read_text(key, kTextBytesMax, text);
  if (!text.empty()) out = std::move(text);
}

void read_signalling(ConfigSection section, SignallingConfig& signalling) {
  section.read_parsed("address", "an IP address (\"0.0.0.0\" or \"::\" for all)", any_address,
                      signalling.address);
  section.read_integer("http_port", {0, 65'535}, signalling.http_port);
  section.read_integer("websocket_port", {0, 65'535}, signalling.websocket_port);
  read_tls(section, signalling.tls);
  section.read_list("allowed_origins",
                    "a list of distinct origins such as \"https://meet.example.com\", or of \"*\"",
                    origin_element, signalling.allowed_origins);
  section.read_integer("session_timeout_s", {5, 3'600}, signalling.session_timeout_s);
  section.read_integer("reclaim_session_timeout_s", {0, 3'600},
                       signalling.reclaim_session_timeout_s);
  if (section.has("api_secret")) signalling.api_secret.emplace();
  std::string secret;
  section.read_text("api_secret", kTextBytesMax, secret);
  if (signalling.api_secret) signalling.api_secret = secret;
  section.read_bool("token_auth", signalling.token_auth);
  read_optional_text(section, "token_auth_secret", signalling.token_auth_secret);
  if (signalling.token_auth_secret && !signalling.token_auth)
    section.fail("token_auth_secret", "needs signalling.token_auth = true");
  section.read_list("trusted_proxies",
                    "a list of distinct addresses and networks such as \"192.0.2.0/24\"",
                    network_element, signalling.trusted_proxies);
  section.read_parsed("client_address_header", "\"X-Forwarded-For\" or \"Forwarded\"",
                      parse_client_address_header, signalling.client_address_header);
  section.read_integer("connections_max", {16, kConnectionsMax}, signalling.connections_max);
  section.read_integer("message_bytes_max", {kMessageBytesMin, kMessageBytesMax},
                       signalling.message_bytes_max);
  section.read_integer("unread_bytes_max", {kUnreadBytesMin, kUnreadBytesMax},
                       signalling.unread_bytes_max);
  section.read_integer("unread_bytes_per_connection_max", {kUnreadBytesMin, kUnreadBytesMax},
                       signalling.unread_bytes_per_connection_max);
  read_client_limits(section, signalling);
  if (signalling.http_port != 0 && signalling.http_port == signalling.websocket_port) {
    section.fail("websocket_port", "must differ from signalling.http_port");
  }
  section.finish();
}

void read_admin(ConfigSection section, AdminConfig& admin) {
  section.read_parsed("address", "an IP address (\"0.0.0.0\" or \"::\" for all)", any_address,
                      admin.address);
  section.read_integer("port", {0, 65'535}, admin.port);
  read_tls(section, admin.tls);
  read_optional_text(section, "admin_secret", admin.admin_secret);
  section.finish();
}

// What fits the pools that follow from these is asked later, of all together (pool_plan.h).
void read_limits(ConfigSection section, LimitsConfig& limits) {
  section.read_integer("rooms", {1, kLimitMax}, limits.rooms);
  section.read_integer("participants", {2, kLimitMax}, limits.participants);
  section.read_integer("publishers", {1, kLimitMax}, limits.publishers);
  section.read_integer("subscriptions", {1, kLimitMax}, limits.subscriptions);
  section.read_integer("streams_per_publisher_max", {1, kStreamsPerTransportMax},
                       limits.streams_per_publisher_max);
  section.read_integer("subscriptions_per_subscriber_max", {1, kSubscriptionsPerTransportMax},
                       limits.subscriptions_per_subscriber_max);
  section.read_integer("forwarders", {0, kLimitMax}, limits.forwarders);
  section.read_integer("history_packets_per_publisher", {0, kHistoryPacketsMax},
                       limits.history_packets_per_publisher);
  section.finish();
}

void read_media(ConfigSection section, MediaConfig& media) {
  section.read_list("announced_addresses", "a list of distinct IP addresses", address_element,
                    media.announced_addresses);
  section.read_integer("consent_timeout_s", {0, 120}, media.consent_timeout_s);
  if (media.consent_timeout_s > 0 && media.consent_timeout_s < kConsentTimeoutSecondsMin) {
    section.fail("consent_timeout_s",
                 "must be 0 (never) or at least " + std::to_string(kConsentTimeoutSecondsMin));
  }
  section.read_bool("dscp", media.dscp);
  section.read_integer("pacing_percent", {0, kPacingPercentMax}, media.pacing_percent);
  if (media.pacing_percent > 0 && media.pacing_percent < kPacingPercentMin) {
    section.fail("pacing_percent",
                 "must be 0 (not paced) or at least " + std::to_string(kPacingPercentMin));
  }
  section.read_integer("start_bitrate_bps", {kStartBitrateMin, kStartBitrateMax},
                       media.start_bitrate_bps);
  section.read_integer("dtls_handshakes_in_flight_max", {1, kLimitMax},
                       media.dtls_handshakes_in_flight_max);
  section.read_integer("dtls_handshakes_per_second", {1, kHandshakesPerSecondMax},
                       media.dtls_handshakes_per_second);
  section.read_integer("dtls_threads", {0, kDtlsThreadsMax}, media.dtls_threads);
  section.read_integer("data_age_ms", {1, kDataAgeMaxMs}, media.data_age_ms);
  section.read_integer("slowlink_threshold", {0, kRateMax}, media.slowlink_threshold);
  section.finish();
}

void read_log(ConfigSection section, LogConfig& log) {
  section.read_parsed("level", R"("trace", "debug", "info", "warning", "error" or "off")",
                      log_level_from, log.level);
  read_path(section, "file", "standard error", log.file);
  section.finish();
}

void read_videoroom(ConfigSection section, VideoRoomConfig& videoroom) {
  read_optional_text(section, "admin_key", videoroom.admin_key);
  section.read_bool("string_ids", videoroom.string_ids);
  section.read_bool("opaqueid_in_api", videoroom.opaqueid_in_api);
  section.read_bool("lock_rtp_forward", videoroom.lock_rtp_forward);
  if (videoroom.lock_rtp_forward && !videoroom.admin_key)
    section.fail("lock_rtp_forward", "needs videoroom.admin_key, which nobody could show");
  read_path(section, "rooms_file", "no permanent rooms", videoroom.rooms_file);
  section.finish();
}

void read_forwarding(ConfigSection section, ForwardingConfig& forwarding) {
  section.read_list(
      "allowed", "a list of distinct addresses and networks such as \"192.0.2.0/24\" or \"::/0\"",
      destination_element, forwarding.allowed);
  section.read_bool("multicast", forwarding.multicast);
  section.finish();
}

void read_whip(ConfigSection section, WhipConfig& whip) {
  section.read_list("ice_servers", "a list of distinct URIs such as \"stun:stun.example.com\"",
                    ice_server_element, whip.ice_servers);
  read_optional_text(section, "ice_username", whip.ice_username);
  read_optional_text(section, "ice_credential", whip.ice_credential);
  section.finish();
}

void read_recording(ConfigSection section, RecordingConfig& recording) {
  read_path(section, "folder", "no recordings", recording.folder);
  section.read_integer("publishers_max", {1, kLimitMax}, recording.publishers_max);
  section.read_integer("arena_mib", {1, kArenaMibMax}, recording.arena_mib);
  if (!std::has_single_bit(recording.arena_mib))
    section.fail("arena_mib", "must be a power of two");
  section.read_integer("free_mib_to_begin", {0, kFreeMibMax}, recording.free_mib_to_begin);
  section.read_integer("free_mib_min", {0, kFreeMibMax}, recording.free_mib_min);
  if (recording.free_mib_min > recording.free_mib_to_begin)
    section.fail("free_mib_min", "must be at most recording.free_mib_to_begin");
  section.read_integer("duration_max_s", {1, kRecordingSecondsMax}, recording.duration_max_s);
  section.finish();
}

// A number is a good text, too: configurations go on when string_ids is switched on.
void read_room_id(ConfigSection& section, bool string_ids, std::string& out) {
  const toml::node* node = section.find("room");
  if (string_ids && node != nullptr && node->is_string()) {
    return section.read_text("room", kTextBytesMax, out);
  }
  if (node != nullptr && node->is_string()) {
    section.fail("room", "an id that is a text needs videoroom.string_ids = true");
  }
  std::uint64_t number = 0;
  section.read_integer("room", {1, kJanusIdMax}, number);
  if (number != 0) out = std::to_string(number);
}

void read_room(ConfigSection section, bool string_ids, RoomConfig& room) {
  read_room_id(section, string_ids, room.room);
  section.read_text("description", kTextBytesMax, room.description);
  section.read_integer("publishers", {1, 10'000}, room.publishers);
  read_optional_text(section, "secret", room.secret);
  read_optional_text(section, "pin", room.pin);
  section.read_list("audiocodec", "a list of distinct audio codecs out of opus",
                    codec_element<MediaKind::kAudio>, room.audiocodec);
  section.read_list("videocodec", "a list of distinct video codecs out of vp8, vp9, h264, av1",
                    codec_element<MediaKind::kVideo>, room.videocodec);
  section.read_bool("record", room.record);
  read_path(section, "rec_dir", "recording.folder itself", room.rec_dir);
  section.read_bool("dummy_publisher", room.dummy_publisher);
  if (room.audiocodec.empty()) section.fail("audiocodec", "there must be at least one codec");
  if (room.videocodec.empty()) section.fail("videocodec", "there must be at least one codec");
  if (room.room.empty()) section.fail("room", "a room needs an id");
  if (room.description.empty()) room.description = "Room " + room.room;
  section.finish();
}

void read_rooms(ConfigReading& reading, const toml::table& root, bool string_ids,
                std::vector<RoomConfig>& rooms) {
  const toml::node* node = root.get("rooms");
  if (node == nullptr) {
    // No room to read, but its keys are to be known.
    ConfigReading keys_only;
    RoomConfig no_room;
    read_room(ConfigSection(keys_only, nullptr, "rooms"), string_ids, no_room);
    reading.keys.insert(reading.keys.end(), keys_only.keys.begin(), keys_only.keys.end());
    return;
  }
  const toml::array* list = node->as_array();
  if (list == nullptr || std::any_of(list->begin(), list->end(),
                                     [](const toml::node& each) { return !each.is_table(); })) {
    reading.fail(node->source(), "rooms", "expected [[rooms]] tables, or rooms = []");
    return;
  }
  rooms.clear();
  std::set<std::string> ids;
  for (const toml::node& each : *list) {
    RoomConfig room;
    read_room(ConfigSection(reading, each.as_table(), "rooms"), string_ids, room);
    if (!ids.insert(room.room).second) {
      reading.fail(each.source(), "rooms.room", "room " + room.room + " is there twice");
    }
    rooms.push_back(std::move(room));
  }
}

constexpr std::array<std::string_view, 14> kSections = {
    "port",  "workers", "eal",       "srtp",       "signalling", "admin",     "limits",
    "media", "log",     "videoroom", "forwarding", "whip",       "recording", "rooms"};

void check_sections(ConfigReading& reading, const toml::table& root) {
  for (const auto& [key, node] : root) {
    if (std::find(kSections.begin(), kSections.end(), key.str()) == kSections.end()) {
      std::string message = "unknown section; expected one of: ";
      for (std::size_t i = 0; i < kSections.size(); ++i) {
        message += (i == 0 ? "" : ", ") + std::string(kSections[i]);
      }
      reading.fail(key.source(), std::string(key.str()), std::move(message));
    } else if (key.str() != "rooms" && !node.is_table()) {
      reading.fail(node.source(), std::string(key.str()), "expected a [table]");
    }
  }
}

void check_listeners(ConfigReading& reading, const toml::table& root, const Config& config) {
  const std::uint16_t port = config.admin.port;
  if (port == 0 ||
      (port != config.signalling.http_port && port != config.signalling.websocket_port)) {
    return;
  }
  const toml::node* node = root["admin"]["port"].node();
  reading.fail(node == nullptr ? root.source() : node->source(), "admin.port",
               "must differ from the ports of signalling");
}

// Where nobody can store a token, nobody can use the API.
void check_tokens(ConfigReading& reading, const toml::table& root, const Config& config) {
  const SignallingConfig& signalling = config.signalling;
  if (!signalling.token_auth || signalling.token_auth_secret) return;
  if (config.admin.admin_secret && config.admin.port != 0) return;
  reading.fail(root["signalling"]["token_auth"].node()->source(), "signalling.token_auth",
               "needs signalling.token_auth_secret, or admin.admin_secret and admin.port, with "
               "which tokens are stored");
}

// Rooms are made at start, where nobody is left to be told that there is no place for them.
void check_rooms(ConfigReading& reading, const toml::table& root, const Config& config) {
  std::size_t dummies = 0;
  std::size_t streams = 0;
  for (const RoomConfig& room : config.rooms) {
    if (!room.dummy_publisher) continue;
    ++dummies;
    streams += room.audiocodec.size() + room.videocodec.size();
  }
  const toml::node* node = root["rooms"].node();
  const toml::source_region& source = node == nullptr ? root.source() : node->source();
  if (config.rooms.size() > config.limits.rooms) {
    reading.fail(source, "rooms", "there are more rooms than limits.rooms");
  } else if (dummies > config.limits.participants || streams > config.limits.publishers) {
    reading.fail(source, "rooms",
                 "dummy publishers need limits.participants for each of them and "
                 "limits.publishers for each of their streams");
  }
}

void read_root(ConfigReading& reading, const toml::table& root, Config& config) {
  check_sections(reading, root);
  const auto section = [&](std::string_view name) {
    return ConfigSection(reading, root[name].as_table(), std::string(name));
  };
  read_port(section("port"), config.port);
  read_workers(section("workers"), config.workers);
  read_eal(section("eal"), config.eal);
  read_srtp(section("srtp"), config.srtp);
  read_signalling(section("signalling"), config.signalling);
  read_admin(section("admin"), config.admin);
  read_limits(section("limits"), config.limits);
  read_media(section("media"), config.media);
  read_log(section("log"), config.log);
  read_videoroom(section("videoroom"), config.videoroom);
  read_forwarding(section("forwarding"), config.forwarding);
  read_whip(section("whip"), config.whip);
  read_recording(section("recording"), config.recording);
  read_rooms(reading, root, config.videoroom.string_ids, config.rooms);
  check_listeners(reading, root, config);
  check_tokens(reading, root, config);
  check_rooms(reading, root, config);
}

}  // namespace

PortConfig::PortConfig()
    : ipv4(parse_prefix("198.18.0.2/24")),
      ipv6(parse_prefix("fd00:198:18::2/64")),
      host_ipv4(parse_prefix("198.18.0.1/24")),
      host_ipv6(parse_prefix("fd00:198:18::1/64")) {}

ForwardingConfig::ForwardingConfig()
    : allowed{{IpAddress::from_v4({0, 0, 0, 0}), 0}, {IpAddress{}, 0}} {}

SrtpConfig::SrtpConfig()
    : profiles{SrtpProfile::kAeadAes128Gcm, SrtpProfile::kAeadAes256Gcm,
               SrtpProfile::kAes128CmSha1_80} {}

// A proxy on the same host is trusted: nobody else can connect from there.
SignallingConfig::SignallingConfig()
    : address(IpAddress::from_v4({127, 0, 0, 1})),
      trusted_proxies{*parse_network("127.0.0.0/8"), *parse_network("::1")} {}

AdminConfig::AdminConfig() : address(IpAddress::from_v4({127, 0, 0, 1})) {}

Config::Config() {
  RoomConfig room;
  room.room = "1234";
  room.description = "Demo room";
  rooms.push_back(std::move(room));
}

// One line, whatever the file has at the place of the mistake.
std::string ConfigError::to_string() const {
  std::string text = file;
  if (line > 0) text += ":" + std::to_string(line);
  if (!key.empty()) text += ": " + key;
  text += ": " + message;
  std::string printable;
  for (const char character : text) {
    if (character == '\n') {
      printable += "\\n";
    } else if (is_control(character)) {
      printable += '?';
    } else {
      printable += character;
    }
  }
  return printable;
}

std::expected<Config, ConfigError> parse_config(std::string_view text, std::string_view name) {
  ConfigReading reading{std::string(name), std::nullopt, {}};
  Config config;
  try {
    const toml::table root = toml::parse(text, std::string(name));
    read_root(reading, root, config);
  } catch (const toml::parse_error& error) {
    reading.fail(error.source(), {}, "not TOML: " + std::string(error.description()));
  }
  if (reading.error) return std::unexpected(*std::move(reading.error));
  return config;
}

std::expected<Config, ConfigError> load_config(const std::filesystem::path& path) {
  const auto failure = [&](std::string message) {
    return std::unexpected(ConfigError{path.string(), 0, {}, std::move(message)});
  };
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return failure("there is no such file");
  if (std::filesystem::file_size(path, error) > kFileBytesMax || error) {
    return failure("the file is larger than 1 MiB");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return failure("the file cannot be read");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return parse_config(text, path.string());
}

std::vector<std::string> config_keys() {
  ConfigReading reading;
  Config config;
  read_root(reading, toml::table{}, config);
  return reading.keys;
}

}  // namespace penstock::config
