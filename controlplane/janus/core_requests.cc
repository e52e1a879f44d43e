// One method for each request of the core API.
#include <algorithm>

#include "controlplane/janus/core.h"
#include "dataplane/base/scope_guard.h"
#include "dataplane/base/test_hooks.h"

namespace penstock::janus {
namespace {

constexpr const char* kAllInUse = "all sessions are in use: limits.participants";
constexpr const char* kChannelFull =
    "too many on this connection: signalling.sessions_per_connection_max";

Error refuse(const char* why) {
  return {static_cast<int>(CoreError::kNotAcceptingSessions),
          std::string("Not accepting new sessions (") + why + ")"};
}

}  // namespace

std::optional<Error> Core::why_no_session(const Caller& caller) const {
  const Limits& limits = config_.limits;
  if (table_.is_full()) return refuse(kAllInUse);
  const auto network = caller.counted_network();
  if (network && table_.count_of(*network) >= limits.sessions_per_address_max) {
    return refuse("too many from this address: signalling.sessions_per_address_max");
  }
  if (is_channel_full(caller)) return refuse(kChannelFull);
  return std::nullopt;
}

bool Core::is_channel_full(const Caller& caller) const {
  return caller.is_limited() && caller.channel &&
         channels_.at(*caller.channel).sessions.size() >=
             config_.limits.sessions_per_connection_max;
}

void Core::create(Call& call) {
  if (const auto error = why_no_session(call.caller)) return answer_error(call, *error);
  std::uint64_t id = get_uint(call.root, "id").value_or(0);
  if (id != 0 && table_.find(id) != nullptr) {
    call.session_id = id;
    return answer_error(
        call, {static_cast<int>(CoreError::kSessionConflict), "Session ID already in use"});
  }
  if (id == 0) id = new_id();
  const TokenBucket bucket(config_.limits.requests_per_session_per_s,
                           config_.limits.requests_per_session_burst);
  UnreadQueue::Options events{.bytes_max = config_.limits.unread_bytes_per_session_max,
                              .give_up = [this, id] { end_later(*table_.find(id)); }};
  Session* created =
      table_.add(id, call.caller.counted_network(), bucket, unread_, std::move(events));
  if (created == nullptr) return answer_error(call, refuse(kAllInUse));
  Session& session = *created;
  ScopeGuard undo([&] {
    disown(session);
    table_.discard(session);
  });
  own(session, call.caller);
  answer(call.caller, {{"janus", "success"},
                       {"transaction", call.transaction},
                       {"data", ObjectText{{"id", id}}.json()}});
  undo.dismiss();
  touch(session);
}

void Core::claim(Call& call) {
  Session& session = *call.session;
  const bool is_new_here = !may_use(call.caller, session);
  if (is_new_here && is_channel_full(call.caller)) return answer_error(call, refuse(kChannelFull));
  answer_success(call);
  outbox_.flush(session);  // what has waited
  if (is_new_here) {
    if (call.caller.channel) channels_.at(*call.caller.channel).sessions.insert(session.id);
    disown(session);
    own(session, call.caller);
  }
  touch(session);
}

void Core::keepalive(Call& call) { answer_success(call, "ack"); }

void Core::attach(Call& call) {
  static constexpr Field kFields[] = {{"plugin", JsonType::kString, true},
                                      {"opaque_id", JsonType::kString},
                                      {"loop_index", JsonType::kPositiveInteger}};
  if (const auto checked = check_core_fields(call.root, kFields); !checked) {
    return answer_error(call, checked.error());
  }
  const std::string_view plugin = *get_string(call.root, "plugin");
  const std::string_view opaque_id = get_string(call.root, "opaque_id").value_or("");
  if (plugin != VideoRoom::kPackage) {
    return answer_error(call, {static_cast<int>(CoreError::kPluginNotFound),
                               "No such plugin '" + std::string(plugin) + "'"});
  }
  const auto token = get_string(call.root, "token");
  if (tokens_.are_needed() && token && !tokens_.opens_videoroom(*token)) {
    return answer_error(call, {static_cast<int>(CoreError::kUnauthorizedPlugin),
                               "Provided token can't access plugin '" + std::string(plugin) + "'"});
  }
  if (opaque_id.size() > kOpaqueIdBytesMax) {
    return answer_error(call, {static_cast<int>(CoreError::kInvalidElement),
                               "Invalid element (opaque_id is too long)"});
  }
  if (call.caller.is_limited() &&
      call.session->handles.size() >= config_.limits.handles_per_session_max) {
    return answer_error(call, {static_cast<int>(CoreError::kPluginAttach),
                               "Couldn't attach to plugin: too many handles in this session "
                               "(signalling.handles_per_session_max)"});
  }
  const HandleId id = new_id();
  if (table_.add_handle(*call.session, id, opaque_id) == nullptr) {
    return answer_error(call, {static_cast<int>(CoreError::kPluginAttach),
                               "Couldn't attach to plugin: all handles are in use "
                               "(limits.participants)"});
  }
  ScopeGuard undo([&] {
    if (test_hooks::is_planted(test_hooks::PlantedBug::kKeepHandleOfFailedAttach)) return;
    table_.discard_handle(*call.session, id);
  });
  answer(call.caller, {{"janus", "success"},
                       {"session_id", call.session_id},
                       {"transaction", call.transaction},
                       {"data", ObjectText{{"id", id}}.json()}});
  undo.dismiss();
}

void Core::detach(Call& call) {
  answer_success(call);
  end_handle(*call.session, call.handle_id);
}

void Core::destroy(Call& call) {
  answer_success(call);
  end_later(*call.session);
}

// In its turn, as messages are: what was asked before may be what makes a connection.
void Core::hangup(Call& call) {
  if (has_to_wait(call)) return;
  const std::size_t said = outbox_.size();
  answer_success(call);
  if (!media_.exists(call.handle_id)) return;
  close_connection(call.handle_id, "Janus API", now_);
  videoroom_.connection_closed(call.handle->attachment, now_);
  // As Janus has it, the answer comes behind what it causes.
  outbox_.put_last(said);
}

void Core::trickle(Call& call) {
  const auto count = check_trickle(call.root);
  if (!count) return answer_error(call, count.error());
  call.handle->trickled_candidates =
      std::min(call.handle->trickled_candidates + *count, kTrickleCandidatesMax);
  answer_success(call, "ack");
}

void Core::message(Call& call) {
  if (has_to_wait(call)) return;
  videoroom_.catch_up(call.handle->attachment, now_);
  outbox_.deliver(now_);
  static constexpr Field kFields[] = {{"body", JsonType::kObject, true}};
  if (const auto checked = check_core_fields(call.root, kFields); !checked) {
    return answer_error(call, checked.error());
  }
  const auto jsep = read_jsep(call.root);
  if (!jsep) return answer_error(call, jsep.error());
  const bool is_answer = *jsep && (*jsep)->type == JsepIn::Type::kAnswer;
  if (is_answer && !videoroom_.expects_answer(call.handle->attachment)) {
    return answer_error(call, {static_cast<int>(CoreError::kUnexpectedAnswer),
                               "Unexpected ANSWER (did we offer?)"});
  }
  const json::object& body = *get_object(call.root, "body");
  if (!VideoRoom::is_asynchronous(body)) {
    return ask_plugin(call, body, *jsep, AnswerKind::kSuccess);
  }
  answer_success(call, "ack");
  ask_plugin(call, body, *jsep, AnswerKind::kEvent);
}

}  // namespace penstock::janus
