// A verb that cannot be done at once, and the answer of one that is synchronous. A verb does what
// it can; if that was not all, it leaves a Continuation, which the core runs on later turns of the
// control thread (core_waiting.cc), a bounded while each time, until it says that it is done.
// Whatever ends meanwhile is looked up anew at each turn; who continues has no pointers into rooms.
// Made by the plugin, owned by the handle's PendingRequests; control thread.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "controlplane/janus/errors.h"
#include "dataplane/base/time.h"

namespace penstock::janus {

class Continuation {
 public:
  // Before it is done: the request is cancelled, with nothing left to undo.
  virtual ~Continuation() = default;

  // Goes on, and adds to the data of the answer (a JSON object). The result once it is complete;
  // nothing: it is to be called again. An error is the answer in place of the data.
  virtual std::optional<std::expected<void, Error>> run(std::string& answer, Timestamp now) = 0;
};

// The answer to a synchronous request. Implemented by the core. One of finish and wait is called,
// once.
class Answer {
 public:
  virtual ~Answer() = default;
  // A text to which the data is to be added.
  virtual std::string begin() const = 0;
  // `text`: begun by begin(), with the data.
  virtual void finish(std::string text) = 0;
  // The answer is given later. Requests that follow on this handle wait for it.
  virtual void wait(std::unique_ptr<Continuation> continuation) = 0;
};

}  // namespace penstock::janus
