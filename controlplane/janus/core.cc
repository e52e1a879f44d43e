#include "controlplane/janus/core.h"

#include "dataplane/base/constant_time.h"
#include "dataplane/base/scope_guard.h"

namespace penstock::janus {

const Core::Verb Core::kVerbs[] = {
    {"keepalive", Verb::Scope::kEither, &Core::keepalive},
    {"claim", Verb::Scope::kSession, &Core::claim},
    {"attach", Verb::Scope::kSession, &Core::attach},
    {"destroy", Verb::Scope::kSession, &Core::destroy},
    {"detach", Verb::Scope::kHandle, &Core::detach},
    {"hangup", Verb::Scope::kHandle, &Core::hangup},
    {"message", Verb::Scope::kHandle, &Core::message},
    {"trickle", Verb::Scope::kHandle, &Core::trickle},
};

Core::Core(JanusConfig config, SignallingSender& sender, Media& media, SecureRandom& random)
    : config_(std::move(config)),
      sender_(sender),
      media_(media),
      random_(random),
      tokens_(config_.tokens),
      unread_(config_.limits.unread_bytes_max),
      table_(config_.limits.sessions, config_.limits.handles, config_.session_timeout),
      polls_(sender),
      outbox_(sender, table_, polls_),
      videoroom_(config_, tokens_, *this, media, random) {}

Core::~Core() { close_all(now_); }

std::vector<std::string> Core::open_rooms(RoomFile file, TableExecutor& executor, Timestamp now) {
  now_ = now;
  std::vector<std::string> not_made = videoroom_.open_rooms(std::move(file), executor, now);
  finish_call();
  return not_made;
}

// The one place where a lack of memory is caught. What `step` has said is taken back; that it has
// changed nothing is its own business.
template <typename Step, typename Refuse>
void Core::run(Step&& step, Refuse&& refuse) {
  if (!best_effort(step)) {
    outbox_.take_back(0);
    refuse();
  }
  finish_call();
}

void Core::on_open(ChannelId channel, const ClientInfo& client, Timestamp now) {
  now_ = now;
  Caller caller = Caller::from(client);
  caller.channel = channel;
  run([&] { channels_.try_emplace(channel, Channel{.caller = caller, .sessions = {}}); },
      [&] { sender_.close(channel, ChannelCloseReason::kInternalError); });
}

void Core::on_message(ChannelId channel, std::string_view text, Timestamp now) {
  now_ = now;
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return;
  const Caller caller = found->second.caller;
  JsonReader reader(text);
  const json::object nothing;
  std::optional<std::expected<json::value, std::string>> value;
  bool has_more = true;
  const auto refuse = [&] {
    const json::object* root = value && *value ? (*value)->if_object() : nullptr;
    const auto transaction = root == nullptr ? std::nullopt : get_string(*root, "transaction");
    const bool is_told = best_effort([&] {
      answer_error(Call{.caller = caller, .root = nothing, .transaction = transaction.value_or("")},
                   {static_cast<int>(CoreError::kUnknown), "Out of memory"});
    });
    if (!is_told) sender_.close(channel, ChannelCloseReason::kInternalError);
    has_more = root != nullptr;  // of text that could not be read nothing more is
  };
  while (has_more) {
    value.reset();
    const auto step = [&] {
      value = reader.next();
      has_more = value.has_value();
      if (!value) return;
      if (*value) return process(caller, **value, std::nullopt);
      answer_error(Call{.caller = caller, .root = nothing},
                   {static_cast<int>(CoreError::kInvalidJson), value->error()});
    };
    run(step, refuse);
  }
}

void Core::on_close(ChannelId channel, Timestamp now) {
  now_ = now;
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return;
  const std::set<std::uint64_t> sessions = std::move(found->second.sessions);
  channels_.erase(found);
  for (const std::uint64_t id : sessions) {
    Session* session = table_.find(id);
    if (session == nullptr) continue;
    if (config_.reclaim_session_timeout > 0 && !session->is_ending) {
      session->owner = Session::Owner::kNobody;
      session->claim_deadline = now + config_.reclaim_session_timeout;
      table_.arm(*session);
    } else {
      end_later(*session);
    }
  }
  finish_call();
}

void Core::on_http_request(ExchangeId exchange, const HttpApiRequest& request, Timestamp now) {
  now_ = now;
  const auto step = [&] {
    Caller caller = Caller::from(request.client);
    caller.exchange = exchange;
    switch (request.method) {
      case HttpApiRequest::Method::kGet:
        return get(caller, request);
      case HttpApiRequest::Method::kPost:
        return post(caller, request);
      default:
        return answer_method(exchange, request.method);
    }
  };
  run(step, [&] { best_effort([&] { sender_.reply(exchange, {.status = 503, .body = {}}); }); });
}

void Core::on_connected(PeerId peer, Timestamp now) {
  now_ = now;
  Session* session = table_.session_of(peer);
  best_effort([&] {
    if (session != nullptr) send_event(*session, handle_event("webrtcup", *session, peer));
  });
  finish_call();
}

void Core::on_closed(PeerId peer, std::string_view reason, Timestamp now) {
  now_ = now;
  if (Session* session = table_.session_of(peer)) {
    send_hangup(*session, peer, reason);
    videoroom_.connection_closed(table_.find_handle(peer)->attachment, now);
  }
  tell_guest_later(peer, true);
  finish_call();
}

void Core::on_media(PeerId peer, std::string_view mid, MediaKind kind, bool is_receiving,
                    Timestamp now) {
  now_ = now;
  Session* session = table_.session_of(peer);
  best_effort([&] {
    if (session == nullptr) return;
    ObjectText event = handle_event("media", *session, peer);
    event.add("mid", mid).add("type", kind == MediaKind::kAudio ? "audio" : "video");
    event.add("receiving", is_receiving);
    if (!is_receiving) event.add("seconds", 1);
    send_event(*session, std::move(event));
  });
  finish_call();
}

void Core::on_layer(PeerId peer, std::uint32_t mindex, Layer layer, Timestamp now) {
  now_ = now;
  if (const Attachment* attachment = find_attachment(peer))
    videoroom_.layer_changed(*attachment, mindex, layer);
  guest_changed(peer);
  finish_call();
}

void Core::on_starved(PeerId peer, std::uint32_t mindex, bool is_starved, Timestamp now) {
  now_ = now;
  if (const Attachment* attachment = find_attachment(peer))
    videoroom_.starved_changed(*attachment, mindex, is_starved);
  finish_call();
}

void Core::on_talking(PeerId peer, std::string_view mid, bool is_talking, float level,
                      Timestamp now) {
  now_ = now;
  const Attachment* attachment = find_attachment(peer);
  best_effort([&] {
    if (attachment != nullptr) videoroom_.talking_changed(*attachment, mid, is_talking, level);
  });
  finish_call();
}

void Core::on_slow_link(PeerId peer, const SlowLink& link, Timestamp now) {
  now_ = now;
  Session* session = table_.session_of(peer);
  best_effort([&] {
    if (session == nullptr) return;
    ObjectText event = handle_event("slowlink", *session, peer);
    event.add("mid", link.mid).add("media", link.kind == MediaKind::kAudio ? "audio" : "video");
    event.add("uplink", link.is_uplink).add("lost", link.lost);
    send_event(*session, std::move(event));
  });
  finish_call();
}

void Core::on_recording_ended(PeerId publisher, std::string_view mid, std::string_view file,
                              std::string_view reason, Timestamp now) {
  now_ = now;
  const Attachment* attachment = find_attachment(publisher);
  best_effort([&] {
    if (attachment != nullptr)
      videoroom_.recording_ended(*attachment, {.mid = mid, .name = file, .reason = reason});
  });
  finish_call();
}

// `path`: session and handle ids of an HTTP request, which then do not stand in the JSON.
void Core::process(const Caller& caller, const json::value& root,
                   std::optional<std::pair<std::uint64_t, std::uint64_t>> path) {
  const json::object nothing;
  const json::object* object = root.if_object();
  Call call{.caller = caller, .root = object == nullptr ? nothing : *object};
  if (path) std::tie(call.session_id, call.handle_id) = *path;
  if (object == nullptr) {
    return answer_error(
        call, {static_cast<int>(CoreError::kInvalidJsonObject), "JSON error: not an object"});
  }
  if (!path) {
    call.session_id = get_uint(*object, "session_id").value_or(0);
    call.handle_id = get_uint(*object, "handle_id").value_or(0);
  }
  if (const auto read = read_envelope(call, path.has_value()); !read) {
    return answer_error(call, read.error());
  }
  recognize(call.caller, get_string(*object, "apisecret").value_or(""),
            get_string(*object, "token").value_or(""));
  if (call.session_id == 0 && call.handle_id == 0 && dispatch_without_session(call)) return;
  if (const auto found = find_session(call); !found) return answer_error(call, found.error());
  dispatch(call);
}

std::expected<void, Error> Core::read_envelope(Call& call, bool has_path) const {
  static constexpr Field kFields[] = {
      {"transaction", JsonType::kString, true},   {"janus", JsonType::kString, true},
      {"id", JsonType::kPositiveInteger},         {"apisecret", JsonType::kString},
      {"session_id", JsonType::kPositiveInteger}, {"handle_id", JsonType::kPositiveInteger},
  };
  const std::string_view transaction = get_string(call.root, "transaction").value_or("");
  if (transaction.size() > kTransactionBytesMax) {
    return fail(CoreError::kInvalidElement, "Invalid element (transaction is longer than " +
                                                std::to_string(kTransactionBytesMax) + " bytes)");
  }
  call.transaction = transaction;
  // Ids of a path are not looked for in the JSON.
  const auto fields = std::span(kFields).first(std::size(kFields) - (has_path ? 2 : 0));
  if (const auto checked = check_core_fields(call.root, fields); !checked) return checked;
  call.verb = *get_string(call.root, "janus");
  return {};
}

// Whether these are the API secret, which the listeners are to know as well (limits per address are
// theirs), and a token.
void Core::recognize(Caller& caller, std::string_view secret, std::string_view token) {
  caller.has_token = tokens_.opens_api(token);
  caller.has_secret =
      !config_.api_secret.empty() && equals_in_constant_time(secret, config_.api_secret);
  if (!caller.has_secret) return;
  if (caller.channel) return sender_.exempt(*caller.channel);
  sender_.exempt(caller.exchange);
}

std::expected<void, Error> Core::check_authorized(const Caller& caller) const {
  const bool is_open = config_.api_secret.empty() && !tokens_.are_needed();
  if (is_open || caller.has_secret || caller.has_token) return {};
  return fail(CoreError::kUnauthorized, "Unauthorized request (wrong or missing secret/token)");
}

bool Core::may_use(const Caller& caller, const Session& session) const {
  if (!caller.channel) return session.owner == Session::Owner::kHttp;
  return session.owner == Session::Owner::kChannel && session.channel == *caller.channel;
}

// Requests that need no session. False if there is no reason to stop here.
bool Core::dispatch_without_session(Call& call) {
  if (equals_ignoring_case(call.verb, "ping")) {
    answer(call.caller, {{"janus", "pong"}, {"transaction", call.transaction}});
  } else if (equals_ignoring_case(call.verb, "info")) {
    ObjectText reply = server_info(config_, !table_.is_full());
    reply.add("transaction", call.transaction);
    answer(call.caller, std::move(reply));
  } else if (const auto authorized = check_authorized(call.caller); !authorized) {
    answer_error(call, authorized.error());
  } else if (equals_ignoring_case(call.verb, "create")) {
    create(call);
  } else {
    answer_error(call, {static_cast<int>(CoreError::kInvalidRequestPath),
                        "Unhandled request '" + std::string(call.verb) + "' at this path"});
  }
  return true;
}

std::expected<void, Error> Core::find_session(Call& call) {
  if (const auto authorized = check_authorized(call.caller); !authorized) return authorized;
  if (call.session_id == 0) return fail(CoreError::kSessionNotFound, "Invalid session");
  Session* session = table_.find(call.session_id);
  const bool is_claim = equals_ignoring_case(call.verb, "claim");
  // Somebody else's session is answered like one that does not exist.
  if (session == nullptr || session->is_ending || (!is_claim && !may_use(call.caller, *session))) {
    return fail(CoreError::kSessionNotFound, "No such session " + std::to_string(call.session_id));
  }
  if (call.caller.is_limited() && !session->bucket.take(now_)) {
    return fail(CoreError::kUnknown, "Too many requests (signalling.requests_per_session_per_s)");
  }
  call.session = session;
  touch(*session);
  if (call.handle_id == 0) return {};
  if (!session->handles.contains(call.handle_id)) {
    return fail(CoreError::kHandleNotFound, "No such handle " + std::to_string(call.handle_id) +
                                                " in session " + std::to_string(call.session_id));
  }
  call.handle = table_.find_handle(call.handle_id);
  return {};
}

void Core::dispatch(Call& call) {
  for (const Verb& verb : kVerbs) {
    if (!equals_ignoring_case(call.verb, verb.name)) continue;
    const bool fits = verb.scope == Verb::Scope::kEither ||
                      (verb.scope == Verb::Scope::kHandle) == (call.handle != nullptr);
    if (fits) return (this->*verb.run)(call);
    return answer_error(call, {static_cast<int>(CoreError::kInvalidRequestPath),
                               "Unhandled request '" + std::string(call.verb) + "' at this path"});
  }
  answer_error(call, {static_cast<int>(CoreError::kUnknownRequest),
                      "Unknown request '" + std::string(call.verb) + "'"});
}

// Says what is to be said, and ends what was found to be over while others were looking at it: as
// much as a turn has time for. Then nobody has a pointer to anything any more, and what has ended
// is freed. Nothing in here can fail.
void Core::finish_call() {
  tell_guests();
  outbox_.deliver(now_);
  end_sessions_further();
  tell_guests();
  outbox_.deliver(now_);
  videoroom_.end_of_call(now_);
  table_.end_of_call(now_);
}

}  // namespace penstock::janus
