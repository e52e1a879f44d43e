// The requests of one handle that are not answered yet: one that is under way, and those that have
// come behind it and are looked at when it is done, so that they are answered in their order. A
// handle has this only while something waits. Owned by its handle, kept in order by
// WaitingRequests; control thread.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "controlplane/janus/caller.h"
#include "controlplane/janus/continuation.h"

namespace penstock::janus {

struct PendingRequests {
  // What answers a request.
  enum class AnswerKind : std::uint8_t { kSuccess, kEvent };

  // Who has asked what: as much of a request as answers it.
  struct Asked {
    Caller caller;
    std::string transaction;
  };
  struct UnderWay {
    Asked asked;
    AnswerKind kind{};
    std::unique_ptr<Continuation> continuation;
    std::string answer{};  // as far as it is written; empty until the first turn
  };
  struct Behind {
    Asked asked;
    std::string text;  // of the whole request
  };

  std::optional<UnderWay> under_way;  // absent: the next one is to be looked at
  std::deque<Behind> behind;

  // WaitingRequests' own.
  std::uint64_t serial = 0;  // of the one that is under way
  bool is_asleep = false;    // in which of the two lists `place` is
  Timestamp wake_until = 0;  // meaningful while it is asleep
  std::list<PendingRequests*>::iterator place{};
  HandleId handle = 0;
};

}  // namespace penstock::janus
