#include "controlplane/http/listener_tls.h"

#include <utility>

#include "controlplane/log/log.h"

namespace penstock {
namespace {

void warn_if_invalid(const TlsContext& tls, std::string_view section) {
  if (tls.is_valid_now) return;
  PENSTOCK_LOG_WARNING("{}: clients will not take the certificate, it is not valid now: {}",
                       section, tls.validity);
}

}  // namespace

std::expected<ListenerTls, std::string> ListenerTls::open(const config::TlsFiles& files,
                                                          std::string_view section) {
  if (!files.is_on()) return ListenerTls();
  auto loaded = load_tls_context(files, section);
  if (!loaded) return std::unexpected(loaded.error());
  warn_if_invalid(*loaded, section);
  ListenerTls listener(files, section);
  listener.tls_ = *std::move(loaded);
  return listener;
}

void ListenerTls::reload() {
  if (!tls_) return;
  version_ = tls_files_version(files_);
  auto loaded = load_tls_context(files_, section_);
  if (!loaded) {
    PENSTOCK_LOG_ERROR("the old certificate stays in use: {}", loaded.error());
    return;
  }
  warn_if_invalid(*loaded, section_);
  tls_ = *std::move(loaded);
  PENSTOCK_LOG_INFO("{}: the certificate has been read again: {}", section_, tls_->validity);
}

void ListenerTls::reload_if_changed() {
  if (!tls_) return;
  const std::string version = tls_files_version(files_);
  // A file that is not there is on its way.
  if (!version.empty() && version != version_) reload();
}

}  // namespace penstock
