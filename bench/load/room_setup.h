// The room that the peers meet in: a given one, or one that is made for the run and destroyed after
// it. Blocking; before and after the load.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "bench/load/options.h"
#include "bench/load/signalling.h"

namespace penstock::load {

class RoomSetup {
 public:
  RoomSetup(const LoadOptions& options, Signalling& signalling)
      : options_(options), signalling_(signalling) {}

  // The room's id; the error is the server's.
  std::expected<std::uint64_t, std::string> prepare();
  void destroy();

 private:
  std::expected<void, std::string> attach();
  Reply ask(json::object body);

  const LoadOptions& options_;
  Signalling& signalling_;
  // What answers came: they may come late, when nobody waits any more.
  std::optional<std::expected<JanusHandle, std::string>> attached_;
  std::optional<Reply> reply_;
  std::uint64_t made_ = 0;  // 0: none
};

}  // namespace penstock::load
