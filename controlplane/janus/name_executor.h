// Where names of hosts are looked up: a resolver may take seconds, which the control thread has
// not. A job goes in and comes back; between the two only the executor touches it. Made by the
// program, outlives whoever submits; used on the control thread.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <vector>

#include "dataplane/base/ip_address.h"

namespace penstock::janus {

struct NameJob {
  std::uint64_t ticket = 0;
  std::vector<std::string> names{};
  std::vector<std::vector<IpAddress>> addresses{};  // of each name, in the resolver's order
};

class NameExecutor {
 public:
  virtual ~NameExecutor() = default;

  // Takes the one job of the list over. Never fails and needs no memory.
  virtual void submit(std::list<NameJob> job) = 0;
  // Whether take_done has something.
  virtual bool has_done() const = 0;
  // Those that have been done.
  virtual std::list<NameJob> take_done() = 0;
};

}  // namespace penstock::janus
