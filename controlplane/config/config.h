// The configuration of a Penstock process: read once from a TOML 1.0 file at start, then immutable
// and passed by const reference or copied by value. Every key, its default and its meaning are in
// docs/penstock.toml. The defaults are the embedded server: a TAP port, no hugepages, a room 1234.
// Owned by main; read by every component at start, on the control thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/ip_address.h"
#include "dataplane/base/limits.h"
#include "dataplane/rtp/media_types.h"

namespace penstock::config {

// An address with the length of its network prefix, such as 198.18.0.2/24.
struct IpPrefix {
  IpAddress address;
  std::uint8_t length = 0;  // of the family's own bits: 0..32 or 0..128

  bool contains(const IpAddress& other) const;
  bool operator==(const IpPrefix&) const = default;
};

// "198.18.0.2/24"
std::string to_string(const IpPrefix& prefix);

using MacAddress = std::array<std::uint8_t, 6>;

// [port]: the data port and its addresses.
struct PortConfig {
  enum class Driver : std::uint8_t { kTap, kAfPacket, kAfXdp, kPci, kSockets };

  Driver driver = Driver::kTap;
  std::string pci_address;              // kPci only: "0000:03:00.0"
  std::string interface = "penstock0";  // kTap: device to make; kAfPacket, kAfXdp: existing device
  std::optional<MacAddress> mac;        // absent: the device's own
  // Penstock's own addresses; at least one is there, but for kSockets. A gateway lies within its
  // prefix.
  std::optional<IpPrefix> ipv4;
  std::optional<IpPrefix> ipv6;
  std::optional<IpAddress> ipv4_gateway;
  std::optional<IpAddress> ipv6_gateway;
  // kTap only: what the host's end of the TAP device gets; absent: left to the operator.
  std::optional<IpPrefix> host_ipv4;
  std::optional<IpPrefix> host_ipv6;
  std::uint16_t vlan = 0;                     // IEEE 802.1Q id of all frames; 0: untagged
  std::uint16_t udp_port = 50'000;            // of worker 0; worker n has udp_port + n
  std::size_t descriptors = kNicRingEntries;  // kPci only: of each queue and direction
  bool media_checksums = false;               // UDP's, of media over IPv4; everything else has them
  bool checksum_offload = true;               // what the NIC can do of checksums, it does
  // kSockets only: those of the host that are used (empty: all), and each worker's buffers.
  std::vector<IpAddress> addresses;
  std::size_t receive_buffer_bytes = kSocketReceiveBytes;
  std::size_t send_buffer_bytes = kSocketSendBytes;

  PortConfig();
  bool operator==(const PortConfig&) const = default;
};

// [workers]: the threads of the data plane.
struct WorkersConfig {
  // kAdaptive sleeps when idle; kSpin never does.
  enum class Polling : std::uint8_t { kAdaptive, kSpin };

  std::uint32_t count = 1;
  std::vector<std::uint32_t> cpus;  // empty: not pinned; else one for each worker, distinct
  Polling polling = Polling::kAdaptive;
  // A room's peers are put on one worker up to this number, the next ones on the next worker.
  std::uint32_t room_peers_max = 500;

  bool operator==(const WorkersConfig&) const = default;
};

// [eal]: DPDK's environment. Its memory follows from the pools.
struct EalConfig {
  bool hugepages = false;
  std::vector<std::string> arguments;  // appended to those Penstock makes itself

  bool operator==(const EalConfig&) const = default;
};

// [srtp]
struct SrtpConfig {
  enum class Backend : std::uint8_t { kAuto, kIpsecMb, kVaes, kLibsrtp };

  Backend backend = Backend::kAuto;
  std::vector<SrtpProfile> profiles;  // offered in this order; never empty, no duplicates

  SrtpConfig();
  bool operator==(const SrtpConfig&) const = default;
};

// What a listener proves with who it is (TLS): files in PEM form, the chain of certificates with
// the server's own first, and its private key. Empty, both: the listener speaks plain HTTP.
struct TlsFiles {
  std::string certificate;
  std::string key;

  bool is_on() const { return !certificate.empty(); }
  bool operator==(const TlsFiles&) const = default;
};

// The header field in which a reverse proxy says who its client is.
enum class ClientAddressHeader : std::uint8_t { kXForwardedFor, kForwarded };

// [signalling]: the HTTP and WebSocket listeners and the Janus API.
struct SignallingConfig {
  IpAddress address;                     // of both listeners
  std::uint16_t http_port = 8'088;       // 0: any free one
  std::uint16_t websocket_port = 8'188;  // 0: any free one
  TlsFiles tls;                          // of both listeners
  // Values of Origin that browsers may come from, such as "https://meet.example.com"; "*": any.
  // Empty: what http/origin_rule.h says.
  std::vector<std::string> allowed_origins;
  std::uint32_t session_timeout_s = 60;
  std::uint32_t reclaim_session_timeout_s = 0;  // how long a session outlives its WebSocket
  std::optional<std::string> api_secret;        // if set, each Janus request must carry it
  // Janus: each Janus request must carry a token (or the secret): one that was stored by the Admin
  // API, or, with a secret for them, one that was signed with it.
  bool token_auth = false;
  std::optional<std::string> token_auth_secret;
  // Whose header names their clients.
  std::vector<IpPrefix> trusted_proxies;
  ClientAddressHeader client_address_header = ClientAddressHeader::kXForwardedFor;
  std::uint32_t connections_max = 16'384;
  std::uint32_t message_bytes_max = 256 * 1024;  // of a WebSocket message, an HTTP request's body
  // What was sent to clients and they have not read yet.
  std::uint64_t unread_bytes_max = 256 * 1024 * 1024;
  std::uint64_t unread_bytes_per_connection_max = 32 * 1024 * 1024;
  // What one client may have. What all may have together is in [limits].
  std::uint32_t connections_per_address_max = 8'192;  // addresses: IPv6 per /64
  std::uint32_t requests_per_address_per_s = 1'000;
  std::uint32_t requests_per_address_burst = 10'000;
  std::uint32_t sessions_per_address_max = 2'048;
  std::uint32_t sessions_per_connection_max = 2'048;
  std::uint32_t handles_per_session_max = 4'096;
  std::uint32_t rooms_per_address_max = 32;  // made without the admin_key, and still there
  std::uint32_t requests_per_session_per_s = 1'000;
  std::uint32_t requests_per_session_burst = 4'000;

  SignallingConfig();
  bool operator==(const SignallingConfig&) const = default;
};

// [admin]: counters for operators, over HTTP.
struct AdminConfig {
  IpAddress address;
  std::uint16_t port = 7'089;  // 0: no listener
  TlsFiles tls;
  std::optional<std::string> admin_secret;  // of the Admin API of Janus; absent: there is none

  AdminConfig();
  bool operator==(const AdminConfig&) const = default;
};

// [limits]: what there may be at a time. The size of every pool follows from these as a sum
// (pool_plan.h); memory for all of them is taken at start.
struct LimitsConfig {
  std::uint32_t rooms = 256;
  std::uint32_t participants = 2'048;
  std::uint32_t publishers = 1'024;      // of the participants, those who send media
  std::uint32_t subscriptions = 16'384;  // one for each stream that a participant receives
  // m-lines of one connection, published and received.
  std::uint32_t streams_per_publisher_max = kStreamsPerTransport;
  std::uint32_t subscriptions_per_subscriber_max = 128;
  std::uint32_t forwarders = 256;  // streams that are forwarded by RTP, each substream for itself
  // Kept to be sent again, for each of `publishers`; 0: nothing is sent again.
  std::uint32_t history_packets_per_publisher = 64;

  bool operator==(const LimitsConfig&) const = default;
};

// [videoroom]: the VideoRoom plugin of the Janus API, in all rooms.
struct VideoRoomConfig {
  std::optional<std::string> admin_key;  // if set, who creates a room must carry it
  bool string_ids = false;               // rooms and participants have texts as ids
  bool opaqueid_in_api = false;          // what is said to a handle carries its opaque_id
  bool lock_rtp_forward = false;         // who forwards must carry the admin_key
  std::string rooms_file;                // of permanent rooms; empty: there are none

  bool operator==(const VideoRoomConfig&) const = default;
};

// [forwarding]: where media may be sent to at a client's request (RTP forwarders).
struct ForwardingConfig {
  std::vector<IpPrefix> allowed;  // by default all
  bool multicast = false;         // to groups, too

  ForwardingConfig();
  bool operator==(const ForwardingConfig&) const = default;
};

// [whip]: WHIP and WHEP, in all rooms.
struct WhipConfig {
  std::vector<std::string> ice_servers;                     // URIs that clients are told of
  std::optional<std::string> ice_username, ice_credential;  // for those of TURN

  bool operator==(const WhipConfig&) const = default;
};

// [recording]: what publishers send, in files.
struct RecordingConfig {
  std::string folder;                 // below it the files are; empty: nothing is recorded
  std::uint32_t publishers_max = 64;  // that are recorded at a time
  std::uint32_t arena_mib = 32;       // of each worker: what waits for the disk; a power of two
  std::uint64_t free_mib_to_begin = 1'024;  // on the disk, or no recording begins
  std::uint64_t free_mib_min = 256;         // likewise, or all end
  std::uint32_t duration_max_s = 43'200;    // of one file

  bool is_on() const { return !folder.empty(); }
  bool operator==(const RecordingConfig&) const = default;
};

// [[rooms]]: a room that exists from start.
struct RoomConfig {
  std::string room;  // its id: digits of a number, or, with videoroom.string_ids, any text
  std::string description;
  std::uint32_t publishers = 6;
  std::optional<std::string> secret;  // who manages the room must carry it; absent: nobody can
  std::optional<std::string> pin;
  std::vector<Codec> audiocodec = {Codec::kOpus};  // in order of preference
  std::vector<Codec> videocodec = {Codec::kVp8, Codec::kVp9, Codec::kH264, Codec::kAv1};
  bool record = false;           // who publishes is recorded
  std::string rec_dir;           // below recording.folder; empty: in it
  bool dummy_publisher = false;  // one that holds a stream of each codec and sends nothing

  bool operator==(const RoomConfig&) const = default;
};

// [media]
struct MediaConfig {
  // Candidate addresses to announce instead of the port's own, for a 1:1 NAT in front.
  std::vector<IpAddress> announced_addresses;
  std::uint32_t consent_timeout_s = 30;         // RFC 7675; 0: never
  bool dscp = false;                            // what is sent is marked (RFC 8837)
  std::uint32_t pacing_percent = 250;           // of the rate of a receiver's video; 0: not paced
  std::uint64_t start_bitrate_bps = 1'500'000;  // that a receiver's way is taken to carry, at first
  // Of all clients together; more of them wait for their turn.
  std::uint32_t dtls_handshakes_in_flight_max = 2'048;
  std::uint32_t dtls_handshakes_per_second = 1'000;
  std::uint32_t dtls_threads = 2;   // that do them; 0: the control thread does
  std::uint32_t data_age_ms = 100;  // of what waits on an unreliable data channel
  // Janus: so many packets of an m-line lost within a second are told; 0: none are.
  std::uint32_t slowlink_threshold = 0;

  bool operator==(const MediaConfig&) const = default;
};

// [log]
struct LogConfig {
  enum class Level : std::uint8_t { kTrace, kDebug, kInfo, kWarning, kError, kOff };

  Level level = Level::kInfo;
  std::string file;  // empty: standard error

  bool operator==(const LogConfig&) const = default;
};

// The level with this name ("debug"), or nothing.
std::optional<LogConfig::Level> log_level_from(std::string_view name);

struct Config {
  PortConfig port;
  WorkersConfig workers;
  EalConfig eal;
  SrtpConfig srtp;
  SignallingConfig signalling;
  AdminConfig admin;
  LimitsConfig limits;
  MediaConfig media;
  LogConfig log;
  VideoRoomConfig videoroom;
  ForwardingConfig forwarding;
  WhipConfig whip;
  RecordingConfig recording;
  std::vector<RoomConfig> rooms;  // ids are distinct

  Config();  // the defaults
  bool operator==(const Config&) const = default;
};

// The first mistake found in a configuration.
struct ConfigError {
  std::string file;
  std::uint32_t line = 0;  // from 1; 0 if there is no line to point at (file unreadable)
  std::string key;         // "signalling.http_port"; empty for syntax errors
  std::string message;     // what is wrong and what was expected

  // "penstock.toml:12: signalling.http_port: expected an integer from 0 to 65535, found "x""
  std::string to_string() const;
};

// Parses TOML text; `name` stands for the file in errors. Keys that are absent keep their
// defaults; unknown keys, wrong types, values out of range and contradictions are errors. If there
// is a [[rooms]] table, or `rooms = []`, the default room is not made.
std::expected<Config, ConfigError> parse_config(std::string_view text, std::string_view name);

// Reads and parses a file of at most 1 MiB.
std::expected<Config, ConfigError> load_config(const std::filesystem::path& path);

// Every key that a configuration can have, as "section.key": for tests of the documentation.
std::vector<std::string> config_keys();

}  // namespace penstock::config

namespace penstock {

// The sections share names with the structs that components are made with, so only these are known
// without their namespace.
using config::Config;
using config::ConfigError;
using config::IpPrefix;
using config::load_config;
using config::log_level_from;
using config::LogConfig;
using config::parse_config;
using config::SignallingConfig;

}  // namespace penstock
