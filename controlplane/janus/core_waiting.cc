// Requests that wait (continuation.h): one turn at a time, the handle first that has waited longest
// until its request is done, so that one long answer at most is being written. What a handle asks
// behind a request that waits is kept as text and is looked at when its turn comes.
#include <algorithm>
#include <utility>

#include "controlplane/janus/core.h"
#include "controlplane/janus/videoroom/room_json.h"
#include "dataplane/base/scope_guard.h"

namespace penstock::janus {

class Core::SyncAnswer final : public Answer {
 public:
  SyncAnswer(Core& core, const Call& call) : core_(core), call_(call) {}

  std::string begin() const override {
    return core_.begin_answer(*call_.session, call_.handle_id, call_.transaction);
  }
  void finish(std::string text) override { core_.finish_answer(call_.caller, std::move(text)); }
  void wait(std::unique_ptr<Continuation> continuation) override {
    PendingRequests::Asked asked{call_.caller, std::string(call_.transaction)};
    core_.start_waiting(*call_.handle)
        .under_way.emplace(std::move(asked), std::move(continuation), std::string());
  }

 private:
  Core& core_;
  const Call& call_;
};

// The envelope up to the data, which is its last member.
std::string Core::begin_answer(const Session& session, HandleId handle,
                               std::string_view transaction) const {
  ObjectText envelope = handle_event("success", session, handle);
  envelope.add("transaction", transaction);
  return with_plugin_data(std::move(envelope), {});
}

void Core::finish_answer(const Caller& caller, std::string text) {
  text += "}}";
  say(caller, std::move(text));
}

void Core::handle_synchronous(VideoRoomRequest request, const Call& call) {
  SyncAnswer answer(*this, call);
  request.answer = &answer;
  videoroom_.handle_synchronous(request);
}

PendingRequests& Core::start_waiting(SessionHandle& handle) {
  if (handle.pending) return *handle.pending;
  auto pending = std::make_unique<PendingRequests>();
  waiting_.push_back(handle.attachment.handle);
  handle.pending = std::move(pending);
  return *handle.pending;
}

// Whether the request is one that has to wait behind another. It is kept then, or refused.
bool Core::has_to_wait(const Call& call) {
  const auto& pending = call.handle->pending;
  if (!pending || call.is_kept) return false;
  std::string text = json::serialize(call.root);
  if (pending->behind.size() >= kRequestsBehindMax ||
      text.size() > kWaitingBytesMax - waiting_bytes_) {
    answer_error(call, {static_cast<int>(CoreError::kUnknown),
                        "Too many requests wait behind one that takes long"});
    return true;
  }
  const std::size_t bytes = text.size();
  pending->behind.push_back({{call.caller, std::string(call.transaction)}, std::move(text)});
  waiting_bytes_ += bytes;
  return true;
}

// The turn of the one that has waited longest. With one request done and others behind it, it is
// the last to have the next turn.
void Core::run_waiting() {
  if (waiting_.empty()) return;
  SessionHandle& handle = *find_handle(waiting_.front());
  if (handle.pending->under_way) {
    run_under_way(handle);
  } else {
    run_behind(handle);
  }
  if (handle.pending->under_way) return;
  if (handle.pending->behind.empty()) {
    handle.pending.reset();
    waiting_.pop_front();
  } else {
    waiting_.splice(waiting_.end(), waiting_, waiting_.begin());
  }
}

void Core::run_under_way(SessionHandle& handle) {
  PendingRequests& pending = *handle.pending;
  PendingRequests::UnderWay& request = *pending.under_way;
  std::optional<std::expected<void, Error>> result;
  const auto step = [&] {
    const Session& session = *session_pool_.resolve(handle.session);
    if (request.answer.empty()) {
      request.answer = begin_answer(session, handle.attachment.handle, request.asked.transaction);
    }
    result = request.continuation->run(request.answer, now_);
    if (!result) return;
    if (*result) return finish_answer(request.asked.caller, std::move(request.answer));
    std::string refusal =
        begin_answer(session, handle.attachment.handle, request.asked.transaction);
    refusal += error_event(result->error()).text();
    finish_answer(request.asked.caller, std::move(refusal));
  };
  if (!best_effort(step)) {
    outbox_.clear();
    result.emplace();
    refuse_waiting(handle, request.asked, {static_cast<int>(CoreError::kUnknown), "Out of memory"});
  }
  if (result) pending.under_way.reset();
}

void Core::run_behind(SessionHandle& handle) {
  PendingRequests::Behind next = std::move(handle.pending->behind.front());
  handle.pending->behind.pop_front();
  waiting_bytes_ -= next.text.size();
  const auto step = [&] {
    // It was read before.
    const json::value root = json::parse(next.text);
    Call call{.caller = next.asked.caller, .root = root.get_object()};
    call.transaction = next.asked.transaction;
    call.verb = *get_string(call.root, "janus");
    call.session = session_pool_.resolve(handle.session);
    call.session_id = call.session->id;
    call.handle_id = handle.attachment.handle;
    call.handle = &handle;
    call.is_kept = true;
    dispatch(call);
  };
  if (best_effort(step)) return;
  outbox_.clear();
  refuse_waiting(handle, next.asked, {static_cast<int>(CoreError::kUnknown), "Out of memory"});
}

// The handle ends: each of its requests is answered, with an error.
void Core::cancel_waiting(SessionHandle& handle) {
  if (!handle.pending) return;
  const std::unique_ptr<PendingRequests> pending = std::move(handle.pending);
  waiting_.remove(handle.attachment.handle);
  const Error ended{static_cast<int>(CoreError::kHandleNotFound),
                    "The handle has ended before this request was done"};
  if (pending->under_way) refuse_waiting(handle, pending->under_way->asked, ended);
  for (const PendingRequests::Behind& request : pending->behind) {
    waiting_bytes_ -= request.text.size();
    refuse_waiting(handle, request.asked, ended);
  }
}

void Core::refuse_waiting(const SessionHandle& handle, const PendingRequests::Asked& asked,
                          const Error& error) {
  const json::object nothing;
  best_effort([&] {
    Call call{.caller = asked.caller, .root = nothing, .transaction = asked.transaction};
    call.session_id = session_pool_.resolve(handle.session)->id;
    answer_error(call, error);
  });
}

}  // namespace penstock::janus
