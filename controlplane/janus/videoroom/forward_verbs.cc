// Synchronous requests about RTP forwarders: rtp_forward, stop_rtp_forward, listforwarders.
#include <algorithm>

#include "controlplane/janus/requests/forward_requests.h"
#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/forwarding.h"
#include "controlplane/janus/videoroom/host_requests.h"
#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/janus/videoroom/telling.h"
#include "controlplane/janus/videoroom/verbs.h"
#include "controlplane/signalling/limits.h"

namespace penstock::janus::videoroom {
namespace {

// The stream that is to be forwarded; null: of the flat form, where there is none of the kind.
std::expected<const room::PublisherStream*, Error> find_stream(const WantedForwarder& wanted,
                                                               const room::Publisher& publisher) {
  if (wanted.mid) {
    const room::PublisherStream* stream = publisher.find_stream(*wanted.mid);
    if (stream != nullptr && stream->media.is_live()) return stream;
    return fail(RoomError::kNoSuchFeed, "No such mid '" + std::string(*wanted.mid) + "' in feed (" +
                                            publisher.id.to_string() + ")");
  }
  const auto first = std::ranges::find_if(publisher.streams, [&](const auto& stream) {
    return stream.media.is_live() && stream.media.kind == wanted.kind;
  });
  return first == publisher.streams.end() ? nullptr : &*first;
}

std::uint32_t new_forwarder_id(const Context& context, std::span<const room::Forwarder> taken) {
  while (true) {
    const auto id = static_cast<std::uint32_t>(context.random.next_u64());
    if (id != 0 && std::ranges::find(taken, id, &room::Forwarder::id) == taken.end()) return id;
  }
}

// What the request wants, begun; on error some are.
class Forwarders {
 public:
  Forwarders(const Context& context, const Participant& who, const NameJob* names, Timestamp now)
      : context_(context), who_(who), names_(names), now_(now), all_(who.publisher->forwarders) {}
  ~Forwarders() {
    for (const room::Forwarder& each : begun()) context_.media.close(each.peer, now_);
  }
  Forwarders(const Forwarders&) = delete;
  Forwarders& operator=(const Forwarders&) = delete;

  Result begin(const WantedForwarder& wanted);
  std::span<const room::Forwarder> begun() const {
    return std::span(all_).subspan(kept_ ? all_.size() : who_.publisher->forwarders.size());
  }
  // They are the publisher's. Cannot fail.
  void keep() {
    kept_ = true;
    who_.publisher->forwarders.swap(all_);
  }

 private:
  const Context& context_;
  const Participant who_;
  const NameJob* const names_;
  const Timestamp now_;
  std::vector<room::Forwarder> all_;  // with those that there were
  bool kept_ = false;
};

Result Forwarders::begin(const WantedForwarder& wanted) {
  const auto stream = find_stream(wanted, *who_.publisher);
  if (!stream) return std::unexpected(stream.error());
  if (*stream == nullptr) return {};
  const PublishedStream& media = (*stream)->media;
  const bool has_substreams = media.kind == MediaKind::kVideo;
  if (wanted.substream != 0 && !has_substreams) return {};
  if (all_.size() >= kForwardersPerPublisherMax) {
    return fail(RoomError::kUnknown, "Too many forwarders of one publisher");
  }
  const auto to = destination_of(context_, wanted.host, wanted.port, wanted.rtcp_port, names_);
  if (!to) return std::unexpected(to.error());
  // Of messages of data channels there is nothing to report, and nothing that encrypts them.
  const bool is_media = media.kind != MediaKind::kData;
  const std::uint16_t rtcp_port = is_media ? wanted.rtcp_port : to->port;
  if (!is_media && wanted.keys) {
    return fail(RoomError::kInvalidElement, "Invalid element (srtp_suite is not of data channels)");
  }
  room::Forwarder next{.id = new_forwarder_id(context_, all_),
                       .peer = context_.host.new_peer_id(),
                       .kind = media.kind,
                       .mid = media.mid,
                       .to = *to,
                       .remote_rtcp_port = is_media ? wanted.rtcp_port : std::uint16_t{0},
                       .payload_type = wanted.payload_type,
                       .ssrc = wanted.ssrc,
                       .substream = wanted.substream,
                       .is_encrypted = wanted.keys.has_value()};
  ForwardedStream forwarded{.source = &media,
                            .ssrc = wanted.ssrc,
                            .payload_type = wanted.payload_type,
                            .data_source = who_.publisher->peer,
                            .substream = std::nullopt};
  if (has_substreams && !wanted.takes_largest) forwarded.substream = wanted.substream;
  all_.reserve(all_.size() + 1);
  const auto begun = context_.media.forward(
      next.peer, who_.room->placement(),
      {.address = next.to, .rtcp_port = rtcp_port, .keys = wanted.keys}, {&forwarded, 1}, now_);
  if (!begun) return std::unexpected(forward_error(begun.error()));
  next.local_rtcp_port = begun->local_port;
  all_.push_back(std::move(next));
  return {};
}

// What the oldest form is answered with.
JsonText flat_json(std::string_view host, std::span<const room::Forwarder> begun) {
  ObjectText stream{{"host", host}};
  for (const room::Forwarder& each : begun) {
    const std::string_view kind = to_json(each.kind);
    const auto named = [&](std::string_view what) {
      std::string name(kind);
      name += what;
      if (each.substream != 0) name += "_" + std::to_string(each.substream + 1);
      return name;
    };
    stream.add(named("_stream_id"), each.id);
    stream.add(named(""), each.to.port);
    if (each.remote_rtcp_port != 0) stream.add(named("_rtcp"), each.remote_rtcp_port);
  }
  stream.add("warning", "deprecated_api");
  return std::move(stream).json();
}

Result forward_now(const Context& context, const json::object& body, const NameJob* names,
                   Timestamp now, const Give& give) {
  const auto wanted = read_forward(body, context.ids);
  if (!wanted) return std::unexpected(wanted.error());
  const auto who = find_forwarding(context, wanted->room, wanted->publisher, wanted->admin_key);
  if (!who) return std::unexpected(who.error());
  Forwarders forwarders(context, *who, names, now);
  for (const WantedForwarder& each : wanted->forwarders) {
    if (const Result begun = forwarders.begin(each); !begun) return begun;
  }
  ObjectText reply{{"videoroom", "rtp_forward"},
                   {"room", to_json(who->room->id())},
                   {"publisher_id", to_json(who->publisher->id)}};
  if (wanted->is_flat) {
    reply.add("rtp_stream", flat_json(*get_string(body, "host"), forwarders.begun()));
  } else {
    reply.add_array("forwarders", [&](ArrayText& list) {
      for (const room::Forwarder& each : forwarders.begun()) list.add(forwarder_json(each));
    });
  }
  const Result given = give(std::move(reply));
  if (!given) return given;
  forwarders.keep();
  follow_switches(context, *who->publisher);
  return {};
}

}  // namespace

Result rtp_forward(const Context& context, const Request& request) {
  const auto wanted = read_forward(request.body, context.ids);
  if (!wanted) return std::unexpected(wanted.error());
  // For who may not forward, nothing is looked up.
  const auto who = find_forwarding(context, wanted->room, wanted->publisher, wanted->admin_key);
  if (!who) return std::unexpected(who.error());
  std::vector<std::string> names;
  for (const WantedForwarder& each : wanted->forwarders) add_name(each.host, names);
  return run_with_names(context, request, std::move(names), &forward_now);
}

Result stop_rtp_forward(const Context& context, const Request& request) {
  const auto wanted = read_stop_forward(request.body, context.ids);
  if (!wanted) return std::unexpected(wanted.error());
  const auto who = find_forwarding(context, wanted->room, wanted->publisher, wanted->admin_key);
  if (!who) return std::unexpected(who.error());
  const auto& all = who->publisher->forwarders;
  if (std::ranges::find(all, wanted->forwarder, &room::Forwarder::id) == all.end()) {
    return fail(RoomError::kNoSuchFeed,
                "No such stream (" + std::to_string(wanted->forwarder) + ")");
  }
  const Result answered = answer(request, {{"videoroom", "stop_rtp_forward"},
                                           {"room", to_json(who->room->id())},
                                           {"publisher_id", to_json(who->publisher->id)},
                                           {"stream_id", wanted->forwarder}});
  if (!answered) return answered;
  end_forwarder(context, *who->publisher, wanted->forwarder, request.now);
  return {};
}

Result list_forwarders(const Context& context, const Request& request) {
  const auto wanted = read_list_forwarders(request.body, context.ids);
  if (!wanted) return std::unexpected(wanted.error());
  const auto room = find_managed_room(context, *wanted);
  if (!room) return std::unexpected(room.error());
  ObjectText reply{{"videoroom", "forwarders"}, {"room", to_json((*room)->id())}};
  reply.add_array("publishers", [&](ArrayText& list) {
    for (const room::Publisher& publisher : (*room)->publishers()) {
      if (publisher.forwarders.empty()) continue;
      ObjectText entry{{"publisher_id", to_json(publisher.id)}};
      add_profile(entry, publisher);
      entry.add_array("forwarders", [&](ArrayText& forwarders) {
        for (const room::Forwarder& each : publisher.forwarders)
          forwarders.add(forwarder_json(each));
      });
      list.add(std::move(entry));
    }
  });
  return answer(request, std::move(reply));
}

}  // namespace penstock::janus::videoroom
