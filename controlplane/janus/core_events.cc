// Answers and events on their way out of the core, and what the plugin asks of it.
#include "controlplane/janus/core.h"
#include "dataplane/base/scope_guard.h"

namespace penstock::janus {
namespace {

// Up to the data of the plugin.
constexpr std::string_view kPackageMember =
    R"(,"plugindata":{"plugin":"janus.plugin.videoroom","data":)";

}  // namespace

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
  outbox_.tell(*session, std::move(text));
}

void Core::close_connection(HandleId handle, std::string_view reason, Timestamp now) {
  if (!media_.exists(handle)) return;
  media_.close(handle, now);
  tell_guest_later(handle, true);
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
  if (SessionHandle* found = table_.find_handle(handle)) return &found->attachment;
  const auto guest = guests_.find(handle);
  return guest == guests_.end() ? nullptr : &guest->second.attachment;
}

}  // namespace penstock::janus
