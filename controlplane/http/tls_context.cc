#include "controlplane/http/tls_context.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <vector>

#include "controlplane/openssl/handles.h"
#include "dataplane/base/scope_guard.h"

namespace penstock {
namespace {

constexpr std::size_t kFileBytesMax = 1024 * 1024;
// Of TLS 1.2; those of 1.3 are all good.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

struct FreeChain {
  void operator()(STACK_OF(X509) * chain) const { sk_X509_pop_free(chain, X509_free); }
};
using GeneralNames = std::unique_ptr<GENERAL_NAMES, OpenSslDeleter<GENERAL_NAMES_free>>;
using Chain = std::unique_ptr<STACK_OF(X509), FreeChain>;

std::string openssl_reason() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return reason == nullptr ? "unknown error" : reason;
}

std::string errno_reason() { return std::generic_category().message(errno); }

// A file of the configuration, for errors: "signalling.tls_key: /etc/key.pem: ".
struct NamedFile {
  std::string key;
  const std::string& path;

  std::unexpected<std::string> wrong(const std::string& why) const {
    return std::unexpected(key + ": " + path + ": " + why);
  }
};

std::expected<std::string, std::string> read_file(const NamedFile& file) {
  // What is no regular file could keep us waiting when it is opened.
  const int descriptor = ::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return file.wrong(errno_reason());
  const ScopeGuard close([&] { ::close(descriptor); });
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return file.wrong(errno_reason());
  if (!S_ISREG(status.st_mode)) return file.wrong("is not a file");
  std::string text(kFileBytesMax + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(descriptor, text.data() + size, text.size() - size);
    if (got < 0) return file.wrong(errno_reason());
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > kFileBytesMax) return file.wrong("is larger than 1 MiB");
  text.resize(size);
  return text;
}

BioHandle bio_of(const std::string& text) {
  return BioHandle(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

bool is_end_of_pem() { return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE; }

// The certificates in the file; the first one is the server's own.
std::expected<Chain, std::string> read_chain(const NamedFile& file) {
  const auto text = read_file(file);
  if (!text) return std::unexpected(text.error());
  const BioHandle bio = bio_of(*text);
  Chain chain(sk_X509_new_null());
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    sk_X509_push(chain.get(), certificate);
  }
  const int count = sk_X509_num(chain.get());
  if (!is_end_of_pem()) {
    return file.wrong("certificate " + std::to_string(count + 1) +
                      " is damaged: " + openssl_reason());
  }
  ERR_clear_error();
  if (count == 0) return file.wrong("there is no certificate in PEM form in it");
  return chain;
}

// OpenSSL would ask at the terminal.
int refuse_passphrase(char*, int, int, void* was_asked) {
  *static_cast<bool*>(was_asked) = true;
  return -1;
}

std::expected<EvpPkeyHandle, std::string> read_key(const NamedFile& file) {
  const auto text = read_file(file);
  if (!text) return std::unexpected(text.error());
  const BioHandle bio = bio_of(*text);
  bool is_encrypted = false;
  EvpPkeyHandle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, refuse_passphrase, &is_encrypted));
  if (key) return key;
  const bool is_absent = text->find("PRIVATE KEY-----") == std::string::npos;
  const std::string reason = openssl_reason();
  if (is_encrypted) {
    return file.wrong("the key is encrypted; decrypt it (openssl pkey -in FILE -out FILE)");
  }
  return file.wrong(is_absent ? "there is no private key in PEM form in it"
                              : "the key is damaged: " + reason);
}

std::string host_name_of(X509* certificate) {
  const GeneralNames names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    const std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                           static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    const bool is_plain = text.find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") == std::string::npos;
    if (is_plain && !text.empty()) return text;
  }
  return {};
}

std::string end_of_validity(X509* certificate) {
  const BioHandle bio(BIO_new(BIO_s_mem()));
  if (!bio || ASN1_TIME_print(bio.get(), X509_get0_notAfter(certificate)) != 1) return "?";
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

bool set_rules(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  // Sessions are resumed by what the client keeps, its ticket: nothing of them stays with us.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, kCiphers) == 1;
}

}  // namespace

std::expected<TlsContext, std::string> load_tls_context(const config::TlsFiles& files,
                                                        std::string_view section) {
  const NamedFile certificate_file{std::string(section) + ".tls_certificate", files.certificate};
  const NamedFile key_file{std::string(section) + ".tls_key", files.key};
  ERR_clear_error();
  auto chain = read_chain(certificate_file);
  if (!chain) return std::unexpected(chain.error());
  const auto key = read_key(key_file);
  if (!key) return std::unexpected(key.error());
  const X509Handle own(sk_X509_shift(chain->get()));
  if (X509_check_private_key(own.get(), key->get()) != 1) {
    ERR_clear_error();
    return key_file.wrong("the key does not belong to the first certificate of " +
                          files.certificate);
  }
  TlsContext context;
  SSL_CTX* openssl = context.openssl.native_handle();
  if (!set_rules(openssl)) return std::unexpected("cannot set TLS up: " + openssl_reason());
  if (SSL_CTX_use_cert_and_key(openssl, own.get(), key->get(), chain->get(), 1) != 1) {
    return certificate_file.wrong("OpenSSL does not take it: " + openssl_reason());
  }
  context.host_name = host_name_of(own.get());
  context.validity = (context.host_name.empty() ? "" : context.host_name + ", ") +
                     std::string("valid until ") + end_of_validity(own.get());
  context.is_valid_now = X509_cmp_current_time(X509_get0_notBefore(own.get())) < 0 &&
                         X509_cmp_current_time(X509_get0_notAfter(own.get())) > 0;
  return context;
}

std::string tls_files_version(const config::TlsFiles& files) {
  std::string version;
  for (const std::string& path : {files.certificate, files.key}) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return {};
    for (const auto number :
         {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino),
          static_cast<std::uint64_t>(status.st_size),
          static_cast<std::uint64_t>(status.st_mtim.tv_sec),
          static_cast<std::uint64_t>(status.st_mtim.tv_nsec)}) {
      version += std::to_string(number) + " ";
    }
  }
  return version;
}

}  // namespace penstock
