// Answers and events on their way out of the core, and what the plugin asks of it.
#include "controlplane/janus/core.h"

namespace penstock::janus {

void Core::answer(const Caller& caller, const json::object& reply) {
  if (caller.channel) {
    sender_.send(*caller.channel, json::serialize(reply));
  } else {
    sender_.reply(caller.exchange, {.status = 200, .body = json::serialize(reply)});
  }
}

void Core::answer_error(const Call& call, const Error& error) {
  json::object reply{{"janus", "error"}};
  if (call.session_id != 0) reply["session_id"] = call.session_id;
  if (!call.transaction.empty()) reply["transaction"] = call.transaction;
  reply["error"] = json::object{{"code", error.code}, {"reason", error.text}};
  answer(call.caller, reply);
}

void Core::answer_success(const Call& call, std::string_view kind) {
  answer(call.caller,
         {{"janus", kind}, {"session_id", call.session_id}, {"transaction", call.transaction}});
}

void Core::send_event(Session& session, const json::object& event) {
  if (session.is_ending) return;
  if (session.owner == Session::Owner::kChannel) {
    return sender_.send(session.channel, json::serialize(event));
  }
  // Nobody has fetched for long: the session is as good as dead.
  if (!session.events.push(json::serialize(event))) return end_later(session);
  flush_events(session);
}

void Core::flush_events(Session& session) {
  if (session.owner == Session::Owner::kChannel) {
    while (!session.events.is_empty()) sender_.send(session.channel, session.events.pop());
  } else if (session.poll && !session.events.is_empty()) {
    answer_poll(session);
    touch(session);
  }
}

SessionHandle* Core::find_handle(HandleId handle) const {
  const auto found = handles_.find(handle);
  return found == handles_.end() ? nullptr : handle_pool_.resolve(found->second);
}

Session* Core::session_of(HandleId handle) const {
  const SessionHandle* found = find_handle(handle);
  return found == nullptr ? nullptr : session_pool_.resolve(found->session);
}

json::object Core::handle_event(std::string_view kind, const Session& session,
                                HandleId handle) const {
  json::object event{{"janus", kind}, {"session_id", session.id}, {"sender", handle}};
  const std::string& opaque_id = find_handle(handle)->opaque_id;
  if (config_.has_opaque_id_in_api && !opaque_id.empty()) event["opaque_id"] = opaque_id;
  return event;
}

void Core::push_event(HandleId handle, PluginEvent event) {
  Session* session = session_of(handle);
  if (session == nullptr || session->is_ending) return;
  json::object message = handle_event("event", *session, handle);
  if (!event.transaction.empty()) message["transaction"] = event.transaction;
  message["plugindata"] =
      json::object{{"plugin", VideoRoom::kPackage}, {"data", std::move(event.data)}};
  if (event.jsep) {
    json::object jsep{{"type", event.jsep->type}, {"sdp", event.jsep->sdp}};
    if (event.jsep->is_restart) jsep["restart"] = true;
    if (event.jsep->is_e2ee) jsep["e2ee"] = true;
    message["jsep"] = std::move(jsep);
  }
  send_event(*session, message);
}

void Core::close_connection(HandleId handle, std::string_view reason, Timestamp now) {
  if (!media_.exists(handle)) return;
  media_.close(handle, now);
  Session* session = session_of(handle);
  if (session == nullptr) return;
  json::object event = handle_event("hangup", *session, handle);
  event["reason"] = reason;
  send_event(*session, event);
}

Attachment* Core::find_attachment(HandleId handle) {
  SessionHandle* found = find_handle(handle);
  return found == nullptr ? nullptr : &found->attachment;
}

}  // namespace penstock::janus
