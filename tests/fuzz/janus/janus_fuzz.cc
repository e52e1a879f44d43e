// Text from a WebSocket into the Janus core over fake media. Each line of the input is one message;
// "$s" and "$h" in it stand for the ids of a session and a handle that exist, so that mutations get
// past the lookups. A line that begins with '!' is an event instead: !o and !c for the handle's
// connection (up, closed), !t time, !x the connection's end. At the end nothing may be left.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "controlplane/janus/core.h"
#include "dataplane/base/check.h"
#include "tests/unit/janus/fake_media.h"

namespace penstock::janus {
namespace {

// Remembers the last id that a `success` named.
class IdSender final : public SignallingSender {
 public:
  void send(ChannelId, std::string text) override {
    static constexpr std::string_view kKey = R"("data":{"id":)";
    const std::size_t at = text.find(kKey);
    if (at == std::string::npos) return;
    const std::size_t end = text.find('}', at);
    (session.empty() ? session : handle) = text.substr(at + kKey.size(), end - at - kKey.size());
  }
  void close(ChannelId, ChannelCloseReason) override {}
  void reply(ExchangeId, HttpApiResponse) override {}

  std::string session;
  std::string handle;
};

std::string fill_in(std::string_view line, const IdSender& ids) {
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char next = i + 1 < line.size() ? line[i + 1] : '\0';
    if (line[i] == '$' && (next == 's' || next == 'h')) {
      text += next == 's' ? ids.session : ids.handle;
      ++i;
    } else {
      text += line[i];
    }
  }
  return text;
}

void run(std::string_view input) {
  FakeMedia media;
  IdSender sender;
  SeededRandom random(7);
  // Small pools: they are made anew for each input.
  JanusConfig config;
  config.limits.sessions = 16;
  config.limits.handles = 32;
  config.limits.rooms = 8;
  config.limits.participants = 32;
  config.limits.subscribers = 32;
  Core core(config, sender, media, random);
  const Counts baseline = core.counts();
  constexpr ChannelId kChannel{1};
  Timestamp now = 1;
  core.on_open(kChannel, {}, now);
  core.on_message(kChannel, R"({"janus":"create","transaction":"c"})", now);
  while (!input.empty()) {
    const std::string_view line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(line.size() + 1, input.size()));
    now += kMillisecond;
    const PeerId peer = std::strtoull(sender.handle.c_str(), nullptr, 10);
    if (line == "!o") {
      core.on_connected(peer, now);
    } else if (line == "!c") {
      media.close(peer, now);
      core.on_closed(peer, "ICE failed", now);
    } else if (line == "!t") {
      now += 20 * kSecond;
      core.handle_timeout(now);
    } else if (line == "!x") {
      core.on_close(kChannel, now);
    } else {
      core.on_message(kChannel, fill_in(line, sender), now);
    }
    PENSTOCK_CHECK(media.offers_in_flight_twice == 0);
  }
  core.on_close(kChannel, now);
  Counts left = core.counts();
  left.rooms.rooms = baseline.rooms.rooms;  // rooms outlive their makers
  PENSTOCK_CHECK(left == baseline);
  PENSTOCK_CHECK(media.peers.empty());
}

}  // namespace
}  // namespace penstock::janus

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::janus::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
