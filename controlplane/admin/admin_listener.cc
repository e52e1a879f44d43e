#include "controlplane/admin/admin_listener.h"

#include <utility>

#include "controlplane/admin/lifetimes_json.h"
#include "controlplane/admin/lifetimes_text.h"
#include "controlplane/admin/metrics.h"

namespace penstock {

std::optional<GeneratedPage> admin_page(std::string_view path, const TakeLifetimes& take,
                                        const TakeSnapshot& take_snapshot) {
  if (path == "/") return GeneratedPage{"text/plain; charset=utf-8", lifetimes_page(take())};
  if (path == "/lifetimes") return GeneratedPage{"application/json", lifetimes_json(take())};
  if (path == "/metrics") return GeneratedPage{kMetricsContentType, metrics_text(take())};
  if (auto page = handle_page(path, take_snapshot))
    return GeneratedPage{"application/json", *std::move(page)};
  return std::nullopt;
}

std::expected<std::unique_ptr<SignallingServer>, std::string> open_admin_listener(
    boost::asio::io_context& io, const config::AdminConfig& config, TakeLifetimes take,
    TakeSnapshot take_snapshot) {
  if (config.port == 0) return nullptr;
  return SignallingServer::open_pages(
      io, {config.address, config.port, "admin", config.tls, config.admin_secret.has_value()},
      [take = std::move(take), snapshot = std::move(take_snapshot)](std::string_view path) {
        return admin_page(path, take, snapshot);
      });
}

}  // namespace penstock
