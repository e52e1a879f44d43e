#include "controlplane/janus/videoroom/forwarding.h"

#include <algorithm>

#include "controlplane/janus/videoroom/room_json.h"

namespace penstock::janus::videoroom {
namespace {

// Of forwarders or remotes, those for which `is_ended` holds.
template <typename T, typename IsEnded>
std::size_t end_if(const Context& context, std::vector<T>& all, Timestamp now, IsEnded&& is_ended) {
  return std::erase_if(all, [&](const T& each) {
    if (!is_ended(each)) return false;
    context.media.close(each.peer, now);
    return true;
  });
}

}  // namespace

ObjectText forwarder_json(const room::Forwarder& forwarder) {
  ObjectText object{{"stream_id", forwarder.id},
                    {"host", to_string(forwarder.to.ip)},
                    {"port", forwarder.to.port},
                    {"type", to_json(forwarder.kind)}};
  if (forwarder.remote_rtcp_port != 0) {
    object.add("local_rtcp_port", forwarder.local_rtcp_port);
    object.add("remote_rtcp_port", forwarder.remote_rtcp_port);
  }
  if (forwarder.payload_type != 0) object.add("pt", forwarder.payload_type);
  if (forwarder.ssrc != 0) object.add("ssrc", forwarder.ssrc);
  if (forwarder.substream != 0) object.add("substream", forwarder.substream);
  if (forwarder.is_encrypted) object.add("srtp", true);
  return object;
}

void follow_switches(const Context& context, const room::Publisher& publisher) {
  for (const room::Forwarder& forwarder : publisher.forwarders) {
    const room::PublisherStream* stream = publisher.find_stream(forwarder.mid);
    context.media.set_paused(forwarder.peer, std::nullopt,
                             stream == nullptr || !stream->is_forwarded());
  }
  for (const room::Remote& remote : publisher.remotes) {
    for (std::size_t i = 0; i < remote.mids.size(); ++i) {
      const room::PublisherStream* stream = publisher.find_stream(remote.mids[i]);
      context.media.set_paused(remote.peer, static_cast<std::uint32_t>(i),
                               stream == nullptr || !stream->is_forwarded());
    }
  }
}

void end_forwarders(const Context& context, room::Publisher& publisher, Timestamp now) {
  const auto all = [](const auto&) { return true; };
  end_if(context, publisher.forwarders, now, all);
  end_if(context, publisher.remotes, now, all);
}

void end_remote(const Context& context, room::Publisher& publisher, std::string_view id,
                Timestamp now) {
  end_if(context, publisher.remotes, now,
         [&](const room::Remote& remote) { return remote.id == id; });
}

void end_forwarders(const Context& context, room::Publisher& publisher,
                    std::span<const std::string> mids, Timestamp now) {
  end_if(context, publisher.forwarders, now, [&](const room::Forwarder& forwarder) {
    return std::ranges::find(mids, forwarder.mid) != mids.end();
  });
}

bool end_forwarder(const Context& context, room::Publisher& publisher, std::uint32_t id,
                   Timestamp now) {
  return end_if(context, publisher.forwarders, now,
                [&](const room::Forwarder& forwarder) { return forwarder.id == id; }) != 0;
}

}  // namespace penstock::janus::videoroom
