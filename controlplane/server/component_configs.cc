#include "controlplane/server/component_configs.h"

#include <algorithm>

#include "controlplane/server/unix_time.h"
#include "dataplane/base/ascii.h"

namespace penstock {
namespace {

PortDriver port_driver(config::PortConfig::Driver driver) {
  switch (driver) {
    case config::PortConfig::Driver::kTap:
      return PortDriver::kTap;
    case config::PortConfig::Driver::kAfPacket:
      return PortDriver::kAfPacket;
    case config::PortConfig::Driver::kAfXdp:
      return PortDriver::kAfXdp;
    case config::PortConfig::Driver::kPci:
      return PortDriver::kPci;
    case config::PortConfig::Driver::kSockets:
      return PortDriver::kSockets;
  }
  return PortDriver::kTap;
}

InterfaceNetwork network(const std::optional<IpPrefix>& prefix,
                         const std::optional<IpAddress>& gateway) {
  InterfaceNetwork network;
  if (!prefix) return network;
  network.address = prefix->address;
  network.prefix_bits = prefix->length;
  if (gateway) network.gateway = *gateway;
  return network;
}

// As a quoted-string (RFC 9110 section 5.6.4); what no header field may have is left out.
std::string quoted_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (!is_control(c)) quoted += c;
  }
  return quoted + '"';
}

// A number was read as one: its digits are good.
room::Id room_id(const Config& config, const config::RoomConfig& room) {
  return config.videoroom.string_ids ? room::Id(room.room)
                                     : room::Id(std::uint64_t{std::stoull(room.room)});
}

// Where datagrams come from that answer nobody: the first address of each family. The kernel's
// sockets choose by the way, if they are not bound to one.
std::vector<IpAddress> source_addresses(const Config& config,
                                        const std::vector<IpAddress>& addresses) {
  const bool is_chosen_late =
      config.port.driver == config::PortConfig::Driver::kSockets && addresses.size() != 1;
  std::vector<IpAddress> sources;
  for (const IpAddress& address : addresses) {
    if (std::ranges::find(sources, address.is_v4(), &IpAddress::is_v4) != sources.end()) continue;
    const IpAddress any = address.is_v4() ? IpAddress::from_v4({0, 0, 0, 0}) : IpAddress{};
    sources.push_back(is_chosen_late ? any : address);
  }
  return sources;
}

janus::ForwardingRules forwarding_rules(const Config& config,
                                        const std::vector<IpAddress>& addresses) {
  janus::ForwardingRules rules;
  for (const IpPrefix& prefix : config.forwarding.allowed)
    rules.allowed.push_back({prefix.address, prefix.length});
  rules.allows_multicast = config.forwarding.multicast;
  rules.own = addresses;
  rules.own.insert(rules.own.end(), config.media.announced_addresses.begin(),
                   config.media.announced_addresses.end());
  rules.own_port = config.port.udp_port;
  rules.own_ports = config.workers.count;
  if (config.port.ipv4) rules.link = {config.port.ipv4->address, config.port.ipv4->length};
  rules.needs_admin_key = config.videoroom.lock_rtp_forward;
  return rules;
}

}  // namespace

PoolSizes pool_sizes(const PoolPlan& plan, const config::LimitsConfig& limits) {
  return {.transports = plan.transports.slots(),
          .publishing = plan.publisher_tables.slots(),
          .receiving = plan.subscriber_tables.slots(),
          .streams_per_transport = limits.streams_per_publisher_max,
          .subscriptions_per_transport = limits.subscriptions_per_subscriber_max,
          .streams = plan.streams.slots(),
          .subscriptions = plan.subscriptions.slots(),
          .slot_bytes = plan.slots.slot_bytes,
          .keeps_packets = limits.history_packets_per_publisher != 0};
}

DataplaneHostConfig dataplane_host_config(const Config& config) {
  DataplaneHostConfig host;
  host.worker_count = config.workers.count;
  host.worker_cpus.assign(config.workers.cpus.begin(), config.workers.cpus.end());
  host.uses_hugepages = config.eal.hugepages;
  host.eal_arguments = config.eal.arguments;
  host.is_debugging = config.log.level <= LogConfig::Level::kDebug;
  host.port.driver = port_driver(config.port.driver);
  host.port.device = config.port.driver == config::PortConfig::Driver::kPci
                         ? config.port.pci_address
                         : config.port.interface;
  host.port.udp_port_base = config.port.udp_port;
  host.port.descriptors = config.port.descriptors;
  host.port.checksum_offload = config.port.checksum_offload;
  host.port.media_has_checksums = config.port.ipv6.has_value() || config.port.media_checksums;
  host.port.addresses = config.port.addresses;
  host.port.receive_buffer_bytes = config.port.receive_buffer_bytes;
  host.port.send_buffer_bytes = config.port.send_buffer_bytes;
  if (config.port.mac) host.port.tap_mac = MacAddress{*config.port.mac};
  host.tap_host = {.ipv4 = {}, .ipv4_prefix_bits = 0, .ipv6 = {}, .ipv6_prefix_bits = 0};
  if (config.port.host_ipv4) {
    host.tap_host.ipv4 = config.port.host_ipv4->address;
    host.tap_host.ipv4_prefix_bits = config.port.host_ipv4->length;
  }
  if (config.port.host_ipv6) {
    host.tap_host.ipv6 = config.port.host_ipv6->address;
    host.tap_host.ipv6_prefix_bits = config.port.host_ipv6->length;
  }
  host.addresses.vlan_id = config.port.vlan;
  host.addresses.ipv4 = network(config.port.ipv4, config.port.ipv4_gateway);
  host.addresses.ipv6 = network(config.port.ipv6, config.port.ipv6_gateway);
  host.polling.mode = config.workers.polling == config::WorkersConfig::Polling::kSpin
                          ? PollingMode::kSpin
                          : PollingMode::kAdaptive;
  return host;
}

MediaConfig media_config(const Config& config, const PoolPlan& plan,
                         const std::vector<IpAddress>& addresses) {
  MediaConfig media;
  media.candidate_addresses = config.media.announced_addresses;
  if (media.candidate_addresses.empty()) media.candidate_addresses = addresses;
  media.udp_port_base = config.port.udp_port;
  media.room_peers_per_worker_max = config.workers.room_peers_max;
  media.peers_max = plan.peers.slots();
  media.forwarders_max = config.limits.forwarders;
  media.source_addresses = source_addresses(config, addresses);
  media.has_history = config.limits.history_packets_per_publisher != 0;
  media.streams_per_publisher_max = config.limits.streams_per_publisher_max;
  media.subscriptions_per_subscriber_max = config.limits.subscriptions_per_subscriber_max;
  media.handshakes = {.in_flight_max = config.media.dtls_handshakes_in_flight_max,
                      .per_second = config.media.dtls_handshakes_per_second};
  media.slow_link_packets = config.media.slowlink_threshold;
  media.data_age_max = config.media.data_age_ms * kMillisecond;
  return media;
}

// RFC 9725 section 4.6.
whip::Config whip_config(const Config& config, const PoolPlan& plan) {
  whip::Config whip;
  whip.sessions = plan.whip_sessions.slots();
  whip.sessions_per_address_max = config.signalling.sessions_per_address_max;
  whip.has_string_ids = config.videoroom.string_ids;
  for (const std::string& uri : config.whip.ice_servers) {
    std::string link = "<" + uri + ">; rel=\"ice-server\"";
    const bool is_turn = uri.starts_with("turn");
    if (is_turn && config.whip.ice_username)
      link += "; username=" + quoted_string(*config.whip.ice_username);
    if (is_turn && config.whip.ice_credential) {
      link += "; credential=" + quoted_string(*config.whip.ice_credential) +
              "; credential-type=\"password\"";
    }
    whip.ice_links.push_back(std::move(link));
  }
  return whip;
}

janus::JanusConfig janus_config(const Config& config, const PoolPlan& plan,
                                const std::vector<IpAddress>& addresses) {
  janus::JanusConfig janus;
  janus.version = PENSTOCK_VERSION;
  for (const IpAddress& address : addresses) {
    if (!address.is_v4()) {
      janus.has_ipv6 = true;
    } else if (janus.local_ip.empty()) {
      janus.local_ip = to_string(address);
    }
  }
  janus.api_secret = config.signalling.api_secret.value_or("");
  janus.tokens = {.are_needed = config.signalling.token_auth,
                  .signing_secret = config.signalling.token_auth_secret.value_or(""),
                  .unix_time_s = &unix_s};
  janus.session_timeout = config.signalling.session_timeout_s * kSecond;
  janus.reclaim_session_timeout = config.signalling.reclaim_session_timeout_s * kSecond;
  janus.limits.rooms = plan.rooms.slots();
  janus.limits.participants = plan.publishers.slots();
  janus.limits.subscribers = plan.subscribers.slots();
  janus.limits.subscriptions_per_subscriber_max = config.limits.subscriptions_per_subscriber_max;
  janus.limits.sessions = plan.sessions.slots();
  janus.limits.handles = plan.handles.slots();
  janus.limits.unread_bytes_per_session_max = config.signalling.unread_bytes_per_connection_max;
  janus.limits.unread_bytes_max = config.signalling.unread_bytes_max;
  janus.limits.sessions_per_address_max = config.signalling.sessions_per_address_max;
  janus.limits.sessions_per_connection_max = config.signalling.sessions_per_connection_max;
  janus.limits.handles_per_session_max = config.signalling.handles_per_session_max;
  janus.limits.rooms_per_address_max = config.signalling.rooms_per_address_max;
  janus.limits.requests_per_session_per_s = config.signalling.requests_per_session_per_s;
  janus.limits.requests_per_session_burst = config.signalling.requests_per_session_burst;
  janus.admin_key = config.videoroom.admin_key.value_or("");
  janus.has_string_ids = config.videoroom.string_ids;
  janus.forwarding = forwarding_rules(config, addresses);
  janus.has_opaque_id_in_api = config.videoroom.opaqueid_in_api;
  janus.recording_folder = config.recording.folder;
  janus.static_rooms.clear();
  for (const config::RoomConfig& room : config.rooms) {
    janus::StaticRoom static_room{.id = room_id(config, room), .settings = {}};
    static_room.settings.description = room.description;
    static_room.settings.publishers_max = room.publishers;
    static_room.settings.secret = room.secret.value_or("");
    static_room.settings.pin = room.pin.value_or("");
    static_room.settings.audio_codecs = room.audiocodec;
    static_room.settings.video_codecs = room.videocodec;
    static_room.settings.is_recorded = room.record && config.recording.is_on();
    static_room.settings.recording_folder = room.rec_dir;
    if (room.dummy_publisher) static_room.settings.dummy.emplace();
    janus.static_rooms.push_back(std::move(static_room));
  }
  return janus;
}

std::expected<SrtpBackend, std::string> srtp_backend(const config::SrtpConfig& srtp) {
  switch (srtp.backend) {
    case config::SrtpConfig::Backend::kAuto:
      return preferred_srtp_backend();
    case config::SrtpConfig::Backend::kIpsecMb:
      return SrtpBackend::kIpsecMb;
    case config::SrtpConfig::Backend::kLibsrtp:
      return SrtpBackend::kLibsrtp;
    case config::SrtpConfig::Backend::kVaes:
      break;
  }
  if (is_runnable(SrtpBackend::kVaes)) return SrtpBackend::kVaes;
  return std::unexpected(
      "srtp.backend is \"vaes\", but this CPU has no VAES and VPCLMULQDQ: use \"auto\"");
}

}  // namespace penstock
