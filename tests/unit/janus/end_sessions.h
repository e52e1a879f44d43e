// Ends what a test has left in a table of sessions, as the core does.
#pragma once

#include <vector>

#include "controlplane/janus/session_table.h"

namespace penstock::janus {

inline void end_sessions(SessionTable& table) {
  std::vector<Session*> sessions;
  table.for_each([&](Session& session) { sessions.push_back(&session); });
  for (Session* session : sessions) {
    std::vector<HandleId> handles;
    for (const auto& [id, handle] : session->handles) handles.push_back(id);
    for (const HandleId id : handles) table.retire_handle(*session, id, 0);
    table.retire(*session, 0);
  }
  table.end_of_call(0);
}

}  // namespace penstock::janus
