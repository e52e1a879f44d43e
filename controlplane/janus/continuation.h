// A verb that cannot be done at once, and the answer of one. A verb does what it can; if that was
// not all, it leaves a Continuation, which the core runs on later turns of the control thread
// (waiting_requests.h), a bounded while each time, until it says that it is done. One that waits
// for something from outside (a disk, a name, another server) sleeps: it has no turns until what it
// waits for has come to the control thread and wakes it by its RequestId.
//
// Whatever ends meanwhile is looked up anew at each turn; who continues has no pointers into rooms.
// Made by the plugin, owned by the handle's PendingRequests; control thread.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "controlplane/janus/errors.h"
#include "controlplane/janus/jsep.h"
#include "controlplane/janus/videoroom/attachment.h"
#include "dataplane/base/time.h"

namespace penstock::janus {

// The name of a request that waits, for whoever is to wake it (PluginHost::wake). No other request
// ever has the same.
struct RequestId {
  HandleId handle = 0;
  std::uint64_t serial = 0;

  bool operator==(const RequestId&) const = default;
};

class Continuation {
 public:
  // Before it is done: the request is cancelled, with nothing left to undo.
  virtual ~Continuation() = default;

  // Goes on, and adds to the data of the answer (a JSON object). The result once it is complete;
  // nothing: it is to be called again. An error is the answer in place of the data.
  virtual std::optional<std::expected<void, Error>> run(std::string& answer, Timestamp now) = 0;

  // Whether it is to be called again only when the request has been woken. Asked before the first
  // run, and after each that was not the last. Who sleeps has written nothing yet: of long answers
  // one is in memory at a time. A request that nobody wakes is answered with an error in the end
  // (kRequestSleepMax in signalling/limits.h).
  virtual bool is_sleeping() const { return false; }
};

// The answer to a request: the success of a synchronous one, the event of an asynchronous one.
// Implemented by the core. One of finish and wait is called, once.
class Answer {
 public:
  virtual ~Answer() = default;
  // A text to which the data is to be added.
  virtual std::string begin() const = 0;
  // `text`: begun by begin(), with the data. Only events carry a session description.
  virtual void finish(std::string text, std::optional<JsepOut> jsep) = 0;
  // The answer is given later. Requests that follow on this handle wait for it.
  virtual RequestId wait(std::unique_ptr<Continuation> continuation) = 0;
};

}  // namespace penstock::janus
