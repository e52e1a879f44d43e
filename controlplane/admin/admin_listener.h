// The admin interface: GET /lifetimes and /handles/ID (JSON), /metrics (Prometheus) and / (text),
// read only, on a listener of its own, so that clients' connections cannot keep an operator out.
// With a secret for it, /admin is the Admin API of Janus (janus/admin_api.h), which whoever starts
// the listener brings.
// The limits per connection and address are those of the other listener (limits.h). Owned by the
// server; control thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "controlplane/admin/handle_page.h"
#include "controlplane/admin/lifetimes.h"
#include "controlplane/config/config.h"
#include "controlplane/http/signalling_server.h"

namespace penstock {

// Called for each request.
using TakeLifetimes = std::function<Lifetimes()>;

// What the interface has at this path, if anything.
std::optional<GeneratedPage> admin_page(std::string_view path, const TakeLifetimes& take,
                                        const TakeSnapshot& take_snapshot);

// Not started yet. Null if the configuration has port 0. Error: why the port cannot be listened on.
std::expected<std::unique_ptr<SignallingServer>, std::string> open_admin_listener(
    boost::asio::io_context& io, const config::AdminConfig& config, TakeLifetimes take,
    TakeSnapshot take_snapshot);

}  // namespace penstock
