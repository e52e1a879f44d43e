// Names of hosts that requests have, on their way to a resolver (name_executor.h). A request with
// one sleeps until it is known. Owned by the plugin; control thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/janus/continuation.h"
#include "controlplane/janus/errors.h"
#include "controlplane/janus/name_executor.h"
#include "controlplane/janus/plugin_host.h"

namespace penstock::janus::videoroom {

class HostNames {
 public:
  using Ticket = std::uint64_t;
  // A look-up with all memory that it takes, for which nothing has been done yet.
  struct Prepared {
    struct Waiter {
      Ticket ticket = 0;
      RequestId request{};
    };
    std::list<NameJob> job;
    std::list<Waiter> waiter;

    Ticket ticket() const { return waiter.front().ticket; }
  };

  // There is a resolver from now on. It outlives this.
  void open(NameExecutor& executor) { executor_ = &executor; }

  // Error: there is no resolver, or too much is looked up already.
  std::expected<Prepared, Error> prepare(std::vector<std::string> names);
  // It is under way; `request` is woken when it is over. Cannot fail.
  void begin(Prepared prepared, RequestId request);
  // What has come of it; null: it is under way.
  const NameJob* outcome(Ticket ticket) const;
  // Nobody asks for it any more.
  void forget(Ticket ticket);

  bool has_news() const { return executor_ != nullptr && executor_->has_done(); }
  // Wakes the requests whose names are known.
  void take_news(PluginHost& host);

 private:
  NameExecutor* executor_ = nullptr;  // null: there is none
  Ticket last_ticket_ = 0;
  std::list<Prepared::Waiter> waiting_;
  std::list<NameJob> over_;  // whose requests are awake
};

}  // namespace penstock::janus::videoroom
