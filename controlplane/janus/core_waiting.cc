// Requests that are answered later (continuation.h): what is done in the turns that
// WaitingRequests deals out. What a handle asks behind a request that waits is kept as text and is
// looked at when its turn comes.
#include <utility>

#include "controlplane/janus/core.h"
#include "controlplane/janus/videoroom/room_json.h"
#include "dataplane/base/scope_guard.h"

namespace penstock::janus {
namespace {

// Requests that nobody has woken: the control thread has others to serve.
constexpr std::size_t kGivenUpPerTurn = 64;

}  // namespace

class Core::RequestAnswer final : public Answer {
 public:
  RequestAnswer(Core& core, const Call& call, AnswerKind kind)
      : core_(core), call_(call), kind_(kind) {}

  std::string begin() const override {
    return core_.begin_answer(*call_.session, call_.handle_id, call_.transaction, kind_);
  }
  void finish(std::string text, std::optional<JsepOut> jsep) override {
    core_.finish_answer(*call_.session, call_.caller, kind_, std::move(text), std::move(jsep));
  }
  RequestId wait(std::unique_ptr<Continuation> continuation) override {
    return core_.waiting_.start(call_.handle->pending, call_.handle_id,
                                {.asked = {call_.caller, std::string(call_.transaction)},
                                 .kind = kind_,
                                 .continuation = std::move(continuation)},
                                core_.now_);
  }

 private:
  Core& core_;
  const Call& call_;
  const AnswerKind kind_;
};

// The envelope up to the data, behind which it goes on in finish_answer.
std::string Core::begin_answer(const Session& session, HandleId handle,
                               std::string_view transaction, AnswerKind kind) const {
  const bool is_event = kind == AnswerKind::kEvent;
  ObjectText envelope = handle_event(is_event ? "event" : "success", session, handle);
  envelope.add("transaction", transaction);
  return with_plugin_data(std::move(envelope), {});
}

void Core::finish_answer(Session& session, const Caller& caller, AnswerKind kind, std::string text,
                         std::optional<JsepOut> jsep) {
  text += '}';
  add_jsep(text, std::move(jsep));
  text += '}';
  if (kind == AnswerKind::kSuccess) return outbox_.answer(caller, std::move(text));
  outbox_.tell(session, std::move(text));
}

void Core::ask_plugin(const Call& call, const json::object& body, std::optional<JsepIn> jsep,
                      AnswerKind kind) {
  RequestAnswer answer(*this, call, kind);
  videoroom_.handle({.caller = call.caller,
                     .attachment = call.handle->attachment,
                     .body = body,
                     .jsep = jsep,
                     .transaction = call.transaction,
                     .now = now_,
                     .answer = answer});
}

// Whether the request is one that has to wait behind another. It is kept then, or refused.
bool Core::has_to_wait(const Call& call) {
  const auto& pending = call.handle->pending;
  if (!pending || call.is_kept) return false;
  PendingRequests::Asked asked{call.caller, std::string(call.transaction)};
  if (!waiting_.keep_behind(*pending, std::move(asked), json::serialize(call.root))) {
    answer_error(call, {static_cast<int>(CoreError::kUnknown),
                        "Too many requests wait behind one that takes long"});
  }
  return true;
}

bool Core::wake(RequestId request) {
  const SessionHandle* handle = table_.find_handle(request.handle);
  return handle != nullptr && waiting_.wake(handle->pending.get(), request);
}

// One turn, and the end of those that nobody has woken.
void Core::run_waiting() {
  for (std::size_t left = kGivenUpPerTurn; left > 0; --left) {
    const PendingRequests* overdue = waiting_.first_overdue(now_);
    if (overdue == nullptr) break;
    SessionHandle& handle = *table_.find_handle(overdue->handle);
    refuse_waiting(handle, overdue->under_way->asked, CoreError::kUnknown,
                   "This takes too long. Whether it will be done is not known");
    handle.pending->under_way.reset();
    waiting_.end_turn(handle.pending, now_);
  }
  const PendingRequests* next = waiting_.first_awake();
  if (next == nullptr) return;
  SessionHandle& handle = *table_.find_handle(next->handle);
  if (next->under_way) {
    run_under_way(handle);
  } else {
    run_behind(handle);
  }
  waiting_.end_turn(handle.pending, now_);
}

void Core::run_under_way(SessionHandle& handle) {
  PendingRequests& pending = *handle.pending;
  PendingRequests::UnderWay& request = *pending.under_way;
  Session& session = table_.session_of(handle);
  const auto begin = [&] {
    return begin_answer(session, pending.handle, request.asked.transaction, request.kind);
  };
  std::optional<std::expected<void, Error>> result;
  const auto step = [&] {
    if (request.answer.empty()) request.answer = begin();
    result = request.continuation->run(request.answer, now_);
    if (!result) return;
    std::string text =
        *result ? std::move(request.answer) : begin() + error_event(result->error()).text();
    finish_answer(session, request.asked.caller, request.kind, std::move(text), std::nullopt);
  };
  if (!best_effort(step)) {
    outbox_.take_back(0);
    result.emplace();
    refuse_waiting(handle, request.asked, CoreError::kUnknown, "Out of memory");
  }
  if (result) pending.under_way.reset();
}

void Core::run_behind(SessionHandle& handle) {
  const PendingRequests::Behind next = waiting_.take_next(*handle.pending);
  const auto step = [&] {
    // It was read before.
    const json::value root = json::parse(next.text);
    Call call{.caller = next.asked.caller, .root = root.get_object()};
    call.transaction = next.asked.transaction;
    call.verb = *get_string(call.root, "janus");
    call.session = &table_.session_of(handle);
    call.session_id = call.session->id;
    call.handle_id = handle.attachment.handle;
    call.handle = &handle;
    call.is_kept = true;
    dispatch(call);
  };
  if (best_effort(step)) return;
  outbox_.take_back(0);
  refuse_waiting(handle, next.asked, CoreError::kUnknown, "Out of memory");
}

// The handle ends: each of its requests is answered, with an error.
void Core::cancel_waiting(SessionHandle& handle) {
  const WaitingRequests::Slot pending = waiting_.remove(handle.pending);
  if (!pending) return;
  const auto refuse = [&](const PendingRequests::Asked& asked) {
    refuse_waiting(handle, asked, CoreError::kHandleNotFound,
                   "The handle has ended before this request was done");
  };
  if (pending->under_way) refuse(pending->under_way->asked);
  for (const PendingRequests::Behind& request : pending->behind) refuse(request.asked);
}

// Of an ending too, and so without memory: then nothing is said.
void Core::refuse_waiting(const SessionHandle& handle, const PendingRequests::Asked& asked,
                          CoreError code, const char* why) {
  const json::object nothing;
  best_effort([&] {
    Call call{.caller = asked.caller, .root = nothing, .transaction = asked.transaction};
    call.session_id = table_.session_of(handle).id;
    answer_error(call, {static_cast<int>(code), why});
  });
}

}  // namespace penstock::janus
