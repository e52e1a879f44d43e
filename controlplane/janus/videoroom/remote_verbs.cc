// Synchronous requests about publishers that are shown on other servers, too: publish_remotely,
// unpublish_remotely, listremotes. All of a publisher goes to one port, each m-line and encoding
// told from the others by its SSRC, as Janus does it: 1000 + 10 * mindex + substream.
#include <algorithm>

#include "controlplane/janus/requests/remote_requests.h"
#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/forwarding.h"
#include "controlplane/janus/videoroom/host_requests.h"
#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/janus/videoroom/telling.h"
#include "controlplane/janus/videoroom/verbs.h"
#include "controlplane/signalling/limits.h"
#include "dataplane/base/scope_guard.h"

namespace penstock::janus::videoroom {
namespace {

constexpr std::uint32_t kRemoteSsrcBase = 1'000;
constexpr std::uint32_t kRemoteSsrcsPerStream = 10;
constexpr std::size_t kRemoteSubstreamsMax = 3;

// All that there is of audio and video, with the mid of each.
struct RemoteStreams {
  std::vector<ForwardedStream> streams;
  std::vector<std::string> mids;
};

RemoteStreams streams_of(const room::Publisher& publisher) {
  RemoteStreams all;
  for (const room::PublisherStream& stream : publisher.streams) {
    const PublishedStream& media = stream.media;
    if (media.kind == MediaKind::kData || !media.is_live()) continue;
    const auto substreams = static_cast<std::uint8_t>(
        media.is_simulcast ? std::min(media.encodings, kRemoteSubstreamsMax) : 1);
    for (std::uint8_t i = 0; i < substreams; ++i) {
      all.streams.push_back({.source = &media,
                             .ssrc = kRemoteSsrcBase + kRemoteSsrcsPerStream * media.mindex + i,
                             .substream = media.is_simulcast ? std::optional(i) : std::nullopt});
      all.mids.push_back(media.mid);
    }
  }
  return all;
}

Result publish_now(const Context& context, const json::object& body, const NameJob* names,
                   Timestamp now, const Give& give) {
  const auto wanted = read_publish_remotely(body, context.ids);
  if (!wanted) return std::unexpected(wanted.error());
  const auto who = find_forwarding(context, wanted->room, wanted->publisher, wanted->admin_key);
  if (!who) return std::unexpected(who.error());
  std::vector<room::Remote>& remotes = who->publisher->remotes;
  if (std::ranges::find(remotes, wanted->remote_id, &room::Remote::id) != remotes.end()) {
    return fail(RoomError::kIdExists,
                "Remotization already exists (" + std::string(wanted->remote_id) + ")");
  }
  if (remotes.size() >= kForwardersPerPublisherMax)
    return fail(RoomError::kUnknown, "Too many remotizations of one publisher");
  const auto to = destination_of(context, wanted->host, wanted->port, wanted->rtcp_port, names);
  if (!to) return std::unexpected(to.error());
  RemoteStreams all = streams_of(*who->publisher);
  room::Remote next{.id = std::string(wanted->remote_id),
                    .peer = context.host.new_peer_id(),
                    .mids = std::move(all.mids),
                    .to = *to,
                    .rtcp_port = wanted->rtcp_port};
  remotes.reserve(remotes.size() + 1);
  const auto begun = context.media.forward(
      next.peer, who->room->placement(),
      {.address = *to, .rtcp_port = wanted->rtcp_port, .keys = wanted->keys}, all.streams, now);
  if (!begun) return std::unexpected(forward_error(begun.error()));
  ScopeGuard undo([&] { context.media.close(next.peer, now); });
  const Result given = give({{"videoroom", "success"},
                             {"room", to_json(who->room->id())},
                             {"id", to_json(who->publisher->id)},
                             {"remote_id", next.id}});
  if (!given) return given;
  undo.dismiss();
  remotes.push_back(std::move(next));
  follow_switches(context, *who->publisher);
  return {};
}

}  // namespace

Result publish_remotely(const Context& context, const Request& request) {
  const auto wanted = read_publish_remotely(request.body, context.ids);
  if (!wanted) return std::unexpected(wanted.error());
  // For who may not forward, nothing is looked up.
  const auto who = find_forwarding(context, wanted->room, wanted->publisher, wanted->admin_key);
  if (!who) return std::unexpected(who.error());
  std::vector<std::string> names;
  add_name(wanted->host, names);
  return run_with_names(context, request, std::move(names), &publish_now);
}

// Without the admin_key, as in Janus.
Result unpublish_remotely(const Context& context, const Request& request) {
  const auto wanted = read_unpublish_remotely(request.body, context.ids);
  if (!wanted) return std::unexpected(wanted.error());
  const auto who = find_managed_publisher(context, wanted->room, wanted->publisher, "publisher");
  if (!who) return std::unexpected(who.error());
  const auto& remotes = who->publisher->remotes;
  if (std::ranges::find(remotes, wanted->remote_id, &room::Remote::id) == remotes.end()) {
    return fail(RoomError::kNoSuchFeed,
                "No such remotization (" + std::string(wanted->remote_id) + ")");
  }
  const Result answered = answer(request, {{"videoroom", "success"},
                                           {"room", to_json(who->room->id())},
                                           {"id", to_json(who->publisher->id)}});
  if (!answered) return answered;
  end_remote(context, *who->publisher, wanted->remote_id, request.now);
  return {};
}

Result list_remotes(const Context& context, const Request& request) {
  const auto wanted = read_list_remotes(request.body, context.ids);
  if (!wanted) return std::unexpected(wanted.error());
  const auto who = find_managed_publisher(context, wanted->room, wanted->publisher, "publisher");
  if (!who) return std::unexpected(who.error());
  ObjectText reply{{"videoroom", "success"},
                   {"room", to_json(who->room->id())},
                   {"id", to_json(who->publisher->id)}};
  reply.add_array("list", [&](ArrayText& list) {
    for (const room::Remote& each : who->publisher->remotes) {
      ObjectText entry{
          {"remote_id", each.id}, {"host", to_string(each.to.ip)}, {"port", each.to.port}};
      if (each.rtcp_port != 0) entry.add("rtcp_port", each.rtcp_port);
      list.add(std::move(entry));
    }
  });
  return answer(request, std::move(reply));
}

}  // namespace penstock::janus::videoroom
