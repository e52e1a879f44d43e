#include "controlplane/config/config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <string>

namespace penstock {
using namespace config;
namespace {

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

Config parsed(std::string_view text) {
  auto config = parse_config(text, "test.toml");
  EXPECT_TRUE(config.has_value()) << config.error().to_string();
  return config.value_or(Config());
}

TEST(ConfigTest, EmptyTextIsTheEmbeddedDefault) {
  const Config config = parsed("");
  EXPECT_EQ(config, Config());
  EXPECT_EQ(config.port.driver, PortConfig::Driver::kTap);
  EXPECT_EQ(to_string(*config.port.ipv4), "198.18.0.2/24");
  EXPECT_EQ(to_string(*config.port.host_ipv6), "fd00:198:18::1/64");
  EXPECT_FALSE(config.eal.hugepages);
  ASSERT_EQ(config.rooms.size(), 1U);
  EXPECT_EQ(config.rooms[0].room, "1234");
  EXPECT_FALSE(config.rooms[0].secret.has_value());
  EXPECT_FALSE(config.videoroom.admin_key.has_value());
}

TEST(ConfigTest, ReferenceFileEqualsTheDefaults) {
  const auto config = load_config(PENSTOCK_REFERENCE_CONFIG);
  ASSERT_TRUE(config.has_value()) << config.error().to_string();
  EXPECT_EQ(*config, Config());
}

// Keys without a default are there as comments: "# pin = ...".
TEST(ConfigTest, ReferenceFileMentionsEveryKeyInItsSection) {
  const std::string text = read_text(PENSTOCK_REFERENCE_CONFIG);
  for (const std::string& key : config_keys()) {
    const std::string section = key.substr(0, key.find('.'));
    const std::size_t begin = text.find("\n[" + section + "]\n") != std::string::npos
                                  ? text.find("\n[" + section + "]\n")
                                  : text.find("\n[[" + section + "]]\n");
    ASSERT_NE(begin, std::string::npos) << key;
    const std::string body = text.substr(begin + 3, text.find("\n[", begin + 3) - begin - 3);
    const std::string name = key.substr(section.size() + 1) + " = ";
    EXPECT_TRUE(body.find("\n" + name) != std::string::npos ||
                body.find("\n# " + name) != std::string::npos)
        << key;
  }
}

TEST(ConfigTest, EveryCommentedKeyOfTheReferenceFileIsRealAndItsExampleLoads) {
  std::string text = read_text(PENSTOCK_REFERENCE_CONFIG);
  for (const char* key : {"mac", "ipv4_gateway", "ipv6_gateway", "api_secret", "admin_key",
                          "admin_secret", "secret", "pin", "ice_username", "ice_credential"}) {
    const std::size_t at = text.find("\n# " + std::string(key) + " = ");
    ASSERT_NE(at, std::string::npos) << key;
    text.erase(at + 1, 2);
  }
  const Config config = parsed(text);
  EXPECT_TRUE(config.port.mac && config.port.ipv4_gateway && config.port.ipv6_gateway);
  EXPECT_EQ(config.signalling.api_secret, "change me");
  EXPECT_EQ(config.admin.admin_secret, "change me");
  EXPECT_EQ(config.videoroom.admin_key, "change me");
  EXPECT_EQ(config.rooms.at(0).secret, "change me");
  EXPECT_EQ(config.rooms.at(0).pin, "change me");
}

TEST(ConfigTest, ValuesOfEveryKindAreRead) {
  const Config config = parsed(R"(
[port]
driver = "pci:0000:3b:00.1"
mac = "02:00:5e:10:00:ff"
ipv4 = "192.0.2.7/25"
ipv4_gateway = "192.0.2.1"
udp_port = 4000
descriptors = 4096
[workers]
count = 2
cpus = [3, 1]
polling = "spin"
[eal]
hugepages = true
arguments = ["-a", "x"]
[srtp]
backend = "libsrtp"
profiles = ["AES128_CM_HMAC_SHA1_80"]
[signalling]
address = "::"
tls_certificate = "/etc/penstock/chain.pem"
tls_key = "/etc/penstock/key.pem"
allowed_origins = ["https://meet.example.com:8443"]
reclaim_session_timeout_s = 90
trusted_proxies = ["192.0.2.7", "2001:db8::/32"]
client_address_header = "Forwarded"
connections_max = 100
message_bytes_max = 20000
unread_bytes_max = 900000
unread_bytes_per_connection_max = 800000
connections_per_address_max = 6
requests_per_address_per_s = 7
requests_per_address_burst = 8
sessions_per_address_max = 1
sessions_per_connection_max = 2
handles_per_session_max = 3
rooms_per_address_max = 7
requests_per_session_per_s = 4
requests_per_session_burst = 5
[admin]
tls_certificate = "a.pem"
tls_key = "b.pem"
[media]
announced_addresses = ["203.0.113.5"]
slowlink_threshold = 4
[log]
level = "debug"
[[rooms]]
room = 1
publishers = 20
videocodec = ["av1", "vp8"]
[[rooms]]
room = 2
description = "Two"
pin = "p"
)");
  EXPECT_EQ(config.port.driver, PortConfig::Driver::kPci);
  EXPECT_EQ(config.port.pci_address, "0000:3b:00.1");
  EXPECT_EQ(config.port.mac, (MacAddress{2, 0, 0x5e, 0x10, 0, 0xff}));
  EXPECT_EQ(config.port.udp_port, 4000);
  EXPECT_EQ(config.port.descriptors, 4'096U);
  EXPECT_EQ(config.workers.cpus, (std::vector<std::uint32_t>{3, 1}));
  EXPECT_EQ(config.workers.polling, WorkersConfig::Polling::kSpin);
  EXPECT_EQ(config.eal.arguments, (std::vector<std::string>{"-a", "x"}));
  EXPECT_EQ(config.srtp.backend, SrtpConfig::Backend::kLibsrtp);
  EXPECT_EQ(config.srtp.profiles, std::vector{SrtpProfile::kAes128CmSha1_80});
  EXPECT_EQ(to_string(config.signalling.address), "::");
  EXPECT_EQ(config.signalling.tls.certificate, "/etc/penstock/chain.pem");
  EXPECT_EQ(config.signalling.tls.key, "/etc/penstock/key.pem");
  EXPECT_EQ(config.admin.tls.certificate, "a.pem");
  EXPECT_EQ(config.admin.tls.key, "b.pem");
  EXPECT_EQ(config.signalling.reclaim_session_timeout_s, 90U);
  ASSERT_EQ(config.signalling.trusted_proxies.size(), 2U);
  EXPECT_EQ(to_string(config.signalling.trusted_proxies[0]), "192.0.2.7/32");
  EXPECT_EQ(to_string(config.signalling.trusted_proxies[1]), "2001:db8::/32");
  EXPECT_EQ(config.signalling.client_address_header, ClientAddressHeader::kForwarded);
  EXPECT_EQ(config.signalling.connections_max, 100U);
  EXPECT_EQ(config.signalling.message_bytes_max, 20'000U);
  EXPECT_EQ(config.signalling.unread_bytes_max, 900'000U);
  EXPECT_EQ(config.signalling.unread_bytes_per_connection_max, 800'000U);
  EXPECT_EQ(config.signalling.connections_per_address_max, 6U);
  EXPECT_EQ(config.signalling.requests_per_address_per_s, 7U);
  EXPECT_EQ(config.signalling.requests_per_address_burst, 8U);
  EXPECT_EQ(config.signalling.sessions_per_address_max, 1U);
  EXPECT_EQ(config.signalling.sessions_per_connection_max, 2U);
  EXPECT_EQ(config.signalling.handles_per_session_max, 3U);
  EXPECT_EQ(config.signalling.rooms_per_address_max, 7U);
  EXPECT_EQ(config.signalling.requests_per_session_per_s, 4U);
  EXPECT_EQ(config.signalling.requests_per_session_burst, 5U);
  EXPECT_EQ(to_string(config.media.announced_addresses.at(0)), "203.0.113.5");
  EXPECT_EQ(config.media.slowlink_threshold, 4U);
  EXPECT_EQ(config.log.level, LogConfig::Level::kDebug);
  ASSERT_EQ(config.rooms.size(), 2U);
  EXPECT_EQ(config.rooms[0].description, "Room 1");
  EXPECT_EQ(config.rooms[0].videocodec, (std::vector{Codec::kAv1, Codec::kVp8}));
  EXPECT_EQ(config.rooms[1].pin, "p");
}

// The TAP network's addresses would be wrong on a real network.
TEST(ConfigTest, OtherDriversHaveNoDefaultAddresses) {
  const Config config =
      parsed("[port]\ndriver = \"net_af_packet\"\ninterface = \"eth1\"\nipv4 = \"192.0.2.7/24\"\n");
  EXPECT_EQ(to_string(*config.port.ipv4), "192.0.2.7/24");
  EXPECT_FALSE(config.port.ipv6 || config.port.host_ipv4 || config.port.host_ipv6);
}

TEST(ConfigTest, SocketsHaveAddressesOfTheHostAndBuffers) {
  const Config all = parsed("[port]\ndriver = \"sockets\"\n");
  EXPECT_EQ(all.port.driver, PortConfig::Driver::kSockets);
  EXPECT_FALSE(all.port.ipv4 || all.port.ipv6);
  EXPECT_TRUE(all.port.addresses.empty());
  const Config some = parsed(
      "[port]\ndriver = \"sockets\"\naddresses = [\"127.0.0.1\", \"2001:db8::1\"]\n"
      "receive_buffer_bytes = 70000\nsend_buffer_bytes = 80000\n");
  ASSERT_EQ(some.port.addresses.size(), 2U);
  EXPECT_EQ(to_string(some.port.addresses[1]), "2001:db8::1");
  EXPECT_EQ(some.port.receive_buffer_bytes, 70'000U);
  EXPECT_EQ(some.port.send_buffer_bytes, 80'000U);
}

TEST(ConfigTest, EmptyAddressSwitchesAFamilyOff) {
  const Config config = parsed("[port]\nipv6 = \"\"\nhost_ipv6 = \"\"\n");
  EXPECT_TRUE(config.port.ipv4);
  EXPECT_FALSE(config.port.ipv6 || config.port.host_ipv6);
}

TEST(ConfigTest, IdsOfRoomsAreTextsIfThatIsConfigured) {
  const Config config = parsed(R"(
[videoroom]
string_ids = true
opaqueid_in_api = true
admin_key = "k"
[[rooms]]
room = "hall"
secret = "s"
[[rooms]]
room = 7
)");
  EXPECT_TRUE(config.videoroom.string_ids);
  EXPECT_TRUE(config.videoroom.opaqueid_in_api);
  EXPECT_EQ(config.videoroom.admin_key, "k");
  ASSERT_EQ(config.rooms.size(), 2U);
  EXPECT_EQ(config.rooms[0].room, "hall");
  EXPECT_EQ(config.rooms[0].description, "Room hall");
  EXPECT_EQ(config.rooms[0].secret, "s");
  EXPECT_EQ(config.rooms[1].room, "7");
}

TEST(ConfigTest, TokensAreSignedOrStored) {
  const Config is_signed =
      parsed("[signalling]\ntoken_auth = true\ntoken_auth_secret = \"s\"\n[admin]\nport = 0\n");
  EXPECT_TRUE(is_signed.signalling.token_auth);
  EXPECT_EQ(is_signed.signalling.token_auth_secret, "s");
  const Config is_stored =
      parsed("[signalling]\ntoken_auth = true\n[admin]\nadmin_secret = \"a\"\n");
  EXPECT_TRUE(is_stored.signalling.token_auth);
  EXPECT_EQ(is_stored.admin.admin_secret, "a");
}

TEST(ConfigTest, IceServersAreUrisOfStunOrTurn) {
  const Config config = parsed(R"(
[whip]
ice_servers = ["stun:stun.example.com", "turns:turn.example.com:443?transport=tcp"]
ice_username = "u"
ice_credential = "p"
)");
  EXPECT_EQ(config.whip.ice_servers.size(), 2U);
  EXPECT_EQ(config.whip.ice_username, "u");
  EXPECT_EQ(config.whip.ice_credential, "p");
  for (const char* bad : {"http://example.com", "stun:a>b", "turn:a b", ""}) {
    EXPECT_FALSE(parse_config("[whip]\nice_servers = [\"" + std::string(bad) + "\"]", "t.toml"))
        << bad;
  }
}

TEST(ConfigTest, AnEmptyListOfRoomsMeansNone) { EXPECT_TRUE(parsed("rooms = []").rooms.empty()); }

struct Mistake {
  const char* text;
  const char* error;  // beginning of ConfigError::to_string()
};

std::ostream& operator<<(std::ostream& out, const Mistake& mistake) { return out << mistake.text; }

class ConfigMistakeTest : public testing::TestWithParam<Mistake> {};

TEST_P(ConfigMistakeTest, IsReportedWithFileLineKeyAndExpectation) {
  const auto config = parse_config(GetParam().text, "t.toml");
  ASSERT_FALSE(config.has_value());
  EXPECT_TRUE(config.error().to_string().starts_with(GetParam().error))
      << config.error().to_string();
}

INSTANTIATE_TEST_SUITE_P(
    All, ConfigMistakeTest,
    testing::Values(
        Mistake{
            "a = i\n",
            "t.toml:1: not TOML: Error while parsing floating-point: expected 'inf', saw 'i\\n'"},
        Mistake{"a = = 1", "t.toml:1: not TOML: "}, Mistake{"\xff", "t.toml:1: not TOML: "},
        Mistake{"[log]\n[log]\n", "t.toml:2: not TOML: "},
        Mistake{"x = 1", "t.toml:1: x: unknown section; expected one of: port, workers, "},
        Mistake{"log = 1", "t.toml:1: log: expected a [table]"},
        Mistake{"[log]\n\nlevle = 'info'",
                "t.toml:3: log.levle: unknown key; expected one of: level, file"},
        Mistake{"[log]\nlevel = 'loud'", "t.toml:2: log.level: expected \"trace\", \"debug\", "},
        Mistake{"[log]\nlevel = 3", "t.toml:2: log.level: expected \"trace\", "},
        Mistake{"[signalling]\nhttp_port = 65536",
                "t.toml:2: signalling.http_port: expected an integer from 0 to 65535, found 65536"},
        Mistake{"[signalling]\nhttp_port = -1",
                "t.toml:2: signalling.http_port: expected an integer"},
        Mistake{"[signalling]\nhttp_port = '80'",
                "t.toml:2: signalling.http_port: expected an integer from 0 to 65535, found '80'"},
        Mistake{"[signalling]\nhttp_port = 80.0",
                "t.toml:2: signalling.http_port: expected an integer"},
        Mistake{"[signalling]\nhttp_port = 8188",
                "t.toml:1: signalling.websocket_port: must differ from signalling.http_port"},
        Mistake{
            "[signalling]\ntls_certificate = 3",
            "t.toml:2: signalling.tls_certificate: expected a path, or \"\" for no TLS, found 3"},
        Mistake{"[signalling]\ntls_certificate = 'a.pem'",
                "t.toml:1: signalling.tls_key: TLS needs both tls_certificate and tls_key"},
        Mistake{"[admin]\n\ntls_key = 'b.pem'",
                "t.toml:1: admin.tls_certificate: TLS needs both tls_certificate and tls_key"},
        Mistake{"[signalling]\naddress = 'localhost'",
                "t.toml:2: signalling.address: expected an IP"},
        Mistake{"[signalling]\nallowed_origins = ['meet.example.com']",
                "t.toml:2: signalling.allowed_origins: expected a list of distinct origins"},
        Mistake{"[signalling]\nallowed_origins = ['https://*.example.com']",
                "t.toml:2: signalling.allowed_origins: "},
        Mistake{"[signalling]\ntrusted_proxies = ['proxy.example.com']",
                "t.toml:2: signalling.trusted_proxies: expected a list of distinct addresses"},
        Mistake{"[signalling]\ntrusted_proxies = ['0.0.0.0/0']",
                "t.toml:2: signalling.trusted_proxies: "},
        Mistake{"[signalling]\nclient_address_header = 'X-Real-IP'",
                "t.toml:2: signalling.client_address_header: expected \"X-Forwarded-For\" or"},
        Mistake{"[signalling]\nconnections_per_address_max = 0",
                "t.toml:2: signalling.connections_per_address_max: expected an integer from 1"},
        Mistake{"[signalling]\napi_secret = ''",
                "t.toml:2: signalling.api_secret: expected a string"},
        Mistake{"[signalling]\ntoken_auth_secret = 'x'",
                "t.toml:2: signalling.token_auth_secret: needs signalling.token_auth = true"},
        Mistake{"[signalling]\ntoken_auth = true",
                "t.toml:2: signalling.token_auth: needs signalling.token_auth_secret, or"},
        Mistake{"[signalling]\ntoken_auth = true\n[admin]\nadmin_secret = 'x'\nport = 0",
                "t.toml:2: signalling.token_auth: needs signalling.token_auth_secret, or"},
        Mistake{"[port]\ndriver = 'tap'", "t.toml:2: port.driver: expected \"net_tap\", "},
        Mistake{"[port]\ndriver = 'pci:03:00.0'", "t.toml:2: port.driver: expected \"net_tap\", "},
        Mistake{"[port]\ndriver = 'pci:0000:03:00.9'", "t.toml:2: port.driver: "},
        Mistake{"[port]\ndriver = 'net_af_xdp'\nipv4='192.0.2.1/24'",
                "t.toml:1: port.interface: this driver needs the name"},
        Mistake{"[port]\ndriver = 'net_af_xdp'\ninterface = 'eth1'",
                "t.toml:1: port.ipv4: ipv4 and ipv6 must not both be empty"},
        Mistake{"[port]\ninterface = 'a,iface=b'", "t.toml:2: port.interface: expected the name"},
        Mistake{"[port]\ninterface = 'sixteencharacter'", "t.toml:2: port.interface: "},
        Mistake{"[port]\nmac = '01:00:00:00:00:00'", "t.toml:2: port.mac: expected a unicast MAC"},
        Mistake{"[port]\nmac = '02-00-00-00-00-01'", "t.toml:2: port.mac: expected a unicast MAC"},
        Mistake{"[port]\nipv4 = '198.18.0.2'",
                "t.toml:2: port.ipv4: expected an IPv4 address with"},
        Mistake{"[port]\nipv4 = 'fd00::1/64'",
                "t.toml:2: port.ipv4: expected an IPv4 address with"},
        Mistake{"[port]\nipv4 = '198.18.0.2/33'", "t.toml:2: port.ipv4: expected an IPv4"},
        Mistake{"[port]\nipv6 = 'fd00::1/129'", "t.toml:2: port.ipv6: expected an IPv6"},
        Mistake{"[port]\nipv4 = ''\nipv6 = ''", "t.toml:2: port.ipv4: ipv4 and ipv6 must not both"},
        Mistake{"[port]\nipv4_gateway = '198.18.1.1'",
                "t.toml:2: port.ipv4_gateway: the gateway must lie within"},
        Mistake{"[port]\naddresses = ['192.0.2.1']",
                "t.toml:2: port.addresses: only \"sockets\" has addresses of the host"},
        Mistake{"[port]\ndriver = 'sockets'\nvlan = 5",
                "t.toml:3: port.vlan: \"sockets\" has the host's own interfaces"},
        Mistake{"[port]\ndriver = 'sockets'\nipv4 = '192.0.2.1/24'",
                "t.toml:3: port.ipv4: \"sockets\" has the host's own addresses"},
        Mistake{"[port]\ndriver = 'sockets'\naddresses = ['192.0.2.1/24']",
                "t.toml:3: port.addresses: expected a list of distinct IPv4 and IPv6"},
        Mistake{"[port]\nsend_buffer_bytes = 1000",
                "t.toml:2: port.send_buffer_bytes: expected an integer from 65536"},
        Mistake{"[port]\nudp_port = 80", "t.toml:2: port.udp_port: expected an integer from 1024"},
        Mistake{"[port]\ndescriptors = 512",
                "t.toml:2: port.descriptors: expected an integer from 1024 to 32768"},
        Mistake{"[workers]\ncount = 0",
                "t.toml:2: workers.count: expected an integer from 1 to 16"},
        Mistake{"[workers]\ncount = 2\ncpus = [1]",
                "t.toml:3: workers.cpus: there must be one CPU"},
        Mistake{"[workers]\ncpus = [1, 1]", "t.toml:2: workers.cpus: expected a list of distinct"},
        Mistake{"[workers]\npolling = 'fast'", "t.toml:2: workers.polling: expected \"adaptive\""},
        Mistake{"[eal]\nhugepages = 1", "t.toml:2: eal.hugepages: expected true or false, found 1"},
        Mistake{"[srtp]\nprofiles = []", "t.toml:2: srtp.profiles: there must be at least one"},
        Mistake{"[srtp]\nprofiles = ['NULL']",
                "t.toml:2: srtp.profiles: expected a list of distinct"},
        Mistake{"[admin]\nport = 65536", "t.toml:2: admin.port: expected an integer"},
        Mistake{"[admin]\n\nport = 8088", "t.toml:3: admin.port: must differ from the ports"},
        Mistake{"[signalling]\nwebsocket_port = 7089",
                "t.toml:1: admin.port: must differ from the ports"},
        Mistake{"[admin]\naddress = \"here\"", "t.toml:2: admin.address: expected an IP address"},
        Mistake{"[limits]\nsubscriptions = 16777217",
                "t.toml:2: limits.subscriptions: expected an integer"},
        Mistake{"[limits]\nparticipants = 1", "t.toml:2: limits.participants: expected an integer"},
        Mistake{"[media]\nconsent_timeout_s = 4", "t.toml:2: media.consent_timeout_s: "},
        Mistake{"[media]\nconsent_timeout_s = 121", "t.toml:2: media.consent_timeout_s: "},
        Mistake{"[media]\ndtls_handshakes_in_flight_max = 0",
                "t.toml:2: media.dtls_handshakes_in_flight_max: expected an integer from 1"},
        Mistake{"[media]\ndtls_handshakes_per_second = 0",
                "t.toml:2: media.dtls_handshakes_per_second: expected an integer from 1"},
        Mistake{"[media]\ndtls_threads = 65",
                "t.toml:2: media.dtls_threads: expected an integer from 0"},
        Mistake{"[media]\nannounced_addresses = ['::']", "t.toml:2: media.announced_addresses: "},
        Mistake{"rooms = 1", "t.toml:1: rooms: expected [[rooms]] tables"},
        Mistake{"[[rooms]]\ndescription = 'x'", "t.toml:1: rooms.room: a room needs an id"},
        Mistake{"[[rooms]]\nroom = 'hall'",
                "t.toml:2: rooms.room: an id that is a text needs videoroom.string_ids = true"},
        Mistake{"[videoroom]\nstring_ids = true\n[[rooms]]\nroom = ''",
                "t.toml:4: rooms.room: expected a string"},
        Mistake{"[videoroom]\nstring_ids = true\n[[rooms]]\nroom = '1'\n[[rooms]]\nroom = 1",
                "t.toml:5: rooms.room: room 1 is there"},
        Mistake{"[[rooms]]\nroom = 1\nsecret = ''", "t.toml:3: rooms.secret: expected a string"},
        Mistake{"[videoroom]\nadmin_key = ''", "t.toml:2: videoroom.admin_key: expected a string"},
        Mistake{"[[rooms]]\nroom = 9007199254740992", "t.toml:2: rooms.room: expected an integer"},
        Mistake{"[[rooms]]\nroom = 1\n[[rooms]]\nroom = 1",
                "t.toml:3: rooms.room: room 1 is there"},
        Mistake{"[[rooms]]\nroom = 1\nvideocodec = ['opus']",
                "t.toml:3: rooms.videocodec: expected"},
        Mistake{"[[rooms]]\nroom = 1\naudiocodec = []",
                "t.toml:3: rooms.audiocodec: there must be"},
        Mistake{"[[rooms]]\nroom = 1\ndescription = \"a\\nb\"", "t.toml:3: rooms.description: "},
        Mistake{"[limits]\nrooms = 1\n[[rooms]]\nroom = 1\n[[rooms]]\nroom = 2",
                "t.toml:3: rooms: there are more rooms than limits.rooms"},
        Mistake{"[limits]\npublishers = 4\n[[rooms]]\nroom = 1\ndummy_publisher = true",
                "t.toml:3: rooms: dummy publishers need limits.participants"}));

TEST(ConfigTest, ARoomMayHaveADummyPublisher) {
  const auto config = parse_config("[[rooms]]\nroom = 1\ndummy_publisher = true", "t.toml");
  ASSERT_TRUE(config.has_value()) << config.error().to_string();
  EXPECT_TRUE(config->rooms.at(0).dummy_publisher);
}

TEST(ConfigTest, AFileThatIsNotThereIsAnErrorWithoutLine) {
  const auto config = load_config("/nonexistent/penstock.toml");
  ASSERT_FALSE(config.has_value());
  EXPECT_EQ(config.error().to_string(), "/nonexistent/penstock.toml: there is no such file");
}

TEST(ConfigTest, ADirectoryIsNotAConfiguration) {
  EXPECT_FALSE(load_config(std::filesystem::temp_directory_path()).has_value());
}

TEST(ConfigTest, PrefixContainsItsOwnNetworkOnly) {
  const Config config;
  EXPECT_TRUE(config.port.ipv4->contains(*parse_ip_address("198.18.0.254")));
  EXPECT_FALSE(config.port.ipv4->contains(*parse_ip_address("198.18.1.1")));
  EXPECT_FALSE(config.port.ipv4->contains(*parse_ip_address("fd00:198:18::1")));
  EXPECT_TRUE(config.port.ipv6->contains(*parse_ip_address("fd00:198:18::ffff")));
}

}  // namespace
}  // namespace penstock
