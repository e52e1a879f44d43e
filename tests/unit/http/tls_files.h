// A certificate and its key in files, as the configuration names them; they go with the object.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "controlplane/config/config.h"
#include "tests/support/tls_pem.h"

namespace penstock {

class TlsFilesForTests {
 public:
  TlsFilesForTests() {
    std::string name = std::filesystem::temp_directory_path() / "penstock-tls-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    write(test::make_tls_pem());
  }
  ~TlsFilesForTests() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  TlsFilesForTests(const TlsFilesForTests&) = delete;
  TlsFilesForTests& operator=(const TlsFilesForTests&) = delete;

  config::TlsFiles config() const { return {certificate(), key()}; }
  std::string certificate() const { return folder_ / "certificate.pem"; }
  std::string key() const { return folder_ / "key.pem"; }

  void write(const test::TlsPem& pem) {
    replace(certificate(), pem.certificate);
    replace(key(), pem.key);
  }
  // By another file with this name, as tools that renew certificates do.
  static void replace(const std::string& path, const std::string& text) {
    std::ofstream(path + ".new") << text;
    std::filesystem::rename(path + ".new", path);
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace penstock
