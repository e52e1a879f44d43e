// Answers and events on their way out of the core, and what the plugin asks of it.
#include "controlplane/janus/core.h"
#include "dataplane/base/scope_guard.h"

namespace penstock::janus {
namespace {

// Up to the data of the plugin.
constexpr std::string_view kPackageMember =
    R"(,"plugindata":{"plugin":"janus.plugin.videoroom","data":)";

}  // namespace

void Core::say(const Caller& caller, std::string text) {
  const bool has_channel = caller.channel.has_value();
  outbox_.push_back({.kind = has_channel ? Outgoing::Kind::kMessage : Outgoing::Kind::kResponse,
                     .to = has_channel ? static_cast<std::uint64_t>(*caller.channel)
                                       : static_cast<std::uint64_t>(caller.exchange),
                     .text = std::move(text)});
}

void Core::answer_error(const Call& call, const Error& error) {
  ObjectText reply{{"janus", "error"}};
  if (call.session_id != 0) reply.add("session_id", call.session_id);
  if (!call.transaction.empty()) reply.add("transaction", call.transaction);
  reply.add("error", ObjectText{{"code", error.code}, {"reason", error.text}}.json());
  answer(call.caller, std::move(reply));
}

void Core::answer_success(const Call& call, std::string_view kind) {
  answer(call.caller,
         {{"janus", kind}, {"session_id", call.session_id}, {"transaction", call.transaction}});
}

void Core::send_event(Session& session, std::string event) {
  if (session.is_ending) return;
  outbox_.push_back({.kind = Outgoing::Kind::kEvent, .to = session.id, .text = std::move(event)});
}

// What cannot be said for lack of memory is lost, and a connection that misses a message is closed:
// its client could not know.
void Core::deliver_outbox() {
  for (Outgoing& outgoing : outbox_) {
    if (best_effort([&] { deliver(outgoing); })) continue;
    const Session* session =
        outgoing.kind == Outgoing::Kind::kEvent ? table_.find(outgoing.to) : nullptr;
    if (outgoing.kind == Outgoing::Kind::kMessage) {
      sender_.close(ChannelId{outgoing.to}, ChannelCloseReason::kInternalError);
    } else if (session != nullptr && session->owner == Session::Owner::kChannel) {
      sender_.close(session->channel, ChannelCloseReason::kInternalError);
    }
  }
  outbox_.clear();
}

void Core::deliver(Outgoing& outgoing) {
  if (outgoing.kind == Outgoing::Kind::kMessage) {
    return sender_.send(ChannelId{outgoing.to}, std::move(outgoing.text));
  }
  if (outgoing.kind == Outgoing::Kind::kResponse) {
    return sender_.reply(ExchangeId{outgoing.to},
                         {.status = outgoing.status, .body = std::move(outgoing.text)});
  }
  Session* session = table_.find(outgoing.to);
  if (session == nullptr) return;
  if (outgoing.text.empty()) return flush_events(*session);
  if (session->owner == Session::Owner::kChannel) {
    return sender_.send(session->channel, std::move(outgoing.text));
  }
  // Unless nobody has fetched for so long that the session is as good as dead.
  if (session->events.push(std::move(outgoing.text), now_)) flush_events(*session);
}

void Core::flush_events(Session& session) {
  if (session.owner == Session::Owner::kChannel) {
    for (; !session.events.empty(); session.events.pop()) {
      sender_.send(session.channel, session.events.front());
    }
  } else if (session.poll && !session.events.empty()) {
    answer_poll(session);
    touch(session);
  }
}

ObjectText Core::handle_event(std::string_view kind, const Session& session,
                              HandleId handle) const {
  ObjectText event{{"janus", kind}, {"session_id", session.id}, {"sender", handle}};
  const std::string& opaque_id = table_.find_handle(handle)->opaque_id;
  if (config_.has_opaque_id_in_api && !opaque_id.empty()) event.add("opaque_id", opaque_id);
  return event;
}

// `envelope` with the plugin's data, which is copied but once: it may be long.
std::string Core::with_plugin_data(ObjectText envelope, std::string_view data) {
  std::string text = std::move(envelope).text();
  text.pop_back();
  text.reserve(text.size() + kPackageMember.size() + data.size() + 8);
  text += kPackageMember;
  text += data;
  return text;
}

void Core::add_jsep(std::string& text, std::optional<JsepOut> jsep) {
  if (!jsep) return;
  ObjectText object{{"type", jsep->type}, {"sdp", jsep->sdp}};
  if (jsep->is_restart) object.add("restart", true);
  if (jsep->is_e2ee) object.add("e2ee", true);
  text += R"(,"jsep":)";
  text += std::move(object).text();
}

void Core::push_event(HandleId handle, PluginEvent event) {
  Session* session = table_.session_of(handle);
  if (session == nullptr || session->is_ending) return;
  std::string text = with_plugin_data(handle_event("event", *session, handle), event.data);
  text += '}';
  add_jsep(text, std::move(event.jsep));
  text += '}';
  send_event(*session, std::move(text));
}

void Core::close_connection(HandleId handle, std::string_view reason, Timestamp now) {
  if (!media_.exists(handle)) return;
  media_.close(handle, now);
  if (Session* session = table_.session_of(handle)) send_hangup(*session, handle, reason);
}

void Core::send_hangup(Session& session, HandleId handle, std::string_view reason) {
  best_effort([&] {
    ObjectText event = handle_event("hangup", session, handle);
    event.add("reason", reason);
    send_event(session, std::move(event));
  });
}

Attachment* Core::find_attachment(HandleId handle) {
  SessionHandle* found = table_.find_handle(handle);
  return found == nullptr ? nullptr : &found->attachment;
}

}  // namespace penstock::janus
