// A certificate and its key in files, as the configuration names them; they go with the object.
#pragma once

#include <filesystem>
#include <string>

#include "controlplane/config/config.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tls_pem.h"

namespace penstock {

class TlsFilesForTests {
 public:
  TlsFilesForTests() { write(test::make_tls_pem()); }

  config::TlsFiles config() const { return {certificate(), key()}; }
  std::string certificate() const { return folder_.path() / "certificate.pem"; }
  std::string key() const { return folder_.path() / "key.pem"; }

  void write(const test::TlsPem& pem) {
    replace(certificate(), pem.certificate);
    replace(key(), pem.key);
  }
  // By another file with this name, as tools that renew certificates do.
  static void replace(const std::string& path, const std::string& text) {
    test::write_file(path + ".new", text);
    std::filesystem::rename(path + ".new", path);
  }

 private:
  test::TemporaryFolder folder_;
};

}  // namespace penstock
