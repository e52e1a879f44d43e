// Requests that name hosts to which media is to be sent: who may ask, what a name means, and what
// is not allowed. Where names have to be looked up, the answer waits for them. Control thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/janus/json_text.h"
#include "controlplane/janus/name_executor.h"
#include "controlplane/janus/requests/forward_requests.h"
#include "controlplane/janus/videoroom/context.h"

namespace penstock::janus::videoroom {

// The publisher whose media a request is about. `what`: how the error calls it.
std::expected<Participant, Error> find_managed_publisher(const Context& context,
                                                         const ManagedRoom& wanted,
                                                         const room::Id& publisher,
                                                         std::string_view what);
// The same of who wants to send it somewhere, or no more.
std::expected<Participant, Error> find_forwarding(const Context& context, const ManagedRoom& wanted,
                                                  const room::Id& publisher,
                                                  std::optional<std::string_view> admin_key);

// Adds the host's name to those that have to be looked up, if it is none that is there or an
// address.
void add_name(const WantedHost& host, std::vector<std::string>& names);

// An address as it is named, or the first that its name has, at this port, if media may be sent
// there, and RTCP to the other port, 0 being none. `names`: what was looked up; null: nothing was.
std::expected<SocketAddress, Error> destination_of(const Context& context, const WantedHost& host,
                                                   std::uint16_t port, std::uint16_t rtcp_port,
                                                   const NameJob* names);

// What a request does once its names are known. `give` gives the answer; nothing can fail after it.
using Give = std::function<Result(ObjectText reply)>;
using HostVerb = Result (*)(const Context& context, const json::object& body, const NameJob* names,
                            Timestamp now, const Give& give);
// Now, if there are no names to look up, or as soon as they are.
Result run_with_names(const Context& context, const Request& request,
                      std::vector<std::string> names, HostVerb verb);

// What media could not do for it.
Error forward_error(const MediaError& error);

}  // namespace penstock::janus::videoroom
